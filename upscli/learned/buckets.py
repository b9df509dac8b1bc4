"""One filter for each kind of window, and their results averaged where they overlap.

Each window of the source, in standard position, predicts what bicubic lacks not in its own block of results only but
in those of its eight neighbors too, so every result is the mean of nine predictions.
"""

from functools import partial

import numpy as np

from upscli.errors import ModelError
from upscli.learned.hashing import Floats, Hash, standing
from upscli.learned.luma import LumaModel
from upscli.learned.modelfile import Model
from upscli.learned.symmetry import Index, turns

BLOCKS = 3
"""Along each axis, that one window predicts."""
CHUNK = 16_384
"""Windows worked on at a time: more leave the cache, fewer leave each filter too little to do."""


def ready(model: Model) -> LumaModel:
    """A model file of this kind, as a model of luma. Raises ModelError for what does not fit together."""
    scale, rank = model.header.scale, model.size("rank")
    hash_ = Hash.of(model)
    if model.header.window != hash_.side + BLOCKS - 1:
        raise ModelError(f"its window is {model.header.window}, and its filters make {hash_.side + BLOCKS - 1}")
    filters = model.array("filters", (hash_.buckets, hash_.side**2, rank))
    filters *= model.array("gains", (hash_.buckets, 1, rank))
    decode = turned(model.array("decode", (rank, (BLOCKS * scale) ** 2)), scale)
    return LumaModel(scale, model.header.reach, partial(detail, hash_, filters, decode, scale))


def turned(decode: Floats, scale: int) -> Floats:
    """(8, rank, patch): the patches that the numbers stand for, turned back from standard position."""
    made = np.empty((8, *decode.shape), np.float32)
    for turn, places in enumerate(turns(BLOCKS * scale)):
        made[turn][:, places] = decode
    return made


def detail(hash_: Hash, filters: Floats, decode: Floats, scale: int, luma: Floats) -> Floats:
    """What to add to bicubic's luma: (h + 2 reach, w + 2 reach) -> (scale h, scale w)."""
    high, wide = (length - hash_.side + 1 for length in luma.shape)
    total = np.zeros((scale, scale, high - 2, wide - 2), np.float32)
    # Chunks of equal size: the rest would be small, and each filter have little to do.
    step = -(-high // max(1, round(high * wide / CHUNK)))
    for top in range(0, high, step):
        rows = min(step, high - top)
        patches = _patches(luma[top : top + rows + hash_.side - 1], hash_, filters, decode)
        _lay(patches.reshape(rows, wide, -1), top, total)
    total *= np.float32(1 / BLOCKS**2)
    return total.transpose(2, 0, 3, 1).reshape(scale * (high - 2), scale * (wide - 2))


def _patches(luma: Floats, hash_: Hash, filters: Floats, decode: Floats) -> Floats:
    """(windows, patch): what each predicts."""
    held = standing(np.ascontiguousarray(luma), hash_.side)
    bucket = hash_.buckets_of(held.levels, held.sign)
    order = np.argsort(bucket.astype(np.uint16), kind="stable")
    ends = np.cumsum(np.bincount(bucket, minlength=hash_.buckets))
    windows = held.windows.take(order, axis=0)
    made = np.empty((len(order), filters.shape[2]), np.float32)
    first = 0
    for one, last in zip(filters, ends.tolist(), strict=True):
        if last > first:
            np.dot(windows[first:last], one, out=made[first:last])
        first = last
    numbers = made.take(_inverse(order), axis=0)
    patches = np.empty((len(order), decode.shape[2]), np.float32)
    first = 0
    for one, last in zip(decode, held.ends.tolist(), strict=True):
        np.dot(numbers[first:last], one, out=patches[first:last])
        first = last
    return patches.take(_inverse(held.order), axis=0)


def _inverse(order: Index) -> Index:
    """Where each went: to take by it is sooner done than to write to where `order` says."""
    inverse = np.empty_like(order)
    inverse[order] = np.arange(len(order))
    return inverse


def _lay(patches: Floats, top: int, total: Floats) -> None:
    """Add patches (rows, columns, patch) of the windows from row `top` on to the phases of the results."""
    scale, _, high, wide = total.shape
    planes = np.ascontiguousarray(patches.transpose(2, 0, 1)).reshape(BLOCKS, scale, BLOCKS, scale, *patches.shape[:2])
    for down in range(BLOCKS):
        # The window of row y stands round result row y - 1, and its block `down` belongs to row y - 2 + down.
        first = max(0, top - 2 + down)
        last = min(high, top - 2 + down + patches.shape[0])
        if last <= first:
            continue
        rows = slice(first - (top - 2 + down), last - (top - 2 + down))
        for across in range(BLOCKS):
            skip = 2 - across
            total[:, :, first:last] += planes[down, :, across, :, rows, skip : skip + wide]
