"""The upsampling layers of networks: transposed convolution, resize then convolution, sub-pixel convolution.

All take the same kernels, so that they can be compared. The factor is the stride.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from upscli.errors import MethodError
from upscli.kernels import taps
from upscli.kernels.checkerboard import Cure, bilinear_kernel, cured, gains, score
from upscli.kernels.convolve import convolve, lay_copies, phases
from upscli.kernels.resample import resample
from upscli.kernels.shuffle import depth_to_space
from upscli.matrices import SUFFIXES, Matrix, matrix
from upscli.method import Axis, Edge, Method, Pixels
from upscli.options import option


class Normalize(StrEnum):
    """What is done to the kernel's gains."""

    NONE = "none"
    PHASE = "phase"


@dataclass(frozen=True)
class KernelOptions:
    """The kernel of the layer."""

    kernel: str = option("bilinear", 'bilinear, box, a .npz, .txt, .csv or .json file, or rows such as "0 1; 2 3"')
    normalize: Normalize = option(
        Normalize.NONE, "phase divides each phase by its gain: no checkerboard, same brightness"
    )


NAMED: dict[str, Callable[[tuple[int, int]], Matrix]] = {"bilinear": bilinear_kernel, "box": np.ones}
"""Kernels that follow the stride. A transposed convolution by them keeps the brightness."""

Operator = Callable[[Pixels, Axis, Axis, KernelOptions, Matrix | None], Pixels]


def _load(options: KernelOptions) -> Matrix | None:
    """The kernel, or None for a named one, which takes its size from the stride."""
    if options.kernel in NAMED:
        return None
    try:
        return matrix(options.kernel)
    except MethodError as error:
        if not any(sign.isalpha() for sign in options.kernel):
            raise
        known = f'{", ".join(NAMED)}, a {", ".join(SUFFIXES)} file, or rows such as "0 1; 2 3"'
        raise MethodError(f"kernel '{options.kernel}' is none of {known} ({error})") from None


def _reach(options: KernelOptions) -> int:
    kernel = _load(options)
    # Any stride may come, and with 1 the copies reach farthest; one pixel more for phases that begin between pixels.
    return 3 if kernel is None else max(kernel.shape) // 2 + 3


def _strides(rows: Axis, cols: Axis) -> tuple[int, int]:
    return rows.target // rows.size, cols.target // cols.size


def _laid_kernel(options: KernelOptions, loaded: Matrix | None, strides: tuple[int, int]) -> Matrix:
    kernel = NAMED[options.kernel](strides) if loaded is None else loaded
    return cured(kernel, strides, Cure.PHASE) if options.normalize is Normalize.PHASE else kernel


def _windows(axes: tuple[Axis, Axis], kernel: Matrix, strides: tuple[int, int]) -> tuple[range, range]:
    """The wanted pieces of the uncropped result, counted from where the copy of the first held pixel begins.

    The kernel sticks out by k - s: floor of half of it is cut before and ceil behind. If it is odd, all is shifted
    by half a result pixel. Where k < s zeros are added instead.
    """
    windows = []
    for axis, size, stride in zip(axes, kernel.shape, strides, strict=True):
        before = (size - stride) // 2 - axis.held.start * stride
        windows.append(range(axis.wanted.start + before, axis.wanted.stop + before))
    return windows[0], windows[1]


def _transposed(pixels: Pixels, rows: Axis, cols: Axis, options: KernelOptions, loaded: Matrix | None) -> Pixels:
    strides = _strides(rows, cols)
    kernel = _laid_kernel(options, loaded, strides)
    return lay_copies(pixels, kernel, strides, *_windows((rows, cols), kernel, strides))


