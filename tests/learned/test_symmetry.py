"""Windows in standard position."""

import numpy as np
import pytest

from upscli.learned.symmetry import LEVELS, SIDES, positions, rounded, turns


def test_the_turns_are_the_eight_symmetries_of_the_square() -> None:
    square = np.arange(25).reshape(5, 5)
    expected = {np.rot90(one, k).tobytes() for one in (square, square.T) for k in range(4)}
    assert {square.ravel()[places].tobytes() for places in turns(5)} == expected


@pytest.mark.parametrize("side", SIDES)
def test_a_window_turned_or_inverted_stands_as_it_did(side: int) -> None:
    random = np.random.default_rng(side)
    for _ in range(20):
        window = rounded(random.random((side, side)).astype(np.float32))
        standing = set()
        for places in turns(side):
            for inverted in (window, LEVELS - window):
                turned = inverted.ravel()[places].reshape(side, side)
                turn, dark = positions(turned, side)
                assert turn.shape == dark.shape == (1, 1)
                stood = turned.ravel()[turns(side)[turn[0, 0]]]
                stood = (stood - stood[side * side // 2]) * (-1 if dark[0, 0] else 1)
                standing.add((stood + 0).tobytes())  # no negative zeros
        assert len(standing) == 1


def test_luma_is_rounded_and_clipped() -> None:
    given = np.array([-1, 0, 0.5001, 1, 2], np.float32)
    np.testing.assert_array_equal(rounded(given), [0, 0, 512, LEVELS, LEVELS])


def test_sums_are_exact_whatever_the_levels() -> None:
    """The largest sums of black and white windows are whole numbers that float32 holds."""
    random = np.random.default_rng(0)
    for side in SIDES:
        levels = (random.random((30, 40)) < 0.5).astype(np.float32) * LEVELS
        for one, other in zip(positions(levels, side), positions(levels.astype(np.float64), side), strict=True):  # type: ignore[arg-type]
            np.testing.assert_array_equal(one, other)
