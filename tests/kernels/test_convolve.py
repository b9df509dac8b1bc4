from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from upscli.errors import MethodError
from upscli.kernels.convolve import (
    convolve,
    convolve_reference,
    dilated,
    float_type,
    lay_copies,
    transposed_convolve,
    transposed_convolve_reference,
    zero_expand,
)
from upscli.kernels.shuffle import depth_to_space, depth_to_space_reference, space_to_depth
from upscli.kernels.windows import convolved_size, transposed_size

FEATURES = np.array([[0, 1, 0, 1, 1], [0, 0, 1, 1, 0], [1, 1, 0, 1, 0], [0, 1, 0, 0, 1], [0, 0, 1, 1, 0]])
EDGE = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
SMALL = np.array([[0, 1], [2, 3]])

SHAPES = [(), (1,), (3,)]


def numbers(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[Any, Any, dict[str, Any]]:
    """Random inputs for which a convolution exists."""
    pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))
    gaps, pads = draw(pairs), draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    kernel = numbers(draw(st.integers(0, 999)), *draw(pairs))
    least = [max(1, d * (k - 1) + 1 - 2 * p) for d, k, p in zip(gaps, kernel.shape, pads, strict=True)]
    size = [draw(st.integers(low, low + 9)) for low in least]
    pixels = numbers(draw(st.integers(0, 999)), *size, *draw(st.sampled_from(SHAPES)))
    return pixels, kernel, {"stride": draw(pairs), "padding": pads, "dilation": gaps}


