"""The classical methods against definitions that are written again here, and by hand."""

from math import ceil
from typing import Any

import numpy as np
import pytest
from compare import assert_close, equal
from material import GRAY, RGB, RGB_FLOAT, noise, recipe, result_of

from upscli import registry
from upscli.kernels.axis import Edge
from upscli.method import Method
from upscli.options import make_options
from upscli.pictures.formats import Layout

FAMILY = [name for name in registry.BUILTIN if registry.get(name).family == "interpolation"]


def gray(rows: list[list[int]]) -> Any:
    return np.array(rows, np.uint8)[..., np.newaxis]


def enlarged(rows: list[list[int]], factor: Any, method: str = "nearest", **more: Any) -> list[list[int]]:
    pixels = gray(rows)
    result: list[list[int]] = result_of(recipe(method, pixels, GRAY, factor, **more), pixels)[..., 0].tolist()
    return result


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (1, [[1, 2], [3, 4]]),
        (2, [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]),
        (1.5, [[1, 2, 2], [3, 4, 4], [3, 4, 4]]),
        ((2, 3), [[1, 1, 2, 2]] * 3 + [[3, 3, 4, 4]] * 3),
        ((2.5, 1), [[1, 1, 2, 2, 2], [3, 3, 4, 4, 4]]),
    ],
)
@pytest.mark.parametrize("method", ["nearest", "box"])
def test_nearest_copies_each_pixel_to_its_block(method: str, factor: Any, expected: list[list[int]]) -> None:
    assert enlarged([[1, 2], [3, 4]], factor, method) == expected
    assert enlarged([[1, 2], [3, 4]], factor, method, tile=(1, 1)) == expected


def test_nearest_at_a_real_factor_takes_the_pixel_that_holds_the_center() -> None:
    # 3 pixels to 5: centers at 0.3, 0.9, 1.5, 2.1, 2.7 of the source
    assert enlarged([[10, 20, 30]], (5 / 3, 1)) == [[10, 10, 20, 30, 30]]


@pytest.mark.parametrize("factor", [1, 2, 3, 5])
def test_nearest_is_repetition(factor: int) -> None:
    pixels = noise(11, 14)
    for tile in ((1 << 20, 1 << 20), (7, 5)):
        found = result_of(recipe("nearest", pixels, RGB, factor, tile=tile), pixels)
        equal(found, pixels.repeat(factor, 0).repeat(factor, 1))


@pytest.mark.parametrize("factor", [2, 1.5, 2.7, (3, 1.2)])
@pytest.mark.parametrize("edge", Edge)
def test_box_equals_nearest(factor: Any, edge: Edge) -> None:
    pixels = noise(24, 30)
    nearest, box = (result_of(recipe(name, pixels, RGB, factor, edge=edge), pixels) for name in ("nearest", "box"))
    equal(box, nearest)


def test_bilinear_by_hand() -> None:
    # [0 100] x2: positions -1/4, 1/4, 3/4, 5/4
    assert enlarged([[0, 100]], (2, 1), "bilinear") == [[0, 25, 75, 100]]
    assert enlarged([[0, 100]], (2, 1), "bilinear", edge=Edge.REFLECT) == [[0, 25, 75, 100]]
    assert enlarged([[0, 100]], (2, 1), "bilinear", edge=Edge.WRAP) == [[25, 25, 75, 75]]
    assert enlarged([[0, 100]], (2, 1), "bilinear", edge=Edge.RENORMALIZE) == [[0, 25, 75, 100]]
    assert enlarged([[0, 100], [100, 200]], 2, "bilinear")[1] == [25, 50, 100, 125]


