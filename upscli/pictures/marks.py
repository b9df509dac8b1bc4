"""How files of a kind begin. Nothing else is imported, so that no reader is, only to see that it is not needed."""

from typing import BinaryIO

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
PNM = (b"P5", b"P6", b"P7")
"""PGM, PPM, PAM. Those in letters and those of one bit are left to Pillow."""
PFM = (b"Pf", b"PF")
"""Gray, color."""
ICO = b"\0\0\1\0"
JXL_BARE, JXL_BOXED = b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"
GIF = (b"GIF87a", b"GIF89a")
_RIFF = b"RIFF"
_BOXES = b"ftyp"

LENGTH = 16
"""Bytes of a file that tell."""


def may_move(stream: BinaryIO) -> bool:
    """The file may be an animation: GIF, PNG, WebP, or what is made of boxes, such as AVIF. It is then at its start."""
    mark = stream.read(LENGTH)
    moves = _has_control(stream) if mark.startswith(PNG) else mark.startswith((*GIF, _RIFF)) or mark[4:8] == _BOXES
    stream.seek(0)
    return moves


def _has_control(stream: BinaryIO) -> bool:
    """In a PNG, an acTL chunk comes before the pixels. Chunks are stepped over: most PNGs are stills."""
    stream.seek(len(PNG))
    while len(head := stream.read(8)) == 8 and head[4:] not in (b"IDAT", b"IEND"):
        if head[4:] == b"acTL":
            return True
        stream.seek(int.from_bytes(head[:4], "big") + 4, 1)
    return False
