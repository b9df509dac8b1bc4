from typing import Any

import numpy as np
import pytest
from compare import equal
from material import GRAY, GRAY16, RGB, noise

from upscli.errors import InputError, MethodError
from upscli.filters import FILTERS
from upscli.kernels.convolve import convolve_reference
from upscli.kernels.pooling import max_pool_reference, max_unpool
from upscli.network_layers import Border, Convolution, Pooling, Show, shown, usual
from upscli.pictures.formats import Layout, by_name
from upscli.pictures.header import Limits, Metadata
from upscli.whole import Held

GRAY_FLOAT = Layout("gray", False, "float32")


def held(pixels: Any, layout: Layout = RGB) -> Held:
    return Held(pixels, layout, by_name("png"), Metadata(), ())


def test_a_pooling_layer_gives_values_and_all_that_brings_them_back() -> None:
    pixels = noise(9, 8)
    values, switches = Pooling((3, 2), (2, 2), (1, 0))(held(pixels), Limits())
    expected, places = max_pool_reference(pixels, (3, 2), (2, 2), (1, 0))
    equal(values, expected)
    assert (switches.places == places).all()
    assert (switches.size, switches.window, switches.stride) == ((9, 8), (3, 2), (2, 2))
    back = max_unpool(values, switches.places, switches.size)
    assert (back[back != 0] == pixels[back != 0]).all()


def test_a_pooled_picture_over_the_limit_is_refused() -> None:
    layer = Pooling(2)
    assert layer(held(noise(8, 10)), Limits(output_pixels=20))[0].shape == (4, 5, 3)
    with pytest.raises(InputError, match="5 x 4 is 20 pixels, over the limit of 19"):
        layer(held(noise(8, 10)), Limits(output_pixels=19))


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 4), (5, 1)])
@pytest.mark.parametrize("dilation", [1, 2, (1, 3)])
def test_the_usual_padding_keeps_the_size(shape: tuple[int, int], dilation: Any) -> None:
    kernel = np.random.default_rng(1).standard_normal(shape)
    layer = Convolution(kernel, dilation=dilation)
    assert layer(held(noise(9, 7)), Limits()).shape == (9, 7, 3)
    assert Convolution(kernel, 2, dilation=dilation)(held(noise(9, 7)), Limits()).shape == (5, 4, 3)


def test_of_an_even_kernel_the_larger_part_of_the_padding_is_behind() -> None:
    pixels = noise(5, 6, 1)
    found = Convolution(np.array([[1.0, 2, 4, 8]]))(held(pixels, GRAY), Limits())
    padded = np.pad(pixels, ((0, 0), (1, 2), (0, 0)))
    assert np.allclose(found, convolve_reference(padded, np.array([[1, 2, 4, 8]])))


def test_a_border_of_zeros_is_that_of_networks_and_the_others_extend_the_picture() -> None:
    pixels = np.full((4, 5, 1), 100, np.uint8)
    for border in Border:
        sums = Convolution(FILTERS["blur"], edge=border)(held(pixels, GRAY), Limits())
        assert (sums == 100).all() == (border is not Border.ZERO)


@pytest.mark.parametrize(("layout", "peak"), [(GRAY, 255), (GRAY16, 65535), (GRAY_FLOAT, 1)])
def test_results_are_shown_as_levels_of_the_pictures_depth(layout: Layout, peak: float) -> None:
    pixels = np.zeros((1, 1, 1), layout.depth)
    sums = np.array([[[-peak], [-peak / 4], [0], [peak / 2], [2 * peak]]], np.float32)
    middle = (peak + 1) // 2 if peak > 1 else 0.5
    expected = {
        Show.ABS: np.array([peak, peak / 4, 0, peak / 2, peak]),
        Show.SIGNED: np.clip(middle + sums[0, :, 0] / 2, 0, peak),
        Show.CLIP: np.array([0, 0, 0, peak / 2, peak]),
    }
    for show in Show:
        levels = shown(sums, held(pixels, layout), show)[0, :, 0]
        assert levels.dtype == layout.depth
        whole = expected[show] if peak == 1 else np.floor(expected[show] + 0.5)
        assert np.allclose(levels, whole), show


def test_the_usual_way_to_show_follows_from_the_kernels_sum() -> None:
    assert {name: usual(kernel) for name, kernel in FILTERS.items()} == {
        "edge": Show.ABS,
        "sharpen": Show.CLIP,
        "blur": Show.CLIP,
        "emboss": Show.CLIP,
        "sobel-x": Show.ABS,
        "sobel-y": Show.ABS,
    }
    assert usual(np.zeros((2, 2))) is Show.CLIP
    assert usual(np.array([[0.1, 0.2, -0.3]])) is Show.ABS


def test_what_is_too_large_is_refused_before_memory_is_taken() -> None:
    with pytest.raises(InputError, match="over the limit of 2,000,000,000"):
        Convolution(FILTERS["edge"], padding=10**6)(held(noise(3, 3)), Limits())
    with pytest.raises(MethodError, match="the kernel spans 3 and the padded input only 2"):
        Convolution(FILTERS["edge"], padding=0)(held(noise(2, 9)), Limits())


def test_sums_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(MethodError, match="sums overflow"):
        shown(np.array([[[np.inf]]], np.float32), held(noise(1, 1, 1), GRAY), Show.CLIP)
