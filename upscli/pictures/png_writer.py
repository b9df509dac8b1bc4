"""PNG files written strip by strip, filtered and compressed on threads.

Each strip becomes an independent deflate piece in an IDAT chunk of its own; the pieces make up
one zlib stream. Strips have a height that depends on the picture alone, so the bytes are the
same for any number of threads and any height of bands, and no more than a few strips are held.

Source: PNG specification, third edition, https://www.w3.org/TR/png-3/; RFC 1950; RFC 1951.
"""

import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from upscli.pictures.deflate import (
    END_OF_STREAM,
    FASTEST,
    RUNS,
    STORED,
    ZLIB_HEADER,
    Backend,
    Codec,
    joined_adler32,
)
from upscli.pictures.png_filters import PAETH, Bytes, Strip, Workspace, adaptive, filtered

Compression: TypeAlias = Literal["fast", "small"] | int
"""`fast`, `small`, or a level of zlib: 0 (stored) to 9."""

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_LONGEST = 2**31 - 1
_SAMPLE = 1 << 14


@dataclass(frozen=True)
class PngLayout:
    """What the header says, and the chunks between it and the pixels.

    `channels`: 1 gray, 2 gray + alpha, 3 RGB, 4 RGBA; `depth`: 8 or 16 bits a sample;
    `chunks`: (type, data) in the order they are written. One channel of 8 bits and a PLTE
    chunk among them make a palette picture, whose samples are indices.
    Raises ValueError for what PNG cannot say.
    """

    width: int
    height: int
    channels: int
    depth: int = 8
    chunks: tuple[tuple[bytes, bytes], ...] = ()

    def __post_init__(self) -> None:
        if not (0 < self.width <= _LONGEST and 0 < self.height <= _LONGEST):
            raise ValueError(f"a PNG cannot be {self.width}x{self.height}")
        if self.channels not in _COLOR_TYPES or self.depth not in (8, 16):
            raise ValueError(f"a PNG cannot hold {self.channels} channels of {self.depth} bits")
        for kind, data in self.chunks:
            if len(kind) != 4 or not kind.isalpha() or len(data) > _LONGEST:
                raise ValueError(f"not a chunk: {kind!r} with {len(data)} bytes")
        if self._has_palette and (self.channels, self.depth) != (1, 8):
            raise ValueError("a palette needs one channel of 8 bits")

    @property
    def pixel(self) -> int:
        """Bytes a pixel."""
        return self.channels * self.depth // 8

    @property
    def header(self) -> bytes:
        """The data of IHDR."""
        color = 3 if self._has_palette else _COLOR_TYPES[self.channels]
        return struct.pack(">IIBBBBB", self.width, self.height, self.depth, color, 0, 0, 0)

    @property
    def _has_palette(self) -> bool:
        return any(kind == b"PLTE" for kind, _ in self.chunks)


