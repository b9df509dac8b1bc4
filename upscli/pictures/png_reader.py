"""PNG files read strip by strip, with every checksum verified, holding a few strips.

What Pillow lets pass (wrong checksums, pixels that end early, a missing palette) is looked at here.

Source: PNG specification, third edition, https://www.w3.org/TR/png-3/; RFC 1950; RFC 1951.
"""

from collections import deque
from collections.abc import Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from upscli.errors import InputError
from upscli.pictures import png_lines
from upscli.pictures.deflate import FASTEST, Backend
from upscli.pictures.png_chunks import Chunks, PngInfo, read_info
from upscli.pictures.png_passes import Pass, passes
from upscli.pictures.png_pixels import PixelStream
from upscli.pictures.png_unfilter import samples, unfiltered

if TYPE_CHECKING:
    from concurrent.futures import Future

_Item = TypeVar("_Item")
_STRIPS_AHEAD = 8


class PngRows:
    """The rows of one PNG, top to bottom.

    `info` is what stands before the pixels. An interlaced picture is held whole: its rows are
    complete with the last pass. With `threads` above 1 two threads read ahead, one inflating and one
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
        whole = np.empty((info.height, info.width, info.channels), info.dtype) if info.interlaced else None
        above, done = b"", 0
        for part, raw in _ahead(self._inflated(), int(ahead)):
            done = done if above else 0
            strip = unfiltered(raw, above or bytes(part.info.row_bytes), part.info, done)
            done += len(strip)
            above = strip[-1].tobytes() if done < part.info.height else b""
            pixels = samples(strip, part.info)
            if whole is None:
                yield pixels
            else:
                whole[part.rows, part.columns][done - len(strip) : done] = pixels
        if whole is not None:
            yield whole

    def _inflated(self) -> Generator[tuple[Pass, bytes], None, None]:
        """Strips of filtered rows; the last one only after all that follows it was found in order."""
        source = PixelStream(self._chunks, self._backend)
        parts = passes(self.info)
        for part in parts:
            for raw in png_lines.strips(source, part.info, part.name, part is parts[-1]):
                yield part, raw


def _ahead(items: Generator[_Item, None, None], depth: int) -> Generator[_Item, None, None]:
    """The same items, up to `depth` of them made in a thread before they are asked for."""
    if not depth:
        yield from items
        return
    from concurrent.futures import ThreadPoolExecutor  # costs start-up

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
