"""The tables of a TIFF file, read and written: classic and BigTIFF, in either order of bytes.

Source: TIFF revision 6.0, section 2; the BigTIFF design, https://libtiff.gitlab.io/libtiff/specification/bigtiff.html.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from upscli.errors import InputError

SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 3, 4, 5, 7, 16

_UNITS = {
    1: ("u1", 1),
    2: ("u1", 1),
    3: ("u2", 1),
    4: ("u4", 1),
    5: ("u4", 2),
    6: ("i1", 1),
    7: ("u1", 1),
    8: ("i2", 1),
    9: ("i4", 1),
    10: ("i4", 2),
    11: ("f4", 1),
    12: ("f8", 1),
    13: ("u4", 1),
    16: ("u8", 1),
    17: ("i8", 1),
    18: ("u8", 1),
}
"""Type of a field -> NumPy type of its units, and how many of them make one value."""

_MOST_PAGES = 65536


@dataclass(frozen=True)
class Field:
    """One field: its type, and its units in an array (rationals are pairs of them)."""

    kind: int
    units: NDArray[Any]

    @property
    def count(self) -> int:
        """Values, as the file counts them."""
        return len(self.units) // _UNITS[self.kind][1]

    @property
    def data(self) -> bytes:
        """The units, little-endian."""
        return self.units.astype(self.units.dtype.newbyteorder("<")).tobytes()


Fields: TypeAlias = Mapping[int, "Field | Fields"]
"""Tag -> field, or the table that it points to."""


class Table:
    """One table. Fields are read when they are asked for, so that a false length costs no memory."""

    def __init__(self, file: "TiffFile", offset: int) -> None:
        """Read the table, without what it points to."""
        self._file = file
        self.order = file.order
        counts, entry, self._pointer = (8, 20, "Q") if file.big else (2, 12, "I")
        count = int.from_bytes(file.bytes_at(offset, counts), file.order_name)
        data = file.bytes_at(offset + counts, count * entry + struct.calcsize(self._pointer))
        layout = f"{file.order}HH{self._pointer}{struct.calcsize(self._pointer)}s"
        self._entries: dict[int, tuple[int, int, bytes]] = {}
        for tag, kind, length, value in struct.iter_unpack(layout, data[: count * entry]):
            self._entries.setdefault(tag, (kind, length, value))
        self.next: int = struct.unpack(file.order + self._pointer, data[count * entry :])[0]

    def __contains__(self, tag: int) -> bool:
        return tag in self._entries

    def __iter__(self) -> Iterator[int]:
        """The tags of the fields."""
        return iter(self._entries)

    def field(self, tag: int) -> Field | None:
        """A field, in this machine's order of bytes. None if there is none, or its type is unknown."""
        kind, length, value = self._entries.get(tag, (0, 0, b""))
        if kind not in _UNITS:
            return None
        unit, times = _UNITS[kind]
        dtype = np.dtype(unit).newbyteorder(self.order)
        size = length * times * dtype.itemsize
        if size > len(value):
            value = self._file.bytes_at(struct.unpack(self.order + self._pointer, value)[0], size)
        units = np.frombuffer(value[:size], dtype)
        return Field(kind, units.astype(dtype.newbyteorder("=")))

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Its whole numbers; none if it has none."""
        found = self.field(tag)
        return () if found is None or found.units.dtype.kind == "f" else tuple(found.units.tolist())

    def number(self, tag: int, default: int) -> int:
        """Its first whole number."""
        return next(iter(self.numbers(tag)), default)

    def below(self, tag: int) -> "Table | None":
        """The table that a field points to."""
        offset = self.number(tag, 0)
        return Table(self._file, offset) if offset else None


class TiffFile:
    """A TIFF file or the like of it, such as a block of EXIF. All raise InputError for what is none."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read the first bytes. `stream` stays open, and the caller's."""
        self._stream = stream
        self.size = stream.seek(0, 2)
        mark = self.bytes_at(0, 4)
        if mark[:2] not in (b"II", b"MM"):
            raise InputError("not a TIFF")
        self.order: Literal["<", ">"] = "<" if mark[:2] == b"II" else ">"
        version = struct.unpack(self.order + "H", mark[2:])[0]
        self.big = version == 43
        if version not in (42, 43) or (self.big and self._unpacked("HH", 4) != (8, 0)):
            raise InputError("not a TIFF")
        self.first: int = self._unpacked("Q", 8)[0] if self.big else self._unpacked("I", 4)[0]

    @property
    def order_name(self) -> Any:
        """As `int.from_bytes` calls it."""
        return "little" if self.order == "<" else "big"

    def bytes_at(self, offset: int, length: int) -> bytes:
        """So many bytes of the file."""
        if offset + length > self.size:
            raise InputError(f"truncated: {length:,} bytes should lie at {offset:,}, and it ends at {self.size:,}")
        self._stream.seek(offset)
        data = self._stream.read(length)
        if len(data) < length:
            raise InputError(f"truncated at {offset + len(data):,}")
        return data

    def pages(self) -> Iterator[Table]:
        """The tables of its pictures, in their order."""
        seen: set[int] = set()
        offset = self.first
        while offset and offset not in seen and len(seen) < _MOST_PAGES:
            seen.add(offset)
            table = Table(self, offset)
            yield table
            offset = table.next
        if not seen:
            raise InputError("a TIFF without a picture")

    def _unpacked(self, layout: str, offset: int) -> tuple[int, ...]:
        return struct.unpack(self.order + layout, self.bytes_at(offset, struct.calcsize(f"<{layout}")))


def shorts(*values: int) -> Field:
    """A field of whole numbers below 65,536."""
    return Field(SHORT, np.array(values, np.uint16))


def longs(*values: int) -> Field:
    """A field of whole numbers below 2^32, or of longer ones where there are such."""
    large = max(values) >= 2**32
    return Field(LONG8 if large else LONG, np.array(values, np.uint64 if large else np.uint32))


def raw(data: bytes) -> Field:
    """A field of bytes without a meaning."""
    return Field(UNDEFINED, np.frombuffer(data, np.uint8))


def packed(fields: Fields, offset: int, big: bool = False) -> bytes:
    """A little-endian table that will lie at `offset`, with all it points to behind it; the next one's place is 0."""
    pointer, entry = ("Q", 20) if big else ("I", 12)
    room = struct.calcsize(pointer)
    head = struct.pack("<Q" if big else "<H", len(fields))
    place = offset + len(head) + len(fields) * entry + room
    parts: list[bytes] = [head]
    behind = bytearray()
    for tag, field in sorted(fields.items()):
        if isinstance(field, Field):
            kind, count, data, inline = field.kind, field.count, field.data, len(field.data) <= room
        else:
            kind, count, data, inline = LONG8 if big else LONG, 1, packed(field, place + len(behind), big), False
        value = data if inline else struct.pack(f"<{pointer}", place + len(behind))
        behind += b"" if inline else data + bytes(-len(data) % 2)
        parts.append(struct.pack(f"<HH{pointer}", tag, kind, count) + value.ljust(room, b"\0"))
    return b"".join((*parts, bytes(room), behind))


def block(fields: Fields) -> bytes:
    """A whole classic file of one table, such as a block of EXIF."""
    return b"II*\0\x08\0\0\0" + packed(fields, 8)
