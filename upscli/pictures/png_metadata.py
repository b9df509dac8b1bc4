"""What the chunks of a PNG say beside its pixels, wherever they stand; and the chunks that say it in a new one.

Source: PNG specification, third edition, 11.3.
"""

import zlib
from typing import BinaryIO

from upscli.pictures import marks
from upscli.pictures.header import Metadata

COLORS = (b"cICP", b"gAMA", b"cHRM", b"sRGB", b"mDCV", b"cLLI")
"""They say what the levels mean."""
TEXTS = (b"tEXt", b"zTXt", b"iTXt")

_XMP = b"XML:com.adobe.xmp\0"
_MOST_CHUNKS = 1_000_000
_ROOM = 1 << 24
_PIXELS_PER_METER = 39.37007874


def found_in(stream: BinaryIO) -> list[tuple[bytes, bytes]]:
    """The chunks of texts, colors and EXIF, those behind the pixels too; broken ones are left out.

    Pixels are not read. The stream is left where it was.
    """
    before, found, room = stream.tell(), [], _ROOM
    try:
        stream.seek(len(marks.PNG))
        for _ in range(_MOST_CHUNKS):
            head = stream.read(8)
            length, kind = int.from_bytes(head[:4], "big"), head[4:]
            if len(kind) < 4 or kind == b"IEND":
                break
            if kind not in (*COLORS, *TEXTS, b"eXIf") or length > room:
                stream.seek(length + 4, 1)
                continue
            data = stream.read(length)
            if stream.read(4) == zlib.crc32(kind + data).to_bytes(4, "big"):
                found.append((kind, data))
                room -= length
    finally:
        stream.seek(before)
    return found


def is_xmp(kind: bytes, data: bytes) -> bool:
    """The chunk is an XMP packet."""
    return kind == b"iTXt" and data.startswith(_XMP)


def xmp_of(data: bytes) -> bytes | None:
    """The packet in such a chunk; None for one that is compressed wrongly or too much."""
    rest = data[len(_XMP) :]
    parts = rest[2:].split(b"\0", 2)  # language, translated keyword, text
    if len(parts) < 3:
        return None
    if rest[0] == 0:
        return parts[2]
    inflater = zlib.decompressobj()
    try:
        packet = inflater.decompress(parts[2], _ROOM)
    except zlib.error:
        return None
    return packet if inflater.eof else None


def keyword_of(data: bytes) -> str:
    """What a text is about."""
    return data.split(b"\0", 1)[0].decode("latin-1")


def is_srgb(colors: tuple[tuple[bytes, bytes], ...]) -> bool:
    """The chunks say no more than that it is sRGB, which is also what their absence means."""
    known = dict(colors)
    if b"cICP" in known:
        return known[b"cICP"][:2] == b"\x01\x0d"
    if b"sRGB" in known:
        return True
    gamma = gamma_of(colors)
    primaries = known.get(b"cHRM")
    same = primaries is None or all(
        abs(int.from_bytes(primaries[4 * i : 4 * i + 4], "big") - value) <= 500 for i, value in enumerate(_PRIMARIES)
    )
    return same and (gamma is None or abs(gamma - 1 / 2.2) < 0.01)


_PRIMARIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
"""White, red, green, blue of sRGB: x and y times 100,000."""


def gamma_of(colors: tuple[tuple[bytes, bytes], ...]) -> float | None:
    """The exponent from light to levels that gAMA gives."""
    data = dict(colors).get(b"gAMA", b"")
    value = int.from_bytes(data, "big") if len(data) == 4 else 0
    return value / 100_000 if 0 < value < 1_000_000 else None


def chunks_of(metadata: Metadata) -> tuple[tuple[bytes, bytes], ...]:
    """The metadata as chunks, in an order that the specification allows."""
    chunks = list(metadata.colors)
    if metadata.icc:
        chunks.append((b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc)))
    if metadata.palette:
        chunks.append((b"PLTE", metadata.palette.colors))
        chunks += [(b"tRNS", metadata.palette.alpha)] if metadata.palette.alpha else []
    if metadata.dpi:
        x, y = (round(dots * _PIXELS_PER_METER) for dots in metadata.dpi)
        chunks.append((b"pHYs", x.to_bytes(4, "big") + y.to_bytes(4, "big") + b"\x01"))
    if metadata.exif:
        chunks.append((b"eXIf", metadata.exif))
    if metadata.xmp:
        chunks.append((b"iTXt", _XMP + b"\0\0\0\0" + metadata.xmp))
    if metadata.comment:
        chunks.append((b"tEXt", b"Comment\0" + metadata.comment.replace(b"\0", b" ")))
    return (*chunks, *metadata.texts)
