"""Many jobs on worker processes of our own, one job at a time each.

The standard library's pool loses everything when one worker dies. Here a death or a missed deadline names its
picture, costs that picture alone, and the worker is replaced.
"""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from threading import Thread
from time import perf_counter

from upscli import forks, journal
from upscli.errors import InputError
from upscli.interrupts import without_interrupts
from upscli.jobs import Crew, Job
from upscli.pictures.scratch import scratch
from upscli.report import Outcome
from upscli.run import failure, run

ATTEMPTS = 2
"""A picture that killed so many workers is given up."""

GRACE = 0.7
"""Seconds that a worker has to clean up after it is told to end."""


def work(jobs: Sequence[Job], crew: Crew) -> Iterator[Job | Outcome]:
    """Do the jobs; yields each Job when it is begun, and its Outcome when it is done, in any order.

    Closing the iterator ends the workers.
    """
    forks.prepare()
    waiting = deque(jobs)
    attempts: dict[str, int] = {}
    lifeline, ours = Pipe(duplex=False)
    crowd: list[_Worker] = []
    try:
        _hire(crowd, min(crew.workers, len(jobs)), crew.threads, lifeline, ours)
        news: list[Job | Outcome] = []
        while waiting or any(worker.job for worker in crowd):
            # Before anyone hears of what is done, workers get more to do.
            for worker in crowd:
                if worker.job is None and waiting and _fits(waiting[0], crowd, crew):
                    worker.give(waiting[0], crew.timeout)
                    news.append(waiting.popleft())
            yield from news
            news.clear()
            for worker in _ready(crowd):
                job, outcome = worker.finish(crew.timeout)
                if outcome is not None:
                    news.append(outcome)
                    continue
                attempts[job.output] = attempts.get(job.output, 0) + 1
                if attempts[job.output] < ATTEMPTS:
                    waiting.append(_again(job))
                else:
                    reason = f"{job.source}: {worker.last_words}, {ATTEMPTS} times"
                    news.append(failure(job, reason, worker.begun))
            if any(_failed(one) for one in news):  # which may be the end of the run: nothing more is begun before
                yield from sorted(news, key=_failed)
                news.clear()
        yield from news
    finally:
        _end(crowd)
        ours.close()
        lifeline.close()


def _hire(crowd: list["_Worker"], count: int, threads: int, lifeline: Connection, ours: Connection) -> None:
    """As many as the system lets us have. Raises InputError if that is none."""
    for _ in range(count):
        try:
            crowd.append(_Worker(threads, lifeline, lambda: [ours, *(worker.connection for worker in crowd)]))
        except OSError as error:
            if not crowd:
                raise InputError(f"no process can be begun ({error.strerror}); end others, or allow more") from None
            return


def _failed(event: Job | Outcome) -> bool:
    return isinstance(event, Outcome) and event.status == "failed"


def _again(job: Job) -> Job:
    """The job for a second try; if the first got as far as the result, that is ours to replace."""
    if job.journal is None or job.overwrite:
        return job
    state = journal.read(job.journal).state(Path(job.output), job.fingerprint)
    return job._replace(overwrite=state == "whole")


