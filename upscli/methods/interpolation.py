"""Nearest neighbor and interpolation by a kernel: each method is a kernel and its record."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from math import ceil
from typing import Any

from upscli.kernels import taps
from upscli.kernels.replicate import Copies, replicate
from upscli.kernels.resample import resample
from upscli.kernels.taps import Kernel
from upscli.method import Axis, Method, NoOptions, Pixels
from upscli.options import option


def _nearest(pixels: Pixels, rows: Axis, cols: Axis, options: NoOptions) -> Pixels:
    return replicate(pixels, _nearest_copies(rows), _nearest_copies(cols))


@lru_cache(maxsize=256)
def _nearest_copies(axis: Axis) -> Copies:
    whole, rest = axis.centers
    return Copies.of(whole + (rest >= 0.5) - axis.held.start)


def _interpolation(
    name: str,
    summary: str,
    source: str,
    kernel: Callable[[Any], Kernel],
    options: type = NoOptions,
    negative: bool = True,
) -> Method:
    """The record of a method that weighs samples by `kernel(options)`, the same along both axes.

    `negative`: some weights may be.
    """
    kernel = cache(kernel)

    def interpolate(pixels: Pixels, rows: Axis, cols: Axis, options: Any) -> Pixels:
        weights = kernel(options)
        return resample(pixels, taps.taps(weights, rows), taps.taps(weights, cols))

    return Method(
        name=name,
        summary=summary,
        family="interpolation",
        function=interpolate,
        source=source,
        options=options,
        reach=lambda options: kernel(options).reach,
        linear=True,
        averages=True,
        overshoots=negative,
    )


KEYS = "R. Keys, Cubic convolution interpolation for digital image processing, IEEE TASSP 29(6), 1981"
MITCHELL_NETRAVALI = "D. Mitchell, A. Netravali, Reconstruction filters in computer graphics, SIGGRAPH 1988"


@dataclass(frozen=True)
class BicubicOptions:
    """Keys' free parameter."""

    a: float = option(-0.5, "slope at distance 1: -0.5 exact for parabolas, -0.75 as OpenCV, -1 sharpest", -1.0, 0.0)


@dataclass(frozen=True)
class MitchellOptions:
    """The plane of Mitchell and Netravali."""

    b: float = option(1 / 3, "blur: 0 interpolates, 1 is the cubic B-spline", 0.0, 1.0)
    c: float = option(1 / 3, "ringing: 0 none, 0.5 with b=0 is Catmull-Rom", 0.0, 1.0)


@dataclass(frozen=True)
class LanczosOptions:
    """Width of the window."""

    lobes: int = option(3, "lobes of the sinc on each side: more are sharper and ring more", 2, 5)


@dataclass(frozen=True)
class GaussianOptions:
    """Width of the bell."""

    sigma: float = option(0.5, "standard deviation in source pixels: larger is softer", 0.2, 4.0)


def _gaussian(options: GaussianOptions) -> Kernel:
    support = max(1.0, ceil(4.0 * options.sigma))
    return Kernel(taps.gaussian(options.sigma, support), support)


NEAREST = Method(
    name="nearest",
    summary="Copies each pixel to a block: hard pixels, no new colors",
    family="interpolation",
    function=_nearest,
    source="copy of the source pixel that holds the center of the result pixel",
    exact=True,
    linear=True,
)
BOX = _interpolation(
    "box",
    "Kernel of one pixel's width; equals nearest when enlarging",
    "zero-order hold; as Pillow's BOX",
    lambda _: Kernel(taps.box, 0.5),
    negative=False,
)
BILINEAR = _interpolation(
    "bilinear",
    "Degree 1 through the 4 nearest pixels: fast and soft",
    "first-order hold; as Pillow's BILINEAR and OpenCV's INTER_LINEAR",
    lambda _: Kernel(taps.triangle, 1.0),
    negative=False,
)
HERMITE = _interpolation(
    "hermite",
    "Smooth step between the 4 nearest pixels: crisper than bilinear, never rings",
    "cubic Hermite interpolation with zero slopes at the samples",
    lambda _: Kernel(taps.smoothstep, 1.0),
    negative=False,
)
BICUBIC = _interpolation(
    "bicubic",
    "Degree 3 through the 16 nearest pixels: the all-round default",
    KEYS,
    lambda options: Kernel(taps.cubic(0.0, -options.a), 2.0),
    BicubicOptions,
)
CATMULL_ROM = _interpolation(
    "catmull-rom",
    "The Catmull-Rom spline: bicubic with a = -0.5",
    "E. Catmull, R. Rom, A class of local interpolating splines, 1974",
    lambda _: Kernel(taps.cubic(0.0, 0.5), 2.0),
)
MITCHELL = _interpolation(
    "mitchell",
    "Cubic between blur and ringing: soft and clean",
    MITCHELL_NETRAVALI,
    lambda options: Kernel(taps.cubic(options.b, options.c), 2.0),
    MitchellOptions,
)
B_SPLINE = _interpolation(
    "b-spline",
    "Cubic B-spline as a plain kernel: the smoothest, blurs",
    MITCHELL_NETRAVALI + " (b = 1, c = 0)",
    lambda _: Kernel(taps.cubic(1.0, 0.0), 2.0),
    negative=False,
)
LANCZOS = _interpolation(
    "lanczos",
    "Windowed sinc: sharpest of the classics, rings a little",
    "C. Duchon, Lanczos filtering in one and two dimensions, J. Applied Meteorology 18, 1979",
    lambda options: Kernel(taps.lanczos(options.lobes), options.lobes),
    LanczosOptions,
)
HAMMING = _interpolation(
    "hamming",
    "One sinc lobe under a Hamming window: as fast as bilinear, crisper",
    "R. Hamming's window; as Pillow's HAMMING",
    lambda _: Kernel(taps.hamming, 1.0),
    negative=False,
)
GAUSSIAN = _interpolation(
    "gaussian",
    "Weights by a bell curve: soft, never rings",
    "normal density, cut at 4 standard deviations (at least one pixel)",
    _gaussian,
    GaussianOptions,
    negative=False,
)
MAGIC_KERNEL_SHARP = _interpolation(
    "magic-kernel-sharp",
    "Magic Kernel Sharp 2021: crisp with little ringing or aliasing",
    "J. Costella, The magic kernel, johncostella.com/magic, version of 2021",
    lambda _: Kernel(taps.magic_kernel_sharp, 4.5),
)
