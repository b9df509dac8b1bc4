"""How far two pictures are from each other.

All take two arrays (h, w) or (h, w, c) of one shape and any real dtype, `peak` being the level of white, and compute
in float64 unless told otherwise. Channels count alike: errors are means over all samples, similarities means over the
channels. They raise MethodError for shapes that differ or have no pixel, and InputError for values that are no number.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import DTypeLike, NDArray

from upscli.errors import InputError, MethodError

Pixels = NDArray[Any]
Floats = NDArray[np.floating[Any]]

WINDOW = 11
"""Pixels a side of the window of SSIM."""
SIGMA = 1.5
K1, K2 = 0.01, 0.03
HALF = 0.5
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Weights of the scales of MS-SSIM, the finest first."""
SMALLEST = WINDOW * 2 ** (len(SCALES) - 1)
"""Pixels that MS-SSIM needs on each side."""

STRIP = 16
"""Results made by one product of matrices, along each axis."""


def mse(a: Pixels, b: Pixels) -> float:
    """Mean of the squared differences, in squared levels."""
    _check_pair(a, b)
    squares = 0.0
    for top in range(0, len(a), STRIP):  # of a size that stays in the processor's cache
        error = _numbers(a[top : top + STRIP]).ravel() - _numbers(b[top : top + STRIP]).ravel()
        squares += float(np.dot(error, error))
    return squares / a.size


def mae(a: Pixels, b: Pixels) -> float:
    """Mean of the absolute differences, in levels."""
    _check_pair(a, b)
    return float(np.abs(_numbers(a) - _numbers(b)).mean())


def psnr(a: Pixels, b: Pixels, peak: float = 255.0) -> float | None:
    """10 log10(peak^2 / MSE), in dB; None where the two are identical."""
    error = mse(a, b)
    return 10 * float(np.log10(peak * peak / error)) if error else None


def ssim(a: Pixels, b: Pixels, peak: float = 255.0, dtype: DTypeLike = np.float64) -> float:
    """Structural similarity, -1..1: 1 where the two are identical.

    Only windows that lie wholly inside count, as in the authors' program. In float32 it takes half the time and is
    right to 1e-4, mostly to 1e-7. Raises MethodError below 11 x 11 pixels.
    (Wang, Bovik, Sheikh, Simoncelli, Image quality assessment, IEEE TIP 13, 2004, equation 13)
    """
    _check_sides(a, b, WINDOW, "SSIM")
    return float(np.mean([_similarity(*pair)[0] for pair in _planes(a, b, peak, dtype)]))


def ms_ssim(a: Pixels, b: Pixels, peak: float = 255.0) -> float:
    """Structural similarity at five scales, 0..1: each halves the picture by means of 2 x 2.

    A scale whose contrasts are opposed on the whole counts 0. Raises MethodError below 176 x 176 pixels.
    (Wang, Simoncelli, Bovik, Multi-scale structural similarity, Asilomar 2003, equation 7)
    """
    _check_sides(a, b, SMALLEST, "MS-SSIM")
    return float(np.mean([_at_all_scales(*pair) for pair in _planes(a, b, peak)]))


def _at_all_scales(a: Floats, b: Floats) -> float:
    made = 1.0
    for weight in SCALES[:-1]:
        made *= max(0.0, _similarity(a, b)[1]) ** weight
        a, b = _halved(a), _halved(b)
    return float(made * max(0.0, _similarity(a, b)[0]) ** SCALES[-1])


def _halved(plane: Floats) -> Floats:
    """Means of 2 x 2; an odd last row or column is repeated."""
    even = np.pad(plane, [(0, side % 2) for side in plane.shape], "edge")
    halved: Floats = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    return halved


