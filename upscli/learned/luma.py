"""Colors for models that know luma only: they sharpen what bicubic makes.

The result is bicubic's in every channel, plus what the model adds to bicubic's luma, the same in red, green and blue.
That is the luma of the model with the chroma of bicubic (BT.601 or any other weights that sum to 1), computed without
leaving RGB: grays stay gray, and where the model adds nothing the colors are bicubic's to the last bit.

Alpha is enlarged as luma is, so that edges of premultiplied colors and of alpha stay together; the chroma, which is
softer, follows the alpha it is shown under.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from upscli.kernels import taps
from upscli.kernels.axis import Axis
from upscli.kernels.resample import Samples, resample

BICUBIC = taps.Kernel(taps.cubic(0.0, 0.5), 2.0)
WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)
"""Of red, green and blue in luma. Source: ITU-R BT.601-7, 2.5.1."""
FAINT = np.float32(1 / 512)
"""Alpha under which no color can be seen."""

Detail = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Luma (h + 2 reach, w + 2 reach), white at 1 -> what to add to bicubic's, (scale h, scale w)."""


@dataclass(frozen=True)
class LumaModel:
    """A model that is ready to be used."""

    scale: int
    reach: int
    """Source pixels that it looks at on each side of a pixel's block of results."""
    detail: Detail


def enlarged(pixels: Samples, rows: Axis, cols: Axis, model: LumaModel) -> Samples:
    """The wanted results (rows, cols, channels), as a method's function makes them.

    `pixels` (h, w, 1 to 4), float32, white at 1, premultiplied by the last of 2 or 4 channels. The factor along both
    axes must be the model's, and at least max(1, reach) pixels be held round each position (`Method.reach`).
    """
    result = bicubic(pixels, rows, cols)
    colors = 3 if pixels.shape[2] > 2 else 1
    luma = _luma(pixels, colors)
    added = _detail(luma, rows, cols, model)
    if pixels.shape[2] == colors or not np.ptp(pixels[..., -1]):
        result[..., :colors] += added[..., np.newaxis]
        return result
    _follow_alpha(result, _detail(np.ascontiguousarray(pixels[..., -1]), rows, cols, model))
    result[..., :colors] += added[..., np.newaxis]
    # Beyond opaque, color and alpha overshoot alike: the color shown is that of both divided.
    result /= np.maximum(result[..., -1:], np.float32(1))
    return result


def bicubic(pixels: Samples, rows: Axis, cols: Axis) -> Samples:
    """What a model adds to: every channel by Keys' cubic convolution, a = -0.5."""
    return resample(pixels, taps.taps(BICUBIC, rows), taps.taps(BICUBIC, cols))


def _luma(pixels: Samples, colors: int) -> Samples:
    return np.ascontiguousarray(pixels[..., 0]) if colors == 1 else pixels[..., :3] @ WEIGHTS


def _detail(luma: Samples, rows: Axis, cols: Axis, model: LumaModel) -> Samples:
    """What the model adds, for the wanted results; they may begin and end inside a pixel's block."""
    pieces = []
    cuts = []
    for axis in (rows, cols):
        first = axis.wanted.start // model.scale
        last = -(-axis.wanted.stop // model.scale)
        pieces.append(slice(first - model.reach - axis.held.start, last + model.reach - axis.held.start))
        cuts.append(slice(axis.wanted.start - first * model.scale, axis.wanted.stop - first * model.scale))
    return model.detail(luma[pieces[0], pieces[1]])[cuts[0], cuts[1]]


def _follow_alpha(result: Samples, added: Samples) -> None:
    """Alpha as the model makes it, and the chroma scaled from bicubic's alpha to that one, in place."""
    soft = result[..., -1]
    sharp = soft + added
    if result.shape[2] == 4:
        luma = (result[..., :3] @ WEIGHTS)[..., np.newaxis]
        ratio = np.divide(np.maximum(sharp, 0), soft, out=np.ones_like(soft), where=soft > FAINT)[..., np.newaxis]
        result[..., :3] = (result[..., :3] - luma) * ratio + luma
    result[..., -1] = sharp
