"""Antialiased shapes from exact distances: no rasterizer whose next version draws another edge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .noise import Array

Colour = tuple[int, int, int]
Point = tuple[float, float]


def segment(ink: Array, start: Point, end: Point, width: tuple[float, float]) -> None:
    """Darken `ink` (0 to 1) along a straight stroke whose width runs from one value to another."""
    (x0, y0), (x1, y1) = start, end
    reach = max(width) / 2 + 1
    left, right = max(int(min(x0, x1) - reach), 0), min(int(max(x0, x1) + reach) + 1, ink.shape[1])
    top, bottom = max(int(min(y0, y1) - reach), 0), min(int(max(y0, y1) + reach) + 1, ink.shape[0])
    if left >= right or top >= bottom:
        return
    x = np.arange(left, right)[None, :] + 0.5 - x0
    y = np.arange(top, bottom)[:, None] + 0.5 - y0
    dx, dy = x1 - x0, y1 - y0
    along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-12), 0, 1)
    radius = (width[0] + (width[1] - width[0]) * along) / 2
    away = np.sqrt((x - along * dx) ** 2 + (y - along * dy) ** 2)
    # A stroke thinner than a pixel stays as wide as one and gets paler.
    cover = np.clip(np.maximum(radius, 0.5) + 0.5 - away, 0, 1) * np.minimum(radius * 2, 1)
    part = ink[top:bottom, left:right]
    np.maximum(part, cover, out=part)


def stroke(ink: Array, points: Sequence[Point] | Array, widths: Sequence[float] | Array | float) -> None:
    """A line through all `points`, with one width or a width a point."""
    places = [(float(x), float(y)) for x, y in points]
    wide = np.broadcast_to(np.asarray(widths, dtype=np.float64), (len(places),)).tolist()
    for place in range(len(places) - 1):
        segment(ink, places[place], places[place + 1], (wide[place], wide[place + 1]))


def fill(canvas: Array, cover: Array, colour: Colour | Array, strength: float = 1.0) -> None:
    """Lay a colour over the canvas where `cover` (0 to 1) says."""
    canvas += (np.asarray(colour, dtype=np.float64) - canvas) * (cover * strength)[..., None]


def _grid(canvas: Array) -> tuple[Array, Array]:
    rows, columns = canvas.shape[:2]
    return np.arange(columns)[None, :] + 0.5, np.arange(rows)[:, None] + 0.5


def box(canvas: Array, edges: tuple[float, float, float, float], radius: float, soft: float = 1.0) -> Array:
    """Cover of a rectangle (left, top, right, bottom) with round corners; `soft` blurs its edge."""
    x, y = _grid(canvas)
    left, top, right, bottom = edges
    over_x = np.abs(x - (left + right) / 2) - (right - left) / 2 + radius
    over_y = np.abs(y - (top + bottom) / 2) - (bottom - top) / 2 + radius
    outside = np.sqrt(np.maximum(over_x, 0) ** 2 + np.maximum(over_y, 0) ** 2)
    away = outside + np.minimum(np.maximum(over_x, over_y), 0) - radius
    return np.clip(0.5 - away / soft, 0, 1)


def disc(canvas: Array, centre: Point, radius: float) -> Array:
    """Cover of a filled circle."""
    x, y = _grid(canvas)
    return np.clip(radius + 0.5 - np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2), 0, 1)
