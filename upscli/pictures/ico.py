"""Icons: which of the pictures in an ICO file is the best, and where it lies.

Pillow decodes one while it opens the file, whatever its size. Here sizes and depths come from the pictures' own
headers, since the directory may say anything. Source: Microsoft, "Icons" (the ICO resource format).
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from upscli.errors import InputError
from upscli.pictures import marks

_ENTRY = 16
_LONGEST = 1024
"""Pixels of a side. An icon ends at 256, and some writers forget it."""


@dataclass(frozen=True)
class Icon:
    """One picture of an icon file."""

    width: int
    height: int
    bits: int
    """Of one pixel."""
    data: bytes
    """A PNG, or the bitmap without its file header."""

    def alone(self) -> bytes:
        """An ICO file of this picture only."""
        side = (self.width % 256, self.height % 256)
        place = len(marks.ICO) + 2 + _ENTRY
        return marks.ICO + struct.pack("<H4B2H2I", 1, *side, 0, 0, 1, self.bits, len(self.data), place) + self.data


def best_icon(stream: BinaryIO) -> tuple[Icon, int]:
    """The largest picture, among equals the one of most bits; and how many there are. Raises InputError."""
    data = stream.read()
    (count,) = struct.unpack_from("<H", data, 4)
    icons = []
    for number in range(count):
        length, place = struct.unpack_from("<2I", data, 6 + _ENTRY * number + 8)
        icons.append(_icon(data[place : place + length]))
    best = max(icons, key=lambda icon: (icon.width * icon.height, icon.bits))
    if max(best.width, best.height) > _LONGEST or min(best.width, best.height) < 1:
        raise InputError(f"an icon of {best.width} x {best.height} pixels, and icons end at 256")
    return best, count


def _icon(data: bytes) -> Icon:
    if data.startswith(marks.PNG):
        width, height, depth, color = struct.unpack_from(">2I2B", data, 16)
        return Icon(width, height, depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color], data)
    width, height, _, bits = struct.unpack_from("<2i2H", data, 4)
    return Icon(width, abs(height) // 2, bits, data)  # the height counts the mask below the colors
