"""Numbers as colors: blue below the mean, white at it, red above."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Colors = NDArray[np.uint8]

_BELOW, _MIDDLE, _ABOVE = np.array([[33, 102, 172], [247, 247, 247], [178, 24, 43]], np.float64)
"""Ends and middle of the scheme RdBu. (C. Brewer, colorbrewer2.org)"""
_ON_BLACK = np.array([[96, 178, 255], [24, 26, 30], [255, 112, 92]], np.float64)
"""The same for dark screens."""
FAINTEST = 0.02
"""Differences of less than this part of the mean do not fill the scale."""
SIDE = 512
"""Pixels, about, of a drawn pattern."""
PERIODS = 4


def colors_of(values: Floats) -> Colors:
    """(h, w) -> (h, w, 3)."""
    mean = float(values.mean())
    away = values - mean
    return signed_colors(away, max(float(np.abs(away).max()), FAINTEST * abs(mean)))


def signed_colors(away: NDArray[np.floating[Any]], full: float, dark: bool = False) -> Colors:
    """Distances (h, w) from the middle -> (h, w, 3); those of `full` and more have the full color.

    `dark`: the middle is nearly black instead of nearly white.
    """
    below, middle, above = _ON_BLACK if dark else (_BELOW, _MIDDLE, _ABOVE)
    part = np.clip(away / full if full else away, -1, 1)[..., np.newaxis]
    mixed = middle + np.where(part < 0, -part * (below - middle), part * (above - middle))
    colors: Colors = np.floor(mixed + 0.5).astype(np.uint8)
    return colors


def drawn(*patterns: Floats) -> Colors:
    """Patterns side by side, each several periods of it as a constant picture would show them: (h, w, 3)."""
    panels = []
    for pattern in patterns:
        tiled = np.tile(colors_of(pattern), (PERIODS, PERIODS, 1))
        cell = max(1, SIDE // max(tiled.shape[:2]))
        panels.append(tiled.repeat(cell, 0).repeat(cell, 1))
    gap = np.full((panels[0].shape[0], SIDE // 16, 3), 255, np.uint8)
    parts = [part for panel in panels for part in (gap, panel)][1:]
    return np.concatenate(parts, axis=1)
