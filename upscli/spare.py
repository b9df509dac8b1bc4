"""Memory of results that were let go, for the results to come.

The system gives fresh memory page by page and clears each first: for a large picture that takes a third as long as
bicubic interpolation does. The C library keeps smaller pieces for the same reason; those above some 30 MB it gives
back at once.
"""

import weakref
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_LEAST = 1 << 20
"""Bytes. Smaller pieces cost nothing to get."""
_KEPT = 128 << 20
"""Bytes that are kept, at most."""

_spare: dict[int, NDArray[np.uint8]] = {}
"""Pieces that nobody uses, by their addresses, the one used last at the end. Arrays may go at any moment, in any thread
and while this is looked through: each line that changes it is one step."""


def array(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """An array as of `np.empty`, which may lie where an earlier one lay that nothing refers to any more.

    When it and all its views are gone, its memory is kept for the next one: at most 128 MB in all.
    """
    dtype = np.dtype(dtype)
    size = prod(shape) * dtype.itemsize
    if not _LEAST <= size <= _KEPT:
        return np.empty(shape, dtype)
    piece = _taken(size)
    # A view's base is the array it was made from only where that one's own base is no array, as here.
    owner = np.frombuffer(piece.data, np.uint8, size)
    weakref.finalize(owner, _give_back, piece).atexit = False
    return owner.view(dtype).reshape(shape)


def _taken(size: int) -> NDArray[np.uint8]:
    """The spare piece that was used last, of those that are large enough and not too large; else a new one."""
    for key, piece in reversed(list(_spare.items())):
        if size <= piece.nbytes <= 2 * size and _spare.pop(key, None) is not None:
            return piece
    return np.empty(size, np.uint8)


def _give_back(piece: NDArray[np.uint8]) -> None:
    _spare[id(piece)] = piece
    while sum(each.nbytes for each in list(_spare.values())) > _KEPT:
        _spare.pop(next(iter(list(_spare)), 0), None)
