"""The eight symmetries of the square, and how a window of luma is turned to its own standard position.

An upsampler has no reason to treat a picture and its mirror image differently. So windows are mirrored and
transposed until the brightness rises to the right and down, and most to the right, and their contrast is inverted
where the middle is darker than its surroundings: one filter then serves 16 kinds of windows, and every picture
trains it 16 times. (E. Perez-Pellitero et al., PSyCo: Manifold span reduction for super resolution, CVPR 2016)

Standard positions are found in whole numbers that float32 holds exactly, so that a tile finds the same as the whole.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

LEVELS = 1023
"""Luma is rounded to this many levels before anything is decided."""
SIDES = (3, 5, 7, 9, 11)
"""Of windows."""
_BELL = {3: (13, 31, 13), 5: (13, 25, 31, 25, 13), 7: (4, 13, 25, 31, 25, 13, 4)}
"""exp(-x^2 / 4.5) in 31sts: sums of LEVELS times these stay below 2^24 along both axes."""

Index = NDArray[np.intp]


@cache
def turns(side: int) -> Index:
    """(8, side * side): entry t holds, for each place of a turned square, the place that it comes from.

    Turn t mirrors left and right if t & 1, up and down if t & 2, after transposing if t & 4.
    """
    square = np.arange(side * side).reshape(side, side)
    made = []
    for turn in range(8):
        turned = square.T if turn & 4 else square
        turned = turned[::-1] if turn & 2 else turned
        made.append((turned[:, ::-1] if turn & 1 else turned).ravel())
    return np.array(made)


def rounded(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Whole levels 0..LEVELS of luma 0..1, as float32."""
    levels: NDArray[np.float32] = np.clip(luma, 0, 1)
    levels *= np.float32(LEVELS)
    return np.rint(levels, out=levels)


def positions(levels: NDArray[np.float32], side: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The turn to the standard position of each window, and whether its contrast is to be inverted.

    `levels` (h + side - 1, w + side - 1) are `rounded`; the results are (h, w). `side` is odd, at least 3.
    """
    bell = np.array(_BELL[min(side, 7)], np.float32)
    slope = (bell * np.arange(-(len(bell) // 2), len(bell) // 2 + 1)).astype(np.float32)
    cut = (side - len(bell)) // 2
    inner = levels[cut : levels.shape[0] - cut, cut : levels.shape[1] - cut]
    smooth = _along(inner, bell, 0)
    across, mean = _along(smooth, slope, 1), _along(smooth, bell, 1)
    down = _along(_along(inner, slope, 0), bell, 1)
    steep = np.abs(down) > np.abs(across)
    turn = steep * np.uint8(4)
    turn += np.where(steep, across, down) < 0
    turn += turn & 3
    turn += np.where(steep, down, across) < 0
    half = len(bell) // 2
    middle = inner[half : inner.shape[0] - half, half : inner.shape[1] - half]
    dark = mean > middle * bell.sum() ** 2
    turn ^= dark * np.uint8(3)  # inverted, it rises where it fell
    return turn, dark


def _along(values: NDArray[np.float32], weights: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Weighted sums of neighbors; whole numbers stay exact, whatever the order."""
    count = values.shape[axis] - len(weights) + 1
    total = np.zeros([count if n == axis else side for n, side in enumerate(values.shape)], np.float32)
    for first, weight in enumerate(weights):
        if weight:
            total += weight * (values[first : first + count] if axis == 0 else values[:, first : first + count])
    return total
