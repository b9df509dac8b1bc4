"""Interleaved timing. Shared machines drift, so contestants take turns and are compared round by round."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

OURS = "upscli"
_PATIENCE = 12.0
"""Seconds after which a contestant has had its rounds."""


@dataclass(frozen=True)
class Ratio:
    """The median of the rounds' ratios, the smallest and the largest."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Times:
    """Seconds of each contestant, round by round. A slow one may have left after the first rounds."""

    seconds: Mapping[str, list[float]]

    def median(self, name: str) -> float:
        """Seconds of the middle round."""
        return median(self.seconds[name])

    def ratio(self, over: str, under: str = OURS) -> Ratio:
        """How many times as long `over` takes as `under`, in the rounds that both ran."""
        pairs = zip(self.seconds[over], self.seconds[under], strict=False)
        ratios = [one / other for one, other in pairs]
        return Ratio(median(ratios), min(ratios), max(ratios))


def rounds(contestants: Mapping[str, Callable[[], object]], repeats: int) -> Times:
    """Time A B C A B C ..., all called from this process."""
    return turns({name: partial(timed, run) for name, run in contestants.items()}, repeats)


def turns(contestants: Mapping[str, Callable[[], float]], repeats: int) -> Times:
    """The same with contestants that tell their seconds. A slow one takes part in the first rounds only."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, run in contestants.items():
            if sum(seconds[name]) < _PATIENCE:
                seconds[name].append(run())
    return Times(seconds)


def timed(run: Callable[[], object]) -> float:
    """Seconds of one call; its result is freed after the clock is read."""
    started = perf_counter()
    result = run()
    taken = perf_counter() - started
    del result
    return taken


def best(run: Callable[[], object], repeats: int = 5) -> float:
    """Seconds of the fastest call: how floors are measured."""
    return min(timed(run) for _ in range(repeats))


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this thread, and those it starts meanwhile, on one core, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Load:
    """How much of the machine others use from now on, where the system keeps account."""

    def __init__(self) -> None:
        self._before = self._account()

    def words(self) -> str:
        """One line for the report, or nothing."""
        after = self._account()
        if self._before is None or after is None:
            return ""
        busy, whole, ours = (now - before for now, before in zip(after, self._before, strict=True))
        return f"others kept the machine's cores busy for {max(0.0, busy - ours) / whole:.0%} of the time"

    @staticmethod
    def _account() -> tuple[float, float, float] | None:
        """Seconds of all cores: busy, in all, and of this process and its children."""
        if not Path("/proc/stat").exists():
            return None
        user, nice, system, idle, wait, *rest = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
        tick = os.sysconf("SC_CLK_TCK")
        busy = user + nice + system + sum(rest)
        return busy / tick, (busy + idle + wait) / tick, sum(os.times()[:4])


def tell(line: str) -> None:
    """Progress, apart from the table."""
    print(line, file=sys.stderr, flush=True)
