"""GIF animations, written frame by frame: only what changes is painted, and what stands still keeps its colors.

Three frames are held at a time. A pixel is clear where its alpha is below one half.

Source: GIF89a specification, CompuServe, 1990; NETSCAPE2.0 loop extension. Pillow packs the pixels (LZW).
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

from upscli.pictures.changes import Box, box_of
from upscli.pictures.header import Frame
from upscli.pictures.palette import ColorCount, Mapper
from upscli.pictures.ticks import Ticks

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

Palettes = Literal["global", "frame"]
"""One palette for all frames, or one for each."""

_HUNDREDTHS = Ticks(100, 65535)
_KEPT, _CLEARED = 1, 2
"""What becomes of a frame when its time is over."""
_COLORS = 256


@dataclass(frozen=True)
class GifLayout:
    """What is decided before the first frame."""

    width: int
    height: int
    plays: int
    """How often it is played; 0: for ever."""
    alpha: bool
    """Frames have alpha as their last channel."""
    palettes: Palettes = "global"
    dither: bool = True
    comment: bytes = b""


def _blocks(data: bytes) -> bytes:
    """Data in blocks of up to 255 bytes, and the empty one that ends it."""
    pieces = [data[start : start + 255] for start in range(0, len(data), 255)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def write_gif(stream: BinaryIO, layout: GifLayout, frames: Callable[[], Iterator[Frame]]) -> bool:
    """Write a whole GIF; whether all durations are exact.

    `frames` are (height, width, 1 to 4), uint8; they are taken twice for a global palette.
    """
    shared = _shared(layout, frames) if layout.palettes == "global" else None
    stream.write(b"GIF89a" + struct.pack("<HH", layout.width, layout.height))
    stream.write(bytes(3) if shared is None else bytes([0x80 | _bits(shared), 0, 0]) + _table(shared))
    if layout.plays != 1:
        again = min(max(layout.plays - 1, 0), 65535)
        stream.write(b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", again, 0))
    if layout.comment:
        stream.write(b"!\xfe" + _blocks(layout.comment))
    painter = _Painter(layout, shared)
    ticks = _HUNDREDTHS.counter()
    taken = frames()
    current = next(taken, None)
    while current is not None:
        following = next(taken, None)
        after = None if following is None else following.pixels
        stream.write(painter.painted(current.pixels, after, ticks(current.seconds)))
        current = following
    stream.write(b";")
    return ticks.exact


def _shared(layout: GifLayout, frames: Callable[[], Iterator[Frame]]) -> Bytes:
    """The palette of all frames, with room for a clear color unless all colors are in use and none is clear."""
    count = ColorCount()
    for frame in frames():
        colors, opaque = _parted(frame.pixels, layout.alpha)
        count.add(colors[opaque])
    full = not layout.alpha and count.few(_COLORS)
    return _told_apart(count.palette(_COLORS if full else _COLORS - 1))


class _Painter:
    """Knows what a viewer's canvas holds, and paints the least that makes it the next frame."""

    def __init__(self, layout: GifLayout, shared: Bytes | None) -> None:
        self._layout = layout
        self._shared = shared
        self._mapper = None if shared is None else Mapper(shared, layout.dither)
        shape = (layout.height, layout.width)
        self._wanted: Bytes = np.zeros((*shape, 3), np.uint8)
        self._shown = self._wanted.copy() if shared is None else self._wanted[:0]
        """The same in the colors of the palettes, where each frame has its own."""
        self._opaque: Mask = np.zeros(shape, bool)
        self._there: Mask = np.zeros(shape, bool)
        """What is opaque on the canvas now; less than in the last frame, if that was cleared."""

    def painted(self, pixels: Bytes, following: Bytes | None, hundredths: int) -> bytes:
        """The blocks of one frame."""
        alpha = self._layout.alpha
        colors, opaque = _parted(pixels, alpha)
        still = self._opaque & opaque & (colors == self._wanted).all(2)
        paint = opaque & ~(still & self._there)
        vanishing = np.zeros_like(opaque) if following is None else opaque & ~_parted(following, alpha)[1]
        box = box_of(paint | vanishing)
        first = not self._there.any()
        table, indices = self._indices(colors, paint, still, box)
        clear = len(table) if len(table) < _COLORS else None
        if clear is not None:
            indices = np.where(paint[box], indices, np.uint8(clear))
        cleared = bool(vanishing.any())
        self._wanted, self._opaque, self._there = colors, opaque, opaque.copy()
        if cleared:
            self._there[box] = False
        own = None if self._shared is not None else table
        unused = clear is None or not ((first and alpha) or (indices == clear).any())
        return _control(cleared, hundredths, None if unused else clear) + _picture(box, own, indices)

    def _indices(self, colors: Bytes, paint: Mask, still: Mask, box: Box) -> tuple[Bytes, Bytes]:
        """The palette, and indices that are right where it is painted."""
        left, top = box[1].start, box[0].start
        if self._shared is not None and self._mapper is not None:
            return self._shared, self._mapper(colors[box], left, top)
        again = paint & still
        colors = np.where(again[..., None], self._shown, colors)
        table = _own_table(colors[paint & ~still], colors[again])
        if not paint.any():
            return table, np.zeros(paint[box].shape, np.uint8)
        held = np.where(paint[box][..., None], colors[box], table[0])
        indices = Mapper(table, self._layout.dither)(held, left, top)
        self._shown[box][paint[box]] = table[indices[paint[box]]]
        return table, indices


