"""Bed of nails, by its definition."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from compare import equal
from material import GRAY, ONE_TILE, RGB, RGB_ALPHA, noise, recipe, result_of

from upscli import registry
from upscli.errors import MethodError

BED = "bed-of-nails"


@pytest.mark.parametrize("tile", [ONE_TILE, (1, 1), (3, 2), (2, 3)])
def test_a_value_goes_to_the_top_left_of_its_block(tile: tuple[int, int]) -> None:
    pixels = np.array([[[1], [2]], [[3], [4]]], np.uint8)
    result = result_of(recipe(BED, pixels, GRAY, 2, tile=tile), pixels)
    assert result[..., 0].tolist() == [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]


def test_the_factors_may_differ_for_each_axis() -> None:
    pixels = np.array([[[1], [2]], [[3], [4]]], np.uint8)
    result = result_of(recipe(BED, pixels, GRAY, (3, 1)), pixels)
    assert result[..., 0].tolist() == [[1, 0, 0, 2, 0, 0], [3, 0, 0, 4, 0, 0]]


@pytest.mark.parametrize("factor", [1, 2, 3, 7, (2, 3), (5, 1)])
@pytest.mark.parametrize("tile", [ONE_TILE, (16, 16), (5, 3)])
def test_all_other_positions_are_0(factor: Any, tile: tuple[int, int]) -> None:
    pixels = noise(12, 17)
    x, y = factor if isinstance(factor, tuple) else (factor, factor)
    expected = np.zeros((12 * y, 17 * x, 3), np.uint8)
    expected[::y, ::x] = pixels
    equal(result_of(recipe(BED, pixels, RGB, factor, tile=tile), pixels), expected, f"x{factor} tile {tile}")


def test_between_the_nails_a_picture_with_alpha_is_transparent() -> None:
    pixels = noise(4, 5, 4)
    result = result_of(recipe(BED, pixels, RGB_ALPHA, 2), pixels)
    equal(result[::2, ::2], pixels)
    assert not result[1::2].any()
    assert not result[:, 1::2].any()


@pytest.mark.parametrize("factor", [1.5, 2.7, (2, 1.5), (2.5, 2)])
@pytest.mark.parametrize("tile", [ONE_TILE, (16, 16)])
def test_other_factors_are_refused_with_those_it_can_do(factor: Any, tile: tuple[int, int]) -> None:
    pixels = noise(10, 20)
    with pytest.raises(MethodError, match=r"bed-of-nails enlarges by whole numbers only, not by .*\.[57]"):
        result_of(recipe(BED, pixels, RGB, factor, tile=tile), pixels)


@pytest.mark.parametrize(
    ("target", "asked"), [((15, 15), "1.5"), ((20, 15), "2 and 1.5"), ((33, 20), f"{float(Fraction(33, 10)):g} and 2")]
)
def test_the_refusal_names_the_factors_that_were_asked_for(target: tuple[int, int], asked: str) -> None:
    with pytest.raises(MethodError) as caught:
        registry.get(BED).check((10, 10), target)
    assert str(caught.value) == f"bed-of-nails enlarges by whole numbers only, not by {asked}"
