"""Color and alpha: premultiplied or not, laid on a background, and luma. Where there is alpha, it comes last."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.kernels.resample import Samples

LUMA = np.array([0.299, 0.587, 0.114])
"""Of red, green and blue in luma. Source: ITU-R BT.601-7, 2.5.1."""


def premultiply(pixels: Samples, peak: float) -> None:
    """Multiply the colors by alpha / peak, in place, so that hidden colors weigh nothing.

    Source: T. Porter, T. Duff, Compositing digital images, SIGGRAPH 1984.
    """
    scale(pixels[..., :-1], pixels[..., -1] / np.float32(peak))


def unpremultiply(pixels: Samples, peak: float, nothing: float, gains: bool = False) -> None:
    """The inverse of `premultiply`, in place; alpha is clipped to 0..peak after it has divided the colors.

    A kernel that rings overshoots colors and alpha by the same factor, and the quotient has the color that was there.
    `gains`: the kernel itself makes things brighter or darker, and alpha is clipped first, so that opaque pictures
    come out as those without alpha. Where alpha is below `nothing` the pixel cannot be seen, and its color becomes 0.
    """
    alpha = pixels[..., -1].copy()
    clipped = np.clip(alpha, np.float32(0.0), np.float32(peak))
    divisor = clipped if gains else alpha
    factors = np.float32(peak) / np.clip(divisor, np.float32(nothing), np.float32(np.inf))
    factors *= alpha >= np.float32(nothing)
    scale(pixels[..., :-1], factors)
    pixels[..., -1] = clipped


def opaque(pixels: NDArray[Any], peak: float) -> bool:
    """Whether no pixel lets anything through."""
    return bool((pixels[..., -1] == peak).all())


def scale(pixels: Samples, factors: Samples) -> None:
    """Multiply pixels (h, w, c) by `factors` (h, w), in place; loops over the few channels of a pixel would be slow."""
    for channel in range(pixels.shape[2]):
        pixels[..., channel] *= factors


def flatten(pixels: Samples, background: tuple[float, ...], peak: float) -> Samples:
    """The colors laid over `background`, one level for each color channel; alpha is gone."""
    alpha = pixels[..., -1:] / np.float32(peak)
    ground = np.array(background, np.float32)
    return np.ascontiguousarray(ground + (pixels[..., :-1] - ground) * alpha)


def matlab_y(rgb: NDArray[Any]) -> NDArray[np.float64]:
    """Luma 16..235 of red, green and blue in 0..255: (h, w, 3) -> (h, w), float64, not rounded.

    MATLAB's rgb2ycbcr, in which papers score super-resolution. A gray picture's values are its Y as they are: through
    RGB they would shrink to 219/255, which adds 1.3 dB that are not there. (ITU-R BT.601)
    """
    y: NDArray[np.float64] = 16 + rgb.astype(np.float64) @ (np.array([65.481, 128.553, 24.966]) / 255)
    return y


def luma(rgb: NDArray[Any]) -> NDArray[np.float64]:
    """Luma of red, green and blue in the same levels, 0 to white: (h, w, 3) -> (h, w), float64; JPEG's Y. (BT.601)"""
    y: NDArray[np.float64] = rgb.astype(np.float64) @ LUMA
    return y
