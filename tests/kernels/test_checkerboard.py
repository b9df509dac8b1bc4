from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from upscli.errors import MethodError
from upscli.kernels import checkerboard
from upscli.kernels.checkerboard import (
    Cure,
    bilinear_kernel,
    cured,
    gains,
    phase_means,
    score,
    spectral_measure,
)
from upscli.kernels.convolve import convolve, transposed_convolve

EDGE = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
TENT = np.outer([0.5, 1, 0.5], [0.5, 1, 0.5])


def random_kernel(seed: int = 1, high: int = 5, wide: int = 4) -> Any:
    return np.random.default_rng(seed).random((high, wide)) + 0.1


@pytest.mark.parametrize(
    ("kernel", "expected", "value"),
    [
        (np.ones((3, 3)), [[4, 2], [2, 1]], 4 / 3),
        (np.ones((5, 5)), [[9, 6], [6, 4]], 0.8),
        (np.ones((4, 4)), [[4, 4], [4, 4]], 0),
        (TENT, [[1, 1], [1, 1]], 0),
        (bilinear_kernel(2), [[1, 1], [1, 1]], 0),
    ],
    ids=["ones3", "ones5", "ones4", "bilinear3", "bilinear4"],
)
def test_gains_and_scores_are_those_of_the_worked_examples(kernel: Any, expected: Any, value: float) -> None:
    assert gains(kernel, 2).tolist() == expected
    assert score(gains(kernel, 2)).value == pytest.approx(value, abs=1e-12)


def test_a_mean_gain_of_0_has_no_score_but_a_sentence() -> None:
    for kernel in (EDGE, np.zeros((3, 3))):
        found = score(gains(kernel, 2))
        assert found.value is None
        assert "mean gain is 0" in found.note


def test_a_size_that_the_stride_divides_can_have_a_checkerboard_and_another_can_be_clean() -> None:
    learned = np.ones((4, 4))
    learned[::2, ::2] = 2
    assert score(gains(learned, 2)).value == pytest.approx(4 / 5)
    assert score(gains(TENT, 2)).value == 0


@pytest.mark.parametrize("stride", [2, 3, (2, 3), (1, 4)])
@pytest.mark.parametrize("kernel", [np.ones((3, 3)), random_kernel(), random_kernel(2, 7, 2), np.ones((1, 1))])
def test_a_constant_shows_the_predicted_pattern(kernel: Any, stride: Any) -> None:
    result = transposed_convolve(np.full((12, 12), 1.0), kernel, stride=stride)
    steps = stride if isinstance(stride, tuple) else (stride, stride)
    top, left = (k for k in kernel.shape)
    inside = result[top : result.shape[0] - top, left : result.shape[1] - left]
    for i, j in np.ndindex(*steps):
        phase = inside[(i - top) % steps[0] :: steps[0], (j - left) % steps[1] :: steps[1]]
        assert_allclose(phase, gains(kernel, stride)[i, j], atol=1e-6)
    assert_allclose(phase_means(inside, stride, (top, left)), gains(kernel, stride), atol=1e-6)


@pytest.mark.parametrize("cure", list(Cure))
@pytest.mark.parametrize("stride", [2, 3, (2, 3)])
def test_every_cure_scores_0(cure: Cure, stride: Any) -> None:
    for kernel in (random_kernel(), np.ones((6, 6)), random_kernel(3, 7, 7)):
        made = cured(kernel, stride, cure)
        assert score(gains(made, stride)).value == 0
        assert score(gains(kernel, stride)).value != 0 or (kernel == 1).all()


def test_cures_keep_what_they_promise() -> None:
    kernel = random_kernel()
    assert_allclose(gains(cured(kernel, 2, Cure.PHASE), 2), 1)
    assert_allclose(gains(cured(kernel, 2, Cure.ICNR), 2), gains(kernel, 2).mean())
    assert cured(kernel, 2, Cure.PHASE).shape == kernel.shape


