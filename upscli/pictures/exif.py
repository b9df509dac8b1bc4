"""EXIF blocks, edited in place: what stays keeps its place, so that offsets in a maker note still lead somewhere.

Upright, in the new size, without the thumbnail of the old picture; without what is private, if that is asked for.
Source: CIPA DC-008 (Exif 3.0), 4.5 and 4.6; TIFF 6.0, section 2.
"""

import struct
from dataclasses import dataclass

MARK = b"Exif\0\0"
"""What stands before the block in some formats."""

_POINTERS = (0x8769, 0x8825, 0xA005)
"""Exif, GPS, interoperability."""

_ORIENTATION = 0x0112
_WIDTHS, _HEIGHTS = (0x0100, 0xA002), (0x0101, 0xA003)
"""ImageWidth and PixelXDimension, ImageLength and PixelYDimension."""
_STORAGE = {0x0111, 0x0117, 0x0144, 0x0145, 0x014A, 0x0201, 0x0202}
"""Where pixels lie in a file; here they would lead into nothing."""
_THUMBNAIL = {0x0201: 0x0202, 0x0111: 0x0117}
"""JPEGInterchangeFormat, StripOffsets, and where their lengths are."""

_PRIVATE = {
    0x8825,  # GPS
    0x013C,  # HostComputer
    0x02BC,  # XMP
    0x83BB,  # IPTC
    0x8649,  # Photoshop
    0x927C,  # MakerNote
    0xA430,  # CameraOwnerName
    0xA431,  # BodySerialNumber
    0xA435,  # LensSerialNumber
    0xC62F,  # CameraSerialNumber
    0xC634,  # DNGPrivateData
    0xFDE8,  # OwnerName, of Photoshop's raw converter
    0xFDE9,  # SerialNumber, of the same
}

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SHORT, _LONG = 3, 4
_DEEPEST = 3


@dataclass(frozen=True)
class _Entry:
    tag: int
    kind: int
    count: int
    value: bytes
    """Of four bytes: the value, or where it is."""
    place: range
    """Of the value; empty if it has none."""


def edited(exif: bytes, size: tuple[int, int], private: bool = False) -> bytes:
    """The block for an upright picture of this (width, height); `private`: with nothing private left in it.

    Entries that cannot be read are taken out. Raises ValueError for what is no EXIF block.
    """
    try:
        return _Block(exif).edited(size, private)
    except struct.error:
        raise ValueError("an EXIF block that ends early") from None


def orientation_of(exif: bytes) -> int:
    """1..8; 1 also for nonsense."""
    try:
        block = _Block(exif)
        found = [entry for entry in block.entries(block.first) if entry.tag == _ORIENTATION]
        value = block.number("H", found[0].value) if found and found[0].kind == _SHORT and found[0].count == 1 else 1
    except (ValueError, struct.error):
        return 1
    return value if 1 <= value <= 8 else 1


class _Block:
    """Its methods raise struct.error for what lies outside."""

    def __init__(self, exif: bytes) -> None:
        """Raise ValueError for what is no EXIF block."""
        if exif[:4] not in (b"II*\0", b"MM\0*"):
            raise ValueError("no EXIF block")
        self._data = bytearray(exif)
        self._order = "<" if exif[:2] == b"II" else ">"
        self._kept = [range(8)]
        self._seen: set[int] = set()
        self.first = self._read(4, "I")

    def edited(self, size: tuple[int, int], private: bool) -> bytes:
        """See the function of this name."""
        self._drop_thumbnail(self._next(self.first))
        out = {*_STORAGE, *(_PRIVATE if private else ())}
        values = {_ORIENTATION: 1, **dict.fromkeys(_WIDTHS, size[0]), **dict.fromkeys(_HEIGHTS, size[1])}
        if not self._edit(self.first, out, values, 0):
            return b""
        end = max(place.stop for place in self._kept)
        if not private:
            return bytes(self._data[:end])
        clean = bytearray(end)
        for place in self._kept:
            clean[place.start : place.stop] = self._data[place.start : place.stop]
        return bytes(clean)

    def entries(self, start: int) -> list[_Entry]:
        """Those of a directory; one of an unknown type, or that lies outside the block, has no place."""
        found = []
        for at in range(start + 2, self._after(start), 12):
            tag, kind, count = struct.unpack_from(f"{self._order}HHI", self._data, at)
            value = bytes(self._data[at + 8 : at + 12])
            length = _SIZES.get(kind, 0) * count
            place = at + 8 if length <= 4 else self.number("I", value)
            inside = place >= 8 and place + length <= len(self._data)
            found.append(_Entry(tag, kind, count, value, range(place, place + length) if inside else range(0)))
        return found

    def number(self, kind: str, value: bytes) -> int:
        """The one that a value begins with."""
        return int(struct.unpack_from(self._order + kind, value)[0])

    def _edit(self, start: int, out: set[int], values: dict[int, int], depth: int) -> int:
        """Write the directory anew, without the tags `out` and with other `values`; how many entries it has left."""
        if start in self._seen or depth > _DEEPEST or start < 8:
            return 0
        self._seen.add(start)
        found, kept, places = self.entries(start), [], []
        for entry in found:
            below = entry.tag not in _POINTERS
            if not entry.place or entry.tag in out:
                continue
            if below or self._edit(self.number("I", entry.value), out, values, depth + 1):
                kept.append(self._written(entry, values))
                places.append(entry.place)
        room = 2 + 12 * len(found) + 4
        new = struct.pack(f"{self._order}H", len(kept)) + b"".join(kept) + bytes(4)
        self._data[start : start + room] = new.ljust(room, b"\0")
        outside = [place for place in places if not start <= place.start < start + room]
        self._kept += [range(start, start + len(new)), *outside]
        return len(kept)

    def _written(self, entry: _Entry, values: dict[int, int]) -> bytes:
        if entry.tag not in values:
            return struct.pack(f"{self._order}HHI", entry.tag, entry.kind, entry.count) + entry.value
        if entry.tag == _ORIENTATION:
            return struct.pack(f"{self._order}HHIHH", entry.tag, _SHORT, 1, values[entry.tag], 0)
        return struct.pack(f"{self._order}HHII", entry.tag, _LONG, 1, values[entry.tag])

    def _drop_thumbnail(self, start: int) -> None:
        """It shows the old picture. Its directory is no longer led to; its bytes are overwritten."""
        try:
            found = {entry.tag: entry for entry in self.entries(start)} if start else {}
        except struct.error:
            return
        for offset, length in _THUMBNAIL.items():
            if offset in found and length in found:
                first = self.number("I", found[offset].value)
                stop = min(first + self.number("I", found[length].value), len(self._data))
                self._data[first:stop] = bytes(max(0, stop - first))

    def _after(self, start: int) -> int:
        return start + 2 + 12 * self._read(start, "H")

    def _next(self, start: int) -> int:
        """Where the next directory is; 0 also where a writer left that out."""
        after = self._after(start)
        return self._read(after, "I") if after + 4 <= len(self._data) else 0

    def _read(self, place: int, kind: str) -> int:
        return int(struct.unpack_from(self._order + kind, self._data, place)[0])
