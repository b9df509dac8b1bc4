"""Levels <-> linear light, by tables: both ways are exact, and cost a few passes over the samples.

A curve says how much light a level gives. Back, a float32's leading bits name a bucket; what level its lower end
has is in a table, and the level's own upper bound says whether the sample lies above it. So a result is the level
whose rounding interval holds it, as if the curve had been inverted exactly and rounded half up.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from upscli.kernels import depth
from upscli.kernels.resample import Samples

Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Encoded values 0..1, float64 -> light, rising, 1 for white."""

Whole = NDArray[np.uint8] | NDArray[np.uint16]

_LEAST = 2.0**-80
"""Light of the second level, at least: 0 has no leading bits."""
_STEP = 2.0**-21
"""How much more light the next level has, at least, as a share."""


def srgb(encoded: NDArray[np.float64]) -> NDArray[np.float64]:
    """The light of sRGB values. Source: IEC 61966-2-1:1999, 5.2."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


class Table(NamedTuple):
    """One curve at one depth."""

    light: Samples
    """Of each level, strictly rising."""
    bounds: Samples
    """Where the rounding interval of each level ends; infinity for white."""
    shift: int
    """Bits of a float32 that do not name its bucket."""
    buckets: NDArray[np.uint16]
    """The level of each bucket's lower end."""
    steps: int
    """Bounds that one bucket holds, at most."""

    def encode(self, light: Samples) -> NDArray[np.uint16]:
        """The levels of contiguous samples, which are used as scratch."""
        np.clip(light, self._lowest, self.light[-1], out=light)
        bucket = light.view(np.uint32) >> np.uint32(self.shift)
        bucket -= bucket.dtype.type(self._first)
        level: NDArray[np.uint16] = np.take(self.buckets, bucket)
        for _ in range(self.steps):
            level += light >= np.take(self.bounds, level)
        return level

    @property
    def _first(self) -> int:
        """The bucket below the first bound's."""
        return (int(self.bounds[0].view(np.uint32)) >> self.shift) - 1

    @property
    def _lowest(self) -> np.float32:
        return np.uint32(self._first << self.shift).view(np.float32)


@lru_cache(maxsize=8)
def table(curve: Curve, dtype: str) -> Table:
    """The tables of a curve for `uint8` or `uint16`."""
    peak = int(depth.peak(dtype))
    light = _apart(curve(np.arange(peak + 1) / peak))
    low, high = light[:-1], light[1:]
    bounds = curve((np.arange(peak) + 0.5) / peak).astype(np.float32)
    bounds = np.where((bounds > low) & (bounds <= high), bounds, (low + high) / 2)
    shift = 23 - (10 if peak == 255 else 15)
    first = (int(bounds[0].view(np.uint32)) >> shift) - 1
    last = int(light[-1].view(np.uint32)) >> shift
    ends = (np.arange(first, last + 2, dtype=np.uint32) << np.uint32(shift)).view(np.float32)
    below = np.searchsorted(bounds, ends, side="right")
    closed = np.append(bounds, np.float32(np.inf))
    return Table(light, closed, shift, below[:-1].astype(np.uint16), int(np.diff(below).max()))


def _apart(light: NDArray[np.float64]) -> Samples:
    """Levels to which a curve gives the same light are kept apart by a few of float32's steps: so they come back."""
    light = np.maximum(light, 0.0)
    if (light[1:] <= np.maximum(light[:-1] * (1 + _STEP), _LEAST)).any():
        steps = np.arange(len(light) - 1) * np.log1p(_STEP)
        log = np.log(np.maximum(light[1:], _LEAST))
        light[1:] = np.exp(np.maximum.accumulate(log - steps) + steps)
        light[0] = min(light[0], light[1] * (1 - _STEP))
    return light.astype(np.float32)


class Light(NamedTuple):
    """The way to light and back for pictures of one kind."""

    curves: Sequence[Curve]
    """One for all colors, or one for each."""
    source: str
    """`uint8` or `uint16`"""
    result: str
    """`uint8` or `uint16`"""

    def decoded(self, pixels: Whole, alpha: bool) -> Samples:
        """Pixels (h, w, c) as light 0..1, float32, contiguous; a last channel of alpha becomes 0..1."""
        light = np.empty(pixels.shape, np.float32)
        for part, curve in self._parts(pixels.shape[2] - alpha):
            light[..., part] = np.take(table(curve, self.source).light, pixels[..., part])
        if alpha:
            light[..., -1] = pixels[..., -1] / np.float32(depth.peak(self.source))
        return light

    def encode(self, light: Samples, alpha: bool, out: Whole) -> None:
        """Write light (h, w, c) as levels to `out`; `light` is used as scratch.

        Raises FloatingPointError if a value is not finite.
        """
        depth.check_finite(light.reshape(-1))
        for part, curve in self._parts(light.shape[2] - alpha):
            out[..., part] = table(curve, self.result).encode(np.ascontiguousarray(light[..., part]))
        if alpha:
            depth.from_float(light[..., -1] * np.float32(depth.peak(self.result)), out[..., -1])

    def _parts(self, colors: int) -> list[tuple[slice, Curve]]:
        if len(self.curves) == 1:
            return [(slice(0, colors), self.curves[0])]
        return [(slice(color, color + 1), curve) for color, curve in enumerate(self.curves)]