def _sub_pixel(pixels: Pixels, rows: Axis, cols: Axis, options: KernelOptions, loaded: Matrix | None) -> Pixels:
    strides = _strides(rows, cols)
    kernel = _laid_kernel(options, loaded, strides)
    windows = _windows((rows, cols), kernel, strides)
    stencil, (top, left) = phases(kernel, strides, (windows[0].start, windows[1].start))
    high, wide = (
        -(-len(window) // stride) + taps - 1
        for window, stride, taps in zip(windows, strides, stencil.weights.shape[2:], strict=True)
    )
    held = pixels[top : top + high, left : left + wide]
    maps = [convolve(held, weights) for line in stencil.weights for weights in line]
    deep = np.stack(maps, axis=3).reshape(*maps[0].shape[:2], -1)
    return depth_to_space(deep, strides)[: len(rows.wanted), : len(cols.wanted)]


def _resize_conv(pixels: Pixels, rows: Axis, cols: Axis, options: KernelOptions, loaded: Matrix | None) -> Pixels:
    kernel = loaded
    if kernel is None:
        strides = _strides(rows, cols)
        kernel = _centered_tent(strides) if options.kernel == "bilinear" else NAMED[options.kernel](strides)
        kernel = kernel / kernel.sum()
    elif options.normalize is Normalize.PHASE:
        # One phase: resizing has made all equal already.
        kernel = cured(kernel, 1, Cure.PHASE)
    tent = taps.Kernel(taps.triangle, 1.0)
    wider = [_wider(axis, size) for axis, size in zip((rows, cols), kernel.shape, strict=True)]
    return convolve(resample(pixels, *(taps.taps(tent, axis) for axis in wider)), kernel)


def _centered_tent(strides: tuple[int, int]) -> Matrix:
    """The bilinear kernel read at the pixels, of size 2 s - 1: an even one would shift the picture by half a pixel."""
    down, across = (taps.triangle(np.arange(1 - stride, stride) / stride) for stride in strides)
    return np.outer(down, across)


def _wider(axis: Axis, size: int) -> Axis:
    """The results that a kernel of `size` needs; an even one looks farther ahead than back, as frameworks do."""
    back = (size - 1) // 2
    wanted = range(axis.wanted.start - back, axis.wanted.stop - back + size - 1)
    return replace(axis, wanted=wanted, edge=Edge.REPLICATE)


def _bordered(operator: Operator) -> Operator:
    """The operator with Edge.RENORMALIZE: pixels outside count nothing, and the rest is scaled to the same gain."""

    def apply(pixels: Pixels, rows: Axis, cols: Axis, options: KernelOptions, loaded: Matrix | None) -> Pixels:
        inside = np.multiply.outer(*(_inside(axis) for axis in (rows, cols)))[..., np.newaxis]
        if rows.edge is not Edge.RENORMALIZE or inside.all():
            return operator(pixels, rows, cols, options, loaded)
        part = operator(inside, rows, cols, options, loaded)
        whole = operator(np.ones_like(inside), rows, cols, options, loaded)
        small = np.abs(part) < np.float32(1e-5)
        # Without a gain there is nothing to scale to.
        scale = np.where(small, np.float32(1.0), whole / np.where(small, np.float32(1.0), part))
        return operator(pixels * inside, rows, cols, options, loaded) * scale

    return apply


def _inside(axis: Axis) -> Any:
    held = np.arange(axis.held.start, axis.held.stop)
    return ((held >= 0) & (held < axis.size)).astype(np.float32)


Sizes = tuple[int, int]


def _laid_notes(source: Sizes, target: Sizes, options: KernelOptions) -> tuple[str, ...]:
    """Of layers that lay copies: a shift that cropping leaves, and what the gains do to brightness."""
    strides = target[1] // source[1], target[0] // source[0]
    kernel = _laid_kernel(options, _load(options), strides)
    odd = [(size - stride) % 2 == 1 for size, stride in zip(kernel.shape, strides, strict=True)]
    notes = []
    if any(odd):
        where = " and ".join(word for word, is_odd in zip(("down", "right"), odd, strict=True) if is_odd)
        notes.append(f"kernel size minus factor is odd: the result is shifted {where} by half a pixel")
    return (*notes, *_gain_notes(gains(kernel, strides)))


def _gain_notes(gain: Matrix) -> tuple[str, ...]:
    found, mean = score(gain), float(gain.mean())
    if found.value is None:
        return ("the kernel's mean gain is 0: of areas of one color nothing is left but a pattern",)
    notes = []
    if found.value:
        cure = "normalize=phase divides it out" if gain.all() else "a phase has gain 0; see 'upscli checkerboard'"
        notes.append(f"the kernel's gains differ, so a checkerboard shows (score {found.value:.4g}); {cure}")
    if abs(mean - 1) > 1e-6:
        notes.append(f"the kernel's mean gain is {mean:.4g}: brightness is multiplied by it")
    return tuple(notes)


def _resized_notes(source: Sizes, target: Sizes, options: KernelOptions) -> tuple[str, ...]:
    """Of a convolution on the larger picture, where only an even kernel shifts."""
    kernel = _load(options)
    if kernel is None:
        return ()
    even = [word for word, size in zip(("up", "left"), kernel.shape, strict=True) if size % 2 == 0]
    notes = [f"the kernel is even: the result is shifted {' and '.join(even)} by half a pixel"] if even else []
    gain = float(kernel.sum())
    if abs(gain) < 1e-9:
        return (*notes, "the kernel's sum is 0: nothing is left of areas of one color")
    if options.normalize is Normalize.NONE and abs(gain - 1) > 1e-6:
        notes.append(f"the kernel's sum is {gain:.4g}: brightness is multiplied by it")
    return tuple(notes)


def _layer(
    name: str, summary: str, source: str, operator: Operator, notes: Callable[..., tuple[str, ...]] = _laid_notes
) -> Method:
    return Method(
        name=name,
        summary=summary,
        family="network layers",
        function=_bordered(operator),
        source=source,
        options=KernelOptions,
        reach=_reach,
        scales="integer",
        linear=True,
        constant=lambda options: options.kernel in NAMED,
        load=_load,
        notes=notes,
    )


TRANSPOSED_CONV = _layer(
    "transposed-conv",
    "Every pixel lays a scaled copy of the kernel; the factor is the stride",
    "V. Dumoulin, F. Visin, A guide to convolution arithmetic for deep learning, arXiv 1603.07285",
    _transposed,
)
RESIZE_CONV = _layer(
    "resize-conv",
    "Bilinear interpolation, then convolution with the kernel: no checkerboard",
    "A. Odena, V. Dumoulin, C. Olah, Deconvolution and checkerboard artifacts, distill.pub 2016",
    _resize_conv,
    _resized_notes,
)
SUB_PIXEL = _layer(
    "sub-pixel",
    "Small convolutions whose results are moved into blocks (depth-to-space)",
    "W. Shi et al., Real-time single image and video super-resolution, CVPR 2016, arXiv 1609.05158",
    _sub_pixel,
)
