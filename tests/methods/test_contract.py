"""What every built-in method keeps: the tests loop over the registry, so a new method is tested as it is added."""

from dataclasses import asdict, fields, is_dataclass
from inspect import signature
from itertools import product
from re import fullmatch
from typing import Any

import numpy as np
import pytest
from compare import assert_close, equal
from material import GRAY, GRAY16, GRAY_ALPHA, ONE_TILE, RGB, RGB16, RGB_ALPHA, RGB_FLOAT, noise, recipe, result_of

from upscli import registry
from upscli.kernels.axis import Axis, Edge
from upscli.kernels.taps import border
from upscli.method import Method
from upscli.options import describe, make_options
from upscli.pictures.formats import Layout
from upscli.stages import enlarged_region

NAMES = list(registry.BUILTIN)
EDGES = list(Edge)
SMALL_TILE = (16, 16)

FLIPS_DIFFER = {
    # name: the factors at which a flipped picture (24 x 30) does not give the flipped result, and why
    "nearest": {1.5, 2.7},  # a position midway between two samples takes the later one
    "box": {1.5, 2.7},  # the same
    "bed-of-nails": {2, 3, (1, 4)},  # a value stands at the top-left of its block
    "max-unpool": {2, 3, (1, 4)},  # its switches are not flipped with the picture
}
NETWORKS = ("learned-fast", "learned", "learned-best")
"""Trained on pictures in all positions of a square, but symmetric only nearly."""
NOT_TURNED = {
    # name: why a turned picture does not give the turned result
    "max-unpool": "its switches are not turned with the picture",
    **dict.fromkeys(NETWORKS, "symmetric only nearly"),
}
CHANNELS_APART = {
    # name: why a pixel's color and alpha do not stay together
    "max-unpool": "each channel has switches of its own",
}


def of(name: str) -> Method:
    return registry.get(name)


def constant(name: str) -> bool:
    """As it is without options."""
    return of(name).constant_with(of(name).options())


def colors(what: Any = lambda method: True) -> list[str]:
    """The methods that take colors, of these."""
    return [name for name in NAMES if of(name).takes == "colors" and what(of(name))]


def layouts(name: str, *wanted: Layout) -> list[Layout]:
    """Those of these layouts that the method can be given: labels are one whole number per pixel."""
    if of(name).takes == "colors":
        return list(wanted)
    return list(dict.fromkeys(GRAY16 if layout.depth == "uint16" else GRAY for layout in wanted))


def fitting(name: str, height: int, width: int, layout: Layout, seed: int = 7) -> Any:
    """Noise for the method; a handful of classes where it takes labels."""
    pixels = noise(height, width, layout.channels, layout.depth, seed)
    return pixels if of(name).takes == "colors" else pixels // (np.iinfo(pixels.dtype).max // 6 + 1) * 40


def levels(name: str, height: int, width: int, layout: Layout) -> Any:
    """The same, as floats of 0..255 where the method takes colors; of 0..1 where it is trained on these."""
    pixels = fitting(name, height, width, layout)
    return pixels * np.float32(255) if layout.depth == "float32" and not of(name).trained else pixels


def factors(method: Method) -> list[Any]:
    """What it can do, of: whole, real, different for each axis, and none."""
    if method.target is not None:
        return [2, 3, (1, 4), 1]  # windows of the pooling whose switches it gets
    if method.scales == "any":
        return [2, 3, 1.5, 2.7, (1, 2.35), 1]
    if method.scales == "integer":
        return [2, 3, (1, 4), 1]
    return [2, 3, 4, 1.5, (1, 2.35), 4.6]


def settings(method: Method) -> list[dict[str, Any]]:
    """Its defaults, and each option at the ends of its range or at each of its choices."""
    ends: list[dict[str, Any]] = [{}]
    for row in describe(method.options):
        values = row["choices"] or [end for end in row["range"] if end is not None]
        ends += [{row["name"]: value} for value in values]
    return ends


