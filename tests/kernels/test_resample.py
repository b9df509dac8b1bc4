"""The fast resampling against the naive one."""

import numpy as np
import pytest
from compare import assert_close, equal
from hypothesis import given, settings
from hypothesis import strategies as st

from upscli.kernels import blas
from upscli.kernels import resample as resampling
from upscli.kernels import taps as kernels
from upscli.kernels.axis import Axis, Edge
from upscli.kernels.resample import AVX2, AVX512, Way, resample, resample_reference, runs
from upscli.kernels.taps import Kernel, Taps, taps

KERNELS = {
    "box": Kernel(kernels.box, 0.5),
    "bilinear": Kernel(kernels.triangle, 1.0),
    "bicubic": Kernel(kernels.cubic(0.0, 0.5), 2.0),
    "lanczos2": Kernel(kernels.lanczos(2), 2.0),
    "lanczos3": Kernel(kernels.lanczos(3), 3.0),
    "lanczos5": Kernel(kernels.lanczos(5), 5.0),
    "magic-kernel": Kernel(kernels.magic_kernel_sharp, 4.5),
}
FACTORS = [1.0, 1.5, 1.7, 2.0, 2.7, 3.0, 4.0, 7.3]
# 16 multiplications of float32 numbers up to 255 with weights up to 1.
ROUNDING = 1e-3


def axis(size: int, factor: float, reach: int, wanted: slice = slice(None)) -> Axis:
    target = int(size * factor + 0.5)
    return Axis.piece(size, target, range(target)[wanted], reach, Edge.REPLICATE)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape).astype(np.float32)


def pieces(size: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[int, float, int, int]]:
    return st.tuples(size, st.sampled_from(FACTORS) | st.floats(1.0, 9.0), st.integers(0, 99), st.integers(1, 99))


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_at_every_factor_gives_the_naive_result(name: str, factor: float) -> None:
    kernel = KERNELS[name]
    rows, cols = axis(23, factor, kernel.reach), axis(37, factor, kernel.reach)
    pixels = noise(len(rows.held), len(cols.held), 3)
    made = taps(kernel, rows), taps(kernel, cols)
    assert_close(resample(pixels, *made), resample_reference(pixels, *made), ROUNDING)


