"""The chunks of a PNG file: read in pieces, checksums verified, the ones before the pixels understood.

Source: PNG specification, third edition, sections 5 (datastream) and 11 (chunks).
"""

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from upscli.errors import InputError
from upscli.pictures import marks
from upscli.pictures.deflate import FASTEST, Backend

if TYPE_CHECKING:
    import numpy as np

SIGNATURE = marks.PNG
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_LONGEST = 2**31 - 1
_LONGEST_ROW = 2**28 - 64
_PIECE = 1 << 16
_KEPT = 1 << 24


def chunk(kind: bytes, data: bytes, backend: Backend = FASTEST) -> bytes:
    """A whole chunk: length, type, data, CRC-32."""
    crc = backend.crc32(data, backend.crc32(kind, 0))
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", crc)))


class TruncatedError(InputError):
    """The file ends inside a chunk or between two."""


class WrongChecksumError(InputError):
    """A chunk's data is not what its CRC-32 says."""


class Chunks:
    """A PNG's chunks in order. Its methods raise InputError for what is not a PNG or ends early."""

    def __init__(self, stream: BinaryIO, backend: Backend) -> None:
        """Read the signature."""
        self._stream = stream
        self._crc32 = backend.crc32
        self._room = _KEPT
        self._head = (b"", 0)
        self.kept: list[tuple[bytes, bytes]] = []
        """Ancillary chunks so far, of 16 MiB in all; an animation's frames are not among them."""
        self.damaged: list[bytes] = []
        """Types of ancillary chunks that were left out: a wrong checksum, or no room."""
        if self._read(len(SIGNATURE)) != SIGNATURE:
            raise InputError("not a PNG")

    def next(self) -> tuple[bytes, int]:
        """The next chunk's type and length. Its data must be read before the one after it."""
        data = self._read(8)
        if len(data) < 8:
            raise TruncatedError("truncated between two chunks")
        length, kind = struct.unpack(">I4s", data)
        if not kind.isalpha():
            raise InputError("broken between two chunks")
        if length > _LONGEST:
            raise InputError(f"chunk {kind.decode()} says it has {length} bytes")
        self._head = kind, length
        return kind, length

    def pieces(self) -> Iterator[bytes]:
        """The chunk's data, in pieces, so that a false length costs no memory.

        Raises TruncatedError after the last piece there is, WrongChecksumError after the last of all.
        """
        kind, left = self._head
        crc = self._crc32(kind, 0)
        while left:
            piece = self._read(min(left, _PIECE))
            if not piece:
                raise TruncatedError(f"truncated in chunk {kind.decode()}")
            crc = self._crc32(piece, crc)
            left -= len(piece)
            yield piece
        ending = self._read(4)
        if len(ending) < 4:
            raise TruncatedError(f"truncated in chunk {kind.decode()}")
        if ending != struct.pack(">I", crc):
            raise WrongChecksumError(f"wrong checksum in chunk {kind.decode()}")

    def critical(self) -> bytes:
        """The data of a chunk that must be right, and short."""
        kind, length = self._head
        if length > _PIECE:
            raise InputError(f"chunk {kind.decode()} says it has {length} bytes")
        return b"".join(self.pieces())

    def ancillary(self) -> None:
        """Keep a chunk that the pixels do not need, or leave it out."""
        kind, length = self._head
        if kind[:1].isupper():
            raise InputError(f"chunk {kind.decode()} is unknown or out of place")
        fits = kind != b"fdAT" and length <= self._room
        parts = []
        try:
            for piece in self.pieces():
                if fits:
                    parts.append(piece)
        except WrongChecksumError:
            fits = False
        if fits:
            self._room -= length
            self.kept.append((kind, b"".join(parts)))
        elif kind != b"fdAT":
            self.damaged.append(kind)

    def pixel_data(self) -> Iterator[bytes]:
        """The data of the IDAT chunks, in pieces; the first one is the chunk at hand."""
        kind = self._head[0]
        while kind == b"IDAT":
            yield from self.pieces()
            kind, _ = self.next()

    def finish(self) -> None:
        """Read what stands behind the pixels, from the chunk at hand to IEND."""
        while self._head[0] != b"IEND":
            self.ancillary()
            self.next()
        self.critical()

    def _read(self, length: int) -> bytes:
        """Up to `length` bytes, fewer only at the end: a pipe gives some at a time."""
        parts = []
        while length and (part := self._stream.read(length)):
            parts.append(part)
            length -= len(part)
        return b"".join(parts)


