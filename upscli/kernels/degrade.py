"""How a picture is made small, so that methods can be scored on enlarging it again."""

from enum import StrEnum
from fractions import Fraction
from functools import partial
from math import floor, isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from upscli.errors import MethodError
from upscli.kernels import taps
from upscli.kernels.axis import Axis, Edge
from upscli.kernels.taps import Floats, Kernel

Pixels = NDArray[Any]

WORDS = "bicubic, box, gaussian:SIGMA, or jpeg:QUALITY"


class Way(StrEnum):
    """What makes the picture small."""

    BICUBIC = "bicubic"
    """MATLAB's imresize: bicubic with a = -0.5, stretched by the factor."""
    BOX = "box"
    """The mean of each block."""
    GAUSSIAN = "gaussian"
    """A blur, of which a sample in the middle of each block is taken."""
    JPEG = "jpeg"
    """Bicubic, then JPEG and back."""


class Degradation(NamedTuple):
    """A way, and its number if it has one."""

    way: Way = Way.BICUBIC
    amount: float = 0.0
    """Standard deviation in pixels of the large picture for GAUSSIAN, quality 1..100 for JPEG; else 0."""

    @classmethod
    def parse(cls, word: str) -> "Degradation":
        """From `bicubic`, `box`, `gaussian:1.6` or `jpeg:80`. Raises MethodError."""
        name, colon, number = word.partition(":")
        if name not in list(Way):
            raise MethodError(f"no degradation '{word}'; it is {WORDS}")
        way = Way(name)
        if way in (Way.BICUBIC, Way.BOX):
            if colon:
                raise MethodError(f"degradation '{word}': {name} takes no number")
            return cls(way)
        least, most = (0.1, 64.0) if way is Way.GAUSSIAN else (1, 100)
        try:
            amount = float(number) if way is Way.GAUSSIAN else int(number)
        except ValueError:
            amount = -1.0
        if not isfinite(amount) or not least <= amount <= most:
            raise MethodError(f"degradation '{word}' is not {name}:NUMBER with a number from {least} to {most:g}")
        return cls(way, amount)

    def __str__(self) -> str:
        return f"{self.way}:{self.amount:g}" if self.amount else str(self.way)


def cropped(pixels: Pixels, factor: int) -> Pixels:
    """The picture (h, w, ...) without the last rows and columns that make its sides no multiples of `factor`.

    Raises MethodError if nothing is left.
    """
    high, wide = (side - side % factor for side in pixels.shape[:2])
    if not high or not wide:
        raise MethodError(f"{pixels.shape[1]} x {pixels.shape[0]} pixels are too few to be made {factor} times smaller")
    return pixels[:high, :wide]


def matlab_bicubic(pixels: Pixels, factor: float | Fraction) -> Pixels:
    """As MATLAB's imresize does it: antialiased bicubic, symmetric borders.

    Bit for bit where the factor divides both sides. Else a side is rounded half up, which MATLAB rounds up, and the
    kernel is stretched by the ratio of the sides, not by `factor`.

    `pixels` (h, w, c), uint8, uint16 or float; the result has the same dtype and `small(side, factor)` pixels a side.
    The vertical pass comes first; whole levels are rounded half up after each.
    """
    return reduced(pixels, factor, Degradation())


def reduced(pixels: Pixels, factor: float | Fraction, degradation: Degradation) -> Pixels:
    """The small picture, as `matlab_bicubic` returns it; of JPEG only the bicubic part."""
    for axis in (0, 1):
        pixels = _reduced_along(pixels, axis, factor, degradation)
    return pixels


def small(side: int, factor: float | Fraction) -> int:
    """Pixels of a side after it is made `factor` times smaller: rounded half up, at least 1."""
    return max(1, floor(side / Fraction(factor) + Fraction(1, 2)))


def _reduced_along(pixels: Pixels, axis: int, factor: float | Fraction, degradation: Degradation) -> Pixels:
    size = pixels.shape[axis]
    target = small(size, factor)
    kernel = _kernel(degradation, size / target)
    line = Axis.whole(size, target, kernel.reach, Edge.REFLECT)
    first, weights = taps.exact_taps(kernel, line)
    source = taps.border(line.held, size, line.edge)
    shape = [1] * pixels.ndim
    shape[axis] = target
    total = np.zeros((*pixels.shape[:axis], target, *pixels.shape[axis + 1 :]))
    for k in range(weights.shape[1]):
        if weights[:, k].any():
            total += weights[:, k].reshape(shape) * pixels.take(source[first + k], axis)
    if pixels.dtype.kind == "u":
        total = np.clip(np.floor(total + 0.5), 0, np.iinfo(pixels.dtype).max)
    return total.astype(pixels.dtype)


def _kernel(degradation: Degradation, factor: float) -> Kernel:
    """In pixels of the large picture."""
    if degradation.way is Way.GAUSSIAN:
        reach = 4 * degradation.amount + 1
        return Kernel(taps.gaussian(degradation.amount, reach), reach)
    if degradation.way is Way.BOX:
        return Kernel(partial(_stretched_box, factor), factor / 2 + 0.5)
    return antialiased(factor)


def antialiased(factor: float | Fraction) -> Kernel:
    """The bicubic kernel, a = -0.5, for making a picture `factor` times smaller: stretched by it if it is above 1."""
    stretch = max(float(factor), 1.0)
    return Kernel(partial(_stretched_cubic, stretch), 2 * stretch)


def _stretched_box(factor: float, x: Floats) -> Floats:
    """How much of a pixel at distance x lies within factor / 2 of the middle."""
    return np.clip(factor / 2 + 0.5 - np.abs(x), 0.0, 1.0)


_KEYS = taps.cubic(0.0, 0.5)


def _stretched_cubic(factor: float, x: Floats) -> Floats:
    return _KEYS(x / factor)
