"""What a network learns from: pictures in two sizes, as luma."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WHITE = 256 * 255
"""Luma is kept in steps of 1/256 level, as uint16: half the memory of floats, and finer than any picture."""

Luma = NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class Pair:
    """One picture: (h, w) and (scale h, scale w), white at `WHITE`."""

    small: Luma
    large: Luma