class _Worker:
    """A process, and the job it has."""

    def __init__(self, threads: int, lifeline: Connection, held: Callable[[], list[Connection]]) -> None:
        """`held`: the ends of pipes that this process alone may hold, so that it is heard of when it dies."""
        self._threads, self._lifeline, self._held = threads, lifeline, held
        self.job: Job | None = None
        self.last_words = ""
        self.begun = self._deadline = 0.0
        self._start()

    def _start(self) -> None:
        context = forks.context()
        ours, theirs = Pipe()
        inherited = [*self._held(), ours] if context.get_start_method() == "fork" else []
        words = (theirs, self._lifeline, self._threads, inherited)
        self._process = context.Process(target=_serve, args=words, daemon=True)
        try:
            with without_interrupts():
                self._process.start()
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self.connection = ours

    def give(self, job: Job, timeout: float) -> None:
        try:
            self.connection.send(job)
        except OSError:  # it died while it had nothing to do: no picture's fault
            self._replace()
            with suppress(OSError):  # dead already: `finish` will see it
                self.connection.send(job)
        self.job, self.begun = job, perf_counter()
        self._deadline = self.begun + timeout if timeout else 0.0

    @property
    def patience(self) -> float | None:
        """Seconds until its deadline; None: no deadline."""
        return max(0.0, self._deadline - perf_counter()) if self.job and self._deadline else None

    def finish(self, timeout: float) -> tuple[Job, Outcome | None]:
        """The job and its outcome; None if the worker died of it."""
        job, self.job = self.job, None
        assert job is not None  # noqa: S101 - for mypy: only busy workers are ready
        if self._deadline and not self.connection.poll():
            self._replace()
            return job, failure(job, f"{job.source}: took longer than {timeout:g} s (--timeout)", self.begun)
        try:
            outcome: Outcome = self.connection.recv()
        except (EOFError, OSError):
            self._replace(GRACE)
            return job, None
        return job, outcome

    def _replace(self, grace: float = 0.0) -> None:
        """A new process for the old one, which may take its time to die by itself."""
        self.end(grace)
        code = self._process.exitcode or 0
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        memory = ", often for want of memory" if -code == signal.SIGKILL else ""
        self.last_words = f"the process that worked on it died ({how}{memory})"
        self._start()

    def tell(self) -> None:
        """Ask it to end."""
        self.connection.close()
        if self.job:
            self._process.terminate()

    def end(self, grace: float) -> None:
        """Gone, after that many seconds at most."""
        self._process.join(grace)
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self.connection.close()


def _fits(job: Job, crowd: Sequence[_Worker], crew: Crew) -> bool:
    """Under the bound together with those under way; a job larger than the bound was refused in the plan."""
    busy = sum(worker.job.memory for worker in crowd if worker.job)
    return not crew.memory or busy == 0 or busy + job.memory <= crew.memory


def _ready(crowd: Sequence[_Worker]) -> list[_Worker]:
    """Busy workers that have an outcome, died, or missed their deadline."""
    busy = {worker.connection: worker for worker in crowd if worker.job}
    patience = min((p for worker in busy.values() if (p := worker.patience) is not None), default=None)
    spoke = wait(list(busy), patience)
    late = [worker for worker in busy.values() if worker.patience == 0.0]
    return [busy[c] for c in busy if c in spoke or busy[c] in late]


def _end(crowd: Sequence[_Worker]) -> None:
    for worker in crowd:
        worker.tell()
    deadline = perf_counter() + GRACE
    for worker in crowd:
        worker.end(max(0.0, deadline - perf_counter()))


def _serve(connection: Connection, lifeline: Connection, threads: int, inherited: list[Connection]) -> None:
    """A worker's life: jobs in, outcomes out, until the parent closes the pipe or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for end in inherited:
        end.close()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Thread(target=_die_with_parent, args=(lifeline,), daemon=True).start()
    with scratch() as words:
        os.dup2(words.fileno(), 2)
        while True:
            try:
                job = connection.recv()
            except (EOFError, OSError):
                return
            outcome = run(job, threads)
            if spoken := _spoken(words.fileno()):
                outcome = replace(outcome, notes=outcome.notes + spoken)
            with suppress(OSError):
                connection.send(outcome)


def _die_with_parent(lifeline: Connection) -> None:
    """Nothing is ever sent: the pipe only ends, when the parent does, however it died."""
    with suppress(EOFError, OSError):
        lifeline.recv_bytes()
    os._exit(1)


def _spoken(descriptor: int) -> tuple[str, ...]:
    """What a decoder wrote to stderr meanwhile, as notes."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    if not size:
        return ()
    text = os.pread(descriptor, 2000, 0).decode(errors="replace")
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return tuple(line for line in text.splitlines() if line.strip())
