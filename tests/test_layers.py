"""A module imports only from the layers below its own, and each library has its few importers.

The imports are read from the source, those inside functions and for type checkers included.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

import upscli

PACKAGE = Path(upscli.__file__).parent

LAYERS = (
    ("errors", "interrupts"),
    ("forks", "spare"),
    ("kernels",),
    ("options", "method"),
    ("npz",),
    ("switches", "matrices"),
    ("filters",),
    ("learned",),
    ("methods",),
    ("registry", "pictures"),
    ("contenders",),
    ("report", "size", "comparison", "clock"),
    ("naming", "inputs", "journal"),
    ("outputs",),
    ("grids",),
    ("hands",),
    ("tiles", "steps"),
    ("recipe",),
    ("stages",),
    ("frames", "animations", "whole", "memory"),
    ("score",),
    ("bouts",),
    ("evaluation",),
    ("contest", "frontier"),
    ("network_layers", "checkerboards", "heatmap"),
    ("request",),
    ("jobs",),
    ("settings", "documents"),
    ("regions", "views"),
    ("trial",),
    ("compare", "sheet"),
    ("comparison_page",),
    ("plan",),
    ("run",),
    ("workers",),
    ("batch",),
    ("training_pairs", "training_task", "credits"),
    ("teaching",),
    ("train_network", "train_filters", "kernel_drawing"),
    ("lessons",),
    ("api",),
    ("cli",),
)
"""From the lowest. A module may import from lower ones; inside a package, from its siblings."""

BY_NAME_ONLY = {
    "methods": {"methods"},
    "learned": {
        "methods",
        "learned",
        "training_pairs",
        "training_task",
        "teaching",
        "train_network",
        "train_filters",
        "credits",
        "kernel_drawing",
    },
}
"""Rooms that only these may import from: all others reach methods through the registry."""

LIBRARIES = {
    "numpy": {
        "kernels",
        "method",
        "npz",
        "spare",
        "switches",
        "matrices",
        "filters",
        "methods",
        "learned",
        "pictures",
        "comparison",
        "hands",
        "tiles",
        "stages",
        "frames",
        "animations",
        "whole",
        "network_layers",
        "training_pairs",
        "teaching",
        "train_network",
        "train_filters",
        "kernel_drawing",
        "checkerboards",
        "heatmap",
        "score",
        "regions",
        "views",
        "compare",
        "bouts",
        "run",
        "lessons",
        "api",
    },
    "torch": {"learned.torch_alike", "learned.torch_muon", "learned.torch_network", "learned.torch_training"},
    "PIL": {"pictures", "api"},
    "click": {"cli"},
    "rich": {"cli"},
    "isal": {"pictures.deflate"},
}
"""Who may import what is not of the standard library."""

FREE = {"", "__main__"}
"""`upscli/__init__.py` and `__main__.py` reach everything, but only lazily."""


@dataclass(frozen=True)
class Import:
    """One name that a module imports."""

    target: str
    line: int
    runs_at_once: bool
    """When the module is imported; not inside a function, nor for type checkers only."""


def imports(source: str, modules: set[str]) -> Iterator[Import]:
    """All imports of a source text; `from upscli import tiles` is upscli.tiles if that is one of the modules."""
    tree = ast.parse(source)
    later = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        at_once = node not in later
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, at_once)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield Import(whole if whole in modules else str(node.module), node.lineno, at_once)


def broken_rules(module: str, source: str, modules: set[str]) -> list[str]:
    """What this source text may not import as the module of that name (`cli.enlarge`; `` is upscli itself)."""
    room = module.partition(".")[0]
    rank = {name: number for number, names in enumerate(LAYERS) for name in names}
    if module not in FREE and room not in rank:
        return [f"{module} is in no layer: give it one in this test"]
    found = []
    for one in imports(source, modules):
        said = f"{module or 'upscli'}, line {one.line}: imports {one.target}"
        top, _, inside = one.target.partition(".")
        target = inside.partition(".")[0]
        if top != "upscli":
            if top not in sys.stdlib_module_names and not {room, module} & LIBRARIES.get(top, set()):
                found.append(f"{said}, which is for {', '.join(sorted(LIBRARIES.get(top, {'nobody'})))}")
        elif module in FREE:
            if one.runs_at_once:
                found.append(f"{said} before it is needed")
        elif target and target not in rank:
            found.append(f"{said}, which is in no layer")
        elif target and target != room and rank[target] >= rank[room]:
            found.append(f"{said}, which is not below it")
        elif room not in BY_NAME_ONLY.get(target, {room}):
            found.append(f"{said}, which is reached by name only")
    return found


def sources() -> dict[str, str]:
    """Module name, without `upscli.` -> source text."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text("utf-8")
    return found


