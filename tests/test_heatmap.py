import numpy as np
import pytest

from upscli.heatmap import colors_of, drawn


def test_the_mean_is_white_what_is_above_red_and_what_is_below_blue() -> None:
    low, mean, high = (colors_of(np.array([[1.0, 2.0, 3.0]]))[0]).astype(int)
    assert mean.tolist() == [247, 247, 247]
    assert high[0] - high[2] > 100
    assert low[2] - low[0] > 100


@pytest.mark.parametrize("value", [0.0, 1.0, -3.5])
def test_equal_numbers_are_all_white(value: float) -> None:
    assert (colors_of(np.full((3, 3), value)) == 247).all()


def test_differences_too_small_to_see_stay_faint() -> None:
    colors = colors_of(np.array([[1.0, 1.0001]])).astype(int)
    assert np.abs(colors - 247).max() <= 2


def test_a_drawing_repeats_the_pattern_and_puts_several_side_by_side() -> None:
    pattern = np.array([[4.0, 2.0], [2.0, 1.0]])
    one = drawn(pattern)
    assert one.shape == (512, 512, 3)
    assert (one[:128, :128] == one[128:256, 256:384]).all()
    both = drawn(pattern, np.ones((2, 2)))
    assert both.shape == (512, 512 + 32 + 512, 3)
    assert (both[:, :512] == one).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (40, 40), (200, 200)])
def test_patterns_of_any_size_are_drawn(shape: tuple[int, int]) -> None:
    assert max(drawn(np.random.default_rng(1).random(shape)).shape) <= 4 * max(*shape, 128)
