"""The rows of a PNG as bytes: inflated, their filters undone. Without NumPy, whose import takes as long as a picture.

Pillow undoes the filters, in C: a strip goes, under the decoded row above it, to its decoder as a
small stored stream.

Source: PNG specification, third edition, https://www.w3.org/TR/png-3/, sections 7 and 9; RFC 1950; RFC 1951.
"""

import struct
from collections.abc import Iterator

from PIL import Image

from upscli.errors import InputError
from upscli.pictures.deflate import FASTEST, ZLIB_HEADER
from upscli.pictures.png_chunks import Chunks, PngInfo, TruncatedError
from upscli.pictures.png_pixels import PixelStream

_STRIP_BYTES = 1 << 18
_STORED_BLOCK = 0xFFFF
_MODES = {
    1: (("L", "L"),),
    2: (("LA", "LA"),),
    3: (("RGB", "RGB"),),
    4: (("RGBA", "RGBA"),),
    6: (("RGB", "RGB;16B"), ("RGB", "RGB;16L")),
    8: (("RGBA", "RGBA;16B"), ("RGBA", "RGBA;16L")),
}
"""Bytes a pixel to Pillow's modes. It has none of 6 or 8 bytes, but two that pick one byte of each two."""


def strips(source: PixelStream, info: PngInfo, name: str = "", last: bool = True) -> Iterator[bytes]:
    """Strips of filtered rows of a pass; that of the last pass ends only after all that follows it was found in order.

    Raises InputError.
    """
    done, stride, height = 0, info.row_bytes + 1, info.height
    while done < height:
        count = min(max(1, _STRIP_BYTES // stride), height - done)
        raw = source.read(count * stride)
        if len(raw) < count * stride:
            row = done + len(raw) // stride
            raise TruncatedError(f"truncated after row {row} of {height}{name}")
        done += count
        if done == height and last:
            source.finish()
        yield raw


def unfiltered(raw: bytes, above: bytes, info: PngInfo, done: int) -> list[Image.Image]:
    """The decoded row `above` and, under it, a strip of rows, with their filters undone; of wide pixels two halves.

    `done` rows came before. Raises InputError.
    """
    kinds = raw[:: info.row_bytes + 1]
    if max(kinds) > 4:
        row, kind = next((row, kind) for row, kind in enumerate(kinds, done + 1) if kind > 4)
        raise InputError(f"unknown filter type {kind} in row {row}")
    pixel = info.pixel_bytes
    size = info.row_bytes // pixel, len(kinds) + 1
    stored = _stored(b"".join((b"\0", above, raw)))
    return [Image.frombytes(mode, size, stored, "zip", source, False) for mode, source in _MODES[pixel]]


def is_plain(info: PngInfo) -> bool:
    """Its bytes are its samples, one after the other."""
    return info.depth == 8 and info.palette is None and not info.interlaced


def plain_rows(chunks: Chunks, info: PngInfo) -> Iterator[bytes]:
    """Whole rows of a picture that `is_plain`, some at a time. Raises InputError."""
    above, done = bytes(info.row_bytes), 0
    for raw in strips(PixelStream(chunks, FASTEST), info):
        [image] = unfiltered(raw, above, info, done)
        rows = image.tobytes()[info.row_bytes :]
        done += len(rows) // info.row_bytes
        above = rows[-info.row_bytes :]
        yield rows


def _stored(data: bytes) -> bytes:
    """A zlib stream of stored blocks. Pillow's decoder asks for no more than this."""
    parts = [ZLIB_HEADER]
    for start in range(0, len(data), _STORED_BLOCK):
        part = data[start : start + _STORED_BLOCK]
        last = start + len(part) == len(data)
        parts += (struct.pack("<BHH", last, len(part), len(part) ^ 0xFFFF), part)
    return b"".join((*parts, struct.pack(">I", FASTEST.adler32(data, 1))))
