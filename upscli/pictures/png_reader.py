"""PNG files read strip by strip, with every checksum verified, holding a few strips.

Pillow undoes the filters, in C: a strip goes, under the decoded row above it, to its decoder as a
small stored stream. All the rest, and what Pillow lets pass (wrong checksums, pixels that end
early, a missing palette), is looked at here.

Source: PNG specification, third edition, https://www.w3.org/TR/png-3/; RFC 1950; RFC 1951.
"""

import re
import struct
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from upscli.errors import InputError
from upscli.pictures.deflate import FASTEST, ZLIB_HEADER, Backend
from upscli.pictures.png_chunks import Chunks, PngInfo, TruncatedError, read_info
from upscli.pictures.png_filters import Bytes

_Item = TypeVar("_Item")
_STRIP_BYTES = 1 << 18
_STRIPS_AHEAD = 8
_MOST = 1 << 20
_STORED_BLOCK = 0xFFFF
_MODES = {
    1: (("L", "L"),),
    2: (("LA", "LA"),),
    3: (("RGB", "RGB"),),
    4: (("RGBA", "RGBA"),),
    6: (("RGB", "RGB;16B"), ("RGB", "RGB;16L")),
    8: (("RGBA", "RGBA;16B"), ("RGBA", "RGBA;16L")),
}
"""Bytes a pixel to Pillow's modes. It has none of 6 or 8 bytes, but two that pick one byte of each two."""


