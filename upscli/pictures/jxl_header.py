"""The head of a JPEG XL file: size, depth and animation, before its plug-in decodes all pixels at once.

Source: ISO/IEC 18181-1, 4 (bits, U32) and Annex D (SizeHeader, ImageMetadata); 18181-2 (boxes).
"""

from dataclasses import dataclass

from upscli.errors import InputError
from upscli.pictures.marks import JXL_BARE

WITHIN = 1 << 16
"""Bytes of the file in which the head is looked for."""

_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_SIDES = ((1, 9), (1, 13), (1, 18), (1, 30))


@dataclass(frozen=True)
class JxlHead:
    """As stored, that is before its orientation."""

    width: int
    height: int
    bits: int = 8
    """Of a sample."""
    is_animated: bool = False


class _Bits:
    """Bits of a codestream, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "little")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise InputError("the head of the JPEG XL is cut off")
        value = self._number & ((1 << count) - 1)
        self._number >>= count
        self._left -= count
        return value

    def choice(self, ways: tuple[tuple[int, int], ...]) -> int:
        """U32: two bits choose (offset, bits to add)."""
        offset, more = ways[self.take(2)]
        return offset + self.take(more)


def head_of(data: bytes) -> JxlHead:
    """From the first bytes of a file. Raises InputError."""
    codestream = data if data.startswith(JXL_BARE) else _first_codestream(data)
    if not codestream.startswith(JXL_BARE):
        raise InputError("no JPEG XL codestream begins in its first 64 kB")
    bits = _Bits(codestream[2:66])
    width, height = _size(bits)
    if bits.take(1):  # all by default
        return JxlHead(width, height)
    is_animated = bool(bits.take(1)) and _more(bits)
    if bits.take(1):  # floats
        depth = bits.choice(((32, 0), (16, 0), (24, 0), (1, 6)))
    else:
        depth = bits.choice(((8, 0), (10, 0), (12, 0), (1, 6)))
    return JxlHead(width, height, depth, is_animated)


def _size(bits: _Bits) -> tuple[int, int]:
    """(width, height)."""
    small = bits.take(1)

    def side() -> int:
        return 8 * (bits.take(5) + 1) if small else bits.choice(_SIDES)

    height = side()
    ratio = bits.take(3)
    if ratio == 0:
        return side(), height
    across, down = _RATIOS[ratio - 1]
    return height * across // down, height


def _more(bits: _Bits) -> bool:
    """Past the fields that are seldom there; whether the picture moves."""
    bits.take(3)  # orientation
    if bits.take(1):
        _size(bits)
    if bits.take(1):
        raise InputError("a JPEG XL with a preview is not supported; save it as PNG")
    if not bits.take(1):
        return False
    bits.choice(((100, 0), (1000, 0), (1, 10), (1, 30)))
    bits.choice(((1, 0), (1001, 0), (1, 8), (1, 10)))
    bits.choice(((0, 0), (0, 3), (0, 16), (0, 32)))
    bits.take(1)
    return True


def _first_codestream(data: bytes) -> bytes:
    """The first piece of it among the boxes."""
    place = 0
    while place + 8 <= len(data):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        inner = place + 8
        if length == 1:
            length, inner = int.from_bytes(data[inner : inner + 8], "big"), inner + 8
        if kind == b"jxlc":
            return data[inner:]
        if kind == b"jxlp":
            return data[inner + 4 :]  # after its number
        if length < 8:
            break
        place += length
    return b""
