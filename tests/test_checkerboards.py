from typing import Any

import numpy as np
import pytest

from upscli import checkerboards, registry
from upscli.checkerboards import of_kernel, of_method, of_picture, scene
from upscli.errors import MethodError
from upscli.kernels.checkerboard import Cure, bilinear_kernel

SAMPLE = scene()


def random_kernel(seed: int, shape: tuple[int, int]) -> Any:
    return np.random.default_rng(seed).random(shape) + 0.1


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (5, 5), (4, 7)])
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (3, 2), (4, 5)])
def test_a_constant_shows_what_is_predicted(shape: tuple[int, int], stride: tuple[int, int]) -> None:
    found = of_kernel("", random_kernel(1, shape), stride, SAMPLE)
    assert found.constant is not None
    assert np.allclose(found.constant.gains, found.pattern.gains, atol=1e-12)


def test_a_kernel_and_the_method_that_lays_it_have_the_same_gains() -> None:
    by_kernel = of_kernel("", np.ones((3, 3)), (2, 2), SAMPLE)
    by_method = of_method("transposed-conv", {"kernel": "1 1 1; 1 1 1; 1 1 1"}, (2, 2), SAMPLE)
    # Cropping by the rule of pictures begins one pixel into the pattern, or not.
    assert sorted(by_kernel.pattern.gains.flat) == sorted(by_method.pattern.gains.flat)
    assert by_method.spectrum.share == pytest.approx(by_kernel.spectrum.share, abs=0.01)


@pytest.mark.parametrize("name", registry.BUILTIN)
def test_every_method_is_measured_or_refused_with_a_sentence(name: str) -> None:
    if name in ("max-unpool", "labels"):
        with pytest.raises(MethodError, match="so no checkerboard of it can be measured"):
            of_method(name, {}, (2, 2), SAMPLE)
        return
    if name == "trained":
        with pytest.raises(MethodError, match="needs -O model=FILE"):
            of_method(name, {}, (2, 2), SAMPLE)
        return
    found = of_method(name, {}, (2, 2), SAMPLE)
    assert (found.pattern.score.value == 0) == registry.get(name).constant_with(registry.get(name).options())


def test_the_cure_that_is_suggested_keeps_to_phases_that_can_be_divided() -> None:
    assert of_kernel("", np.ones((3, 3)), (2, 2), SAMPLE).suggested.cure is Cure.PHASE  # type: ignore[union-attr]
    assert of_kernel("", np.array([[1, 1, 0.001]]), (3, 1), SAMPLE).suggested.cure is Cure.BOX  # type: ignore[union-attr]
    assert of_kernel("", bilinear_kernel(2), (2, 2), SAMPLE).suggested is None


def test_amplitudes_are_levels_of_255_whatever_the_depth() -> None:
    pattern = np.tile(np.array([[0, 10], [10, 0]]), (20, 20))[..., np.newaxis]
    eight = of_picture("", pattern.astype(np.uint8), (2, 2))
    sixteen = of_picture("", (pattern * 257).astype(np.uint16), (2, 2))
    floats = of_picture("", (pattern / 255).astype(np.float32), (2, 2))
    assert eight.spectrum.amplitude == pytest.approx(5, abs=0.01)
    assert sixteen.spectrum.amplitude == pytest.approx(eight.spectrum.amplitude, rel=1e-3)
    assert floats.spectrum.amplitude == pytest.approx(eight.spectrum.amplitude, rel=1e-3)


def test_the_scene_is_a_picture_without_a_pattern() -> None:
    found = checkerboards.of_picture("", SAMPLE, (2, 2))
    assert SAMPLE.min() > 0
    assert SAMPLE.max() < 1
    assert found.spectrum.amplitude < 0.5
