"""The layers of networks, and label maps, through `upscli enlarge` on files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import assert_close, equal
from conftest import Upscli
from material import noise, pixels_of, written
from PIL import Image

import upscli as package
from upscli.kernels.checkerboard import gains

LAYERS = ["transposed-conv", "resize-conv", "sub-pixel"]
ONES = "1 1 1; 1 1 1; 1 1 1"
COLORS = bytes([0, 0, 0, 220, 20, 60, 107, 142, 35, 70, 130, 180, 9, 9, 9, 250, 170, 30])


@pytest.mark.parametrize("method", LAYERS)
@pytest.mark.parametrize("name", ["landscape.png", "sprite.png", "gradient16.png", "lineart.png"])
def test_pictures_of_every_kind_are_enlarged(upscli: Upscli, folder: Path, method: str, name: str) -> None:
    done = upscli("enlarge", name, "-m", method, "-s", 3, "-o", "b.png", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["options"] == {"kernel": "bilinear", "normalize": "none"}
    before, after = pixels_of(folder / name), pixels_of(folder / "b.png")
    assert after.shape == (3 * before.shape[0], 3 * before.shape[1], before.shape[2])
    assert after.dtype == before.dtype


@pytest.mark.parametrize("method", LAYERS)
def test_odd_sizes_and_factors_of_their_own_for_each_axis_work(upscli: Upscli, folder: Path, method: str) -> None:
    written(folder / "a.png", noise(7, 5))
    done = upscli("enlarge", "a.png", "-m", method, "-s", "3x2", "-O", f"kernel={ONES}", "-o", "b.png")
    assert done.code == 0, done.err
    assert pixels_of(folder / "b.png").shape == (14, 15, 3)


def test_a_picture_of_one_color_shows_the_predicted_checkerboard(upscli: Upscli, folder: Path) -> None:
    written(folder / "a.png", np.full((6, 7, 1), 20, np.uint8))
    upscli("enlarge", "a.png", "-m", "transposed-conv", "-O", f"kernel={ONES}", "-o", "b.png")
    found = pixels_of(folder / "b.png")[..., 0]
    assert (found == np.tile(20 * gains(np.ones((3, 3)), 2), (6, 7))).all()


def test_dividing_the_phases_takes_the_checkerboard_away(upscli: Upscli, folder: Path) -> None:
    pixels = written(folder / "a.png", np.full((6, 7, 3), 90, np.uint8))
    words = ("-O", f"kernel={ONES}", "-O", "normalize=phase")
    done = upscli("enlarge", "a.png", "-m", "transposed-conv", *words, "-o", "b.png")
    equal(pixels_of(folder / "b.png"), np.full((12, 14, 3), 90, np.uint8))
    assert "checkerboard" not in done.err
    assert pixels.max() == 90


def shift(upscli: Upscli, folder: Path, method: str, kernel: str, factor: int) -> list[float]:
    """How far (down, right) a soft spot moved, in result pixels."""
    rows, cols = np.mgrid[:21, :21]
    spot = (200 * np.exp(-((rows - 10) ** 2 + (cols - 10) ** 2) / 18)).astype(np.uint8)
    written(folder / "spot.png", spot[..., np.newaxis])
    words = ("-O", f"kernel={kernel}", "-O", "normalize=phase", "-s", factor, "-o", "b.png", "--overwrite")
    assert upscli("enlarge", "spot.png", "-m", method, *words).code == 0
    found = pixels_of(folder / "b.png")[..., 0].astype(float)
    middle = (found.shape[0] - 1) / 2
    return [float((found * axis).sum() / found.sum() - middle) for axis in np.indices(found.shape)]


@pytest.mark.parametrize(
    ("method", "kernel", "factor", "words"),
    [
        ("transposed-conv", ONES, 2, "shifted down and right by half a pixel"),
        ("sub-pixel", ONES, 2, "shifted down and right by half a pixel"),
        ("transposed-conv", "1 1 1; 1 1 1", 2, "shifted right by half a pixel"),
        ("transposed-conv", "1 1; 1 1", 2, ""),
        ("transposed-conv", ONES, 3, ""),
        ("resize-conv", ONES, 2, ""),
        ("resize-conv", "1 1; 1 1", 2, "shifted up and left by half a pixel"),
    ],
)
def test_a_shift_of_half_a_pixel_is_said_and_is_there(
    upscli: Upscli, folder: Path, method: str, kernel: str, factor: int, words: str
) -> None:
    done = upscli("enlarge", "landscape.png", "-m", method, "-s", factor, "-O", f"kernel={kernel}", "-o", "n.png")
    assert (words or "shifted") in done.err or not words
    assert bool(words) == ("shifted" in done.err)
    expected = [0.5 * ("down" in words) - 0.5 * ("up" in words), 0.5 * ("right" in words) - 0.5 * ("left" in words)]
    assert shift(upscli, folder, method, kernel, factor) == pytest.approx(expected, abs=0.02)


def test_what_a_kernel_does_to_brightness_is_said_in_the_report_too(upscli: Upscli, folder: Path) -> None:
    done = upscli("enlarge", "landscape.png", "-m", "transposed-conv", "-O", f"kernel={ONES}", "-o", "b.png", "--json")
    notes = " ".join(json.loads(done.out)["warnings"])
    assert "a checkerboard shows (score 1.333)" in notes
    assert "mean gain is 2.25" in notes
    done = upscli("enlarge", "landscape.png", "-m", "transposed-conv", "-o", "c.png", "--json")
    assert json.loads(done.out)["warnings"] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("-s", "1.5"), "transposed-conv enlarges by whole numbers only, not by 1.5"),
        (("-O", "kernel=tent"), "kernel 'tent' is none of bilinear, box, a .npz"),
        (("-O", "kernel=none.json"), "none.json cannot be read"),
        (("-O", "kernel=1 1 1", "-O", "normalize=phase"), "has gain 0, so it cannot be divided by it"),
        (("-O", "stride=2"), "transposed-conv has no option 'stride'"),
    ],
)
def test_words_that_make_no_layer_are_refused_before_the_work(
    upscli: Upscli, folder: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = upscli("enlarge", "landscape.png", "-m", "transposed-conv", *words, "-o", "b.png")
    assert (done.code, len(done.lines)) == (2, 1), done.err
    assert sentence in done.err
    assert not (folder / "b.png").exists()


# Labels


def class_map(dtype: str = "uint8") -> Any:
    rows, cols = np.mgrid[:25, :31]
    classes = np.where((rows - 12) ** 2 + (cols - 12) ** 2 < 60, 1, 0)
    classes[18:] = 2
    classes[:, 26:] = 5
    return classes.astype(dtype)


def palette_picture(path: Path, **more: Any) -> Any:
    image = Image.fromarray(class_map())
    image.putpalette(COLORS)
    image.save(path, **more)
    return class_map()


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp"])
@pytest.mark.parametrize("kernel", ["bilinear", "bicubic", "lanczos", "nearest"])
def test_palettes_and_class_numbers_are_kept(upscli: Upscli, folder: Path, name: str, kernel: str) -> None:
    classes = palette_picture(folder / name)
    done = upscli("enlarge", name, "-m", "labels", "-s", 3, "-O", f"kernel={kernel}", "-o", f"b{name[1:]}")
    assert done.code == 0, done.err
    assert "the class numbers are kept (a palette of" in done.err
    with Image.open(folder / f"b{name[1:]}") as image:
        assert image.mode == "P"
        assert bytes(image.getpalette() or ())[: len(COLORS)] == COLORS
        found = np.asarray(image)
    assert set(np.unique(found)) == {0, 1, 2, 5}
    equal(found[1::3, 1::3], classes)


def test_a_gif_keeps_the_numbers_that_it_has_when_it_is_read(upscli: Upscli, folder: Path) -> None:
    palette_picture(folder / "a.gif", transparency=2)
    with Image.open(folder / "a.gif") as image:
        classes, colors, clear = np.asarray(image), image.getpalette(), image.info["transparency"]
    for name in ("b.gif", "b.png"):
        assert upscli("enlarge", "a.gif", "-m", "labels", "-s", 3, "-o", name).code == 0
        with Image.open(folder / name) as image:
            equal(np.asarray(image)[1::3, 1::3], classes)
            assert (image.getpalette() or [])[:15] == (colors or [])[:15]
            found = image.info["transparency"]
            assert (found if isinstance(found, int) else found.index(0)) == clear


def test_the_palettes_transparency_is_kept_where_the_format_can(upscli: Upscli, folder: Path) -> None:
    palette_picture(folder / "a.png", transparency=bytes([0, 255, 128]))
    upscli("enlarge", "a.png", "-m", "labels", "-o", "b.png")
    with Image.open(folder / "b.png") as image:
        assert image.info["transparency"] == bytes([0, 255, 128])
    done = upscli("enlarge", "a.png", "-m", "labels", "-o", "b.bmp")
    assert "bmp cannot hold the palette's transparency, which is dropped" in done.err
    done = upscli("enlarge", "a.png", "-m", "labels", "-o", "b.pgm")
    assert "pnm cannot hold the palette, which is dropped; the class numbers are kept" in done.err
    assert set(np.unique(pixels_of(folder / "b.pgm"))) == {0, 1, 2, 5}


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm"])
@pytest.mark.parametrize(("dtype", "step"), [("uint8", 40), ("uint16", 12000)])
def test_gray_class_numbers_of_8_and_16_bits_are_kept(
    upscli: Upscli, folder: Path, name: str, dtype: str, step: int
) -> None:
    Image.fromarray(class_map(dtype) * np.dtype(dtype).type(step)).save(folder / name)
    done = upscli("enlarge", name, "-m", "labels", "-s", 2.5, "-o", f"b{name[1:]}", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["result"]["pixel"].endswith("labels")
    found = pixels_of(folder / f"b{name[1:]}")
    assert found.dtype == dtype
    assert set(np.unique(found)) == {step * number for number in (0, 1, 2, 5)}


def test_a_turned_label_map_is_turned_upright(upscli: Upscli, folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    classes = palette_picture(folder / "a.png", exif=exif)
    upscli("enlarge", "a.png", "-m", "labels", "-s", 1, "-o", "b.png")
    with Image.open(folder / "b.png") as image:
        equal(np.asarray(image), np.rot90(classes, -1))


def test_outlines_are_those_of_bilinear_shares_not_of_blocks(upscli: Upscli, folder: Path) -> None:
    palette_picture(folder / "a.png")
    for kernel in ("nearest", "bilinear"):
        upscli("enlarge", "a.png", "-m", "labels", "-s", 4, "-O", f"kernel={kernel}", "-o", f"{kernel}.png")
    with Image.open(folder / "nearest.png") as image:
        equal(np.asarray(image), np.kron(class_map(), np.ones((4, 4), np.uint8)))
    rows, cols = np.mgrid[:60, :60]
    true = (rows / 4 - 12 + 0.375 - 0.75) ** 2 + (cols / 4 - 12 + 0.375 - 0.75) ** 2 < 60
    wrong = {}
    for kernel in ("nearest", "bilinear"):
        with Image.open(folder / f"{kernel}.png") as image:
            wrong[kernel] = int(((np.asarray(image)[:60, :60] == 1) != true).sum())
    assert wrong["bilinear"] < wrong["nearest"]


@pytest.mark.parametrize(
    ("name", "output", "code", "sentence"),
    [
        ("landscape.png", "b.png", 1, "labels are one whole number a pixel, and this picture is 8-bit rgb"),
        ("sprite.png", "b.png", 1, "this picture is 8-bit rgb with alpha; save it as gray, or with a palette"),
        ("a.png", "b.jpg", 2, "jpeg cannot hold 8-bit labels; --format png or tiff"),
        ("a.png", "b.webp", 2, "webp cannot hold 8-bit labels"),
    ],
)
def test_what_would_invent_classes_is_refused(
    upscli: Upscli, folder: Path, name: str, output: str, code: int, sentence: str
) -> None:
    palette_picture(folder / "a.png")
    done = upscli("enlarge", name, "-m", "labels", "-o", output)
    assert (done.code, len(done.lines)) == (code, 1), done.err
    assert sentence in done.err
    assert not (folder / output).exists()


def test_nearest_goes_on_to_show_palettes_as_colors(upscli: Upscli, folder: Path) -> None:
    palette_picture(folder / "a.png")
    done = upscli("enlarge", "a.png", "-m", "nearest", "-o", "b.png")
    assert "palette colors became RGB" in done.err
    with Image.open(folder / "b.png") as image:
        assert image.mode == "RGB"


def test_the_python_call_keeps_palettes_too() -> None:
    image = Image.fromarray(class_map())
    image.putpalette(COLORS)
    larger = package.enlarge(image, method="labels", scale=3)
    assert larger.mode == "P"
    assert larger.getpalette() == image.getpalette()
    equal(np.asarray(larger), package.enlarge(class_map(), method="labels", scale=3))
    assert_close(np.asarray(larger)[1::3, 1::3], class_map())
