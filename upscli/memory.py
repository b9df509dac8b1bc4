"""How much memory and disk a picture will take: what the program, the source, the result and its encoder hold."""

import os
from contextlib import suppress
from pathlib import Path

from upscli.errors import InputError, OutputError
from upscli.grids import Grid
from upscli.pictures.atomic import is_device
from upscli.pictures.formats import Format
from upscli.recipe import Recipe

_PROCESS = 70_000_000
"""Python, NumPy and Pillow."""

_ENCODER = {"webp": 19, "avif": 48, "gif": 23, "jpeg2000": 44, "heif": 48, "jxl": 28, "qoi": 9}
_ENCODER |= {"bmp": 5, "tga": 5, "dds": 5}
"""Bytes for each pixel of the result, beside the picture itself: what encoders hold, and the file until it is written.
Measured on 12-megapixel photographs and 24 megapixels of noise."""

_FRAME_ENCODER = {"png": 4, "gif": 48, "webp": 20, "avif": 70}
"""The same for an animation; measured on grainy ones of 2 to 200 frames, 0.3 to 24 megapixels."""

_EACH_FRAME = {"webp": 1.5, "avif": 1.5}
"""What stays of each frame until the last, in bytes for each of its pixels: written, joined and handed over."""

_TABLES = {"gif": 50_000_000}
"""What does not depend on the size: an entry for each color."""

_HAND = 140_000_000
"""What a process that makes tiles of a method that looks far holds for itself: large tiles in float32; measured."""

_SHEET = 60_000_000
"""A drawn grid, and the pieces it is made of."""


def grid_memory(recipe: Recipe, grid: Grid | None) -> int:
    """Bytes for a grid, which holds the whole source."""
    width, height = recipe.source
    return _SHEET + 2 * width * height * recipe.layout.channels * recipe.layout.sample if grid else 0


def memory_of(recipe: Recipe, held: int, result: Format, turned: bool, whole: bool) -> int:
    """Bytes, rather more than less. `held`: by the reader; `whole`: the method looks at the whole picture at once."""
    (width, height), (wider, higher) = recipe.source, recipe.target
    high, channels = recipe.cut[0], recipe.layout.channels
    before, after = recipe.layout, recipe.layout_out
    bytes_ = _PROCESS + held
    bytes_ += high * channels * (4 * wider * max(before.sample, after.sample) + 2 * width * before.sample)
    if turned or whole or recipe.edge == "wrap":
        bytes_ += width * height * channels * before.sample * (2 if turned else 1)
    if whole:
        bytes_ += wider * higher * channels * (after.sample + 8)
    bytes_ += _HAND * _far_hands(recipe)
    if not result.streamed:
        bytes_ += wider * higher * (after.held + _ENCODER.get(result.name, 0))
    return bytes_


def memory_of_frames(recipe: Recipe, frames: int, result: Format, whole: bool) -> int:
    """The same for an animation, of which a few canvases are held."""
    (width, height), (wider, higher) = recipe.source, recipe.target
    before, after = recipe.layout, recipe.layout_out
    bytes_ = _PROCESS + recipe.cut[0] * before.channels * (4 * wider * max(before.sample, after.sample) + 2 * width)
    bytes_ += width * height * (before.channels * before.sample + 4) * 4
    if whole:
        bytes_ += wider * higher * before.channels * 8
    bytes_ += _HAND * _far_hands(recipe)
    name = result.name
    each = 3 * after.channels * after.sample + _FRAME_ENCODER.get(name, 0) + frames * _EACH_FRAME.get(name, 0)
    return bytes_ + int(wider * higher * each) + _TABLES.get(name, 0)


def _far_hands(recipe: Recipe) -> int:
    """How many may make its tiles at a time, if its method looks far."""
    return min(os.cpu_count() or 1, recipe.tiles) if recipe.looks_far else 0


def check_memory(name: str, bytes_: int, bound: int) -> None:
    """Raise InputError for a picture that needs more than is allowed; 0: no bound."""
    if bound and bytes_ > bound:
        raise InputError(
            f"{name}: needs about {bytes_ // 2**20:,} MB, over the limit of {bound // 2**20:,} MB;"
            " raise it with --memory-limit (0: no limit)"
        )


def check_disk(output: Path, bytes_: int) -> None:
    """Raise OutputError for a file of at least so many bytes where the disk has not as many free."""
    if is_device(output):
        return
    from shutil import disk_usage  # costs start-up, and few formats are asked for their bytes beforehand

    with suppress(OSError, StopIteration):  # what cannot be asked is seen when it is written
        folder = next(each for each in output.absolute().parents if each.exists())
        free = disk_usage(folder).free
        if bytes_ > free:
            raise OutputError(
                f"{output}: needs {-(-bytes_ // 10**6):,} MB, and the disk has {free // 10**6:,} MB free;"
                " make room, or choose another disk, a smaller size, or png"
            )
