"""GIF animations: their blocks, without pixels, and their frames as a viewer shows them.

Pillow decodes the LZW data of each frame; what the frames do to the canvas is decided here, since Pillow paints clear
colors as opaque where the first frame has none, and loses the canvas where a gray frame comes before colored ones.

Source: GIF89a specification, CompuServe, 1990; NETSCAPE2.0 loop extension.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from upscli.errors import InputError
from upscli.pictures.header import Frame

Bytes = NDArray[np.uint8]

_CLEARED, _RESTORED = 2, 3
"""Disposal methods: back to the ground, back to what was there before."""
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_OVERSIZED = 4
"""Canvases that a frame may be as large as: it is decoded whole."""


@dataclass(frozen=True)
class GifFrame:
    """One frame's header. `box` is (left, top, width, height)."""

    box: tuple[int, int, int, int]
    hundredths: int
    """Of a second, that it is shown."""
    disposal: int
    clear: int | None
    """The index that paints nothing."""
    palette: Bytes
    """(256, 3); colors that the file lacks are black."""
    interlaced: bool
    start: int
    """Where its LZW data begins in the file."""
    end: int


@dataclass(frozen=True)
class GifInfo:
    """What a GIF says beside its pixels."""

    width: int
    height: int
    frames: tuple[GifFrame, ...]
    plays: int
    """How often it is played; 0: for ever."""
    ground: tuple[int, int, int]

    @property
    def alpha(self) -> bool:
        """Some pixel can be clear. A frame's clear index that only spares what lies below it makes none."""
        if all(frame.clear is None for frame in self.frames):
            return False
        first = self.frames[0]
        covers = first.box == (0, 0, self.width, self.height)
        cleared = any(frame.disposal == _CLEARED for frame in self.frames[:-1])
        return first.clear is not None or not covers or cleared or first.disposal == _RESTORED


def read_info(stream: BinaryIO, most: int = 0) -> GifInfo:
    """Walk through the blocks of a GIF. Raises InputError, also at frame `most` + 1 (0: no bound)."""
    walk = _Walk(stream)
    width, height, flags, ground = struct.unpack("<HHBB", walk.exactly(13)[6:12])
    shared = walk.palette(flags)
    frames: list[GifFrame] = []
    while (mark := walk.mark()) != b";":
        if mark == b"!":
            walk.extension()
        else:
            frames.append(walk.frame(shared))
            if most and len(frames) > most:
                raise TooManyFrames
    if not frames:
        raise InputError("no frame in it")
    left, top, wide, high = frames[0].box
    width, height = max(width, left + wide), max(height, top + high)  # browsers, too, trust the first frame more
    return GifInfo(width, height, tuple(frames), walk.plays, tuple(shared[ground].tolist()))


class TooManyFrames(InputError):  # noqa: N818 - the caller has the words
    """More than were allowed."""


class _Walk:
    """From block to block."""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        self._stream = stream
        self._count = 0
        self._control = (0, 0, 0)
        self.plays = 1

    def exactly(self, length: int) -> bytes:
        data = self._stream.read(length)
        if len(data) < length:
            raise InputError(f"truncated after frame {self._count}" if self._count else "truncated in its first frame")
        return data

    def palette(self, flags: int) -> Bytes:
        """All black, if the flags tell of none."""
        colors = np.zeros((256, 3), np.uint8)
        if flags & 0x80:
            data = np.frombuffer(self.exactly(6 << (flags & 7)), np.uint8).reshape(-1, 3)
            colors[: len(data)] = data
        return colors

    def mark(self) -> bytes:
        """The next block's first byte. What stands between blocks is skipped, as viewers do."""
        while (mark := self.exactly(1)) not in (b"!", b",", b";"):
            pass
        return mark

    def extension(self) -> None:
        kind = self.exactly(1)[0]
        blocks = self._blocks(2 if kind in (_CONTROL, _APPLICATION) else 0)
        if kind == _CONTROL and blocks and len(blocks[0]) >= 4:
            self._control = struct.unpack("<BHB", blocks[0][:4])
        elif kind == _APPLICATION and [block[:1] for block in blocks[1:]] == [b"\x01"] and blocks[0] in _LOOPS:
            again = int.from_bytes(blocks[1][1:3], "little")
            self.plays = again + 1 if again else 0

    def frame(self, shared: Bytes) -> GifFrame:
        left, top, width, height, flags = struct.unpack("<HHHHB", self.exactly(9))
        own = self.palette(flags) if flags & 0x80 else shared
        start = self._stream.tell()
        self.exactly(1)
        self._blocks(0)
        packed, hundredths, clear = self._control
        self._control = (0, 0, 0)
        self._count += 1
        return GifFrame(
            (left, top, width, height),
            hundredths,
            packed >> 2 & 7,
            clear if packed & 1 else None,
            own,
            bool(flags & 0x40),
            start,
            self._stream.tell(),
        )

    def _blocks(self, keep: int) -> list[bytes]:
        """Pass the data blocks up to their end; the first few of them."""
        kept: list[bytes] = []
        while length := self.exactly(1)[0]:
            data = self.exactly(length)
            if len(kept) < keep:
                kept.append(data)
        return kept


def frames(info: GifInfo, stream: BinaryIO) -> Iterator[Frame]:
    """The canvas after each frame, (height, width, 3 or 4). Raises InputError, and what Pillow raises."""
    canvas = np.empty((info.height, info.width, 4), np.uint8)
    canvas[:] = ground = (*info.ground, 0 if info.alpha else 255)
    for number, frame in enumerate(info.frames, 1):
        left, top, width, height = frame.box
        area = canvas[top : top + height, left : left + width]  # a viewer cuts off what lies beyond the canvas
        before = area.copy() if frame.disposal == _RESTORED else None
        if width * height > _OVERSIZED * info.width * info.height:
            raise InputError(f"frame {number} is {width} x {height}, far larger than the canvas")
        if area.size:
            indices = _indices(stream, frame, number)[: area.shape[0], : area.shape[1]]
            painted = indices != frame.clear if frame.clear is not None else np.ones(indices.shape, bool)
            area[painted, :3] = frame.palette[indices[painted]]
            area[painted, 3] = 255
        shown = canvas if info.alpha else canvas[..., :3]
        yield Frame(shown.copy(), Fraction(frame.hundredths, 100))
        if frame.disposal == _CLEARED:
            area[:] = ground
        elif before is not None:
            area[:] = before


def _indices(stream: BinaryIO, frame: GifFrame, number: int) -> Bytes:
    """(height, width): the frame alone, as a GIF without a palette, whose levels are its indices."""
    stream.seek(frame.start)
    data = stream.read(frame.end - frame.start)
    size = struct.pack("<HH", *frame.box[2:])
    screen = b"GIF89a" + size + bytes(3)
    picture = b",\0\0\0\0" + size + bytes([0x40 * frame.interlaced])
    try:
        with Image.open(BytesIO(screen + picture + data + b";"), formats=("GIF",)) as image:
            return np.asarray(image)
    except Exception as error:
        raise InputError(f"frame {number} cannot be read ({error})") from error
