"""Seconds that are spent in waiting for things."""

from collections.abc import Iterator
from time import perf_counter
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Clock(Generic[Item]):
    """Passes items on, and counts the seconds spent in waiting for them. They may be exchanged for others."""

    def __init__(self, items: Iterator[Item]) -> None:
        self.items = items
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        started = perf_counter()
        try:
            return next(self.items)
        finally:
            self.seconds += perf_counter() - started
