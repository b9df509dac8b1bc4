"""Convolution and transposed convolution, as the layers of networks define them.

"Convolution" is the cross-correlation that frameworks compute: the kernel is not flipped. One 2-D kernel goes
over every channel by itself (groups = channels).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import MethodError
from upscli.kernels.products import Stencil, weighted_sums
from upscli.kernels.windows import Pair, convolved_size, pair, transposed_size

Pixels = NDArray[Any]
"""(h, w) or (h, w, channels)."""
Kernel = NDArray[Any]
"""(rows, columns)"""


def float_type(pixels: Pixels) -> type[np.floating]:
    """The type of weighted sums: float32 for whole levels up to 16 bits and for float32, else float64."""
    narrow = pixels.dtype in (np.bool_, np.uint8, np.int8, np.uint16, np.int16, np.float16, np.float32)
    return np.float32 if narrow else np.float64


def convolve(pixels: Pixels, kernel: Kernel, *, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1) -> Pixels:
    """Result (y, x) = sum over (i, j) of kernel[i, j] * pixels[y s - p + i d, x s - p + j d]; beyond the border is 0.

    `pixels` (h, w) or (h, w, c) of any real dtype, finite; the result has `convolved_size` along each axis and
    the dtype of `float_type`. Equals PyTorch's `conv2d` with groups = channels. Raises MethodError if the kernel
    is larger than the padded input. (Dumoulin, Visin, A guide to convolution arithmetic, arXiv 1603.07285)
    """
    kernel = _checked(pixels, kernel)
    steps, pads, gaps = pair("stride", stride, 1), pair("padding", padding), pair("dilation", dilation, 1)
    high, wide = (convolved_size(*axis) for axis in zip(pixels.shape[:2], kernel.shape, steps, pads, gaps, strict=True))
    held = _with_channels(pixels)
    out = np.empty((high, wide, held.shape[2]), float_type(pixels))
    stencil = Stencil(kernel[np.newaxis, np.newaxis], steps, gaps)
    weighted_sums(held, stencil, (-pads[0], -pads[1]), (high, wide), out)
    return out.reshape(high, wide, *pixels.shape[2:])


def transposed_convolve(
    pixels: Pixels,
    kernel: Kernel,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
) -> Pixels:
    """Every pixel lays a copy of the kernel, scaled by it, on the result, `stride` apart; overlaps add up.

    `padding` is cut from all sides of the result; `output_padding` makes it larger at the bottom and the right (it
    is not padding with zeros: copies may reach there). Dtypes as for `convolve`; the result has `transposed_size`.
    Equals PyTorch's `conv_transpose2d` with groups = channels; it multiplies by the transpose of the convolution's
    matrix. (Dumoulin, Visin, arXiv 1603.07285, chapter 4)
    """
    kernel = _checked(pixels, kernel)
    steps, pads = pair("stride", stride, 1), pair("padding", padding)
    more, gaps = pair("output padding", output_padding), pair("dilation", dilation, 1)
    sizes = [
        transposed_size(*axis) for axis in zip(pixels.shape[:2], kernel.shape, steps, pads, more, gaps, strict=True)
    ]
    windows = (range(pad, pad + size) for pad, size in zip(pads, sizes, strict=True))
    return lay_copies(pixels, dilated(kernel, gaps), steps, *windows)


def lay_copies(pixels: Pixels, kernel: Kernel, stride: tuple[int, int], rows: range, cols: range) -> Pixels:
    """The piece `rows` x `cols` of the transposed convolution without padding, whose copies begin at `stride * n`.

    The piece may reach beyond the copies, to both sides; there it is 0.
    """
    held = _with_channels(pixels)
    stencil, corner = phases(kernel, stride, (rows.start, cols.start))
    out = np.empty((len(rows), len(cols), held.shape[2]), float_type(pixels))
    blocks = -(-len(rows) // stride[0]), -(-len(cols) // stride[1])
    weighted_sums(held, stencil, corner, blocks, out)
    return out.reshape(len(rows), len(cols), *pixels.shape[2:])


def phases(kernel: Kernel, stride: tuple[int, int], start: tuple[int, int]) -> tuple[Stencil, tuple[int, int]]:
    """The transposed convolution as `stride` x `stride` small convolutions, each of which makes every s-th result.

    Result s m + r takes the kernel's every s-th weight from r on, in reverse: sum of k[r + s j] x[m - j]. The second
    value is the pixel where the first window of the block at `start` begins.
    """
    # Zeros before the kernel move the block's begin to a multiple of the stride.
    before = [-first % step for first, step in zip(start, stride, strict=True)]
    taps = [-(-(n + more) // step) for n, more, step in zip(kernel.shape, before, stride, strict=True)]
    weights = np.zeros((taps[0] * stride[0], taps[1] * stride[1]))
    weights[before[0] : before[0] + kernel.shape[0], before[1] : before[1] + kernel.shape[1]] = kernel
    split = weights.reshape(taps[0], stride[0], taps[1], stride[1]).transpose(1, 3, 0, 2)
    block = [(first + more) // step for first, more, step in zip(start, before, stride, strict=True)]
    return Stencil(split[:, :, ::-1, ::-1]), (block[0] - taps[0] + 1, block[1] - taps[1] + 1)


def zero_expand(pixels: Pixels, stride: Pair, output_padding: Pair = 0) -> Pixels:
    """Pixels `stride` apart, zeros between: (n - 1) * stride + 1 + output_padding rows, likewise columns; same dtype.

    The transposed convolution is the convolution of this, of stride 1, padding k - 1 - p, with the flipped kernel.
    """
    steps, more = pair("stride", stride, 1), pair("output padding", output_padding)
    high, wide = ((n - 1) * step + 1 + add for n, step, add in zip(pixels.shape[:2], steps, more, strict=True))
    result = np.zeros((high, wide, *pixels.shape[2:]), pixels.dtype)
    result[: high - more[0] : steps[0], : wide - more[1] : steps[1]] = pixels
    return result


def dilated(kernel: Kernel, dilation: Pair) -> Kernel:
    """The kernel with its weights `dilation` apart and zeros between."""
    return zero_expand(kernel, dilation)


def convolve_reference(
    pixels: Pixels, kernel: Kernel, *, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> Pixels:
    """`convolve` by loops, in float64: what the fast one is tested against."""
    steps, pads, gaps = pair("stride", stride, 1), pair("padding", padding), pair("dilation", dilation, 1)
    padded = _padded(pixels, pads)
    high, wide = (convolved_size(*axis) for axis in zip(pixels.shape[:2], kernel.shape, steps, pads, gaps, strict=True))
    result = np.zeros((high, wide, *pixels.shape[2:]))
    for y, x in np.ndindex(high, wide):
        for i, j in np.ndindex(*kernel.shape):
            result[y, x] += kernel[i, j] * padded[y * steps[0] + i * gaps[0], x * steps[1] + j * gaps[1]]
    return result


def transposed_convolve_reference(
    pixels: Pixels,
    kernel: Kernel,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
) -> Pixels:
    """`transposed_convolve` copy by copy, in float64: what the fast one is tested against."""
    steps, pads = pair("stride", stride, 1), pair("padding", padding)
    more, spread = pair("output padding", output_padding), dilated(kernel, dilation).astype(np.float64)
    size = [(n - 1) * s + k + add for n, s, k, add in zip(pixels.shape[:2], steps, spread.shape, more, strict=True)]
    canvas = np.zeros((*size, *pixels.shape[2:]))
    for y, x in np.ndindex(*pixels.shape[:2]):
        top, left = y * steps[0], x * steps[1]
        canvas[top : top + spread.shape[0], left : left + spread.shape[1]] += np.multiply.outer(spread, pixels[y, x])
    return canvas[pads[0] : size[0] - pads[0], pads[1] : size[1] - pads[1]]


def _checked(pixels: Pixels, kernel: Kernel) -> Kernel:
    kernel = np.asarray(kernel)
    if pixels.ndim not in (2, 3) or 0 in pixels.shape:
        raise MethodError(f"an input of shape {pixels.shape} is not (height, width) or (height, width, channels)")
    if kernel.ndim != 2 or 0 in kernel.shape:
        raise MethodError(f"a kernel of shape {kernel.shape} is not a matrix of at least one number")
    return kernel


def _with_channels(pixels: Pixels) -> Pixels:
    return pixels.reshape(*pixels.shape[:2], -1)


def _padded(pixels: Pixels, pads: tuple[int, int]) -> Pixels:
    return np.pad(pixels.astype(np.float64), [(pads[0], pads[0]), (pads[1], pads[1])] + [(0, 0)] * (pixels.ndim - 2))
