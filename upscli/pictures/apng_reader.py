"""Animated PNG: the frames one after the other, composed, with all their bits and every checksum verified.

Each frame is handed to the PNG reader as a PNG of its own: the file's header in the frame's size, its palette and
transparent color, and the frame's data.

Source: PNG specification, third edition, 11.3.6 (animation chunks) and 4.9 (composing).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from upscli.errors import InputError
from upscli.pictures import png_picture
from upscli.pictures.deflate import FASTEST
from upscli.pictures.header import Frame
from upscli.pictures.png_chunks import SIGNATURE, Chunks, PngInfo, chunk, read_info
from upscli.pictures.png_reader import PngRows

Pixels = NDArray[Any]

_CLEARED, _RESTORED = 1, 2
_OVER = 1
_CONTROL = struct.Struct(">IIIIIHHBB")


@dataclass(frozen=True)
class Control:
    """What fcTL says of a frame."""

    width: int
    height: int
    left: int
    top: int
    seconds: Fraction
    dispose: int
    blend: int

    @classmethod
    def of(cls, data: bytes, info: PngInfo) -> "Control":
        """Raises InputError for what no frame can be."""
        if len(data) != _CONTROL.size:
            raise InputError(f"a frame control of {len(data)} bytes")
        _, width, height, left, top, delay, unit, dispose, blend = _CONTROL.unpack(data)
        if not (0 < width <= info.width - left and 0 < height <= info.height - top):
            raise InputError(f"a frame of {width} x {height} at {left}, {top} in {info.width} x {info.height}")
        return cls(width, height, left, top, Fraction(delay, unit or 100), dispose, blend)


def animation_of(info: PngInfo) -> tuple[int, int] | None:
    """Frames, and how often they are played (0: for ever); None if it is a still. Raises InputError."""
    found = dict(info.chunks).get(b"acTL")
    if found is None:
        return None
    if len(found) != 8:
        raise InputError(f"an animation control of {len(found)} bytes")
    count, plays = struct.unpack(">II", found)
    return count, plays


def has_apart(info: PngInfo) -> bool:
    """The picture that viewers without animation show is none of the frames."""
    return all(kind != b"fcTL" for kind, _ in info.chunks)


def frames(count: int, stream: BinaryIO) -> Iterator[Frame]:
    """The canvas after each frame, in the PNG's layout. Raises InputError."""
    stream.seek(0)
    chunks = Chunks(stream, FASTEST)
    info = read_info(chunks)
    layout, _ = png_picture.layout_of(info)
    canvas = np.zeros((info.height, info.width, layout.channels), layout.depth)
    for number, (control, data) in enumerate(_parts(chunks, info), 1):
        try:
            pixels = _pixels(info, control, data)
        except InputError as error:
            raise InputError(f"frame {number}: {error}") from None
        area = canvas[control.top : control.top + control.height, control.left : control.left + control.width]
        before = area.copy() if control.dispose == _RESTORED and number > 1 else None
        area[:] = _over(pixels, area) if control.blend == _OVER and layout.alpha else pixels
        yield Frame(canvas.copy(), control.seconds)
        if before is not None:
            area[:] = before
        elif control.dispose in (_CLEARED, _RESTORED):
            area[:] = 0
        if number == count:
            return
    raise InputError(f"fewer frames than the {count} it tells of")


def _parts(chunks: Chunks, info: PngInfo) -> Iterator[tuple[Control, bytes]]:
    """Each frame's control, and its data as it would be in IDAT chunks."""
    control = next((Control.of(data, info) for kind, data in chunks.kept if kind == b"fcTL"), None)
    data: list[bytes] = []
    kind, sequence = b"IDAT", int(control is not None)
    while kind != b"IEND":
        if kind in (b"fcTL", b"IDAT", b"fdAT"):
            body = b"".join(chunks.pieces())
            if kind != b"IDAT":
                if body[:4] != struct.pack(">I", sequence):
                    raise InputError("the animation's chunks are out of order")
                sequence += 1
            if kind == b"fcTL":
                if control is not None:
                    yield control, b"".join(data)
                control, data = Control.of(body, info), []
            elif control is not None:
                data.append(body if kind == b"IDAT" else body[4:])
        else:
            chunks.ancillary()
        kind = chunks.next()[0]
    chunks.critical()
    if control is not None:
        yield control, b"".join(data)


def _pixels(info: PngInfo, control: Control, data: bytes) -> Pixels:
    """(height, width, channels) of the frame alone."""
    interlace = int(info.interlaced)
    header = struct.pack(">IIBBBBB", control.width, control.height, info.depth, info.color_type, 0, 0, interlace)
    parts = [SIGNATURE, chunk(b"IHDR", header)]
    parts += [chunk(b"PLTE", info.palette)] if info.palette is not None else []
    parts += [chunk(b"tRNS", info.transparency)] if info.transparency is not None else []
    parts += [chunk(b"IDAT", data), chunk(b"IEND", b"")]
    with PngRows(BytesIO(b"".join(parts))) as rows:
        return png_picture.meant(rows.rows(control.height), info._replace(width=control.width, height=control.height))


def _over(above: Pixels, below: Pixels) -> Pixels:
    """Both with alpha as their last channel, not premultiplied; rounded to nearest.

    Source: PNG specification, third edition, 13.16, Alpha channel processing.
    """
    peak = np.iinfo(above.dtype).max
    upper, lower = above[..., -1:].astype(np.float64) / peak, below[..., -1:].astype(np.float64) / peak
    rest = lower * (1.0 - upper)
    alpha = upper + rest
    colors = above[..., :-1] * upper + below[..., :-1] * rest
    mixed = np.concatenate((colors / np.where(alpha == 0.0, 1.0, alpha), alpha * peak), axis=2)
    return np.floor(mixed + 0.5).astype(above.dtype)
