"""Laws of the 1-D kernels, their rows of weights, and the border rule."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscli.kernels import taps
from upscli.kernels.axis import Axis, Edge
from upscli.kernels.taps import Kernel, border

KEYS = {f"keys a={a:g}": Kernel(taps.cubic(0.0, -a), 2.0) for a in (0.0, -0.5, -0.6, -0.75, -1.0)}
LANCZOS = {f"lanczos {lobes}": Kernel(taps.lanczos(lobes), lobes) for lobes in (2, 3, 4, 5)}
INTERPOLATING = {
    "triangle": Kernel(taps.triangle, 1.0),
    "smoothstep": Kernel(taps.smoothstep, 1.0),
    "hamming": Kernel(taps.hamming, 1.0),
    **KEYS,
    **LANCZOS,
}
UNITY = {
    "box": Kernel(taps.box, 0.5),
    "triangle": Kernel(taps.triangle, 1.0),
    "smoothstep": Kernel(taps.smoothstep, 1.0),
    "mitchell": Kernel(taps.cubic(1 / 3, 1 / 3), 2.0),
    "b-spline": Kernel(taps.cubic(1.0, 0.0), 2.0),
    "cubic b=0.6 c=0.9": Kernel(taps.cubic(0.6, 0.9), 2.0),
    "magic-kernel-sharp": Kernel(taps.magic_kernel_sharp, 4.5),
    **KEYS,
}
"""Kernels whose copies at every sample sum to 1 as they are, before rows are divided by their sum."""
GAUSSIAN = {f"gaussian {s:g}": Kernel(taps.gaussian(s, 4 * s), 4 * s) for s in (0.25, 0.5, 1.0, 4.0)}
ALL = {**INTERPOLATING, **UNITY, **GAUSSIAN}
SMOOTH = {name: kernel for name, kernel in ALL.items() if name != "box" and name not in GAUSSIAN}


def each(kernels: dict[str, Kernel]) -> Any:
    return pytest.mark.parametrize("kernel", kernels.values(), ids=kernels.keys())


def dense(made: taps.Taps, held: int) -> Any:
    """The rows as a matrix (results, held)."""
    matrix = np.zeros((len(made.first), held))
    for row, (first, weights) in enumerate(zip(made.first, made.weights, strict=True)):
        matrix[row, first : first + len(weights)] = weights
    return matrix


@each(INTERPOLATING)
def test_interpolating_kernels_are_1_at_0_and_0_at_the_other_whole_numbers(kernel: Kernel) -> None:
    x = np.arange(-8.0, 9.0)
    np.testing.assert_allclose(kernel.weight(x), x == 0, atol=1e-15)


@each(UNITY)
def test_copies_at_every_sample_sum_to_1(kernel: Kernel) -> None:
    rest = np.linspace(0, 1, 101)[:, np.newaxis]
    np.testing.assert_allclose(kernel.weight(rest - np.arange(-8, 9)).sum(axis=1), 1.0, atol=1e-12)


@each({name: kernel for name, kernel in ALL.items() if name != "box"})
def test_kernels_are_symmetric(kernel: Kernel) -> None:
    x = np.linspace(0, 6, 997)
    np.testing.assert_allclose(kernel.weight(x), kernel.weight(-x), atol=1e-15)


def test_box_gives_a_position_midway_to_the_later_sample() -> None:
    assert taps.box(np.array([-0.5, -0.49, 0.0, 0.5, 0.51])).tolist() == [0, 1, 1, 1, 0]


@each(SMOOTH)
def test_kernels_have_no_jump(kernel: Kernel) -> None:
    x = np.linspace(-6, 6, 120_001)
    assert np.abs(np.diff(kernel.weight(x))).max() < 5e-4


@each({name: kernel for name, kernel in ALL.items() if name not in GAUSSIAN})
def test_kernels_are_0_beyond_their_support(kernel: Kernel) -> None:
    beyond = kernel.support + np.linspace(1e-9, 3, 50)
    assert not kernel.weight(beyond).any()
    assert not kernel.weight(-beyond).any()


@each({"keys": KEYS["keys a=-0.5"], "mitchell": UNITY["mitchell"], "b-spline": UNITY["b-spline"]})
def test_cubics_have_no_kink(kernel: Kernel) -> None:
    x = np.linspace(-3, 3, 60_001)
    slope = np.diff(kernel.weight(x)) / np.diff(x)
    assert np.abs(np.diff(slope)).max() < 1e-3


@pytest.mark.parametrize(
    ("weight", "values"),
    [
        (taps.triangle, {0.25: 0.75}),
        (taps.smoothstep, {0.5: 0.5, 0.25: 27 / 32}),
        (taps.cubic(0.0, 0.5), {0.5: 9 / 16, 1.5: -1 / 16}),
        (taps.cubic(0.0, 0.75), {0.5: 19 / 32, 1.5: -3 / 32}),
        (taps.cubic(1 / 3, 1 / 3), {0.0: 8 / 9, 1.0: 1 / 18}),
        (taps.cubic(1.0, 0.0), {0.0: 2 / 3, 1.0: 1 / 6, 0.5: 23 / 48, 1.5: 1 / 48}),
        (taps.lanczos(2), {0.5: np.sinc(0.5) * np.sinc(0.25)}),
        (taps.lanczos(3), {0.5: 6 / np.pi**2, 1.5: -4 / (3 * np.pi**2), 2.5: 6 / (25 * np.pi**2)}),
        (taps.hamming, {0.5: 2 / np.pi * 0.54}),
        (taps.gaussian(0.5, 2.0), {0.0: 1.0, 0.5: np.exp(-0.5), 1.0: np.exp(-2.0)}),
        (taps.magic_kernel_sharp, {0.0: 577 / 576, 1.0: 0.0, 2.0: 0.0, 3.0: 0.0, 4.0: -1 / 1152}),
    ],
)
def test_kernels_have_the_values_of_their_source(weight: Callable[..., Any], values: dict[float, float]) -> None:
    found = weight(np.array(list(values)))
    np.testing.assert_allclose(found, list(values.values()), atol=1e-12)


@each(ALL)
def test_rows_of_weights_sum_to_1(kernel: Kernel) -> None:
    for edge in Edge:
        for size, target in ((1, 1), (1, 5), (2, 3), (5, 5), (7, 14), (8, 21), (10, 27), (9, 100)):
            axis = Axis.whole(size, target, kernel.reach, edge)
            made = taps.taps(kernel, axis)
            assert made.weights.dtype == np.float32
            np.testing.assert_allclose(made.weights.astype(np.float64).sum(axis=1), 1.0, atol=1e-6)
            assert made.first.min() >= 0
            assert made.first.max() + made.weights.shape[1] <= len(axis.held)


@each({name: kernel for name, kernel in ALL.items() if name != "box"})
def test_rows_of_weights_mirror(kernel: Kernel) -> None:
    """A flipped picture gives the flipped result: the rows read backwards are the same rows."""
    for size, target in ((7, 14), (8, 24), (10, 27), (6, 9), (4, 4)):
        axis = Axis.whole(size, target, kernel.reach, Edge.RENORMALIZE)
        inside = dense(taps.taps(kernel, axis), len(axis.held))[:, -axis.held.start : size - axis.held.start]
        np.testing.assert_allclose(inside, inside[::-1, ::-1], atol=1e-6, err_msg=f"{size} to {target}")


@each(ALL)
def test_renormalize_weighs_nothing_outside(kernel: Kernel) -> None:
    axis = Axis.whole(6, 15, kernel.reach, Edge.RENORMALIZE)
    matrix = dense(taps.taps(kernel, axis), len(axis.held))
    inside = slice(-axis.held.start, 6 - axis.held.start)
    assert np.count_nonzero(matrix) == np.count_nonzero(matrix[:, inside]) > 0


@each(ALL)
def test_a_piece_has_the_rows_of_the_whole(kernel: Kernel) -> None:
    for edge in Edge:
        whole = Axis.whole(23, 61, kernel.reach, edge)
        piece = Axis.piece(23, 61, range(40, 55), kernel.reach, edge)
        all_rows, rows = taps.taps(kernel, whole), taps.taps(kernel, piece)
        assert (rows.weights == all_rows.weights[40:55]).all()
        assert (rows.first + piece.held.start == all_rows.first[40:55] + whole.held.start).all()


@given(
    size=st.integers(1, 300),
    target=st.integers(1, 700),
    start=st.floats(0, 1),
    length=st.integers(1, 60),
    edge=st.sampled_from(Edge),
)
def test_pieces_that_are_alike_have_the_taps_of_their_own_place(
    size: int, target: int, start: float, length: int, edge: Edge
) -> None:
    first = int(start * (target - 1))
    axis = Axis.piece(size, target, range(first, min(target, first + length)), 2, edge)
    found, (places, weights) = taps.taps(KEYS["keys a=-0.5"], axis), taps.exact_taps(KEYS["keys a=-0.5"], axis)
    assert np.array_equal(found.first, places)
    assert np.array_equal(found.weights, weights.astype(np.float32))


def test_the_tiles_of_a_whole_factor_share_their_taps() -> None:
    pieces = [Axis.piece(500, 1000, range(start, start + 192), 2, Edge.REPLICATE) for start in (0, 192, 384, 576)]
    assert len({id(taps.taps(KEYS["keys a=-0.5"], piece)) for piece in pieces}) == 1


def test_too_few_held_samples_are_an_error_and_not_a_wrong_picture() -> None:
    kernel = Kernel(taps.lanczos(3), 3)
    with pytest.raises(ValueError, match="does not hold the 6 samples"):
        taps.taps(kernel, Axis(10, 20, range(10), range(20)))


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        (Edge.REPLICATE, "aaaa|abc|cccc"),
        (Edge.REFLECT, "ccba|abc|cbaa"),
        (Edge.WRAP, "cabc|abc|abca"),
        (Edge.RENORMALIZE, "aaaa|abc|cccc"),
    ],
)
def test_border_of_a_picture_smaller_than_the_reach(edge: Edge, expected: str) -> None:
    found = "".join("abc"[at] for at in border(range(-4, 7), 3, edge))
    assert found == expected.replace("|", "")


@pytest.mark.parametrize(
    ("edge", "before", "after"),
    [
        (Edge.REPLICATE, "aaa", "eee"),
        (Edge.REFLECT, "cba", "edc"),
        (Edge.WRAP, "cde", "abc"),
        (Edge.RENORMALIZE, "aaa", "eee"),
    ],
)
def test_border_says_what_stands_beyond_the_edge(edge: Edge, before: str, after: str) -> None:
    found = "".join("abcde"[at] for at in border(range(-3, 8), 5, edge))
    assert found == before + "abcde" + after


@pytest.mark.parametrize("edge", Edge)
def test_border_of_one_pixel_is_that_pixel(edge: Edge) -> None:
    assert border(range(-5, 6), 1, edge).tolist() == [0] * 11


@given(st.integers(1, 12), st.integers(0, 60), st.integers(0, 60), st.sampled_from(list(Edge)))
def test_border_equals_numpy_pad(size: int, before: int, after: int, edge: Edge) -> None:
    mode: Any = {Edge.REFLECT: "symmetric", Edge.WRAP: "wrap"}.get(edge, "edge")
    expected = np.pad(np.arange(size), (before, after), mode=mode)
    assert border(range(-before, size + after), size, edge).tolist() == expected.tolist()
