"""Pixels as a screen shows them, and what the eye misses in them: differences and spectra."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.comparison import Crop
from upscli.heatmap import signed_colors
from upscli.kernels import depth
from upscli.pictures.formats import Layout

Floats = NDArray[np.float32]

FAINTEST = 8.0
"""Levels of 255: smaller differences do not fill the scale of colors."""
QUIETEST = 6.0
"""Decades of the spectrum that are shown below its strongest wave."""


def shown(pixels: NDArray[Any], layout: Layout) -> Crop:
    """Pixels (h, w, c) without alpha as red, green and blue of 8 bits, (h, w, 3)."""
    levels = pixels.astype(np.float32) * np.float32(255 / depth.peak(layout.depth))
    if layout.color == "cmyk":
        levels = (255 - levels[..., :3]) * ((255 - levels[..., 3:]) / 255)
    whole: Crop = np.floor(np.clip(levels, 0, 255) + 0.5).astype(np.uint8)
    return whole if whole.shape[2] == 3 else np.repeat(whole, 3, axis=2)


def gray(pixels: NDArray[Any]) -> Floats:
    """(h, w, c) -> (h, w): the mean of the channels, in levels of 255 whatever the depth."""
    means: Floats = pixels.mean(axis=2, dtype=np.float32) * np.float32(255 / depth.peak(pixels.dtype))
    return means


def differences(crops: Sequence[Crop], reference: Crop | None, dark: bool = False) -> tuple[list[Crop], float]:
    """How much brighter (red) or darker (blue) each is than the reference, or than the mean of all.

    The second value is the difference, in levels of 255, that has the full color: the same for all of them, and
    such that what most methods leave can be seen; larger ones of an odd method have the full color, too. `dark`: no
    difference is black, else white.
    """
    views = [gray(crop) for crop in crops]
    base = np.mean(views, axis=0) if reference is None else gray(reference)
    away = [view - base for view in views]
    most = [float(np.quantile(np.abs(one), 0.995)) for one in away if one.any()]
    full = max(FAINTEST, float(np.median(most)) if most else 0.0)
    return [signed_colors(one, full, dark) for one in away], full


def spectra(crops: Sequence[Crop]) -> list[Crop]:
    """The strength of each wave, on a scale of decades that all share; the middle is the mean, the rim the finest.

    Under a Hann window, so that borders make no waves of their own. A grid that repeats every n pixels, as a
    checkerboard does, is a bright dot at 1/n of the way over the picture.
    """
    powers = [_power(gray(crop)) for crop in crops]
    top = max(float(power.max()) for power in powers)
    return [np.repeat(_decades(power, top)[..., np.newaxis], 3, axis=2) for power in powers]


def _power(view: Floats) -> NDArray[np.float64]:
    rows, columns = (np.hanning(side + 2)[1:-1] for side in view.shape)
    waves = np.fft.fft2((view - view.mean()) * rows[:, np.newaxis] * columns)
    power: NDArray[np.float64] = np.fft.fftshift(np.abs(waves) ** 2)
    return power


def _decades(power: NDArray[np.float64], top: float) -> NDArray[np.uint8]:
    if not top:
        return np.zeros(power.shape, np.uint8)
    part = 1 + np.log10(np.maximum(power / top, 10.0**-QUIETEST)) / QUIETEST
    levels: NDArray[np.uint8] = np.floor(part * 255 + 0.5).astype(np.uint8)
    return levels
