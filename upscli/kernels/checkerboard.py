"""Checkerboard artifacts of a transposed convolution: predicted from the kernel, measured on results, cured.

A. Odena, V. Dumoulin, C. Olah, Deconvolution and checkerboard artifacts, distill.pub 2016; A. Aitken et al., arXiv
1707.02937; Y. Sugawara, S. Shiota, H. Kiya, arXiv 1806.02658.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import MethodError
from upscli.kernels.convolve import convolve, transposed_convolve
from upscli.kernels.windows import Pair, pair

Floats = NDArray[np.float64]

NEGLIGIBLE = 1e-12
"""Beside the largest gain, less than this is a rounding error."""
WINDOW = 16
"""Pixels, about, of the windows whose spectra are looked at: a pattern may change its sign from place to place."""
BAND = 1_000_000
"""Pixels, about, that are measured at a time."""


class Cure(StrEnum):
    """Ways to make all gains equal."""

    PHASE = "phase"
    """Divide each phase by its gain: all gains become 1."""
    ICNR = "icnr"
    """Every phase gets the mean of the phases; the mean gain stays."""
    BOX = "box"
    """Convolve the kernel with a box of the stride's size: nearest, then convolution."""
    RESIZE = "resize"
    """Convolve it with the bilinear kernel: bilinear, then convolution."""


@dataclass(frozen=True)
class Score:
    """How uneven the gains are."""

    value: float | None
    """(max - min) / |mean|; None where the mean is 0."""
    note: str = ""
    """Why there is no value."""


@dataclass(frozen=True)
class Spectrum:
    """The part of a result that repeats every `stride` pixels, within windows."""

    amplitude: float
    """Its root mean square, in levels."""
    share: float
    """Its energy beside that of all that the low-pass takes away: 0 to 1."""

    def times(self, factor: float) -> "Spectrum":
        """Of a result so many times as large."""
        return Spectrum(self.amplitude * factor, self.share)


def gains(kernel: NDArray[Any], stride: Pair) -> Floats:
    """What a constant 1 becomes in each phase (i, j) of the result: sum of kernel[i::s, j::s], shape (s, s)."""
    high, wide = pair("stride", stride, 1)
    made = [[kernel[i::high, j::wide].sum(dtype=np.float64) for j in range(wide)] for i in range(high)]
    return np.array(made)


def score(gains: Floats) -> Score:
    """(max - min) / |mean| of the gains: 0 is clean. There is none where the mean is 0."""
    mean, largest = float(gains.mean()), float(np.abs(gains).max())
    if abs(mean) <= NEGLIGIBLE * largest or not largest:
        return Score(None, "the mean gain is 0, so the gains cannot be compared with it; look at the spectral measure")
    spread = float(gains.max() - gains.min())
    return Score(0.0 if spread <= NEGLIGIBLE * largest else spread / abs(mean))


def phase_means(result: NDArray[Any], stride: Pair, start: tuple[int, int] = (0, 0)) -> Floats:
    """The mean of each phase of a result (h, w) or (h, w, c): the gains measured, if it was made from a constant 1.

    `start` is the position of its first pixel in the uncropped result. Raises MethodError if a phase has no pixel.
    """
    high, wide = pair("stride", stride, 1)
    if result.shape[0] < high or result.shape[1] < wide:
        raise MethodError(f"{result.shape[1]} x {result.shape[0]} pixels are fewer than the stride of {wide} x {high}")
    phases = [
        [result[(i - start[0]) % high :: high, (j - start[1]) % wide :: wide] for j in range(wide)] for i in range(high)
    ]
    return np.array([[phase.mean(dtype=np.float64) for phase in line] for line in phases])


