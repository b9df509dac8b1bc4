"""`--linear` and `--depth`: what they do to pictures, what is refused, and what is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import assert_close, equal
from PIL import Image, ImageCms

import upscli as library
from upscli.kernels.light import srgb
from upscli.pictures import door
from upscli.pictures.formats import Layout, by_name
from upscli.pictures.header import Limits, Metadata, Source
from upscli.pictures.write import Encoding, write

Command = Callable[..., Any]

CHECKS = (np.indices((48, 48)).sum(0) % 2 * 255).astype(np.uint8)[..., np.newaxis]


def write_picture(path: str, pixels: Any, alpha: bool = False, icc: bytes | None = None) -> None:
    color = "gray" if pixels.shape[2] < 3 else "rgb"
    form = by_name(Path(path).suffix[1:])
    layout = Layout(color, alpha, pixels.dtype.name)
    with Path(path).open("wb") as stream:
        write(iter([pixels]), Encoding(form, layout, pixels.shape[1::-1], Metadata(icc)), stream)


def pixels_of(path: str) -> Any:
    return np.concatenate([strip.copy() for strip in door.read(Source(Path(path)), Limits()).strips])


def encoded(light: float) -> float:
    return 255 * (1.055 * light ** (1 / 2.4) - 0.055)


@pytest.fixture(autouse=True)
def checks(folder: Path) -> None:
    write_picture("checks.png", CHECKS)


# -- light


def test_the_light_of_a_checkerboard_stays_and_encodes_to_188(upscli: Command) -> None:
    assert upscli("enlarge", "checks.png", "-s", 1.5, "--linear", "-m", "bilinear", "-o", "b.png").code == 0
    result = pixels_of("b.png")
    assert (result[1::3, 1::3] == 188).all()
    assert round(encoded(float(srgb(result / 255).mean()))) == 188


def test_without_linear_the_levels_are_averaged(upscli: Command) -> None:
    assert upscli("enlarge", "checks.png", "-s", 1.5, "-m", "bilinear", "-o", "b.png").code == 0
    assert (pixels_of("b.png")[1::3, 1::3] == 128).all()


def linear_profile(space: str) -> bytes:
    """sRGB's primaries, and levels that are light already."""
    icc = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    return bytes(icc.replace(b"para\0\0\0\0\0\3\0\0", b"para\0\0\0\0\0\0\0\0\0\1\0\0"))


def test_the_profiles_own_curves_are_used(upscli: Command) -> None:
    """Under a profile whose levels are light, linear light is what the levels say."""
    icc = linear_profile("RGB")
    assert ImageCms.ImageCmsProfile(BytesIO(icc)).profile.version
    write_picture("in.png", np.repeat(CHECKS, 3, 2), icc=icc)
    said = upscli("enlarge", "in.png", "-s", 1.5, "--linear", "-m", "bilinear", "-o", "b.png", "--json")
    assert (pixels_of("b.png")[1::3, 1::3] == 128).all()
    assert json.loads(said.out)["light"] == "by the color profile's curves"


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
@pytest.mark.parametrize("alpha", [False, True])
def test_at_factor_1_an_interpolating_method_gives_every_level_back(upscli: Command, depth: str, alpha: bool) -> None:
    side = 16 if depth == "uint8" else 256
    ramp = np.arange(side * side, dtype=depth).reshape(side, side, 1)
    pixels = np.repeat(ramp, 3, 2)
    if alpha:
        pixels = np.concatenate([pixels, np.full_like(ramp, np.iinfo(depth).max)], 2)
    write_picture("in.png", pixels, alpha)
    assert upscli("enlarge", "in.png", "-s", 1, "--linear", "-o", "b.png").code == 0
    equal(pixels_of("b.png"), pixels)


def test_threads_and_tiles_change_nothing(upscli: Command) -> None:
    for jobs in (1, 2):
        words = ["landscape.png", "-s", 3, "--linear", "-m", "lanczos", "-j", jobs, "-o", f"{jobs}.png"]
        assert upscli("enlarge", *words).code == 0
    assert Path("1.png").read_bytes() == Path("2.png").read_bytes()


