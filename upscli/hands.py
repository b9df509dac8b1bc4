"""Hands that make the tiles of a picture side by side: forked processes, or threads where there is no fork.

Methods that look far and other busy ones call NumPy often and briefly, and between two calls threads queue for the
interpreter: two can take longer than one. A fork takes two milliseconds, knows all that its parent knows, and shares
the memory that `room` gives.
"""

import mmap
import os
import pickle
import signal
import struct
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from upscli.errors import InputError
from upscli.forks import FORKS
from upscli.interrupts import without_interrupts
from upscli.kernels import blas

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

Work = Callable[[int, int], None]
"""Do this hand's share (0 ..) of piece number so-and-so."""

_NUMBER = struct.Struct("<q")
_ANSWER = struct.Struct("<qq")
"""Bytes that the hand holds for itself, and of the pickled error that follows: 0 if all is well."""


def room(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """An array that all hands see; its values are whatever they are."""
    if not FORKS:
        return np.empty(shape, dtype)
    dtype = np.dtype(dtype)
    return np.frombuffer(mmap.mmap(-1, max(1, prod(shape) * dtype.itemsize)), dtype, prod(shape)).reshape(shape)


class Team(ABC):
    """Hands that know their work. Pieces are done in the order in which they are begun."""

    @abstractmethod
    def begin(self, number: int) -> None:
        """Have all hands begin with this piece, once they have done those before."""

    @abstractmethod
    def wait(self) -> None:
        """Until the piece that was begun first, of those not waited for, is done. Raises what `work` raised there."""


@contextmanager
def hired(count: int, work: Work, first: int) -> Iterator[Team]:
    """So many hands, which begin with that piece; nothing is done any more when the block is left.

    Where the system gives no more processes, the caller's own does all that they would do.
    Arrays from `room` must have been made before.
    """
    if not FORKS:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(count) as pool:
            threads = _Threads(pool, count, work)
            threads.begin(first)
            yield threads
        return
    _reap()
    processes = _Processes()
    try:
        yield processes if processes.hire(count, work, first) else _Alone(count, work, first)
    finally:
        processes.end()


class _Threads(Team):
    def __init__(self, pool: "ThreadPoolExecutor", count: int, work: Work) -> None:
        self._pool, self._count, self._work = pool, count, work
        self._begun: list[list[Future[None]]] = []

    def begin(self, number: int) -> None:
        self._begun.append([self._pool.submit(self._work, number, share) for share in range(self._count)])

    def wait(self) -> None:
        for done in self._begun.pop(0):
            done.result()


class _Alone(Team):
    """No hands: all shares are done here, when they are waited for."""

    def __init__(self, count: int, work: Work, first: int) -> None:
        self._count, self._work = count, work
        self._begun = [first]

    def begin(self, number: int) -> None:
        self._begun.append(number)

    def wait(self) -> None:
        number = self._begun.pop(0)
        for share in range(self._count):
            self._work(number, share)


class _Processes(Team):
    def __init__(self) -> None:
        self._hands: list[_Hand] = []

    def hire(self, count: int, work: Work, first: int) -> bool:
        """Whether the system gives them all: processes, memory, descriptors. If not, none is left."""
        blas.find()
        try:
            for share in range(count):
                self._hands.append(_Hand(work, share, first, self._hands))
        except OSError:
            self.end()
            return False
        return True

    def begin(self, number: int) -> None:
        for hand in self._hands:
            hand.begin(number)

    def wait(self) -> None:
        for hand in self._hands:
            hand.wait()

    def end(self) -> None:
        global _grown
        _grown = max(_grown, sum(hand.grown for hand in self._hands))
        while self._hands:
            self._hands.pop().end()


class _Hand:
    """A forked process. It ends when its pipe does: when its parent wants or dies."""

    def __init__(self, work: Work, share: int, first: int, others: "list[_Hand]") -> None:
        with ExitStack() as opened:
            orders, ours = _pipe(opened)
            theirs, answers = _pipe(opened)
            os.write(ours, _NUMBER.pack(first))
            self.pipes: tuple[int, int] = (ours, theirs)
            self.grown = 0
            """Bytes that it holds for itself alone, at most."""
            with without_interrupts(), warnings.catch_warnings():
                # Python warns of forks beside threads. This one only computes and never takes a lock of theirs.
                warnings.simplefilter("ignore", DeprecationWarning)
                self._pid = os.fork()
                if self._pid == 0:
                    for descriptor in (ours, theirs, *(end for hand in others for end in hand.pipes)):
                        os.close(descriptor)
                    _serve(work, share, orders, answers)
            opened.pop_all()
        os.close(orders)
        os.close(answers)

    def begin(self, number: int) -> None:
        with suppress(OSError):  # it died, and `wait` will tell
            os.write(self.pipes[0], _NUMBER.pack(number))

    def wait(self) -> None:
        self.grown, size = _ANSWER.unpack(self._read(_ANSWER.size))
        if size:
            raise pickle.loads(self._read(size))  # noqa: S301 - from a fork of this very process

    def _read(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            part = os.read(self.pipes[1], size - len(got))
            if not part:
                how = self._death()
                raise InputError(f"a process that made a part of it died{how}, often for want of memory; try -j 1")
            got += part
        return got

    def _death(self) -> str:
        """How it died, in brackets; nothing where the program ignores SIGCHLD, and nobody can tell."""
        pid, self._pid = self._pid, 0
        try:
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        except ChildProcessError:
            return ""
        return f" (signal {-code})" if code < 0 else f" (exit code {code})"

    def end(self) -> None:
        if self._pid:
            # It may be in the middle of a piece that nobody wants. Before its pipe ends: with SIGCHLD ignored, its
            # number is another's as soon as it ends by itself.
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            _leaving.append(self._pid)
        for descriptor in self.pipes:
            os.close(descriptor)


def _pipe(opened: ExitStack) -> tuple[int, int]:
    """The ends to read and to write at, closed with `opened`."""
    ends = os.pipe()
    for end in ends:
        opened.callback(os.close, end)
    return ends


def _serve(work: Work, share: int, orders: int, answers: int) -> None:
    """A hand's life: numbers in, errors or none out. Never returns."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with blas.by_one_thread():  # in a program that does not say so itself, as `__main__` does
            before = _resident("VmRSS")
            while order := os.read(orders, _NUMBER.size):
                told = _done(work, _NUMBER.unpack(order)[0], share)
                os.write(answers, _ANSWER.pack(max(0, _resident("VmHWM") - before), len(told)) + told)
        code = 0
    finally:
        os._exit(code)


def _done(work: Work, number: int, share: int) -> bytes:
    """What was raised, pickled; nothing if all is well."""
    try:
        work(number, share)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent raises it
        return pickle.dumps(error)
    return b""


_leaving: list[int] = []
"""Hands that were sent home. To take memory apart takes a while, for which nobody waits."""


def _reap() -> None:
    for pid in _leaving.copy():
        try:
            ended = os.waitpid(pid, os.WNOHANG)[0]
        except ChildProcessError:  # SIGCHLD is ignored
            ended = pid
        if ended:
            _leaving.remove(pid)


_grown = 0


def forget_peak() -> None:
    """Count anew from here. Only Linux can; elsewhere the peak is that of the process's life."""
    global _grown
    _grown = 0
    with suppress(OSError), Path("/proc/self/clear_refs").open("w") as knob:
        knob.write("5")


def peak() -> int:
    """Bytes that this process held at most, and the hands of a team beside it; 0 where the system does not tell."""
    return _resident("VmHWM") + _grown


def _resident(what: str) -> int:
    with suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text()
        return int(status.split(f"{what}:")[1].split()[0]) * 1024
    return 0
