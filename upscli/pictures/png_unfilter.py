"""The filters of PNG undone, and its samples unpacked.

Pillow undoes the filters, in C: a strip goes, under the decoded row above it, to its decoder as a
small stored stream.

Source: PNG specification, third edition, https://www.w3.org/TR/png-3/, sections 7 and 9; RFC 1950; RFC 1951.
"""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from upscli.errors import InputError
from upscli.pictures.deflate import FASTEST, ZLIB_HEADER
from upscli.pictures.png_chunks import PngInfo
from upscli.pictures.png_filters import Bytes

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


def unfiltered(raw: bytes, above: bytes, info: PngInfo, done: int) -> Bytes:
    """Rows of bytes (count, row_bytes) from filtered rows under the decoded row `above`."""
    stride = info.row_bytes + 1
    kinds = np.frombuffer(raw, np.uint8)[::stride]
    if kinds.max() > 4:
        row = int(np.argmax(kinds > 4))
        raise InputError(f"unknown filter type {kinds[row]} in row {done + row + 1}")
    pixel = info.pixel_bytes
    size = info.row_bytes // pixel, len(kinds) + 1
    stored = _stored(b"".join((b"\0", above, raw)))
    planes = [
        np.asarray(Image.frombytes(mode, size, stored, "zip", source, False))[1:].reshape(len(kinds), -1)
        for mode, source in _MODES[pixel]
    ]
    return planes[0] if len(planes) == 1 else np.stack(planes, axis=-1).reshape(len(kinds), -1)


def _stored(data: bytes) -> bytes:
    """A zlib stream of stored blocks. Pillow's decoder asks for no more than this."""
    parts = [ZLIB_HEADER]
    for start in range(0, len(data), _STORED_BLOCK):
        part = data[start : start + _STORED_BLOCK]
        last = start + len(part) == len(data)
        parts += (struct.pack("<BHH", last, len(part), len(part) ^ 0xFFFF), part)
    return b"".join((*parts, struct.pack(">I", FASTEST.adler32(data, 1))))


def samples(rows: Bytes, info: PngInfo) -> NDArray[Any]:
    """Bytes of rows to (count, width, channels)."""
    if info.depth < 8:
        rows = _unpacked(rows, info)
    elif info.depth == 16:
        rows = np.ascontiguousarray(rows).view(">u2").astype(np.uint16)
    if info.palette is not None and int(rows.max()) * 3 >= len(info.palette):
        raise InputError(f"palette index {rows.max()} of {len(info.palette) // 3} colors")
    return rows.reshape(len(rows), info.width, info.channels)


def _unpacked(rows: Bytes, info: PngInfo) -> Bytes:
    """Samples of 1, 2 or 4 bits, leftmost in the highest bits, to one a byte."""
    shifts = np.arange(8 - info.depth, -1, -info.depth, dtype=np.uint8)
    samples = (rows[:, :, None] >> shifts) & np.uint8(2**info.depth - 1)
    samples = samples.reshape(len(rows), -1)[:, : info.width]
    return samples if info.palette is not None else samples * np.uint8(255 // (2**info.depth - 1))
