"""Raw frames in a row, as video tools pass them on."""

from __future__ import annotations

from io import BytesIO, RawIOBase
from typing import Any

import numpy as np
import pytest
from material import noise, recipe, result_of

from upscli.errors import InputError, UpscliError
from upscli.frames import RawFrame, enlarge_stream


@pytest.mark.parametrize(
    ("word", "shape", "depth", "text"),
    [
        ("640x360x3", (360, 640, 3), "uint8", "8-bit rgb"),
        ("5x4x1", (4, 5, 1), "uint8", "8-bit gray"),
        ("5x4x2:uint8", (4, 5, 2), "uint8", "8-bit gray with alpha"),
        ("5x4x4:uint16", (4, 5, 4), "uint16", "16-bit rgb with alpha"),
    ],
)
def test_a_word_says_what_a_frame_is(word: str, shape: tuple[int, ...], depth: str, text: str) -> None:
    frame = RawFrame.parse(word)
    assert (frame.shape, frame.layout.depth, str(frame.layout)) == (shape, depth, text)
    assert frame.bytes == np.zeros(shape, depth).nbytes


@pytest.mark.parametrize("word", ["", "640x360", "0x4x3", "4x0x3", "4x4x5", "4x4x0", "-4x4x3", "4x4x3:float", "٤x4x3"])
def test_other_words_are_refused(word: str) -> None:
    with pytest.raises(UpscliError, match="is not WIDTHxHEIGHTxCHANNELS"):
        RawFrame.parse(word)


@pytest.mark.parametrize("word", ["20x12x3", "20x12x1", "20x12x4", "20x12x3:uint16"])
def test_frames_in_a_row_are_enlarged_each_by_itself(word: str) -> None:
    frame = RawFrame.parse(word)
    frames = [noise(12, 20, frame.layout.channels, frame.layout.depth, seed) for seed in range(3)]
    made = recipe("lanczos", frames[0], frame.layout)
    out = BytesIO()
    assert enlarge_stream(BytesIO(b"".join(f.tobytes() for f in frames)), out, frame, made, 2) == 3
    assert out.getvalue() == b"".join(result_of(made, f).tobytes() for f in frames)


class Drops(RawIOBase):
    """A pipe that gives and takes a few bytes at a time."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data
        self.taken = b""

    def read(self, size: int = -1) -> bytes:
        part, self.data = self.data[: min(size, 7)], self.data[min(size, 7) :]
        return part

    def write(self, data: Any) -> int:
        self.taken += bytes(data[:11])
        return min(11, len(data))


def test_a_pipe_that_gives_and_takes_little_loses_nothing() -> None:
    frame, pixels = RawFrame.parse("6x5x3"), noise(5, 6)
    made, pipe = recipe("bicubic", pixels, frame.layout), Drops(pixels.tobytes() * 2)
    assert enlarge_stream(pipe, pipe, frame, made, 1) == 2  # type: ignore[arg-type]
    assert pipe.taken == result_of(made, pixels).tobytes() * 2


def test_a_stream_that_ends_inside_a_frame_is_an_error_after_the_whole_ones() -> None:
    frame, pixels, out = RawFrame.parse("6x5x3"), noise(5, 6), BytesIO()
    made = recipe("nearest", pixels, frame.layout)
    with pytest.raises(InputError, match="ends inside frame 2: 10 of 90 bytes"):
        enlarge_stream(BytesIO(pixels.tobytes() + bytes(10)), out, frame, made, 1)
    assert out.getvalue() == result_of(made, pixels).tobytes()


def test_no_frames_are_no_error() -> None:
    frame, out = RawFrame.parse("6x5x3"), BytesIO()
    assert enlarge_stream(BytesIO(), out, frame, recipe("nearest", noise(5, 6), frame.layout), 1) == 0
    assert out.getvalue() == b""
