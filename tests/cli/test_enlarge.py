"""What `upscli enlarge` writes, where, and how large."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

SPRITE = 48  # the sprite is 48 x 48
LANDSCAPE = (480, 320)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def size(path: Path | str) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_an_input_never_changes(upscli: Callable[..., Any], folder: Path) -> None:
    before = Path("sprite.png").read_bytes()
    assert upscli("enlarge", "sprite.png").code == 0
    assert Path("sprite.png").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "sprite_bicubic_x2.png"),
        (["-m", "nearest"], "sprite_nearest_x2.png"),
        (["-m", "catmull-rom", "-s", "3"], "sprite_catmull-rom_x3.png"),
        (["-s", "1.5"], "sprite_bicubic_x1.5.png"),
        (["-s", "1.50"], "sprite_bicubic_x1.5.png"),
        (["-s", "2.0"], "sprite_bicubic_x2.png"),
        (["-s", "2x3"], "sprite_bicubic_x2x3.png"),
        (["-s", "1.5x2"], "sprite_bicubic_x1.5x2.png"),
        (["-s", "2x2"], "sprite_bicubic_x2.png"),
        (["--size", "96x60"], "sprite_bicubic_96x60.png"),
        (["--size", "96x"], "sprite_bicubic_96x96.png"),
        (["--size", "x60"], "sprite_bicubic_60x60.png"),
        (["--fit", "100x60"], "sprite_bicubic_60x60.png"),
        (["--long-edge", "70"], "sprite_bicubic_70x70.png"),
        (["--format", "webp"], "sprite_bicubic_x2.webp"),
        (["--format", "tiff"], "sprite_bicubic_x2.tif"),
        (["--format", "jpg", "--background", "white"], "sprite_bicubic_x2.jpg"),
        (["--format", "PNG"], "sprite_bicubic_x2.png"),
        (["-o", "out/"], "out/sprite.png"),
        (["-o", "out/deep/"], "out/deep/sprite.png"),
        (["-o", "existing"], "existing/sprite.png"),
        (["-o", "existing", "--format", "webp"], "existing/sprite.webp"),
        (["-o", "existing/b.png"], "existing/b.png"),
        (["-o", "b.png"], "b.png"),
        (["-o", "b.PNG"], "b.PNG"),
        (["-o", "b.webp"], "b.webp"),
        (["-o", "b.out", "--format", "png"], "b.out"),
        (["-o", "b", "--format", "png"], "b"),
    ],
)
def test_the_output_is_named(upscli: Callable[..., Any], folder: Path, words: list[str], expected: str) -> None:
    Path("existing").mkdir()
    before = {str(path) for path in Path().rglob("*")}
    said = upscli("enlarge", "sprite.png", *words)
    assert (said.code, said.out) == (0, ""), said.err
    written = {str(path) for path in Path().rglob("*") if path.is_file()} - before
    assert written == {expected}
    assert said.lines[-1].startswith(f"{expected}  48 x 48 -> ")


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("a.JPG", "JPEG", "a_bicubic_x2.JPG"),
        ("a.jpeg", "JPEG", "a_bicubic_x2.jpeg"),
        ("a.Tiff", "TIFF", "a_bicubic_x2.Tiff"),
        ("a", "PNG", "a_bicubic_x2.png"),
        ("lie.jpg", "PNG", "lie_bicubic_x2.png"),
        ("lie.png", "JPEG", "lie_bicubic_x2.jpg"),
        ("a.b.c.png", "PNG", "a.b.c_bicubic_x2.png"),
        (".hidden.png", "PNG", ".hidden_bicubic_x2.png"),
        ("a.unknown", "PNG", "a_bicubic_x2.png"),
        ("a.pgm", "PPM", "a_bicubic_x2.pgm"),
    ],
)
def test_the_output_keeps_the_inputs_extension_where_that_is_true(
    upscli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("L", (6, 4), 90).save(name, kind)
    assert upscli("enlarge", name).code == 0
    assert names(tmp_path) == {name, expected}
    with Image.open(expected) as picture:
        assert (picture.format, picture.size) == (kind, (12, 8))


def test_the_output_lies_beside_the_input_not_in_the_working_folder(upscli: Callable[..., Any], folder: Path) -> None:
    Path("far").mkdir()
    shutil.move("sprite.png", "far/sprite.png")
    assert upscli("enlarge", "far/sprite.png").code == 0
    assert names(folder / "far") == {"sprite.png", "sprite_bicubic_x2.png"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        # must not change
        (["-s", "1"], LANDSCAPE),
        (["--size", "480x320"], LANDSCAPE),
        (["--fit", "480x9999"], LANDSCAPE),
        (["--long-edge", "480"], LANDSCAPE),
        # must become
        ([], (960, 640)),
        (["-s", "1.5"], (720, 480)),
        (["-s", "2x1"], (960, 320)),
        (["-s", "1.0011"], (481, 320)),  # 480.528 and 320.352
        (["-s", "1.0010416666"], (480, 320)),  # just under a half stays
        (["-s", "1.009375"], (485, 323)),  # 484.5: a tie goes up
        (["--size", "500x500"], (500, 500)),
        (["--size", "481x"], (481, 321)),  # 320.667
        (["--size", "x321"], (482, 321)),  # 481.5: a tie goes up
        (["--fit", "1000x400"], (600, 400)),
        (["--fit", "600x4000"], (600, 400)),
        (["--long-edge", "600"], (600, 400)),
    ],
)
def test_the_size_is(upscli: Callable[..., Any], folder: Path, words: list[str], expected: tuple[int, int]) -> None:
    if "1.0010416666" in words:  # ten decimals are more than a factor takes
        words = ["-s", "1.001041666"]
    said = upscli("enlarge", "landscape.png", "-m", "nearest", "-o", "b.png", *words)
    assert said.code == 0, said.err
    assert size("b.png") == expected


def test_the_long_edge_of_an_upright_picture_is_its_height(
    upscli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (4, 10)).save("a.png")
    assert upscli("enlarge", "a.png", "--long-edge", "15", "-o", "b.png").code == 0
    assert size("b.png") == (6, 15)


def test_nearest_repeats_each_pixel_bit_for_bit(upscli: Callable[..., Any], folder: Path) -> None:
    assert upscli("enlarge", "sprite.png", "-m", "nearest", "-s", "3", "-o", "b.png").code == 0
    expected = np.asarray(Image.open("sprite.png")).repeat(3, 0).repeat(3, 1)
    np.testing.assert_array_equal(np.asarray(Image.open("b.png")), expected)


def test_hidden_color_does_not_bleed(upscli: Callable[..., Any], folder: Path) -> None:
    """The sprite hides magenta under its transparent pixels, which shows at once where alpha is forgotten."""
    assert upscli("enlarge", "sprite.png", "-m", "bilinear", "-s", "4", "-o", "b.png").code == 0
    result = np.asarray(Image.open("b.png")).astype(int)
    red, green, blue, alpha = (result[..., band] for band in range(4))
    seen = np.asarray(Image.open("sprite.png")).astype(int)
    most = (np.minimum(seen[..., 0], seen[..., 2]) - seen[..., 1])[seen[..., 3] > 0].max()
    magenta = (np.minimum(red, blue) - green)[alpha > 8]
    assert magenta.max() <= most + 4


def test_an_option_of_the_method_changes_the_result(upscli: Callable[..., Any], folder: Path) -> None:
    for value in ("-0.5", "-0.75"):
        assert upscli("enlarge", "zone-plate.png", "-O", f"a={value}", "-o", f"b{value}.png").code == 0
    assert upscli("enlarge", "zone-plate.png", "-o", "default.png").code == 0
    assert Path("b-0.5.png").read_bytes() == Path("default.png").read_bytes()
    assert Path("b-0.75.png").read_bytes() != Path("default.png").read_bytes()


def test_wrap_takes_the_border_from_the_other_side(
    upscli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.array([[0, 0, 0, 200]], np.uint8)).save("a.png")
    first = {}
    for edge in ("replicate", "reflect", "wrap", "renormalize"):
        assert upscli("enlarge", "a.png", "-m", "bilinear", "--edge", edge, "-o", f"{edge}.png").code == 0
        first[edge] = int(np.asarray(Image.open(f"{edge}.png"))[0, 0])
    assert first == {"replicate": 0, "reflect": 0, "wrap": 50, "renormalize": 0}


@pytest.mark.parametrize("threads", ["1", "2", "7"])
def test_the_bytes_are_the_same_for_any_number_of_threads(
    upscli: Callable[..., Any], folder: Path, threads: str
) -> None:
    assert upscli("enlarge", "interface.png", "-s", "3", "-o", "a.png").code == 0
    assert upscli("enlarge", "interface.png", "-s", "3", "-o", "b.png", "-j", threads).code == 0
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()


@pytest.mark.parametrize("flag", ["-q", "--quiet"])
def test_quiet_says_nothing_when_all_went_well(upscli: Callable[..., Any], folder: Path, flag: str) -> None:
    said = upscli("enlarge", "sprite.png", flag, "-o", "b.gif")
    assert (said.code, said.out, said.err) == (0, "", "")


def test_quiet_still_says_what_went_wrong(upscli: Callable[..., Any], folder: Path) -> None:
    said = upscli("enlarge", "missing.png", "-q")
    assert (said.code, said.lines) == (1, ["upscli: missing.png: no such file"])


def test_overwrite_replaces_and_keeps_the_permissions(upscli: Callable[..., Any], folder: Path) -> None:
    Path("b.png").write_bytes(b"old")
    Path("b.png").chmod(0o640)
    assert upscli("enlarge", "sprite.png", "-o", "b.png", "--overwrite").code == 0
    assert size("b.png") == (96, 96)
    assert Path("b.png").stat().st_mode & 0o7777 == 0o640


def test_a_device_can_always_be_written(upscli: Callable[..., Any], folder: Path) -> None:
    assert upscli("enlarge", "sprite.png", "-o", "/dev/null", "--format", "png").code == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("size_of_it", [(1, 1), (1, 7), (7, 1), (2, 1)])
@pytest.mark.parametrize("method", ["nearest", "bicubic", "lanczos", "magic-kernel-sharp"])
def test_tiny_pictures_can_be_enlarged(
    upscli: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size_of_it: tuple[int, int],
    method: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", size_of_it, (10, 130, 250)).save("a.png")
    assert upscli("enlarge", "a.png", "-m", method, "-s", "3", "-o", "b.png").code == 0
    result = np.asarray(Image.open("b.png"))
    assert result.shape == (size_of_it[1] * 3, size_of_it[0] * 3, 3)
    assert (result == (10, 130, 250)).all()


ODD_NAMES = {
    "spaces": "two  spaces .png",
    "newline": "two\nlines.png",
    "leading dash": "-x.png",
    "only an option": "--scale.png",
    "emoji": "cat \U0001f408\u200d\u2b1b.png",
    "not UTF-8": os.fsdecode(b"caf\xe9 \xff.png"),
    "escape": "red \x1b[31m\x07.png",
    "C1": "csi \x9b31m.png",
    "bidi": "gnp.\u202egnp.exe.png",
    "markup": "a[red]c[link=x].png",
    "percent": "%s %(x)s {stem} {0}.png",
    "quotes": "it's \"$(x)`.png",
}


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES)
def test_any_name_works_and_is_printed_without_control_characters(
    upscli: Callable[..., Any], folder: Path, name: str
) -> None:
    shutil.copy("sprite.png", name)
    said = upscli("enlarge", "--", name)
    assert said.code == 0, said.err
    assert size(name.replace(".png", "_bicubic_x2.png")) == (96, 96)
    assert len(said.lines) == 1
    assert all(char.isprintable() for char in said.lines[0])
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES)
def test_any_name_can_be_refused_in_one_printable_line(upscli: Callable[..., Any], folder: Path, name: str) -> None:
    Path(name).write_bytes(b"nothing")
    said = upscli("enlarge", "--", name)
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert all(char.isprintable() for char in said.lines[0])


def test_names_of_250_bytes_work_for_input_and_output(upscli: Callable[..., Any], folder: Path) -> None:
    source, target = "a" * 246 + ".png", "b" * 246 + ".png"
    shutil.copy("sprite.png", source)
    assert upscli("enlarge", source, "-o", target).code == 0
    assert size(target) == (96, 96)
    assert upscli("enlarge", source, "-o", target, "--overwrite").code == 0


def test_a_default_name_that_grows_too_long_is_refused_in_a_sentence(upscli: Callable[..., Any], folder: Path) -> None:
    name = "a" * 246 + ".png"
    shutil.copy("sprite.png", name)
    before = names(folder)
    said = upscli("enlarge", name)
    assert said.code != 0
    assert len(said.lines) == 1
    assert "too long" in said.err
    assert names(folder) == before
