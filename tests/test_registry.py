"""Methods by name: the built-in table, and plugins as they are really installed.

The fake packages under plugins/ are folders as pip leaves them: a module and its `*.dist-info`. They are put on the
path of a process of its own, so that what is tested is what a user's machine does.
"""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import equal
from material import noise
from PIL import Image

import upscli
from upscli import registry
from upscli.errors import MethodError
from upscli.method import Method

PLUGINS = Path(__file__).parent / "plugins"
HOME = Path(upscli.__file__).parent.parent


def python(*words: str, packages: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own that has these fake packages installed."""
    path = os.pathsep.join(map(str, [*(PLUGINS / package for package in packages), HOME]))
    inherited = {key: value for key, value in os.environ.items() if key != "UPSCLI_PLUGINS"}
    return subprocess.run(
        [sys.executable, *words],
        env={**inherited, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def command(*words: Any, packages: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    """The same, running upscli."""
    return python("-m", "upscli", *map(str, words), packages=packages, **environment)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    Image.fromarray(noise(12, 10)).save(path)
    return path


# What must not change: the built-in table


@pytest.mark.parametrize("name", registry.BUILTIN)
def test_the_table_leads_to_a_method_of_that_name(name: str) -> None:
    module, _, attribute = registry.BUILTIN[name].partition(":")
    method = getattr(import_module(module), attribute)
    assert isinstance(method, Method)
    assert method.name == name
    assert registry.get(name) is method


def test_the_methods_of_the_first_release_are_there() -> None:
    assert {
        "nearest", "box", "bilinear", "hermite", "bicubic", "catmull-rom", "mitchell", "b-spline", "lanczos",
        "hamming", "gaussian", "magic-kernel-sharp", "bed-of-nails",
    } <= set(registry.BUILTIN)  # fmt: skip


def test_all_methods_of_the_method_modules_are_in_the_table() -> None:
    listed = {path.partition(":")[0] for path in registry.BUILTIN.values()}
    written = {
        f"upscli.methods.{path.stem}" for path in (HOME / "upscli" / "methods").glob("*.py") if path.stem != "__init__"
    }
    assert listed == written
    records = {
        f"{module}:{name}"
        for module in written
        for name, value in vars(import_module(module)).items()
        if isinstance(value, Method)
    }
    assert records == set(registry.BUILTIN.values())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("bicubik", "did you mean 'bicubic'?"),
        ("lancsoz", "did you mean 'lanczos'?"),
        ("Nearest", "did you mean 'nearest'?"),
        ("", "'upscli methods' lists them"),
        ("qqqq", "'upscli methods' lists them"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(name: str, hint: str) -> None:
    with pytest.raises(MethodError) as caught:
        registry.get(name)
    assert str(caught.value) == f"no method '{name}'; {hint}"


# What must become: packages


def test_a_plugin_is_listed_with_the_built_in_methods() -> None:
    done = command("methods", "--json", packages=("good",))
    assert (done.returncode, done.stderr) == (0, "")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert list(rows) == [*registry.BUILTIN, "blocky", "poster"]
    assert rows["blocky"]["summary"] == "Blocks, from a package of its own"
    assert rows["poster"]["options"][0]["range"] == [8, 4096]


def test_a_plugin_enlarges_pictures(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.png"
    done = command("enlarge", picture, "-m", "blocky", "-s", 3, "-o", out, packages=("good",))
    assert done.returncode == 0, done.stderr
    equal(np.asarray(Image.open(out)), noise(12, 10).repeat(3, 0).repeat(3, 1))


def test_a_plugin_may_load_a_file_and_decide_the_size(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.png"
    done = command("enlarge", picture, "-m", "poster", "-O", "width=40", "-o", out, packages=("good",))
    assert done.returncode == 0, done.stderr
    equal(np.asarray(Image.open(out)), np.full((48, 40, 3), 51, np.uint8))  # 0.2 of white


def test_a_size_beside_the_methods_own_is_refused(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.png"
    done = command("enlarge", picture, "-m", "poster", "-s", 2, "-o", out, packages=("good",))
    assert done.returncode == 2
    assert done.stderr.startswith("upscli: poster decides the size itself")
    assert not out.exists()


def test_a_broken_plugin_is_listed_with_its_reason_and_all_others_work() -> None:
    done = command("methods", packages=("broken", "good"))
    assert done.returncode == 0
    assert "blocky" in done.stdout
    assert "bicubic" in done.stdout
    assert done.stderr == (
        "upscli: method 'shattered' of upscli-broken cannot be loaded: ImportError: No module named 'unobtainium'\n"
    )


def test_a_broken_plugin_fails_when_it_is_asked_for_and_only_then(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.png"
    done = command("enlarge", picture, "-m", "shattered", "-o", out, packages=("broken",))
    assert done.returncode == 2
    assert done.stderr.startswith("upscli: method 'shattered' of upscli-broken cannot be loaded: ImportError")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not out.exists()
    done = command("enlarge", picture, "-o", out, packages=("broken",))
    assert (done.returncode, "shattered" in done.stderr) == (0, False)


def test_two_packages_that_claim_one_name_are_both_named_when_it_is_asked_for(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.png"
    done = command("enlarge", picture, "-m", "blocky", "-o", out, packages=("good", "clashing"))
    assert done.returncode == 2
    assert done.stderr == (
        "upscli: method 'blocky' is claimed by two packages, upscli-blocky and upscli-clashing; uninstall one of them\n"
    )
    assert not out.exists()


def test_a_clash_does_not_disturb_other_methods(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.png"
    done = command("enlarge", picture, "-m", "poster", "-o", out, packages=("good", "clashing"))
    assert done.returncode == 0
    assert "upscli-clashing" not in done.stderr


def test_a_plugin_cannot_take_a_built_in_name_and_that_is_said(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.png"
    done = command("enlarge", picture, "-m", "bicubic", "-o", out, packages=("clashing",))
    assert done.returncode == 0, done.stderr
    equal(np.asarray(Image.open(out)), upscli.enlarge(noise(12, 10)))
    done = command("methods", packages=("clashing",))
    assert done.returncode == 0
    assert "method 'bicubic' of upscli-clashing is ignored: the name is built in" in done.stderr
    assert "Claims bicubic" not in done.stdout


def test_plugins_are_ignored_when_the_environment_says_so(picture: Path) -> None:
    packages = ("good", "broken", "clashing", "strange")
    done = command("methods", "--json", packages=packages, UPSCLI_PLUGINS="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["name"] for row in json.loads(done.stdout)] == list(registry.BUILTIN)
    done = command("enlarge", picture, "-m", "blocky", packages=packages, UPSCLI_PLUGINS="0")
    assert done.returncode == 2
    assert done.stderr.startswith("upscli: no method 'blocky'")


def test_a_near_miss_of_a_plugin_is_suggested(picture: Path) -> None:
    done = command("enlarge", picture, "-m", "blockie", packages=("good",))
    assert done.returncode == 2
    assert "did you mean 'blocky'?" in done.stderr


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("number", "method 'number' of upscli-strange is a int, not an upscli Method"),
        ("alias", "method 'alias' of upscli-strange calls itself 'original'; both names must be the same"),
        ("missing", "method 'missing' of upscli-strange cannot be loaded: AttributeError"),
    ],
)
def test_an_entry_point_that_leads_to_no_such_method_is_refused_with_the_reason(name: str, reason: str) -> None:
    done = command("methods", name, packages=("strange",))
    assert done.returncode == 2
    assert done.stderr.startswith(f"upscli: {reason}")
    assert done.stderr.count("\n") == 1


def test_listing_names_imports_no_method_and_no_plugin() -> None:
    code = (
        "import sys; from upscli import registry; names = registry.names(); "
        "print(*names, sep=','); print(*sys.modules, sep=',')"
    )
    done = python("-c", code, packages=("good", "broken", "clashing"))
    assert done.returncode == 0, done.stderr
    names, modules = (set(line.split(",")) for line in done.stdout.splitlines())
    assert {"blocky", "poster", "shattered", "bicubic"} <= names
    assert not {name for name in modules if name.startswith(("upscli_", "upscli.methods", "numpy"))}


def test_a_method_is_imported_when_it_is_asked_for_and_no_other() -> None:
    code = "import sys; from upscli import registry; registry.get('bed-of-nails'); print(*sys.modules, sep=',')"
    done = python("-c", code, packages=("good", "broken"))
    assert done.returncode == 0, done.stderr
    found = {name for name in done.stdout.strip().split(",") if name.startswith(("upscli_", "upscli.methods."))}
    assert found == {"upscli.methods.unpooling"}
