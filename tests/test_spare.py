"""Memory of results that were let go."""

import gc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import upscli
from upscli import spare

MEGA = 1 << 20


@pytest.fixture(autouse=True)
def nothing_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare, "_spare", {})


def address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def test_memory_that_was_let_go_is_used_again() -> None:
    first = spare.array((2, MEGA), np.uint8)
    where = address(first)
    del first
    again = spare.array((MEGA // 2,), np.float32)
    assert address(again) == where
    assert again.shape == (MEGA // 2,)
    assert again.dtype == np.float32
    assert again.flags.writeable
    assert again.flags.aligned
    assert address(spare.array((2, MEGA), np.uint8)) != where


@pytest.mark.parametrize("view", [lambda a: a[5:6, 3], lambda a: a.reshape(-1).view(np.uint16)[7:], memoryview])
def test_memory_that_a_view_still_shows_is_not_used_again(view: Any) -> None:
    array = spare.array((64, MEGA // 16), np.uint8)
    where = address(array)
    kept = view(array)
    del array
    assert address(spare.array((4 * MEGA,), np.uint8)) != where
    del kept
    spare._spare.clear()
    gc.collect()


def test_only_so_much_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare, "_KEPT", 5 * MEGA)
    arrays = [spare.array((2 * MEGA,), np.uint8) for _ in range(4)]
    last = address(arrays[-1])
    while arrays:
        arrays.pop(0)
    assert sum(piece.nbytes for piece in spare._spare.values()) == 4 * MEGA
    assert address(spare.array((2 * MEGA,), np.uint8)) == last
    del arrays
    spare.array((6 * MEGA,), np.uint8)
    assert sum(piece.nbytes for piece in spare._spare.values()) == 4 * MEGA, "for the largest nothing is kept"


@pytest.mark.parametrize("size", [1, MEGA - 1])
def test_small_arrays_leave_nothing(size: int) -> None:
    spare.array((size,), np.uint8)
    assert not spare._spare


def test_a_much_larger_piece_is_left_for_larger_results() -> None:
    spare.array((8 * MEGA,), np.uint8)
    small = spare.array((2 * MEGA,), np.uint8)
    assert [piece.nbytes for piece in spare._spare.values()] == [8 * MEGA]
    del small


def test_threads_never_share_a_piece() -> None:
    def held(number: int) -> bool:
        alone = True
        for _ in range(50):
            array = spare.array((MEGA,), np.uint8)
            array[:: MEGA // 64] = number
            alone = alone and bool((array[:: MEGA // 64] == number).all())
        return alone

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(held, range(8)))


def test_results_do_not_lie_on_each_other() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (400, 500, 3), np.uint8)
    first = upscli.enlarge(pixels)
    before = first.copy()
    second = upscli.enlarge(255 - pixels)
    np.testing.assert_array_equal(first, before)
    where = address(second)
    del second
    third = upscli.enlarge(pixels)
    assert address(third) == where, "nothing refers to the second any more"
    np.testing.assert_array_equal(third, first)