@pytest.mark.parametrize(("cure", "first"), [(Cure.BOX, np.ones((2, 2))), (Cure.RESIZE, bilinear_kernel(2))])
def test_box_is_nearest_and_resize_is_bilinear_then_convolution(cure: Cure, first: Any) -> None:
    pixels, kernel = np.random.default_rng(4).random((6, 7)), random_kernel()
    larger = transposed_convolve(pixels, first, stride=2)
    if cure is Cure.BOX:
        assert (larger == np.kron(pixels, np.ones((2, 2)))).all()
    padding = (kernel.shape[0] - 1, kernel.shape[1] - 1)
    expected = convolve(larger, kernel[::-1, ::-1], padding=padding)
    assert_allclose(transposed_convolve(pixels, cured(kernel, 2, cure), stride=2), expected)


def test_a_phase_of_gain_0_cannot_be_divided() -> None:
    for kernel in (EDGE, np.ones((1, 3))):
        with pytest.raises(MethodError, match="has gain 0, so it cannot be divided"):
            cured(kernel, 2, Cure.PHASE)


def test_the_bilinear_kernel_is_of_the_known_size_and_weights() -> None:
    assert bilinear_kernel((2, 3))[:, 2].tolist() == [0.25, 0.75, 0.75, 0.25]
    assert_allclose(bilinear_kernel(3)[2], [1 / 3, 2 / 3, 1, 2 / 3, 1 / 3])
    for stride in range(1, 7):
        assert bilinear_kernel(stride).shape == (2 * stride - stride % 2,) * 2
        assert_allclose(gains(bilinear_kernel(stride), stride), 1)


# The spectral measure


@pytest.mark.parametrize("stride", [2, 3, 4, (2, 4)])
def test_the_spectral_measure_sees_nothing_in_smooth_results_and_all_of_a_pattern(stride: Any) -> None:
    steps = stride if isinstance(stride, tuple) else (stride, stride)
    slope = np.add.outer(np.arange(60.0), np.arange(70.0))
    assert spectral_measure(slope, stride).amplitude == pytest.approx(0, abs=1e-9)
    pattern = np.zeros(steps)
    pattern[0, 0] = 3.0
    tiled = np.tile(pattern, (40, 40))[:60, :70]
    found = spectral_measure(slope + tiled, stride)
    assert found.amplitude == pytest.approx(pattern.std(), rel=1e-6)
    assert found.share == pytest.approx(1, abs=1e-6)


def test_the_spectral_measure_finds_a_pattern_whose_mean_is_0() -> None:
    """Its sign changes from place to place, so no phase is brighter than another."""
    sign = np.where(np.arange(64) < 32, 1, -1)[:, np.newaxis]
    result = 100 + sign * (np.indices((64, 64)).sum(axis=0) % 2 * 2 - 1)
    assert_allclose(phase_means(result, 2), 100)
    assert spectral_measure(result, 2).amplitude > 0.8
    assert spectral_measure(result, 2).share > 0.8


def test_noise_is_no_pattern() -> None:
    found = spectral_measure(np.random.default_rng(1).standard_normal((200, 200, 3)), 2)
    assert found.share < 0.05


@pytest.mark.parametrize("shape", [(203, 61, 3), (167, 90), (50, 40, 1)])
@pytest.mark.parametrize("stride", [2, 3, (2, 4), 20])
def test_the_spectral_measure_in_bands_is_that_of_the_whole(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], stride: Any
) -> None:
    result = np.random.default_rng(2).standard_normal(shape)
    monkeypatch.setattr(checkerboard, "BAND", 10**9)
    whole = spectral_measure(result, stride)
    for pixels in (1, 3000):
        monkeypatch.setattr(checkerboard, "BAND", pixels)
        assert_allclose(list(vars(spectral_measure(result, stride)).values()), list(vars(whole).values()), rtol=1e-9)


def test_what_is_too_small_to_measure_is_refused() -> None:
    with pytest.raises(MethodError, match="too few"):
        spectral_measure(np.zeros((3, 40)), 2)
    with pytest.raises(MethodError, match="fewer than the stride"):
        phase_means(np.zeros((1, 4)), 2)