def cases(what: Any, names: list[str] = NAMES) -> Any:
    """One test for each method and each of `what(method)`."""
    pairs = [(name, value) for name in names for value in what(of(name))]
    return pytest.mark.parametrize(("name", "value"), pairs, ids=[f"{name}-{value}" for name, value in pairs])


def direct(method: Method, pixels: Any, target: tuple[int, int], edge: Edge, reach: int | None) -> Any:
    """The method called as the tile engine calls it, with this reach, on the whole picture; float64 out."""
    rows = Axis.piece(pixels.shape[0], target[0], range(target[0]), reach, edge)
    cols = Axis.piece(pixels.shape[1], target[1], range(target[1]), reach, edge)
    held = pixels[border(rows.held, rows.size, edge)][:, border(cols.held, cols.size, edge)]
    held.setflags(write=False)
    return method.ready(make_options(method.name, method.options, {}))(held, rows, cols)


# What must not change


@pytest.mark.parametrize("name", NAMES)
def test_the_record_is_complete(name: str) -> None:
    method = of(name)
    assert method.name == name
    assert fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    for words in (method.summary, method.source, method.family):
        assert words.strip()
        assert words.isprintable()
    assert len(method.summary) <= 80
    assert len(signature(method.function).parameters) == (4 if method.load is None else 5)
    assert is_dataclass(method.options)
    assert method.options.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_no_two_methods_say_the_same_of_themselves() -> None:
    summaries = [of(name).summary for name in NAMES]
    assert len(set(summaries)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_options_round_trip_as_values_and_as_words(name: str) -> None:
    method = of(name)
    for given in settings(method):
        made = make_options(name, method.options, given)
        assert make_options(name, method.options, asdict(made)) == made
        words = {key: str(getattr(value, "value", value)) for key, value in asdict(made).items()}
        assert make_options(name, method.options, words) == made
        assert hash(made) == hash(make_options(name, method.options, words))


@pytest.mark.parametrize("name", NAMES)
def test_every_option_says_what_it_is_for_and_its_default_is_in_range(name: str) -> None:
    method = of(name)
    defaults = method.options()
    for row, field in zip(describe(method.options), fields(method.options), strict=True):
        assert row["help"].strip()
        assert make_options(name, method.options, {field.name: getattr(defaults, field.name)}) == defaults


@cases(factors)
def test_shape_and_dtype_are_as_asked_and_the_input_is_unchanged(name: str, value: Any) -> None:
    for layout in layouts(name, GRAY, GRAY_ALPHA, RGB, RGB_ALPHA, RGB16, RGB_FLOAT):
        pixels = fitting(name, 9, 7, layout)
        before = pixels.copy()
        made = recipe(name, pixels, layout, value)
        result = result_of(made, pixels)  # hands over memory that cannot be written to
        assert result.shape == (made.target[1], made.target[0], layout.channels)
        assert result.dtype == layout.depth
        equal(pixels, before)


@pytest.mark.parametrize("name", [name for name in NAMES if constant(name)])
def test_a_picture_of_one_color_stays_that_color(name: str) -> None:
    examples = {RGB: (0, 255, 1), RGB16: (65535, 65534, 1), GRAY_ALPHA: (77, 130)}
    for layout in layouts(name, *examples):
        color = examples.get(layout, (77,))
        pixels = np.full((4, 5, layout.channels), color, layout.depth)
        for edge, given, factor in product(EDGES, settings(of(name)), factors(of(name))):
            made = recipe(name, pixels, layout, factor, edge=edge, options=given)
            expected = np.broadcast_to(pixels[0, 0], (made.target[1], made.target[0], layout.channels))
            equal(result_of(made, pixels), expected, f"{name} {given} x{factor} {layout} {edge}")


def test_a_method_that_says_it_changes_constants_does() -> None:
    for name in NAMES:
        if not constant(name):
            pixels = np.full((6, 5, 1), 200, np.uint8)
            assert (result_of(recipe(name, pixels, GRAY), pixels) != 200).any()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_work_gives_the_same_bytes(name: str) -> None:
    [layout] = layouts(name, RGB)
    pixels = fitting(name, 20, 31, layout)
    made = recipe(name, pixels, layout, factors(of(name))[2 % len(factors(of(name)))])
    equal(result_of(made, pixels), result_of(made, pixels))


# Tiles, threads and strips


@cases(factors)
def test_tiles_equal_the_whole(name: str, value: Any) -> None:
    [layout] = layouts(name, RGB)
    pixels = fitting(name, 26, 37, layout)
    share = 0.03 if (name, value) == ("bilinear", 1.5) else 0.001  # sixths: many sums are exact halves of a level
    for edge in EDGES:
        whole, tiled = (recipe(name, pixels, layout, value, edge=edge, tile=tile) for tile in (ONE_TILE, SMALL_TILE))
        assert_tiles_close(name, result_of(tiled, pixels), result_of(whole, pixels), f"x{value} {edge}", share)


@cases(settings)
def test_tiles_equal_the_whole_with_options_at_the_ends_of_their_ranges(name: str, value: dict[str, Any]) -> None:
    pixels = fitting(name, 33, 47, GRAY)
    factor = factors(of(name))[-2]
    for edge in (Edge.REFLECT, Edge.WRAP):
        whole, tiled = (
            recipe(name, pixels, GRAY, factor, edge=edge, options=value, tile=tile) for tile in (ONE_TILE, SMALL_TILE)
        )
        assert_tiles_close(name, result_of(tiled, pixels), result_of(whole, pixels), f"{value} {edge}")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("layout", [GRAY, GRAY_ALPHA, RGB_ALPHA, RGB16], ids=str)
def test_tiles_equal_the_whole_in_every_layout(name: str, layout: Layout) -> None:
    [layout] = layouts(name, layout)
    pixels = fitting(name, 54, 62, layout)
    whole, tiled = (recipe(name, pixels, layout, tile=tile) for tile in (ONE_TILE, SMALL_TILE))
    found, expected = result_of(tiled, pixels), result_of(whole, pixels)
    if not layout.alpha:
        assert_tiles_close(name, found, expected, str(layout))
        return
    # A color of nearly no alpha is a quotient of small numbers: it is compared as it will be seen.
    assert_close(seen(found), seen(expected), most=1.01, what=f"{name} {layout}")


@pytest.mark.parametrize("name", colors())
def test_tiles_of_floats_equal_the_whole(name: str) -> None:
    pixels = noise(50, 40, 3, "float32")
    factor = 2 if name in NETWORKS else 3
    whole, tiled = (recipe(name, pixels, RGB_FLOAT, factor, tile=tile) for tile in (ONE_TILE, SMALL_TILE))
    # Products of other sizes add in another order, and a network does so in every layer.
    most = 1e-5 if name in NETWORKS else 1e-6
    assert_close(result_of(tiled, pixels), result_of(whole, pixels), most=most, what=name)


@pytest.mark.parametrize("name", NAMES)
def test_any_number_of_threads_gives_the_same_bytes(name: str) -> None:
    [layout] = layouts(name, RGB_ALPHA)
    pixels = fitting(name, 40, 66, layout)
    made = recipe(name, pixels, layout, tile=SMALL_TILE)
    equal(result_of(made, pixels, threads=3), result_of(made, pixels, threads=1), name)


@pytest.mark.parametrize("name", NAMES)
def test_a_source_in_strips_gives_the_same_bytes(name: str) -> None:
    [layout] = layouts(name, RGB)
    pixels = fitting(name, 37, 20, layout)
    for edge, cuts in zip(EDGES, ([1, 2, 9, 16, 35], list(range(1, 37)), [13, 36], [30, 31]), strict=True):
        made = recipe(name, pixels, layout, 2, edge=edge, tile=SMALL_TILE)
        expected = result_of(made, pixels)
        equal(result_of(made, pixels, cuts=cuts), expected, f"{name} {edge} {cuts}")
        equal(result_of(made, pixels, cuts=cuts, into_whole=False), expected, f"{name} {edge} {cuts} in bands")


@pytest.mark.parametrize("name", [name for name in NAMES if of(name).reach_with(of(name).options()) is not None])
@pytest.mark.parametrize("edge", EDGES)
def test_a_wider_reach_changes_nothing(name: str, edge: Edge) -> None:
    method = of(name)
    [layout] = layouts(name, RGB_FLOAT)
    pixels = levels(name, 12, 9, layout)
    if name == "trained":
        pytest.skip("its model says how far it looks; the bundled ones do so here")
    reach = method.reach_with(method.options())
    assert reach is not None
    targets = [(24, 18), (33, 25), (36, 45)]
    if method.scales != "any":
        targets = [(24, 18), (36, 27)] if method.trained else [(24, 18), (36, 45)]
    for target in targets:
        enough = direct(method, pixels, target, edge, reach)
        more = direct(method, pixels, target, edge, reach + 20)
        assert_close(enough, more, most=0.0 if method.exact else 1e-3, what=f"{name} {edge} {target}")


# What must become: the laws that a record claims


@pytest.mark.parametrize("name", [name for name in NAMES if of(name).linear])
def test_sums_of_pictures_give_sums_of_results(name: str) -> None:
    one, two = (noise(15, 12, 3, "float32", seed) * np.float32(100) for seed in (1, 2))
    for factor in factors(of(name)):
        first, second, both = (
            result_of(recipe(name, one, RGB_FLOAT, factor), pixels) for pixels in (one, two, one - 2 * two)
        )
        assert_close(both, first - 2 * second, most=1e-3, what=f"{name} x{factor}")


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("name", [name for name in NAMES if of(name).averages])
def test_averages_of_levels_are_small_numbers_and_their_roundings_the_nearest(name: str, dtype: str) -> None:
    white = np.iinfo(dtype).max
    pixels = np.where(noise(30, 24, 3, "float32") < 0.5, 0, white).astype(dtype)  # nothing overshoots more
    pixels[10:20] = noise(10, 24, 3, dtype)
    for factor, options in product(factors(of(name)), extremes(of(name))):
        floats = result_of(recipe(name, pixels, RGB_FLOAT, factor, options=options), pixels.astype(np.float32))
        assert np.abs(floats).max() < 3 * white
        if not of(name).overshoots:
            assert floats.min() >= 0
            assert floats.max() <= white + 2.0**-23 * white
        levels = result_of(recipe(name, pixels, RGB if dtype == "uint8" else RGB16, factor, options=options), pixels)
        wide = floats.astype(np.float64) + 0.5
        apart = levels != np.clip(np.floor(wide), 0, white)
        assert (np.abs(wide - np.rint(wide))[apart] < 2e-6 * white).all(), f"{name} x{factor} {options}"


@pytest.mark.parametrize("name", [name for name in NAMES if of(name).averages])
def test_sixteen_bits_are_rounded_up_no_more_often_than_down(name: str) -> None:
    dark = noise(90, 84, 3, "uint16") // 32
    for factor in factors(of(name)):
        floats = result_of(recipe(name, dark, RGB_FLOAT, factor), dark.astype(np.float32))
        levels = result_of(recipe(name, dark, RGB16, factor), dark)
        nearest = np.clip(np.floor(floats.astype(np.float64) + 0.5), 0, 65535)
        assert abs(np.mean(levels - nearest)) < 1e-3, f"{name} x{factor}"


def extremes(method: Method) -> list[dict[str, Any]]:
    """No options, and each option at its ends."""
    ends = [{option["name"]: end} for option in describe(method.options) for end in option["range"]]
    return [{}, *ends]


@cases(factors)
def test_flipped_pictures_give_flipped_results(name: str, value: Any) -> None:
    if name in NETWORKS:
        pytest.skip("networks are trained in all positions of a square, and symmetric only nearly")
    [layout] = layouts(name, RGB_FLOAT)
    pixels = levels(name, 24, 30, layout)
    made = recipe(name, pixels, layout, value)
    result = result_of(made, pixels)
    for axes in ((0, 1), (0,), (1,)):
        flipped = np.flip(result_of(made, np.flip(pixels, axes)), axes)
        if value in FLIPS_DIFFER.get(name, ()):
            assert not np.allclose(flipped, result, atol=1e-3), "the table says that it does not"
            return
        assert_close(flipped, result, most=1e-3, what=f"{name} x{value} flipped along {axes}")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_TURNED])
