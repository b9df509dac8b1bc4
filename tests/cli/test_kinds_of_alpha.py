"""Each way in which a file says what is transparent: a disc keeps its color, and nothing of the ground shows."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import upscli as library
from upscli.pictures import door
from upscli.pictures.header import Limits, Source

LOUD, DISC, GRAY = (255, 0, 255), (204, 51, 20), 100
ROWS, COLS = np.mgrid[:21, :19]
INSIDE = (ROWS - 10) ** 2 + (COLS - 9) ** 2 < 50
COLORS = np.where(INSIDE[..., np.newaxis], DISC, LOUD).astype(np.uint8)
GRAYS = np.where(INSIDE, GRAY, 255).astype(np.uint8)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def keyed_16(levels: Any, color: int, key: tuple[int, ...]) -> bytes:
    """A 16-bit PNG whose color `key` is clear, as Pillow cannot write it."""
    rows = b"".join(b"\0" + row.tobytes() for row in (levels.astype(np.uint16) * 257).astype(">u2"))
    head = struct.pack(">IIBBBBB", levels.shape[1], levels.shape[0], 16, color, 0, 0, 0)
    clear = struct.pack(f">{len(key)}H", *(level * 257 for level in key))
    chunks = ((b"IHDR", head), (b"tRNS", clear), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def palette() -> Image.Image:
    return Image.fromarray(COLORS).quantize(4)


def write(kind: str) -> str:
    picture, gray = Image.fromarray(COLORS), Image.fromarray(GRAYS)
    mask = Image.fromarray((INSIDE * 255).astype(np.uint8))
    clear = palette().getpixel((0, 0))
    name = f"in{Path(kind.replace(' ', '-')).suffix or '.png'}"
    if kind.startswith("palette"):
        palette().save(name, transparency=clear)
    elif kind.startswith("color key, 16"):
        Path(name).write_bytes(keyed_16(COLORS, 2, LOUD))
    elif kind.startswith("gray key, 16"):
        Path(name).write_bytes(keyed_16(GRAYS, 0, (255,)))
    elif kind.startswith("color key"):
        picture.save(name, transparency=LOUD)
    elif kind.startswith("gray key"):
        gray.save(name, transparency=255)
    else:
        Image.merge("LA", (gray, mask)).save(name)
    return name


KINDS = (
    "palette with tRNS.png",
    "palette.gif",
    "color key.png",
    "color key, 16 bits.png",
    "gray key.png",
    "gray key, 16 bits.png",
    "LA.png",
    "LA.tif",
)


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_clear_ground_shows(upscli: Callable[..., Any], folder: Path, kind: str, linear: bool) -> None:
    words = ["enlarge", write(kind), "-m", "lanczos", "-s", 2.7, "-o", "out.png", *(["--linear"] if linear else [])]
    assert upscli(*words).code == 0
    result = np.concatenate([strip.copy() for strip in door.read(Source(Path("out.png")), Limits()).strips])
    seen = result[result[..., -1] > np.iinfo(result.dtype).max * 0.02][:, :-1]
    unit = 257 if "16" in kind else 1
    assert result.dtype == (np.uint16 if "16" in kind else np.uint8)
    assert len(seen) > 300
    assert (seen == np.multiply(DISC if result.shape[2] == 4 else (GRAY,), unit)).all()


def test_palettes_with_alpha_come_out_as_colors_with_alpha() -> None:
    held = palette()
    held.putalpha(Image.fromarray((INSIDE * 255).astype(np.uint8)))
    result = library.enlarge(held, "lanczos", 3)
    assert result.mode == "RGBA"
    pixels = np.asarray(result)
    assert (pixels[pixels[..., 3] > 0][:, :3] == DISC).all()


@pytest.mark.parametrize("name", ["out.gif"])
def test_a_gif_has_the_disc_where_it_covers_half_a_pixel_and_more(
    upscli: Callable[..., Any], folder: Path, name: str
) -> None:
    assert upscli("enlarge", write("palette.gif"), "-s", 3, "-o", name).code == 0
    assert upscli("enlarge", "in.gif", "-s", 3, "-o", "exact.png").code == 0
    with Image.open(name) as gif, Image.open("exact.png") as exact:
        found, expected = np.asarray(gif.convert("RGBA")), np.asarray(exact)
    assert (found[..., 3] == np.where(expected[..., 3] >= 128, 255, 0)).all()
    assert (found[found[..., 3] > 0][:, :3] == DISC).all()
