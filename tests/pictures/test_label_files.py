from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import equal
from PIL import Image

from upscli.errors import InputError
from upscli.pictures import door
from upscli.pictures.header import Limits, Palette, Source

COLORS = bytes(range(30, 48))
NUMBERS = np.arange(6, dtype=np.uint8).reshape(2, 3)


def source(image: Image.Image, form: str = "PNG", **more: Any) -> Source:
    stream = BytesIO()
    image.save(stream, form, **more)
    return Source(Path("a"), stream.getvalue())


def palette_image() -> Image.Image:
    image = Image.fromarray(NUMBERS)
    image.putpalette(COLORS)
    return image


def read(one: Source) -> tuple[Any, Palette | None]:
    picture = door.read(one, Limits(), as_labels=True)
    assert picture.header == door.header(one, Limits(), as_labels=True)
    assert picture.header.layout.color == "labels"
    return np.concatenate(list(picture.strips))[..., 0], picture.metadata.palette


@pytest.mark.parametrize("bits", [4, 8])
def test_indices_and_palette_of_a_png_are_handed_out_as_they_are(bits: int) -> None:
    numbers, palette = read(source(palette_image(), transparency=b"\0\x80", bits=bits))
    equal(numbers, NUMBERS)
    assert palette == Palette(COLORS, b"\0\x80")


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF"])
def test_indices_and_palette_of_other_formats_are_too(form: str) -> None:
    numbers, palette = read(source(palette_image(), form))
    equal(numbers, NUMBERS)
    assert palette is not None
    assert palette.colors[: len(COLORS)] == COLORS


@pytest.mark.parametrize(
    ("pixels", "dtype"), [(NUMBERS * 40, "uint8"), (NUMBERS.astype(np.uint16) * 9000, "uint16"), (NUMBERS > 2, "uint8")]
)
def test_gray_levels_are_numbers_without_a_palette(pixels: Any, dtype: str) -> None:
    numbers, palette = read(source(Image.fromarray(pixels)))
    equal(numbers, pixels.astype(dtype) * (255 if pixels.dtype == bool else 1))
    assert palette is None


def test_a_clear_gray_level_is_a_number_like_all_others_and_that_is_said() -> None:
    one = source(Image.fromarray(NUMBERS), transparency=3)
    numbers, _ = read(one)
    equal(numbers, NUMBERS)
    notes = door.header(one, Limits(), as_labels=True).notes
    assert "its transparent level is left out: labels have no transparency" in notes


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "F", "CMYK"])
def test_colors_alpha_and_floats_are_no_labels(mode: str) -> None:
    one = source(Image.new(mode, (3, 2)), "TIFF" if mode in ("F", "CMYK") else "PNG")
    with pytest.raises(InputError, match="labels are one whole number a pixel, and this picture is") as caught:
        door.header(one, Limits(), as_labels=True)
    assert "\n" not in str(caught.value)


def test_the_same_picture_has_colors_for_all_who_do_not_ask_for_labels() -> None:
    one = source(palette_image())
    picture = door.read(one, Limits())
    assert str(picture.header.layout) == "8-bit rgb"
    assert picture.metadata.palette is None
    assert next(picture.strips)[0, 0].tolist() == [30, 31, 32]