def test_turned_pictures_give_turned_results(name: str) -> None:
    [layout] = layouts(name, RGB_FLOAT)
    pixels = levels(name, 24, 30, layout)
    for factor in factors(of(name)):
        x, y = factor if isinstance(factor, tuple) else (factor, factor)
        result = result_of(recipe(name, pixels, layout, (x, y)), pixels)
        turned = pixels.swapaxes(0, 1)
        again = result_of(recipe(name, turned, layout, (y, x)), turned).swapaxes(0, 1)
        assert_close(again, result, most=1e-3, what=f"{name} x{factor}")


@pytest.mark.parametrize("name", [name for name in NAMES if of(name).exact])
def test_exact_methods_make_no_new_values_in_any_depth(name: str) -> None:
    for layout in layouts(name, RGB, RGB16, RGB_ALPHA, RGB_FLOAT):
        pixels = fitting(name, 14, 11, layout)
        for factor in factors(of(name)):
            result = result_of(recipe(name, pixels, layout, factor), pixels)
            assert set(np.unique(result)) <= {*np.unique(pixels), 0}


# Alpha: labels have none

LOUD, DISC = (255, 0, 255), (204, 51, 20)


def disc(hidden: tuple[int, int, int], dtype: str = "uint8") -> Any:
    """An opaque disc on a transparent ground that hides another color."""
    rows, cols = np.mgrid[:21, :19]
    inside = (rows - 10) ** 2 + (cols - 9) ** 2 < 50
    pixels = np.zeros((21, 19, 4), dtype)
    pixels[..., :3] = np.where(inside[..., np.newaxis], DISC, hidden)
    pixels[..., 3] = inside * 255
    return pixels * (257 if dtype == "uint16" else 1)


