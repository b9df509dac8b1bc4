"""A plan carried out: one picture in this process, many on workers."""

from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import Protocol

from upscli import journal
from upscli.errors import OutputError
from upscli.jobs import Crew, Job
from upscli.pictures.atomic import sweep
from upscli.plan import Plan
from upscli.report import Outcome, Report
from upscli.run import failure, run


class Teller(Protocol):
    """Hears how it goes."""

    def begun(self, job: Job) -> None:
        """A picture is begun."""

    def rows(self, done: int, total: int) -> None:
        """So many rows of the only picture are done."""

    def ended(self, outcome: Outcome) -> None:
        """A picture is done, skipped or failed."""


def carry_out(plan: Plan, crew: Crew, report: Report, teller: Teller, fail_fast: bool = False) -> None:
    """Do all jobs of a plan, and add every outcome to `report` as it comes."""

    def note(outcome: Outcome) -> None:
        report.outcomes.append(outcome)
        teller.ended(outcome)

    for outcome in (*plan.refused, *plan.skipped):
        note(outcome)
    if fail_fast and plan.refused:
        return
    jobs = _begun(plan.jobs, note)
    with closing(_events(jobs, crew, teller)) as events:
        for event in events:
            if isinstance(event, Job):
                teller.begun(event)
                continue
            note(event)
            if fail_fast and event.status == "failed":
                return


def _begun(jobs: list[Job], note: Callable[[Outcome], None]) -> list[Job]:
    """The jobs whose journals can be written; what killed runs left in their folders is removed.

    Raises OutputError if no journal can be written.
    """
    closed: dict[Path, OutputError] = {}
    folders = {job.journal for job in jobs if job.journal}
    for folder in sorted(folders):
        try:
            journal.begin(folder)
        except OutputError as error:
            closed[folder] = error
    if closed and len(closed) == len(folders):
        raise next(iter(closed.values()))
    for job in jobs:
        if job.journal in closed:
            note(failure(job, str(closed[job.journal]), perf_counter()))
    open_ = [job for job in jobs if job.journal not in closed]
    written = [path for job in open_ if job.journal for path in (job.output, job.grid.path if job.grid else "") if path]
    for folder in sorted({Path(path).parent for path in written}):
        sweep(folder)
    return open_


def _events(jobs: list[Job], crew: Crew, teller: Teller) -> Generator[Job | Outcome, None, None]:
    if len(jobs) > 1 or crew.timeout:
        from upscli.workers import work  # processes cost start-up, and one picture needs none

        yield from work(jobs, crew)
        return
    for job in jobs:
        yield job
        yield run(job, crew.threads, teller.rows)
