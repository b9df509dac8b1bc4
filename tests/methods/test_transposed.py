from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import assert_close
from material import ONE_TILE, RGB_FLOAT, noise, recipe, result_of

from upscli.api import enlarge
from upscli.errors import MethodError, ModelError
from upscli.kernels.axis import Edge
from upscli.kernels.checkerboard import gains, phase_means
from upscli.kernels.convolve import convolve, transposed_convolve
from upscli.method import Method
from upscli.methods.transposed import RESIZE_CONV, SUB_PIXEL, TRANSPOSED_CONV
from upscli.options import make_options
from upscli.tiles import Cut, bands

LAYERS = [TRANSPOSED_CONV, RESIZE_CONV, SUB_PIXEL]
ASYMMETRIC = "1 2 0; -3 4 1; 0.5 0 7"
KERNELS = [
    "bilinear",
    "box",
    ASYMMETRIC,
    "0 1; 2 3",
    "2",
    "1 0 2 -1 1",
    "1; 2; 3; 4; 5; 6; 7",
    "0.5 1 0.5; 1 2 1; 0.5 1 0.5",
]


def made(
    method: Method, pixels: Any, factor: Any = 2, edge: Edge = Edge.REPLICATE, tile: Any = ONE_TILE, **given: str
) -> Any:
    """(h, w, c) -> the result as the tile engine makes it, float32. `factor` is one, or (down, across)."""
    down, across = factor if isinstance(factor, tuple) else (factor, factor)
    options = make_options(method.name, method.options, given)
    target = (pixels.shape[0] * down, pixels.shape[1] * across)
    cut = Cut(pixels.shape[:2], target, method.reach_with(options), edge, tile)
    out = np.zeros((*target, pixels.shape[2]), np.float32)
    ready = method.ready(options)

    def make(held: Any, rows: Any, cols: Any, place: Any) -> None:
        place[...] = ready(held, rows, cols)

    list(bands(cut, iter([pixels]), make, out))
    return out


def levels(height: int = 9, width: int = 11, channels: int = 3) -> Any:
    return noise(height, width, channels, "float32") * np.float32(10)


