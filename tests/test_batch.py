"""A plan carried out: every picture is told of once, in this process or on workers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from enlarging import requested
from PIL import Image

from upscli import workers
from upscli.batch import carry_out
from upscli.errors import OutputError
from upscli.jobs import Crew, Job
from upscli.journal import NAME
from upscli.pictures.header import Source
from upscli.plan import Plan, plan
from upscli.report import Outcome, Report


class Listener:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.begun_: list[str] = []
        self.rows_: list[tuple[int, int]] = []
        self.ended_: list[Outcome] = []

    def begun(self, job: Job) -> None:
        self.begun_.append(job.source.path.name)

    def rows(self, done: int, total: int) -> None:
        self.rows_.append((done, total))

    def ended(self, outcome: Outcome) -> None:
        self.ended_.append(outcome)


@pytest.fixture
def planned(tmp_path: Path) -> Plan:
    for name in ("a", "b", "c"):
        Image.effect_noise((40, 30), 80).save(tmp_path / f"{name}.png")
    (tmp_path / "bad.png").write_bytes(b"bad")
    sources = [Source(tmp_path / f"{name}.png") for name in ("a", "bad", "b", "c")]
    return plan(requested(sources, f"{tmp_path}/out", journaled=True))


def carried(planned: Plan, fail_fast: bool = False, **crew: float) -> tuple[Report, Listener]:
    report, listener = Report(), Listener()
    carry_out(planned, Crew(**{"workers": 2, **crew}), report, listener, fail_fast)  # type: ignore[arg-type]
    return report, listener


def test_every_picture_is_told_of_once(planned: Plan) -> None:
    report, listener = carried(planned)
    assert sorted(listener.begun_) == ["a.png", "b.png", "c.png"]
    assert report.outcomes == listener.ended_
    assert (report.count("written"), report.count("failed")) == (3, 1)
    assert report.outcomes[0].status == "failed", "what the plan refused comes first"


def test_the_only_picture_is_done_here_and_tells_its_rows(planned: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(workers, "work")
    del planned.jobs[1:]
    report, listener = carried(planned)
    assert report.count("written") == 1
    assert listener.rows_[-1] == (60, 60)


def test_fail_fast_stops_before_the_work_where_the_plan_refused(planned: Plan) -> None:
    report, listener = carried(planned, fail_fast=True)
    assert (len(report.outcomes), listener.begun_) == (1, [])


def test_fail_fast_stops_at_the_first_that_fails(planned: Plan) -> None:
    planned.refused.clear()
    planned.jobs[0].source.path.unlink()
    report, _ = carried(planned, fail_fast=True, workers=1)
    assert [outcome.status for outcome in report.outcomes] == ["failed"]
    assert not list(Path(planned.jobs[1].output).parent.glob("*.png"))


def test_one_folder_without_a_journal_costs_its_pictures_alone(planned: Plan, tmp_path: Path) -> None:
    (tmp_path / "other" / NAME).mkdir(parents=True)
    planned.jobs[1] = planned.jobs[1]._replace(journal=tmp_path / "other")
    report, _ = carried(planned)
    assert [Path(outcome.input).name for outcome in report.failed] == ["bad.png", "b.png"]
    assert report.failed[1].reason.startswith(f"{tmp_path / 'other'}: cannot be written")
    assert report.count("written") == 2


def test_no_journal_at_all_refuses_the_run(planned: Plan, tmp_path: Path) -> None:
    (tmp_path / "out" / NAME).mkdir(parents=True)
    with pytest.raises(OutputError, match="out: cannot be written"):
        carried(planned)


@pytest.mark.skipif(os.name != "posix", reason="needs locks")
def test_the_left_overs_of_others_at_work_stay(planned: Plan, tmp_path: Path) -> None:
    import fcntl

    (tmp_path / "out").mkdir()
    theirs, dead = tmp_path / "out/.upscli-1.part", tmp_path / "out/.upscli-2.part"
    dead.touch()
    with theirs.open("wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        carried(planned)
        assert (theirs.exists(), dead.exists()) == (True, False)