def _own_table(changed: Bytes, again: Bytes) -> Bytes:
    """A frame's palette. What stood still, and must be painted again, gets the colors that it had."""
    kept, count = ColorCount(), ColorCount()
    kept.add(again)
    count.add(changed)
    if not kept.few(_COLORS - 1):  # the colors of many palettes: they cannot all be kept
        count.add(again)
        return _told_apart(count.palette(_COLORS - 1))
    fixed = kept.palette(_COLORS - 1)
    room = _COLORS - 1 - len(fixed)
    return _told_apart(np.concatenate((fixed, count.palette(room))) if room else fixed)


def _told_apart(table: Bytes) -> Bytes:
    """In another order: grays from black on would be taken for a picture without palette by Pillow."""
    return table[::-1]


def _parted(pixels: Bytes, alpha: bool) -> tuple[Bytes, Mask]:
    """Colors (height, width, 3), and what is opaque (height, width)."""
    colors = pixels[..., :-1] if alpha else pixels
    wide = np.broadcast_to(colors, (*pixels.shape[:2], 3))
    return wide, pixels[..., -1] >= 128 if alpha else np.ones(pixels.shape[:2], bool)


def _control(cleared: bool, hundredths: int, clear: int | None) -> bytes:
    flags = (_CLEARED if cleared else _KEPT) << 2 | (clear is not None)
    return b"!\xf9\x04" + struct.pack("<BHBB", flags, hundredths, clear or 0, 0)


def _picture(box: Box, own: Bytes | None, indices: Bytes) -> bytes:
    rows, cols = box
    head = struct.pack("<HHHH", cols.start, rows.start, cols.stop - cols.start, rows.stop - rows.start)
    table = b"\0" if own is None else bytes([0x80 | _bits(own)]) + _table(own)
    packed = b"".join(GifImagePlugin.getdata(Image.fromarray(np.ascontiguousarray(indices))))
    return b"," + head + table + packed[10:]  # without Pillow's own head


def _bits(table: Bytes) -> int:
    """One less than the bits of an index, a clear one included."""
    return max(1, min(len(table), _COLORS - 1).bit_length()) - 1


def _table(table: Bytes) -> bytes:
    return table.tobytes().ljust(6 << _bits(table), b"\0")