def test_bicubic_by_hand() -> None:
    # Keys, a = -1/2, at a quarter: -9, 111, 29, -3 of 128
    row = [[0, 0, 128, 128]]
    assert enlarged(row, (2, 1), "bicubic") == [[0, 0, 0, 26, 102, 137, 131, 128]]  # -3 and -9 are clipped to 0
    pixels = np.array([[0, 0, 128, 128]], np.float32)[..., np.newaxis]
    made = recipe("bicubic", pixels, Layout("gray", False, "float32"), (2, 1))
    np.testing.assert_allclose(result_of(made, pixels)[0, :, 0], [0, -3, -9, 26, 102, 137, 131, 128], atol=1e-4)


def test_rounding_is_half_up() -> None:
    # A quarter of 2 is 0.5, and three quarters are 1.5: both go up, where "to even" would give 0 and 2.
    assert enlarged([[0, 2]], (2, 1), "bilinear") == [[0, 1, 2, 2]]
    assert enlarged([[2, 4]], (2, 1), "bilinear") == [[2, 3, 4, 4]]


@pytest.mark.parametrize("name", ["bilinear", "hermite", "bicubic", "catmull-rom", "lanczos", "hamming"])
def test_methods_through_the_pixels_keep_them_at_odd_factors(name: str) -> None:
    pixels = noise(9, 12)
    for factor in (1, 3, 5):
        result = result_of(recipe(name, pixels, RGB, factor), pixels)
        equal(result[factor // 2 :: factor, factor // 2 :: factor], pixels, f"{name} x{factor}")


@pytest.mark.parametrize("name", ["bilinear", "bicubic", "catmull-rom", "mitchell", "b-spline", "magic-kernel-sharp"])
def test_a_ramp_stays_a_ramp(name: str) -> None:
    """Kernels of degree 1 and more give straight lines back, away from the border."""
    pixels = np.broadcast_to(np.arange(20, dtype=np.float32)[:, np.newaxis, np.newaxis] * 9, (20, 6, 3))
    made = recipe(name, pixels, RGB_FLOAT, (1, 2.7))
    expected = ((np.arange(54) + 0.5) / 2.7 - 0.5) * 9
    result = result_of(made, pixels)
    assert_close(result[16:-16, 0, 0].astype(np.float64), expected[16:-16], most=1e-3, what=name)


def test_bicubic_with_a_half_gives_parabolas_back() -> None:
    x = np.arange(20, dtype=np.float32)
    pixels = np.broadcast_to((x * x)[:, np.newaxis, np.newaxis], (20, 3, 3))
    for a, exact in ((-0.5, True), (-0.75, False)):
        result = result_of(recipe("bicubic", pixels, RGB_FLOAT, (1, 2), options={"a": a}), pixels)[8:-8, 0, 0]
        away = np.abs(result - (((np.arange(40) + 0.5) / 2 - 0.5) ** 2)[8:-8]).max()
        assert (away < 1e-3) == exact


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("catmull-rom", {}), ("bicubic", {"a": -0.5})),
        (("catmull-rom", {}), ("bicubic", {})),
        (("catmull-rom", {}), ("mitchell", {"b": 0, "c": 0.5})),
        (("b-spline", {}), ("mitchell", {"b": 1, "c": 0})),
        (("hermite", {}), ("bicubic", {"a": 0})),
        (("lanczos", {}), ("lanczos", {"lobes": 3})),
    ],
)
def test_methods_that_are_the_same_by_definition(one: tuple[str, Any], other: tuple[str, Any]) -> None:
    pixels = noise(17, 23)
    for factor in (2, 2.7):
        found, expected = (
            result_of(recipe(name, pixels, RGB, factor, options=options), pixels) for name, options in (one, other)
        )
        assert_close(found, expected, most=1, share=0.001, what=f"{one} {other}")