def write_png(
    stream: BinaryIO,
    layout: PngLayout,
    bands: Iterable[NDArray[Any]],
    compress: Compression = "fast",
    threads: int = 1,
    backend: Backend = FASTEST,
) -> None:
    """Write a whole PNG.

    `bands` are (rows, width, channels), uint8 or uint16, top to bottom, of any height; each is
    read before the next is asked for, so its memory may be used again.
    Raises ValueError for an unknown `compress`, for `threads` below 1, and for bands of another
    width, type or total height; only what those say is left out when it does, so the caller throws
    the half-written file away.
    """
    recipe = _recipe(compress, backend)
    if threads < 1:
        raise ValueError(f"{threads} threads")
    stream.write(SIGNATURE + _chunk(b"IHDR", layout.header, backend))
    for kind, data in layout.chunks:
        stream.write(_chunk(kind, data, backend))
    height = max(1, recipe.strip_bytes // (layout.width * layout.pixel + 1))
    strips = _strips(layout, bands, height)
    adler, lead = 1, ZLIB_HEADER
    for packed, sum_, length in _in_order(_Press(recipe, backend), strips, threads):
        stream.write(_chunk(b"IDAT", lead + packed, backend))
        adler, lead = joined_adler32(adler, sum_, length), b""
    stream.write(_chunk(b"IDAT", END_OF_STREAM + struct.pack(">I", adler), backend))
    stream.write(_chunk(b"IEND", b"", backend))


def _chunk(kind: bytes, data: bytes, backend: Backend) -> bytes:
    crc = backend.crc32(data, backend.crc32(kind, 0))
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", crc)))


def _strips(layout: PngLayout, bands: Iterable[NDArray[Any]], height: int) -> Iterator[Strip]:
    """The same rows in strips of `height` (the last one: what is left), as bytes, big-endian."""
    row_bytes = layout.width * layout.pixel
    above: Bytes = np.zeros(row_bytes, np.uint8)
    done = filled = 0
    strip = None
    for band in bands:
        rows = _checked(band, layout, done + filled)
        while len(rows):
            if strip is None:
                strip = Strip.empty(min(height, layout.height - done), row_bytes, layout.pixel)
                strip.samples(-1, 0)[:] = above
            count = min(len(rows), strip.count - filled)
            strip.samples(filled, filled + count)[:] = _as_bytes(rows[:count])
            rows, filled = rows[count:], filled + count
            if filled == strip.count:
                above = strip.samples(filled - 1, filled)[0]
                done, filled = done + filled, 0
                yield strip
                strip = None
    if done < layout.height:
        raise ValueError(f"{done + filled} rows came, {layout.height} were promised")


def _checked(band: NDArray[Any], layout: PngLayout, before: int) -> NDArray[Any]:
    kind = np.dtype(np.uint8 if layout.depth == 8 else np.uint16)
    if band.ndim != 3 or band.shape[1:] != (layout.width, layout.channels) or band.dtype != kind:
        wanted = f"(rows, {layout.width}, {layout.channels}) of {kind}"
        raise ValueError(f"a band is {band.shape} of {band.dtype}, not {wanted}")
    if before + len(band) > layout.height:
        raise ValueError(f"{before + len(band)} rows came, {layout.height} were promised")
    return band


def _as_bytes(rows: NDArray[Any]) -> Bytes:
    if rows.dtype != np.uint8:
        rows = np.ascontiguousarray(rows, ">u2").view(np.uint8)
    return rows.reshape(len(rows), -1)


_Piece: TypeAlias = tuple[bytes, int, int]


def _in_order(press: Callable[[Strip], _Piece], strips: Iterable[Strip], threads: int) -> Iterator[_Piece]:
    """What `press` makes of each strip, in their order, with at most threads + 2 of them held."""
    if threads == 1:
        yield from map(press, strips)
        return
    pool = ThreadPoolExecutor(threads)
    waiting: deque[Future[_Piece]] = deque()
    try:
        for strip in strips:
            waiting.append(pool.submit(press, strip))
            if len(waiting) > threads + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


class _Press:
    """A recipe at work: strips to (deflate piece, Adler-32, length before) on any thread."""

    def __init__(self, recipe: "_Recipe", backend: Backend) -> None:
        self._recipe = recipe
        self._backend = backend
        self._spares: deque[Workspace] = deque()

    def __call__(self, strip: Strip) -> _Piece:
        try:
            work = self._spares.pop()  # one step, so two threads never share one
        except IndexError:
            work = Workspace()
        rows, packed = self._recipe.pack(strip, work)
        adler = self._backend.adler32(rows.data, 1)
        self._spares.append(work)
        return packed, adler, len(rows)


def _all_paeth(strip: Strip, work: Workspace) -> Bytes:
    """Paeth alone: on photos it is within a thousandth of the best filter for each row."""
    out = work.bytes("rows", len(strip.plain))
    filtered(PAETH, strip, work, out)
    return out


def _each_best(strip: Strip, work: Workspace) -> Bytes:
    out = work.bytes("rows", len(strip.plain))
    adaptive(strip, work, out)
    return out


def _unfiltered(strip: Strip, _work: Workspace) -> Bytes:
    return strip.plain


@dataclass(frozen=True)
class _Recipe:
    """How a strip is filtered and which codec it gets.

    `noisy` codecs are tried on a sample. A strip whose residuals are mostly 0 (screens, line
    art, flat color) may be better off without a filter: `probe` says, and `flat` packs it.
    """

    strip_bytes: int
    rows: Callable[[Strip, Workspace], Bytes]
    noisy: tuple[Codec, ...]
    flat: Codec
    probe: Codec

    def pack(self, strip: Strip, work: Workspace) -> tuple[Bytes, bytes]:
        """The strip's filtered rows, and those as a deflate piece."""
        rows = self.rows(strip, work)
        if 2 * np.count_nonzero(rows) > len(rows):
            return rows, _best(self.noisy, rows).pack(rows.data)
        tries = [(self.probe.pack(form.data), form) for form in (rows, strip.plain)]
        packed, rows = min(tries, key=lambda packed_and_rows: len(packed_and_rows[0]))
        if self.flat != self.probe:
            packed = self.flat.pack(rows.data)
        return rows, packed


def _best(codecs: tuple[Codec, ...], rows: Bytes) -> Codec:
    """The codec that makes the least of a sample from the middle; a search must earn its time."""
    if len(codecs) == 1:
        return codecs[0]
    start = max(0, len(rows) - _SAMPLE) // 2
    sample = rows[start : start + _SAMPLE].data
    return min(codecs, key=lambda codec: len(codec.pack(sample)) * (0.98 if codec is RUNS else 1))


def _recipe(compress: Compression, backend: Backend) -> _Recipe:
    probe = backend.quick[0]
    if compress == "fast":
        return _Recipe(1 << 18, _all_paeth, backend.quick, probe, probe)
    if compress == "small":
        careful = (RUNS, Codec(6, zlib.Z_FILTERED), Codec(6))
        return _Recipe(1 << 19, _each_best, careful, Codec(6), probe)
    if isinstance(compress, int) and 0 < compress <= 9:
        return _Recipe(1 << 19, _each_best, (Codec(compress),), Codec(compress), probe)
    if isinstance(compress, int) and compress == 0:
        return _Recipe(1 << 18, _unfiltered, (STORED,), STORED, STORED)
    raise ValueError(f"compression {compress!r}: fast, small or 0 to 9")
