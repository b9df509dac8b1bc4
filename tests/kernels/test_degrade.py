"""Making pictures small: MATLAB's bicubic bit for bit, and the other ways by their definitions."""

import os
from pathlib import Path

import numpy as np
import pytest
from compare import equal
from hypothesis import given
from hypothesis import strategies as st
from material import noise
from PIL import Image

from upscli.errors import MethodError
from upscli.kernels import degrade
from upscli.kernels.degrade import Degradation, Way

needs_data = pytest.mark.skipif("UPSCLI_DATA" not in os.environ, reason="UPSCLI_DATA names no folder of pictures")
SMOOTH = [Degradation(), Degradation(Way.BOX), Degradation(Way.GAUSSIAN, 1.6)]


@needs_data
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_bicubic_reproduces_matlabs_small_pictures_of_set5_bit_for_bit(factor: int) -> None:
    folder = Path(os.environ["UPSCLI_DATA"]) / "eval"
    names = sorted((folder / "Set5").glob("*.png"))
    assert len(names) == 5
    for path in names:
        large, small = (np.asarray(Image.open(one)) for one in (path, folder / f"Set5_LRbicx{factor}" / path.name))
        equal(degrade.matlab_bicubic(degrade.cropped(large, factor), factor), small, path.name)


def test_bicubic_rounds_after_the_vertical_pass_and_mirrors_at_borders() -> None:
    # x2: weights of a = -0.5 at distances 1/4, 3/4, 5/4, 7/4 of a small pixel, by hand: 111, 29, -9, -3 of 256
    weights = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256
    pixels = noise(12, 10, 1)
    lines = np.pad(pixels.astype(float), [(3, 3), (0, 0), (0, 0)], "symmetric")
    tall = np.stack([np.tensordot(weights, lines[i : i + 8], 1) for i in range(0, 12, 2)])
    lines = np.pad(np.clip(np.floor(tall + 0.5), 0, 255), [(0, 0), (3, 3), (0, 0)], "symmetric")
    small = np.stack([np.tensordot(weights, lines[:, i : i + 8], (0, 1)) for i in range(0, 10, 2)], axis=1)
    equal(degrade.matlab_bicubic(pixels, 2), np.clip(np.floor(small + 0.5), 0, 255).astype(np.uint8))


@pytest.mark.parametrize("factor", [1, 2, 3, 5])
def test_box_is_the_mean_of_each_block(factor: int) -> None:
    pixels = noise(15 * factor, 4 * factor, 3, "float32").astype(np.float64)
    expected = pixels.reshape(15, factor, 4, factor, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(degrade.reduced(pixels, factor, Degradation(Way.BOX)), expected, atol=1e-12)


@pytest.mark.parametrize("factor", [2, 3])
def test_gaussian_is_a_blur_read_in_the_middle_of_each_block(factor: int) -> None:
    pixels, sigma = noise(24, 24, 1, "float32").astype(np.float64), 1.2
    small = degrade.reduced(pixels, factor, Degradation(Way.GAUSSIAN, sigma))
    place = np.arange(24)
    middle = (4 + 0.5) * factor - 0.5  # far from the borders
    bell = np.exp(-((place - middle) ** 2) / (2 * sigma**2))
    bell /= bell.sum()
    assert small[4, 4, 0] == pytest.approx(bell @ pixels[..., 0] @ bell, abs=2e-5)


@pytest.mark.parametrize("degradation", SMOOTH, ids=str)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("factor", [2, 3, 2.5])
def test_a_picture_of_one_color_keeps_it(degradation: Degradation, dtype: str, factor: float) -> None:
    pixels = np.full((31, 17, 3), 0.25 if dtype == "float32" else 77, dtype)
    small = degrade.reduced(pixels, factor, degradation)
    assert small.shape == (degrade.small(31, factor), degrade.small(17, factor), 3)
    assert small.dtype == pixels.dtype
    assert np.ptp(small) <= (1e-6 if dtype == "float32" else 0)


@pytest.mark.parametrize("degradation", SMOOTH, ids=str)
def test_turned_pictures_give_turned_results(degradation: Degradation) -> None:
    pixels = noise(24, 36, 3)
    small = degrade.reduced(pixels, 3, degradation)
    equal(degrade.reduced(pixels[::-1, ::-1], 3, degradation), small[::-1, ::-1])


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 6))
def test_cropping_takes_the_last_rows_and_columns_only(height: int, width: int, factor: int) -> None:
    pixels = np.arange(height * width).reshape(height, width)
    if min(height, width) < factor:
        with pytest.raises(MethodError, match="too few"):
            degrade.cropped(pixels, factor)
        return
    left = degrade.cropped(pixels, factor)
    assert [side % factor for side in left.shape] == [0, 0]
    assert [side // factor for side in left.shape] == [height // factor, width // factor]
    equal(left, pixels[: left.shape[0], : left.shape[1]])


@pytest.mark.parametrize("word", ["bicubic", "box", "gaussian:1.6", "jpeg:80"])
def test_a_degradation_is_its_word(word: str) -> None:
    assert str(Degradation.parse(word)) == word


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("bicubik", "no degradation 'bicubik'; it is bicubic, box, gaussian:SIGMA, or jpeg:QUALITY"),
        ("", "no degradation ''"),
        ("box:3", "box takes no number"),
        ("gaussian", "a number from 0.1 to 64"),
        ("gaussian:nan", "a number from 0.1 to 64"),
        ("gaussian:0", "a number from 0.1 to 64"),
        ("jpeg:101", "a number from 1 to 100"),
        ("jpeg:8.5", "a number from 1 to 100"),
    ],
)
def test_other_words_are_refused(word: str, sentence: str) -> None:
    with pytest.raises(MethodError, match=sentence):
        Degradation.parse(word)
