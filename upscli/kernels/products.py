"""Weighted sums of pixel windows as matrix products: the fast path of both convolutions.

A tile of the picture is laid out so that every sample a window needs stands in one column of a matrix; the
weights of a few rows of results, shifted against each other, make the other factor. Windows of neighboring
rows overlap, so those matrices are read in place.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import DTypeLike, NDArray

Array = NDArray[np.floating]

TILE_SAMPLES = 1 << 18
"""Samples laid out at a time, about: more leave a core's own cache, fewer are not worth a call."""
WINDOW_SAMPLES = 24 << 10
"""Samples that one product shares, about."""
LINE_SAMPLES = (384, 1536)
"""Fewest and most samples of a line of a tile."""
OVERHEAD = 6
"""Laying out a sample for a product took about as long as so many multiplications with it."""


@dataclass(frozen=True, eq=False)
class Stencil:
    """What is summed: block (y, x) of `phases` results is made from one window of samples.

    Phase (p, q) of block (y, x) is `sum(weights[p, q, i, j] * pixels[y * step + i * dilation, ...])`,
    and likewise along columns.
    """

    weights: Array
    """(phases down, phases across, window rows, window columns)"""
    step: tuple[int, int] = (1, 1)
    """Samples from one block's window to the next."""
    dilation: tuple[int, int] = (1, 1)
    """Samples from one weight to the next."""

    @property
    def span(self) -> tuple[int, int]:
        """Samples that a window spans, rows and columns."""
        rows, cols = self.weights.shape[2:]
        return self.dilation[0] * (rows - 1) + 1, self.dilation[1] * (cols - 1) + 1


def weighted_sums(
    pixels: NDArray[np.generic],
    stencil: Stencil,
    corner: tuple[int, int],
    blocks: tuple[int, int],
    out: Array,
) -> Array:
    """Fill `out`, (rows, columns, channels), with `blocks` of results; what sticks out is left away.

    The first block's window begins at `corner` of `pixels`, (h, w, c); beyond them all is 0. Samples must be
    finite: windows side by side share a product, and 0 times infinity would spread.
    """
    tall, wide = stencil.weights.shape[:2]
    rows = _rows_at_once(stencil)
    down, across = _tile(stencil, rows, blocks, out.shape[2])
    # One memory for all tiles: memory fresh from the system costs more to touch than the products do.
    high = (min(down, blocks[0]) - 1) * stencil.step[0] + stencil.span[0]
    room = np.empty(high * stencil.weights.shape[3] * across * out.shape[2], out.dtype)
    phases = np.empty(min(down, blocks[0]) * tall * wide * across * out.shape[2], out.dtype)
    for top in range(0, blocks[0], down):
        for left in range(0, blocks[1], across):
            count = min(down, blocks[0] - top), min(across, blocks[1] - left)
            start = corner[0] + top * stencil.step[0], corner[1] + left * stencil.step[1]
            laid = _laid_out(pixels, stencil, start, count, room)
            place = out[top * tall : (top + count[0]) * tall, left * wide : (left + count[1]) * wide]
            _multiply(laid, stencil, rows, count, phases, place)
    return out


