"""Where a picture's levels and alpha meet a method: what a method is given, and what becomes of its result."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from compare import assert_close, equal
from material import GRAY, ONE_TILE, RGB, RGB16, RGB_ALPHA, RGB_FLOAT, noise, recipe, result_of

from upscli.errors import MethodError
from upscli.kernels.axis import Axis
from upscli.method import Method
from upscli.options import option
from upscli.pictures.formats import Layout
from upscli.stages import Stages, enlarged

GRAY_FLOAT = Layout("gray", False, "float32")


def copies(pixels: Any, rows: Axis, cols: Axis, options: Any) -> Any:
    """A method that gives its input back."""
    return pixels


SAME = Method("same", "Gives its input back", "test", copies, "none")


def through(method: Method, pixels: Any, alpha: bool = False, background: tuple[float, ...] | None = None) -> Any:
    """Held pixels through the stages round a method, at factor 1."""
    channels = pixels.shape[2] - (background is not None)
    out = np.zeros((*pixels.shape[:2], channels), pixels.dtype)
    rows, cols = (Axis(size, size, range(size), range(size)) for size in pixels.shape[:2])
    before = pixels.copy()
    Stages(method, method.ready(method.options()), alpha, background)(pixels, rows, cols, out)
    equal(pixels, before, "the input")
    return out


def spied(method: Method) -> tuple[Method, list[Any]]:
    """The method, and what it is given."""
    seen: list[Any] = []

    def spy(pixels: Any, rows: Axis, cols: Axis, *more: Any) -> Any:
        seen.append(pixels.copy())
        return method.function(pixels, rows, cols, *more)

    return replace(method, function=spy), seen


# What must not change


def test_a_method_s_matrix_products_are_made_by_one_thread(blas_threads: Callable[[], int]) -> None:
    """Results of AVX2 kernels would depend on how many there are, and so on the machine."""
    seen = []

    def asks(pixels: Any, rows: Axis, cols: Axis, options: Any) -> Any:
        seen.append(blas_threads())
        return pixels

    through(replace(SAME, function=asks), noise(4, 5, 3))
    assert seen == [1]
    assert blas_threads() == 2, "the program's own are left as they are"


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("linear", [True, False])
@pytest.mark.parametrize("exact", [True, False])
def test_every_level_survives_a_method_that_changes_nothing(dtype: str, linear: bool, exact: bool) -> None:
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    pixels = {"uint8": levels.astype(np.uint8), "uint16": levels, "float32": np.float32(levels / 65535)}[dtype]
    equal(through(replace(SAME, linear=linear, exact=exact), pixels), pixels)


@pytest.mark.parametrize("linear", [True, False])
def test_colors_survive_being_premultiplied(linear: bool) -> None:
    rows, cols = np.mgrid[:256, 1:256]  # every level of color with every level of alpha but 0
    pixels = np.stack([rows, 255 - rows, cols], -1).astype(np.uint8)
    equal(through(replace(SAME, linear=linear), np.insert(pixels, 1, 7, 2), alpha=True), np.insert(pixels, 1, 7, 2))


def test_exact_methods_get_the_pixels_in_their_own_dtype_hidden_colors_and_all() -> None:
    for dtype in ("uint8", "uint16", "float32"):
        method, seen = spied(replace(SAME, exact=True))
        pixels = noise(5, 6, 4, dtype)
        pixels[0, 0, 3] = 0
        equal(through(method, pixels, alpha=True), pixels)
        equal(seen[0], pixels)


# What must become


@pytest.mark.parametrize(("dtype", "white"), [("uint8", 255), ("uint16", 65535), ("float32", 1)])
def test_linear_methods_get_the_pictures_own_levels_and_others_get_white_at_1(dtype: str, white: float) -> None:
    pixels = np.full((2, 2, 1), white, dtype)
    for linear, level in ((True, white), (False, 1.0)):
        method, seen = spied(replace(SAME, linear=linear))
        through(method, pixels)
        assert seen[0].dtype == np.float32
        assert seen[0].flags.c_contiguous
        np.testing.assert_allclose(seen[0], level, rtol=1e-6)


def test_a_method_sees_premultiplied_colors_and_never_a_hidden_one() -> None:
    method, seen = spied(replace(SAME, linear=True))
    through(method, np.array([[[200, 100, 50, 51], [255, 0, 255, 0]]], np.uint8), alpha=True)
    np.testing.assert_allclose(seen[0], [[[40, 20, 10, 51], [0, 0, 0, 0]]], rtol=1e-6)


def test_with_a_background_a_method_sees_opaque_colors_and_no_alpha() -> None:
    method, seen = spied(replace(SAME, linear=True))
    pixels = np.array([[[200, 100, 50, 51], [255, 0, 255, 0]]], np.uint8)
    result = through(method, pixels, alpha=True, background=(0.0, 255.0, 10.0))
    np.testing.assert_allclose(seen[0], [[[40, 224, 18], [0, 255, 10]]], rtol=1e-6)
    assert result.tolist() == [[[40, 224, 18], [0, 255, 10]]]


def test_results_are_clipped_and_rounded_once_half_up() -> None:
    values = np.array([-9, -0.5, 0.49, 0.5, 1.5, 2.5, 254.49, 254.5, 255.4, 9e9], np.float32).reshape(1, -1, 1)
    method = replace(SAME, function=lambda *_: values.copy(), linear=True)
    assert through(method, np.zeros((1, 10, 1), np.uint8)).ravel().tolist() == [0, 0, 0, 1, 2, 3, 254, 255, 255, 255]


def test_floats_are_never_clipped() -> None:
    values = np.array([-9, -0.5, 1.5, 300], np.float32).reshape(1, -1, 1)
    method = replace(SAME, function=lambda *_: values.copy(), linear=True)
    equal(through(method, np.zeros((1, 4, 1), np.float32)), values)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_a_result_that_is_no_number_is_an_error(bad: float, dtype: str) -> None:
    values = np.full((3, 4, 1), 7, np.float32)
    values[1, 2] = bad
    method = replace(SAME, function=lambda *_: values.copy(), linear=True)
    with pytest.raises(FloatingPointError, match="1 of 12 samples are not finite"):
        through(method, np.zeros((3, 4, 1), dtype))


def test_load_is_called_once_with_the_options_and_its_result_reaches_the_method() -> None:
    @dataclass(frozen=True)
    class Gain:
        gain: float = option(3.0, "factor")

    loaded = []

    def load(options: Gain) -> float:
        loaded.append(options)
        return options.gain

    method = replace(SAME, options=Gain, load=load, function=lambda pixels, r, c, o, gain: pixels * np.float32(gain))
    upsample = method.ready(Gain(2.0))
    axis = Axis(1, 1, range(1), range(1))
    for _ in range(3):
        assert upsample(np.full((1, 1, 1), 5, np.float32), axis, axis) == 10
    assert loaded == [Gain(2.0)]


def test_bands_may_be_taken_one_by_one_or_together() -> None:
    pixels = noise(30, 20)
    made = recipe("bicubic", pixels, RGB, 2, tile=(16, 16))
    equal(result_of(made, pixels, into_whole=False), result_of(made, pixels))


def test_bands_share_the_memory_of_one_unless_there_is_room_for_all() -> None:
    pixels = noise(30, 20)
    bands = list(enlarged(recipe("bilinear", pixels, RGB, 2, tile=(16, 16)), iter([pixels])))
    assert [band.shape for band in bands] == [(16, 40, 3)] * 3 + [(12, 40, 3)]
    assert all(np.shares_memory(band, bands[0]) for band in bands)


@pytest.mark.parametrize(
    ("method", "options", "target", "sentence"),
    [
        ("bicubik", {}, (20, 20), "no method 'bicubik'; did you mean 'bicubic'?"),
        ("bicubic", {"b": 1}, (20, 20), "bicubic has no option 'b'"),
        ("bicubic", {}, (9, 20), "9 x 20 is smaller than the picture's 10 x 10; upscli only enlarges"),
        ("bicubic", {}, (20, 9), "20 x 9 is smaller than the picture's 10 x 10; upscli only enlarges"),
        ("bed-of-nails", {}, (15, 20), "bed-of-nails enlarges by whole numbers only, not by 1.5 and 2"),
    ],
)
def test_what_cannot_be_done_is_said_before_a_strip_is_read(
    method: str, options: dict[str, Any], target: tuple[int, int], sentence: str
) -> None:
    def strips() -> Iterator[Any]:
        raise AssertionError
        yield

    made = recipe("bicubic", noise(10, 10), RGB)._replace(method=method, options=options, target=target)
    with pytest.raises(MethodError) as caught:
        next(enlarged(made, strips()))
    assert str(caught.value).startswith(sentence)


def test_a_flattened_picture_has_no_alpha_in_any_layout() -> None:
    for layout, background in ((RGB_ALPHA, (1, 2, 3)), (Layout("gray", True, "uint16"), (9, 9, 9))):
        pixels = noise(4, 4, layout.channels, layout.depth)
        made = recipe("bilinear", pixels, layout, 2, background=background)
        assert made.layout_out == layout.flat()
        assert result_of(made, pixels).shape == (8, 8, layout.channels - 1)


def test_a_background_does_nothing_to_a_picture_without_alpha() -> None:
    pixels = noise(4, 4)
    made = recipe("bilinear", pixels, RGB, 2)
    assert made._replace(background=(255, 0, 0)).layout_out == RGB
    equal(result_of(made._replace(background=(255, 0, 0)), pixels), result_of(made, pixels))


@pytest.mark.parametrize(("layout", "factor"), [(RGB, 1), (RGB16, 257), (RGB_FLOAT, 1 / 255)])
def test_depths_agree_with_each_other(layout: Layout, factor: float) -> None:
    """The same picture in another depth gives the same result, to the rounding of 8 bits."""
    pixels = noise(13, 17)
    held = (pixels * np.float64(factor)).astype(layout.depth)
    result = result_of(recipe("lanczos", held, layout, 2.7, tile=ONE_TILE), held) / factor
    expected = result_of(recipe("lanczos", pixels, RGB, 2.7), pixels)
    assert_close(np.clip(result, 0, 255).astype(np.float64), expected.astype(np.float64), most=0.51)


def test_gray_is_each_channel_of_rgb() -> None:
    pixels = noise(13, 17, 1)
    gray = result_of(recipe("lanczos", pixels, GRAY, 3), pixels)
    three = np.repeat(pixels, 3, 2)
    assert_close(result_of(recipe("lanczos", three, RGB, 3), three), np.repeat(gray, 3, 2), most=1, share=0.001)


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
@pytest.mark.parametrize("name", ["bilinear", "bicubic", "lanczos"])
def test_opaque_tiles_and_others_join_without_a_seam(name: str, depth: Any) -> None:
    """Opaque ones are averaged as they are, others are multiplied by alpha before and divided by it afterwards."""
    pixels = noise(60, 66, 4, depth)
    pixels[:, 30:, 3] = np.iinfo(depth).max
    layout = RGB_ALPHA._replace(depth=depth)
    whole, tiled = (result_of(recipe(name, pixels, layout, 2.5, tile=tile), pixels) for tile in (ONE_TILE, (32, 32)))
    assert_close(tiled, whole, most=1, share=0.005, what=name)
    assert (tiled[:, 90:, 3] == np.iinfo(depth).max).all()
