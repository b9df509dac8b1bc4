"""`upscli.enlarge`: arrays and Pillow images in, the same kind out."""

import subprocess
import sys
from inspect import signature
from typing import Any

import numpy as np
import pytest
from compare import assert_close, equal
from hypothesis import given
from hypothesis import strategies as st
from material import RGB, RGB_ALPHA, noise, recipe, result_of, sample
from PIL import Image

import upscli
from upscli import InputError, MethodError

# What must not change


def test_the_input_array_is_left_alone_and_the_result_is_new_memory() -> None:
    for method in ("bicubic", "nearest"):
        for dtype in ("uint8", "uint16", "float32", "float64"):
            pixels = noise(6, 5, 4, dtype)
            before = pixels.copy()
            pixels.setflags(write=False)
            result = upscli.enlarge(pixels, method, 1)
            equal(pixels, before)
            assert not np.shares_memory(result, pixels)
            assert result.flags.writeable


def test_the_input_image_is_left_alone() -> None:
    image = Image.fromarray(noise(6, 5, 4))
    before = image.tobytes()
    upscli.enlarge(image)
    assert (image.tobytes(), image.size, image.mode) == (before, (5, 6), "RGBA")


def test_any_layout_in_memory_gives_the_same_result() -> None:
    pixels = noise(8, 9)
    expected = upscli.enlarge(pixels)
    wide = np.zeros((16, 18, 6), np.uint8)
    wide[::2, ::2, ::2] = pixels
    turned = np.asfortranarray(pixels)
    flipped = np.ascontiguousarray(pixels[::-1])[::-1]
    for same in (wide[::2, ::2, ::2], turned, flipped):
        equal(upscli.enlarge(same), expected)
    swapped = noise(8, 9, 3, "uint16")
    equal(upscli.enlarge(swapped.astype(">u2")).astype("u2"), upscli.enlarge(swapped))


# What must become


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 1), (6, 5, 2), (6, 5, 3), (6, 5, 4)])
@pytest.mark.parametrize("method", ["bicubic", "nearest"])
def test_arrays_come_back_in_their_own_shape_and_dtype(method: str, shape: tuple[int, ...], dtype: str) -> None:
    pixels = noise(*shape[:2], shape[2] if len(shape) == 3 else 1, dtype).reshape(shape)
    result = upscli.enlarge(pixels, method, 3)
    assert result.shape == (18, 15, *shape[2:])
    assert result.dtype == dtype


@pytest.mark.parametrize(
    ("mode", "becomes"),
    [
        ("1", "L"), ("L", "L"), ("LA", "LA"), ("P", "RGB"), ("PA", "RGBA"), ("RGB", "RGB"), ("RGBA", "RGBA"),
        ("CMYK", "CMYK"), ("I;16", "I;16"), ("F", "F"),
    ],
)  # fmt: skip
def test_images_come_back_as_images(mode: str, becomes: str) -> None:
    image = Image.new(mode, (5, 4))
    result = upscli.enlarge(image, "bilinear", (2, 3))
    assert isinstance(result, Image.Image)
    assert (result.mode, result.size) == (becomes, (10, 12))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16", "F"])
def test_an_image_and_its_array_give_the_same_pixels(mode: str) -> None:
    depth = {"I;16": "uint16", "F": "float32"}.get(mode, "uint8")
    channels = {"LA": 2, "RGB": 3, "RGBA": 4}.get(mode, 1)
    pixels = noise(9, 7, channels, depth)
    pixels = pixels[..., 0] if channels == 1 else pixels
    image = Image.fromarray(pixels)
    assert image.mode == mode
    equal(np.asarray(upscli.enlarge(image, "lanczos", 2.7)), upscli.enlarge(pixels, "lanczos", 2.7))


def test_a_palette_with_transparency_becomes_rgba() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([255, 0, 255, 10, 20, 30])
    image.info["transparency"] = 0
    image.putpixel((0, 0), 0)
    result = upscli.enlarge(image, "nearest")
    assert result.mode == "RGBA"
    assert result.getpixel((0, 0))[3] == 0
    assert result.getpixel((7, 7)) == (10, 20, 30, 255)