@st.composite
def transpositions(draw: st.DrawFn) -> tuple[Any, Any, dict[str, Any]]:
    """Random inputs for which a transposed convolution exists."""
    pairs = st.tuples(st.integers(1, 5), st.integers(1, 5))
    steps, gaps, kernel = draw(pairs), draw(st.tuples(st.integers(1, 3), st.integers(1, 3))), draw(pairs)
    more = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(steps, gaps, strict=True))
    size = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    full = [(n - 1) * s + d * (k - 1) + o for n, s, d, k, o in zip(size, steps, gaps, kernel, more, strict=True)]
    pads = tuple(draw(st.integers(0, min(3, room // 2))) for room in full)
    pixels = numbers(draw(st.integers(0, 999)), *size, *draw(st.sampled_from(SHAPES)))
    setting = {"stride": steps, "padding": pads, "output_padding": more, "dilation": gaps}
    return pixels, numbers(draw(st.integers(0, 999)), *kernel), setting


# The worked examples


def test_the_edge_detector_gives_the_feature_map_of_the_slides() -> None:
    assert convolve(FEATURES, EDGE).tolist() == [[3, -3, -1], [-2, 3, -3], [-3, 2, 3]]


def test_transposing_gives_back_the_shape_and_not_the_values() -> None:
    back = transposed_convolve(convolve(FEATURES, EDGE), EDGE)
    assert back.shape == FEATURES.shape
    assert back[0].tolist() == [0, 3, -3, -1, 0]
    assert (back != FEATURES).any()


def test_four_copies_of_the_kernel_add_up() -> None:
    assert transposed_convolve(SMALL, SMALL).tolist() == [[0, 0, 1], [0, 4, 6], [4, 12, 9]]


def test_zero_expansion_is_that_of_the_slides() -> None:
    expanded = zero_expand(np.array([[1, 2], [3, 4]]), 2, 1)
    assert expanded.tolist() == [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]
    assert expanded.dtype == np.int64


def test_a_transposed_convolution_is_zero_expansion_then_convolution_with_the_flipped_kernel() -> None:
    pixels, kernel = np.array([[1, 2], [3, 4]]), np.arange(9).reshape(3, 3)
    laid = transposed_convolve(pixels, kernel, stride=2, padding=1, output_padding=1)
    expanded = convolve(zero_expand(pixels, 2, 1), kernel[::-1, ::-1], padding=1)
    assert laid.shape == (4, 4)
    assert laid.tolist() == expanded.tolist()


# The fast ones and their references


@given(convolutions())
@settings(max_examples=100, deadline=None)
def test_convolution_equals_its_loops(case: tuple[Any, Any, dict[str, Any]]) -> None:
    pixels, kernel, setting = case
    assert_allclose(convolve(pixels, kernel, **setting), convolve_reference(pixels, kernel, **setting), atol=1e-12)


@given(transpositions())
@settings(max_examples=100, deadline=None)
def test_transposed_convolution_equals_its_loops(case: tuple[Any, Any, dict[str, Any]]) -> None:
    pixels, kernel, setting = case
    made = transposed_convolve(pixels, kernel, **setting)
    assert_allclose(made, transposed_convolve_reference(pixels, kernel, **setting), atol=1e-12)


@pytest.mark.parametrize("kernel", [(3, 3), (1, 16), (16, 1), (9, 12)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_of_many_tiles_equal_their_windows(kernel: tuple[int, int], channels: int) -> None:
    pixels, weights = numbers(1, 150, 700, channels).astype(np.float32), numbers(2, *kernel)
    windows = np.lib.stride_tricks.sliding_window_view(pixels.astype(np.float64), kernel, (0, 1))
    made = convolve(pixels, weights)
    assert made.dtype == np.float32
    assert_allclose(made, np.einsum("yxcij,ij->yxc", windows, weights), atol=1e-4)


@pytest.mark.parametrize("stride", [2, 3, (1, 2), (2, 1), (4, 5)])
def test_transposed_pictures_of_many_tiles_equal_zero_expansion(stride: Any) -> None:
    pixels, kernel = numbers(1, 70, 300, 3).astype(np.float32), numbers(2, 5, 4)
    expected = convolve(zero_expand(pixels, stride).astype(np.float64), kernel[::-1, ::-1], padding=(4, 3))
    assert_allclose(transposed_convolve(pixels, kernel, stride=stride), expected, atol=1e-4)


def test_a_piece_of_laid_copies_is_that_piece_of_the_whole_and_0_beyond() -> None:
    pixels, kernel = numbers(1, 6, 7, 2), numbers(2, 4, 3)
    whole = np.pad(transposed_convolve(pixels, kernel, stride=(3, 2)), ((9, 9), (9, 9), (0, 0)))
    for top, left in ((-9, -9), (-1, 2), (4, 3), (10, 1)):
        piece = lay_copies(pixels, kernel, (3, 2), range(top, top + 12), range(left, left + 8))
        assert_allclose(piece, whole[top + 9 : top + 21, left + 9 : left + 17], atol=1e-12)


# Laws


@given(convolutions())
@settings(max_examples=100, deadline=None)
def test_convolution_and_transposed_convolution_are_adjoint(case: tuple[Any, Any, dict[str, Any]]) -> None:
    pixels, kernel, setting = case
    made = convolve(pixels, kernel, **setting)
    other = numbers(5, *made.shape)
    pads = setting["padding"]
    full = transposed_convolve(other, dilated(kernel, setting["dilation"]), stride=setting["stride"])
    # The last pixels may have met no window: the stride left them over.
    canvas = np.zeros((pixels.shape[0] + 2 * pads[0], pixels.shape[1] + 2 * pads[1], *pixels.shape[2:]))
    canvas[: full.shape[0], : full.shape[1]] = full
    back = canvas[pads[0] : pads[0] + pixels.shape[0], pads[1] : pads[1] + pixels.shape[1]]
    assert np.vdot(made, other) == pytest.approx(np.vdot(pixels, back), abs=1e-9)


@given(transpositions())
@settings(max_examples=100, deadline=None)
def test_output_padding_tells_apart_the_sizes_that_a_stride_maps_to_one(
    case: tuple[Any, Any, dict[str, Any]],
) -> None:
    pixels, kernel, setting = case
    laid = transposed_convolve(pixels, kernel, **setting)
    setting.pop("output_padding")
    steps, gaps = setting["stride"], setting["dilation"]
    if any(d > s for s, d in zip(steps, gaps, strict=True)):
        return
    # The convolution of the same setting makes the input's size of it, and is its adjoint.
    other = numbers(6, *laid.shape)
    back = convolve(other, kernel, **setting)
    assert back.shape == pixels.shape
    assert np.vdot(laid, other) == pytest.approx(np.vdot(pixels, back), abs=1e-9)


@pytest.mark.parametrize(
    ("dtype", "made"),
    [
        ("uint8", "float32"),
        ("uint16", "float32"),
        ("bool", "float32"),
        ("float32", "float32"),
        ("float64", "float64"),
        ("int64", "float64"),
    ],
)
def test_sums_are_float32_for_pictures_and_float64_for_wider_numbers(dtype: str, made: str) -> None:
    pixels = np.arange(30).reshape(5, 6).astype(dtype)
    assert np.dtype(float_type(pixels)) == made
    for operator in (convolve, transposed_convolve):
        assert operator(pixels, EDGE).dtype == made
    assert_allclose(convolve(pixels, EDGE), convolve_reference(pixels, EDGE))


def test_kernels_change_no_input() -> None:
    pixels, kernel = numbers(1, 5, 6, 3), numbers(2, 3, 3)
    for array in (pixels, kernel):
        array.setflags(write=False)
    before = pixels.copy()
    convolve(pixels, kernel, padding=1)
    transposed_convolve(pixels, kernel, stride=2)
    assert (pixels == before).all()


def test_views_with_any_strides_are_taken() -> None:
    pixels = numbers(1, 12, 14, 3)
    for view in (pixels[::-1, ::2], pixels.transpose(1, 0, 2), pixels[..., ::-1]):
        assert_allclose(convolve(view, EDGE), convolve(view.copy(), EDGE))


# Sizes, and what is refused


def test_sizes_follow_the_formulas() -> None:
    assert convolved_size(5, 3) == 3
    assert convolved_size(7, 3, stride=2, padding=1, dilation=2) == 3
    assert transposed_size(2, 3, stride=2, padding=1, output_padding=1) == 4
    assert transposed_size(4, 3, stride=3, padding=2, dilation=2) == 10


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: convolve(SMALL, EDGE), "the kernel spans 3 and the padded input only 2"),
        (lambda: convolve(SMALL, SMALL, stride=0), "stride is 0"),
        (lambda: convolve(SMALL, SMALL, padding=(1, -1)), "padding is"),
        (lambda: convolve(SMALL, SMALL, dilation=1.5), "dilation is 1.5"),  # type: ignore[arg-type]
        (lambda: convolve(np.zeros((0, 3)), SMALL), "an input of shape"),
        (lambda: convolve(SMALL, np.zeros(3)), "a kernel of shape"),
        (lambda: transposed_convolve(SMALL, SMALL, padding=2), "nothing is left"),
        (lambda: transposed_convolve(SMALL, SMALL, output_padding=1), "output padding 1 must be less"),
    ],
)
def test_settings_that_make_nothing_are_refused_with_a_sentence(call: Any, words: str) -> None:
    with pytest.raises(MethodError, match=words):
        call()


# Depth to space


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3)))
def test_depth_to_space_equals_its_loops_and_is_undone(h: int, w: int, c: int, factor: tuple[int, int]) -> None:
    pixels = np.arange(h * w * c * factor[0] * factor[1], dtype=np.uint16).reshape(h, w, -1)
    made = depth_to_space(pixels, factor)
    assert made.dtype == pixels.dtype
    assert made.tolist() == depth_to_space_reference(pixels, factor).tolist()
    assert space_to_depth(made, factor).tolist() == pixels.tolist()


def test_depth_to_space_refuses_what_does_not_fill_blocks() -> None:
    with pytest.raises(MethodError, match="5 channels do not fill blocks of 2 x 2"):
        depth_to_space(np.zeros((2, 2, 5)), 2)
    with pytest.raises(MethodError, match="3 x 2 is not a multiple"):
        space_to_depth(np.zeros((2, 3, 1)), 2)
