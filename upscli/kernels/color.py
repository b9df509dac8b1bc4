"""Color and alpha: premultiplied or not, and laid on a background. The last channel is alpha."""

import numpy as np

from upscli.kernels.resample import Samples


def premultiply(pixels: Samples, peak: float) -> None:
    """Multiply the colors by alpha / peak, in place, so that hidden colors weigh nothing.

    Source: T. Porter, T. Duff, Compositing digital images, SIGGRAPH 1984.
    """
    pixels[..., :-1] *= pixels[..., -1:] / np.float32(peak)


def unpremultiply(pixels: Samples, peak: float, nothing: float) -> None:
    """The inverse of `premultiply`, in place, with alpha clipped to 0..peak.

    Where alpha is below `nothing` the pixel cannot be seen, and its color becomes 0.
    """
    alpha = np.clip(pixels[..., -1:], np.float32(0.0), np.float32(peak))
    seen = alpha >= nothing
    pixels[..., :-1] *= np.divide(np.float32(peak), alpha, out=np.zeros_like(alpha), where=seen)
    pixels[..., -1:] = alpha


def flatten(pixels: Samples, background: tuple[float, ...], peak: float) -> Samples:
    """The colors laid over `background`, one level for each color channel; alpha is gone."""
    alpha = pixels[..., -1:] / np.float32(peak)
    ground = np.array(background, np.float32)
    return np.ascontiguousarray(ground + (pixels[..., :-1] - ground) * alpha)
