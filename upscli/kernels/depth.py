"""Whole levels <-> float32: the only place that rounds and clips.

Float pixels are counted in the picture's own levels (0..255, 0..65535), so
that weights which are sums of powers of two give exact results.
"""

from math import isfinite

import numpy as np
from numpy.typing import DTypeLike, NDArray

from upscli.kernels.resample import Samples

_BLACK, _HALF = np.float32(0.0), np.float32(0.5)

_CACHED = 1 << 15
"""Samples that stay in a core's first or second cache between one step and the next."""

Levels = NDArray[np.uint8] | NDArray[np.uint16] | Samples


def peak(dtype: DTypeLike) -> float:
    """The level of white: 255, 65535, or 1 for floats."""
    dtype = np.dtype(dtype)
    return float(2 ** (8 * dtype.itemsize) - 1) if dtype.kind == "u" else 1.0


def to_float(pixels: Levels) -> Samples:
    """A contiguous float32 copy of uint8, uint16 or float32 `pixels`, in the same levels."""
    return np.array(pixels, np.float32, order="C")


def from_float(result: Samples, out: Levels) -> None:
    """Write `result` into `out` (same shape, any strides), rounding half up and clipping if `out` holds whole levels.

    `result` is used as scratch. Raises FloatingPointError if a value is not finite.
    """
    step = max(1, _CACHED // max(1, result[:1].size))
    for top in range(0, len(result), step):
        piece = result[top : top + step]
        _check_finite(piece.reshape(-1))
        if out.dtype.kind == "u":
            np.clip(piece, _BLACK, np.float32(peak(out.dtype)), out=piece)
            # A fraction that is left over is cut off by the cast to whole levels.
            np.add(piece, _HALF, out=piece)
        np.copyto(out[top : top + step], piece, casting="unsafe")


def _check_finite(flat: Samples) -> None:
    """A sum of squares is the cheapest look at every value. It may overflow by itself: then each is looked at."""
    with np.errstate(over="ignore", invalid="ignore"):
        suspect = not isfinite(np.dot(flat, flat))
    if suspect and (bad := np.count_nonzero(~np.isfinite(flat))):
        raise FloatingPointError(f"{bad} of {flat.size} samples are not finite")
