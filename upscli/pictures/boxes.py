"""What the plain part of a file says of its depth, where Pillow gives 8 bits whatever it is. Reads no pixels.

Sources: ISO/IEC 14496-12, 4.2 (boxes); AV1-ISOBMFF, 2.3 (av1C); ITU-T T.800, A.5.1 (SIZ).
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

_MOST = 1000
"""Boxes that are looked at: a hostile file may have any number."""
_WITHIN = {b"meta": 4, b"iprp": 0, b"ipco": 0}
"""Boxes that hold boxes, and the bytes before the first of them."""
_CODESTREAM = b"\xff\x4f\xff\x51"


def avif_bits(stream: BinaryIO) -> int:
    """Bits a sample of the deepest picture of an AVIF file; 8 if it does not say."""
    found = [8]
    for place, _ in _places(stream, b"av1C", _WITHIN):
        stream.seek(place)
        flags = stream.read(3)[2:]
        if flags and flags[0] & 0x40:
            found.append(12 if flags[0] & 0x20 else 10)
    return max(found)


def jpeg2000_bits(stream: BinaryIO) -> int:
    """Bits of a JPEG 2000 file's deepest component; 8 if it does not say."""
    stream.seek(0)
    start = 0 if stream.read(4) == _CODESTREAM else next(_places(stream, b"jp2c", {}), (-1, 0))[0]
    if start < 0:
        return 8
    stream.seek(start)
    head = stream.read(42)
    if len(head) < 42 or head[:4] != _CODESTREAM:
        return 8
    (count,) = struct.unpack(">H", head[40:42])
    parts = stream.read(3 * count)[::3]
    return max(((part & 0x7F) + 1 for part in parts), default=8)


def first_box(stream: BinaryIO, kind: bytes) -> bytes | None:
    """What the first box of this kind holds, if there is one."""
    start, end = next(_places(stream, kind, {}), (0, 0))
    stream.seek(start)
    return stream.read(end - start) if end > start else None


def _places(stream: BinaryIO, wanted: bytes, within: dict[bytes, int]) -> Iterator[tuple[int, int]]:
    """Where the contents of boxes of this kind begin and end."""
    stream.seek(0, 2)
    waiting = [(0, stream.tell())]
    seen = 0
    while waiting and seen < _MOST:
        place, end = waiting.pop()
        seen += 1
        stream.seek(place)
        head = stream.read(16)
        if place + 8 > end or len(head) < 8:
            continue
        length, kind = struct.unpack(">I4s", head[:8])
        inner = place + 8
        if length == 1 and len(head) == 16:
            length, inner = struct.unpack(">Q", head[8:])[0], place + 16
        after = end if length == 0 else place + length
        if after <= place + 8 and length:
            continue
        waiting.append((after, end))
        if kind == wanted:
            yield inner, min(after, end)
        elif kind in within:
            waiting.append((inner + within[kind], min(after, end)))