def bleeding(result: Any) -> float:
    """How far the half transparent pixels of a result are from the disc's color, in levels of 255."""
    between = (result[..., 3] > 0) & (result[..., 3] < 255)
    return float(np.abs(result[between][:, :3].astype(int) - DISC).max(initial=0))


@cases(factors, colors())
def test_transparent_pixels_do_not_bleed(name: str, value: Any) -> None:
    pixels = disc(LOUD)
    assert bleeding(result_of(recipe(name, pixels, RGB_ALPHA, value), pixels)) == 0


@pytest.mark.parametrize(
    "name", colors(lambda method: not method.exact and not method.trained and method.name != "box")
)
def test_bleeding_would_be_seen(name: str) -> None:
    """The test above can fail: the same picture without premultiplied colors fails it."""
    pixels = disc(LOUD)
    plain = Layout("cmyk", False, "uint8")  # four channels of which none is alpha
    assert bleeding(result_of(recipe(name, pixels, plain), pixels)) > 30


@cases(settings, colors())
def test_what_a_transparent_pixel_hides_changes_nothing(name: str, value: dict[str, Any]) -> None:
    if of(name).exact:
        pytest.skip("moves hidden colors too, bit for bit")
    for factor in factors(of(name)):
        loud, same, black = (
            result_of(recipe(name, disc(hidden), RGB_ALPHA, factor, options=value), disc(hidden))
            for hidden in (LOUD, DISC, (0, 0, 0))
        )
        equal(loud, same, f"{name} x{factor}")
        equal(loud, black, f"{name} x{factor}")


