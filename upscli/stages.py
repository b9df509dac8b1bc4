"""What happens to pixels: prepare -> method -> finish, tile by tile.

Here, and nowhere else, a picture's own levels and alpha meet a method that
knows neither.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli import registry, tiles
from upscli.errors import MethodError
from upscli.kernels import color, depth
from upscli.kernels.axis import Axis, Edge
from upscli.method import Method, Upsample
from upscli.options import make_options
from upscli.pictures.formats import Layout

Pixels = NDArray[Any]


@dataclass(frozen=True)
class Recipe:
    """All that decides the pixels of a result, beside the source's."""

    method: str
    options: Mapping[str, Any]
    edge: Edge
    layout: Layout
    """Of the source."""
    source: tuple[int, int]
    """(width, height)"""
    target: tuple[int, int]
    """(width, height)"""
    background: tuple[int, int, int] | None = None
    """Red, green, blue, 0..255, to lay a picture with alpha on; the result then has none."""
    tile: tuple[int, int] = tiles.TILE

    @property
    def layout_out(self) -> Layout:
        """Of the result."""
        return self.layout.flat() if self.background else self.layout


def enlarged(recipe: Recipe, strips: Iterator[Pixels], threads: int = 1, out: Pixels | None = None) -> Iterator[Pixels]:
    """Yield the result in bands (rows, width, channels), top to bottom.

    `strips` are (rows, width, channels). The bands are pieces of `out`, (height, width, channels), if it is
    given; else each lies in the memory of the one before. Raises MethodError, ModelError, and what `strips` raises.
    """
    method = registry.get(recipe.method)
    options = make_options(method.name, method.options, recipe.options)
    method.check(recipe.source, recipe.target)
    stages = Stages(method, method.ready(options), recipe.layout.alpha, _ground(recipe))
    cut = tiles.Cut(recipe.source[::-1], recipe.target[::-1], method.reach_with(options), recipe.edge, recipe.tile)
    if out is None:
        out = np.empty((cut.band_height, recipe.target[0], recipe.layout_out.channels), recipe.layout.depth)
    try:
        yield from tiles.bands(cut, strips, stages, out, threads)
    except FloatingPointError as error:
        raise MethodError(f"{recipe.method} made a result that is no number ({error})") from error


def _ground(recipe: Recipe) -> tuple[float, ...] | None:
    """The background in the picture's own levels, one for each of its colors."""
    if recipe.background is None or not recipe.layout.alpha:
        return None
    colors = recipe.background[:1] if recipe.layout.color == "gray" else recipe.background
    return tuple(level * depth.peak(recipe.layout.depth) / 255 for level in colors)


@dataclass(frozen=True)
class Stages:
    """Makes a tile: held source pixels in, wanted result pixels written to `out`."""

    method: Method
    upsample: Upsample
    alpha: bool
    """The last channel is alpha."""
    background: tuple[float, ...] | None = None
    """Colors, in the picture's levels, to lay a picture with alpha on; the result has none."""

    def __call__(self, pixels: Pixels, rows: Axis, cols: Axis, out: Pixels) -> None:
        """Raises FloatingPointError if a result is not finite."""
        if self.method.exact:
            out[...] = self.upsample(self._flat_levels(pixels), rows, cols)
            return
        peak = depth.peak(pixels.dtype)
        unit = 1.0 if self.method.linear else peak
        result = self.upsample(self._prepared(pixels, peak, unit), rows, cols)
        self._finish(result, peak, unit, out)

    def _prepared(self, pixels: Pixels, peak: float, unit: float) -> Pixels:
        ready = depth.to_float(pixels)
        if self.background is not None:
            ready = color.flatten(ready, self.background, peak)
        elif self.alpha:
            color.premultiply(ready, peak)
        if unit != 1.0:
            ready *= np.float32(1.0 / unit)
        return ready

    def _finish(self, result: Pixels, peak: float, unit: float, out: Pixels) -> None:
        if unit != 1.0:
            result = result * np.float32(unit)
        if self.alpha and self.background is None:
            nothing = 0.5 if out.dtype.kind == "u" else float(np.finfo(np.float32).tiny)
            color.unpremultiply(result, peak, nothing)
        depth.from_float(result, out)

    def _flat_levels(self, pixels: Pixels) -> Pixels:
        """For methods that move samples bit for bit."""
        if self.background is None:
            return pixels
        flat = np.empty((*pixels.shape[:2], pixels.shape[2] - 1), pixels.dtype)
        depth.from_float(color.flatten(depth.to_float(pixels), self.background, depth.peak(pixels.dtype)), flat)
        return flat
