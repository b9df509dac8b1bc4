"""Where frames differ."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[slice, slice]
"""Rows and columns."""


def box_of(mask: NDArray[np.bool_]) -> Box:
    """The rectangle that holds all that is set in (height, width); one pixel, if nothing is."""
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)


def box_between(before: NDArray[Any] | None, after: NDArray[Any]) -> Box:
    """The rectangle that holds all differences of (height, width, channels); all of it, where nothing was before."""
    return box_of((before != after).any(2) if before is not None else np.ones(after.shape[:2], bool))
