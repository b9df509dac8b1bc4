"""Applies rows of weights to pixels: result = rows @ pixels @ cols^T in every channel.

A result uses few source samples, so both weight matrices are narrow bands along the diagonal. They are cut into
small dense blocks, each of which makes a few neighboring results from one window of source samples. Where windows
stand at equal steps, one batched matrix product makes all their results, and reads them in place.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from upscli.kernels import blas
from upscli.kernels.taps import Taps

Samples = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Run:
    """Consecutive blocks of results whose windows stand at equal steps. Positions count samples of a flat line."""

    results: slice
    """The results made."""
    count: int
    """Blocks."""
    start: int
    """Where the first window begins."""
    step: int
    """From one window to the next."""
    weights: Samples
    """(count, results of a block, window), or (1, ...) if all blocks are equal; across: window before results."""


class Way(NamedTuple):
    """A pass over the pixels, and what its products cost: a fit to measured times."""

    across: bool
    """Along a row: results lie side by side, windows one below the other. Else down the columns."""
    lanes: int
    """Results that take the time of one."""
    constant: float
    """What each result takes beside its taps, in taps."""
    block: float
    """What each block takes beside its results, in taps."""
    drift: float
    """How much longer it takes, by each sample that a block's window is off its equal steps."""

    def block_size(self, slope: float, width: int, channels: int) -> int:
        """Results per block with the least estimated work: large blocks multiply more zeros, small ones fill no lanes.

        `slope` is source samples per result, `width` the taps of each result.
        """
        size = np.arange(4, 25)
        results = size * channels
        drift = np.abs(size * slope - np.rint(size * slope))
        # Windows that drift off their equal steps must be wider, and make shorter runs.
        window = (size * slope + width + np.where(drift > 0, 1, -1)) * channels
        work = ((window + self.constant) * -(-results // self.lanes) + self.block) / results
        return int(size[np.argmin(work * (1 + self.drift * drift))])


AVX512 = Way(True, 16, 7.0, 0.0, 3.0), Way(False, 1, 4.4, 0.0, 1.0)
"""Across and down. These products are made of small matrices as they lie."""
AVX2 = Way(True, 8, 0.0, 30.0, 3.0), Way(False, 4, 9.0, 5.0, 0.5)
"""These are made of copies."""


@cache
def _ways() -> tuple[Way, Way]:
    """Where nobody tells which kernels BLAS has, those that suit AVX-512."""
    return AVX2 if blas.core() in ("Haswell", "Zen") else AVX512


@lru_cache(maxsize=256)
def runs(taps: Taps, held: int, way: Way, channels: int = 1) -> tuple[Run, ...]:
    """`taps` over lines of `held` pixels of interleaved `channels`, cut into blocks and these into runs.

    Raises ValueError if the taps reach beyond the line.
    """
    total, width = taps.weights.shape
    if taps.first[0] < 0 or taps.first[-1] + width > held:
        raise ValueError(f"the taps reach from {taps.first[0]} to {taps.first[-1] + width} of {held} pixels")
    slope = float(taps.first[-1] - taps.first[0]) / max(total - 1, 1)
    size = min(way.block_size(slope, width, channels), total)
    step = round(size * slope)
    begin = _begin(taps.first, size)
    made, block = [], 0
    if begin:
        made.append(_lone_run(taps, range(begin), channels, way))
    blocks = np.arange((total - begin) // size)
    # Seen from a window that moves on by `step`, block b needs the samples from lead[b] up to trail[b].
    lead = taps.first[begin::size][: len(blocks)] - blocks * step
    trail = taps.first[begin + size - 1 :: size] + width - blocks * step
    while block < len(blocks):
        low = np.minimum.accumulate(lead[block:])
        window = np.maximum.accumulate(trail[block:]) - low
        start = low + block * step
        end = low + blocks[block:] * step + window
        fits = (window <= window[0] + 1) & (start >= 0) & (end <= held)
        last = len(fits) - 1 if fits.all() else int(np.argmin(fits)) - 1
        results = range(begin + block * size, begin + (block + last + 1) * size)
        made.append(_run(taps, results, size, int(start[last]), step, int(window[last]), channels, way))
        block += last + 1
    if rest := (total - begin) % size:
        made.append(_lone_run(taps, range(total - rest, total), channels, way))
    return tuple(made)


def _begin(first: NDArray[np.int64], size: int) -> int:
    """The result that blocks should begin with, so that their windows are narrow: where the next sample comes in.

    At x2 a block of four results of four taps needs five samples then, and else six.
    """
    apart = first[size - 1 :] - first[: len(first) - size + 1]
    return int(np.argmin([apart[begin::size].max() for begin in range(min(size, len(apart)))]))


def _lone_run(taps: Taps, results: range, channels: int, way: Way) -> Run:
    """One block of the results that are left at an end."""
    start = int(taps.first[results.start])
    window = int(taps.first[results.stop - 1]) + taps.weights.shape[1] - start
    return _run(taps, results, len(results), start, 0, window, channels, way)


def _run(taps: Taps, results: range, size: int, start: int, step: int, window: int, channels: int, way: Way) -> Run:
    count = len(results) // size
    made = slice(results.start * channels, results.stop * channels)
    values = taps.weights[made.start // channels : results.stop].reshape(count, size, 1, -1)
    column = taps.first[results.start : results.stop].reshape(count, size, 1) - start
    column -= np.arange(count).reshape(-1, 1, 1) * step
    if (values == values[0]).all() and (column == column[0]).all():
        values, column = values[:1], column[:1]
    dense = np.zeros((len(values), size, channels, window, channels), np.float32)
    channel = np.arange(channels)
    row = np.arange(len(values) * size).reshape(-1, size, 1) * channels + channel
    first = row * (window * channels) + column * channels + channel
    dense.reshape(-1)[first[..., np.newaxis] + np.arange(values.shape[-1]) * channels] = values
    weights = dense.reshape(len(values), size * channels, -1)
    if way.across:
        # Turned here and not by BLAS, which would do it for every window.
        weights = np.ascontiguousarray(weights.transpose(0, 2, 1))
    return Run(made, count, start * channels, step * channels, weights)


def resample(pixels: Samples, rows: Taps, cols: Taps) -> Samples:
    """Resample `pixels` (h, w, c), float32, to (len(rows.first), len(cols.first), c), float32.

    Raises ValueError if the taps reach beyond the pixels.
    """
    height, width, channels = pixels.shape
    flat = np.ascontiguousarray(pixels, np.float32).reshape(height, width * channels)
    across, down = _ways()
    # Columns first: they are the dearer pass, and there are fewer rows now than there will be.
    wide = np.empty((height, len(cols.first) * channels), np.float32)
    line, sample = flat.strides
    for run in runs(cols, width, across, channels):
        shape = (run.count, height, run.weights.shape[1])
        windows = np.ndarray(shape, np.float32, flat, run.start * sample, (run.step * sample, line, sample))
        out = wide[:, run.results].reshape(height, run.count, -1).transpose(1, 0, 2)
        np.matmul(windows, run.weights, out=out)
    result = np.empty((len(rows.first), wide.shape[1]), np.float32)
    line = wide.strides[0]
    for run in runs(rows, height, down):
        shape = (run.count, run.weights.shape[2], wide.shape[1])
        windows = np.ndarray(shape, np.float32, wide, run.start * line, (run.step * line, line, sample))
        np.matmul(run.weights, windows, out=result[run.results].reshape(run.count, -1, wide.shape[1]))
    return result.reshape(len(rows.first), len(cols.first), channels)


def resample_reference(pixels: Samples, rows: Taps, cols: Taps) -> Samples:
    """The same, result by result in float64: what the fast one is tested against."""
    lines = pixels.astype(np.float64)
    for taps in (rows, cols):
        pairs = zip(taps.first, taps.weights.astype(np.float64), strict=True)
        lines = np.stack([np.tensordot(w, lines[f : f + len(w)], 1) for f, w in pairs]).swapaxes(0, 1)
    return lines.astype(np.float32)
