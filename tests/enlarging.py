"""One picture file enlarged by plan and run, as the command does it."""

from pathlib import Path
from typing import Any

from upscli.pictures.header import Source
from upscli.plan import Request, plan
from upscli.report import Outcome
from upscli.run import run


def request(source: Path | str, output: Path | str | None = None, **more: Any) -> Request:
    return Request((Source(Path(source)),), None if output is None else str(output), **more)


def enlarged(source: Path | str, output: Path | str | None = None, **more: Any) -> Outcome:
    """The outcome; raises what the plan raises."""
    planned = plan(request(source, output, **more))
    return planned.refused[0] if planned.refused else run(planned.jobs[0])
