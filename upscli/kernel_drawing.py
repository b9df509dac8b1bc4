"""Learned filters as a picture: red adds, blue takes away."""

import numpy as np
from numpy.typing import NDArray

from upscli.heatmap import SIDE, Colors, signed_colors
from upscli.learned.modelfile import Model

MOSAIC = 16
"""Filters along each side of the picture of many."""
_LINE = np.array([120, 120, 120], np.uint8)


def kernel_picture(model: Model) -> Colors:
    """(h, w, 3): the transposed convolution's kernel; of buckets, what a pixel's window adds to its first result."""
    if model.header.kind == "linear":
        return _enlarged(_colors(model.arrays["kernel"].astype(np.float64)))
    scale, side = model.header.scale, model.size("side")
    filters = model.arrays["filters"][: MOSAIC**2].astype(np.float64) * model.arrays["gains"][: MOSAIC**2]
    middle = np.zeros((3 * scale, 3 * scale), bool)
    middle[scale, scale] = True
    made = filters @ model.arrays["decode"].astype(np.float64)[:, middle.ravel()]
    made = made.reshape(len(made), side, side)
    across = min(MOSAIC, len(made))
    cells = [np.pad(_colors(one), ((0, 1), (0, 1), (0, 0)), constant_values=int(_LINE[0])) for one in made]
    cells += [np.full_like(cells[0], _LINE[0])] * (-len(cells) % across)
    rows = [np.concatenate(cells[first : first + across], axis=1) for first in range(0, len(cells), across)]
    return _enlarged(np.concatenate(rows))


def _colors(kernel: NDArray[np.float64]) -> Colors:
    return signed_colors(kernel, float(np.abs(kernel).max()) or 1.0)


def _enlarged(pixels: Colors) -> Colors:
    cell = max(1, SIDE // max(pixels.shape[:2]))
    return pixels.repeat(cell, axis=0).repeat(cell, axis=1)
