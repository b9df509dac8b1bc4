"""Copies of source samples, bit for bit: what nearest neighbor does."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]
Index = NDArray[np.int64]

_NUMBERS = {2: np.uint16, 4: np.uint32, 8: np.uint64}
"""A pixel of as many bytes is copied as one."""


class Copies(NamedTuple):
    """Which samples of a line become which results."""

    results: int
    moves: tuple[tuple[slice, slice | Index], ...]
    """Places of results, and of their sources."""

    @classmethod
    def of(cls, index: Index) -> "Copies":
        """From the source of each result."""
        return cls(len(index), tuple(_phases(index)))


def replicate(pixels: Pixels, rows: Copies, cols: Copies) -> Pixels:
    """`pixels` (h, w, c) of any dtype at the crossings of `rows` and `cols`: (rows.results, cols.results, c)."""
    channels = pixels.shape[2]
    if channels > 1 and (whole := _NUMBERS.get(channels * pixels.itemsize)):
        return replicate(np.ascontiguousarray(pixels).view(whole), rows, cols).view(pixels.dtype)
    height = len(pixels)
    # Columns first: there are fewer rows now than there will be.
    wide = np.empty((height, cols.results, channels), pixels.dtype)
    for results, sources in cols.moves:
        # One channel at a time keeps the copying loop long; a loop over the few samples of a pixel is slow.
        for channel in range(channels):
            wide[:, results, channel] = pixels[:, sources, channel]
    made = np.empty((rows.results, *wide.shape[1:]), pixels.dtype)
    for results, sources in rows.moves:
        made[results] = wide[sources]
    return made


def replicate_reference(pixels: Pixels, rows: Index, cols: Index) -> Pixels:
    """The same by indexing, from the source of each row and column: what the fast one is tested against."""
    crossings: Pixels = pixels[np.ix_(rows, cols)]
    return crossings


def _phases(index: Index) -> Iterator[tuple[slice, slice | Index]]:
    """Results and their sources, as slices where every s-th result reads the next sample: at whole factors s."""
    factor = int(np.argmax(index > index[0] + 1)) - int(np.argmax(index > index[0])) if index[-1] > index[0] + 1 else 0
    whole = factor > 0 and len(index) > factor and bool((index[factor:] == index[:-factor] + 1).all())
    if not whole:
        yield slice(None), index
        return
    for phase in range(factor):
        sources = index[phase::factor]
        yield slice(phase, None, factor), slice(int(sources[0]), int(sources[-1]) + 1)
