"""A small evening scene, drawn with NumPy: things whose place and kind are plain to see."""

import numpy as np
from numpy.typing import NDArray

from upscli.lessons.board import Floats

WIDTH, HEIGHT = 240, 160
FINER = 3
"""Samples a pixel and axis."""

Mask = NDArray[np.bool_]


class _Canvas:
    """Colors 0..1, with shapes painted over them in pixels of the finished picture."""

    def __init__(self) -> None:
        y, x = np.indices((HEIGHT * FINER, WIDTH * FINER), np.float64)
        self.x, self.y = (x + 0.5) / FINER, (y + 0.5) / FINER
        self.colors = np.zeros((*self.x.shape, 3))

    def paint(self, mask: Mask | Floats, color: tuple[float, ...] | Floats) -> None:
        """Over all, or by a share of 0..1 for each sample."""
        if mask.dtype == np.bool_:
            self.colors[mask] = color[mask] if isinstance(color, np.ndarray) and color.ndim == 3 else color
        else:
            self.colors += (np.asarray(color) - self.colors) * mask[..., np.newaxis]

    def disc(self, x: float, y: float, radius: float) -> Mask:
        return np.hypot(self.x - x, self.y - y) < radius

    def box(self, left: float, top: float, right: float, bottom: float) -> Mask:
        return (self.x >= left) & (self.x < right) & (self.y >= top) & (self.y < bottom)

    def between(self, color: tuple[float, ...], other: tuple[float, ...], share: Floats) -> Floats:
        share = np.clip(share, 0.0, 1.0)[..., np.newaxis]
        return np.array(color) * (1 - share) + np.array(other) * share


def scene() -> NDArray[np.uint8]:
    """(160, 240, 3): a house, two trees, hills and a low sun."""
    canvas = _Canvas()
    _sky(canvas)
    _hills(canvas)
    _path(canvas)
    _house(canvas)
    _trees(canvas)
    small = canvas.colors.reshape(HEIGHT, FINER, WIDTH, FINER, 3).mean(axis=(1, 3))
    levels: NDArray[np.uint8] = np.floor(np.clip(small, 0.0, 1.0) * 255 + 0.5).astype(np.uint8)
    return levels


def _sky(canvas: _Canvas) -> None:
    share = canvas.y / 105
    canvas.colors[...] = canvas.between((0.20, 0.36, 0.62), (0.99, 0.80, 0.58), share**1.3)
    away = np.hypot(canvas.x - 52, canvas.y - 62)
    canvas.paint(0.75 * np.exp(-away / 26), (1.0, 0.86, 0.55))
    canvas.paint(canvas.disc(52, 62, 15), (1.0, 0.95, 0.76))
    for x, y, wide in ((128, 28, 30), (148, 34, 40), (206, 20, 26), (22, 22, 22)):
        cloud = np.exp(-(((canvas.x - x) / wide) ** 2) - ((canvas.y - y) / 4.5) ** 2)
        canvas.paint(0.8 * np.clip(1.6 * cloud - 0.35, 0, 1), (1.0, 0.93, 0.90))


def _hills(canvas: _Canvas) -> None:
    x = canvas.x
    peaks = 84 - 15 * np.abs(np.sin(x / 31 + 0.9)) - 6 * np.sin(x / 9.5) * np.sin(x / 41)
    canvas.paint(canvas.y > peaks, canvas.between((0.46, 0.48, 0.66), (0.78, 0.68, 0.68), (canvas.y - 62) / 45))
    ridge = 96 - 9 * np.sin(x / 46 + 2.2) - 2 * np.sin(x / 13)
    canvas.paint(canvas.y > ridge, canvas.between((0.30, 0.47, 0.37), (0.42, 0.58, 0.36), (canvas.y - 88) / 30))
    meadow = 116 - 5 * np.sin(x / 60 + 0.4)
    canvas.paint(canvas.y > meadow, canvas.between((0.50, 0.66, 0.32), (0.27, 0.46, 0.22), (canvas.y - 110) / 50))
    for number in range(46):
        # Flowers, strewn by the golden ratio.
        left, top = (number * 0.618034 % 1) * WIDTH, 128 + (number * 0.7548777 % 1) * 30
        canvas.paint(
            canvas.disc(left, top, 1.1), ((0.98, 0.86, 0.36), (0.95, 0.95, 0.92), (0.92, 0.45, 0.42))[number % 3]
        )


def _path(canvas: _Canvas) -> None:
    depth = np.clip((canvas.y - 127) / 33, 0, None)
    middle = 163 - 46 * depth**1.4
    path = (np.abs(canvas.x - middle) < 4 + 11 * depth) & (canvas.y > 127)
    canvas.paint(path, canvas.between((0.86, 0.76, 0.58), (0.72, 0.60, 0.43), depth))


def _house(canvas: _Canvas) -> None:
    shadow = np.hypot((canvas.x - 174) / 46, (canvas.y - 129) / 5) < 1
    canvas.paint(np.where(shadow, 0.35, 0.0), (0.1, 0.2, 0.1))
    canvas.paint(canvas.box(136, 86, 204, 129), (0.95, 0.90, 0.80))
    canvas.paint(canvas.box(190, 86, 204, 129), (0.84, 0.77, 0.68))
    canvas.paint(canvas.box(184, 50, 193, 74), (0.58, 0.33, 0.28))
    rise = (canvas.y - 54) / 33
    roof = (rise > 0) & (rise < 1) & (np.abs(canvas.x - 170) < 22 + 21 * rise)
    tiles = 0.05 * np.sin(canvas.y * 2.1)
    canvas.paint(roof, np.array((0.76, 0.31, 0.24)) + tiles[..., np.newaxis])
    canvas.paint(canvas.box(156, 103, 169, 129), (0.35, 0.25, 0.22))
    canvas.paint(canvas.disc(166, 117, 1.0), (0.95, 0.80, 0.40))
    for left in (141, 176):
        canvas.paint(canvas.box(left, 96, left + 11, 109), (1.0, 0.99, 0.94))
        canvas.paint(canvas.box(left + 1.5, 97.5, left + 9.5, 107.5), (0.98, 0.80, 0.36))
        canvas.paint(canvas.box(left + 5, 96, left + 6, 109), (1.0, 0.99, 0.94))
        canvas.paint(canvas.box(left, 102, left + 11, 103), (1.0, 0.99, 0.94))


def _trees(canvas: _Canvas) -> None:
    for x, foot, size in ((100, 132, 1.0), (222, 128, 0.72)):
        canvas.paint(canvas.box(x - 3 * size, foot - 30 * size, x + 3 * size, foot), (0.40, 0.27, 0.19))
        for right, up, radius, light in (
            (0, 44, 19, 0.0),
            (-11, 36, 13, 0.02),
            (11, 36, 13, -0.03),
            (-5, 52, 10, 0.07),
        ):
            leaves = canvas.disc(x + right * size, foot - up * size, radius * size)
            canvas.paint(leaves, (0.20 + light, 0.42 + 1.3 * light, 0.24 + light))
