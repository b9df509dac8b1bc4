"""Animated files that the tests read: as real ones are, with partial frames, and broken ones."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image, ImageSequence

Pixels = NDArray[Any]


@dataclass(frozen=True)
class Part:
    """One frame of a GIF as it stands in the file."""

    indices: Pixels
    """(height, width)"""
    left: int = 0
    top: int = 0
    hundredths: int = 5
    disposal: int = 0
    clear: int | None = None
    palette: Pixels | None = None
    """(colors, 3); None: the file's."""


def gif(size: tuple[int, int], palette: Pixels, parts: Sequence[Part], loop: int | None = 0) -> bytes:
    """A GIF of these parts; `loop` as in its NETSCAPE2.0 block."""
    data = b"GIF89a" + struct.pack("<HHBBB", *size, 0x80 | _bits(palette), 0, 0) + _padded(palette)
    if loop is not None:
        data += b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", loop, 0)
    for part in parts:
        flags = part.disposal << 2 | (part.clear is not None)
        data += b"!\xf9\x04" + struct.pack("<BHBB", flags, part.hundredths, part.clear or 0, 0)
        box = (part.left, part.top, part.indices.shape[1], part.indices.shape[0])
        own = 0 if part.palette is None else 0x80 | _bits(part.palette)
        data += b"," + struct.pack("<HHHHB", *box, own)
        data += b"" if part.palette is None else _padded(part.palette)
        data += lzw(part.indices)
    return data + b";"


def lzw(indices: Pixels) -> bytes:
    """The image data of a GIF frame, as Pillow packs it."""
    header, *blocks = GifImagePlugin.getdata(Image.fromarray(indices.astype(np.uint8)))
    return b"".join((header, *blocks))[10:]


def _bits(palette: Pixels) -> int:
    return max(1, (len(palette) - 1).bit_length()) - 1


def _padded(palette: Pixels) -> bytes:
    return palette.astype(np.uint8).tobytes().ljust(6 << _bits(palette), b"\0")


def random_gif(seed: int, count: int = 12, size: tuple[int, int] = (23, 17)) -> bytes:
    """Partial frames, every disposal, own palettes, clear indices, durations of 0.

    All of it where viewers and Pillow agree: Pillow takes disposal 0 for that of the frame before, and clears to a
    color where the frame has no clear index.
    """
    random = np.random.default_rng(seed)
    shared = random.integers(0, 256, (32, 3))
    parts = [Part(random.integers(0, 32, size[::-1]), disposal=int(random.integers(1, 3)), clear=3)]
    for _ in range(count - 1):
        width, height = random.integers(1, size[0] + 1), random.integers(1, size[1] + 1)
        disposal = int(random.integers(1, 4))
        parts.append(
            Part(
                random.integers(0, 16, (height, width)),
                int(random.integers(0, size[0] - width + 1)),
                int(random.integers(0, size[1] - height + 1)),
                int(random.choice([0, 1, 2, 5, 100, 3000])),
                disposal,
                int(random.integers(0, 16)) if disposal == 2 or random.random() < 0.7 else None,
                random.integers(0, 256, (16, 3)) if random.random() < 0.4 else None,
            )
        )
    return gif(size, shared, parts)


def shown(data: bytes) -> list[tuple[Pixels, float]]:
    """Frames as Pillow shows them: (height, width, 4), and milliseconds. What is clear is black."""
    with Image.open(BytesIO(data)) as image:
        skipped = int(bool(image.info.get("default_image")))
        return [
            (seen(np.asarray(frame.convert("RGBA"))), frame.info.get("duration", 0))
            for frame in ImageSequence.all_frames(image)[skipped:]
        ]


def seen(pixels: Pixels) -> Pixels:
    """With the colors of clear pixels set to black: nobody sees them."""
    if pixels.shape[2] == 3:
        return np.concatenate((pixels, np.full((*pixels.shape[:2], 1), 255, pixels.dtype)), axis=2)
    return np.where(pixels[..., 3:] == 0, 0, pixels)


def random_frames(seed: int, count: int = 9, size: tuple[int, int] = (23, 17), mode: str = "RGBA") -> list[Image.Image]:
    """Pictures of which each changes a rectangle of the one before; pixels are clear or opaque."""
    random = np.random.default_rng(seed)
    channels = len(mode)
    canvas = _solid(random.integers(0, 256, (size[1], size[0], channels), np.uint8), mode)
    made = []
    for _ in range(count):
        made.append(Image.fromarray(canvas[..., 0] if channels == 1 else canvas.copy()).copy())
        width, height = random.integers(1, size[0] + 1), random.integers(1, size[1] + 1)
        left, top = random.integers(0, size[0] - width + 1), random.integers(0, size[1] - height + 1)
        patch = random.integers(0, 256, (height, width, channels), np.uint8)
        canvas[top : top + height, left : left + width] = _solid(patch, mode)
    return made


def _solid(pixels: Pixels, mode: str) -> Pixels:
    if mode in ("RGBA", "LA"):
        pixels[..., -1] = np.where(pixels[..., -1] < 64, 0, 255)
    return pixels


def saved(frames: Sequence[Image.Image], kind: str, **more: Any) -> bytes:
    """An animated file, as Pillow writes it."""
    stream = BytesIO()
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:], **more)
    return stream.getvalue()
