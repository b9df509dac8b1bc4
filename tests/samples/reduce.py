"""Making a picture smaller without stairs: what is drawn large is filtered down to the pixel."""

from __future__ import annotations

import numpy as np

from .noise import Array


def _kernel(at: Array, lobes: int) -> Array:
    return np.where(np.abs(at) < lobes, np.sinc(at) * np.sinc(at / lobes), 0.0)


def _weights(size: int, scale: int, lobes: int) -> Array:
    centre = (np.arange(size)[:, None] + 0.5) * scale
    at = (np.arange(size * scale)[None, :] + 0.5 - centre) / scale
    weights = _kernel(at, lobes)
    return weights / weights.sum(axis=1, keepdims=True)


def reduced(picture: Array, scale: int, lobes: int = 2) -> Array:
    """`picture` smaller by a whole factor, by a windowed sinc in both directions."""
    rows = _weights(picture.shape[0] // scale, scale, lobes)
    columns = _weights(picture.shape[1] // scale, scale, lobes)
    return np.moveaxis(np.tensordot(columns, np.tensordot(rows, picture, 1), (1, 1)), 0, 1)


def srgb(linear: Array) -> Array:
    """Linear light as the numbers that a file stores, both 0 to 1."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def levels(unit: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """0 to 1 as the nearest of 256 levels."""
    return np.floor(np.clip(unit, 0, 1) * 255 + 0.5).astype(np.uint8)
