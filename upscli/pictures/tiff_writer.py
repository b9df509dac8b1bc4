"""TIFF files written strip by strip, compressed on threads; BigTIFF where 4 GB are not enough.

Strips have a height that depends on the picture alone, so the bytes are the same for any number of threads and any
height of bands, and no more than a few strips are held. A page's table follows its strips.

Source: TIFF revision 6.0; TIFF Technical Note 3 (floating point predictor).
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from upscli.pictures.deflate import END_OF_STREAM, FASTEST, ZLIB_HEADER, Codec
from upscli.pictures.formats import Layout
from upscli.pictures.in_order import in_order
from upscli.pictures.png_recipes import Compression
from upscli.pictures.tiff_page import (
    BITS,
    CMYK,
    COLORS,
    COMPRESSION,
    COUNTS,
    DEFLATE,
    EXTRA,
    FORMAT,
    GRAY,
    HEIGHT,
    NONE,
    OFFSETS,
    PALETTE,
    PHOTOMETRIC,
    PLANAR,
    PREDICTOR,
    RGB,
    ROWS_PER_STRIP,
    SAMPLES,
    WIDTH,
)
from upscli.pictures.tiff_tags import Field, Fields, longs, packed, shorts

_STRIP_BYTES = 1 << 18
_MOST = 2**32 - (1 << 26)
"""Bytes of a classic file; the rest is for tables and metadata."""
_PHOTOMETRIC = {"gray": GRAY, "labels": GRAY, "rgb": RGB, "cmyk": CMYK}
_PREDICTORS = {"uint8": 2, "uint16": 2, "float32": 3}


@dataclass(frozen=True)
class TiffLayout:
    """A page: its size, its pixels, how they are compressed, and fields to be added."""

    size: tuple[int, int]
    """(width, height)"""
    pixel: Layout
    compress: Compression = "fast"
    fields: Fields = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Of the pixels, without compression."""
        return prod(self.size) * self.pixel.channels * self.pixel.sample

    @property
    def predictor(self) -> int:
        """1: none, as for class numbers, whose neighbors say nothing of each other's size."""
        return 1 if self.compress == 0 or self.pixel.color == "labels" else _PREDICTORS[self.pixel.depth]


class TiffWriter:
    """A file of one page or more. `bytes_`: of all their pixels, at least; they decide whether it is a BigTIFF."""

    def __init__(self, stream: BinaryIO, bytes_: int) -> None:
        """Write the beginning of the file. `stream` is at its own, and can seek."""
        self._stream = stream
        self._big = bytes_ > _MOST
        stream.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0) if self._big else struct.pack("<2sHI", b"II", 42, 0))
        self._link = stream.tell() - (8 if self._big else 4)
        """Where the next table's place is to be written."""

    def page(self, layout: TiffLayout, bands: Iterable[NDArray[Any]], threads: int = 1) -> None:
        """Add a page. `bands` are (rows, width, channels), top to bottom, of any height; each is read before the next
        is asked for. Raises ValueError for an unknown compression, and for other rows than were promised."""
        press = _Press(layout)
        offsets, counts = list[int](), list[int]()
        for data in in_order(press, _strips(layout, press.rows, bands), threads):
            offsets.append(self._stream.tell())
            counts.append(len(data))
            self._stream.write(data)
        self._pad()
        place = self._stream.tell()
        fields = {**layout.fields, **press.fields, OFFSETS: longs(*offsets), COUNTS: longs(*counts)}
        table = packed(fields, place, self._big)
        self._stream.write(table)
        self._stream.seek(self._link)
        self._stream.write(struct.pack("<Q" if self._big else "<I", place))
        count, entry = (8, 20) if self._big else (2, 12)
        self._link = place + count + len(fields) * entry
        self._stream.seek(0, 2)

    def _pad(self) -> None:
        """Tables begin with an even byte."""
        if self._stream.tell() % 2:
            self._stream.write(b"\0")


class _Press:
    """Rows to the bytes of a strip, on any thread."""

    def __init__(self, layout: TiffLayout) -> None:
        self._layout = layout
        self._codec = _codec(layout.compress)
        width, _ = layout.size
        self.rows = max(1, _STRIP_BYTES // (width * layout.pixel.channels * layout.pixel.sample))
        """Of a strip."""

    @property
    def fields(self) -> dict[int, Field]:
        """How the strips are to be read."""
        layout, pixel = self._layout, self._layout.pixel
        kind = PALETTE if COLORS in layout.fields else _PHOTOMETRIC[pixel.color]
        fields = {
            WIDTH: longs(layout.size[0]),
            HEIGHT: longs(layout.size[1]),
            BITS: shorts(*[8 * pixel.sample] * pixel.channels),
            COMPRESSION: shorts(NONE if self._codec is None else DEFLATE),
            PHOTOMETRIC: shorts(kind),
            SAMPLES: shorts(pixel.channels),
            ROWS_PER_STRIP: longs(min(self.rows, layout.size[1])),
            PLANAR: shorts(1),
            FORMAT: shorts(*[3 if pixel.depth == "float32" else 1] * pixel.channels),
        }
        fields |= {EXTRA: shorts(2)} if pixel.alpha else {}
        return fields | ({PREDICTOR: shorts(layout.predictor)} if layout.predictor > 1 else {})

    def __call__(self, rows: NDArray[Any]) -> bytes:
        little = rows.astype(rows.dtype.newbyteorder("<"), copy=False)
        if self._codec is None:
            return little.tobytes()
        data = _predicted(little, self._layout.predictor).data.cast("B")
        return b"".join(
            (ZLIB_HEADER, self._codec.pack(data), END_OF_STREAM, FASTEST.adler32(data, 1).to_bytes(4, "big"))
        )


def _codec(compress: Compression) -> Codec | None:
    if compress == "fast":
        return FASTEST.quick[0]
    if compress == "small":
        return Codec(9)
    if compress in range(10):
        return Codec(int(compress)) if compress else None
    raise ValueError(f"compression {compress!r}: fast, small or 0 to 9")


def _predicted(rows: NDArray[Any], predictor: int) -> NDArray[Any]:
    """Differences to the pixel at the left: of whole samples, or of the bytes of floats, the highest ones first."""
    if predictor == 2:
        steps = rows.copy()
        steps[:, 1:] -= rows[:, :-1]
        return steps
    if predictor == 3:
        count, width, channels = rows.shape
        planes = rows.astype(">f4").view(np.uint8).reshape(count, width * channels, 4).swapaxes(1, 2)
        line = np.ascontiguousarray(planes).reshape(count, -1)
        steps = line.copy()
        steps[:, channels:] -= line[:, :-channels]
        return steps
    return rows


def _strips(layout: TiffLayout, high: int, bands: Iterable[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    """The same rows in strips of that height, in memory of their own."""
    width, height = layout.size
    shape = (width, layout.pixel.channels)
    strip, filled, done = np.empty((min(high, height), *shape), layout.pixel.depth), 0, 0
    for band in bands:
        if band.shape[1:] != shape or band.dtype != strip.dtype or done + filled + len(band) > height:
            raise ValueError(f"a band of {band.shape} {band.dtype} for {height} rows of {shape} {strip.dtype}")
        while len(band):
            count = min(len(band), len(strip) - filled)
            strip[filled : filled + count] = band[:count]
            band, filled = band[count:], filled + count
            if filled == len(strip):
                yield strip
                done, filled = done + filled, 0
                strip = np.empty((min(high, height - done), *shape), layout.pixel.depth)
    if done < height:
        raise ValueError(f"{done + filled} rows came, {height} were promised")