def test_cmyk_has_no_alpha() -> None:
    image = Image.new("CMYK", (4, 4), (200, 100, 50, 0))
    assert upscli.enlarge(image).getpixel((3, 3)) == (200, 100, 50, 0)


def test_the_default_is_bicubic_twice_with_the_edge_repeated() -> None:
    pixels = noise(8, 9)
    equal(upscli.enlarge(pixels), upscli.enlarge(pixels, "bicubic", 2, edge="replicate", options={"a": -0.5}))
    parameters = signature(upscli.enlarge).parameters
    assert [parameters[name].default for name in ("method", "edge", "threads")] == ["bicubic", "replicate", 1]


@pytest.mark.parametrize(
    ("more", "shape"),
    [
        ({}, (14, 20)),
        ({"scale": 3}, (21, 30)),
        ({"scale": 1.5}, (11, 15)),  # 10.5 goes up
        ({"scale": (2, 3)}, (21, 20)),
        ({"scale": (1, 2.5)}, (18, 10)),  # 17.5 goes up
        ({"scale": 1}, (7, 10)),
        ({"scale": 1.15}, (8, 12)),  # 11.5 goes up: 1.15 is what was written, not the smaller float next to it
        ({"scale": np.float64(2)}, (14, 20)),
        ({"scale": np.int64(2)}, (14, 20)),
        ({"size": (33, 44)}, (44, 33)),
        ({"size": (10, 7)}, (7, 10)),
    ],
)
def test_scale_is_horizontal_by_vertical_and_size_is_width_by_height(
    more: dict[str, Any], shape: tuple[int, int]
) -> None:
    assert upscli.enlarge(noise(7, 10, 1)[..., 0], **more).shape == shape


@given(st.integers(1, 60), st.integers(1, 60), st.integers(100, 500))
def test_a_scale_means_the_same_as_on_the_command_line(height: int, width: int, hundredths: int) -> None:
    from upscli.size import Scale

    result = upscli.enlarge(np.zeros((height, width), np.uint8), "nearest", hundredths / 100)
    assert result.shape[::-1] == Scale.parse(f"{hundredths / 100:.2f}").of((width, height))


def test_options_and_edge_reach_the_method() -> None:
    pixels = noise(8, 9)
    plain = upscli.enlarge(pixels)
    assert (upscli.enlarge(pixels, options={"a": -0.9}) != plain).any()
    assert (upscli.enlarge(pixels, edge="wrap") != plain).any()
    equal(upscli.enlarge(pixels, options={"a": "-0.5"}), plain)


def test_threads_change_no_byte() -> None:
    pixels = noise(700, 500)
    equal(upscli.enlarge(pixels, threads=3), upscli.enlarge(pixels))


def test_float_levels_are_not_clipped() -> None:
    pixels = noise(8, 8, 3, "float32") * np.float32(255)
    result = upscli.enlarge(pixels, "lanczos")
    assert result.min() < 0
    assert result.max() > 255


def test_it_does_what_the_stages_do() -> None:
    sprite = sample("sprite.png")
    equal(upscli.enlarge(sprite, "lanczos", 3), result_of(recipe("lanczos", sprite, RGB_ALPHA, 3), sprite))
    land = sample("landscape.png")[:64, :64]
    assert_close(upscli.enlarge(land, "lanczos", 3), result_of(recipe("lanczos", land, RGB, 3), land))


# What is refused