@pytest.mark.parametrize("name", ["bicubic", "mitchell", "lanczos", "gaussian"])
def test_every_option_changes_the_result(name: str) -> None:
    pixels = noise(17, 23)
    method = registry.get(name)
    plain = result_of(recipe(name, pixels, RGB), pixels)
    low = {"bicubic": {"a": -0.9}, "lanczos": {"lobes": 4}, "gaussian": {"sigma": 1.0}}
    for options in {"mitchell": [{"b": 0.9}, {"c": 0.9}]}.get(name) or [low[name]]:
        assert make_options(name, method.options, options) != method.options()
        assert (result_of(recipe(name, pixels, RGB, options=options), pixels) != plain).mean() > 0.5


@pytest.mark.parametrize("name", FAMILY)
def test_a_seamless_texture_stays_seamless_with_wrap(name: str) -> None:
    """Moving the texture round by some pixels moves the result round by as many, times the factor."""
    pixels = noise(14, 18, 3, "float32")
    made = recipe(name, pixels, RGB_FLOAT, 3, edge=Edge.WRAP)
    expected = np.roll(result_of(made, pixels), (5 * 3, -4 * 3), (0, 1))
    assert_close(result_of(made, np.roll(pixels, (5, -4), (0, 1))), expected, most=1e-6, what=name)


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize(("edge", "pad"), [(Edge.REPLICATE, "edge"), (Edge.REFLECT, "symmetric"), (Edge.WRAP, "wrap")])
def test_an_edge_rule_equals_a_picture_that_is_padded_by_it(name: str, edge: Edge, pad: Any) -> None:
    pixels = noise(9, 11, 3, "float32")
    padded = np.pad(pixels, ((8, 8), (8, 8), (0, 0)), pad)
    result = result_of(recipe(name, pixels, RGB_FLOAT, 3, edge=edge), pixels)
    wide = result_of(recipe(name, padded, RGB_FLOAT, 3), padded)
    assert_close(result, wide[24:-24, 24:-24], most=1e-6, what=f"{name} {edge}")


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("edge", Edge)
def test_a_picture_of_one_pixel_or_one_line_is_enlarged(name: str, edge: Edge) -> None:
    pixels = noise(1, 1)
    equal(result_of(recipe(name, pixels, RGB, 7, edge=edge), pixels), np.broadcast_to(pixels, (7, 7, 3)).copy())
    line = noise(1, 9)
    result = result_of(recipe(name, line, RGB, (2, 5), edge=edge), line)
    assert (result == result[0]).all()


@pytest.mark.parametrize("sigma", [0.2, 0.25, 0.5, 1.3, 4.0])
def test_gaussian_reaches_four_standard_deviations(sigma: float) -> None:
    method: Method = registry.get("gaussian")
    reach = method.reach_with(make_options("gaussian", method.options, {"sigma": sigma}))
    assert reach == max(1, ceil(4 * sigma)) - 1  # beside the two samples next to a position


@pytest.mark.parametrize(
    ("name", "x2"),
    [
        ("bilinear", [0.75, 0.25]),
        ("hermite", [27 / 32, 5 / 32]),
        ("bicubic", [111 / 128, 29 / 128, -9 / 128, -3 / 128]),
        ("b-spline", [235 / 384, 121 / 384, 27 / 384, 1 / 384]),
        ("mitchell", [901 / 1152, 295 / 1152, -27 / 1152, -17 / 1152]),
    ],
)
def test_one_bright_pixel_shows_the_kernel(name: str, x2: list[float]) -> None:
    """Enlarged twice, one pixel of value 1 becomes the kernel, read at each quarter and three quarters."""
    pixels = np.zeros((13, 1, 3), np.float32)
    pixels[6] = 1
    result = result_of(recipe(name, pixels, RGB_FLOAT, (1, 2)), pixels)[:, 0, 0]
    near, far, *more = x2
    assert_close(result[12:14], np.array([near, near], np.float32), most=1e-6, what=name)
    assert_close(result[[11, 14]], np.array([far, far], np.float32), most=1e-6, what=name)
    if more:
        np.testing.assert_allclose(result[[10, 15, 9, 16]], [more[0], more[0], more[1], more[1]], atol=1e-6)
