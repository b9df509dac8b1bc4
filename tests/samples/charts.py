"""Pictures with a formula: what an operator should do to them is known."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .reduce import levels


def zone_plate() -> Image.Image:
    """cos(k r^2), whose rings reach half a period a pixel at the middle of every edge."""
    at = np.arange(256) - 127.5
    square = at[:, None] ** 2 + at[None, :] ** 2
    # The phase grows by 2 k r a pixel: this k makes that pi where r is 128.
    return Image.fromarray(levels(0.5 + 0.5 * np.cos(square * np.pi / 256)))


def gradient16() -> Image.Image:
    """A slow ramp with a faint swell in 16 bits; cut to 8 bits it would show bands."""
    x = (np.arange(256) + 0.5)[None, :] / 256
    y = (np.arange(64) + 0.5)[:, None] / 64
    ramp = 0.04 + 0.92 * (x * x * (3 - 2 * x)) + 0.03 * np.sin(np.pi * y) * np.sin(2 * np.pi * (x + 0.2 * y))
    return Image.fromarray(np.floor(np.clip(ramp, 0, 1) * 65535 + 0.5).astype(np.uint16))
