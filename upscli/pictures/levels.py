"""Whole levels of a file's own range over all of 8 or 16 bits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def spread(strip: NDArray[Any], most: int) -> NDArray[Any]:
    """Levels 0..`most` of uint8 or uint16 over all that the type holds, rounded half up."""
    peak = int(np.iinfo(strip.dtype).max)
    if most == peak:
        return strip
    return ((strip.astype(np.uint64) * (2 * peak) + most) // (2 * most)).astype(strip.dtype)
