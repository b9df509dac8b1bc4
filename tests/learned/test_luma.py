"""Colors round a model of luma, with models that are easy to reason about."""

import numpy as np
import pytest

from upscli.kernels.axis import Axis
from upscli.learned import luma
from upscli.learned.luma import LumaModel, bicubic, enlarged

SCALE, REACH = 3, 2


def sharpen(luma: np.ndarray) -> np.ndarray:
    """Adds the distance to the mean of a 5 x 5 window: a linear model that knows its neighbors."""
    windows = np.lib.stride_tricks.sliding_window_view(luma, (5, 5))
    return np.kron(luma[2:-2, 2:-2] - windows.mean((2, 3)), np.ones((SCALE, SCALE))).astype(np.float32)


NOTHING = LumaModel(SCALE, REACH, lambda luma: np.zeros((3 * luma.shape[0] - 12, 3 * luma.shape[1] - 12), np.float32))
SHARPER = LumaModel(SCALE, REACH, sharpen)


def run(pixels: np.ndarray, model: LumaModel) -> np.ndarray:
    held, axes = held_with_halo(pixels)
    return enlarged(held, *axes, model)


def held_with_halo(pixels: np.ndarray) -> tuple[np.ndarray, list[Axis]]:
    axes = [Axis.whole(size, size * SCALE, REACH) for size in pixels.shape[:2]]
    return np.pad(pixels, [(-a.held.start, a.held.stop - a.size) for a in axes] + [(0, 0)], mode="edge"), axes


def noise(channels: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((9, 12, channels)).astype(np.float32)


def opaque(pixels: np.ndarray) -> np.ndarray:
    return np.concatenate([pixels, np.ones_like(pixels[..., :1])], axis=2)


def test_a_model_that_adds_nothing_gives_bicubic_to_the_bit() -> None:
    pixels = noise(3)
    held, axes = held_with_halo(pixels)  # in arrays of other shapes, BLAS may round the last bit otherwise
    np.testing.assert_array_equal(run(pixels, NOTHING), bicubic(held, *axes))


def test_what_is_added_is_the_same_in_red_green_and_blue() -> None:
    pixels = noise(3)
    added = run(pixels, SHARPER) - run(pixels, NOTHING)
    assert np.abs(added).max() > 0.1
    np.testing.assert_allclose(added, np.repeat(added[..., :1], 3, axis=2), atol=1e-6)


def test_gray_pixels_of_colors_give_the_gray_result() -> None:
    gray = noise(1)
    np.testing.assert_allclose(run(np.repeat(gray, 3, axis=2), SHARPER), np.repeat(run(gray, SHARPER), 3, 2), atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_an_opaque_alpha_changes_nothing(channels: int) -> None:
    pixels = noise(channels)
    result = run(opaque(pixels), SHARPER)
    np.testing.assert_allclose(result[..., :-1], run(pixels, SHARPER), atol=1e-6)
    np.testing.assert_allclose(result[..., -1], 1, atol=1e-6)


@pytest.mark.parametrize("color", [(0.2, 0.9, 0.4), (0.5,)])
def test_the_edge_of_a_transparent_shape_keeps_its_color(color: tuple[float, ...]) -> None:
    alpha = np.zeros((9, 12, 1), np.float32)
    alpha[3:6, 4:9] = 1
    result = run(np.concatenate([alpha * np.array(color, np.float32), alpha], axis=2), SHARPER)
    assert (result[..., -1] - run(alpha, NOTHING)[..., 0]).max() > 0.1
    seen = result[..., -1] > 0.02
    shown = result[..., :-1][seen] / result[..., -1:][seen]
    np.testing.assert_allclose(shown, np.broadcast_to(np.array(color), shown.shape), atol=1e-4)


def test_a_piece_that_begins_inside_a_block_equals_the_whole() -> None:
    pixels = noise(3)
    whole = run(pixels, SHARPER)
    axes = [Axis.piece(9, 27, range(7, 17), REACH, Axis.edge), Axis.piece(12, 36, range(13, 23), REACH, Axis.edge)]
    pieces = [slice(axis.held.start, axis.held.stop) for axis in axes]
    np.testing.assert_allclose(enlarged(pixels[pieces[0], pieces[1]], *axes, SHARPER), whole[7:17, 13:23], atol=1e-6)


@pytest.mark.parametrize("window", [1, 2, 3, 5, 11, 19, 37])
@pytest.mark.parametrize("which", [np.minimum, np.maximum])
def test_extremes_of_windows_are_those_of_each_window(window: int, which: np.ufunc) -> None:
    values = np.random.default_rng(window).random((40, 51)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(values, (window, window))
    np.testing.assert_array_equal(luma._extreme(values, window, which), which.reduce(windows, axis=(2, 3)))


def test_of_next_to_nothing_no_color_is_told() -> None:
    result = np.array([[[0.3, 5e-4], [0.3, 0.0], [0.3, 0.5]]], np.float32)
    luma._follow(result, np.array([[0.9, 0.9, 0.75]], np.float32))
    np.testing.assert_allclose(result, [[[0, 0], [0, 0], [0.45, 0.75]]], rtol=1e-6)
