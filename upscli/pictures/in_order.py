"""Work on threads whose results come in the order of the work, a few ahead."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_order(work: Callable[[_Item], _Result], items: Iterable[_Item], threads: int) -> Iterator[_Result]:
    """What `work` makes of each item, in their order, with at most threads + 2 of them held.

    The caller's thread, which makes the items, is one of these: where it would have to wait, it works.
    """
    if threads == 1:
        yield from map(work, items)
        return
    from concurrent.futures import ThreadPoolExecutor  # costs start-up

    pool = ThreadPoolExecutor(threads - 1)
    waiting: deque[_Task[_Item, _Result]] = deque()

    def first() -> _Result:
        if not waiting[0].is_done:
            _lend_a_hand(waiting)
        return waiting.popleft().result()

    try:
        for item in items:
            waiting.append(_Task(work, item, pool))
            if len(waiting) > threads + 1:
                yield first()
        while waiting:
            yield first()
    finally:
        pool.shutdown(cancel_futures=True)


def _lend_a_hand(waiting: "deque[_Task[_Item, _Result]]") -> None:
    """Do what nobody has begun, and others would begin last."""
    for task in reversed(waiting):
        if task.take():
            return


class _Task(Generic[_Item, _Result]):
    """One item's work. Whoever begins it, the pool or the caller, does it."""

    def __init__(self, work: Callable[[_Item], _Result], item: _Item, pool: "Executor") -> None:
        self._work, self._item = work, item
        self._future = pool.submit(work, item)
        self._own: list[_Result] = []

    @property
    def is_done(self) -> bool:
        return self._future.done()

    def take(self) -> bool:
        """Do it now; False if somebody began it before."""
        if self._future.cancelled() or not self._future.cancel():
            return False
        self._own.append(self._work(self._item))
        return True

    def result(self) -> _Result:
        return self._own[0] if self._own else self._future.result()
