"""The README is true: its tables come from the registry, and its commands run.

`python tests/test_docs.py` writes the generated tables anew.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from upscli import registry
from upscli.cli import COMMANDS, main

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def methods_table() -> str:
    rows = ["| method | what it does | factors | options |", "|---|---|---|---|"]
    words = {"any": "any from 1", "integer": "whole"}
    for name in registry.BUILTIN:
        method = registry.get(name)
        able = method.scales_with(method.options())
        factors = words[able] if isinstance(able, str) else f"any, from {', '.join(map(str, able))}"
        factors = "any, from its model's" if callable(method.scales) else factors
        factors = "its own" if method.target else factors
        options = ", ".join(f"`{field}`" for field in method.options.__dataclass_fields__)
        rows.append(f"| `{name}` | {method.summary} | {factors} | {options} |")
    return "\n".join(rows)


def with_tables(text: str) -> str:
    return re.sub(
        r"(<!-- methods -->\n).*?(<!-- /methods -->)", lambda m: m[1] + methods_table() + "\n" + m[2], text, flags=re.S
    )


def blocks(language: str) -> list[tuple[str, str]]:
    """(marker or "", code) for each fenced block of a language."""
    return re.findall(rf"(?:<!-- ([\w: ]+) -->\n)?```{language}\n(.*?)```", README.read_text(), flags=re.S)


def test_the_method_table_comes_from_the_registry() -> None:
    assert README.read_text() == with_tables(README.read_text()), "run: python tests/test_docs.py"


def test_the_readme_stays_under_300_lines() -> None:
    assert len(README.read_text().splitlines()) < 300


def test_every_command_and_long_option_is_in_the_readme() -> None:
    text = README.read_text()
    for name in COMMANDS:
        assert f"upscli {name}" in text
    command = main.get_command(None, "enlarge")  # type: ignore[arg-type]
    assert command is not None
    missing = [p.opts for p in command.params if p.opts[0].startswith("-") and not any(o in text for o in p.opts)]
    assert not missing


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "sample_images", tmp_path / "sample_images")
    lines = [line for marker, code in blocks("sh") if not marker for line in code.splitlines()]
    assert len(lines) >= 7
    bin_folder = str(Path(sys.executable).parent)
    for line in lines:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=tmp_path,
            env={"PATH": f"{bin_folder}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_the_python_of_the_readme_runs() -> None:
    for _, code in blocks("python"):
        exec(compile(code, "README.md", "exec"), {})


def test_the_plugin_of_the_readme_is_a_method_that_works() -> None:
    np = pytest.importorskip("numpy")
    from upscli.kernels.axis import Axis

    namespace: dict[str, object] = {}
    [code] = [code for marker, code in blocks("python") if marker == "plugin"]
    exec(compile(code, "README.md", "exec"), namespace)
    method = namespace["BLOCKY"]
    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3, 1)
    ready = method.ready(None)  # type: ignore[attr-defined]
    axes = [Axis(size, 2 * size, range(size), range(2 * size)) for size in (2, 3)]
    result = ready(pixels, *axes)
    assert result[..., 0].tolist() == np.kron(pixels[..., 0], np.ones((2, 2), np.uint8)).tolist()


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text()))
