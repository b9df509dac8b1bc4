"""How much memory a picture will take: what the program, the source, the result and its encoder hold."""

from upscli.pictures.formats import Format
from upscli.stages import Recipe
from upscli.tiles import TILE

_PROCESS = 70_000_000
"""Python, NumPy and Pillow."""

_ENCODER = {"webp": 14, "avif": 46, "gif": 22}
"""Bytes for each pixel of the result, beside the picture itself; measured on 12-megapixel photographs."""

_FRAME_ENCODER = {"png": 4, "gif": 40, "webp": 30, "avif": 120}
"""The same for an animation; measured."""


def memory_of(recipe: Recipe, held: int, result: Format, turned: bool, whole: bool) -> int:
    """Bytes, rather more than less. `held`: by the reader; `whole`: the method looks at the whole picture at once."""
    (width, height), (wider, higher) = recipe.source, recipe.target
    before, after = recipe.layout, recipe.layout_out
    bytes_ = _PROCESS + held
    bytes_ += TILE[0] * before.channels * (4 * wider * max(before.sample, after.sample) + 2 * width * before.sample)
    if turned or whole or recipe.edge == "wrap":
        bytes_ += width * height * before.channels * before.sample * (2 if turned else 1)
    if whole:
        bytes_ += wider * higher * before.channels * (after.sample + 8)
    if not result.streamed:
        bytes_ += wider * higher * (after.held + _ENCODER.get(result.name, 0))
    return bytes_


def memory_of_frames(recipe: Recipe, result: Format, whole: bool) -> int:
    """The same for an animation, of which a few canvases are held."""
    (width, height), (wider, higher) = recipe.source, recipe.target
    before, after = recipe.layout, recipe.layout_out
    bytes_ = _PROCESS + TILE[0] * before.channels * (4 * wider * max(before.sample, after.sample) + 2 * width)
    bytes_ += width * height * (before.channels * before.sample + 4) * 4
    if whole:
        bytes_ += wider * higher * before.channels * 8
    return bytes_ + wider * higher * (3 * after.channels * after.sample + _FRAME_ENCODER.get(result.name, 0))