class PngInfo(NamedTuple):
    """What a PNG says before its pixels."""

    width: int
    height: int
    depth: int
    """Bits a sample: 1, 2, 4, 8 or 16."""
    color_type: int
    """0 gray, 2 RGB, 3 palette, 4 gray + alpha, 6 RGBA."""
    interlaced: bool
    palette: bytes | None
    """Of a palette picture: red, green, blue of each color."""
    transparency: bytes | None
    """The data of tRNS, of a length that fits the color type."""
    chunks: list[tuple[bytes, bytes]]
    """Ancillary chunks, tRNS included. Those behind the pixels join them with the last row."""
    damaged: list[bytes]
    """Types of ancillary chunks left out: a wrong checksum, a wrong length, no room."""

    @property
    def channels(self) -> int:
        """1 gray or indices, 2 gray + alpha, 3 RGB, 4 RGBA."""
        return _CHANNELS[self.color_type]

    @property
    def pixel_bytes(self) -> int:
        """How far back a filter finds the left neighbor of a byte."""
        return max(1, self.channels * self.depth // 8)

    @property
    def row_bytes(self) -> int:
        """Bytes of a row without its filter type."""
        return (self.width * self.channels * self.depth + 7) // 8

    @property
    def dtype(self) -> "np.dtype[Any]":
        """Of the samples as they are handed out."""
        import numpy as np  # a process that reads ahead begins without it

        return np.dtype(np.uint16 if self.depth == 16 else np.uint8)


def read_info(chunks: Chunks) -> PngInfo:
    """Read up to the first IDAT chunk. Raises InputError."""
    if chunks.next() != (b"IHDR", 13):
        raise InputError("no header")
    header = struct.unpack(">IIBBBBB", chunks.critical())
    _check(*header)
    width, height, depth, color, _, _, interlace = header
    colors = None
    while (kind := chunks.next()[0]) != b"IDAT":
        if kind == b"PLTE":
            colors = chunks.critical()
        elif kind == b"IEND":
            raise InputError("no pixel data")
        else:
            chunks.ancillary()
    palette = _palette(colors) if color == 3 else None
    transparency = _transparency(chunks, color, palette)
    kept, damaged = chunks.kept, chunks.damaged
    return PngInfo(width, height, depth, color, interlace == 1, palette, transparency, kept, damaged)


def _check(width: int, height: int, depth: int, color: int, method: int, filters: int, interlace: int) -> None:
    if not (0 < width <= _LONGEST and 0 < height <= _LONGEST):
        raise InputError(f"the header says {width} x {height}")
    if depth not in _DEPTHS.get(color, ()):
        raise InputError(f"the header says color type {color} with {depth} bits")
    if method or filters or interlace > 1:
        raise InputError("the header asks for methods that PNG does not have")
    if width * _CHANNELS[color] * depth // 8 > _LONGEST_ROW:
        raise InputError(f"rows of {width} pixels are too long")


def _palette(colors: bytes | None) -> bytes:
    if colors is None:
        raise InputError("no palette")
    if not 0 < len(colors) <= 768 or len(colors) % 3:
        raise InputError(f"a palette of {len(colors)} bytes")
    return colors


def _transparency(chunks: Chunks, color: int, palette: bytes | None) -> bytes | None:
    found = dict(chunks.kept).get(b"tRNS")
    if found is None:
        return None
    fits = len(found) == {0: 2, 2: 6}.get(color)
    if palette is not None:
        fits = 0 < len(found) <= len(palette) // 3
    if not fits:
        chunks.kept[:] = [chunk for chunk in chunks.kept if chunk[0] != b"tRNS"]
        chunks.damaged.append(b"tRNS")
        return None
    return found
