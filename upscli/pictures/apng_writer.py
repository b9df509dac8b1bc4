"""Animated PNG, written frame by frame: of each, the rectangle in which it differs from the one before.

Source: PNG specification, third edition, 11.3.6.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, BinaryIO

from numpy.typing import NDArray

from upscli.errors import OutputError
from upscli.pictures.changes import box_between
from upscli.pictures.header import Frame
from upscli.pictures.png_chunks import SIGNATURE, chunk
from upscli.pictures.png_writer import Compression, PngLayout, pixel_data

_MOST = 65535


def write_apng(
    stream: BinaryIO,
    layout: PngLayout,
    frames: Iterator[Frame],
    timing: tuple[int, int],
    compress: Compression = "fast",
    threads: int = 1,
) -> bool:
    """Write a whole animation; whether all durations are exact.

    `timing`: how many frames will come, and how often they are played (0: for ever). Two frames are held at a time.
    Raises OutputError for a duration that APNG cannot say, ValueError for another number of frames.
    """
    stream.write(SIGNATURE + chunk(b"IHDR", layout.header) + chunk(b"acTL", struct.pack(">II", *timing)))
    for kind, data in layout.chunks:
        stream.write(chunk(kind, data))
    before: NDArray[Any] | None = None
    sequence, exact, count = 0, True, 0
    for count, frame in enumerate(frames, 1):
        box = box_between(before, frame.pixels)
        part = frame.pixels[box]
        delay, unit = _delay(frame.seconds, count)
        exact = exact and Fraction(delay, unit) == frame.seconds
        height, width = part.shape[:2]
        head = struct.pack(">IIIII", sequence, width, height, box[1].start, box[0].start)
        stream.write(chunk(b"fcTL", head + struct.pack(">HHBB", delay, unit, 0, 0)))
        sequence += 1
        small = replace(layout, width=width, height=height)
        for piece in pixel_data(small, [part], compress, threads):
            if before is None:
                stream.write(chunk(b"IDAT", piece))
            else:
                stream.write(chunk(b"fdAT", struct.pack(">I", sequence) + piece))
                sequence += 1
        before = frame.pixels
    if count != timing[0]:
        raise ValueError(f"{count} frames came, {timing[0]} were promised")
    stream.write(chunk(b"IEND", b""))
    return exact


def _delay(seconds: Fraction, number: int) -> tuple[int, int]:
    """Numerator and denominator, of 16 bits each, as near as they come."""
    if seconds > _MOST:
        raise OutputError(f"frame {number} is shown for {float(seconds):,g} s, and png ends at {_MOST:,} s")
    most = _MOST if seconds <= 1 else int(_MOST / seconds)
    near = seconds.limit_denominator(most)
    return near.numerator, near.denominator
