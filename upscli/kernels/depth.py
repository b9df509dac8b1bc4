"""Whole levels <-> float32: the only place that rounds and clips.

Float pixels are counted in the picture's own levels (0..255, 0..65535), so
that weights which are sums of powers of two give exact results.
"""

from math import isfinite

import numpy as np
from numpy.typing import DTypeLike, NDArray

from upscli.kernels.resample import Samples

_BLACK, _HALF = np.float32(0.0), np.float32(0.5)
_ABOVE = np.float32(0.5 + 2.0**-15)
"""Halves of bytes that sums in float32 missed by the last bit of white are rounded up all the same. Of 16 bits that bit
is 1/128 level: fractions that are less than a half by so much would be rounded up with them."""
_BYTE = np.int16(0), np.int16(255)

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
    check_finite(result.reshape(-1))
    if out.dtype.kind == "u":
        result += _HALF
        _cut_off(result, out)
    else:
        np.copyto(out, result)


def half_above(pixels: Levels) -> Samples:
    """`to_float` plus a half: of averages, `write_averages` then makes what `from_float` would."""
    floats = to_float(pixels)
    floats += _ABOVE if pixels.dtype == np.uint8 else _HALF
    return floats


def write_averages(result: Samples, out: Levels, overshoots: bool) -> None:
    """Write averages of what `half_above` made into `out` of whole levels, rounding down, and clipping if need be.

    `result` is used as scratch; it must be finite, and no more than a hundred times white away from 0.
    """
    if not overshoots:
        np.copyto(out, result, casting="unsafe")
    elif out.dtype == np.uint8:
        levels = result.astype(np.int16)  # of half the size, so sooner clipped
        levels.clip(*_BYTE, out=levels)
        np.copyto(out, levels, casting="unsafe")
    else:
        _cut_off(result, out)


def _cut_off(result: Samples, out: Levels) -> None:
    """Write finite `result` into `out` of whole levels, clipping, and rounding down. `result` is used as scratch."""
    result.clip(_BLACK, np.float32(peak(out.dtype)), out=result)
    np.copyto(out, result, casting="unsafe")


def check_finite(flat: Samples) -> None:
    """A sum of squares is the cheapest look at every value. It may overflow by itself: then each is looked at."""
    with np.errstate(over="ignore", invalid="ignore"):
        suspect = not isfinite(np.dot(flat, flat))
    if suspect and (bad := np.count_nonzero(~np.isfinite(flat))):
        raise FloatingPointError(f"{bad} of {flat.size} samples are not finite")
