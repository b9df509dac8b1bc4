from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upscli.errors import MethodError
from upscli.kernels.pooling import (
    bed_of_nails,
    max_pool,
    max_pool_reference,
    max_unpool,
    max_unpool_reference,
)


@st.composite
def poolings(draw: st.DrawFn) -> tuple[Any, dict[str, Any]]:
    """Random pictures, some of few levels so that many are equal, and settings that can pool them."""
    window = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    padding = tuple(draw(st.integers(0, n // 2)) for n in window)
    size = [draw(st.integers(max(1, n - 2 * p), n + 12)) for n, p in zip(window, padding, strict=True)]
    shape = (*size, *draw(st.sampled_from([(), (1,), (3,)])))
    random = np.random.default_rng(draw(st.integers(0, 9999)))
    dtype = draw(st.sampled_from(["uint8", "uint16", "int64", "float32", "float64", "bool"]))
    levels = draw(st.sampled_from([2, 5, 200]))
    pixels = random.integers(0, levels, shape) - (levels // 2 if dtype in ("int64", "float32", "float64") else 0)
    stride = draw(st.one_of(st.none(), st.tuples(st.integers(1, 6), st.integers(1, 6))))
    setting = {"window": window, "stride": stride, "padding": padding, "ceil_mode": draw(st.booleans())}
    return pixels.astype(dtype), setting


@given(poolings())
@settings(max_examples=150, deadline=None)
def test_max_pooling_equals_its_loops(case: tuple[Any, dict[str, Any]]) -> None:
    pixels, setting = case
    values, switches = max_pool(pixels, **setting)
    expected, places = max_pool_reference(pixels, **setting)
    assert values.dtype == pixels.dtype
    assert switches.dtype == np.int64
    assert values.tolist() == expected.tolist()
    assert switches.tolist() == places.tolist()


@given(poolings())
@settings(max_examples=100, deadline=None)
def test_unpooled_pictures_have_their_values_at_the_switches_and_0_elsewhere(case: tuple[Any, dict[str, Any]]) -> None:
    pixels, setting = case
    values, switches = max_pool(pixels, **setting)
    back = max_unpool(values, switches, pixels.shape[:2])
    flat, places = pixels.reshape(-1, pixels[0, 0].size), switches.reshape(-1, pixels[0, 0].size)
    kept = np.zeros_like(flat)
    np.put_along_axis(kept, places, np.take_along_axis(flat, places, 0), 0)
    assert back.tolist() == kept.reshape(pixels.shape).tolist()


@given(poolings())
@settings(max_examples=100, deadline=None)
def test_pooling_an_unpooled_picture_gives_the_pooled_one_again(case: tuple[Any, dict[str, Any]]) -> None:
    pixels, setting = case
    pixels = np.abs(pixels) if pixels.dtype != bool else pixels
    values, switches = max_pool(pixels, **setting)
    again, _ = max_pool(max_unpool(values, switches, pixels.shape[:2]), **setting)
    assert again.tolist() == values.tolist()


@pytest.mark.parametrize("window", [2, 3, 7, 300])
def test_wide_pictures_and_windows_of_more_than_255_are_pooled(window: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 60000, (window * 2 + 1, 1300, 3), np.uint16)
    values, switches = max_pool(pixels, window)
    high, wide = (n // window for n in pixels.shape[:2])
    blocks = pixels[: high * window, : wide * window].reshape(high, window, wide, window, 3)
    assert (values == blocks.max(axis=(1, 3))).all()
    assert (np.take_along_axis(pixels.reshape(-1, 3), switches.reshape(-1, 3), 0) == values.reshape(-1, 3)).all()


def test_of_equal_values_the_first_row_by_row_is_remembered() -> None:
    assert max_pool(np.array([[0, 7, 7], [7, 7, 0]]), (2, 3))[1].tolist() == [[1]]
    assert max_pool(np.array([[0, 1, 0], [1, 1, 0]]), (2, 3))[1].tolist() == [[1]]


def test_padding_is_never_the_maximum() -> None:
    values, switches = max_pool(np.array([[-3.0, -5.0], [-4.0, -2.0]]), 2, 2, 1)
    assert values.tolist() == [[-3, -5], [-4, -2]]
    assert switches.tolist() == [[0, 1], [2, 3]]
    assert max_pool(np.zeros((2, 2), np.uint8), 2, 2, 1)[1].tolist() == [[0, 1], [2, 3]]


def test_ceil_mode_keeps_the_pixels_of_an_odd_size() -> None:
    pixels = np.arange(9).reshape(3, 3)
    assert max_pool(pixels, 2)[0].tolist() == [[4]]
    assert max_pool(pixels, 2, ceil_mode=True)[0].tolist() == [[4, 5], [7, 8]]


def test_the_larger_of_two_claims_to_one_place_wins() -> None:
    for values in ([[1, 9], [4, 2]], [[9, 1], [2, 4]], [[-9, -1], [-2, -4]]):
        claims, switches = np.array(values), np.array([[3, 3], [3, 0]])
        result = max_unpool(claims, switches, (2, 3))
        assert result.tolist() == max_unpool_reference(claims, switches, (2, 3)).tolist()
        assert result[1, 0] == max(values[0] + values[1][:1])
        assert result[0, 0] == values[1][1]


@given(st.integers(0, 9999), st.integers(1, 3))
@settings(deadline=None)
def test_max_unpooling_equals_its_loops_for_any_claims(seed: int, channels: int) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(-9, 9, (4, 5, channels))
    switches = random.integers(0, 12, values.shape)
    assert max_unpool(values, switches, (3, 4)).tolist() == max_unpool_reference(values, switches, (3, 4)).tolist()


def test_bed_of_nails_fills_the_top_left_of_each_block() -> None:
    pixels = np.array([[1, 2], [3, 4]], np.uint8)
    assert bed_of_nails(pixels, 2).tolist() == [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]
    assert bed_of_nails(pixels, (1, 3)).dtype == np.uint8


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: max_pool(np.zeros((4, 4)), 5), "the window is 5 and the padded input only 4"),
        (lambda: max_pool(np.zeros((4, 4)), 2, padding=2), "padding 2 is more than half of the window 2"),
        (lambda: max_pool(np.zeros((4, 4)), 0), "window is 0"),
        (lambda: max_pool(np.zeros((4, 4)), 2, 0), "stride is 0"),
        (lambda: max_unpool(np.zeros((2, 2)), np.zeros((2, 3), int), (4, 4)), "values of shape"),
        (lambda: max_unpool(np.zeros((1, 1)), np.array([[16]]), (4, 4)), "beyond the 4 x 4 pixels"),
        (lambda: max_unpool(np.zeros((1, 1)), np.array([[-1]]), (4, 4)), "beyond the 4 x 4 pixels"),
    ],
)
def test_what_cannot_be_pooled_or_unpooled_is_refused_with_a_sentence(call: Any, words: str) -> None:
    with pytest.raises(MethodError, match=words):
        call()
