"""What a comparison found: the methods side by side, as data. Sheets, tables and pages are drawn from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

Crop = NDArray[np.uint8]
"""Shape (height, width, 3), as a screen shows it."""

Region = tuple[int, int, int, int]
"""x, y, width, height, in pixels of the result."""


def inside(region: Region, other: Region) -> bool:
    """It has no pixel that the other has not."""
    return all(other[i] <= region[i] and region[i] + region[i + 2] <= other[i] + other[i + 2] for i in (0, 1))


@dataclass(frozen=True)
class Cell:
    """One method with its options."""

    method: str
    options: Mapping[str, Any]
    label: str
    """Both in words: `bicubic a=-0.75`."""
    seconds: float | None
    """Of one core, for enlarging the whole picture, files and scores aside; None: nothing was timed."""
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
    """The regions that are held."""
    cells: tuple[Cell, ...]
    """In the order that was asked for."""
    reference: tuple[Crop, ...] | None = None
    """The same regions of what the scores are against."""
    notes: tuple[str, ...] = ()
    """What else its reader should know, one sentence each."""
    timing: str = ""
    """What the seconds are: one sentence."""
    focus: tuple[Region, ...] = ()
    """The regions that were asked for, each inside one of `crops`; empty: those are the crops."""

    @property
    def focused(self) -> "Comparison":
        """The same, holding no more than what was asked for."""
        if not self.focus:
            return self
        cells = tuple(replace(cell, crops=self._cut(cell.crops)) for cell in self.cells)
        reference = None if self.reference is None else self._cut(self.reference)
        return replace(self, crops=self.focus, cells=cells, reference=reference, focus=())

    @property
    def places(self) -> tuple[tuple[int, Region], ...]:
        """What was asked for: the number of the crop that holds it, and where it is in that crop."""
        found = []
        for x, y, width, height in self.focus or self.crops:
            number = next(i for i, crop in enumerate(self.crops) if inside((x, y, width, height), crop))
            left, top = self.crops[number][:2]
            found.append((number, (x - left, y - top, width, height)))
        return tuple(found)

    def _cut(self, crops: tuple[Crop, ...]) -> tuple[Crop, ...]:
        return tuple(crops[number][y : y + high, x : x + wide] for number, (x, y, wide, high) in self.places)

    @property
    def scored(self) -> bool:
        """There is something to compare with."""
        return self.reference is not None

    @property
    def ranked(self) -> tuple[Cell, ...]:
        """The cells, the nearest to the reference first; without scores the quickest first."""
        if self.scored:
            return tuple(sorted(self.cells, key=nearness, reverse=True))
        return tuple(sorted(self.cells, key=lambda cell: cell.seconds or 0.0))

    @property
    def verdict(self) -> tuple[str, ...]:
        """Which method to take, and why: sentences. Empty where nothing was scored."""
        if not self.scored or not self.cells:
            return ()
        first, *others = self.ranked
        rest = [cell for cell in others if not cell.best]
        equal = [cell.label for cell in self.cells if cell.best]
        head = f"Best: {' and '.join(equal)}, {_score(first)}{_lead(first, rest)}."
        return (head, *_quicker(first, others), *_by_ssim(self.cells))


def nearness(cell: Cell) -> tuple[float, float]:
    """What cells are ranked by."""
    psnr = inf if cell.identical else -inf if cell.psnr is None else cell.psnr
    return psnr, -inf if cell.ssim is None else cell.ssim


NEAR = 0.1
"""Decibels that are hard to see."""


def _score(cell: Cell) -> str:
    return "identical to the reference" if cell.identical else f"{cell.psnr:.2f} dB"


def _lead(first: Cell, rest: list[Cell]) -> str:
    if not rest or first.psnr is None or rest[0].psnr is None:
        return ""
    return f", {first.psnr - rest[0].psnr:.2f} dB ahead of {rest[0].label}"


def _quicker(first: Cell, others: list[Cell]) -> tuple[str, ...]:
    """The quickest of those that are hardly worse, if it saves half the time."""
    if first.psnr is None or not first.seconds:
        return ()
    close = [cell for cell in others if cell.psnr is not None and first.psnr - cell.psnr <= NEAR and cell.seconds]
    quick = min(close, key=lambda cell: cell.seconds or 0.0, default=None)
    if quick is None or quick.seconds is None or quick.psnr is None or quick.seconds > first.seconds / 2:
        return ()
    behind = first.psnr - quick.psnr
    return (f"{quick.label} is {behind:.2f} dB behind and {first.seconds / quick.seconds:.1f} times as fast.",)


def _by_ssim(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """Where the other measure has another winner."""
    most = max(cells, key=lambda cell: -inf if cell.ssim is None else cell.ssim)
    best = max((cell.ssim for cell in cells if cell.best and cell.ssim is not None), default=None)
    if best is None or most.ssim is None or most.best or f"{most.ssim:.4f}" == f"{best:.4f}":
        return ()
    return (f"By SSIM it would be {most.label}: {most.ssim:.4f}, against {best:.4f}.",)
