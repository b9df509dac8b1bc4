"""A small piece of a picture as the input of a lesson, in gray levels."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import MethodError
from upscli.kernels import color
from upscli.lessons.board import Floats
from upscli.pictures import door
from upscli.pictures.formats import Layout
from upscli.pictures.header import Limits, Source


def gray_crop(path: Path, size: tuple[int, int], at: tuple[int, int] | None) -> Floats:
    """`size` (rows, columns) of whole gray levels 0..255, from column and row `at`, else from the middle.

    A smaller picture gives what it has. Raises InputError, and MethodError for a place beyond the picture.
    """
    picture = door.read(Source(path), Limits())
    width, height = picture.header.width, picture.header.height
    rows, columns = min(size[0], height), min(size[1], width)
    left, top = ((width - columns) // 2, (height - rows) // 2) if at is None else at
    if not (0 <= left <= width - columns and 0 <= top <= height - rows):
        raise MethodError(
            f"--at {left},{top} leaves no {columns} x {rows} pixels of {path};"
            f" it goes up to {width - columns},{height - rows}"
        )
    found, above = [], 0
    for strip in picture.strips:
        piece = strip[max(top - above, 0) : max(top + rows - above, 0), left : left + columns]
        if len(piece):
            found.append(piece.astype(np.float64))
        above += len(strip)
    return gray(np.concatenate(found), picture.header.layout)


def gray(pixels: NDArray[Any], layout: Layout) -> Floats:
    """Whole levels 0..255 of pixels (h, w, channels): hidden colors count as they are."""
    levels: Floats = np.floor(rgb(pixels, layout) @ color.LUMA + 0.5)
    return levels


def rgb(pixels: NDArray[Any], layout: Layout) -> Floats:
    """Red, green and blue, 0..255, of pixels (h, w, channels) of any layout; alpha is left away."""
    levels = pixels.astype(np.float64) * {"uint8": 1.0, "uint16": 255 / 65535, "float32": 255.0}[layout.depth]
    if layout.color == "gray":
        return np.repeat(levels[..., :1], 3, axis=2)
    if layout.color == "cmyk":
        # Files hold ink the way Pillow gives it: 255 is full.
        return (255.0 - levels[..., :3]) * (255.0 - levels[..., 3:4]) / 255.0
    return levels[..., :3]
