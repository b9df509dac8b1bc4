"""Colors for models that know luma only: they sharpen what bicubic makes.

The result is bicubic's in every channel, plus what the model adds to bicubic's luma, the same in red, green and blue.
That is the luma of the model with the chroma of bicubic (BT.601 or any other weights that sum to 1), computed without
leaving RGB: grays stay gray, and where the model adds nothing the colors are bicubic's to the last bit.

Alpha is enlarged by the model too, and kept within what the four nearest pixels have, so that no edge has an echo.
Under it stands bicubic's color, so that a shape of one color keeps it up to its
edge, and what the model adds to the colors is added where all that it looked at has one alpha.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from upscli.kernels import color, taps
from upscli.kernels.axis import Axis
from upscli.kernels.resample import Samples, resample

BICUBIC = taps.Kernel(taps.cubic(0.0, 0.5), 2.0)
WEIGHTS = color.LUMA.astype(np.float32)
FAINT = np.float32(1e-3)
"""Alpha under which nothing is seen, and nothing is shown."""
STEADY = np.float32(1e-4)
"""Differences of alpha that are none."""

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
    added = _detail(_luma(pixels, colors), rows, cols, model)
    alpha = pixels[..., -1]
    if pixels.shape[2] > colors and np.ptp(alpha) > STEADY:
        sharp = result[..., -1] + _detail(np.ascontiguousarray(alpha), rows, cols, model)
        _follow(result, np.clip(sharp, *_nearest(alpha, rows, cols)))
        added *= _steady(alpha, rows, cols, model)
    for channel in range(colors):
        result[..., channel] += added
    return result


def bicubic(pixels: Samples, rows: Axis, cols: Axis) -> Samples:
    """What a model adds to: every channel by Keys' cubic convolution, a = -0.5."""
    return resample(pixels, taps.taps(BICUBIC, rows), taps.taps(BICUBIC, cols))


def _luma(pixels: Samples, colors: int) -> Samples:
    return np.ascontiguousarray(pixels[..., 0]) if colors == 1 else pixels[..., :3] @ WEIGHTS


def _detail(luma: Samples, rows: Axis, cols: Axis, model: LumaModel) -> Samples:
    """What the model adds, for the wanted results; they may begin and end inside a pixel's block."""
    (top, tall), (left, wide) = (_blocks(axis, model) for axis in (rows, cols))
    return model.detail(luma[top, left])[tall, wide]


def _blocks(axis: Axis, model: LumaModel) -> tuple[slice, slice]:
    """The held samples that the blocks of the wanted results need, and which of their results are wanted."""
    first = axis.wanted.start // model.scale
    last = -(-axis.wanted.stop // model.scale)
    held = slice(first - model.reach - axis.held.start, last + model.reach - axis.held.start)
    return held, slice(axis.wanted.start - first * model.scale, axis.wanted.stop - first * model.scale)


def _follow(result: Samples, alpha: Samples) -> None:
    """This alpha, and bicubic's colors under it, in place."""
    soft = result[..., -1].copy()
    faint = np.abs(soft) <= FAINT
    soft[faint] = 1.0
    ratio = alpha / soft
    ratio[faint] = 0.0  # of next to nothing no color can be told
    color.scale(result, ratio)


def _nearest(alpha: Samples, rows: Axis, cols: Axis) -> tuple[Samples, Samples]:
    """The least and the most alpha of the four source pixels round each wanted result."""
    low = high = alpha
    for number, axis in enumerate((rows, cols)):
        first = axis.centers[0] - axis.held.start
        low = np.minimum(low.take(first, number), low.take(first + 1, number))
        high = np.maximum(high.take(first, number), high.take(first + 1, number))
    return low, high


def _steady(alpha: Samples, rows: Axis, cols: Axis, model: LumaModel) -> NDArray[np.bool_]:
    """Whether the whole window of each wanted result has one alpha."""
    (top, tall), (left, wide) = (_blocks(axis, model) for axis in (rows, cols))
    low, high = (_extreme(alpha[top, left], 2 * model.reach + 1, which) for which in (np.minimum, np.maximum))
    steady = high - low <= STEADY
    return steady.repeat(model.scale, 0).repeat(model.scale, 1)[tall, wide]


def _extreme(values: Samples, window: int, which: np.ufunc) -> Samples:
    """The least or the most of each window of so many rows and columns, from windows of 2, 4, 8 .. side by side."""
    for axis in (0, 1):
        held, values = 1, values.swapaxes(0, axis)
        while held < window:
            step = min(held, window - held)
            values = which(values[:-step], values[step:])
            held += step
        values = values.swapaxes(0, axis)
    return values
