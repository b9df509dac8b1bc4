"""Errors and similarities, against sums written out and against what must be so."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import noise
from numpy.typing import NDArray

from upscli.errors import InputError, MethodError
from upscli.kernels import metrics

Measure = Callable[..., float | None]
MEASURES: dict[str, Measure] = {name: getattr(metrics, name) for name in ("mse", "mae", "psnr", "ssim", "ms_ssim")}
each = pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES.keys())


def shaken(pixels: NDArray[Any], most: int = 20) -> NDArray[Any]:
    away = np.random.default_rng(3).integers(-most, most, pixels.shape, endpoint=True)
    return np.clip(pixels.astype(np.int64) + away, 0, np.iinfo(pixels.dtype).max).astype(pixels.dtype)


def windows_one_by_one(a: NDArray[Any], b: NDArray[Any], peak: float) -> tuple[float, float]:
    """SSIM and its contrast part, as the paper writes them, of each window by itself."""
    away = np.arange(11) - 5
    bell = np.exp(-(away[:, np.newaxis] ** 2 + away**2) / (2 * 1.5**2))
    bell /= bell.sum()
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    found = []
    for top, left in np.ndindex(a.shape[0] - 10, a.shape[1] - 10):
        x, y = (one[top : top + 11, left : left + 11].astype(np.float64) for one in (a, b))
        mx, my = (bell * x).sum(), (bell * y).sum()
        vx, vy = (bell * (x - mx) ** 2).sum(), (bell * (y - my) ** 2).sum()
        cov = (bell * (x - mx) * (y - my)).sum()
        part = (2 * cov + c2) / (vx + vy + c2)
        found.append((part * (2 * mx * my + c1) / (mx * mx + my * my + c1), part))
    whole, parts = np.mean(found, axis=0)
    return float(whole), float(parts)


def test_errors_are_means_over_all_samples() -> None:
    a = np.array([[[0, 10, 20], [30, 40, 50]]], np.uint8)
    b = np.array([[[0, 13, 20], [30, 36, 50]]], np.uint8)
    assert metrics.mse(a, b) == pytest.approx(25 / 6)
    assert metrics.mae(a, b) == pytest.approx(7 / 6)
    assert metrics.psnr(a, b) == pytest.approx(10 * np.log10(255**2 / (25 / 6)))


def test_psnr_counts_from_the_peak() -> None:
    a, b = np.zeros((3, 3)), np.full((3, 3), 0.1)
    assert metrics.psnr(a, b, peak=1.0) == pytest.approx(20)


@pytest.mark.parametrize("shape", [(11, 11), (13, 75), (44, 12), (43, 43)])
def test_ssim_is_the_mean_of_the_papers_formula_over_all_whole_windows(shape: tuple[int, int]) -> None:
    a = noise(*shape, 1)[..., 0]
    b = shaken(a, 90)
    assert metrics.ssim(a, b) == pytest.approx(windows_one_by_one(a, b, 255.0)[0], abs=1e-12)


@pytest.mark.slow
def test_ms_ssim_is_the_papers_product_of_five_scales() -> None:
    x, y = noise(177, 190, 1)[..., 0].astype(np.float64), noise(177, 190, 1, seed=9)[..., 0].astype(np.float64)
    y = x * 0.8 + y * 0.2
    found, expected = metrics.ms_ssim(x, y), 1.0
    for weight in (0.0448, 0.2856, 0.3001, 0.2363):
        expected *= windows_one_by_one(x, y, 255.0)[1] ** weight
        x, y = (np.pad(one, [(0, side % 2) for side in one.shape], "symmetric") for one in (x, y))
        x, y = (one.reshape(one.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3)) for one in (x, y))
    expected *= windows_one_by_one(x, y, 255.0)[0] ** 0.1333
    assert found == pytest.approx(expected, abs=1e-10)


@each
def test_a_picture_is_identical_to_itself(measure: Measure) -> None:
    pixels = noise(176, 180, 3)
    expected = {"psnr": None, "mse": 0.0, "mae": 0.0}.get(measure.__name__, 1.0)
    assert measure(pixels, pixels.copy()) == pytest.approx(expected)


@each
@pytest.mark.parametrize(("dtype", "peak"), [("uint8", 255.0), ("uint16", 65535.0), ("float32", 1.0)])
def test_both_orders_give_the_same(measure: Measure, dtype: str, peak: float) -> None:
    a, b = noise(176, 180, 2, dtype), noise(176, 180, 2, dtype, seed=8)
    arguments = () if measure.__name__ in ("mse", "mae") else (peak,)
    assert measure(a, b, *arguments) == pytest.approx(measure(b, a, *arguments), rel=1e-12)


@pytest.mark.parametrize("name", ["psnr", "ssim", "ms_ssim"])
def test_depth_does_not_matter_where_the_peak_is_told(name: str) -> None:
    a, b = noise(176, 176, 3), shaken(noise(176, 176, 3))
    wide = [one.astype(np.uint16) * 257 for one in (a, b)]
    unit = [one / 255 for one in (a, b)]
    expected = MEASURES[name](a, b)
    assert MEASURES[name](*wide, 65535.0) == pytest.approx(expected, abs=1e-9)
    assert MEASURES[name](*unit, 1.0) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ["ssim", "ms_ssim"])
def test_similarity_is_the_mean_over_channels(name: str) -> None:
    a, b = noise(176, 176, 3), shaken(noise(176, 176, 3))
    single = [MEASURES[name](a[..., i], b[..., i]) for i in range(3)]
    assert MEASURES[name](a, b) == pytest.approx(np.mean(single), abs=1e-12)
    assert MEASURES[name](a[..., :1], b[..., :1]) == pytest.approx(single[0], abs=1e-12)


@given(st.integers(11, 80), st.integers(11, 80), st.integers(0, 999))
def test_ssim_is_at_most_1(height: int, width: int, seed: int) -> None:
    a, b = noise(height, width, 1, seed=seed), noise(height, width, 1, seed=seed + 1)
    assert -1 <= metrics.ssim(a, b) < 1
    assert metrics.ssim(a, a) == pytest.approx(1, abs=1e-12)


def test_a_negative_has_negative_ssim_and_ms_ssim_0() -> None:
    pixels = noise(176, 176, 1)
    assert metrics.ssim(pixels, 255 - pixels) < -0.5
    assert metrics.ms_ssim(pixels, 255 - pixels) == 0


def test_flat_pictures_differ_by_their_brightness_alone() -> None:
    a, b = np.full((20, 20), 100.0), np.full((20, 20), 200.0)
    c = (0.01 * 255) ** 2
    assert metrics.ssim(a, b) == pytest.approx((2 * 100 * 200 + c) / (100**2 + 200**2 + c))


@pytest.mark.parametrize(("name", "side"), [("ssim", 10), ("ms_ssim", 175)])
def test_similarity_needs_room_for_its_windows(name: str, side: int) -> None:
    pixels = noise(side, side + 1, 1)
    with pytest.raises(MethodError, match=f"needs {side + 1} x {side + 1} pixels"):
        MEASURES[name](pixels, pixels)
    larger = noise(side + 1, side + 1, 1)
    assert MEASURES[name](larger, larger) == pytest.approx(1)


@pytest.mark.parametrize("name", ["mse", "mae", "psnr"])
def test_errors_are_defined_for_one_pixel(name: str) -> None:
    found = MEASURES[name](np.array([[10]], np.uint8), np.array([[13]], np.uint8))
    assert found == pytest.approx({"mse": 9, "mae": 3, "psnr": 10 * np.log10(255**2 / 9)}[name])


@each
def test_other_shapes_are_refused(measure: Measure) -> None:
    pixels = noise(180, 180, 3)
    for other in (pixels[:-1], pixels[..., :1], pixels[..., 0]):
        with pytest.raises(MethodError, match="of one shape"):
            measure(pixels, other)
    for shape in ((0, 5), (5,), (2, 2, 2, 2)):
        with pytest.raises(MethodError, match="is not"):
            measure(np.zeros(shape), np.zeros(shape))


@each
def test_values_that_are_no_number_are_refused_with_their_place(measure: Measure) -> None:
    pixels = noise(180, 180, 1, "float32")
    broken = pixels.copy()
    broken[3, 4, 0] = np.nan
    broken[5, 6, 0] = np.inf
    with pytest.raises(InputError, match=r"2 samples are not a number or infinite, the first at \(3, 4, 0\)"):
        measure(pixels, broken)


@each
def test_the_pictures_are_left_alone(measure: Measure) -> None:
    a, b = noise(176, 176, 1, "float32"), noise(176, 176, 1, "float32", seed=2)
    before = a.copy(), b.copy()
    measure(a, b)
    np.testing.assert_array_equal(a, before[0])
    np.testing.assert_array_equal(b, before[1])


@pytest.mark.parametrize("other", [0.0, 0.02, 1.0], ids=["itself", "a little noise", "noise"])
def test_float32_gives_the_same_ssim_to_four_digits(other: float) -> None:
    pixels = np.linspace(0, 255, 96 * 80).reshape(96, 80, 1)
    pixels[20:60, 30:70] = 230.0
    changed = pixels + other * (noise(96, 80, 1) - pixels)
    assert metrics.ssim(pixels, changed, 255, np.float32) == pytest.approx(metrics.ssim(pixels, changed, 255), abs=1e-4)