@pytest.mark.parametrize("linear", [False, True])
@cases(factors, colors(lambda method: method.name not in CHANNELS_APART))
def test_a_disc_of_one_color_keeps_it_wherever_it_is_visible(name: str, value: Any, linear: bool) -> None:
    """Also where a ringing kernel overshoots alpha and colors alike, inside the silhouette and far outside it."""
    if linear and (of(name).exact or of(name).trained):
        pytest.skip("moves samples, whatever they mean, or knows levels only")
    pixels = disc(LOUD)
    result = result_of(recipe(name, pixels, RGB_ALPHA, value, linear=linear), pixels)
    visible = result[..., 3] > 0
    assert (result[visible][:, :3] == DISC).all()
    assert visible.any()


@pytest.mark.parametrize("name", colors(lambda method: method.name not in CHANNELS_APART))
def test_a_disc_of_one_color_keeps_it_in_16_bits(name: str) -> None:
    """Exactly, unless alpha is so small a difference of large sums that float32 has few digits left of it."""
    pixels = disc(LOUD, "uint16")
    result = result_of(recipe(name, pixels, RGB_ALPHA._replace(depth="uint16"), 3), pixels).astype(np.float64)
    away = np.abs(result[..., :3] - np.multiply(DISC, 257))
    assert away[result[..., 3] > 0.02 * 65535].max() == 0
    assert (away * (result[..., 3:] / 65535))[result[..., 3] > 0].max() <= 1


