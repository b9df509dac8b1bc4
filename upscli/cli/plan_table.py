"""What `--dry-run` shows."""

from typing import Any

from upscli.cli.terminal import printable, say, show_table
from upscli.jobs import Job
from upscli.plan import Plan
from upscli.report import FORMAT, Outcome


def plan_objects(planned: Plan) -> list[dict[str, Any]]:
    """One object for each picture."""
    return [_job(job) for job in planned.jobs] + [_other(o) for o in (*planned.skipped, *planned.refused)]


def show_plan_table(planned: Plan) -> None:
    """The same for people, and what is wrong with the rest."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("input", "output", "from", "to", "action"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("from", "to"))
    for row in plan_objects(planned):
        sizes = [" x ".join(map(str, row[key])) if row[key] else "" for key in ("source", "result")]
        cells = (row["input"], row["output"] or "", *sizes, row["action"] + _between(row["steps"]))
        table.add_row(*(Text(printable(str(cell))) for cell in cells))
    show_table(table)
    for outcome in planned.refused:
        say(f"upscli: {outcome.reason}")


def _between(steps: list[dict[str, Any]]) -> str:
    """The size that is made first, where there are two steps."""
    return f" ({' x '.join(map(str, steps[0]['result']))} first, then {steps[1]['method']})" if len(steps) > 1 else ""


def _job(job: Job) -> dict[str, Any]:
    action = "copy" if job.copy else "replace" if job.overwrite else "make"
    return {
        "upscli": FORMAT,
        "input": str(job.source),
        "output": job.output,
        "action": action,
        "reason": None,
        "method": job.recipe.method,
        "options": dict(job.recipe.options),
        "source": list(job.recipe.source),
        "steps": [{"method": step.method, "result": list(step.target)} for step in job.recipe.steps],
        "result": list(job.recipe.target),
        "format": job.format.name,
        "frames": job.header.frames,
        "memory": job.memory,
        "grid": job.grid.path if job.grid else None,
    }


def _other(outcome: Outcome) -> dict[str, Any]:
    return {
        "upscli": FORMAT,
        "input": outcome.input,
        "output": outcome.output or None,
        "action": "skip" if outcome.status == "skipped" else "fail",
        "reason": outcome.reason,
        "method": outcome.method,
        "options": {},
        "source": None,
        "steps": [],
        "result": None,
        "format": None,
        "frames": None,
        "memory": None,
        "grid": None,
    }