class PngRows:
    """The rows of one PNG, top to bottom.

    `info` is what stands before the pixels; an interlaced picture is told by `info.interlaced`
    and has no rows here. With `threads` above 1 two threads read ahead, one inflating and one
    unfiltering, by a few strips. Use it as a context manager, or `close` it.

    Everything wrong with the file raises InputError, in the constructor or from `rows`, with a
    reason that does not name the file. Pixel data beyond the last row is not looked at, as in
    other readers, and neither is what follows IEND. An ancillary chunk with a wrong checksum
    is left out and named in `info.damaged`.
    """

    def __init__(self, stream: BinaryIO, threads: int = 1, backend: Backend = FASTEST) -> None:
        """Read `stream` up to the pixels. It stays open, and the caller's."""
        self._chunks = Chunks(stream, backend)
        self._backend = backend
        self.info: PngInfo = read_info(self._chunks)
        self._height = max(1, _STRIP_BYTES // (self.info.row_bytes + 1))
        ahead = threads > 1
        self._strips = _ahead(self._decoded(ahead), _STRIPS_AHEAD * ahead)
        self._held = np.empty((0, self.info.width, self.info.channels), self.info.dtype)
        self._taken = 0

    def rows(self, count: int) -> NDArray[Any]:
        """The next `count` rows, or those that are left: (rows, width, channels).

        uint8, or uint16 for a depth of 16. Gray of 1, 2 and 4 bits is spread over 0..255;
        palette pictures give their indices, all of them inside the palette. The array may be
        read-only; later calls leave it alone.
        """
        parts = []
        wanted = count
        while wanted > 0 and self._taken < self.info.height:
            if not len(self._held):
                self._held = self._next_strip()
            part, self._held = self._held[:wanted], self._held[wanted:]
            parts.append(part)
            wanted -= len(part)
            self._taken += len(part)
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else self._held[:0]

    def close(self) -> None:
        """Stop reading ahead."""
        self._strips.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _next_strip(self) -> NDArray[Any]:
        strip = next(self._strips, None)
        if strip is None:
            raise InputError("its reading has ended")  # closed, or after an earlier error
        return strip

    def _decoded(self, ahead: bool) -> Generator[NDArray[Any], None, None]:
        info = self.info
        if info.interlaced:
            raise InputError("an interlaced PNG has no rows before its last pass")
        above = None
        done = 0
        for raw in _ahead(self._inflated(), int(ahead)):
            strip = _unfiltered(raw, above or bytes(info.row_bytes), info, done)
            above = strip[-1].tobytes()
            done += len(strip)
            yield _samples(strip, info)

    def _inflated(self) -> Generator[bytes, None, None]:
        """Strips of filtered rows; the last one only after all that follows it was found in order."""
        info, done = self.info, 0
        source = _PixelStream(self._chunks, self._backend)
        while done < info.height:
            count = min(self._height, info.height - done)
            stride = info.row_bytes + 1
            raw = source.read(count * stride)
            done += count
            if len(raw) < count * stride:
                whole = done - count + len(raw) // stride
                raise TruncatedError(f"truncated after row {whole} of {info.height}")
            if done == info.height:
                source.finish()
            yield raw


def _ahead(items: Generator[_Item, None, None], depth: int) -> Generator[_Item, None, None]:
    """The same items, up to `depth` of them made in a thread before they are asked for."""
    if not depth:
        yield from items
        return
    waiting: deque[Future[_Item | None]] = deque()
    pool = ThreadPoolExecutor(1)  # one thread: a generator cannot run in two at once
    try:
        while True:
            while len(waiting) < depth:
                waiting.append(pool.submit(next, items, None))
            if (item := waiting.popleft().result()) is None:
                return
            yield item
    finally:
        pool.shutdown(cancel_futures=True)
        items.close()


class _PixelStream:
    """The zlib stream that the IDAT chunks make up."""

    def __init__(self, chunks: Chunks, backend: Backend) -> None:
        self._chunks = chunks
        self._pieces = chunks.pixel_data()
        self._inflater = backend.inflater()
        self._error = backend.error
        self._rest = b""

    def read(self, length: int) -> bytes:
        """The next `length` bytes; fewer only where the stream or the file ends."""
        parts: list[bytes] = []
        try:
            while length > 0 and (part := self._step(min(length, _MOST))) is not None:
                parts.append(part)
                length -= len(part)
        except TruncatedError:
            pass  # the caller knows the row
        return b"".join(parts)

    def finish(self) -> None:
        """See the stream and the file to their ends.

        The step that gave the last byte need not have read the Adler-32.
        """
        surplus: bytes | None = b""
        while surplus == b"":
            surplus = self._step(1)
        if surplus is None and not self._inflater.eof:
            raise TruncatedError("truncated after the last row")
        for _ in self._pieces:
            pass
        self._chunks.finish()

    def _step(self, most: int) -> bytes | None:
        """Some of the next `most` bytes, perhaps none yet; None at the end."""
        if self._inflater.eof:
            return None
        fed = self._rest or next(self._pieces, b"")
        try:
            part = self._inflater.decompress(fed, most)
        except self._error as error:
            raise InputError(f"broken pixel data ({_reason(error)})") from error
        self._rest = self._inflater.unconsumed_tail
        return part if part or fed else None


def _reason(error: Exception) -> str:
    """A library's words without its `Error -3 while decompressing data: `."""
    return re.sub(r"^error -?\d+:? (while decompressing data:? ?)?", "", str(error).lower()) or "no deflate"


def _unfiltered(raw: bytes, above: bytes, info: PngInfo, done: int) -> Bytes:
    """Rows of bytes (count, row_bytes) from filtered rows under the decoded row `above`."""
    stride = info.row_bytes + 1
    kinds = np.frombuffer(raw, np.uint8)[::stride]
    if kinds.max() > 4:
        row = int(np.argmax(kinds > 4))
        raise InputError(f"unknown filter type {kinds[row]} in row {done + row + 1}")
    pixel = info.pixel_bytes
    size = info.row_bytes // pixel, len(kinds) + 1
    stored = _stored(b"".join((b"\0", above, raw)))
    planes = [
        np.asarray(Image.frombytes(mode, size, stored, "zip", source, False))[1:].reshape(len(kinds), -1)
        for mode, source in _MODES[pixel]
    ]
    return planes[0] if len(planes) == 1 else np.stack(planes, axis=-1).reshape(len(kinds), -1)


def _stored(data: bytes) -> bytes:
    """A zlib stream of stored blocks. Pillow's decoder asks for no more than this."""
    parts = [ZLIB_HEADER]
    for start in range(0, len(data), _STORED_BLOCK):
        part = data[start : start + _STORED_BLOCK]
        last = start + len(part) == len(data)
        parts += (struct.pack("<BHH", last, len(part), len(part) ^ 0xFFFF), part)
    return b"".join((*parts, struct.pack(">I", FASTEST.adler32(data, 1))))


def _samples(rows: Bytes, info: PngInfo) -> NDArray[Any]:
    """Bytes of rows to (count, width, channels)."""
    if info.depth < 8:
        rows = _unpacked(rows, info)
    elif info.depth == 16:
        rows = np.ascontiguousarray(rows).view(">u2").astype(np.uint16)
    if info.palette is not None and int(rows.max()) * 3 >= len(info.palette):
        raise InputError(f"palette index {rows.max()} of {len(info.palette) // 3} colors")
    return rows.reshape(len(rows), info.width, info.channels)


def _unpacked(rows: Bytes, info: PngInfo) -> Bytes:
    """Samples of 1, 2 or 4 bits, leftmost in the highest bits, to one a byte."""
    shifts = np.arange(8 - info.depth, -1, -info.depth, dtype=np.uint8)
    samples = (rows[:, :, None] >> shifts) & np.uint8(2**info.depth - 1)
    samples = samples.reshape(len(rows), -1)[:, : info.width]
    return samples if info.palette is not None else samples * np.uint8(255 // (2**info.depth - 1))
