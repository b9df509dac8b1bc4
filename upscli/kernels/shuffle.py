"""Moving channels to places and back: the sub-pixel operator."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import MethodError
from upscli.kernels.windows import Pair, pair

Pixels = NDArray[Any]


def depth_to_space(pixels: Pixels, factor: Pair) -> Pixels:
    """(h, w, c * fy * fx) -> (h * fy, w * fx, c), any dtype: channel (c, i, j) of a pixel goes to (i, j) of its block.

    The order is that of PyTorch's `pixel_shuffle`: the block's places are the fastest-changing part of the
    channel number. Raises MethodError if the channels do not fill the blocks. (Shi et al., arXiv 1609.05158)
    """
    high, wide = pair("factor", factor, 1)
    height, width, depth = pixels.shape
    if depth % (high * wide):
        raise MethodError(f"{depth} channels do not fill blocks of {high} x {wide}")
    parts = pixels.reshape(height, width, depth // (high * wide), high, wide)
    return parts.transpose(0, 3, 1, 4, 2).reshape(height * high, width * wide, -1)


def space_to_depth(pixels: Pixels, factor: Pair) -> Pixels:
    """The inverse, as PyTorch's `pixel_unshuffle`. Raises MethodError if the size is no multiple of the block's."""
    high, wide = pair("factor", factor, 1)
    height, width, channels = pixels.shape
    if height % high or width % wide:
        raise MethodError(f"{width} x {height} is not a multiple of the block's {wide} x {high}")
    parts = pixels.reshape(height // high, high, width // wide, wide, channels)
    return parts.transpose(0, 2, 4, 1, 3).reshape(height // high, width // wide, -1)


def depth_to_space_reference(pixels: Pixels, factor: Pair) -> Pixels:
    """`depth_to_space` by loops."""
    high, wide = pair("factor", factor, 1)
    height, width, depth = pixels.shape
    channels = depth // (high * wide)
    result = np.zeros((height * high, width * wide, channels), pixels.dtype)
    for y, x, c, i, j in np.ndindex(height, width, channels, high, wide):
        result[y * high + i, x * wide + j, c] = pixels[y, x, (c * high + i) * wide + j]
    return result
