"""Drawings: each mark lands where it should, and films keep their order."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from upscli.pictures.drawing import Box, Group, Mark, Print, Sheet, Stroke, Words, gif, png, png_of, text_width


def painted(*marks: Mark, size: tuple[int, int] = (40, 20)) -> np.ndarray:
    with Image.open(BytesIO(png(Sheet(*size, "#ffffff", marks)))) as image:
        return np.asarray(image.convert("RGB"), int)


def extent(pixels: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is not white."""
    rows, columns = np.nonzero((pixels != 255).any(axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@pytest.mark.parametrize("radius", [0, 3])
def test_a_box_fills_its_rectangle(radius: int) -> None:
    pixels = painted(Box(5, 2, 10, 8, "#336699", radius=radius))
    assert extent(pixels) == (5, 2, 15, 10)
    assert pixels[6, 10].tolist() == [0x33, 0x66, 0x99]


def test_groups_move_all_marks_and_may_be_nested() -> None:
    marks: tuple[Mark, ...] = (
        Box(0, 0, 4, 4, "#ff0000"),
        Print(4, 0, 4, 4, np.full((2, 2, 3), 7, np.uint8)),
        Stroke(((0, 6), (7, 6)), "#00ff00", 1),
        Words(1, 10, "0", 8, "#000000"),
        Words(1, 10, "", 8, "#000000"),
    )
    alone = painted(*marks)
    moved = painted(Group(3, 1, (Group(7, 2, marks),)))
    assert (moved[3:, 10:] == alone[:-3, :-10]).all()


def test_whole_factors_keep_pixels_sharp() -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    large = painted(Print(0, 0, 6, 6, pixels), size=(6, 6))
    assert (large == np.kron(pixels, np.ones((3, 3, 1), int))).all()


def test_pixels_as_png_are_the_same() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    with Image.open(BytesIO(png_of(pixels))) as image:
        assert (np.asarray(image) == pixels).all()


def test_longer_words_are_wider() -> None:
    assert 0 == text_width("", 20) < text_width("1", 20) < text_width("11", 20) < text_width("11", 30)


def test_a_film_has_its_frames_in_order_with_their_times() -> None:
    colors = [(250, 10, 10), (10, 250, 10), (10, 10, 250), (90, 90, 90), (200, 200, 0)]
    sheets = [Sheet(8, 6, "#{:02x}{:02x}{:02x}".format(*color), ()) for color in colors]
    with Image.open(BytesIO(gif(sheets, [100, 200, 300, 400, 500]))) as film:
        assert film.n_frames == 5
        for number, color in enumerate(colors):
            film.seek(number)
            assert film.info["duration"] == 100 * (number + 1)
            assert np.abs(np.asarray(film.convert("RGB"), int) - color).max() <= 4
