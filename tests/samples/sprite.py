"""Pixel art with transparent pixels: a small dragon."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 48
LOUD = (255, 0, 255, 0)

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Tones = tuple[tuple[int, int, int], ...]

_y, _x = np.mgrid[0:SIDE, 0:SIDE] + 0.5
_GREEN = ((30, 92, 84), (42, 138, 98), (88, 186, 102), (162, 224, 120))
_CREAM = ((206, 146, 96), (240, 196, 128), (255, 230, 172), (255, 244, 212))
_WING = ((120, 44, 86), (178, 62, 92), (226, 100, 96), (250, 156, 112))
_HORN = ((176, 120, 92), (222, 178, 128), (250, 226, 176), (255, 246, 220))
_INK = (34, 28, 56)


def _oval(x: float, y: float, wide: float, high: float) -> Mask:
    return ((_x - x) / wide) ** 2 + ((_y - y) / high) ** 2 <= 1


def _polygon(*corners: tuple[float, float]) -> Mask:
    """The inside of a polygon, by the even-odd rule at the middle of every pixel."""
    inside = np.zeros((SIDE, SIDE), dtype=np.bool_)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if y0 == y1:
            continue
        crosses = (_y > min(y0, y1)) & (_y <= max(y0, y1))
        inside ^= crosses & (_x < x0 + (_y - y0) * (x1 - x0) / (y1 - y0))
    return inside


def _grown(mask: Mask) -> Mask:
    padded = np.pad(mask, 1)
    return padded[1:-1, :-2] | padded[1:-1, 2:] | padded[:-2, 1:-1] | padded[2:, 1:-1] | mask


def _part(pixels: Pixels, mask: Mask, tones: Tones, middle: tuple[float, float]) -> None:
    """A part with an ink outline, shaded in four tones from the upper left."""
    pixels[_grown(mask)] = (*_INK, 255)
    rows, columns = np.nonzero(mask)
    size = max(np.ptp(rows), np.ptp(columns)) / 2 + 1
    light = -((_x - middle[0]) * 0.55 + (_y - middle[1]) * 0.85) / size
    # A checkerboard between two tones is how few colours make a round form.
    light = light + np.where((_x.astype(int) + _y.astype(int)) % 2 == 0, 0.05, -0.05)
    for tone, low in zip(tones, (-9.0, -0.52, -0.05, 0.52), strict=True):
        pixels[mask & (light > low)] = (*tone, 255)


def _behind(pixels: Pixels) -> None:
    shadow = _oval(24.5, 44.0, 17, 3.2)
    pixels[shadow] = (24, 20, 48, 96)
    tail = _oval(36, 38, 8.5, 5) & ~_oval(35, 34.5, 6.5, 4.6)
    _part(pixels, tail | _oval(42.4, 34.5, 1.9, 4), _GREEN, (37, 37))
    _part(pixels, _polygon((42.5, 26), (46.5, 31), (42.5, 34), (39, 31)), _WING, (42, 31))
    for side in (-1, 1):
        bones = ((5, 31), (9, 23), (21, 17.5), (20, 24), (17, 25), (16, 30), (12, 30))
        wing = [(24 + side * x, float(y)) for x, y in bones]
        _part(pixels, _polygon(*wing), _WING, (24 + side * 14, 25))


def _body(pixels: Pixels) -> None:
    _part(pixels, _oval(24, 35, 9.2, 9), _GREEN, (24, 35))
    _part(pixels, _oval(24, 37, 5.6, 6.6), _CREAM, (24, 36))
    for row in (34, 37, 40):
        pixels[row, 20:28] = (*_CREAM[1], 255)
    for side in (-1, 1):
        _part(pixels, _oval(24 + side * 6.5, 43, 4.2, 2.4), _GREEN, (24 + side * 6.5, 43))
        _part(pixels, _oval(24 + side * 8.3, 33.5, 2.1, 3.2), _GREEN, (24 + side * 8, 33))
        for toe in (4, 6, 8):
            pixels[44, int(24 + side * toe - (side < 0))] = (*_CREAM[3], 255)


def _head(pixels: Pixels) -> None:
    for side in (-1, 1):
        horn = [(24 + side * x, float(y)) for x, y in ((4, 9), (9, 1), (10.5, 2), (9, 11))]
        _part(pixels, _polygon(*horn), _HORN, (24 + side * 8, 6))
        ear = [(24 + side * x, float(y)) for x, y in ((10, 12), (18.5, 8.5), (17.5, 15), (11, 20))]
        _part(pixels, _polygon(*ear), _GREEN, (24 + side * 14, 13))
        inner = [(24 + side * x, float(y)) for x, y in ((12, 13.5), (17, 10.5), (16, 14.5), (12, 17.5))]
        pixels[_polygon(*inner)] = (*_WING[2], 255)
    _part(pixels, _oval(24, 18, 13, 10.5), _GREEN, (24, 17))
    _part(pixels, _polygon((22, 10), (24, 3.5), (26, 10)), _WING, (24, 8))
    muzzle = _oval(24, 23.2, 7.5, 4.4)
    pixels[muzzle] = (*_CREAM[2], 255)
    pixels[muzzle & (_y > 25)] = (*_CREAM[1], 255)


def _face(pixels: Pixels) -> None:
    for side in (-1, 1):
        pixels[_oval(24 + side * 7, 16.5, 3.1, 4.1)] = (*_INK, 255)
        pixels[_oval(24 + side * 7, 18.6, 1.9, 1.6)] = (66, 92, 176, 255)
        left = int(24 + side * 7) - 2
        pixels[13:16, left : left + 2] = (255, 255, 255, 255)
        pixels[18, left + 3] = (170, 214, 255, 255)
        pixels[_oval(24 + side * 9.5, 21.9, 1.6, 1.1)] = (248, 132, 128, 255)
        pixels[21, 23 + side * 2 + (side < 0)] = (*_CREAM[0], 255)
    pixels[25, 21:27] = (*_INK, 255)
    pixels[24, [20, 27]] = (*_INK, 255)
    pixels[26, 22] = (255, 255, 255, 255)


def draw() -> Image.Image:
    """A young dragon on its shadow; under every transparent pixel hides a magenta that must not bleed."""
    pixels = np.empty((SIDE, SIDE, 4), dtype=np.uint8)
    pixels[...] = LOUD
    for step in (_behind, _body, _head, _face):
        step(pixels)
    return Image.fromarray(pixels)
