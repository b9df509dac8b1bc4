"""Jobs on processes of their own: each outcome comes once, whatever becomes of the processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from enlarging import requested
from PIL import Image

from upscli import workers
from upscli.errors import InputError
from upscli.jobs import Crew, Job
from upscli.pictures.header import Source
from upscli.pictures.scratch import scratch
from upscli.plan import plan
from upscli.report import Outcome
from upscli.workers import work

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    for number in range(6):
        Image.effect_noise((40, 30), 80).save(tmp_path / f"{number}.png")
    sources = [Source(path) for path in sorted(tmp_path.glob("*.png"))]
    return plan(requested(sources, f"{tmp_path}/out", journaled=True)).jobs


def written(events: Iterator[Job | Outcome]) -> list[str]:
    return sorted(
        Path(event.output).name for event in events if isinstance(event, Outcome) and event.status == "written"
    )


@pytest.mark.parametrize("count", [1, 2, 9])
def test_every_job_is_begun_once_and_ends_once(jobs: list[Job], count: int) -> None:
    events = list(work(jobs, Crew(count)))
    begun = [event for event in events if isinstance(event, Job)]
    outcomes = [event for event in events if isinstance(event, Outcome)]
    assert begun == jobs
    assert sorted(outcome.output for outcome in outcomes) == sorted(job.output for job in jobs)
    assert {outcome.status for outcome in outcomes} == {"written"}


def test_no_jobs_need_no_workers() -> None:
    assert list(work([], Crew(4))) == []


@pytest.mark.parametrize("busy", [False, True])
def test_a_worker_killed_at_work_or_between_costs_nothing(
    jobs: list[Job], monkeypatch: pytest.MonkeyPatch, busy: bool
) -> None:
    give, killed = workers._Worker.give, []

    def kill(worker: Any, job: Job, timeout: float) -> None:
        if not busy and len(killed) < 3:
            os.kill(worker._process.pid, signal.SIGKILL)
            time.sleep(0.1)
        give(worker, job, timeout)
        if busy and len(killed) < 1:
            os.kill(worker._process.pid, signal.SIGKILL)
        killed.append(job)

    monkeypatch.setattr(workers._Worker, "give", kill)
    assert written(work(jobs, Crew(2))) == [f"{number}.png" for number in range(6)]


def test_a_picture_that_was_named_before_its_worker_died_is_ours_to_make_again(jobs: list[Job]) -> None:
    assert len(written(work(jobs[:1], Crew(1)))) == 1
    assert workers._again(jobs[0]).overwrite
    Path(jobs[0].output).write_bytes(b"theirs")
    assert not workers._again(jobs[0]).overwrite
    Path(jobs[0].output).unlink()
    assert not workers._again(jobs[0]).overwrite


def test_an_error_of_a_picture_is_its_outcome(jobs: list[Job]) -> None:
    jobs[2].source.path.unlink()
    failed = [event for event in work(jobs, Crew(2)) if isinstance(event, Outcome) and event.status == "failed"]
    assert [outcome.reason for outcome in failed] == [f"{jobs[2].source}: no such file"]


def test_nothing_is_begun_before_a_failure_is_heard_of(jobs: list[Job]) -> None:
    jobs[0].source.path.unlink()
    events = work(jobs, Crew(1))
    for event in events:
        if isinstance(event, Outcome):
            break
    assert isinstance(event, Outcome)
    assert event.status == "failed"
    time.sleep(0.3)
    events.close()  # type: ignore[attr-defined]
    assert not any(Path(job.output).exists() for job in jobs)


def test_the_memory_of_those_at_work_stays_under_the_bound(jobs: list[Job]) -> None:
    jobs = [job._replace(memory=60) for job in jobs]
    busy = most = 0
    for event in work(jobs, Crew(4, memory=130)):
        busy += 60 if isinstance(event, Job) else -60
        most = max(most, busy)
    assert most == 120


def test_a_job_larger_than_the_bound_works_alone(jobs: list[Job]) -> None:
    jobs = [job._replace(memory=500) for job in jobs[:3]]
    assert len(written(work(jobs, Crew(4, memory=130)))) == 3


def test_a_job_over_its_time_is_given_up_and_the_others_are_done(
    jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = jobs[1]._replace(source=Source(jobs[1].source.path.with_name("pipe")))
    os.mkfifo(slow.source.path)  # nobody ever writes to it
    began = time.monotonic()
    events = list(work([jobs[0], slow, *jobs[2:]], Crew(2, timeout=1.0)))
    (failed,) = [event for event in events if isinstance(event, Outcome) and event.status == "failed"]
    assert failed.reason == f"{slow.source}: took longer than 1 s (--timeout)"
    assert written(iter(events)) == ["0.png", "2.png", "3.png", "4.png", "5.png"]
    assert time.monotonic() - began < 10


def test_closing_ends_the_workers(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    start = workers._Worker._start
    monkeypatch.setattr(workers._Worker, "_start", lambda worker: (start(worker), made.append(worker))[0])
    events = work(jobs, Crew(3))
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert len(made) == 3
    assert not any(worker._process.is_alive() for worker in made)


def test_what_a_decoder_says_on_stderr_becomes_a_note(jobs: list[Job]) -> None:
    with scratch() as words:
        words.write(b"a warning\n\n  \nanother\n")
        words.flush()
        assert workers._spoken(words.fileno()) == ("a warning", "another")
        assert workers._spoken(words.fileno()) == ()


@pytest.mark.parametrize("most", [0, 1])
def test_a_system_that_gives_fewer_processes_has_fewer_at_work(
    jobs: list[Job], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    start, begun = workers._Worker._start, []

    def refuse(self: Any) -> None:
        if len(begun) == most:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        begun.append(start(self))

    monkeypatch.setattr(workers._Worker, "_start", refuse)
    if most:
        assert len(written(work(jobs, Crew(3)))) == len(jobs)
    else:
        with pytest.raises(InputError, match="no process can be begun"):
            list(work(jobs, Crew(3)))