@pytest.mark.parametrize("name", colors(lambda method: method.name not in CHANNELS_APART))
def test_opaque_pictures_with_alpha_equal_those_without(name: str) -> None:
    pixels = noise(16, 13, 4)
    pixels[..., 3] = 255
    with_alpha = result_of(recipe(name, pixels, RGB_ALPHA, 3), pixels)
    without = result_of(recipe(name, pixels[..., :3], RGB, 3), pixels[..., :3])
    shown = with_alpha[..., 3] == 255  # a bed of nails is transparent between its nails
    assert_close(with_alpha[shown][:, :3], without[shown], most=1, share=0.001, what=name)
    assert shown.all() or not constant(name)


@pytest.mark.parametrize("name", colors())
def test_a_background_shows_through_and_alpha_is_gone(name: str) -> None:
    pixels = disc(LOUD)
    flat = result_of(recipe(name, pixels, RGB_ALPHA, 3, background=(10, 200, 90)), pixels)
    laid = np.where(pixels[..., 3:] > 0, pixels[..., :3], np.array((10, 200, 90), np.uint8))
    expected = result_of(recipe(name, laid, RGB, 3), laid)
    assert_close(flat, expected, most=1, share=0.001, what=name)


@pytest.mark.parametrize("name", colors())
def test_a_background_is_255_levels_in_every_depth(name: str) -> None:
    pixels = np.zeros((4, 5, 2), np.uint16)
    made = recipe(name, pixels, Layout("gray", True, "uint16"), background=(51, 51, 51))
    result = result_of(made, pixels)
    assert result.shape == (8, 10, 1)
    assert set(np.unique(result)) <= {51 * 257, 0}
    assert (result == 51 * 257).all() or not constant(name)


def assert_tiles_close(name: str, found: Any, expected: Any, what: str, share: float = 0.001) -> None:
    """Equal, but for sums on the very edge of two levels: matrix products of other sizes add in another order."""
    if of(name).exact:
        equal(found, expected, f"{name} {what}")
    if found.dtype == np.uint16:  # the last bits of a float32 are 1 % of a level, and a network adds in every layer
        share = 0.02 if name in NETWORKS else 0.01
    assert_close(found, expected, most=1, share=share, what=f"{name} {what}")


def seen(pixels: Any) -> Any:
    """Colors times alpha, and alpha, in levels of 255."""
    return np.concatenate([pixels[..., :-1] * (pixels[..., -1:] / 255.0), pixels[..., -1:]], axis=-1)


@pytest.mark.parametrize("edge", [Edge.REPLICATE, Edge.WRAP])
@pytest.mark.parametrize("name", NAMES)
def test_a_region_made_alone_is_that_of_the_whole(name: str, edge: Edge) -> None:
    layout = layouts(name, RGB_ALPHA)[0]
    pixels = fitting(name, 30, 40, layout)
    made = recipe(name, pixels, layout, 2, edge=edge)
    whole = result_of(made, pixels)
    for top, left, high, wide in ((0, 0, 9, 7), (13, 25, 20, 30), (59, 79, 1, 1), (0, 0, 60, 80)):
        piece = enlarged_region(made, pixels, range(top, top + high), range(left, left + wide))
        assert_close(piece, whole[top : top + high, left : left + wide], 1)
