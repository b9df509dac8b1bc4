"""Levels to floats and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscli.kernels.depth import from_float, peak, to_float


def written(values: list[float], dtype: type) -> list[float]:
    out = np.zeros(len(values), dtype)
    from_float(np.array(values, np.float32), out)
    return out.tolist()


@pytest.mark.parametrize(("dtype", "white"), [(np.uint8, 255.0), (np.uint16, 65535.0), (np.float32, 1.0)])
def test_white_is_the_highest_level_or_one(dtype: type, white: float) -> None:
    assert peak(dtype) == white


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_level_survives_the_way_there_and_back(dtype: type) -> None:
    levels = np.arange(peak(dtype) + 1).astype(dtype)
    floats = to_float(levels)
    assert floats.dtype == np.float32
    np.testing.assert_array_equal(floats, levels)
    out = np.zeros_like(levels)
    from_float(floats, out)
    np.testing.assert_array_equal(out, levels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_floats_are_a_contiguous_copy(dtype: type) -> None:
    pixels = np.arange(120).astype(dtype).reshape(4, 10, 3)
    floats = to_float(pixels[::2, ::-1])
    assert floats.flags.c_contiguous
    np.testing.assert_array_equal(floats, pixels[::2, ::-1])
    floats[:] = 9.0
    np.testing.assert_array_equal(pixels.ravel(), np.arange(120))


@pytest.mark.parametrize(
    ("value", "level"),
    [(0.5, 1), (0.49, 0), (1.5, 2), (2.5, 3), (-0.5, 0), (-0.49, 0), (-300.0, 0), (254.5, 255), (254.49, 254)],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_halves_are_rounded_up(value: float, level: int, dtype: type) -> None:
    assert written([value], dtype) == [level]


@pytest.mark.parametrize(("dtype", "white"), [(np.uint8, 255), (np.uint16, 65535)])
def test_values_beyond_the_levels_are_clipped(dtype: type, white: int) -> None:
    assert written([white + 0.5, white + 1, 1e6, 3e9, 3e38, -1, -1e6, -3e38], dtype) == [white] * 5 + [0] * 3


def test_floats_are_neither_rounded_nor_clipped() -> None:
    assert (
        written([-0.25, 1.75, 2.5e20, 3e38], np.float32) == np.array([-0.25, 1.75, 2.5e20, 3e38], np.float32).tolist()
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_an_error_without_a_warning(value: float, dtype: type) -> None:
    result = np.full((40, 50, 3), 7.0, np.float32)
    result[33, 44, 1] = value
    with pytest.raises(FloatingPointError, match="1 of 6000 samples"):
        from_float(result, np.zeros(result.shape, dtype))


@given(st.lists(st.floats(-400, 700, width=32), min_size=1, max_size=50))
def test_levels_are_the_nearest_ones(values: list[float]) -> None:
    want = np.clip(np.floor(np.array(values) + 0.5), 0, 255)
    # The sum with 0.5 is rounded to float32, so just below a half the level may be the one above.
    near = np.abs(np.array(values) + 0.5 - np.rint(np.array(values) + 0.5)) < 1e-4
    np.testing.assert_array_equal(np.array(written(values, np.uint8))[~near], want[~near])


def test_only_the_slice_of_the_band_is_written() -> None:
    band = np.full((6, 20, 3), 99, np.uint8)
    from_float(np.full((2, 5, 3), 7.2, np.float32), band[2:4, 10:15])
    assert (band[2:4, 10:15] == 7).all()
    assert (band == 99).sum() == band.size - 30


def test_results_may_be_a_view() -> None:
    result = np.arange(48, dtype=np.float32).reshape(4, 4, 3)
    out = np.zeros((4, 2, 3), np.uint8)
    from_float(result[:, ::2], out)
    np.testing.assert_array_equal(out, np.arange(48).reshape(4, 4, 3)[:, ::2])
