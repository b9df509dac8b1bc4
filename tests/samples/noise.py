"""Noise from an integer hash, so that every machine and every NumPy draws the same picture."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_SIDE = 256


def hash_unit(count: int, seed: int) -> Array:
    """`count` numbers in [0, 1) that depend on nothing but their place and the seed."""
    value = np.arange(count, dtype=np.uint64) + np.uint64(seed * 7919 + 1)
    # Multiplying and folding the high bits down is exact, unlike what generators promise between versions.
    for factor in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB):
        value = value * np.uint64(factor)
        value ^= value >> np.uint64(29)
    return (value >> np.uint64(11)).astype(np.float64) / float(1 << 53)


@cache
def _gradients(seed: int) -> tuple[Array, Array]:
    angle = hash_unit(_SIDE * _SIDE, seed) * 2 * np.pi
    return np.cos(angle), np.sin(angle)


def _gradient_block(x: Array, y: Array, gx: Array, gy: Array) -> Array:
    floor_x, floor_y = np.floor(x), np.floor(y)
    fx, fy = x - floor_x, y - floor_y
    column, row = floor_x.astype(np.int64), floor_y.astype(np.int64)
    corners = []
    for dy in (0, 1):
        base = ((row + dy) & (_SIDE - 1)) * _SIDE
        for dx in (0, 1):
            at = base + ((column + dx) & (_SIDE - 1))
            corners.append(gx.take(at) * (fx - dx) + gy.take(at) * (fy - dy))
    ux = fx * fx * fx * (fx * (fx * 6 - 15) + 10)
    uy = fy * fy * fy * (fy * (fy * 6 - 15) + 10)
    top = corners[0] + ux * (corners[1] - corners[0])
    bottom = corners[2] + ux * (corners[3] - corners[2])
    return top + uy * (bottom - top)


def gradient_noise(x: Array, y: Array, seed: int) -> Array:
    """Perlin's gradient noise, about -0.7 to 0.7, that repeats every 256 units."""
    gx, gy = _gradients(seed)
    flat_x, flat_y = x.reshape(-1), y.reshape(-1)
    noise = np.empty(flat_x.shape)
    # Blocks stay in the processor's cache, which makes this several times as fast.
    for start in range(0, flat_x.size, 8192):
        block = slice(start, start + 8192)
        noise[block] = _gradient_block(flat_x[block], flat_y[block], gx, gy)
    return noise.reshape(x.shape)


def fractal(x: Array, y: Array, octaves: int, seed: int) -> Array:
    """Octaves of gradient noise, each half as large and twice as fine, about -1 to 1."""
    total = np.zeros_like(x)
    size = 1.0
    for octave in range(octaves):
        total += size * gradient_noise(x, y, seed + octave)
        # A turned lattice hides the grid that equal axes would show.
        x, y = 1.62 * x + 1.18 * y + 3.1, -1.18 * x + 1.62 * y + 7.7
        size *= 0.5
    return total


def ridges(x: Array, y: Array, octaves: int, seed: int) -> Array:
    """Sharp crests and smooth valleys, about 0 to 1: detail grows only where the coarser octaves are high."""
    total = np.zeros_like(x)
    weight = np.ones_like(x)
    size, norm = 1.0, 0.0
    for octave in range(octaves):
        crest = (1 - np.abs(gradient_noise(x, y, seed + octave)) * 1.6) ** 2
        total += size * crest * weight
        norm += size
        weight = np.clip(crest * weight * 1.7, 0, 1)
        x, y = 1.62 * x + 1.18 * y + 3.1, -1.18 * x + 1.62 * y + 7.7
        size *= 0.5
    return total / norm


def smoothstep(low: float, high: float, value: Array) -> Array:
    """0 below `low`, 1 above `high`, and a smooth S between them (either order)."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