@given(
    name=st.sampled_from(sorted(KERNELS)),
    vertical=pieces(st.integers(1, 40)),
    horizontal=pieces(st.integers(1, 40)),
    channels=st.integers(1, 5),
    ways=st.sampled_from([AVX2, AVX512]),
)
@settings(deadline=None, max_examples=200)
def test_any_piece_of_any_picture_gives_the_naive_result(
    name: str,
    vertical: tuple[int, float, int, int],
    horizontal: tuple[int, float, int, int],
    channels: int,
    ways: tuple[Way, Way],
) -> None:
    made = []
    for size, factor, begin, length in (vertical, horizontal):
        begin %= int(size * factor + 0.5)
        made.append(axis(size, factor, KERNELS[name].reach, slice(begin, begin + length)))
    pixels = noise(len(made[0].held), len(made[1].held), channels)
    weights = taps(KERNELS[name], made[0]), taps(KERNELS[name], made[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resampling, "_ways", lambda: ways)
        got = resample(pixels, *weights)
    assert_close(got, resample_reference(pixels, *weights), ROUNDING)


@given(factor=st.sampled_from(FACTORS), tile=st.integers(5, 70), name=st.sampled_from(["bilinear", "lanczos3"]))
@settings(deadline=None, max_examples=40)
def test_tiles_differ_from_the_whole_by_no_more_than_rounding_noise(factor: float, tile: int, name: str) -> None:
    kernel = KERNELS[name]
    whole = axis(31, factor, kernel.reach)
    pixels = noise(len(whole.held), len(whole.held), 3)
    want = resample(pixels, taps(kernel, whole), taps(kernel, whole))
    for y in range(0, whole.target, tile):
        for x in range(0, whole.target, tile):
            rows, cols = (axis(31, factor, kernel.reach, slice(at, at + tile)) for at in (y, x))
            held = [slice(a.held.start - whole.held.start, a.held.stop - whole.held.start) for a in (rows, cols)]
            got = resample(pixels[held[0], held[1]], taps(kernel, rows), taps(kernel, cols))
            assert_close(got, want[y : y + tile, x : x + tile], 1e-4)


def test_dyadic_weights_give_exact_results() -> None:
    line = axis(19, 2.0, 1)
    pixels = noise(len(line.held), len(line.held), 3)
    weights = taps(KERNELS["bilinear"], line)
    equal(resample(pixels, weights, weights), resample_reference(pixels, weights, weights))


def test_pixels_may_be_a_view_and_are_left_alone() -> None:
    line = axis(20, 1.7, 2)
    weights = taps(KERNELS["bicubic"], line)
    large = noise(2 * len(line.held), 2 * len(line.held), 4)
    view, before = large[::2, ::-2, 1:], large.copy()
    assert_close(resample(view, weights, weights), resample_reference(view, weights, weights), ROUNDING)
    np.testing.assert_array_equal(large, before)


def test_a_value_that_is_not_finite_stays_within_its_rows_and_columns() -> None:
    line = axis(60, 2.0, 2)
    weights = taps(KERNELS["bicubic"], line)
    pixels = noise(len(line.held), len(line.held), 3)
    pixels[5, 5] = np.nan
    got = resample(pixels, weights, weights)
    assert np.isnan(got[5, 5]).all()
    assert np.isfinite(got[60:, 60:]).all()


def test_axes_may_differ_in_factor_and_kernel() -> None:
    rows, cols = axis(15, 4.0, 1), axis(11, 2.7, 3)
    made = taps(KERNELS["bilinear"], rows), taps(KERNELS["lanczos3"], cols)
    pixels = noise(len(rows.held), len(cols.held), 2)
    assert_close(resample(pixels, *made), resample_reference(pixels, *made), ROUNDING)


@pytest.mark.parametrize("missing", [0, 1])
def test_taps_that_reach_beyond_the_pixels_are_an_error(missing: int) -> None:
    line = axis(20, 2.0, 2)
    weights = taps(KERNELS["bicubic"], line)
    need = [int(weights.first[-1]) + 4, int(weights.first[-1]) + 4]
    assert resample(noise(need[0], need[1], 3), weights, weights).shape == (40, 40, 3)
    need[missing] -= 1
    with pytest.raises(ValueError, match="reach from 1 to"):
        resample(noise(need[0], need[1], 3), weights, weights)


def test_the_reference_is_the_sum_that_taps_promise() -> None:
    weights = Taps(np.array([0, 1]), np.array([[0.25, 0.75], [2.0, -1.0]], np.float32))
    pixels = np.array([[1, 2, 3], [10, 20, 30], [100, 200, 300]], np.float32)[..., np.newaxis]
    left, right = 0.25 * np.array([1, 10, 100]) + 0.75 * np.array([2, 20, 200]), np.array([1, 10, 100])
    want = [[0.25 * line[0] + 0.75 * line[1], 2.0 * line[1] - line[2]] for line in (left, right)]
    np.testing.assert_array_equal(resample_reference(pixels, weights, weights)[..., 0].T, want)


@pytest.mark.parametrize("way", [AVX2[0], AVX512[0]])
@pytest.mark.parametrize("factor", [2.0, 3.0, 4.0])
def test_whole_factors_need_few_products_and_one_block(factor: float, way: Way) -> None:
    line = axis(100, factor, 2)
    made = runs(taps(KERNELS["bicubic"], line), len(line.held), way, 3)
    assert len(made) <= 3, "one for the ends that are left on each side"
    blocks = max(made, key=lambda run: run.count)
    count, window, results = blocks.weights.shape
    assert count == 1
    assert blocks.count * results > 0.9 * factor * 100 * 3
    assert window == (4 + results / 3 / factor - 1) * 3, "no sample more than its results look at"


@given(slope=st.floats(0.05, 1.0), ways=st.sampled_from([AVX2, AVX512]))
@settings(deadline=None)
def test_broken_factors_need_few_products(slope: float, ways: tuple[Way, Way]) -> None:
    first = np.floor(np.arange(256) * slope).astype(np.int64)
    made = runs(Taps(first, np.full((256, 4), 0.25, np.float32)), int(first[-1]) + 4, ways[0], 3)
    assert sum(run.results.stop - run.results.start for run in made) == 256 * 3
    assert len(made) <= 12
    assert all(4 <= way.block_size(slope, 4, 3) <= 24 for way in ways)


@pytest.mark.parametrize(("core", "ways"), [("Haswell", AVX2), ("Zen", AVX2), ("SkylakeX", AVX512), ("", AVX512)])
def test_blocks_suit_the_processor_that_products_are_written_for(
    monkeypatch: pytest.MonkeyPatch, core: str, ways: tuple[Way, Way]
) -> None:
    monkeypatch.setattr(blas, "core", lambda: core)
    assert resampling._ways.__wrapped__() == ways
