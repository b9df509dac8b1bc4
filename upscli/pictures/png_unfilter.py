"""The rows of a PNG as samples.

Source: PNG specification, third edition, https://www.w3.org/TR/png-3/, section 7.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import InputError
from upscli.pictures import png_lines
from upscli.pictures.png_chunks import PngInfo
from upscli.pictures.png_filters import Bytes


def unfiltered(raw: bytes, above: bytes, info: PngInfo, done: int) -> Bytes:
    """Rows of bytes (count, row_bytes) from filtered rows under the decoded row `above`. Raises InputError."""
    planes = [np.asarray(image)[1:] for image in png_lines.unfiltered(raw, above, info, done)]
    planes = [plane.reshape(len(plane), -1) for plane in planes]
    return planes[0] if len(planes) == 1 else np.stack(planes, axis=-1).reshape(len(planes[0]), -1)


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
