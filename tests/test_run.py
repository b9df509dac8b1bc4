"""One job: it is done, or its outcome says in one sentence why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from enlarging import enlarged, request
from PIL import Image

from upscli import run as work
from upscli.errors import ExitCode, InputError, OutputError
from upscli.plan import plan
from upscli.report import Outcome, Report
from upscli.run import run


@pytest.fixture
def source(tmp_path: Path) -> Path:
    Image.effect_noise((30, 20), 80).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def test_an_outcome_is_a_recipe(source: Path) -> None:
    outcome = enlarged(source, source.with_name("b.png"), method="lanczos", options={"lobes": 4})
    assert (outcome.status, outcome.reason, outcome.traceback) == ("written", "", "")
    assert (outcome.input, outcome.output) == (str(source), str(source.with_name("b.png")))
    assert outcome.method == "lanczos"
    assert outcome.options["lobes"] == 4
    assert (outcome.source_size, outcome.target_size) == ((30, 20), (60, 40))
    assert outcome.seconds > 0


def test_the_same_job_gives_the_same_bytes(source: Path) -> None:
    for name in ("b.png", "c.png"):
        assert enlarged(source, source.with_name(name)).status == "written"
    assert source.with_name("b.png").read_bytes() == source.with_name("c.png").read_bytes()


def test_a_watch_sees_the_rows_grow_to_all(source: Path) -> None:
    seen: list[tuple[int, int]] = []
    (job,) = plan(request(source, method="nearest", size=None)).jobs
    assert run(job, watch=lambda done, rows: seen.append((done, rows))).status == "written"
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1] == (40, 40)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (InputError("a.png: broken"), "a.png: broken"),
        (OutputError("b.png exists"), "b.png exists"),
        (MemoryError(), "not enough memory for 60 x 40 pixels"),
        (ZeroDivisionError("a bug"), "internal error (ZeroDivisionError: a bug); --debug shows where"),
    ],
)
def test_what_goes_wrong_becomes_the_outcome(
    source: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(work, "enlarged", fail)
    outcome = enlarged(source, source.with_name("b.png"))
    assert outcome.status == "failed"
    assert outcome.reason.endswith(reason)
    assert bool(outcome.traceback) == isinstance(error, ZeroDivisionError)
    assert sorted(path.name for path in source.parent.iterdir()) == ["a.png"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, BrokenPipeError])
def test_the_wish_to_stop_passes_through(
    source: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def stop(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(work, "enlarged", stop)
    with pytest.raises(error):
        enlarged(source)
    assert sorted(path.name for path in source.parent.iterdir()) == ["a.png"]


def test_a_source_that_vanished_is_an_outcome(source: Path) -> None:
    (job,) = plan(request(source)).jobs
    source.unlink()
    assert run(job).reason == f"{source}: no such file"


def test_a_source_of_another_size_is_an_outcome(source: Path) -> None:
    (job,) = plan(request(source)).jobs
    Image.new("L", (31, 20)).save(source)
    assert run(job).reason == f"{source} changed while the work was planned; run again"


def outcome(status: Any) -> Outcome:
    return Outcome("a", "b", status)


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([], ExitCode.OK),
        (["written"], ExitCode.OK),
        (["written", "failed", "written"], ExitCode.FAILED),
        (["failed"], ExitCode.FAILED),
    ],
)
def test_a_report_has_the_exit_code(statuses: list[str], code: ExitCode) -> None:
    report = Report([outcome(status) for status in statuses])
    assert report.exit_code is code
    assert len(report.failed) == statuses.count("failed")
