"""The tile engine: cuts the result into tiles, makes them on threads, and yields them as bands, in order.

A source is taken strip by strip and a result leaves band by band, so memory
does not grow with the picture's height. Where tiles lie depends on the sizes
alone: the bytes are the same for any number of threads.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.kernels.axis import Axis, Edge
from upscli.kernels.taps import border

Pixels = NDArray[Any]
MakeTile = Callable[[Pixels, Axis, Axis, Pixels], None]
"""Held source pixels, rows, cols, and where the wanted result goes."""

TILE = (512, 512)
"""Result rows and columns of a tile. In smaller ones, threads queue for the interpreter between short calls."""

_BAND_BYTES = 96 << 20
_LOWEST = 128


def lowered(tile: tuple[int, int], row_bytes: int) -> tuple[int, int]:
    """The tile with fewer rows where results are so wide that a band of such tiles would take much memory."""
    high, wide = tile
    while high > _LOWEST and high * row_bytes > _BAND_BYTES:
        high //= 2
    return high, wide


@dataclass(frozen=True)
class Cut:
    """Sizes, and how the work is cut."""

    source: tuple[int, int]
    """(height, width)"""
    target: tuple[int, int]
    """(height, width)"""
    reach: int | None
    edge: Edge = Edge.REPLICATE
    tile: tuple[int, int] = TILE

    def axes(self, wanted: tuple[range, range]) -> tuple[Axis, Axis]:
        """Rows and columns of the piece that makes `wanted`."""
        return _axis(self, 0, wanted[0]), _axis(self, 1, wanted[1])

    @property
    def band_height(self) -> int:
        """Result rows of a band: those of a tile, or all if the method needs the whole picture."""
        return self.target[0] if self.reach is None else min(self.tile[0], self.target[0])


def bands(cut: Cut, strips: Iterator[Pixels], make: MakeTile, out: Pixels, threads: int = 1) -> Iterator[Pixels]:
    """Make the whole result and yield it in bands (rows, width, channels), top to bottom.

    `out` is (target height, width, channels) to receive it all, or one band high and used again for each:
    then a band must be used up before the next is asked for. Raises what `strips` and `make` raise.
    """
    height, width = cut.target
    high, wide = cut.band_height, width if cut.reach is None else cut.tile[1]
    cols = [_axis(cut, 1, range(left, min(left + wide, width))) for left in range(0, width, wide)]
    _keep_memory()
    window = _Window(strips, keep_all=cut.edge is Edge.WRAP)
    with ThreadPoolExecutor(threads) as pool:
        for top in range(0, height, high):
            rows = _axis(cut, 0, range(top, min(top + high, height)))
            band = out[top : rows.wanted.stop] if len(out) == height else out[: len(rows.wanted)]
            held = window.rows(border(rows.held, rows.size, rows.edge))
            tile = _Tile(make, _with_sides(held, cols, cut.edge), cols[0].held.start, rows, band)
            for _ in pool.map(tile, cols) if threads > 1 else map(tile, cols):
                pass
            yield band


def region(cut: Cut, pixels: Pixels, make: MakeTile, wanted: tuple[range, range], out: Pixels) -> None:
    """Make the wanted (rows, columns) of the result alone, as one tile, into `out`. `pixels` is the whole source."""
    rows, cols = cut.axes(wanted)
    held = pixels[border(rows.held, rows.size, cut.edge)][:, border(cols.held, cols.size, cut.edge)]
    make(held, rows, cols, out)


@cache
def _keep_memory() -> None:
    """Have freed memory kept for the next tile, where the C library is glibc.

    It gives large pieces back to the system at once, and fresh ones can cost more to touch for the first time than
    all that is computed in them, until one of the largest size that it adapts to has been freed (mallopt(3)).
    """
    np.empty(30 << 20, np.uint8)


def _axis(cut: Cut, axis: int, wanted: range) -> Axis:
    return Axis.piece(cut.source[axis], cut.target[axis], wanted, cut.reach, cut.edge)


@dataclass(frozen=True)
class _Tile:
    """Makes the tiles of one band."""

    make: MakeTile
    held: Pixels
    left: int
    """The source column that `held` begins with."""
    rows: Axis
    band: Pixels

    def __call__(self, cols: Axis) -> None:
        pixels = self.held[:, cols.held.start - self.left : cols.held.stop - self.left]
        self.make(pixels, self.rows, cols, self.band[:, cols.wanted.start : cols.wanted.stop])


def _with_sides(pixels: Pixels, cols: list[Axis], edge: Edge) -> Pixels:
    """Whole rows with the halo that the first and last tiles hold beyond them."""
    width = pixels.shape[1]
    left, right = -cols[0].held.start, max(axis.held.stop for axis in cols)
    if left <= 0 and right <= width:
        return pixels[:, -left:right]
    wide = np.empty((len(pixels), left + right, pixels.shape[2]), pixels.dtype)
    wide[:, left : left + width] = pixels
    wide[:, :left] = pixels[:, border(range(-left, 0), width, edge)]
    wide[:, left + width :] = pixels[:, border(range(width, right), width, edge)]
    return wide


class _Window:
    """The rows of the source that are still of use, refilled from its strips."""

    def __init__(self, strips: Iterator[Pixels], keep_all: bool) -> None:
        self._strips = strips
        self._keep_all = keep_all
        self._first = 0
        self._held: Pixels | None = None

    def rows(self, index: NDArray[np.int64]) -> Pixels:
        """These rows of the source; those above the smallest are never asked for again, unless all are kept."""
        low, high = int(index.min()), int(index.max()) + 1
        held = self._fill(low, high)
        if (np.diff(index) == 1).all():
            return held[low - self._first : high - self._first]
        rows: Pixels = held[index - self._first]
        return rows

    def _fill(self, low: int, high: int) -> Pixels:
        parts = [] if self._held is None else [self._held]
        if not self._keep_all and parts:
            parts = [parts[0][low - self._first :]]
            self._first = low
        end = self._first + sum(len(part) for part in parts)
        while end < high:
            parts.append(next(self._strips))
            end += len(parts[-1])
        self._held = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return self._held
