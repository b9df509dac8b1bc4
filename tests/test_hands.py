"""Forked hands: they share memory, end with their parent, and their death is told."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from upscli import hands
from upscli.errors import InputError
from upscli.hands import hired, room

pytestmark = pytest.mark.skipif(not hands.FORKS, reason="hands are processes on Linux only")


def children() -> set[int]:
    """Processes of this one that have not ended."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == os.getpid() and state != "Z":
            found.add(int(path.parent.name))
    return found


def gone(processes: set[int], within: float = 5.0) -> bool:
    """Whether they all end, or wait for nothing but to be counted."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not any(_alive(process) for process in processes):
            return True
        time.sleep(0.02)
    return False


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_each_hand_makes_matrix_products_by_one_thread(blas_threads: Callable[[], int]) -> None:
    seen = room((2,), np.int64)
    with hired(2, lambda _, share: seen.__setitem__(share, blas_threads()), 0) as team:
        team.wait()
    assert seen.tolist() == [1, 1]
    assert blas_threads() == 2, "the program's own are left as they are"


def test_pieces_are_done_in_order_by_all_hands_in_memory_that_all_see() -> None:
    seen = room((4, 2), np.int64)
    seen[...] = 0

    def work(number: int, share: int) -> None:
        seen[number, share] = 1 + seen[:number].sum()

    with hired(2, work, 0) as team:
        for number in (1, 2, 3):
            team.begin(number)
        for _ in range(4):
            team.wait()
    assert (seen > 0).all()
    assert (np.diff(seen, axis=0) > 0).all()


def test_hands_are_gone_after_the_block_even_from_the_middle_of_a_piece() -> None:
    before = children()
    with hired(3, lambda number, share: time.sleep(60), 0):
        processes = children() - before
        assert len(processes) == 3
    assert gone(processes, within=2)


def test_the_death_of_a_hand_is_told() -> None:
    def work(number: int, share: int) -> None:
        if number == 1 and share == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with hired(2, work, 0) as team:
        team.wait()
        team.begin(1)
        with pytest.raises(InputError, match=r"died \(signal 9\), often for want of memory; try -j 1"):
            team.wait()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_no_descriptor_is_left_open() -> None:
    before = descriptors()
    for _ in range(3):
        with hired(3, lambda number, share: None, 0) as team:
            team.wait()
    assert descriptors() == before


@pytest.mark.parametrize("given", [0, 1])
def test_where_the_system_gives_too_few_processes_the_work_is_done_without(
    monkeypatch: pytest.MonkeyPatch, given: int
) -> None:
    forks = [os.fork] * given

    def fork() -> int:
        if not forks:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return forks.pop()()

    had, before = descriptors(), children()
    monkeypatch.setattr(os, "fork", fork)
    done: list[tuple[int, int]] = []
    with hired(2, lambda number, share: done.append((number, share)), 0) as team:
        assert (descriptors(), forks) == (had, [])
        team.begin(1)
        team.wait()
        team.wait()
    assert done == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert gone(children() - before)


@pytest.fixture
def ignoring() -> Iterator[None]:
    """A program that wants to hear nothing of its children: they are gone at once when they end."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGCHLD, before)


@pytest.mark.usefixtures("ignoring")
def test_hands_come_and_go_in_a_program_that_ignores_its_children() -> None:
    for _ in range(3):
        before = children()
        with hired(2, lambda number, share: None, 0) as team:
            processes = children() - before
            team.wait()
        assert gone(processes)


@pytest.mark.usefixtures("ignoring")
def test_their_death_is_told_there_too() -> None:
    with hired(2, lambda number, share: os._exit(9), 0) as team:
        time.sleep(0.1)  # both are gone
        with pytest.raises(InputError, match="part of it died, often for want of memory; try -j 1"):
            team.wait()


HOLDING = """
import numpy as np
from upscli import hands
with hands.hired(2, lambda number, share: np.ones(20 << 20, np.uint8), 0) as team:
    team.wait()
print(hands.peak())
hands.forget_peak()
print(hands.peak())
"""


def test_what_hands_hold_is_counted() -> None:
    said = subprocess.run([sys.executable, "-c", HOLDING], capture_output=True, text=True, check=True).stdout
    both, alone = map(int, said.split())
    assert 38 << 20 < both - alone < 60 << 20
    assert 10 << 20 < alone < 100 << 20


PARENT = """
import os, sys, time
from upscli.hands import hired
def work(number, share):
    os.write(1, b"made\\n")
    time.sleep(float(sys.argv[1]))
with hired(2, work, 0) as team:
    os.write(1, b"ready\\n")
    team.wait()
    time.sleep(60)
"""


def start(pause: float) -> tuple[subprocess.Popen[str], set[int]]:
    """A process with two hands that are at work."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(pause)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout
    assert sorted(parent.stdout.readline() for _ in range(3)) == ["made\n", "made\n", "ready\n"]
    processes = {
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/stat")
        if path.read_text().rpartition(")")[2].split()[1] == str(parent.pid)
    }
    assert len(processes) == 2
    return parent, processes


def test_hands_end_when_their_parent_is_killed() -> None:
    parent, processes = start(0.2)
    parent.kill()
    parent.communicate()
    assert gone(processes)


def test_ctrl_c_ends_the_parent_and_its_hands_without_a_word_of_theirs() -> None:
    parent, processes = start(60)
    os.killpg(parent.pid, signal.SIGINT)
    _, words = parent.communicate(timeout=5)
    assert words.count("KeyboardInterrupt") == 1
    assert gone(processes, within=2)
