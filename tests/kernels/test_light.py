"""Levels become light and come back: exactly, for any curve."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from compare import assert_close, equal
from hypothesis import given
from hypothesis import strategies as st
from material import noise

from upscli.kernels import depth
from upscli.kernels.light import Light, srgb, table

Curve = Callable[[Any], Any]

CURVES: dict[str, Curve] = {
    "srgb": srgb,
    "gamma 1": lambda x: x,
    "gamma 1.8": lambda x: x**1.8,
    "gamma 2.2": lambda x: x**2.2,
    "gamma 4": lambda x: x**4,
    "a lifted black": lambda x: 0.02 + 0.98 * x**2,
    "flat at both ends": lambda x: np.clip(1.4 * x - 0.2, 0.0, 1.0),
    "stairs": lambda x: np.floor(x * 50) / 50,
}
FLAT = ("a lifted black", "flat at both ends", "stairs")
"""They give several levels the same light, the first in float32's precision."""
DTYPES = ("uint8", "uint16")


def levels(dtype: str) -> Any:
    return np.arange(int(depth.peak(dtype)) + 1, dtype=dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CURVES)
def test_every_level_comes_back(name: str, dtype: str) -> None:
    made = table(CURVES[name], dtype)
    equal(made.encode(made.light.copy()), levels(dtype).astype(np.uint16), name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CURVES)
def test_light_is_the_curves_and_rises_from_level_to_level(name: str, dtype: str) -> None:
    made = table(CURVES[name], dtype)
    assert (np.diff(made.light) > 0).all()
    expected = CURVES[name](levels(dtype) / depth.peak(dtype))
    # Where a curve is flat its levels are kept apart, by next to nothing.
    assert_close(made.light.astype(np.float64), expected, most=6e-3 if name in FLAT else 1e-7)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [name for name in CURVES if name not in FLAT])
def test_a_level_reaches_from_the_light_of_half_a_level_below_to_half_a_level_above(name: str, dtype: str) -> None:
    made = table(CURVES[name], dtype)
    half = CURVES[name]((levels(dtype)[:-1] + 0.5) / depth.peak(dtype)).astype(np.float32)
    equal(made.encode(half.copy()), levels(dtype)[1:].astype(np.uint16), "from the bound on")
    below = np.nextafter(half, np.float32(0))
    equal(made.encode(below), levels(dtype)[:-1].astype(np.uint16), "below the bound")


@given(st.lists(st.floats(-4, 4, width=32), min_size=1, max_size=40), st.sampled_from(DTYPES))
def test_any_light_becomes_the_level_that_the_inverse_formula_rounds_to(light: list[float], dtype: str) -> None:
    given = np.array(light, np.float32)
    clipped = np.clip(given.astype(np.float64), 0.0, 1.0)
    encoded = np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055)
    exact = encoded * depth.peak(dtype)
    found = table(srgb, dtype).encode(given.copy()).astype(np.float64)
    # float32 has 24 bits of light, which are a few thousandths of 65536 levels.
    assert np.abs(found - exact).max() <= 0.5 + (0.01 if dtype == "uint16" else 1e-4)


def test_the_curve_is_that_of_the_standard() -> None:
    """IEC 61966-2-1: both pieces, where they meet, and the known value of middle gray."""
    found = srgb(np.array([0.0, 0.04045, 0.5, 1.0]))
    np.testing.assert_allclose(found, [0.0, 0.04045 / 12.92, 0.2140411, 1.0], rtol=1e-6)
    assert float(Fraction(188, 255)) == pytest.approx(0.73725, abs=1e-4)
    assert table(srgb, "uint8").encode(np.array([0.5], np.float32)) == 188


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize(("source", "result"), [(a, b) for a in DTYPES for b in DTYPES])
def test_pictures_change_depth_on_the_way(source: str, result: str, alpha: bool) -> None:
    pixels = noise(9, 7, 3 + alpha, source)
    light = Light((srgb, CURVES["gamma 1.8"], CURVES["gamma 1"]), source, result)
    out = np.zeros(pixels.shape, result)
    light.encode(light.decoded(pixels, alpha), alpha, out)
    scale = depth.peak(result) / depth.peak(source)
    equal(out, np.floor(pixels * scale + 0.5).astype(result))


def test_each_color_has_its_curve() -> None:
    pixels = np.full((1, 1, 4), 128, np.uint8)
    light = Light((srgb, CURVES["gamma 4"], CURVES["gamma 1"]), "uint8", "uint8").decoded(pixels, True)
    at = 128 / 255
    np.testing.assert_allclose(light[0, 0], [srgb(np.array(at)), at**4, at, at], rtol=1e-6)


def test_a_result_that_is_no_number_is_an_error() -> None:
    light = np.full((2, 2, 1), np.nan, np.float32)
    with pytest.raises(FloatingPointError, match="4 of 4"):
        Light((srgb,), "uint8", "uint8").encode(light, False, np.zeros((2, 2, 1), np.uint8))
