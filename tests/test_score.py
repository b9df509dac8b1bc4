"""What the protocols compare, and what the metrics make of it."""

import numpy as np
import pytest
from material import CMYK, GRAY, GRAY16, GRAY_FLOAT, RGB, RGB16, RGB_FLOAT, noise

from upscli.errors import MethodError
from upscli.kernels import color, metrics
from upscli.score import METRICS, USUAL, How, Protocol, compared, score

ALL = How(tuple(METRICS))


def test_the_metrics_are_those_of_the_kernels_in_levels_of_255() -> None:
    a, b = noise(180, 190, 3), noise(180, 190, 3, seed=8)
    found = score(a, b, (RGB, RGB), ALL).values
    assert found["psnr"] == metrics.psnr(a, b)
    assert found["ssim"] == pytest.approx(metrics.ssim(a, b))
    assert found["ms-ssim"] == pytest.approx(metrics.ms_ssim(a, b))
    assert found["mse"] == metrics.mse(a, b)
    assert found["mae"] == metrics.mae(a, b)


@pytest.mark.parametrize("protocol", Protocol)
def test_depth_does_not_matter(protocol: Protocol) -> None:
    a, b = noise(180, 180, 3), noise(180, 180, 3, seed=8)
    how = How(tuple(METRICS), protocol)
    expected = score(a, b, (RGB, RGB), how).values
    wide = score(a.astype(np.uint16) * 257, (b / 255).astype(np.float32), (RGB16, RGB_FLOAT), how).values
    assert wide == pytest.approx(expected, rel=1e-5)


def test_y_and_matlab_y_compare_luma() -> None:
    a, b = noise(4, 5, 3), noise(4, 5, 3, seed=8)
    for protocol, luma in ((Protocol.Y, color.luma), (Protocol.MATLAB_Y, color.matlab_y)):
        x, y = compared(a, b, (RGB, RGB), How(protocol=protocol))
        np.testing.assert_array_equal(x[..., 0], luma(a))
        np.testing.assert_array_equal(y[..., 0], luma(b))


@pytest.mark.parametrize("protocol", Protocol)
def test_gray_pictures_are_compared_by_their_values_as_they_are(protocol: Protocol) -> None:
    a, b = noise(4, 5, 1), noise(4, 5, 1, seed=8)
    x, y = compared(a, b, (GRAY, GRAY), How(protocol=protocol))
    np.testing.assert_array_equal(x, a)
    np.testing.assert_array_equal(y, b)


@pytest.mark.parametrize("protocol", Protocol)
def test_gray_equals_the_same_gray_in_rgb(protocol: Protocol) -> None:
    gray = noise(12, 12, 1)
    found = score(gray, np.repeat(gray, 3, axis=2), (GRAY, RGB), How(("psnr", "ssim"), protocol))
    assert found.identical
    assert found.values == {"psnr": None, "ssim": pytest.approx(1)}


def test_a_border_is_cut_off_on_all_sides() -> None:
    a = noise(30, 40, 3)
    b = a.copy()
    b[:3], b[-3:], b[:, :3], b[:, -3:] = 0, 0, 0, 0
    assert score(a, b, (RGB, RGB), How(("mse",), border=3)).identical
    assert not score(a, b, (RGB, RGB), How(("mse",), border=2)).identical
    with pytest.raises(MethodError, match="a border of 15 leaves nothing of 40 x 30 pixels"):
        score(a, b, (RGB, RGB), How(border=15))


def test_a_checkerboard_is_told_from_noise_of_the_same_size() -> None:
    a = noise(64, 64, 1, "float32") * 0.5 + np.float32(0.25)
    signs = np.where(np.indices((64, 64)).sum(0)[..., np.newaxis] % 2, 1, -1).astype(np.float32)
    shuffled = np.random.default_rng(1).permutation(signs.reshape(-1)).reshape(signs.shape)
    board, grain = (
        score(a, a + one * np.float32(0.02), (GRAY_FLOAT, GRAY_FLOAT), How(("checkerboard", "mae"))).values
        for one in (signs, shuffled)
    )
    assert board["mae"] == pytest.approx(grain["mae"])
    assert board["checkerboard"] == pytest.approx(0.02 * 255, rel=1e-3)
    assert grain["checkerboard"] is not None
    assert grain["checkerboard"] < 1


def test_usual_metrics_that_need_more_pixels_are_left_out_with_a_reason() -> None:
    found = score(noise(12, 12, 3), noise(12, 12, 3, seed=8), (RGB, RGB), How())
    assert list(found.values) == list(USUAL)
    assert [name for name, value in found.values.items() if value is None] == ["ms-ssim"]
    assert found.notes == ("MS-SSIM needs 176 x 176 pixels, and there are 12 x 12",)
    with pytest.raises(MethodError, match="MS-SSIM needs"):
        score(noise(12, 12, 3), noise(12, 12, 3), (RGB, RGB), How(("ms-ssim",)))


def test_pictures_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(MethodError, match="pictures of 5 x 4 and 4 x 5 pixels cannot be compared"):
        score(noise(4, 5, 3), noise(5, 4, 3), (RGB, RGB), How())
    with pytest.raises(MethodError, match="8-bit cmyk has no colors to compare"):
        score(noise(4, 5, 4), noise(4, 5, 4), (CMYK, CMYK), How())


def test_16_bit_gray_is_as_its_8_bits() -> None:
    gray = noise(12, 12, 1)
    assert score(gray, gray.astype(np.uint16) * 257, (GRAY, GRAY16), How(("mse",))).values["mse"] < 1e-20
