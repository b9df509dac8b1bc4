"""What happens to pixels: prepare -> method -> finish, tile by tile.

Here, and nowhere else, a picture's own levels and alpha meet a method that
knows neither.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from upscli import registry, tiles
from upscli.errors import MethodError
from upscli.kernels import color, depth
from upscli.kernels.axis import Axis
from upscli.kernels.blas import by_one_thread
from upscli.kernels.light import Curve, Light, srgb
from upscli.kernels.taps import border
from upscli.method import Method, Upsample
from upscli.options import make_options
from upscli.recipe import Recipe, check_trained
from upscli.steps import to_size

Pixels = NDArray[Any]


def enlarged(
    recipe: Recipe,
    strips: Iterator[Pixels],
    threads: int = 1,
    out: Pixels | None = None,
    curves: Sequence[Curve] = (srgb,),
) -> Iterator[Pixels]:
    """Yield the result in bands (rows, width, channels), top to bottom.

    `strips` are (rows, width, channels). The bands are pieces of `out`, (height, width, channels), if it is
    given; else each lies in the memory of the one before. `curves` say how much light the levels mean, where the
    recipe asks for light: one for all colors or one for each. Raises MethodError, ModelError, and what `strips` raises.
    """
    *before, last = _works(recipe, curves)
    for work in before:
        # The next step may hold several bands at once.
        strips = (band.copy() for band in _bands(work, strips, threads, None))
    yield from _bands(last, strips, threads, out)


def _bands(work: "_Work", strips: Iterator[Pixels], threads: int, out: Pixels | None) -> Iterator[Pixels]:
    recipe, cut = work.recipe, work.cut
    if out is None:
        out = np.empty((cut.band_height, recipe.target[0], recipe.layout_out.channels), recipe.layout_out.depth)
    with _numbers_only(recipe):
        yield from tiles.bands(cut, strips, work.stages, out, threads)


def enlarged_region(
    recipe: Recipe, pixels: Pixels, rows: range, cols: range, curves: Sequence[Curve] = (srgb,)
) -> Pixels:
    """What `enlarged` gives in these rows and columns of the result, without making the rest of it.

    `pixels` is the whole source, (height, width, channels). Raises as `enlarged` does.
    """
    return _region(_works(recipe, curves), pixels, rows, cols)


def _region(works: "Sequence[_Work]", pixels: Pixels, rows: range, cols: range) -> Pixels:
    *before, last = works
    recipe, cut = last.recipe, last.cut
    out = np.empty((len(rows), len(cols), recipe.layout_out.channels), recipe.layout_out.depth)
    with _numbers_only(recipe):
        if not before:
            tiles.region(cut, pixels, last.stages, (rows, cols), out)
            return out
        axes = cut.axes((rows, cols))
        needed = [border(axis.held, axis.size, axis.edge) for axis in axes]
        held = _region(before, pixels, *(range(int(index.min()), int(index.max()) + 1) for index in needed))
        index = [each - each.min() for each in needed]
        last.stages(held[index[0]][:, index[1]], *axes, out)
    return out


class _Work(NamedTuple):
    """One step: what it makes, how it is cut, and what is done to each piece."""

    recipe: Recipe
    cut: tiles.Cut
    stages: "Stages"


def _works(recipe: Recipe, curves: Sequence[Curve]) -> list[_Work]:
    """The steps, with float levels between them. Raises MethodError and ModelError."""
    method = registry.get(recipe.method)
    options = make_options(method.name, method.options, recipe.options)
    method.check(recipe.source, recipe.target)
    check_trained(method, recipe.layout)
    first, *rest = recipe.steps
    if not rest:
        return [_work(recipe, method, options, curves)]
    if recipe.linear:
        raise MethodError(f"{method.name} reaches this size in two steps, which take levels; leave out --linear")
    up = recipe._replace(target=first.target, depth="float32")
    back = recipe._replace(source=first.target, layout=up.layout_out, background=None, depth=recipe.layout_out.depth)
    resize = to_size(back.source, back.target)
    return [_work(up, method, options, curves), _work(back, resize, resize.options(), curves)]


def _work(recipe: Recipe, method: Method, options: Any, curves: Sequence[Curve]) -> _Work:
    light = Light(curves, recipe.layout.depth, recipe.layout_out.depth) if recipe.linear else None
    gains = not method.constant_with(options)
    stages = Stages(method, method.ready(options), recipe.layout.alpha, _ground(recipe), light, gains)
    reach = method.reach_with(options)
    tile = recipe.cut_for(method, options)
    busy = method.busy_with(options)
    return _Work(recipe, tiles.Cut(recipe.source[::-1], recipe.target[::-1], reach, recipe.edge, tile, busy), stages)


@contextmanager
def _numbers_only(recipe: Recipe) -> Iterator[None]:
    try:
        yield
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
    light: Light | None = None
    """The method gets light, 0..1."""
    gains: bool = False
    """The method makes pictures brighter or darker."""

    def __call__(self, pixels: Pixels, rows: Axis, cols: Axis, out: Pixels) -> None:
        """Raises FloatingPointError if a result is not finite."""
        with by_one_thread():
            self._make(pixels, rows, cols, out)

    def _make(self, pixels: Pixels, rows: Axis, cols: Axis, out: Pixels) -> None:
        if self.method.exact:
            _move(self.upsample(self._flat_levels(pixels), rows, cols), out)
            return
        if self._averages(pixels, out):
            result = self.upsample(depth.half_above(pixels), rows, cols)
            depth.write_averages(result, out, self.method.overshoots)
            return
        peak = 1.0 if self.light else depth.peak(pixels.dtype)
        unit = 1.0 if self.method.linear else peak
        result = self.upsample(self._prepared(pixels, peak, unit), rows, cols)
        self._finish(result, peak / unit, out)

    def _averages(self, pixels: Pixels, out: Pixels) -> bool:
        """Whether nothing is done to whole levels but to average them, alpha too, which stays white where it is."""
        levels = pixels.dtype == out.dtype and out.dtype.kind == "u" and self.light is None
        if not (self.method.averages and levels):
            return False
        return not self.alpha or (self.background is None and color.opaque(pixels, depth.peak(pixels.dtype)))

    def _prepared(self, pixels: Pixels, peak: float, unit: float) -> Pixels:
        ready = self.light.decoded(pixels, self.alpha) if self.light else depth.to_float(pixels)
        if self.background is not None:
            ready = color.flatten(ready, self._ground(), peak)
        elif self.alpha:
            color.premultiply(ready, peak)
        if unit != 1.0:
            ready *= np.float32(1.0 / unit)
        return ready

    def _finish(self, result: Pixels, white: float, out: Pixels) -> None:
        """`white` is the value that the method's result has where the picture is white."""
        peak = 1.0 if self.light else depth.peak(out.dtype)
        if white != peak:
            result = result * np.float32(peak / white)
        alpha = self.alpha and self.background is None
        if alpha:
            least = 0.5 / depth.peak(out.dtype) if out.dtype.kind == "u" else float(np.finfo(np.float32).tiny)
            color.unpremultiply(result, peak, least * peak, self.gains)
        if self.light:
            self.light.encode(result, alpha, out)
        else:
            depth.from_float(result, out)

    def _ground(self) -> tuple[float, ...]:
        ground = self.background or ()
        if self.light is None:
            return ground
        levels = np.array(ground).astype(self.light.source).reshape(1, 1, -1)
        return tuple(map(float, self.light.decoded(levels, False).ravel()))

    def _flat_levels(self, pixels: Pixels) -> Pixels:
        """For methods that move samples bit for bit."""
        if self.background is None:
            return pixels
        flat = np.empty((*pixels.shape[:2], pixels.shape[2] - 1), pixels.dtype)
        depth.from_float(color.flatten(depth.to_float(pixels), self.background, depth.peak(pixels.dtype)), flat)
        return flat


def _move(result: Pixels, out: Pixels) -> None:
    """Bit for bit, or to the nearest levels of another depth."""
    if result.dtype == out.dtype:
        out[...] = result
    else:
        scale = depth.peak(out.dtype) / depth.peak(result.dtype)
        depth.from_float(depth.to_float(result) * np.float32(scale), out)
