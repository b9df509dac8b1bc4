"""Label maps: enlarged without inventing classes."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from upscli.errors import MethodError
from upscli.method import Axis, Method, Pixels
from upscli.methods import interpolation
from upscli.options import option


class Kernel(StrEnum):
    """The interpolation methods, with their default options."""

    NEAREST = "nearest"
    BILINEAR = "bilinear"
    HERMITE = "hermite"
    BICUBIC = "bicubic"
    CATMULL_ROM = "catmull-rom"
    MITCHELL = "mitchell"
    B_SPLINE = "b-spline"
    LANCZOS = "lanczos"
    HAMMING = "hamming"
    GAUSSIAN = "gaussian"
    MAGIC_KERNEL_SHARP = "magic-kernel-sharp"


@dataclass(frozen=True)
class LabelOptions:
    """How the maps of the classes are interpolated."""

    kernel: Kernel = option(Kernel.BILINEAR, "interpolation of each class's map; the largest value wins")


def _interpolation(options: LabelOptions) -> Method:
    method: Method = getattr(interpolation, options.kernel.name)
    return method


def _reach(options: LabelOptions) -> int | None:
    method = _interpolation(options)
    return method.reach_with(method.options())


def _labels(pixels: Pixels, rows: Axis, cols: Axis, options: LabelOptions) -> Pixels:
    if pixels.shape[2] != 1:
        raise MethodError(f"labels are one number per pixel, and this picture has {pixels.shape[2]} channels")
    method = _interpolation(options)
    if method.exact:  # nearest: it copies numbers as it copies colors
        return method.function(pixels, rows, cols, method.options())
    classes = np.unique(pixels)
    shape = (len(rows.wanted), len(cols.wanted), 1)
    result, best = np.full(shape, classes[0]), np.full(shape, -np.inf, np.float32)
    for label in classes:
        share = method.function((pixels == label).astype(np.float32), rows, cols, method.options())
        # Of equal shares the lower number wins: mirrored maps give mirrored results.
        larger = share > best
        np.copyto(result, label, where=larger)
        np.copyto(best, share, where=larger)
    return result


LABELS = Method(
    name="labels",
    summary="Class numbers: smooth outlines, never a new class",
    family="labels",
    function=_labels,
    source="interpolation of one-hot maps and argmax, as networks' label maps are enlarged",
    options=LabelOptions,
    reach=_reach,
    exact=True,
    takes="labels",
)