def cured(kernel: NDArray[Any], stride: Pair, cure: Cure) -> Floats:
    """The kernel after a cure, float64; it may be larger. Its gains are all equal.

    It is a kernel of the transposed convolution like the one given, which lays copies of it; a convolution layer
    that does the same has it flipped. Raises MethodError where `phase` meets a gain of 0.
    """
    steps, kernel = pair("stride", stride, 1), np.asarray(kernel, np.float64)
    if cure is Cure.BOX:
        return transposed_convolve(kernel, np.ones(steps))
    if cure is Cure.RESIZE:
        return transposed_convolve(kernel, bilinear_kernel(steps))
    if cure is Cure.PHASE:
        return _divided(kernel, steps)
    taps = [-(-n // step) for n, step in zip(kernel.shape, steps, strict=True)]
    whole = np.zeros((taps[0] * steps[0], taps[1] * steps[1]))
    whole[: kernel.shape[0], : kernel.shape[1]] = kernel
    return np.kron(whole.reshape(taps[0], steps[0], taps[1], steps[1]).mean(axis=(1, 3)), np.ones(steps))


def _divided(kernel: Floats, steps: tuple[int, int]) -> Floats:
    gain = gains(kernel, steps)
    zero = np.argwhere(np.abs(gain) <= NEGLIGIBLE * np.abs(kernel).max())
    if len(zero):
        i, j = zero[0]
        raise MethodError(f"phase ({i}, {j}) has gain 0, so it cannot be divided by it; use icnr, box or resize")
    high, wide = (-(-n // step) for n, step in zip(kernel.shape, steps, strict=True))
    divided: Floats = kernel / np.tile(gain, (high, wide))[: kernel.shape[0], : kernel.shape[1]]
    return divided


def bilinear_kernel(stride: Pair) -> Floats:
    """The kernel of size 2 s - s mod 2 whose transposed convolution interpolates bilinearly; every gain is 1.

    (J. Long, E. Shelhamer, T. Darrell, Fully convolutional networks for semantic segmentation, CVPR 2015)
    """
    high, wide = pair("stride", stride, 1)
    return np.outer(_tent(high), _tent(wide))


def _tent(stride: int) -> Floats:
    size = 2 * stride - stride % 2
    weights: Floats = 1.0 - np.abs(np.arange(size) - (size - 1) / 2) / stride
    return weights


def spectral_measure(result: NDArray[Any], stride: Pair) -> Spectrum:
    """Energy at multiples of 1/s, 0 apart, in the spectrum of a result minus its low-pass.

    This also finds patterns of mean 0, which the gains cannot show. The low-pass is the mean over one period, which
    holds nothing at those frequencies. `result` is (h, w) or (h, w, c). Raises MethodError if it is too small.
    """
    steps = pair("stride", stride, 1)
    mean = np.outer(_period_mean(steps[0]), _period_mean(steps[1]))
    if any(n < side + step - 1 for n, side, step in zip(result.shape, mean.shape, steps, strict=False)):
        raise MethodError(f"{result.shape[1]} x {result.shape[0]} pixels are too few to see a pattern of {stride}")
    inner = [n - side + 1 for n, side in zip(result.shape, mean.shape, strict=False)]
    windows = [min(step * max(1, round(WINDOW / step)), n - n % step) for n, step in zip(inner, steps, strict=True)]
    high = inner[0] // windows[0]
    together = max(1, BAND // (windows[0] * result.shape[1]))
    found = whole = 0.0
    count = 0
    for first in range(0, high, together):
        rows = slice(first * windows[0], min(first + together, high) * windows[0] + mean.shape[0] - 1)
        rest = _without_low(result[rows], mean, windows)
        periods = _periods(rest, windows, steps)
        found += float(np.square(periods).mean()) * rest.size
        whole += float(np.einsum("ijk,ijk", rest, rest))
        count += rest.size
    largest = max(float(result.max()), -float(result.min()))
    if whole / count <= (NEGLIGIBLE * largest) ** 2:
        return Spectrum(0.0, 0.0)
    return Spectrum((found / count) ** 0.5, found / whole)


def _without_low(band: NDArray[Any], mean: Floats, windows: list[int]) -> Floats:
    """Whole windows of a band minus its low-pass: (rows, cols, c)."""
    pixels = band.astype(np.float64, copy=False).reshape(*band.shape[:2], -1)
    low = convolve(pixels, mean)
    top, left = (n // 2 for n in mean.shape)
    rest = np.subtract(pixels[top : top + low.shape[0], left : left + low.shape[1]], low, out=low)
    high, wide = (n - n % window for n, window in zip(rest.shape, windows, strict=False))
    return rest[:high, :wide]


def _periods(rest: Floats, windows: list[int], steps: tuple[int, int]) -> Floats:
    """The mean period of each window, less its mean: (windows down, step, windows across, step, c)."""
    high, wide = (n // window for n, window in zip(rest.shape, windows, strict=False))
    shape = (high, windows[0] // steps[0], steps[0], wide, windows[1] // steps[1], steps[1], -1)
    periods = rest.reshape(shape).mean(axis=(1, 4))
    made: Floats = periods - periods.mean(axis=(1, 3), keepdims=True)
    return made


def _period_mean(step: int) -> Floats:
    """Weights of the mean over `step` pixels, centered on a pixel: an even period takes half of both ends."""
    weights = np.ones(step + 1 - step % 2)
    if step % 2 == 0:
        weights[[0, -1]] = 0.5
    return weights / step
