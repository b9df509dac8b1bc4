"""The picture that everything is measured on: 512x512 tiles of photographs, side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

TILE = 512
SIZE = (2000, 1500)
QUICK_SIZE = (200, 150)
PHOTOS = "train/Photo_tiles"
SAMPLE = Path(__file__).resolve().parents[2] / "sample_images" / "landscape.png"


@dataclass(frozen=True)
class Mosaic:
    """RGB pixels (height, width, 3), and what they were made from."""

    pixels: Pixels
    origin: str

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)"""
        return self.pixels.shape[1], self.pixels.shape[0]


def mosaic(folder: Path | None, size: tuple[int, int] = SIZE) -> Mosaic:
    """The same picture for the same folder: tiles are spread evenly over its files, in the order of their names.

    Without a folder, the one that UPSCLI_DATA names, or the sample landscape.
    """
    columns, rows = (-(-length // TILE) for length in size)
    files, origin = _files(folder or _told())
    step = max(1, len(files) // (columns * rows))
    tiles = list(islice(cycle(_tiles(files[::step])), columns * rows))
    lines = [np.concatenate(tiles[row * columns : (row + 1) * columns], axis=1) for row in range(rows)]
    whole = np.concatenate(lines)[: size[1], : size[0]]
    return Mosaic(np.ascontiguousarray(whole), origin)


def _told() -> Path | None:
    word = os.environ.get("UPSCLI_DATA")
    return Path(word) if word else None


def _files(folder: Path | None) -> tuple[list[Path], str]:
    if folder is None:
        return [SAMPLE], f"sample_images/{SAMPLE.name}, mirrored at its borders"
    for place in (folder / PHOTOS, folder):
        if files := sorted(place.glob("*.png")):
            return files, f"photographs from {place.name}"
    raise SystemExit(f"{folder} holds no PNG files, nor does {PHOTOS} in it")


def _tiles(files: list[Path]) -> Iterator[Pixels]:
    for file in files:
        with Image.open(file) as image:
            pixels = np.asarray(image.convert("RGB"))
        height, width = pixels.shape[:2]
        # A smaller picture is continued by its mirror image: that looks like a photograph and adds no edges.
        room = ((0, max(0, TILE - height)), (0, max(0, TILE - width)), (0, 0))
        yield np.pad(pixels, room, mode="symmetric")[:TILE, :TILE]
