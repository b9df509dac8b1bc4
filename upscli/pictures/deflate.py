"""Deflate and its checksums, from isal where it is installed and from the standard library elsewhere.

Sources: RFC 1950 (the zlib container and Adler-32), RFC 1951 (deflate).
"""

import zlib
from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

try:
    from isal import isal_zlib
except ImportError:
    isal_zlib = None  # type: ignore[assignment]

Data: TypeAlias = bytes | bytearray | memoryview

_ADLER_BASE = 65521
ZLIB_HEADER = b"\x78\x01"
"""A 32 kB window, no dictionary (RFC 1950, 2.2)."""
END_OF_STREAM = b"\x03\x00"
"""An empty last block (RFC 1951, 3.2.6): closes a stream made of pieces."""


class Inflater(Protocol):
    """The part of `zlib.decompressobj()` that both libraries share."""

    @property
    def eof(self) -> bool:
        """True once the stream, its Adler-32 included, has been read."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What `max_length` left over of the last input."""

    def decompress(self, data: Data, /, max_length: int = 0) -> bytes:
        """The next bytes of the stream, `max_length` of them at most (0: no bound)."""


class _Packer(Protocol):
    def compress(self, data: Data, /) -> bytes: ...

    def flush(self, mode: int = ..., /) -> bytes: ...


class Codec(NamedTuple):
    """One way to deflate: `level` and `strategy` as in `zlib.compressobj`."""

    level: int
    strategy: int = zlib.Z_DEFAULT_STRATEGY
    make: Callable[..., _Packer] = zlib.compressobj

    def pack(self, data: Data) -> bytes:
        """`data` as raw deflate blocks that end on a byte (a sync flush), none of them the last.

        Such pieces need no knowledge of each other and can be put one after the other.
        """
        packer = self.make(self.level, zlib.DEFLATED, -zlib.MAX_WBITS, 9, self.strategy)
        return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


STORED = Codec(0)
RUNS = Codec(1, zlib.Z_RLE)
"""Huffman codes and runs only. On noisy residuals it beats any cheap search for
matches, in time and in size: what such a search finds there are short, costly matches."""


class Backend(NamedTuple):
    """A library's checksums and inflater, and its codecs for speed, best first."""

    name: str
    crc32: Callable[[Data, int], int]
    adler32: Callable[[Data, int], int]
    inflater: Callable[[], Inflater]
    error: type[Exception]
    quick: tuple[Codec, ...]


STDLIB = Backend("zlib", zlib.crc32, zlib.adler32, zlib.decompressobj, zlib.error, (Codec(1), RUNS))
BACKENDS = {STDLIB.name: STDLIB}
if isal_zlib is not None:
    BACKENDS["isal"] = Backend(
        "isal",
        isal_zlib.crc32,
        isal_zlib.adler32,
        isal_zlib.decompressobj,
        isal_zlib.error,  # type: ignore[arg-type] # the stub has an instance where the class is
        (Codec(2, make=isal_zlib.compressobj),),
    )
FASTEST = BACKENDS.get("isal", STDLIB)


def joined_adler32(first: int, second: int, second_length: int) -> int:
    """The Adler-32 of two pieces put together, from theirs and the second one's length in bytes.

    Each sum is linear: the second piece starts from (1, 0) instead of the first's (a, b), so
    its `a` lacks `a1 - 1` and its `b` lacks `b1` and `a1 - 1` once per byte (RFC 1950, 9).
    """
    low, high = first & 0xFFFF, first >> 16
    lack = low - 1
    a = ((second & 0xFFFF) + lack) % _ADLER_BASE
    b = ((second >> 16) + high + lack * second_length) % _ADLER_BASE
    return b << 16 | a
