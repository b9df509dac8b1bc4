"""Alpha: premultiplied or not, and laid on a background."""

import numpy as np
import pytest
from compare import assert_close
from material import noise

from upscli.kernels import color


@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("peak", [1.0, 255.0, 65535.0])
def test_colors_come_back_from_premultiplied_ones(channels: int, peak: float) -> None:
    pixels = noise(20, 30, channels, "float32") * np.float32(peak)
    pixels[..., -1] = np.maximum(pixels[..., -1], peak / 50)
    ready = pixels.copy()
    color.premultiply(ready, peak)
    color.unpremultiply(ready, peak, 1e-30)
    assert_close(ready, pixels, most=2e-6 * peak)


def test_premultiplied_colors_are_color_times_alpha_and_alpha_stays() -> None:
    pixels = np.array([[[200, 100, 50, 51], [200, 100, 50, 0], [200, 100, 50, 255]]], np.float32)
    color.premultiply(pixels, 255.0)
    np.testing.assert_allclose(pixels, [[[40, 20, 10, 51], [0, 0, 0, 0], [200, 100, 50, 255]]], rtol=1e-6)


def test_a_pixel_that_cannot_be_seen_has_color_0() -> None:
    pixels = np.array([[[0.2, 0.49], [0.2, 0.0], [3.0, -4.0]]], np.float32)
    color.unpremultiply(pixels, 255.0, 0.5)
    np.testing.assert_array_equal(pixels, np.array([[[0, 0.49], [0, 0], [0, 0]]], np.float32))


def test_alpha_that_overshoots_takes_its_share_of_the_color_and_is_clipped_to_opaque() -> None:
    pixels = np.array([[[120, 306], [100, 255]]], np.float32)
    color.unpremultiply(pixels, 255.0, 0.5)
    np.testing.assert_allclose(pixels, [[[100, 255], [100, 255]]], rtol=1e-6)


def test_what_a_kernel_with_gains_makes_of_opaque_pixels_stays() -> None:
    pixels = np.array([[[120, 306], [50, 127.5]]], np.float32)
    color.unpremultiply(pixels, 255.0, 0.5, gains=True)
    np.testing.assert_allclose(pixels, [[[120, 255], [100, 127.5]]], rtol=1e-6)


def test_a_background_shows_where_the_picture_is_transparent() -> None:
    pixels = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [10, 20, 30, 51]]], np.float32)
    flat = color.flatten(pixels, (110, 120, 130), 255.0)
    np.testing.assert_allclose(flat, [[[10, 20, 30], [110, 120, 130], [90, 100, 110]]], rtol=1e-6)
    assert flat.flags.c_contiguous


def test_flattening_leaves_its_input_alone() -> None:
    pixels = noise(3, 4, 4, "float32")
    before = pixels.copy()
    color.flatten(pixels, (0.5, 0.5, 0.5), 1.0)
    np.testing.assert_array_equal(pixels, before)


def test_matlabs_y_goes_from_16_to_235_and_is_not_rounded() -> None:
    rgb = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [51, 102, 153]]], np.uint8)
    expected = [[16, 235, 81.481, 144.553, 40.966, 16 + 13.0962 + 51.4212 + 14.9796]]
    np.testing.assert_allclose(color.matlab_y(rgb), expected, rtol=1e-12)


def test_luma_of_gray_is_that_gray() -> None:
    gray = np.arange(0, 1, 0.1)
    np.testing.assert_allclose(color.luma(np.stack([gray] * 3, -1)), gray, atol=1e-15)
    np.testing.assert_allclose(color.luma(np.array([[100, 10, 1]], np.uint8)), [29.9 + 5.87 + 0.114])
