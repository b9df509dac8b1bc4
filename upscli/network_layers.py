"""Layers of a network that make a picture smaller or keep its size: max pooling and convolution."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import MethodError
from upscli.kernels import depth
from upscli.kernels.axis import Edge
from upscli.kernels.convolve import convolve
from upscli.kernels.pooling import max_pool
from upscli.kernels.taps import border
from upscli.kernels.windows import Pair, convolved_size, pair, pooled_size
from upscli.matrices import Matrix
from upscli.pictures.header import Limits
from upscli.switches import Switches
from upscli.whole import Held

Pixels = NDArray[Any]


@dataclass(frozen=True)
class Pooling:
    """A max pooling layer. Pairs are (down, across)."""

    window: Pair = 2
    stride: Pair | None = None
    """None: the window."""
    padding: Pair = 0
    ceil_mode: bool = False

    def __call__(self, held: Held, limits: Limits) -> tuple[Pixels, Switches]:
        """The pooled pixels, in their own levels, and the switches. Raises MethodError and InputError."""
        window = pair("window", self.window, 1)
        stride = window if self.stride is None else pair("stride", self.stride, 1)
        padding = pair("padding", self.padding)
        size = held.pixels.shape[:2]
        axes = zip(size, window, stride, padding, strict=True)
        high, wide = (pooled_size(n, k, s, p, self.ceil_mode) for n, k, s, p in axes)  # refuses what may hold nothing
        limits.check_result(wide, high)
        values, places = max_pool(held.pixels, window, stride, padding, self.ceil_mode)
        return values, Switches(places, size, window, stride, padding, self.ceil_mode)


class Show(StrEnum):
    """How weighted sums, which may be negative or beyond white, are shown as levels."""

    ABS = "abs"
    """Without their sign, cut at white."""
    SIGNED = "signed"
    """Half of the value, about middle gray: black is minus white."""
    CLIP = "clip"
    """Cut at black and white."""


class Border(StrEnum):
    """What lies beyond the border."""

    ZERO = "zero"
    """As in networks."""
    REPLICATE = "replicate"
    REFLECT = "reflect"
    WRAP = "wrap"


@dataclass(frozen=True)
class Convolution:
    """A convolution layer: one kernel over every channel. Pairs are (down, across)."""

    kernel: Matrix = field(default_factory=lambda: np.ones((1, 1)))
    stride: Pair = 1
    padding: Pair | None = None
    """None: as much as keeps the size; of an odd amount the larger part behind."""
    dilation: Pair = 1
    edge: Border = Border.ZERO

    def __call__(self, held: Held, limits: Limits) -> Pixels:
        """The weighted sums, in the picture's levels, float32. Raises MethodError and InputError."""
        gaps, steps = pair("dilation", self.dilation, 1), pair("stride", self.stride, 1)
        pads = self._pads(gaps)
        axes = zip(held.pixels.shape[:2], self.kernel.shape, steps, pads, gaps, strict=True)
        for size, kernel, step, (before, after), gap in axes:
            convolved_size(size + before + after, kernel, step, 0, gap)  # refuses before memory is taken
        high, wide = (n + sum(pad) for n, pad in zip(held.pixels.shape[:2], pads, strict=True))
        limits.check_result(wide, high, " with its padding")
        sums: Pixels = convolve(_widened(held.pixels, pads, self.edge), self.kernel, stride=steps, dilation=gaps)
        return sums

    def _pads(self, gaps: tuple[int, int]) -> list[tuple[int, int]]:
        if self.padding is not None:
            return [(pad, pad) for pad in pair("padding", self.padding)]
        spans = [gap * (size - 1) for gap, size in zip(gaps, self.kernel.shape, strict=True)]
        return [(span // 2, span - span // 2) for span in spans]


def _widened(pixels: Pixels, pads: list[tuple[int, int]], edge: Border) -> Pixels:
    if not any(map(any, pads)):
        return pixels
    if edge is Border.ZERO:
        return np.pad(pixels, (*pads, (0, 0)))
    index = [
        border(range(-before, n + after), n, Edge(edge))
        for n, (before, after) in zip(pixels.shape[:2], pads, strict=True)
    ]
    return pixels[index[0]][:, index[1]]


def shown(sums: Pixels, held: Held, show: Show) -> Pixels:
    """Weighted sums as levels of the picture's dtype, rounded half up. Raises MethodError for sums too large."""
    peak = depth.peak(held.layout.depth)
    if show is Show.ABS:
        sums = np.abs(sums)
    elif show is Show.SIGNED:
        sums = sums / 2 + (peak + 1) // 2 if peak > 1 else sums / 2 + 0.5
    if not np.isfinite(sums).all():
        raise MethodError("the kernel's numbers are so large that sums overflow; scale them down")
    levels = np.empty(sums.shape, held.layout.depth)
    depth.from_float(np.clip(sums, 0, peak).astype(np.float32), levels)
    return levels


def usual(kernel: Matrix) -> Show:
    """How sums by this kernel are shown unless told: without their sign if its numbers cancel out."""
    cancels = abs(float(kernel.sum())) <= 1e-9 * float(np.abs(kernel).sum())
    return Show.ABS if cancels and kernel.any() else Show.CLIP