def test_a_background_is_laid_below_in_light(upscli: Command) -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = 255, 128
    write_picture("half.png", pixels, alpha=True)
    said = upscli("enlarge", "half.png", "--linear", "--background", "#404040", "-o", "b.png")
    assert said.code == 0
    share = 128 / 255
    light = share + (1 - share) * float(srgb(np.array(64 / 255)))
    assert (pixels_of("b.png") == round(encoded(light))).all()


def test_the_call_in_python_does_the_same(upscli: Command) -> None:
    assert upscli("enlarge", "landscape.png", "-s", 2, "--linear", "-o", "b.png").code == 0
    picture = Image.open("landscape.png")
    equal(np.asarray(library.enlarge(np.asarray(picture), scale=2, linear=True)), pixels_of("b.png"))
    equal(np.asarray(library.enlarge(picture, scale=2, linear=True)), pixels_of("b.png"))
    picture.info["icc_profile"] = linear_profile("RGB")
    by_levels = np.asarray(library.enlarge(picture, scale=2))
    assert_close(np.asarray(library.enlarge(picture, scale=2, linear=True)), by_levels, most=1, share=0.001)


NO_LIGHT = [
    (["-m", "nearest"], "checks.png: nearest only moves samples, so --linear would change nothing; leave it out"),
    (["-m", "bed-of-nails"], "bed-of-nails only moves samples"),
    (["-m", "labels"], "labels only moves samples"),
]


@pytest.mark.parametrize(("words", "sentence"), NO_LIGHT)
def test_light_is_refused_where_nothing_is_mixed(upscli: Command, words: list[str], sentence: str) -> None:
    said = upscli("enlarge", "checks.png", "--linear", *words, "-o", "b.png")
    assert said.code == 2
    assert sentence in said.err
    assert not Path("b.png").exists()


@pytest.mark.parametrize(
    ("mode", "name", "sentence"),
    [
        ("CMYK", "in.jpg", "--linear is for light, and cmyk counts ink; leave it out"),
        ("F", "in.tif", "the levels of float pictures are taken for light as they are; leave out --linear"),
    ],
)
def test_light_is_refused_for_ink_and_for_floats(upscli: Command, mode: str, name: str, sentence: str) -> None:
    Image.new(mode, (4, 4)).save(name)
    said = upscli("enlarge", name, "--linear")
    assert said.code == 2
    assert f"{name}: {sentence}" in said.err


def test_light_is_refused_for_a_profile_of_tables(upscli: Command) -> None:
    icc = linear_profile("RGB").replace(b"rTRC", b"A2B0")
    write_picture("in.png", np.repeat(CHECKS, 3, 2), icc=icc)
    said = upscli("enlarge", "in.png", "--linear", "-o", "b.png")
    assert said.code == 1
    assert "no curves from levels to light; leave out --linear" in said.err
    assert upscli("enlarge", "in.png", "-o", "b.png").code == 0


def test_a_run_is_redone_when_light_or_depth_are_asked_for(upscli: Command) -> None:
    words = ["enlarge", "checks.png", "-o", "out/", "--resume"]
    for more in ([], ["--linear"], ["--linear", "--depth", "16"], ["--strip", "all"], []):
        assert "48 x 48 -> 96 x 96" in upscli(*words, *more).err
        assert "skipped: up to date" in upscli(*words, *more).err


# -- depth


@pytest.mark.parametrize("method", ["nearest", "bicubic"])
def test_16_bits_become_the_nearest_8_bits_and_it_is_said(upscli: Command, method: str) -> None:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    write_picture("in.png", ramp)
    said = upscli("enlarge", "in.png", "-s", 1, "--depth", 8, "-m", method, "-o", "b.png")
    assert said.code == 0
    assert "16-bit gray became 8-bit gray, as --depth says" in said.err
    equal(pixels_of("b.png"), np.floor(ramp / 257 + 0.5).astype(np.uint8))


