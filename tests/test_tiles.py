"""The tile engine with a method that can be counted by hand: no picture, whole numbers, no rounding."""

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from threading import Barrier, BrokenBarrierError, Thread, get_ident
from time import sleep
from typing import Any

import numpy as np
import pytest
from compare import equal
from hypothesis import given
from hypothesis import strategies as st
from material import RGB, recipe, result_of

from upscli import hands, tiles
from upscli.kernels.axis import Axis, Edge
from upscli.tiles import TILE, Cut, bands

SIDES = st.integers(1, 24)


def window_sums(reach: int | None) -> Any:
    """A method: each result is the sum of all source samples round its position, within `reach`."""

    def make(pixels: Any, rows: Axis, cols: Axis, out: Any) -> None:
        assert pixels.shape[:2] == (len(rows.held), len(cols.held))
        sums = pixels.astype(np.int64)
        for axis, side in ((0, rows), (1, cols)):
            first = side.centers[0] - side.held.start - (reach or 0)
            wide = [np.take(sums, range(at, at + 2 * (reach or 0) + 2), axis).sum(axis) for at in first]
            sums = np.stack(wide, axis)
        out[...] = sums

    return make


def expected(source: Any, target: tuple[int, int], reach: int, edge: Edge) -> Any:
    """The same on the whole picture, padded by NumPy."""
    mode: Any = {Edge.REFLECT: "symmetric", Edge.WRAP: "wrap"}.get(edge, "edge")
    pad = reach + 2
    sums = np.pad(source, ((pad, pad), (pad, pad), (0, 0)), mode).astype(np.int64)
    for axis in (0, 1):
        first = [((2 * i + 1) * source.shape[axis] - target[axis]) // (2 * target[axis]) for i in range(target[axis])]
        window = [np.take(sums, range(at + pad - reach, at + pad + reach + 2), axis).sum(axis) for at in first]
        sums = np.stack(window, axis)
    return sums


def made(cut: Cut, source: Any, cuts: list[int], threads: int = 1, whole: bool = True) -> Any:
    strips = iter(np.split(source, sorted(cuts)))
    height = cut.target[0] if whole else cut.band_height
    out = np.full((height, cut.target[1], source.shape[2]), -1, np.int64)
    return np.concatenate([band.copy() for band in bands(cut, strips, window_sums(cut.reach), out, threads)])


@given(SIDES, SIDES, SIDES, SIDES, st.integers(0, 9), st.sampled_from(list(Edge)), st.data())
def test_any_cut_gives_the_whole(
    height: int, width: int, more: int, wider: int, reach: int, edge: Edge, data: st.DataObject
) -> None:
    source = np.random.default_rng(height * 100 + width).integers(0, 999, (height, width, 2))
    target = (height + more, width + wider)
    tile = (data.draw(st.integers(1, 30), "tile rows"), data.draw(st.integers(1, 30), "tile columns"))
    cuts = data.draw(
        st.lists(st.integers(1, height - 1), unique=True, max_size=6) if height > 1 else st.just([]), "cuts"
    )
    cut = Cut((height, width), target, reach, edge, tile)
    found = made(cut, source, cuts, whole=data.draw(st.booleans(), "all in one array"))
    equal(found, expected(source, target, reach, edge), f"{cut}")


@pytest.fixture(params=["processes", "threads"])
def many_hands(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pictures are worth several hands, of either kind."""
    monkeypatch.setattr(tiles, "_worth", lambda *_: True)
    if request.param == "threads":
        monkeypatch.setattr(hands, "FORKS", False)


@pytest.mark.usefixtures("many_hands")
@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("edge", list(Edge))
def test_hands_change_no_value(count: int, whole: bool, edge: Edge) -> None:
    source = np.random.default_rng(1).integers(0, 999, (40, 50, 3))
    cut = Cut((40, 50), (90, 120), 3, edge, (16, 16))
    equal(made(cut, source, [7, 8, 30], count, whole), expected(source, (90, 120), 3, edge))


@pytest.fixture
def many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small results are worth several threads."""
    monkeypatch.setattr(tiles, "_WORTH_THREADS", 1)


@pytest.mark.usefixtures("many_threads")
@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("cuts", [[], [7, 8, 30]])
@pytest.mark.parametrize("edge", list(Edge))
def test_threads_change_no_value(count: int, cuts: list[int], edge: Edge) -> None:
    source = np.random.default_rng(1).integers(0, 999, (40, 50, 3))
    cut = Cut((40, 50), (90, 120), 3, edge, (16, 16))
    equal(made(cut, source, cuts, count), expected(source, (90, 120), 3, edge))


def threads_of(strips: int, height: int = 16) -> int:
    """How many threads make the 4 bands of a picture; each waits until there are two, if there ever are."""
    meeting, threads = Barrier(2), set()

    def make(pixels: Any, rows: Axis, cols: Axis, out: Any) -> None:
        threads.add(get_ident())
        with suppress(BrokenBarrierError):
            meeting.wait(1 if len(threads) == 1 else 10)

    source, out = np.zeros((16, 16, 1)), np.zeros((height, 16, 1))
    list(bands(Cut((16, 16), (16, 16), 0, tile=(4, 16)), iter(np.split(source, strips)), make, out, 2))
    return len(threads)


@pytest.mark.usefixtures("many_threads")
def test_threads_make_what_lies_in_memory_as_a_whole_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert threads_of(1) == 2
    assert threads_of(2) == 1, "the source is still being made"
    assert threads_of(1, height=4) == 1, "the result has a place for one band only"
    monkeypatch.setattr(tiles, "_WORTH_THREADS", 257)
    assert threads_of(1) == 1, "too little work"


@pytest.mark.usefixtures("many_threads")
@pytest.mark.parametrize("given", [0, 1])
def test_where_no_more_threads_are_given_the_others_do_it_all(monkeypatch: pytest.MonkeyPatch, given: int) -> None:
    start, started = Thread.start, []

    def refused(thread: Thread) -> None:
        if len(started) == given:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(Thread, "start", refused)
    source = np.random.default_rng(1).integers(0, 999, (40, 50, 3))
    cut = Cut((40, 50), (90, 120), 3, tile=(16, 16))
    equal(made(cut, source, [], 4), expected(source, (90, 120), 3, Edge.REPLICATE))
    assert len(started) == given


@pytest.mark.usefixtures("many_threads")
@pytest.mark.parametrize("bad", [0, 8])
def test_what_is_raised_in_a_thread_comes_out_and_ends_the_others(bad: int) -> None:
    done = []

    def make(pixels: Any, rows: Axis, cols: Axis, out: Any) -> None:
        if rows.wanted.start == bad:
            raise FloatingPointError("7")
        done.append(rows.wanted.start)
        sleep(0.01)

    with pytest.raises(FloatingPointError, match=r"^7$"):
        list(
            bands(
                Cut((64, 16), (64, 16), 0, tile=(1, 16)), iter([np.zeros((64, 16, 1))]), make, np.zeros((64, 16, 1)), 2
            )
        )
    assert len(done) < 40


def test_tiles_are_made_by_the_hands_that_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(pixels: Any, rows: Axis, cols: Axis, out: Any) -> None:
        out[...] = os.getpid()

    def makers(count: int) -> set[int]:
        source, out = np.zeros((64, 64, 1), np.uint8), np.zeros((64, 64, 1), np.int64)
        return set(np.unique([*bands(Cut((64, 64), (64, 64), 0, tile=(4, 4)), iter([source]), make, out, count)]))

    assert makers(3) == {os.getpid()}, "too little work"
    monkeypatch.setattr(tiles, "_worth", lambda *_: True)
    assert makers(1) == {os.getpid()}
    if hands.FORKS:
        assert len(makers(3) - {os.getpid()}) == 3


@pytest.mark.usefixtures("many_hands")
def test_bands_of_hands_lie_in_the_result_or_are_used_again() -> None:
    source = np.arange(50 * 40).reshape(50, 40, 1)
    cut = Cut((50, 40), (50, 40), 0, tile=(16, 16))
    whole = np.zeros((50, 40, 1), np.int64)
    heights = [
        len(band) for band in bands(cut, iter([source]), window_sums(0), whole, 2) if np.shares_memory(band, whole)
    ]
    assert heights == [16, 16, 16, 2]
    equal(whole, expected(source, (50, 40), 0, Edge.REPLICATE))
    first, second, third, _ = bands(cut, iter([source]), window_sums(0), whole[:16], 2)
    assert np.shares_memory(first, third)
    assert not np.shares_memory(first, second)


@pytest.mark.usefixtures("many_hands")
def test_what_is_raised_by_one_of_many_hands_comes_out() -> None:
    def make(pixels: Any, rows: Axis, cols: Axis, out: Any) -> None:
        if rows.wanted.start == 8 and cols.wanted.start == 12:
            raise FloatingPointError("7")

    out = np.zeros((4, 16, 1))
    found = bands(Cut((16, 16), (16, 16), 0, tile=(4, 4)), iter([np.zeros((16, 16, 1))]), make, out, 3)
    next(found)
    next(found)
    with pytest.raises(FloatingPointError, match=r"^7$"):
        next(found)


def wanted_of(cut: Cut, threads: int = 1) -> list[tuple[range, range]]:
    """The pieces that are asked for."""
    asked: list[tuple[range, range]] = []
    out = np.zeros((*cut.target, 1), np.uint8)
    source = np.zeros((*cut.source, 1), np.uint8)
    for _ in bands(
        cut, iter([source]), lambda p, rows, cols, o: asked.append((rows.wanted, cols.wanted)), out, threads
    ):
        pass
    return sorted(asked, key=lambda piece: (piece[0].start, piece[1].start))


def test_tiles_lie_where_the_sizes_alone_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "_worth", lambda *_: True)
    monkeypatch.setattr(hands, "FORKS", False)
    cut = Cut((20, 30), (40, 75), 2, tile=(16, 32))
    rows, cols = [range(16), range(16, 32), range(32, 40)], [range(32), range(32, 64), range(64, 75)]
    assert wanted_of(cut) == wanted_of(cut, threads=4) == [(row, col) for row in rows for col in cols]


def test_a_method_that_needs_the_whole_picture_gets_it_in_one_piece() -> None:
    cut = Cut((20, 30), (40, 75), None, Edge.WRAP, tile=(16, 32))
    assert cut.band_height == 40
    assert wanted_of(cut) == [(range(40), range(75))]
    held = []
    source = np.arange(600).reshape(20, 30, 1)
    out = np.zeros((40, 75, 1))
    list(bands(cut, iter(np.split(source, [3, 9])), lambda pixels, r, c, o: held.append(pixels.copy()), out))
    equal(held[0], source)


def test_a_band_is_no_higher_than_the_result() -> None:
    assert Cut((1, 1), (3, 3), 0).band_height == 3
    assert Cut((900, 9), (900, 9), 0).band_height == TILE[0]


def test_bands_come_in_order_and_lie_in_the_memory_they_were_given() -> None:
    source = np.arange(50 * 4).reshape(50, 4, 1)
    cut = Cut((50, 4), (50, 4), 0, tile=(16, 16))
    whole = np.zeros((50, 4, 1), np.int64)
    heights = [len(band) for band in bands(cut, iter([source]), window_sums(0), whole) if np.shares_memory(band, whole)]
    assert heights == [16, 16, 16, 2]
    one = np.zeros((16, 4, 1), np.int64)
    assert all(np.shares_memory(band, one) for band in bands(cut, iter([source]), window_sums(0), one))


@pytest.mark.parametrize("edge", [edge for edge in Edge if edge is not Edge.WRAP])
def test_strips_are_taken_when_they_are_needed_and_not_before(edge: Edge) -> None:
    """Memory does not grow with the height: a band asks for no row beyond its halo."""
    taken = []

    def strips() -> Iterator[Any]:
        for row in range(100):
            taken.append(row)
            yield np.full((1, 3, 1), row)

    cut = Cut((100, 3), (200, 6), 2, edge, (20, 20))
    out = np.zeros((20, 6, 1), np.int64)
    after = [len(taken) for _ in bands(cut, strips(), window_sums(2), out)]
    assert after == [min(100, (band + 1) * 10 + 3) for band in range(10)]
    assert all(later > sooner or later == 100 for sooner, later in pairwise(after))


def test_what_a_method_raises_comes_out() -> None:
    def make(pixels: Any, rows: Axis, cols: Axis, out: Any) -> None:
        raise FloatingPointError("7")

    with pytest.raises(FloatingPointError, match="7"):
        list(bands(Cut((4, 4), (8, 8), 0), iter([np.zeros((4, 4, 1))]), make, np.zeros((8, 8, 1))))


@pytest.mark.parametrize(
    ("name", "into_whole"), [("learned-linear", False), ("learned-fast", False), ("learned-buckets", True)]
)
def test_a_large_picture_is_the_same_from_any_number_of_hands(name: str, into_whole: bool) -> None:
    source = np.random.default_rng(3).integers(0, 256, (600, 500, 3)).astype(np.uint8)
    made = recipe(name, source, RGB, tile=None)
    taken = []
    fork = os.fork
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fork", lambda: taken.append(1) or fork())
        one, two, three = (result_of(made, source, count, into_whole=into_whole) for count in (1, 2, 3))
    assert len(taken) == (5 if hands.FORKS else 0), "it is too small to be given to several"
    equal(one, two)
    equal(one, three)


def test_threads_are_for_several_bands_of_methods_that_do_not_look_far() -> None:
    def worth(height: int, reach: int, busy: bool = False) -> bool:
        target = (height, 20_000)
        return tiles._worth_threads(Cut((height, 20_000), target, reach, busy=busy), np.empty((*target, 1), np.uint8))

    assert worth(200, 7)
    assert not worth(200, 7, busy=True)
    assert not worth(192, 7), "one band"
    assert not worth(200, 8)
    assert not worth(100, 7)


@given(st.integers(1, 9000), st.integers(8, 40), st.sampled_from([2, 3, 4]))
def test_methods_that_look_far_have_bands_of_equal_height_and_as_many_for_two_hands(
    height: int, reach: int, factor: int
) -> None:
    high, wide = tiles.fitting(reach, (height, 500), factor)
    cut = Cut((height, 500), (height * factor, 500 * factor), reach, tile=(high, wide))
    heights = [len(cut.rows(top).wanted) for top in cut.tops]
    assert len(heights) == 1 or len(heights) % 2 == 0
    assert heights[-1] > heights[0] - factor * len(heights)
    assert high % factor == wide % factor == 0, "no source pixel's block of results is in two tiles"
    assert high <= 1.5 * max(1024 - 2 * reach * factor, 64 * factor) + factor


def test_cheap_work_is_left_to_one() -> None:
    assert not tiles._worth(Cut((5000, 5000), (10_000, 10_000), 2), 3)
    assert not tiles._worth(Cut((1000, 1000), (2000, 2000), 3), 3)
    assert tiles._worth(Cut((1000, 1000), (2000, 2000), 3, busy=True), 3)
    assert tiles._worth(Cut((500, 500), (1000, 1000), 8), 3)
    assert not tiles._worth(Cut((50, 50), (100, 100), 8), 3)
