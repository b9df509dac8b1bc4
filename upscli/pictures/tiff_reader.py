"""The pixels of a TIFF, some rows at a time: memory grows with the width and with the file's tiles, not the height."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import InputError
from upscli.pictures import tiff_segments
from upscli.pictures.tiff_page import DEFLATES, NONE, TiffPage
from upscli.pictures.tiff_tags import TiffFile

_PIECE = 1 << 22
"""Bytes of pixels that are made at a time, where the file leaves the choice."""
_FED = 1 << 20


@dataclass(frozen=True)
class _Cell:
    """A segment, or some rows of one, and where it belongs in the rows that are made at a time."""

    data: bytes
    top: int
    rows: int
    left: int
    plane: int
    inflated: bool = False


def held_bytes(page: TiffPage) -> int:
    """Bytes that reading holds at most, rather more than less."""
    pixel = page.samples * max(1, page.bits // 8)
    high = page.segment[0] if _is_whole(page) else min(page.segment[0], _rows_of_piece(page))
    return 3 * max(high * page.width * pixel, _PIECE)


def strips(file: TiffFile, page: TiffPage, threads: int) -> Iterator[NDArray[Any]]:
    """Arrays (rows, width, samples) from top to bottom, in the file's own levels. Raises InputError."""
    with ThreadPoolExecutor(threads) as pool:
        each: Callable[..., Iterable[NDArray[Any]]] = map if threads == 1 else pool.map
        for rows, cells in _groups(file, page):
            found: NDArray[Any] | None = None
            parts = each(lambda cell: tiff_segments.samples(page, cell.data, cell.rows, cell.inflated), cells)
            for cell, part in zip(cells, parts, strict=True):
                if len(cells) == 1 and part.shape == (rows, page.width, page.samples):
                    found = part
                    break
                if found is None:
                    found = np.empty((rows, page.width, page.samples), part.dtype)
                _place(page, cell, part, found)
            if found is not None:
                yield found


def _place(page: TiffPage, cell: _Cell, part: NDArray[Any], found: NDArray[Any]) -> None:
    channels = slice(cell.plane, cell.plane + page.together)
    place = found[cell.top : cell.top + cell.rows, cell.left : cell.left + page.segment[1], channels]
    place[...] = part[: place.shape[0], : place.shape[1]]


def _groups(file: TiffFile, page: TiffPage) -> Iterator[tuple[int, list[_Cell]]]:
    """Rows, and the cells that make them up."""
    if not _is_whole(page):
        yield from _thin(file, page)
        return
    high = page.segment[0]
    step = max(1, _rows_of_piece(page) // high)
    for first in range(0, page.down, step):
        downs = range(first, min(first + step, page.down))
        cells = [
            _Cell(
                _segment(file, page, plane, down, across),
                (down - first) * high,
                page.rows_of(down),
                across * page.segment[1],
                plane,
            )
            for down in downs
            for across in range(page.across)
            for plane in range(page.planes)
        ]
        yield min(downs.stop * high, page.height) - first * high, cells


def _is_whole(page: TiffPage) -> bool:
    """Segments are read whole: tiles, and strips that are low or cannot be read in part."""
    if page.tiled or page.segment[0] <= _rows_of_piece(page):
        return True
    in_part = page.compression == NONE or (page.compression in DEFLATES and page.planes == 1)
    return not in_part or page.fill_order != 1


def _thin(file: TiffFile, page: TiffPage) -> Iterator[tuple[int, list[_Cell]]]:
    """Some rows of a high strip at a time."""
    step = _rows_of_piece(page)
    for down in range(page.down):
        rows = page.rows_of(down)
        pieces = None if page.compression == NONE else _inflated(file, page, down, step * page.row_bytes)
        for top in range(0, rows, step):
            count = min(step, rows - top)
            if pieces is not None:
                cells = [_Cell(next(pieces, b""), 0, count, 0, 0, inflated=True)]
            else:
                place, length = top * page.row_bytes, count * page.row_bytes
                cells = [
                    _Cell(file.bytes_at(_offset(page, plane, down) + place, length), 0, count, 0, plane)
                    for plane in range(page.planes)
                ]
            yield count, cells


def _inflated(file: TiffFile, page: TiffPage, down: int, length: int) -> Iterator[bytes]:
    start, count = _offset(page, 0, down), int(page.counts[down])
    fed = (file.bytes_at(start + done, min(_FED, count - done)) for done in range(0, count, _FED))
    return tiff_segments.inflate(fed, length)


def _segment(file: TiffFile, page: TiffPage, plane: int, down: int, across: int = 0) -> bytes:
    index = (plane * page.down + down) * page.across + across
    if page.compression == NONE:
        return file.bytes_at(int(page.offsets[index]), page.rows_of(down) * page.row_bytes)
    if not page.counts[index]:
        raise InputError(f"strip or tile {index + 1:,} is empty")
    return file.bytes_at(int(page.offsets[index]), int(page.counts[index]))


def _offset(page: TiffPage, plane: int, down: int) -> int:
    return int(page.offsets[plane * page.down + down])


def _rows_of_piece(page: TiffPage) -> int:
    return max(1, _PIECE // (page.width * page.samples * max(1, page.bits // 8)))
