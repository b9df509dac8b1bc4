"""Conifers on the near shore: dark, sharp edged, with the low sun on one side."""

from __future__ import annotations

import numpy as np

from .noise import Array, fractal, gradient_noise, hash_unit, smoothstep

# Where a tree stands and how tall it is, in picture pixels.
_TALL = (
    (14, 150), (37, 172), (58, 128), (76, 146), (92, 98), (106, 72), (-4, 120),
    (472, 96), (455, 118), (436, 74), (421, 52), (484, 126),
)  # fmt: skip


def _trees() -> list[tuple[float, float]]:
    """The tall trees and their undergrowth, the smallest last so that it stands in front."""
    chance = hash_unit(3 * 90, 201).reshape(3, 90)
    small = []
    for place, side, size in chance.T:
        # Denser and taller towards both edges, which frame the view.
        away = place**1.7
        foot = away * 132 - 4 if side < 0.62 else 484 - away * 68
        small.append((float(foot), float((1 - 0.8 * away) * (10 + 26 * size))))
    return list(_TALL) + small


def _tree(rows: Array, columns: Array, tall: float, seed: int) -> tuple[Array, Array]:
    """Cover and light of one tree; rows count down from its top, columns from its trunk."""
    down = rows / tall
    wide = 0.17 + 0.05 * (seed % 5) / 4
    out = np.abs(columns) / (wide * tall)
    boughs = 9 + seed % 4
    ragged = fractal(columns * 0.30 + seed * 17.0, rows * 0.42, 3, 211)
    # Boughs hang: the farther out, the lower the part of the saw that is met.
    saw = (down**0.85 * boughs - 1.3 * out + 0.5 * ragged + 0.37 * np.sign(columns)) % 1.0
    edge = np.clip(down, 0, 1) ** 0.82 * (0.34 + 0.66 * saw) * (1 + 0.45 * ragged) + 0.012
    cover = (out < edge) & (down > 0) & (down < 0.97 + 0.05 * ragged)
    trunk = (np.abs(columns) < 0.010 * tall + 0.3) & (down > 0.03) & (down <= 1.02)
    lean = -columns / (wide * tall) / np.maximum(edge, 0.02)
    light = smoothstep(-0.1, 1.1, lean + 0.5 * ragged) * (0.35 + 0.65 * saw)
    return (cover | trunk).astype(np.float64), light


def _bank(columns: Array, width: float) -> Array:
    """How far the near shore rises over the water at a column, in picture pixels; negative is water."""
    left = 5.5 * smoothstep(150, 60, columns)
    right = 5.0 * smoothstep(width - 92, width - 40, columns)
    rough = 1.6 * fractal(columns * 0.06, columns * 0 + 0.5, 4, 221)
    return left + right + rough * np.clip(left + right, 0, 1) - 1.2


def plant(width: int, waterline: int, scale: int) -> tuple[Array, Array]:
    """Colour and cover of the near shore over its waterline, `scale` times larger than the picture."""
    columns = (np.arange(width * scale) + 0.5) / scale
    rows = (np.arange(waterline * scale) + 0.5) / scale
    cover = np.zeros((len(rows), len(columns)))
    light = np.zeros_like(cover)
    bank = _bank(columns, width)
    for seed, (foot, tall) in enumerate(_trees()):
        base = waterline - max(float(np.interp(foot, columns, bank)), 0.0)
        spread = 0.26 * tall + 2
        down = slice(*np.searchsorted(rows, (base - tall, base + 2)))
        across = slice(*np.searchsorted(columns, (foot - spread, foot + spread)))
        grid = np.meshgrid(columns[across] - foot, rows[down] - base + tall)
        mask, shine = _tree(grid[1], grid[0], tall, seed)
        light[down, across] += mask * (shine * (0.5 + 0.5 * min(tall / 60, 1)) - light[down, across])
        cover[down, across] = np.maximum(cover[down, across], mask)
    ground = rows[:, None] > waterline - bank[None, :]
    turf = 0.30 + 0.5 * gradient_noise(*np.meshgrid(columns * 0.8, rows * 2.0), 231)
    light = np.where(ground & (cover == 0), turf, light)
    cover = np.maximum(cover, ground)
    dark, sunny = np.array([0.010, 0.017, 0.014]), np.array([0.17, 0.105, 0.036])
    return dark + (sunny - dark) * np.clip(light, 0, 1)[..., None] ** 1.6, cover
