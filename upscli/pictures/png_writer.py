"""PNG files written strip by strip, filtered and compressed on threads.

Each strip becomes an independent deflate piece in an IDAT chunk of its own; the pieces make up
one zlib stream. Strips have a height that depends on the picture alone, so the bytes are the
same for any number of threads and any height of bands, and no more than a few strips are held.

Source: PNG specification, third edition, https://www.w3.org/TR/png-3/; RFC 1950; RFC 1951.
"""

import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from upscli.pictures.deflate import END_OF_STREAM, FASTEST, ZLIB_HEADER, Backend, joined_adler32
from upscli.pictures.in_order import in_order
from upscli.pictures.png_chunks import SIGNATURE, chunk
from upscli.pictures.png_filters import Bytes, Strip, Workspace
from upscli.pictures.png_recipes import Compression, Recipe, recipe_for

__all__ = ["Compression", "PngLayout", "write_png"]

_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_LONGEST = 2**31 - 1


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
        """Refuse what PNG cannot say."""
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
    width, type or total height, half-way through the file where that is when it is seen.
    """
    pieces = pixel_data(layout, bands, compress, threads, backend)
    stream.write(SIGNATURE + chunk(b"IHDR", layout.header, backend))
    for kind, data in layout.chunks:
        stream.write(chunk(kind, data, backend))
    for piece in pieces:
        stream.write(chunk(b"IDAT", piece, backend))
    stream.write(chunk(b"IEND", b"", backend))


def pixel_data(
    layout: PngLayout,
    bands: Iterable[NDArray[Any]],
    compress: Compression = "fast",
    threads: int = 1,
    backend: Backend = FASTEST,
) -> Iterator[bytes]:
    """One zlib stream, in pieces for a chunk each: what a still has in IDAT, and a frame in fdAT.

    Raises ValueError as `write_png` does, for its words at once.
    """
    recipe = recipe_for(compress, backend)
    if threads < 1:
        raise ValueError(f"{threads} threads")
    return _pieces(layout, bands, recipe, threads, backend)


def _pieces(
    layout: PngLayout, bands: Iterable[NDArray[Any]], recipe: Recipe, threads: int, backend: Backend
) -> Iterator[bytes]:
    height = max(1, recipe.strip_bytes // (layout.width * layout.pixel + 1))
    press = _Press(layout, recipe, backend)
    strips = _strips(layout, bands, height, press.empty)
    adler, lead = 1, ZLIB_HEADER
    for packed, sum_, length in in_order(press, press.begun(strips), threads):
        yield lead + packed
        adler, lead = joined_adler32(adler, sum_, length), b""
    yield END_OF_STREAM + struct.pack(">I", adler)


def _strips(
    layout: PngLayout, bands: Iterable[NDArray[Any]], height: int, empty: Callable[[int], Strip]
) -> Iterator[Strip]:
    """The same rows in strips of `height` (the last one: what is left), as bytes, big-endian."""
    above: Bytes = np.zeros(layout.width * layout.pixel, np.uint8)
    done = filled = 0
    strip = None
    for band in bands:
        rows = _checked(band, layout, done + filled)
        while len(rows):
            if strip is None:
                strip = empty(min(height, layout.height - done))
                strip.samples(-1, 0)[:] = above
            count = min(len(rows), strip.count - filled)
            strip.samples(filled, filled + count)[:] = _as_bytes(rows[:count])
            rows, filled = rows[count:], filled + count
            if filled == strip.count:
                above = strip.samples(filled - 1, filled)[0].copy()
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


_Begun: TypeAlias = tuple[Strip, Workspace, Bytes | None]
_Piece: TypeAlias = tuple[bytes, int, int]


class _Press:
    """A recipe at work: strips to (deflate piece, Adler-32, length before), on any thread.

    Memory goes round: fresh memory for each strip would cost a tenth of the time in page faults.
    One thread takes it, and `deque.append` is a single step.
    """

    def __init__(self, layout: PngLayout, recipe: Recipe, backend: Backend) -> None:
        self._layout = layout
        self._recipe = recipe
        self._backend = backend
        self._works: deque[Workspace] = deque()
        self._strips: deque[Strip] = deque()

    def empty(self, count: int) -> Strip:
        """A strip of `count` rows to be filled in."""
        if self._strips and self._strips[-1].count == count:
            return self._strips.pop()
        return Strip.empty(count, self._layout.width * self._layout.pixel, self._layout.pixel)

    def begun(self, strips: Iterable[Strip]) -> Iterator[_Begun]:
        """What is to be pressed, and what little is done to it beforehand."""
        for strip in strips:
            work = self._works.pop() if self._works else Workspace()
            yield strip, work, self._recipe.rows(strip, work) if self._recipe.quick else None

    def __call__(self, begun: _Begun) -> _Piece:
        strip, work, rows = begun
        rows, packed = self._recipe.pack(strip, self._recipe.rows(strip, work) if rows is None else rows)
        piece = packed, self._backend.adler32(rows.data, 1), len(rows)
        self._works.append(work)
        self._strips.append(strip)
        return piece
