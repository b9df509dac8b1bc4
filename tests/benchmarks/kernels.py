"""Arrays to arrays: the resampling alone, everybody on one thread, each in a process of its own (`contestant.py`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import numpy as np
from agree import agreement
from mosaic import Mosaic, Pixels
from programs import Bench
from table import Row, Target
from timing import OURS, Times, cores, tell, turns

import upscli


@dataclass(frozen=True)
class Case:
    """A method at a factor. `targets` are ratios; peers without one are shown all the same."""

    key: str
    method: str
    factor: float = 2
    taps: int = 4
    words: str = ""
    targets: dict[str, Target] = field(default_factory=dict)


CASES = (
    Case("bicubic", "bicubic", targets={"Pillow": Target(5, 8), "OpenCV": Target(0.7, 1.0)}),
    Case("lanczos", "lanczos", taps=6, words="Lanczos 3", targets={"Pillow": Target(5, 7), "OpenCV": Target(4, 6)}),
    Case("bilinear", "bilinear", taps=2, targets={"Pillow": Target(4, 7)}),
    Case("bicubic-1.7", "bicubic", 1.7, targets={"Pillow": Target(4, 6)}),
    Case("bicubic-4", "bicubic", 4, targets={"Pillow": Target(4, 6)}),
    Case("nearest", "nearest", taps=0, targets={"Pillow": Target(1, 3)}),
)
THREADS = Target(1.7, 1.9)

# Where a peer's kernel of that name has another shape, or stops at the border, the results compared are those of
# ours told the same; what is timed is the default.
TOLD_THE_SAME: dict[tuple[str, str], dict[str, Any]] = {
    ("OpenCV", "bicubic"): {"options": {"a": -0.75}},
    ("PyTorch", "bicubic"): {"options": {"a": -0.75}},
    ("OpenCV", "lanczos"): {"options": {"lobes": 4}},
    ("Pillow", "bicubic"): {"edge": "renormalize"},
    ("Pillow", "lanczos"): {"edge": "renormalize"},
}

PEERS = ("Pillow", "OpenCV", "scikit-image", "PyTorch")
_COMMON = ("bicubic", "bilinear")
"""What all of them have."""


class Contestant:
    """A process that makes one result again whenever it is told to."""

    def __init__(self, name: str, process: Popen[str], result: Path) -> None:
        self._name, self._process, self._result = name, process, result

    def __call__(self) -> float:
        """Seconds that it took once more."""
        assert self._process.stdin
        self._process.stdin.write("again\n")
        self._process.stdin.flush()
        return float(self._line())

    def result(self) -> Pixels:
        """What it made at first. Only then has it begun to listen."""
        self._line()
        pixels: Pixels = np.load(self._result)
        self._result.unlink()
        return pixels

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} left with {self._process.wait()}; its last words stand above")
        return line


def rows(case: Case, picture: Mosaic, bench: Bench, repeats: int) -> list[Row]:
    """Time one case against every peer that can do it."""
    names = [name for name in PEERS if name in bench.peers and _can(name, case)]
    with ExitStack() as stack:
        started = {name: stack.enter_context(_started(name, case, picture, bench)) for name in (OURS, *names)}
        results = {name: contestant.result() for name, contestant in started.items()}
        outputs = {name: _compared(name, case, picture, results) for name in names}
        del results
        times = turns(started, repeats)
    work = f"resample {case.words or case.method} x{case.factor:g}, 1 thread"
    return [_row(case, work, name, times, outputs[name]) for name in names]


def threads_row(picture: Mosaic, threads: int, bench: Bench, repeats: int) -> list[Row]:
    """Several threads of ours against one."""
    if cores() < threads:
        tell(f"threads: left out, only {cores()} core may be used")
        return []
    with ExitStack() as stack:
        started = {
            f"{count} threads": stack.enter_context(_started(OURS, CASES[0], picture, bench, count))
            for count in (1, threads)
        }
        one, many = (contestant.result() for contestant in started.values())
        times = turns(started, repeats)
    ours, alone = f"{threads} threads", "1 threads"
    ratio = times.ratio(alone, ours)
    took = times.median(alone), times.median(ours)
    target = THREADS if threads == 2 else None
    work = f"resample bicubic x2, {threads} threads"
    return [Row("threads", work, "upscli, 1 thread", *took, ratio.median, target, ratio, agreement(many, one))]


def _can(name: str, case: Case) -> bool:
    """At other factors scikit-image would run for minutes."""
    if name == "scikit-image":
        return case.method in _COMMON and case.factor == 2
    return name != "PyTorch" or case.method in _COMMON


@contextmanager
def _started(name: str, case: Case, picture: Mosaic, bench: Bench, threads: int = 1) -> Iterator[Contestant]:
    pixels, result = bench.folder / "picture.npy", bench.folder / f"{name}-{threads}.npy"
    if not pixels.exists():
        np.save(pixels, picture.pixels)
    words = [name, case.method, str(case.factor), str(threads), str(pixels), str(result)]
    command = [sys.executable, str(Path(__file__).with_name("contestant.py")), *words]
    with Popen(command, env=bench.environment, stdin=PIPE, stdout=PIPE, text=True) as process:
        yield Contestant(name, process, result)


def _compared(name: str, case: Case, picture: Mosaic, results: dict[str, Pixels]) -> str:
    """The agreement of the results."""
    told = TOLD_THE_SAME.get((name, case.method), {})
    ours = upscli.enlarge(picture.pixels, case.method, case.factor, threads=1, **told) if told else results[OURS]
    words = {**told, **told.get("options", {})}
    words.pop("options", None)
    return agreement(ours, results[name]) + "".join(f" with {key}={value}" for key, value in words.items())


def _row(case: Case, work: str, name: str, times: Times, outputs: str) -> Row:
    ratio = times.ratio(name)
    took = times.median(name), times.median(OURS)
    return Row(case.key, work, name, *took, ratio.median, case.targets.get(name), ratio, outputs)
