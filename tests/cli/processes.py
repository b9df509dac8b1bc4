"""Batches as real processes, which can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from upscli.journal import NAME

UPSCLI = [sys.executable, "-m", "upscli"]


def pictures(folder: str, count: int, size: int = 24) -> None:
    """So many different pictures."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(count)
    for number in range(count):
        noise = random.integers(0, 256, (size, size, 3), np.uint8)
        Image.fromarray(noise).save(f"{folder}/p{number:04}.png", compress_level=0)


def start(*words: str, **more: object) -> subprocess.Popen[bytes]:
    """A batch under way, in a group of its own, as a shell starts it."""
    return subprocess.Popen(
        [*UPSCLI, "enlarge", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        **more,  # type: ignore[call-overload]
    )


def until(true: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.005)


def made(folder: str = "out") -> list[str]:
    """Names of what lies there, but for the journal."""
    return sorted(path.name for path in Path(folder).glob("*") if path.name != NAME)


def children(pid: int) -> list[int]:
    """All processes below it, the nearest first."""
    found = []
    for child in _table().get(pid, []):
        found += [child, *children(child)]
    return found


def workers(pid: int) -> list[int]:
    """Of a batch: forked from it, or, beside a bar's thread, from a fork server."""
    table = _table()
    return [worker for child in table.get(pid, []) for worker in table.get(child, [child])]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def end(process: subprocess.Popen[bytes]) -> None:
    """The whole group, whatever became of it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _table() -> dict[int, list[int]]:
    table: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        table.setdefault(int(fields[1]), []).append(int(path.parent.name))
    return table
