"""Whole levels <-> float32: the only place that rounds and clips.

Float pixels are counted in the picture's own levels (0..255, 0..65535), so
that weights which are sums of powers of two give exact results.
"""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from upscli.kernels.resample import Samples

Levels = NDArray[np.uint8] | NDArray[np.uint16] | Samples


def peak(dtype: DTypeLike) -> float:
    """The level of white: 255, 65535, or 1 for floats."""
    dtype = np.dtype(dtype)
    return float(np.iinfo(dtype).max) if dtype.kind == "u" else 1.0


def to_float(pixels: Levels) -> Samples:
    """A contiguous float32 copy of uint8, uint16 or float32 `pixels`, in the same levels."""
    return np.array(pixels, np.float32, order="C")


def from_float(result: Samples, out: Levels) -> None:
    """Write `result` into `out` (same shape, any strides), rounding half up and clipping if `out` holds whole levels.

    `result` is used as scratch. Raises FloatingPointError if a value is not finite.
    """
    flat = result.reshape(-1)
    # A sum of squares is the cheapest look at every value. It may also overflow, so it only raises a suspicion.
    with np.errstate(over="ignore", invalid="ignore"):
        suspect = not np.isfinite(np.dot(flat, flat))
    if suspect and not np.isfinite(flat).all():
        raise FloatingPointError(f"{np.count_nonzero(~np.isfinite(flat))} of {flat.size} samples are not finite")
    if out.dtype.kind == "f":
        np.copyto(out, result)
        return
    np.clip(result, np.float32(0.0), np.float32(peak(out.dtype)), out=result)
    np.add(result, np.float32(0.5), out=out, casting="unsafe")
