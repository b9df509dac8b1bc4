"""The segments of a TIFF: compressions and predictors undone.

Compressions that Pillow's libtiff knows go to it as small files of one strip, made here; what it would do with
samples of more than 8 bits does not matter, because it is shown bytes.

Source: TIFF revision 6.0, sections 9 to 14 and 22; TIFF Technical Note 3 (floating point predictor).
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from upscli.errors import InputError
from upscli.pictures.deflate import FASTEST
from upscli.pictures.tiff_page import (
    BITS,
    COMPRESSION,
    COUNTS,
    DEFLATES,
    FAX,
    GRAY,
    HEIGHT,
    JPEG,
    LZW,
    NONE,
    OFFSETS,
    PHOTOMETRIC,
    ROWS_PER_STRIP,
    SAMPLES,
    WHITE_IS_ZERO,
    WIDTH,
    YCBCR,
    TiffPage,
)
from upscli.pictures.tiff_tags import Field, block, longs, shorts

_FED = 1 << 16


def samples(page: TiffPage, data: bytes, rows: int, inflated: bool = False) -> NDArray[Any]:
    """The samples (rows, columns, samples that lie together) of a segment, or of a piece of it that is `inflated`.

    uint8 for up to 8 bits, uint16 for up to 16, in the file's own levels; floats of their own size. Raises InputError.
    """
    if page.compression == JPEG and not inflated:
        return _jpeg(page, data, rows)
    raw = data if inflated else _plain(page, data, rows)
    wanted = rows * page.row_bytes
    if len(raw) < wanted:
        raise InputError(f"truncated: {len(raw):,} of {wanted:,} bytes in a strip or tile")
    lines = np.frombuffer(raw, np.uint8, wanted).reshape(rows, page.row_bytes)
    shape = rows, page.segment[1], page.together
    if page.bits in (8, 16, 32, 64):
        return _unpredicted(page, lines, shape)
    if page.predictor != 1:
        raise InputError(f"a predictor for {page.bits} bits is not supported; save it with 8 or 16 bits")
    return _few_bits(lines, page.bits, shape)


def inflate(data: Iterator[bytes], length: int) -> Iterator[bytes]:
    """The deflate stream in pieces of `length` bytes; shorter ones only at the end. Raises InputError."""
    inflater = FASTEST.inflater()
    rest, parts, held = b"", list[bytes](), 0
    try:
        while not inflater.eof:
            fed = rest or next(data, b"")
            part = inflater.decompress(fed, length - held)
            rest = inflater.unconsumed_tail
            if not (part or fed):
                break
            parts.append(part)
            held += len(part)
            if held == length:
                yield b"".join(parts)
                parts, held = [], 0
    except FASTEST.error as error:
        raise InputError(f"broken deflate data ({error})") from error
    yield b"".join(parts)


def _plain(page: TiffPage, data: bytes, rows: int) -> bytes:
    """Without the compression."""
    if page.fill_order == 2:
        data = np.packbits(np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")).tobytes()
    if page.compression == NONE:
        return data
    if page.compression in DEFLATES:
        pieces = (data[start : start + _FED] for start in range(0, len(data), _FED))
        return next(inflate(pieces, rows * page.row_bytes))
    if page.compression in FAX:
        image = _by_libtiff(page, data, (page.segment[1], rows), (1,))
        return image.tobytes()
    image = _by_libtiff(page, data, (page.row_bytes, rows), (8,))
    return image.tobytes()


def _jpeg(page: TiffPage, data: bytes, rows: int) -> NDArray[Any]:
    photometric = page.photometric if page.planes == 1 else GRAY
    if page.planes > 1 and page.photometric == YCBCR:
        raise InputError("YCbCr in planes is not supported; save it as RGB")
    image = _by_libtiff(page, data, (page.segment[1], rows), (8,) * page.together, photometric)
    pixels = np.asarray(image).reshape(rows, page.segment[1], -1)
    if pixels.shape[2] != page.together:
        raise InputError(f"JPEG with {page.together} samples a pixel is not supported; save it with deflate or LZW")
    return 255 - pixels if photometric == WHITE_IS_ZERO else pixels


def _by_libtiff(
    page: TiffPage, data: bytes, size: tuple[int, int], bits: tuple[int, ...], photometric: int = GRAY
) -> Image.Image:
    """The segment as a picture of its own. Its bytes are those of the segment, unless it is JPEG."""
    fields: dict[int, Field] = {
        WIDTH: longs(size[0]),
        HEIGHT: longs(size[1]),
        BITS: shorts(*bits),
        COMPRESSION: shorts(page.compression),
        PHOTOMETRIC: shorts(photometric),
        OFFSETS: longs(0),
        SAMPLES: shorts(len(bits)),
        ROWS_PER_STRIP: longs(size[1]),
        COUNTS: longs(len(data)),
        **page.extras,
    }
    fields[OFFSETS] = longs(len(block(fields)))
    image: Image.Image = Image.open(BytesIO(block(fields) + data), formats=("TIFF",))
    image.load()
    return image


def _few_bits(lines: NDArray[Any], bits: int, shape: tuple[int, int, int]) -> NDArray[Any]:
    """Samples that do not fill bytes; each row begins with a byte."""
    rows, columns, together = shape
    each = np.unpackbits(lines, axis=1)[:, : columns * together * bits].reshape(rows, columns, together, bits)
    found = np.zeros(shape, np.uint8 if bits < 8 else np.uint16)
    for bit in range(bits):
        found = found * 2 + each[..., bit]
    return found


def _unpredicted(page: TiffPage, lines: NDArray[Any], shape: tuple[int, int, int]) -> NDArray[Any]:
    size = page.bits // 8
    predicted = page.compression in (LZW, *DEFLATES, 34925, 50000)
    predictor = page.predictor if predicted else 1
    if predictor == 3 and page.kind == "f":
        steps = lines.reshape(shape[0], -1, shape[2])
        planes = np.cumsum(steps, axis=1, dtype=np.uint8).reshape(shape[0], size, -1)
        return np.ascontiguousarray(planes.swapaxes(1, 2)).view(f">f{size}").reshape(shape)
    if predictor == 2:
        words = lines.view(f"{page.order}u{size}").reshape(shape)
        summed = np.cumsum(words, axis=1, dtype=f"u{size}")
        return summed.view(f"{page.kind}{size}")
    if predictor != 1:
        raise InputError(f"predictor {predictor} is not supported; save it with deflate or LZW")
    return lines.view(f"{page.order}{page.kind}{size}").reshape(shape)