SOURCES = sources()
MODULES = {f"upscli.{name}".rstrip(".") for name in SOURCES}


@pytest.mark.parametrize("module", SOURCES, ids=lambda module: module or "upscli")
def test_a_module_imports_only_what_its_layer_may(module: str) -> None:
    assert broken_rules(module, SOURCES[module], MODULES) == []


ALLOWED = [
    ("tiles", "from upscli.kernels.axis import Axis\nimport numpy as np"),
    ("kernels.taps", "from upscli.kernels.axis import Axis"),
    ("stages", "from upscli import registry, tiles"),
    ("cli.enlarge", "def go():\n    from upscli.plan import plan\n    from upscli.pictures.colors import named"),
    ("cli.enlarge", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from upscli.plan import Plan"),
    ("cli", "from upscli import __version__\nfrom upscli.errors import ExitCode\nimport click"),
    ("methods.learned", "from upscli.learned.network import run"),
    ("__main__", "def main():\n    from upscli.cli import run"),
]
FORBIDDEN = [
    ("kernels.taps", "from upscli.method import Method"),
    ("kernels.taps", "from upscli.pictures import modes"),
    ("errors", "import numpy"),
    ("tiles", "def late():\n    from upscli.stages import enlarged"),
    ("tiles", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from upscli.stages import enlarged"),
    ("tiles", "from upscli import stages"),
    ("tiles", "import upscli.stages"),
    ("registry", "from upscli.methods.interpolation import NEAREST"),
    ("registry", "from upscli.pictures import door"),
    ("stages", "from upscli.methods import interpolation"),
    ("plan", "from upscli.learned import network"),
    ("method", "from upscli.options import option"),
    ("stages", "from PIL import Image"),
    ("cli.methods", "def late():\n    from PIL import Image"),
    ("cli.enlarge", "from PIL import ImageColor"),
    ("cli.enlarge", "import numpy as np"),
    ("run", "import click"),
    ("report", "class A:\n    from rich.table import Table"),
    ("pictures.door", "from isal import isal_zlib"),
    ("kernels.depth", "import scipy"),
    ("", "from upscli.api import enlarge"),
    ("utils", "import os"),
    ("run", "from upscli.utils import go"),
]


@pytest.mark.parametrize(("module", "source"), ALLOWED)
def test_the_rules_allow_what_is_below(module: str, source: str) -> None:
    assert broken_rules(module, source, MODULES) == []


@pytest.mark.parametrize(("module", "source"), FORBIDDEN)
def test_the_rules_see_what_is_not_below(module: str, source: str) -> None:
    assert len(broken_rules(module, source, MODULES)) == 1


HEAVY = ("numpy", "PIL", "rich")


def imported_by(*words: str) -> set[str]:
    """The modules that one command line really imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "upscli", *words],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    found = {line.rpartition("|")[2].strip() for line in lines}
    assert "click" in found
    return found


@pytest.mark.parametrize(
    ("words", "libraries"),
    [
        (("--help",), HEAVY),
        (("--version",), HEAVY),
        (("enlarge", "--help"), HEAVY),
        (("methods", "--help"), HEAVY),
        (("pool", "--help"), HEAVY),
        (("convolve", "--help"), HEAVY),
        (("checkerboard", "--help"), HEAVY),
        (("score", "--help"), HEAVY),
        (("evaluate", "--help"), HEAVY),
        (("explain", "--help"), HEAVY),
        (("compare", "--help"), HEAVY),
        (("methods",), ("PIL",)),
        (("methods", "lanczos"), ("PIL", "rich")),
        (("explain", "nearest"), ("PIL", "rich")),
    ],
    ids=lambda value: " ".join(value),
)
def test_a_command_imports_nothing_heavy_that_it_does_not_need(
    words: tuple[str, ...], libraries: tuple[str, ...]
) -> None:
    assert not imported_by(*words) & set(libraries)


def test_enlarging_one_jpeg_imports_no_reader_writer_or_pool_of_others(tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    Image.new("RGB", (9, 7)).save(source)
    found = imported_by("enlarge", str(source), "-o", str(tmp_path / "b.jpg"))
    assert "upscli.pictures.jpeg_writer" in found
    others = ("png_chunks", "png_writer", "gif_writer", "tiff_page", "tiff_writer", "pnm", "pfm", "animation", "ico")
    unneeded = {f"upscli.pictures.{name}" for name in others}
    unneeded |= {"upscli.workers", "upscli.trial", "upscli.animations", "upscli.documents", "upscli.methods.learned"}
    assert not found & (unneeded | {"rich", "json", "multiprocessing", "tempfile", "PIL.GifImagePlugin"})
