"""How near two pictures are: what is compared, by which metrics, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import MethodError
from upscli.kernels import color, depth, metrics
from upscli.kernels.checkerboard import spectral_measure
from upscli.options import near
from upscli.pictures.formats import Layout

Pixels = NDArray[Any]
Floats = NDArray[np.float64]


class Protocol(StrEnum):
    """What of the pictures is compared, always in levels of 255."""

    RGB = "rgb"
    """Every color; gray among themselves."""
    Y = "y"
    """Luma from 0 to 255."""
    MATLAB_Y = "matlab-y"
    """Luma from 16 to 235, as papers do; the values of gray pictures as they are."""


@dataclass(frozen=True)
class Metric:
    """One way to measure."""

    measure: Callable[[Floats, Floats, int], float | None]
    """`(a, b, stride)`, levels of 255 -> the value; None where the two are identical and it would be infinite."""
    unit: str
    """As it stands behind the value, or nothing."""
    nearer: str
    """`larger` or `smaller`: the value of the nearer picture."""


METRICS: Mapping[str, Metric] = {
    "psnr": Metric(lambda a, b, stride: metrics.psnr(a, b), "dB", "larger"),
    "ssim": Metric(lambda a, b, stride: metrics.ssim(a, b), "", "larger"),
    "ms-ssim": Metric(lambda a, b, stride: metrics.ms_ssim(a, b), "", "larger"),
    "mse": Metric(lambda a, b, stride: metrics.mse(a, b), "", "smaller"),
    "mae": Metric(lambda a, b, stride: metrics.mae(a, b), "levels", "smaller"),
    # The part of the difference that repeats every `stride` pixels, as its root mean square.
    "checkerboard": Metric(lambda a, b, stride: spectral_measure(a - b, stride).amplitude, "levels", "smaller"),
}
USUAL = ("psnr", "ssim", "ms-ssim", "mse", "mae")
"""Those that are measured where none is asked for, as far as the pictures are large enough."""


@dataclass(frozen=True)
class How:
    """What is measured, and of what."""

    metrics: tuple[str, ...] = ()
    """Names; empty: the usual ones."""
    protocol: Protocol = Protocol.RGB
    border: int = 0
    """Pixels cut off on each side before."""
    stride: int = 2
    """Of the checkerboard that is looked for."""


@dataclass(frozen=True)
class Score:
    """What two pictures have come to."""

    values: Mapping[str, float | None]
    """One for each metric, None where there is none."""
    identical: bool
    """Nothing of what was compared differs."""
    notes: tuple[str, ...] = ()
    """Why a value is missing, one sentence each."""


def check_metrics(names: Sequence[str]) -> None:
    """Raise MethodError for the first that is none."""
    for name in names:
        if name not in METRICS:
            raise MethodError(f"no metric '{name}'{near(name, list(METRICS))} ({', '.join(METRICS)})")


def score(a: Pixels, b: Pixels, layouts: tuple[Layout, Layout], how: How) -> Score:
    """Measure two pictures (h, w, c) of one size, without alpha, in their own levels.

    A gray one becomes RGB beside one that has colors. Raises MethodError for sizes that differ, CMYK, a border that
    leaves nothing, and metrics that were asked for and need larger pictures.
    """
    x, y = compared(a, b, layouts, how)
    values: dict[str, float | None] = {}
    notes = []
    for name in how.metrics or USUAL:
        try:
            values[name] = METRICS[name].measure(x, y, how.stride)
        except MethodError as error:
            if how.metrics:
                raise
            values[name] = None
            notes.append(str(error))
    return Score(values, bool(np.array_equal(x, y)), tuple(notes))


def compared(a: Pixels, b: Pixels, layouts: tuple[Layout, Layout], how: How) -> tuple[Floats, Floats]:
    """What a protocol compares of two pictures: (h, w, c), in levels of 255. Raises MethodError."""
    if a.shape[:2] != b.shape[:2]:
        sizes = " and ".join(f"{one.shape[1]} x {one.shape[0]}" for one in (a, b))
        raise MethodError(f"pictures of {sizes} pixels cannot be compared; they must be of one size")
    if 2 * how.border >= min(a.shape[:2]):
        raise MethodError(f"a border of {how.border} leaves nothing of {a.shape[1]} x {a.shape[0]} pixels")
    colored = any(layout.color != "gray" for layout in layouts)
    cut = slice(how.border, -how.border or None)
    planes = [_plane(one[cut, cut], layout, how.protocol, colored) for one, layout in zip((a, b), layouts, strict=True)]
    return planes[0], planes[1]


def _plane(pixels: Pixels, layout: Layout, protocol: Protocol, colored: bool) -> Floats:
    if layout.color not in ("gray", "rgb"):
        raise MethodError(f"{layout} has no colors to compare; convert it to RGB first")
    levels = pixels.astype(np.float64) * (255 / depth.peak(layout.depth))
    if not colored:
        return levels
    if layout.color == "gray":
        levels = np.repeat(levels, 3, axis=2)
    if protocol is Protocol.RGB:
        return levels
    luma = color.matlab_y(levels) if protocol is Protocol.MATLAB_Y else color.luma(levels)
    return luma[..., np.newaxis]
