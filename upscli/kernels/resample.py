"""Applies rows of weights to pixels: result = rows @ pixels @ cols^T in every channel.

A result uses few source samples, so both weight matrices are narrow bands along the diagonal. They are cut into
small dense blocks, each of which makes a few neighboring results from one window of source samples. Where windows
stand at equal steps, one batched matrix product makes all their results, and reads them in place.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from upscli.kernels.taps import Taps

Samples = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Run:
    """Consecutive blocks of results whose windows stand at equal steps. Counts are in samples of a flat line."""

    begin: int
    """First result."""
    results: int
    """Results of one block."""
    start: int
    """Where the first window begins."""
    step: int
    """From one window to the next."""
    count: int
    """Blocks."""
    blocks: Samples
    """Weights, (count, results, window); (1, results, window) if all blocks are equal."""


def block_size(slope: float, width: int, channels: int) -> int:
    """Results per block with the least estimated work: large blocks multiply more zeros, small ones fill no register.

    `slope` is source samples per result, `width` the taps of each result.
    """

    def work(size: int) -> float:
        drift = abs(size * slope - round(size * slope))
        multiplications = (size * slope + width + (drift > 0)) * channels
        registers = -(-size * channels // 8) * 8 / (size * channels)
        return (multiplications + 10) * registers * (1 + drift)

    return min(range(4, 25), key=work)


@lru_cache(maxsize=256)
def runs(taps: Taps, held: int, channels: int = 1) -> tuple[Run, ...]:
    """`taps` over lines of `held` pixels of interleaved `channels`, cut into blocks and these into runs."""
    total, width = taps.weights.shape
    slope = float(taps.first[-1] - taps.first[0]) / max(total - 1, 1)
    size = min(block_size(slope, width, channels), total)
    step = round(size * slope)
    whole = total // size
    index = np.arange(whole)
    # Seen from a window that moves by `step`, block b needs the samples from lead[b] up to trail[b].
    lead = taps.first[: whole * size : size] - index * step
    trail = taps.first[size - 1 :: size][:whole] + width - index * step
    made = []
    block = 0
    while block < whole:
        low = np.minimum.accumulate(lead[block:])
        window = np.maximum.accumulate(trail[block:]) - low
        start = low + block * step
        fits = (window <= window[0] + 1) & (start >= 0) & (start + index[: whole - block] * step + window <= held)
        count = int(np.argmin(fits)) if not fits.all() else whole - block
        made.append(
            _run(taps, block * size, size, count, int(start[count - 1]), step, int(window[count - 1]), channels)
        )
        block += count
    if rest := total - whole * size:
        begin, start = total - rest, int(taps.first[total - rest])
        made.append(_run(taps, begin, rest, 1, start, 0, int(taps.first[-1]) + width - start, channels))
    return tuple(made)


def _run(taps: Taps, begin: int, size: int, count: int, start: int, step: int, window: int, channels: int) -> Run:
    index = np.arange(size * count)
    block, result = np.divmod(index, size)
    end = begin + size * count
    first = taps.first[begin:end] - (start + block * step)
    width = taps.weights.shape[1]
    blocks = np.zeros((count, size, channels, window, channels), np.float32)
    for channel in range(channels):
        one = blocks[:, :, channel, :, channel]
        one[block[:, np.newaxis], result[:, np.newaxis], first[:, np.newaxis] + np.arange(width)] = taps.weights[
            begin:end
        ]
    blocks = blocks.reshape(count, size * channels, window * channels)
    if (blocks == blocks[0]).all():
        blocks = blocks[:1]
    return Run(begin * channels, size * channels, start * channels, step * channels, count, blocks)


def resample(pixels: Samples, rows: Taps, cols: Taps) -> Samples:
    """Resample `pixels` (h, w, c), float32, to (len(rows.first), len(cols.first), c), float32."""
    height, width, channels = pixels.shape
    flat = np.ascontiguousarray(pixels, np.float32).reshape(height, width * channels)
    # Columns first: they are the dearer pass, and there are fewer rows now than there will be.
    wide = np.empty((height, len(cols.first) * channels), np.float32)
    line, sample = flat.strides
    for run in runs(cols, width, channels):
        window = (run.count, height, run.blocks.shape[2])
        windows = np.ndarray(window, np.float32, flat, run.start * sample, (run.step * sample, line, sample))
        out = wide[:, run.begin : run.begin + run.count * run.results].reshape(height, run.count, run.results)
        np.matmul(windows, run.blocks.transpose(0, 2, 1), out=out.transpose(1, 0, 2))
    result = np.empty((len(rows.first), wide.shape[1]), np.float32)
    line = wide.strides[0]
    for run in runs(rows, height):
        window = (run.count, run.blocks.shape[2], wide.shape[1])
        windows = np.ndarray(window, np.float32, wide, run.start * line, (run.step * line, line, sample))
        out = result[run.begin : run.begin + run.count * run.results].reshape(run.count, run.results, -1)
        np.matmul(run.blocks, windows, out=out)
    return result.reshape(len(rows.first), len(cols.first), channels)


def resample_reference(pixels: Samples, rows: Taps, cols: Taps) -> Samples:
    """The same, sample by sample in float64: what the fast one is tested against."""
    lines = pixels.astype(np.float64)
    for taps in (rows, cols):
        made = [np.tensordot(w, lines[f : f + len(w)], 1) for f, w in zip(taps.first, taps.weights, strict=True)]
        lines = np.stack(made).swapaxes(0, 1)
    return lines.astype(np.float32)
