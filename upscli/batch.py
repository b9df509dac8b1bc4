"""A plan carried out: one picture in this process, many on workers."""

from collections.abc import Generator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

from upscli import journal
from upscli.plan import Job, Plan
from upscli.report import Outcome, Report
from upscli.run import run
from upscli.workers import Crew, work


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
    with ExitStack() as held, closing(_events(plan.jobs, crew, teller)) as events:
        for folder in {job.journal for job in plan.jobs if job.journal}:
            targets = {Path(job.output).parent for job in plan.jobs if job.journal == folder}
            held.enter_context(journal.held(folder, targets))
        for event in events:
            if isinstance(event, Job):
                teller.begun(event)
                continue
            note(event)
            if fail_fast and event.status == "failed":
                return


def _events(jobs: list[Job], crew: Crew, teller: Teller) -> Generator[Job | Outcome, None, None]:
    if len(jobs) > 1 or crew.timeout:
        yield from work(jobs, crew)
        return
    for job in jobs:
        yield job
        yield run(job, crew.threads, teller.rows)
