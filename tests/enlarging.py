"""Picture files enlarged by plan and run, as the command does it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from upscli.inputs import Entry, Inputs
from upscli.outputs import Existing, Place
from upscli.pictures.header import Source
from upscli.plan import plan
from upscli.report import Outcome
from upscli.request import Request
from upscli.run import run


def requested(sources: Iterable[Source], output: str | None = None, overwrite: bool = False, **more: Any) -> Request:
    """A request for sources that are named one by one."""
    entries = [Entry(source, source.path.parent) for source in sources]
    existing = more.pop("existing", Existing.OVERWRITE if overwrite else Existing.REFUSE)
    place = Place(output, len(entries) > 1, None, more.pop("format", None))
    return Request(Inputs(entries), place, existing=existing, **more)


def request(source: Path | str, output: Path | str | None = None, **more: Any) -> Request:
    return requested([Source(Path(source))], None if output is None else str(output), **more)


def enlarged(source: Path | str, output: Path | str | None = None, **more: Any) -> Outcome:
    """The outcome; raises what the plan raises."""
    planned = plan(request(source, output, **more))
    return planned.refused[0] if planned.refused else run(planned.jobs[0])