@pytest.mark.parametrize("method", ["nearest", "bicubic"])
def test_8_bits_become_16_without_a_word(upscli: Command, method: str) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    write_picture("in.png", ramp)
    said = upscli("enlarge", "in.png", "-s", 1, "--depth", 16, "-m", method, "-o", "b.png", "--json")
    assert json.loads(said.out)["warnings"] == []
    equal(pixels_of("b.png"), ramp.astype(np.uint16) * 257)


def test_results_are_not_rounded_to_8_bits_on_their_way_to_16(upscli: Command) -> None:
    pixels = np.array([[0, 1]], np.uint8).reshape(1, 2, 1)
    write_picture("in.png", pixels)
    assert upscli("enlarge", "in.png", "--size", "8x1", "--depth", 16, "-m", "bilinear", "-o", "b.png").code == 0
    exact = np.interp((np.arange(8) + 0.5) / 4 - 0.5, [0, 1], [0, 257])
    equal(pixels_of("b.png")[0, :, 0], np.floor(exact + 0.5).astype(np.uint16))


@pytest.mark.parametrize("linear", [False, True])
def test_more_depth_is_the_same_picture_with_more_digits(upscli: Command, linear: bool) -> None:
    words = ["enlarge", "sprite.png", "-s", 3, *(["--linear"] if linear else [])]
    assert upscli(*words, "-o", "8.png").code == 0
    assert upscli(*words, "--depth", 16, "-o", "16.png").code == 0
    deep, plain = pixels_of("16.png"), pixels_of("8.png")
    assert deep.dtype == np.uint16
    visible = plain[..., 3] > 0
    assert_close(deep[visible] / 257, plain[visible].astype(np.float64), most=0.51)


def test_floats_become_whole_levels_and_are_clipped(upscli: Command) -> None:
    Image.fromarray(np.array([[-1, 0, 0.5, 1, 7]], np.float32)).save("in.tif")
    for depth, levels in ((8, [0, 0, 128, 255, 255]), (16, [0, 0, 32768, 65535, 65535])):
        said = upscli("enlarge", "in.tif", "-s", 1, "--depth", depth, "-o", f"{depth}.png")
        assert f"32-bit float gray became {depth}-bit gray, as --depth says" in said.err
        assert pixels_of(f"{depth}.png").ravel().tolist() == levels


def test_a_format_without_16_bits_names_depth_8_and_the_formats_that_have_them(upscli: Command) -> None:
    write_picture("in.png", np.zeros((4, 4, 3), np.uint16))
    said = upscli("enlarge", "in.png", "-o", "b.jpg")
    assert said.code == 2
    assert "jpeg cannot hold 16-bit rgb; --format png" in said.err
    assert said.err.rstrip().endswith("can, or give --depth 8")
    assert upscli("enlarge", "in.png", "-o", "b.jpg", "--depth", 8).code == 0
    said = upscli("enlarge", "sprite.png", "-o", "b.webp", "--depth", 16)
    assert said.code == 2
    assert "webp cannot hold 16-bit rgb with alpha; --format png" in said.err


def test_class_numbers_have_their_depth(upscli: Command) -> None:
    said = upscli("enlarge", "checks.png", "-m", "labels", "--depth", 16)
    assert said.code == 2
    assert "class numbers are kept as they are; leave out --depth" in said.err


def test_a_picture_that_is_large_enough_is_not_copied_if_its_depth_must_change(upscli: Command) -> None:
    words = ["enlarge", "checks.png", "--size", "20x20", "--if-larger", "copy"]
    assert upscli(*words, "-o", "a.png").code == 0
    assert Path("a.png").read_bytes() == Path("checks.png").read_bytes()
    assert upscli(*words, "--depth", 16, "-o", "b.png").code == 0
    equal(pixels_of("b.png"), CHECKS.astype(np.uint16) * 257)
