"""The sample pictures, drawn by formula: the same on every machine, and nobody else's work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from . import charts, interface, landscape, lineart, sprite

SAMPLES: dict[str, Callable[[], Image.Image]] = {
    "landscape.png": landscape.draw,
    "interface.png": interface.draw,
    "sprite.png": sprite.draw,
    "lineart.png": lineart.draw,
    "zone-plate.png": charts.zone_plate,
    "gradient16.png": charts.gradient16,
}


def draw_all(folder: Path) -> None:
    """Draw every sample picture into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in SAMPLES.items():
        draw().save(folder / name, optimize=True)
