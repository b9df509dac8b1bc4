"""The network's operators give PyTorch's numbers, setting by setting."""

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from upscli.errors import MethodError  # noqa: E402 - after the skip
from upscli.kernels.convolve import convolve, transposed_convolve  # noqa: E402
from upscli.kernels.pooling import max_pool, max_unpool  # noqa: E402
from upscli.kernels.shuffle import depth_to_space, space_to_depth  # noqa: E402

pytestmark = [pytest.mark.peer, pytest.mark.torch]

SETTINGS = 300
F = torch.nn.functional


def planes(pixels: Any) -> Any:
    """(h, w, c) -> (1, c, h, w)"""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]


def pixels_of(tensor: Any) -> Any:
    return tensor[0].numpy().transpose(1, 2, 0)


def both(random: Any, low: int, high: int) -> tuple[int, int]:
    return int(random.integers(low, high + 1)), int(random.integers(low, high + 1))


def compare(found: Any, expected: Any, setting: Any) -> None:
    """Double precision, sums in another order."""
    assert found.shape == expected.shape, setting
    assert np.abs(found - expected).max() < 1e-10, setting


def test_convolution_equals_conv2d() -> None:
    random = np.random.default_rng(1)
    done = 0
    for _ in range(2 * SETTINGS):
        setting = {"stride": both(random, 1, 4), "padding": both(random, 0, 4), "dilation": both(random, 1, 3)}
        pixels = random.standard_normal((*both(random, 3, 17), int(random.integers(1, 4))))
        kernel = random.standard_normal(both(random, 1, 5))
        weights = torch.from_numpy(kernel).expand(pixels.shape[2], 1, *kernel.shape)
        try:
            found = convolve(pixels, kernel, **setting)
        except MethodError:
            with pytest.raises(RuntimeError):
                F.conv2d(planes(pixels), weights, groups=pixels.shape[2], **setting)
            continue
        compare(found, pixels_of(F.conv2d(planes(pixels), weights, groups=pixels.shape[2], **setting)), setting)
        done += 1
    assert done >= SETTINGS


def test_transposed_convolution_equals_conv_transpose2d() -> None:
    random = np.random.default_rng(2)
    done = 0
    for _ in range(2 * SETTINGS):
        stride, dilation = both(random, 1, 4), both(random, 1, 3)
        setting = {"stride": stride, "dilation": dilation, "padding": both(random, 0, 3)}
        more = tuple(int(random.integers(0, max(s, d))) for s, d in zip(stride, dilation, strict=True))
        pixels = random.standard_normal((*both(random, 1, 9), int(random.integers(1, 4))))
        kernel = random.standard_normal(both(random, 1, 6))
        weights = torch.from_numpy(kernel).expand(pixels.shape[2], 1, *kernel.shape)
        setting["output_padding"] = more
        try:
            found = transposed_convolve(pixels, kernel, **setting)
        except MethodError:
            continue
        expected = F.conv_transpose2d(planes(pixels), weights, groups=pixels.shape[2], **setting)
        compare(found, pixels_of(expected), setting)
        done += 1
    assert done >= SETTINGS


def test_max_pooling_and_its_switches_equal_max_pool2d_and_unpooling_max_unpool2d() -> None:
    random = np.random.default_rng(3)
    unpooled = 0
    for number in range(SETTINGS):
        window = both(random, 1, 5)
        padding = tuple(int(random.integers(0, n // 2 + 1)) for n in window)
        stride, ceil_mode = both(random, 1, 6), bool(random.integers(2))
        size = tuple(int(random.integers(n, n + 14)) for n in window)
        # Few levels, so that many are equal.
        pixels = random.integers(-3, 3, (*size, 3)).astype(np.float64)
        found, switches = max_pool(pixels, window, stride, padding, ceil_mode)
        expected, places = F.max_pool2d(
            planes(pixels), window, stride, padding, ceil_mode=ceil_mode, return_indices=True
        )
        setting = (number, window, stride, padding, ceil_mode, size)
        assert found.shape == pixels_of(expected).shape, setting
        assert (found == pixels_of(expected)).all(), setting
        assert (switches == pixels_of(places)).all(), setting
        # Where windows overlap they claim a place with one and the same value, so this is defined.
        if allowed(size, found.shape, window, stride, padding):
            back = F.max_unpool2d(expected, places, window, stride, padding, output_size=list(size))
            assert (max_unpool(found, switches, size) == pixels_of(back)).all(), setting
            unpooled += 1
    assert unpooled >= SETTINGS // 4


def allowed(size: Any, pooled: Any, window: Any, stride: Any, padding: Any) -> bool:
    """PyTorch takes only sizes less than one stride away from the one it would make."""
    made = [(n - 1) * s - 2 * p + k for n, s, p, k in zip(pooled[:2], stride, padding, window, strict=True)]
    return all(m - s < n < m + s for n, m, s in zip(size, made, stride, strict=True))


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_depth_to_space_equals_pixel_shuffle(factor: int, channels: int) -> None:
    pixels = np.random.default_rng(4).standard_normal((6, 7, channels * factor * factor))
    larger = depth_to_space(pixels, factor)
    assert (larger == pixels_of(F.pixel_shuffle(planes(pixels), factor))).all()
    assert (space_to_depth(larger, factor) == pixels_of(F.pixel_unshuffle(planes(larger), factor))).all()


@pytest.mark.parametrize("kernel", [3, 4, 7, 16])
def test_whole_pictures_in_single_precision_equal_conv2d_and_conv_transpose2d(kernel: int) -> None:
    random = np.random.default_rng(5)
    pixels = random.random((150, 400, 3)).astype(np.float32)
    weights = random.random((kernel, kernel)).astype(np.float32)
    stack = torch.from_numpy(weights).expand(3, 1, kernel, kernel)
    for found, expected in (
        (convolve(pixels, weights), F.conv2d(planes(pixels), stack, groups=3)),
        (transposed_convolve(pixels, weights, stride=2), F.conv_transpose2d(planes(pixels), stack, stride=2, groups=3)),
    ):
        # Up to 256 products of about 0.25.
        assert np.abs(found - pixels_of(expected)).max() < 1e-6 * kernel**2
