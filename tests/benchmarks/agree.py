"""Do two results show the same picture?"""

from __future__ import annotations

from math import inf, log10

import numpy as np
from numpy.typing import NDArray

LEAST_PSNR = 40.0
"""Decibels. Rounding between two passes leaves 50 and more, another kernel or a shift 40 and less."""
_ROWS = 256


def agreement(ours: NDArray[np.uint8], theirs: NDArray[np.uint8]) -> str:
    """Words for a table: the largest difference and the PSNR, and a loud word where the pictures differ."""
    if ours.shape != theirs.shape:
        return f"**differ**: shape {theirs.shape}, not {ours.shape}"
    largest, psnr = difference(ours, theirs)
    if largest == 0:
        return "identical"
    words = f"{psnr:.1f} dB, max {largest}"
    if psnr >= LEAST_PSNR:
        return words
    _, beside = difference(_half_a_pixel_on(ours), theirs[2:-1, 2:-1])
    where = f"; half a result pixel right and down: {beside:.1f} dB" if beside >= LEAST_PSNR else ""
    return f"**differ**: {words}{where}"


def difference(ours: NDArray[np.uint8], theirs: NDArray[np.uint8]) -> tuple[int, float]:
    """The largest difference in levels, and the PSNR in decibels; taken in strips, as results are large."""
    largest = squares = 0
    for top in range(0, len(ours), _ROWS):
        away = ours[top : top + _ROWS].astype(np.int32) - theirs[top : top + _ROWS]
        largest = max(largest, int(np.abs(away).max()))
        squares += int(np.square(away).sum(dtype=np.int64))
    return largest, 10 * log10(255**2 * ours.size / squares) if squares else inf


def _half_a_pixel_on(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture moved right and down by half a pixel, without the first 2 and the last rows and columns.

    Some programs place pixels by their corners. That is a shift, and this tells it from another kernel.
    """
    moved = pixels.astype(np.float32)
    for _ in range(2):
        inner = 9 * (moved[1:-2] + moved[2:-1]) - moved[:-3] - moved[3:]
        moved = (inner / 16).swapaxes(0, 1)
    return np.clip(np.rint(moved), 0, 255).astype(np.uint8)