def by_numbers(pixels: Any, kernel: Any, stride: int, edge: str) -> Any:
    """The rule of the worked examples, on an extended source."""
    wide = 12
    mode = {"replicate": "edge", "reflect": "symmetric", "wrap": "wrap"}[edge]
    held = np.pad(pixels.astype(np.float64), ((wide, wide), (wide, wide), (0, 0)), mode)  # type: ignore[call-overload]
    laid = transposed_convolve(held, kernel, stride=stride)
    starts = [(k - stride) // 2 + wide * stride for k in kernel.shape]
    top, left = starts
    return laid[top : top + pixels.shape[0] * stride, left : left + pixels.shape[1] * stride]


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("edge", [Edge.REPLICATE, Edge.REFLECT, Edge.WRAP])
def test_the_result_is_the_transposed_convolution_cropped_by_the_rule(stride: int, edge: Edge) -> None:
    pixels = levels()
    for word in ("0 1; 2 3", ASYMMETRIC, "2", "1; 2; 3; 4; 5; 6; 7"):
        kernel = np.array([row.split() for row in word.split(";")], float)
        expected = by_numbers(pixels, kernel, stride, edge).astype(np.float32)
        assert_close(made(TRANSPOSED_CONV, pixels, stride, edge, kernel=word), expected, 1e-4, what=word)


def test_an_odd_rest_is_cut_by_floor_before_and_ceil_behind() -> None:
    dot = np.ones((1, 1, 1), np.float32)
    ramp = made(TRANSPOSED_CONV, dot, 2, Edge.RENORMALIZE, kernel="0 0 0; 0 0 0; 1 2 3")
    assert ramp.shape == (2, 2, 1)
    # 3 - 2 = 1: nothing before, one behind.
    single = by_numbers(np.pad(dot, ((2, 2), (2, 2), (0, 0))), np.array([[1, 2, 3]]), 2, "replicate")[4:6, 4:6, 0]
    assert single.tolist() == [[0, 0], [1, 2]]


def test_a_kernel_smaller_than_the_stride_leaves_zeros() -> None:
    pixels = np.array([[[1], [2]], [[3], [4]]], np.float32)
    assert made(TRANSPOSED_CONV, pixels, 3, kernel="1")[..., 0].tolist() == [
        [0, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 2, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 3, 0, 0, 4, 0],
        [0, 0, 0, 0, 0, 0],
    ]


@pytest.mark.parametrize("factor", [1, 2, 3, 5, (2, 3), (1, 4)])
def test_the_bilinear_kernel_interpolates_bilinearly_and_box_repeats_pixels(factor: Any) -> None:
    pixels = levels()
    down, across = factor if isinstance(factor, tuple) else (factor, factor)
    bilinear = enlarge(pixels, "bilinear", (across, down))
    repeated = np.kron(pixels, np.ones((down, across, 1), np.float32))
    for method in (TRANSPOSED_CONV, SUB_PIXEL):
        assert_close(made(method, pixels, factor), bilinear, 1e-4)
        assert_close(made(method, pixels, factor, kernel="box"), repeated, 1e-5)
    assert_close(made(RESIZE_CONV, pixels, factor, kernel="1"), bilinear, 1e-4)


@pytest.mark.parametrize("word", KERNELS)
@pytest.mark.parametrize("factor", [1, 2, 3, (4, 2)])
def test_sub_pixel_convolution_is_the_transposed_convolution(word: str, factor: Any) -> None:
    for edge in Edge:
        expected = made(TRANSPOSED_CONV, levels(), factor, edge, kernel=word)
        assert_close(made(SUB_PIXEL, levels(), factor, edge, kernel=word), expected, 1e-3, what=f"{word} {edge}")


def test_resize_conv_is_bilinear_then_convolution() -> None:
    pixels = levels(12, 13)
    larger = enlarge(pixels, "bilinear", 2)
    for word, before in ((ASYMMETRIC, 1), ("0 1; 2 3", 0)):
        kernel = np.array([row.split() for row in word.split(";")], float)
        after = len(kernel) - 1 - before
        held = np.pad(larger, ((before, after), (before, after), (0, 0)), "edge")
        assert_close(made(RESIZE_CONV, pixels, kernel=word), convolve(held, kernel), 1e-3)


@pytest.mark.parametrize("method", LAYERS, ids=lambda method: method.name)
@pytest.mark.parametrize("word", KERNELS)
def test_tiles_equal_the_whole(method: Method, word: str) -> None:
    pixels = levels(15, 17)
    for edge, factor in ((Edge.REPLICATE, 2), (Edge.REFLECT, 3), (Edge.WRAP, (2, 1)), (Edge.RENORMALIZE, 2)):
        whole = made(method, pixels, factor, edge, kernel=word)
        for tile in ((7, 5), (16, 16)):
            assert_close(made(method, pixels, factor, edge, tile, kernel=word), whole, 1e-3, what=f"{edge} {tile}")


@pytest.mark.parametrize("method", LAYERS, ids=lambda method: method.name)
@pytest.mark.parametrize("edge", list(Edge))
@pytest.mark.parametrize("factor", [1, 2, 3, (2, 5)])
def test_named_kernels_and_normalized_ones_keep_a_constant(method: Method, edge: Edge, factor: Any) -> None:
    pixels = np.full((4, 5, 2), 100, np.float32)
    chosen = [{"kernel": "bilinear"}, {"kernel": "box"}]
    large = ";".join(["1 2 3 4 5 6"] * 6)
    for given in [*chosen, {"kernel": large, "normalize": "phase"}]:
        result = made(method, pixels, factor, edge, **given)
        assert_close(result, np.full_like(result, 100), 1e-3, what=str(given))


def test_a_constant_shows_the_predicted_checkerboard_and_normalize_takes_it_away() -> None:
    pixels, word = np.full((8, 8, 1), 1, np.float32), "1 1 1; 1 1 1; 1 1 1"
    result = made(TRANSPOSED_CONV, pixels, kernel=word)[..., 0]
    assert np.abs(phase_means(result, 2) - gains(np.ones((3, 3)), 2)).max() < 1e-6
    assert np.abs(made(TRANSPOSED_CONV, pixels, kernel=word, normalize="phase") - 1).max() < 1e-6


def test_borders_of_renormalize_keep_the_kernels_own_pattern() -> None:
    result = made(TRANSPOSED_CONV, np.full((3, 3, 1), 1, np.float32), 2, Edge.RENORMALIZE, kernel="1 1 1;1 1 1;1 1 1")
    assert_close(result[..., 0], np.tile(np.array([[4, 2], [2, 1]], np.float32), (3, 3)), 1e-5)


def test_a_kernel_without_gain_stays_finite_at_the_border() -> None:
    assert np.isfinite(made(TRANSPOSED_CONV, levels(), 2, Edge.RENORMALIZE, kernel="0 1 0; 1 -4 1; 0 1 0")).all()


@pytest.mark.parametrize("name", ["k.txt", "k.csv", "k.json", "k.npz"])
def test_kernels_come_from_files(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    rows = [[0.0, 1.0], [2.0, 3.0]]
    if name == "k.npz":
        np.savez(path, kernel=np.array(rows))
    else:
        path.write_text({"k.txt": "0 1\n2 3\n", "k.csv": "0,1\n2,3\n", "k.json": str(rows)}[name])
    for method in LAYERS:
        expected = made(method, levels(), kernel="0 1; 2 3")
        assert_close(made(method, levels(), kernel=str(path)), expected)


def test_kernels_that_are_none_are_refused_with_a_sentence(tmp_path: Path) -> None:
    for word, words in (
        ("bilinaer", "kernel 'bilinaer' is none of bilinear, box"),
        ("1 2; 3", "row 2 of the kernel has 1 numbers"),
        (" ", "the kernel is empty"),
    ):
        with pytest.raises(MethodError, match=words):
            made(TRANSPOSED_CONV, levels(), kernel=word)
    with pytest.raises(ModelError, match="cannot be read"):
        made(TRANSPOSED_CONV, levels(), kernel=str(tmp_path / "no.txt"))
    with pytest.raises(MethodError, match="has gain 0, so it cannot be divided"):
        made(TRANSPOSED_CONV, levels(), kernel="0 1 0; 1 -4 1; 0 1 0", normalize="phase")


@pytest.mark.parametrize("method", LAYERS, ids=lambda method: method.name)
@pytest.mark.parametrize("factor", [2, 3, (1, 4)])
def test_the_default_kernel_does_not_shift_the_picture(method: Method, factor: Any) -> None:
    pixels = levels()
    for axis in (0, 1):
        flipped = np.flip(made(method, np.flip(pixels, axis), factor), axis)
        assert_close(flipped, made(method, pixels, factor), 1e-4)


def test_real_factors_are_refused() -> None:
    with pytest.raises(MethodError, match="whole numbers only"):
        TRANSPOSED_CONV.check((10, 10), (15, 15))


def test_the_layers_are_methods_of_the_registry() -> None:
    """Through the whole road."""
    from upscli import registry

    pixels = noise(6, 7, 3, "float32")
    for method in LAYERS:
        assert registry.get(method.name) is method
        assert result_of(recipe(method.name, pixels, RGB_FLOAT), pixels).shape == (12, 14, 3)
