"""What a comparison found: the methods side by side, as data. Sheets, tables and pages are drawn from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Crop = NDArray[np.uint8]
"""Shape (height, width, 3), as a screen shows it."""

Region = tuple[int, int, int, int]
"""x, y, width, height, in pixels of the result."""


@dataclass(frozen=True)
class Cell:
    """One method with its options."""

    method: str
    options: Mapping[str, Any]
    label: str
    """Both in words: `bicubic a=-0.75`."""
    seconds: float | None
    """For enlarging the whole picture on one core, files and scores aside; None: nothing was timed."""
    psnr: float | None
    """In decibels; None if there is nothing to compare with, or if nothing differs."""
    ssim: float | None
    """At most 1; None if there is nothing to compare with."""
    identical: bool
    """Nothing differs from the reference."""
    best: bool
    """The nearest to the reference, or as near: by PSNR, then by SSIM."""
    crops: tuple[Crop, ...]
    """One for each of the comparison's crops."""


@dataclass(frozen=True)
class Comparison:
    """One picture, enlarged by several methods."""

    source: str
    """The picture's name."""
    size: tuple[int, int]
    """(width, height) of what was enlarged."""
    target: tuple[int, int]
    """(width, height) of the results."""
    basis: str
    """What the scores are against, or that there are none: one sentence."""
    crops: tuple[Region, ...]
    """The regions that are shown, all of one size."""
    cells: tuple[Cell, ...]
    """In the order that was asked for."""
    reference: tuple[Crop, ...] | None = None
    """The same regions of what the scores are against."""
    notes: tuple[str, ...] = ()
    """What else its reader should know, one sentence each."""

    @property
    def scored(self) -> bool:
        """There is something to compare with."""
        return self.reference is not None
