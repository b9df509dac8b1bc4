"""Interpolation kernels in one dimension, the weights they give, and the border rule.

A kernel is a weight function of the distance between a source sample and the
position to read, and the distance beyond which it is 0. All sources stand at
the kernels' records in `methods/interpolation.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from upscli.kernels.axis import Axis, Edge

Floats = NDArray[np.float64]


class Kernel(NamedTuple):
    """A 1-D interpolation kernel: `weight(x)` for distances x in source samples, 0 from `support` on."""

    weight: Callable[[Floats], Floats]
    support: float

    @property
    def reach(self) -> int:
        """Source samples needed on each side of the two next to a position."""
        return ceil(self.support) - 1


@dataclass(frozen=True, eq=False)
class Taps:
    """Which source samples make each result, and how much of each.

    Result i is `sum(weights[i, k] * held[first[i] + k])`. `first` has shape
    (results,) and counts from the first held sample; `weights` has shape
    (results, taps), float32, every row sums to 1.
    """

    first: NDArray[np.int64]
    weights: NDArray[np.float32]


@lru_cache(maxsize=256)
def taps(kernel: Kernel, axis: Axis) -> Taps:
    """The taps of `kernel` for every wanted result of `axis`: the same object for all pieces that are alike.

    Raises ValueError if the held samples do not cover the kernel's reach.
    """
    if (home := axis.home) is not axis:
        return taps(kernel, home)
    first, weights = exact_taps(kernel, axis)
    return Taps(first, weights.astype(np.float32))


def exact_taps(kernel: Kernel, axis: Axis) -> tuple[NDArray[np.int64], Floats]:
    """The same as first samples and weights in float64. Raises ValueError."""
    whole, rest = axis.centers
    first = whole - kernel.reach
    steps = np.arange(2 * kernel.reach + 2)
    weights = kernel.weight(steps - kernel.reach - rest[:, np.newaxis])
    if axis.edge is Edge.RENORMALIZE:
        sample = first[:, np.newaxis] + steps
        weights = np.where((sample >= 0) & (sample < axis.size), weights, 0.0)
    weights = weights / weights.sum(axis=1, keepdims=True)
    if first[0] < axis.held.start or first[-1] + steps[-1] >= axis.held.stop:
        raise ValueError(f"{axis} does not hold the {len(steps)} samples round each position")
    return first - axis.held.start, weights


def border(samples: range, size: int, edge: Edge) -> NDArray[np.int64]:
    """The source sample, in 0..size-1, that stands at each of `samples`, which may lie outside.

    With RENORMALIZE the samples outside weigh nothing, so any finite value does: the nearest is given.
    """
    index = np.arange(samples.start, samples.stop, dtype=np.int64)
    if edge is Edge.WRAP:
        return index % size
    if edge is Edge.REFLECT:
        index = index % (2 * size)
        return np.minimum(index, 2 * size - 1 - index)
    return np.minimum(np.maximum(index, 0), size - 1)


def box(x: Floats) -> Floats:
    """1 within half a sample; a position midway between two samples takes the later one."""
    return ((x > -0.5) & (x <= 0.5)).astype(np.float64)


def triangle(x: Floats) -> Floats:
    """Linear interpolation."""
    return np.maximum(1.0 - np.abs(x), 0.0)


def smoothstep(x: Floats) -> Floats:
    """Cubic Hermite interpolation with slopes of 0 at the samples."""
    x = np.minimum(np.abs(x), 1.0)
    return (2.0 * x - 3.0) * x * x + 1.0


def cubic(b: float, c: float) -> Callable[[Floats], Floats]:
    """The two-parameter family of Mitchell and Netravali; b = 0, c = -a gives Keys' bicubic."""

    def weight(x: Floats) -> Floats:
        x = np.abs(x)
        near = ((12 - 9 * b - 6 * c) * x + (-18 + 12 * b + 6 * c)) * x * x + (6 - 2 * b)
        far = (((-b - 6 * c) * x + (6 * b + 30 * c)) * x + (-12 * b - 48 * c)) * x + (8 * b + 24 * c)
        return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0)) / 6.0

    return weight


def lanczos(lobes: int) -> Callable[[Floats], Floats]:
    """Sinc windowed by the main lobe of a sinc `lobes` times as wide."""

    def weight(x: Floats) -> Floats:
        return np.where(np.abs(x) < lobes, np.sinc(x) * np.sinc(x / lobes), 0.0)

    return weight


def hamming(x: Floats) -> Floats:
    """One lobe of sinc under a Hamming window."""
    return np.where(np.abs(x) < 1.0, np.sinc(x) * (0.54 + 0.46 * np.cos(np.pi * x)), 0.0)


def gaussian(sigma: float, support: float) -> Callable[[Floats], Floats]:
    """A bell of standard deviation `sigma` samples, cut off at `support`."""

    def weight(x: Floats) -> Floats:
        return np.where(np.abs(x) < support, np.exp(-0.5 * np.square(x / sigma)), 0.0)

    return weight


def magic_kernel_sharp(x: Floats) -> Floats:
    """Magic Kernel Sharp 2021: the quadratic B-spline convolved with its 2021 sharpening kernel."""
    x = np.abs(x)
    pieces = [
        (577.0 - 956.0 * x * x) / 576.0,
        (x - 1.0) * (140.0 * x - 239.0) / 144.0,
        (x - 2.0) * (65.0 - 24.0 * x) / 144.0,
        (x - 3.0) * (4.0 * x - 15.0) / 144.0,
        -np.square(2.0 * x - 9.0) / 1152.0,
    ]
    return np.select([x < edge for edge in (0.5, 1.5, 2.5, 3.5, 4.5)], pieces, 0.0)
