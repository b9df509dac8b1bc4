"""Results in the order of the work, whoever does it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from upscli.pictures.in_order import in_order


def numbers(count: int, held: list[int]) -> Iterator[int]:
    for number in range(count):
        held[0] += 1
        yield number


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 5, 60])
def test_results_come_in_the_order_of_the_items_and_each_is_made_once(threads: int, count: int) -> None:
    made = []

    def work(number: int) -> int:
        time.sleep(0.002 * (number % 3))
        made.append(number)
        return number * number

    assert list(in_order(work, range(count), threads)) == [number * number for number in range(count)]
    assert sorted(made) == list(range(count))


@pytest.mark.parametrize("threads", [2, 3])
def test_no_more_are_held_than_promised(threads: int) -> None:
    held, most = [0], 0
    for _ in in_order(lambda number: number, numbers(50, held), threads):
        most = max(most, held[0])
        held[0] -= 1
    assert most == threads + 2


def test_the_caller_works_where_it_would_have_to_wait() -> None:
    caller, went_on = threading.get_ident(), threading.Event()

    def work(number: int) -> bool:
        if threading.get_ident() == caller:
            went_on.set()
        return number > 0 or went_on.wait(10)

    assert all(in_order(work, range(6), 2))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("bad", [0, 7, 19])
def test_what_the_work_raises_is_raised(threads: int, bad: int) -> None:
    def work(number: int) -> int:
        if number == bad:
            raise ValueError(number)
        return number

    with pytest.raises(ValueError, match=f"^{bad}$"):
        list(in_order(work, range(20), threads))
