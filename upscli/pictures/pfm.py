"""PFM files: float samples, the lowest row first. Read and written some rows at a time.

Source: P. Debevec, "The PFM format" (https://www.pauldebevec.com/Research/HDR/PFM/).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from upscli.errors import InputError
from upscli.pictures import labels
from upscli.pictures.formats import Layout, by_name
from upscli.pictures.rows import RowFile

_HEAD = re.compile(rb"P([fF])\s+(\d{1,10})\s+(\d{1,10})\s+([-+.\deE]{1,40})\s")
_PIECE = 1 << 20


@dataclass(frozen=True)
class _Head:
    width: int
    height: int
    layout: Layout
    dtype: str
    length: int
    """Bytes before the samples."""

    @property
    def row_bytes(self) -> int:
        return 4 * self.width * self.layout.channels


def rows_of(stream: BinaryIO, as_labels: bool) -> RowFile:
    """The picture of a PFM file. Raises InputError."""
    match = _HEAD.match(stream.read(256))
    try:
        kind, width, height, word = match.groups() if match else (b"", b"0", b"0", b"0")
        scale = float(word)
    except ValueError:
        scale = 0.0
    if match is None or not 0 < abs(scale) < float("inf") or int(width) < 1 or int(height) < 1:
        raise InputError("no header of a PFM")
    layout = Layout("gray" if kind == b"f" else "rgb", False, "float32")
    if as_labels:
        raise InputError(labels.refusal(layout))
    head = _Head(int(width), int(height), layout, "<f4" if scale < 0 else ">f4", match.end())
    notes = () if abs(scale) == 1 else (f"its scale of {abs(scale):g} is left out: the samples stay as they are",)
    return RowFile(
        width=head.width,
        height=head.height,
        layout=layout,
        format=by_name("pfm"),
        strips=lambda stream, threads: _strips(stream, head),
        notes=notes,
    )


def write_pfm(stream: BinaryIO, layout: Layout, size: tuple[int, int], bands: Iterable[NDArray[Any]]) -> None:
    """Write bands (rows, width, channels), float32, top to bottom, to a stream that can seek."""
    width, height = size
    stream.write(f"P{'F' if layout.color == 'rgb' else 'f'}\n{width} {height}\n-1.0\n".encode())
    start, left = stream.tell(), height
    for band in bands:
        left -= len(band)
        stream.seek(start + 4 * width * layout.channels * left)
        stream.write(np.ascontiguousarray(band[::-1], "<f4").data.cast("B"))
    stream.seek(0, 2)


def _strips(stream: BinaryIO, head: _Head) -> Iterator[NDArray[Any]]:
    """Rows, top to bottom, some at a time. Raises InputError."""
    step = max(1, _PIECE // head.row_bytes)
    for top in range(0, head.height, step):
        count = min(step, head.height - top)
        stream.seek(head.length + (head.height - top - count) * head.row_bytes)
        data = stream.read(count * head.row_bytes)
        if len(data) < count * head.row_bytes:
            raise InputError("truncated: its highest rows are missing")
        rows = np.frombuffer(data, head.dtype).reshape(count, head.width, head.layout.channels)
        yield rows[::-1].astype(np.float32)
