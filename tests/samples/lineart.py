"""An ink drawing: thin curved strokes that swell and taper, on white paper."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .noise import Array
from .pen import stroke
from .reduce import levels

SIDE = 320
_MIDDLE = SIDE / 2
_TURN = 2 * np.pi


def _polar(radius: Array | float, angle: Array | float) -> Array:
    radius, angle = np.broadcast_arrays(np.asarray(radius, float), np.asarray(angle, float))
    return np.stack([_MIDDLE + radius * np.sin(angle), _MIDDLE - radius * np.cos(angle)], axis=-1)


def _ring(ink: Array, radius: float, width: float) -> None:
    stroke(ink, _polar(radius, np.linspace(0, _TURN, 121)), width)


def _taper(count: int, thick: float, thin: float = 0.3) -> Array:
    """Widths of a stroke that swells in its middle, as a nib does."""
    return thin + (thick - thin) * np.sin(np.linspace(0, np.pi, count))


def _seeds(ink: Array) -> None:
    """A sunflower's seeds: each turned by the golden angle, so that spirals appear."""
    golden = _TURN * 0.3819660112501051
    small = np.linspace(0, _TURN, 9)
    for place in range(1, 105):
        centre = _polar(3.45 * np.sqrt(place), golden * place)
        size = 0.75 + 0.011 * place
        stroke(ink, centre + size * np.stack([np.sin(small), np.cos(small)], axis=-1), 0.75)


def _petal(ink: Array, angle: float, inner: float, outer: float, half: float) -> None:
    t = np.linspace(0, 1, 22)
    radius = inner + (outer - inner) * t
    spread = half * np.sin(np.pi * t**0.8) ** 0.85 * (1 - 0.25 * t)
    for side in (-1, 1):
        stroke(ink, _polar(radius, angle + side * spread), _taper(22, 1.7, 0.8))
        # Hatching on one side only gives every petal a light and a dark cheek.
        for share in (0.28, 0.52, 0.76)[: 3 if side > 0 else 1]:
            part = slice(2, 15 - int(6 * share))
            stroke(ink, _polar(radius[part], angle + side * share * spread[part]), 0.55)
    stroke(ink, _polar(radius[:18], np.full(18, angle)), np.linspace(1.1, 0.3, 18))


def _gear(ink: Array, radius: float, teeth: int) -> None:
    _ring(ink, radius - 4, 0.9)
    for tooth in range(teeth):
        start = _TURN * tooth / teeth
        steps = start + _TURN / teeth * np.array([0.0, 0.22, 0.32, 0.68, 0.78, 1.0])
        stroke(ink, _polar(radius + np.array([0, 0, 4, 4, 0, 0]), steps), 1.1)
        stroke(ink, _polar(np.array([radius - 4, radius - 1.5]), np.full(2, start)), 0.6)


def _guilloche(ink: Array, radius: float, depth: float) -> None:
    """Waves that cross each other, as on a bank note."""
    angle = np.linspace(0, _TURN, 361)
    for strand in range(5):
        phase = strand * _TURN / 5
        stroke(ink, _polar(radius + depth * np.sin(12 * angle + phase), angle), 0.7)
        stroke(ink, _polar(radius - depth * np.sin(12 * angle + phase), angle), 0.45)


def _leaflet(ink: Array, root: Array, heading: float, length: float, bend: float) -> None:
    t = np.linspace(0, 1, 8)
    turn = heading + bend * t
    spine = root + np.cumsum(np.stack([np.sin(turn), -np.cos(turn)], axis=-1), axis=0) * length / 8
    across = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    belly = (0.20 * length * np.sin(np.pi * t**0.8))[:, None]
    stroke(ink, spine + across * belly, _taper(8, 1.0))
    stroke(ink, spine - across * belly, _taper(8, 0.7))
    stroke(ink, spine[:6], 0.35)


def _fern(ink: Array, root: Array, heading: float, length: float, curl: float) -> None:
    """A frond whose tip rolls up; its leaflets shrink towards the tip."""
    t = np.linspace(0, 1, 60)
    turn = heading + curl * (0.35 * t + 4.6 * t**5)
    spine = root + np.cumsum(np.stack([np.sin(turn), -np.cos(turn)], axis=-1), axis=0) * length / 60
    stroke(ink, spine, np.linspace(1.9, 0.8, 60))
    for place in range(5, 46, 4):
        size = length * 0.21 * (1 - t[place]) ** 0.6 * min(1.0, 0.55 + 2.0 * t[place])
        for side in (-1, 1):
            _leaflet(ink, spine[place], turn[place] + side * 0.95, size, -side * 0.5)


def draw() -> Image.Image:
    """A clockwork flower: seeds, petals, a gear, crossing waves, and ferns out to the corners."""
    ink = np.zeros((SIDE, SIDE))
    _seeds(ink)
    _ring(ink, 38, 1.4)
    for place in range(16):
        _petal(ink, _TURN * place / 16, 39.5, 76, 0.19)
        _petal(ink, _TURN * (place + 0.5) / 16, 60, 87, 0.10)
    _gear(ink, 95, 48)
    _ring(ink, 103, 0.6)
    _guilloche(ink, 112, 6.5)
    _ring(ink, 121, 1.6)
    for quarter in range(4):
        edge, corner = _TURN * quarter / 4, _TURN * (quarter + 0.5) / 4
        for side in (-1, 1):
            _fern(ink, _polar(122.0, edge + 0.02 * side), edge + side * 0.75, 55, side)
            _fern(ink, _polar(122.0, corner + 0.03 * side), corner + side * 0.16, 92, side * 0.8)
    return Image.fromarray(levels(1 - 0.94 * ink))
