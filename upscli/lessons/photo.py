"""A whole picture for a lesson: not too large, and of sides that can be halved."""

from pathlib import Path

import numpy as np

from upscli.errors import MethodError
from upscli.lessons.board import Floats
from upscli.lessons.crop import rgb
from upscli.pictures import door
from upscli.pictures.header import Limits, Source

MOST_SIDE = 320
"""Pixels; larger pictures are made smaller by whole factors."""
LEAST_SIDE = 32


def photo_of(path: Path, multiple: int) -> tuple[Floats, str]:
    """Red, green and blue 0..255 (h, w, 3), sides cut to a `multiple`, and what was done to the picture, in words.

    Raises InputError, and MethodError for a picture that is too small.
    """
    picture = door.read(Source(path), Limits())
    width, height = picture.header.width, picture.header.height
    if min(width, height) < LEAST_SIDE:
        raise MethodError(f"{path} is {width} x {height}; this lesson needs {LEAST_SIDE} pixels a side at least")
    factor = -(-max(width, height) // MOST_SIDE)
    if min(width, height) // factor < LEAST_SIDE:
        raise MethodError(f"{path} is {width} x {height}, too narrow for this lesson; crop it first")
    rows, held = [], []
    for strip in picture.strips:
        held += list(rgb(strip, picture.header.layout))
        while len(held) >= factor:
            # A line at a time: a large picture is never held whole.
            rows.append(_shrunk(np.stack(held[:factor]), factor))
            del held[:factor]
    small = np.stack(rows)
    high, wide = (n // multiple * multiple for n in small.shape[:2])
    said = [
        f"made {factor} times smaller" * (factor > 1),
        "cut at the right and the bottom" * ((high, wide) != small.shape[:2]),
    ]
    words = " and ".join(word for word in said if word)
    return small[:high, :wide], f"The picture was {words}: {wide} x {high} pixels." if words else ""


def _shrunk(lines: Floats, factor: int) -> Floats:
    """One line of means of factor x factor pixels."""
    wide = lines.shape[1] // factor
    means: Floats = lines[:, : wide * factor].reshape(factor, wide, factor, 3).mean(axis=(0, 2))
    return means
