"""One learned transposed convolution: every source pixel lays a scaled copy of one kernel."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from upscli.errors import ModelError
from upscli.kernels import taps
from upscli.kernels.axis import Axis
from upscli.kernels.products import Stencil, weighted_sums
from upscli.learned.luma import BICUBIC, Detail, LumaModel
from upscli.learned.modelfile import Model

Floats = NDArray[np.float32]


def ready(model: Model) -> LumaModel:
    """A model file of this kind, as a model of luma. Raises ModelError for what does not fit together."""
    scale, window = model.header.scale, model.header.window
    kernel = model.array("kernel", (scale * window, scale * window))
    added = (phases(kernel, scale) - phases(bicubic_kernel(scale, window), scale)).astype(np.float32)
    if np.abs(added).max() > 1e6:
        raise ModelError("its kernel has numbers beyond a million; train it again")
    return LumaModel(scale, model.header.reach, detail_of(added))


def detail_of(weights: Floats) -> Detail:
    """What `weights` (scale, scale, window, window) add to bicubic's luma."""
    return partial(_detail, Stencil(weights))


def _detail(stencil: Stencil, luma: Floats) -> Floats:
    tall, wide, rows, cols = stencil.weights.shape
    blocks = luma.shape[0] - rows + 1, luma.shape[1] - cols + 1
    out = np.empty((blocks[0] * tall, blocks[1] * wide, 1), np.float32)
    return weighted_sums(luma[..., np.newaxis], stencil, (0, 0), blocks, out)[..., 0]


def phases(kernel: NDArray[np.floating], scale: int) -> NDArray[np.float64]:
    """A kernel (scale * window, scale * window) as weights (phase, phase, window, window) of the source pixels.

    The pixel i places before a block's own reaches it with the part of its copy that lies i blocks after the middle.
    """
    window = len(kernel) // scale
    apart = np.asarray(kernel, np.float64).reshape(window, scale, window, scale)[::-1, :, ::-1]
    return apart.transpose(1, 3, 0, 2)


def kernel_of(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """The inverse of `phases`."""
    scale, _, window, _ = weights.shape
    apart = np.asarray(weights, np.float64).transpose(2, 0, 3, 1)[::-1, :, ::-1]
    return apart.reshape(scale * window, scale * window)


def bicubic_kernel(scale: int, window: int) -> NDArray[np.float64]:
    """Bicubic interpolation as such a kernel. Raises ModelError if `window` does not hold it."""
    if window < 5:
        raise ModelError(f"a window of {window} does not hold the 5 pixels that bicubic looks at")
    middle = window // 2
    axis = Axis.whole(window, window * scale, 1)
    first, weights = taps.exact_taps(BICUBIC, axis)
    line = np.zeros((scale, window))
    for phase in range(scale):
        result = middle * scale + phase
        start = first[result] + axis.held.start
        line[phase, start : start + weights.shape[1]] = weights[result]
    return kernel_of(line[:, np.newaxis, :, np.newaxis] * line[np.newaxis, :, np.newaxis, :])
