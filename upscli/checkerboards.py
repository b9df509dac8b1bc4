"""What is known of a checkerboard: predicted from a kernel, measured on what a method or a picture shows, cured.

A. Odena, V. Dumoulin, C. Olah, Deconvolution and checkerboard artifacts, distill.pub 2016.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli import registry
from upscli.errors import MethodError
from upscli.kernels import depth
from upscli.kernels.axis import Edge
from upscli.kernels.checkerboard import (
    Cure,
    Score,
    Spectrum,
    bilinear_kernel,
    cured,
    gains,
    phase_means,
    score,
    spectral_measure,
)
from upscli.kernels.convolve import transposed_convolve
from upscli.matrices import Matrix
from upscli.options import as_values, make_options
from upscli.pictures.formats import Layout
from upscli.recipe import Recipe
from upscli.stages import enlarged

Pixels = NDArray[Any]
Stride = tuple[int, int]
"""(down, across)"""

MOST_STRIDE = 64
"""Of kernels and methods, along either axis: the work grows with the fourth power, and here takes half a minute."""
MOST_PIXELS = 50_000_000
"""Of an enlarged picture that is measured, unless told otherwise: that takes up to 40 bytes a pixel."""
WEAK = 0.05
"""A phase whose gain is a smaller part of the largest is not one to divide by."""


@dataclass(frozen=True)
class Pattern:
    """What each phase (i, j) of a result is, beside the others."""

    gains: Matrix
    """(down, across); of a picture, the mean of each phase in levels."""
    score: Score

    @classmethod
    def of(cls, gain: Matrix) -> "Pattern":
        """With its score."""
        return cls(gain, score(gain))

    @property
    def even(self) -> bool:
        """All phases are alike."""
        gain = self.gains
        return bool(self.score.value == 0 or np.ptp(gain) <= 1e-9 * max(float(np.abs(gain).max()), 1e-300))


@dataclass(frozen=True)
class Remedy:
    """A cure, and what it makes."""

    cure: Cure
    kernel: Matrix | None
    pattern: Pattern | None
    note: str = ""
    """Why it cannot be applied."""


@dataclass(frozen=True)
class Finding:
    """All that is known of one kernel, method or picture."""

    kind: str
    """`kernel`, `method` or `picture`."""
    name: str
    stride: Stride
    pattern: Pattern
    """Predicted for a kernel, measured on a constant for a method, of the picture itself for a picture."""
    spectrum: Spectrum
    """Of a picture that was enlarged, or of the picture itself; amplitudes in levels of 255."""
    constant: Pattern | None = None
    """Measured on a constant 1."""
    picture: Pattern | None = None
    """Measured on an enlarged picture, whose mean is taken as 1."""
    kernel: Matrix | None = None
    remedies: tuple[Remedy, ...] = field(default=())

    @property
    def notes(self) -> tuple[str, ...]:
        """What the numbers do not say by themselves."""
        notes = [self.pattern.score.note] if self.pattern.score.note else []
        gain = np.abs(self.pattern.gains)
        empty = [f"({i}, {j})" for i, j in np.argwhere(gain <= 1e-12 * gain.max())]
        if self.kernel is not None and empty:
            verb = "phases {} have" if len(empty) > 1 else "phase {} has"
            notes.append(f"{verb.format(', '.join(empty))} gain 0 and cannot be divided by it")
        return tuple(notes)

    @property
    def suggested(self) -> Remedy | None:
        """The cure to take; None if nothing is to be cured."""
        if self.kernel is None or self.pattern.even:
            return None
        gain = np.abs(self.pattern.gains)
        weak = self.pattern.score.value is None or gain.min() < WEAK * gain.max()
        return next(remedy for remedy in self.remedies if remedy.cure is (Cure.BOX if weak else Cure.PHASE))


def check_stride(stride: Stride) -> None:
    """Raise MethodError for one at which no kernel or method can be measured in time. Pictures may have any."""
    if max(stride) > MOST_STRIDE:
        raise MethodError(f"stride is {stride[1]} x {stride[0]}; {MOST_STRIDE} each way is the most")


def kernel_of(word: str, stride: Stride, named: Mapping[str, Matrix]) -> Matrix | None:
    """A kernel by name: those that follow the stride, and the `named`."""
    return {"bilinear": bilinear_kernel(stride), "box": np.ones(stride), **named}.get(word)


def of_kernel(name: str, kernel: Matrix, stride: Stride, sample: Pixels) -> Finding:
    """Predicted from the kernel, and measured on what its transposed convolution makes of a constant and a sample.

    `sample` is (h, w, c), float, 0..1.
    """
    taps = [-(-size // step) for size, step in zip(kernel.shape, stride, strict=True)]
    start = (taps[0] - 1) * stride[0], (taps[1] - 1) * stride[1]
    flat = transposed_convolve(np.ones((taps[0] + 1, taps[1] + 1)), kernel, stride=stride)
    whole = flat[start[0] : start[0] + 2 * stride[0], start[1] : start[1] + 2 * stride[1]]
    laid = transposed_convolve(sample.astype(np.float64), kernel, stride=stride)
    inside = laid[start[0] : sample.shape[0] * stride[0], start[1] : sample.shape[1] * stride[1]]
    predicted = Pattern.of(_cleaned(gains(kernel, stride), kernel))
    return Finding(
        "kernel",
        name,
        stride,
        predicted,
        spectral_measure(inside, stride).times(255),
        Pattern.of(_cleaned(phase_means(_as_large(whole, stride), stride, start), kernel)),
        _on_picture(phase_means(inside, stride, start) / _mean(sample), predicted),
        kernel,
        tuple(_remedy(kernel, stride, cure) for cure in Cure),
    )


def of_method(name: str, given: Mapping[str, Any], stride: Stride, sample: Pixels) -> Finding:
    """Measured on what any method makes of a constant and a sample. Raises MethodError if it cannot do that.

    `sample` is (h, w, c), float, 0..1, without alpha: four channels are CMYK.
    """
    method = registry.get(name)
    if method.takes == "labels" or method.target is not None:
        reason = "makes no new colors" if method.takes == "labels" else "decides the size itself"
        raise MethodError(f"{name} {reason}, so no checkerboard of it can be measured")
    options = as_values(make_options(name, method.options, given))
    flat = _enlarged(name, options, np.ones((24, 24, 1), np.float32), stride)
    made = _enlarged(name, options, sample.astype(np.float32), stride)
    constant = Pattern.of(_rounded(phase_means(flat, stride)))
    picture = _on_picture(phase_means(made, stride) / _mean(sample), constant)
    spectrum = spectral_measure(made, stride).times(255)
    return Finding("method", name, stride, constant, spectrum, constant, picture)


def of_picture(name: str, pixels: Pixels, stride: Stride) -> Finding:
    """Measured on a picture (h, w, c) in its own levels. Raises MethodError if it is too small."""
    level = 255 / depth.peak(pixels.dtype)
    gain = phase_means(pixels, stride) * level
    return Finding("picture", name, stride, Pattern.of(gain), spectral_measure(pixels, stride).times(level))


def scene() -> Pixels:
    """A small picture to measure on where none is given: a soft disc before a slope; (48, 48, 1), 0..1."""
    rows, cols = np.mgrid[:48, :48] / 48.0
    away = np.hypot(rows - 0.45, cols - 0.55)
    disc = 1 / (1 + np.exp((away - 0.25) * 24))
    made: Pixels = (0.3 + 0.3 * rows + 0.1 * cols + 0.3 * disc)[..., np.newaxis]
    return made


def _cleaned(gain: Matrix, kernel: Matrix) -> Matrix:
    """With 0 for what is only the rounding of weights that cancel out."""
    return np.where(np.abs(gain) <= 1e-12 * np.abs(kernel).sum(), 0.0, gain)


def _remedy(kernel: Matrix, stride: Stride, cure: Cure) -> Remedy:
    try:
        made = cured(kernel, stride, cure)
    except MethodError as error:
        return Remedy(cure, None, None, str(error))
    return Remedy(cure, made, Pattern.of(_cleaned(gains(made, stride), made if cure is Cure.PHASE else kernel)))


def _enlarged(name: str, options: Mapping[str, Any], pixels: Pixels, stride: Stride) -> Pixels:
    layout = Layout({1: "gray", 3: "rgb", 4: "cmyk"}[pixels.shape[2]], False, "float32")
    source = pixels.shape[1], pixels.shape[0]
    target = source[0] * stride[1], source[1] * stride[0]
    recipe = Recipe(name, options, Edge.REPLICATE, layout, source, target)
    return np.concatenate([band.copy() for band in enlarged(recipe, iter([pixels]))])


def _on_picture(gain: Matrix, expected: Pattern) -> Pattern:
    """What a picture shows beside its mean; there is no score where a constant has none."""
    return Pattern(gain, score(gain) if expected.score.value is not None else expected.score)


def _rounded(measured: Matrix) -> Matrix:
    """Without the last bits of float32 sums, which are no pattern."""
    return np.round(measured, 6)


def _as_large(pixels: Pixels, stride: Stride) -> Pixels:
    """At least one pixel of each phase: a kernel smaller than the stride leaves the last ones of the result away."""
    missing = [max(0, 2 * step - size) for size, step in zip(pixels.shape, stride, strict=False)]
    return np.pad(pixels, [(0, missing[0]), (0, missing[1])])


def _mean(sample: Pixels) -> float:
    return float(sample.mean()) or 1.0
