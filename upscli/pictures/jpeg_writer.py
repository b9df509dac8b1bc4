"""JPEG files, written strip by strip on threads.

Pillow encodes each strip as a file of its own. The files share all tables, and after a restart marker an encoder
begins anew, so their scans, joined by such markers, are the scan of one file: its coefficients, and so its pixels, are
those that the whole picture would have given. No more than a few strips are held.

Source: ITU-T T.81, B.2 (markers and their order), E.1.4 (restart intervals).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from errno import ENOSPC
from io import BytesIO
from os import strerror
from typing import IO, Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from upscli.pictures.in_order import in_order
from upscli.pictures.scratch import scratch

Samples = NDArray[np.uint8]

BLOCK = 8
"""Pixels of a side of what is encoded at once, as no color is at a lower resolution."""

_STRIP = 1 << 14
"""Blocks of a strip, about: a few milliseconds of work. T.81 allows 65,535 between markers."""

_NAME = "strip.jpg"
"""Of a file that is called so Pillow imports one writer, where `format` makes it import five. On Windows, a file for a
while has a name of its own."""

_START_OF_FRAME = (0xC0, 0xC1)
_START_OF_SCAN = 0xDA
_RESTART, _RESTARTS = 0xD0, 8
_END = b"\xff\xd9"


class JpegLayout(NamedTuple):
    """What Pillow is to be told: colors at full resolution, in a baseline frame with the usual tables."""

    size: tuple[int, int]
    """(width, height)"""
    to_image: Callable[[NDArray[Any]], Image.Image]
    """Rows of pixels as a picture of the mode that is encoded."""
    options: dict[str, Any]
    """Arguments of `save` for every strip."""
    metadata: dict[str, Any]
    """The same of what is written once, before the pixels."""

    @property
    def rows(self) -> int:
        """Of a strip. It depends on the width alone, so that the bytes are the same for any number of threads."""
        return BLOCK * max(1, _STRIP // self._across)

    @property
    def blocks(self) -> int:
        """Of a strip, in the order of the scan."""
        return self._across * (self.rows // BLOCK)

    @property
    def _across(self) -> int:
        return -(-self.size[0] // BLOCK)


def write_jpeg(stream: BinaryIO, layout: JpegLayout, bands: Iterable[NDArray[Any]], threads: int = 1) -> None:
    """Write a whole JPEG of `bands` (rows, width, channels), uint8, top to bottom, of any height.

    Each is read before the next is asked for, so its memory may be used again. Raises what Pillow's encoder raises.
    """
    height = layout.size[1]
    if height <= layout.rows:
        (strip,) = _strips(layout, bands)
        # In memory first: encoders do not see that the end of a file finds no room on the disk.
        whole = BytesIO()
        whole.name = _NAME
        layout.to_image(strip).save(whole, **layout.options | layout.metadata)
        stream.write(whole.getbuffer())
        return
    encode = _Encoder(layout, {"restart_marker_blocks": layout.blocks})
    for number, data in enumerate(in_order(encode, enumerate(_strips(layout, bands)), threads)):
        start = _scan(data)
        if number == 0:
            stream.write(_with_height(data[:start], height))
        else:
            stream.write(bytes((0xFF, _RESTART + (number - 1) % _RESTARTS)))
        stream.write(memoryview(data)[start : -len(_END)])
    stream.write(_END)


def _strips(layout: JpegLayout, bands: Iterable[NDArray[Any]]) -> Iterator[Samples]:
    """The same rows in strips, which own their memory."""
    strip: Samples | None = None
    done = filled = 0
    for band in bands:
        rows = band
        while len(rows):
            if strip is None:
                strip = np.empty((min(layout.rows, layout.size[1] - done), *band.shape[1:]), np.uint8)
            count = min(len(rows), len(strip) - filled)
            strip[filled : filled + count] = rows[:count]
            rows, filled = rows[count:], filled + count
            if filled == len(strip):
                yield strip
                strip, done, filled = None, done + filled, 0


class _Encoder:
    """Strips, with their numbers, to JPEG files of their own, on any thread."""

    def __init__(self, layout: JpegLayout, options: dict[str, Any]) -> None:
        self._layout = layout
        self._options = layout.options | options

    def __call__(self, numbered: tuple[int, Samples]) -> bytes:
        number, strip = numbered
        options = self._options if number else self._options | self._layout.metadata
        with scratch() as file:  # threads encode side by side into files only
            _save(self._layout.to_image(strip), file, options)
            file.seek(0)
            data = file.read()
        if not data.endswith(_END):
            raise OSError(ENOSPC, strerror(ENOSPC))
        return data


def _save(image: Image.Image, file: IO[bytes], options: dict[str, Any]) -> None:
    with suppress(AttributeError):  # where it has a name of its own
        file.raw.name = _NAME  # type: ignore[attr-defined]
    image.save(file, None if getattr(file, "name", "") == _NAME else "JPEG", **options)


def _scan(data: bytes) -> int:
    """Where the coefficients of the only scan begin."""
    return next(at + _length(data, at) for kind, at in _segments(data) if kind == _START_OF_SCAN)


def _with_height(head: bytes, height: int) -> bytes:
    """What stands before the coefficients of the first strip, for the whole picture."""
    at = next(at for kind, at in _segments(head) if kind in _START_OF_FRAME)
    return head[: at + 3] + height.to_bytes(2, "big") + head[at + 5 :]


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Each marker segment's kind, and where its length stands."""
    at = 2
    while True:
        yield data[at + 1], at + 2
        at += 2 + _length(data, at + 2)


def _length(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
