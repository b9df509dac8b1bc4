"""The encoder, and the operators that bring its code back to the size of the input."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from upscli.kernels import taps
from upscli.kernels.axis import Axis, Edge
from upscli.kernels.checkerboard import gains
from upscli.kernels.convolve import convolve, transposed_convolve
from upscli.kernels.pooling import bed_of_nails, max_pool, max_unpool
from upscli.kernels.replicate import Copies, replicate
from upscli.kernels.resample import resample
from upscli.lessons.board import Floats
from upscli.lessons.interpolation import KEYS_A

DEPTH = 3
"""Pairs of a convolution and a pooling: each halves the sides."""
FACTOR = 2**DEPTH
SMOOTH = np.outer([1.0, 2.0, 1.0], [1.0, 2.0, 1.0]) / 16
"""The encoder's kernel. A network learns many; this one keeps the picture to be seen."""


@dataclass(frozen=True, eq=False)
class Level:
    """What one convolution and one pooling make."""

    convolved: Floats
    pooled: Floats
    switches: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Way:
    """One way back."""

    name: str
    how: str
    where: str
    what: str
    pixels: Floats


def encoded(picture: Floats) -> list[Level]:
    """Convolution keeps the size, pooling halves it; DEPTH times."""
    levels, held = [], picture
    for _ in range(DEPTH):
        # The border goes on, else every level would darken it.
        around = np.pad(held, ((1, 1), (1, 1), (0, 0)), mode="edge")
        convolved = convolve(around, SMOOTH)
        held, switches = max_pool(convolved, 2)
        levels.append(Level(convolved, held, switches))
    return levels


def ways_back(picture: Floats, levels: list[Level]) -> list[Way]:
    """The input's size again, by each operator from the same code."""
    code, by, dots = levels[-1].pooled, f"x {FACTOR}", f"in 1 of {FACTOR**2} pixels"
    linear, cubic = taps.Kernel(taps.triangle, 1.0), taps.Kernel(taps.cubic(0.0, -KEYS_A), 2.0)
    learned = f"stride {FACTOR}, kernel {2 * FACTOR} x {2 * FACTOR} learned here"
    ones = f"{DEPTH} times stride 2, kernel 3 x 3"
    told = [
        ("nearest", by, "known to the block", "kept, in every pixel", _copied(code)),
        ("bed of nails", by, "always the block's top left", dots, bed_of_nails(code, FACTOR)),
        ("bilinear", by, "smeared over a block", "kept, and blended", _interpolated(code, linear)),
        ("bicubic", by, "smeared, a little less", "kept; may overshoot", _interpolated(code, cubic)),
        ("max unpooling", f"{DEPTH} times x 2, with the switches", "exact, remembered", dots, unpooled(levels)),
        ("transposed convolution", learned, "smeared, as learned", "learned to be closest", _learned(picture, code)),
        ("the same, kernel of ones", ones, "under a checkerboard", "kept on average", _by_ones(code)),
    ]
    return [Way(*one) for one in told]


def _copied(code: Floats) -> Floats:
    index = [whole + (rest >= 0.5) for whole, rest in (Axis.whole(n, n * FACTOR).centers for n in code.shape[:2])]
    return replicate(code, *map(Copies.of, index))


def _interpolated(code: Floats, kernel: taps.Kernel) -> Floats:
    rows, columns = (Axis.whole(n, n * FACTOR, kernel.reach) for n in code.shape[:2])
    held = code[np.ix_(*(taps.border(axis.held, axis.size, Edge.REPLICATE) for axis in (rows, columns)))]
    return resample(held.astype(np.float32), taps.taps(kernel, rows), taps.taps(kernel, columns)).astype(np.float64)


def unpooled(levels: list[Level]) -> Floats:
    """The values of the last level back to where the switches of all levels say."""
    held = levels[-1].pooled
    for level in reversed(levels):
        held = max_unpool(held, level.switches, level.convolved.shape[:2])
    return held


def _learned(picture: Floats, code: Floats) -> Floats:
    """The transposed convolution whose kernel brings this code closest to the picture, by least squares.

    With kernel 2 s every result pixel is a sum of 2 x 2 neighbors, and each of the s x s phases has its own
    four weights: so many small problems of four unknowns.
    """
    around = np.pad(code, ((1, 1), (1, 1), (0, 0)), mode="edge")
    half = FACTOR // 2
    kernel = np.empty((2 * FACTOR, 2 * FACTOR))
    high, wide = code.shape[:2]
    for i, j in np.ndindex(FACTOR, FACTOR):
        # Result y = FACTOR * m + i takes the code at the copy it lies in and at the one before.
        down, across = (i + half) // FACTOR, (j + half) // FACTOR
        near = [around[1 + down - a :, 1 + across - b :][:high, :wide] for a in (0, 1) for b in (0, 1)]
        known = np.stack([values.reshape(-1) for values in near], axis=1)
        weights = np.linalg.lstsq(known, picture[i::FACTOR, j::FACTOR].reshape(-1), rcond=1e-6)[0].reshape(2, 2)
        kernel[(i + half) % FACTOR :: FACTOR, (j + half) % FACTOR :: FACTOR] = weights
    return transposed_convolve(around, kernel, stride=FACTOR, padding=FACTOR + half)


def _by_ones(code: Floats) -> Floats:
    """By transposed convolutions whose copies overlap unevenly."""
    held, kernel = code, np.ones((3, 3))
    for _ in range(DEPTH):
        around = np.pad(held, ((1, 1), (1, 1), (0, 0)), mode="edge")
        held = transposed_convolve(around, kernel / gains(kernel, 2).mean(), stride=2, padding=3, output_padding=1)
    return held
