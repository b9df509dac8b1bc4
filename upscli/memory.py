"""How much memory a picture will take: what the program, the source, the result and its encoder hold."""

from upscli.pictures.formats import Format, Layout
from upscli.stages import Recipe
from upscli.tiles import TILE

_PROCESS = 70_000_000
"""Python, NumPy and Pillow."""

_BYTES = {"uint8": 1, "uint16": 2, "float32": 4}

_ENCODER = {"webp": 14, "avif": 46, "gif": 22}
"""Bytes for each pixel of the result, beside the picture itself; measured on 12-megapixel photographs."""


def memory_of(recipe: Recipe, source: Format, result: Format, turned: bool, whole: bool) -> int:
    """Bytes, rather more than less. `whole`: the method looks at the whole picture at once."""
    (width, height), (wider, higher) = recipe.source, recipe.target
    sample, after = _BYTES[recipe.layout.depth], _BYTES[recipe.layout_out.depth]
    pixel = recipe.layout.channels * sample
    bytes_ = _PROCESS + TILE[0] * recipe.layout.channels * (4 * wider * max(sample, after) + 2 * width * sample)
    if source.name != "png":  # PNG is read by rows, all others are held by Pillow
        bytes_ += width * height * _held(recipe.layout, sample)
    if turned or whole or recipe.edge == "wrap":
        bytes_ += width * height * pixel * (2 if turned else 1)
    if whole:
        bytes_ += wider * higher * recipe.layout.channels * (after + 8)
    if result.name != "png":  # PNG is written by rows
        bytes_ += wider * higher * (_held(recipe.layout_out, after) + _ENCODER.get(result.name, 0))
    return bytes_


def _held(layout: Layout, sample: int) -> int:
    """Bytes of a pixel in Pillow, which has colors in four."""
    return sample if layout.color == "gray" and not layout.alpha else 4