SMALL = np.zeros((4, 5), np.uint8)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"method": "bicubik"}, "no method 'bicubik'; did you mean 'bicubic'?"),
        ({"options": {"b": 1}}, "bicubic has no option 'b'"),
        ({"options": {"a": 3}}, "option 'a' of bicubic"),
        ({"edge": "mirror"}, "edge 'mirror' is not one of replicate, reflect, wrap, renormalize"),
        ({"scale": 2, "size": (10, 8)}, "give scale or size, not both"),
        ({"scale": 0.5}, "3 x 2 is smaller than the picture's 5 x 4; upscli only enlarges"),
        ({"size": (10, 3)}, "10 x 3 is smaller than the picture's 5 x 4; upscli only enlarges"),
        ({"scale": -1}, "scale -1 is not a factor"),
        ({"scale": 0}, "scale 0 is not a factor"),
        ({"scale": (2, 0)}, "scale (2, 0) is not a factor"),
        ({"scale": float("nan")}, "scale nan is not a factor"),
        ({"scale": float("inf")}, "scale inf is not a factor"),
        ({"method": "bed-of-nails", "scale": 1.5}, "bed-of-nails enlarges by whole numbers only, not by"),
    ],
)
def test_what_cannot_be_done_is_a_method_error(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MethodError) as caught:
        upscli.enlarge(SMALL, **more)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (np.zeros(4, np.uint8), "an array of shape (4,) is not (height, width) or (height, width, 1 to 4)"),
        (np.zeros((2, 2, 5), np.uint8), "an array of shape (2, 2, 5) is not"),
        (np.zeros((2, 2, 0), np.uint8), "an array of shape (2, 2, 0) is not"),
        (np.zeros((0, 2), np.uint8), "an array of shape (0, 2) is not"),
        (np.zeros((2, 2, 3, 1), np.uint8), "an array of shape (2, 2, 3, 1) is not"),
        (np.zeros((2, 2), bool), "an array of bool is not uint8, uint16, or float with white at 1"),
        (np.zeros((2, 2), np.int16), "an array of int16 is not"),
        (np.zeros((2, 2), np.float16), "an array of float16 is not"),
        (np.zeros((2, 2), complex), "an array of complex128 is not"),
        (np.array([["a", "b"]]), "an array of <U1 is not"),
        ([[1, 2], [3, 4]], "an array of int64 is not"),
        (np.array([[0, 1], [np.nan, np.inf]]), "2 samples are NaN, infinite or too large, the first at (1, 0)"),
        (Image.new("HSV", (2, 2)), "color mode HSV is not supported"),
        (Image.new("I", (2, 2)), "32-bit whole numbers are not supported"),
    ],
)
def test_what_is_no_picture_is_an_input_error(picture: Any, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        upscli.enlarge(picture)
    assert str(caught.value).startswith(sentence)


def test_floats_beyond_float32_are_an_input_error() -> None:
    for method in ("bicubic", "nearest"):
        with pytest.raises(InputError):
            upscli.enlarge(np.full((2, 2), 1e300), method)


def test_every_public_name_is_there_and_no_other() -> None:
    for name in upscli.__all__:
        assert getattr(upscli, name).__name__ == name
    with pytest.raises(AttributeError, match="module 'upscli' has no attribute 'shrink'"):
        upscli.shrink  # noqa: B018


def test_importing_upscli_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import upscli; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    extra = {
        name for name in done.stdout.split() if name.partition(".")[0] in ("upscli", "numpy", "PIL", "click", "rich")
    }
    assert extra == {"upscli"}


@pytest.mark.parametrize(
    "words",
    [
        {"scale": 0},
        {"scale": "big"},
        {"scale": (2,)},
        {"scale": (2, 3, 4)},
        {"scale": float("nan")},
        {"size": (9,)},
        {"size": (9.5, 9)},
        {"threads": 0},
    ],
)
def test_what_is_no_factor_size_or_thread_count_is_a_method_error(words: dict[str, Any]) -> None:
    with pytest.raises(MethodError):
        upscli.enlarge(np.zeros((3, 3), np.uint8), **words)


def test_a_list_and_a_tuple_of_factors_mean_the_same() -> None:
    assert upscli.enlarge(np.zeros((3, 4), np.uint8), scale=[2, 3]).shape == (9, 8)  # type: ignore[arg-type]


def test_numbers_too_large_for_float32_are_an_input_error() -> None:
    with pytest.raises(InputError, match="too large"):
        upscli.enlarge(np.full((2, 2), 1e300), "nearest")