def _rows_at_once(stencil: Stencil) -> int:
    """Rows of blocks made by one product: more of them share samples, but multiply more zeros."""
    tall, wide, _, columns = stencil.weights.shape
    rows = np.arange(2, 17)
    samples = ((rows - 1) * stencil.step[0] + stencil.span[0]) * columns
    results = rows * tall * wide
    return int(rows[np.argmin(samples * (-(-results // 4) * 4 + OVERHEAD) / results)])


def _tile(stencil: Stencil, rows: int, blocks: tuple[int, int], channels: int) -> tuple[int, int]:
    """Blocks of a tile: rows, in whole products, and columns."""
    columns = stencil.weights.shape[3]
    window = ((rows - 1) * stencil.step[0] + stencil.span[0]) * columns
    across = min(max(WINDOW_SAMPLES // window, LINE_SAMPLES[0]), LINE_SAMPLES[1]) // channels
    across = max(1, min(across, blocks[1]))
    return rows * max(1, TILE_SAMPLES // (columns * across * channels * rows * stencil.step[0])), across


@lru_cache(maxsize=16)
def _matrix(stencil: Stencil, rows: int, dtype: DTypeLike) -> Array:
    """(rows of blocks x phases, samples of the window they share)."""
    tall, wide, _, columns = stencil.weights.shape
    span = (rows - 1) * stencil.step[0] + stencil.span[0]
    matrix = np.zeros((rows, tall, wide, span, columns), dtype)
    for row in range(rows):
        first = row * stencil.step[0]
        matrix[row, :, :, first : first + stencil.span[0] : stencil.dilation[0]] = stencil.weights
    return matrix.reshape(rows * tall * wide, span * columns)


def _laid_out(
    pixels: NDArray[np.generic], stencil: Stencil, start: tuple[int, int], count: tuple[int, int], room: Array
) -> Array:
    """(sample rows, window columns, blocks across x channels): one shifted copy for each window column."""
    high, wide = ((n - 1) * step + span for n, step, span in zip(count, stencil.step, stencil.span, strict=True))
    held = _held(pixels, range(start[0], start[0] + high), range(start[1], start[1] + wide))
    line, sample, channel = held.strides
    shape = (high, stencil.weights.shape[3], count[1], held.shape[2])
    strides = (line, stencil.dilation[1] * sample, stencil.step[1] * sample, channel)
    laid = room[: prod(shape)].reshape(shape)
    np.copyto(laid, as_strided(held, shape, strides, writeable=False))
    return laid.reshape(*shape[:2], -1)


def _held(pixels: NDArray[np.generic], rows: range, cols: range) -> NDArray[np.generic]:
    """A piece of the picture, in place where it lies inside, else with zeros round it."""
    inside = pixels[max(rows.start, 0) : max(rows.stop, 0), max(cols.start, 0) : max(cols.stop, 0)]
    if inside.shape[:2] == (len(rows), len(cols)):
        return inside
    piece = np.zeros((len(rows), len(cols), pixels.shape[2]), pixels.dtype)
    if inside.size:
        top, left = max(-rows.start, 0), max(-cols.start, 0)
        piece[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    return piece


def _multiply(laid: Array, stencil: Stencil, rows: int, count: tuple[int, int], room: Array, out: Array) -> None:
    tall, wide = stencil.weights.shape[:2]
    if wide == 1 and len(out) == count[0] * tall:
        _products(laid, stencil, rows, count[0], out)
        return
    made = room[: count[0] * tall * wide * laid.shape[2]].reshape(count[0] * tall * wide, 1, -1)
    _products(laid, stencil, rows, count[0], made)
    # A pixel as one item: its channels are moved together.
    pixel = np.dtype((np.void, out.shape[2] * out.itemsize))
    phases = made.reshape(count[0] * tall, wide, -1).view(pixel)
    pixels = out.view(pixel)[..., 0]
    for phase in range(wide):
        place = pixels[:, phase::wide]
        place[...] = phases[: place.shape[0], phase, : place.shape[1]]


def _products(laid: Array, stencil: Stencil, rows: int, count: int, out: Array) -> None:
    """Write the results of `count` rows of blocks into the lines of `out`, `rows` of blocks per product."""
    results = stencil.weights.shape[0] * stencil.weights.shape[1]
    pitch, columns, line = out.strides[0], laid.shape[2], laid.strides[1]
    for first, runs, high in ((0, count // rows, rows), (count - count % rows, 1, count % rows)):
        if not runs * high:
            continue
        matrix = _matrix(stencil, high, out.dtype)
        held, places = laid[first * stencil.step[0] :], out[first * results :]
        hop = high * stencil.step[0] * laid.strides[0]
        windows = as_strided(held, (runs, matrix.shape[1], columns), (hop, line, laid.itemsize), writeable=False)
        lines = (high * results * pitch, pitch, out.itemsize)
        np.matmul(matrix, windows, out=as_strided(places, (runs, len(matrix), columns), lines))
