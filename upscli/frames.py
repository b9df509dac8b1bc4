"""Raw frames in a row: from one stream to another, as video tools pass them on."""

from dataclasses import dataclass
from re import fullmatch
from typing import BinaryIO

import numpy as np

from upscli.errors import InputError, UpscliError
from upscli.pictures.formats import Layout
from upscli.recipe import Recipe
from upscli.stages import enlarged


@dataclass(frozen=True)
class RawFrame:
    """What a frame is, since nothing in the stream says so. Samples of 16 bits are in the machine's byte order."""

    width: int
    height: int
    layout: Layout

    @classmethod
    def parse(cls, word: str) -> "RawFrame":
        """`640x360x3` or `640x360x3:uint16`; 1 to 4 channels, of which the last of 2 or 4 is alpha."""
        match = fullmatch(r"([0-9]{1,6})x([0-9]{1,6})x([1-4])(?::(uint8|uint16))?", word)
        if not match or not int(match[1]) or not int(match[2]):
            raise UpscliError(f"raw '{word}' is not WIDTHxHEIGHTxCHANNELS[:uint16], such as 640x360x3")
        channels = int(match[3])
        color = "gray" if channels < 3 else "rgb"
        return cls(int(match[1]), int(match[2]), Layout(color, channels in (2, 4), match[4] or "uint8"))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of its array."""
        return self.height, self.width, self.layout.channels

    @property
    def bytes(self) -> int:
        """Of one frame."""
        return self.height * self.width * self.layout.channels * np.dtype(self.layout.depth).itemsize


def enlarge_stream(source: BinaryIO, result: BinaryIO, frame: RawFrame, recipe: Recipe, threads: int) -> int:
    """Enlarge frame after frame until the stream ends; how many. Raises InputError if it ends inside a frame."""
    count = 0
    while data := _exactly(source, frame.bytes):
        if len(data) < frame.bytes:
            raise InputError(f"stdin ends inside frame {count + 1}: {len(data):,} of {frame.bytes:,} bytes")
        pixels = np.frombuffer(data, frame.layout.depth).reshape(frame.shape)
        for band in enlarged(recipe, iter([pixels]), threads):
            _write(result, np.ascontiguousarray(band).data.cast("B"))
        result.flush()
        count += 1
    return count


def _write(result: BinaryIO, data: memoryview) -> None:
    """All of it: an unbuffered stream may take less than it is given."""
    while data:
        data = data[result.write(data) :]


def _exactly(source: BinaryIO, length: int) -> bytes:
    """So many bytes, fewer only at the end: a pipe gives some at a time."""
    parts = []
    while length and (part := source.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