def _similarity(a: Floats, b: Floats) -> tuple[float, float]:
    """Of two planes in 0..1: the means of SSIM, and of its part that compares contrast and structure."""
    high, wide = (side - WINDOW + 1 for side in a.shape)
    whole = parts = 0.0
    for top in range(0, high, STRIP):
        rows = slice(top, min(top + STRIP, high) + WINDOW - 1)
        # Variances are small differences of squares: these lose least where levels lie round 0.
        planes = np.empty((4, *a[rows].shape), a.dtype)
        x, y = np.subtract(a[rows], HALF, out=planes[0]), np.subtract(b[rows], HALF, out=planes[1])
        np.multiply(x, x, out=planes[2])
        planes[2] += np.multiply(y, y, out=planes[3])
        np.multiply(x, y, out=planes[3])
        mean_x, mean_y, squares, product = _windowed(planes)
        both = mean_x * mean_y
        product -= both
        squares -= np.square(mean_x)
        squares -= np.square(mean_y)
        part = _ratio(product, squares, K2**2)
        parts += float(part.sum())
        mean_x += HALF
        mean_y += HALF
        np.multiply(mean_x, mean_y, out=both)
        np.square(mean_x, out=mean_x)
        mean_x += np.square(mean_y, out=mean_y)
        part *= _ratio(both, mean_x, K1**2)
        whole += float(part.sum())
    return whole / (high * wide), parts / (high * wide)


def _ratio(product: Floats, squares: Floats, steady: float) -> Floats:
    """(2 product + steady) / (squares + steady), in the memory of both."""
    product *= 2
    product += steady
    squares += steady
    product /= squares
    return product


def _windowed(planes: Floats) -> Floats:
    """Means under the bell-shaped window, of planes (n, rows, columns), wherever it lies wholly inside."""
    count, rows, wide = planes.shape
    rows, wide = rows - WINDOW + 1, wide - WINDOW + 1
    down, across = _bells(planes.dtype)
    lines = (down[:rows, : rows + WINDOW - 1] @ planes).reshape(count * rows, -1)
    result = np.empty((count * rows, wide), planes.dtype)
    blocks, rest = divmod(wide, STRIP)
    most = blocks * STRIP
    if blocks:  # columns in blocks that overlap, all in one call: between many short ones the interpreter would rule
        overlapping = sliding_window_view(lines, STRIP + WINDOW - 1, axis=1)[:, :most:STRIP].swapaxes(0, 1)
        np.matmul(overlapping, across, out=result[:, :most].reshape(-1, blocks, STRIP).swapaxes(0, 1))
    if rest:
        np.matmul(lines[:, most:], across[: rest + WINDOW - 1, :rest], out=result[:, most:])
    return result.reshape(count, rows, wide)


@cache
def _bells(dtype: np.dtype[Any]) -> tuple[Floats, Floats]:
    """In row i the window's weights from column i on; and the same turned, with its rows in one piece."""
    bell = np.exp(-0.5 * np.square((np.arange(WINDOW) - WINDOW // 2) / SIGMA))
    rows = np.zeros((STRIP, STRIP + WINDOW - 1))
    for i, row in enumerate(rows):
        row[i : i + WINDOW] = bell / bell.sum()
    return rows.astype(dtype), np.ascontiguousarray(rows.T, dtype)


def _planes(a: Pixels, b: Pixels, peak: float, dtype: DTypeLike = np.float64) -> Iterator[tuple[Floats, Floats]]:
    """The channels, levels 0..1."""
    for channel in range(a.shape[2] if a.ndim == 3 else 1):
        x, y = (_numbers(one[..., channel] if one.ndim == 3 else one, dtype) for one in (a, b))
        x /= peak
        y /= peak
        yield x, y


def _numbers(pixels: Pixels, dtype: DTypeLike = np.float64) -> Floats:
    numbers: Floats = pixels.astype(dtype, order="C")
    return numbers


def _check_pair(a: Pixels, b: Pixels) -> None:
    if a.shape != b.shape:
        raise MethodError(f"arrays of shape {a.shape} and {b.shape} cannot be compared; they must be of one shape")
    if a.ndim not in (2, 3) or 0 in a.shape:
        raise MethodError(f"an array of shape {a.shape} is not (height, width) or (height, width, channels)")
    for one in (a, b):
        if one.dtype.kind == "f" and (bad := np.argwhere(~np.isfinite(one))).size:
            first = tuple(map(int, bad[0]))
            raise InputError(f"{len(bad):,} samples are not a number or infinite, the first at {first}")


def _check_sides(a: Pixels, b: Pixels, least: int, name: str) -> None:
    _check_pair(a, b)
    if min(a.shape[:2]) < least:
        raise MethodError(f"{name} needs {least} x {least} pixels, and there are {a.shape[1]} x {a.shape[0]}")
