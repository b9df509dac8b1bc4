"""The geometry of one axis."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscli.kernels.axis import Axis, Edge

SIZES = st.integers(1, 400)


@pytest.mark.parametrize(
    ("size", "target", "expected"),
    [
        (3, 3, [0, 1, 2]),
        (2, 4, [-0.25, 0.25, 0.75, 1.25]),
        (1, 3, [-1 / 3, 0, 1 / 3]),
        (2, 3, [-1 / 6, 0.5, 7 / 6]),
        (1, 1, [0]),
    ],
)
def test_result_centers_stand_where_the_worked_numbers_say(size: int, target: int, expected: list[float]) -> None:
    whole, rest = Axis.whole(size, target).centers
    np.testing.assert_allclose(whole + rest, expected, atol=1e-15)


@given(SIZES, st.integers(1, 2000))
def test_centers_are_the_exact_fractions(size: int, target: int) -> None:
    whole, rest = Axis.whole(size, target).centers
    for i in {0, target // 3, target // 2, target - 1}:
        exact = (Fraction(2 * i + 1, 2)) * Fraction(size, target) - Fraction(1, 2)
        assert whole[i] == floor(exact)
        assert rest[i] == float(exact - floor(exact))


@given(SIZES, SIZES)
def test_centers_mirror(size: int, more: int) -> None:
    whole, rest = Axis.whole(size, size + more).centers
    position = whole + rest
    np.testing.assert_allclose(position + position[::-1], size - 1, atol=1e-12)


@given(SIZES, SIZES, st.data())
def test_a_piece_has_the_centers_of_the_whole(size: int, more: int, data: st.DataObject) -> None:
    target = size + more
    start = data.draw(st.integers(0, target - 1))
    stop = data.draw(st.integers(start + 1, target))
    piece = Axis.piece(size, target, range(start, stop), 2, Edge.WRAP)
    for part, entire in zip(piece.centers, Axis.whole(size, target).centers, strict=True):
        assert (part == entire[start:stop]).all()


@given(SIZES, SIZES, st.integers(0, 50), st.data())
def test_a_piece_holds_its_reach_round_the_two_samples_next_to_each_position(
    size: int, more: int, reach: int, data: st.DataObject
) -> None:
    target = size + more
    start = data.draw(st.integers(0, target - 1))
    stop = data.draw(st.integers(start + 1, target))
    piece = Axis.piece(size, target, range(start, stop), reach, Edge.REPLICATE)
    whole, _ = piece.centers
    assert piece.held == range(int(whole[0]) - reach, int(whole[-1]) + 1 + reach + 1)
    assert (piece.size, piece.target, piece.wanted) == (size, target, range(start, stop))


def test_no_reach_holds_the_whole_picture_and_no_halo() -> None:
    assert Axis.piece(7, 21, range(5, 9), None, Edge.WRAP).held == range(7)


def test_the_factor_is_the_quotient_of_the_sizes() -> None:
    assert Axis.whole(3, 8).factor == 8 / 3


def test_positions_stay_exact_in_the_largest_pictures() -> None:
    size, target = 65535, 65536
    whole, rest = Axis.piece(size, target, range(target - 1, target), 0, Edge.REPLICATE).centers
    exact = Fraction(2 * target - 1, 2) * Fraction(size, target) - Fraction(1, 2)
    assert (whole[0], rest[0]) == (floor(exact), float(exact - floor(exact)))
