"""From what was asked to what will be done: one Job for each picture. Opens headers, never pixels.

Whatever can be refused is refused here, before anything is touched.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from upscli import journal, registry
from upscli.errors import InputError, MethodError, OutputError, UpscliError
from upscli.inputs import Entry
from upscli.jobs import Job, job_of
from upscli.journal import Journal
from upscli.options import make_options
from upscli.outputs import Existing, check_collisions, decide, results_among
from upscli.pictures.atomic import exists
from upscli.pictures.header import Source
from upscli.report import Outcome
from upscli.request import Request
from upscli.settings import check_encoding, fingerprint

if TYPE_CHECKING:
    from upscli.grids import Grid

Watch = Callable[[int, int], None]
"""Called with (headers read, pictures in all)."""


@dataclass
class Plan:
    """The jobs, and the pictures that are refused or skipped."""

    jobs: list[Job] = field(default_factory=list)
    refused: list[Outcome] = field(default_factory=list)
    skipped: list[Outcome] = field(default_factory=list)
    others: int = 0
    """Files of other kinds in the folders."""
    own: int = 0
    """Pictures that are left alone: results of this plan or of an earlier run, found in folders or named to resume."""
    _errors: list[UpscliError] = field(default_factory=list)

    def refuse(self, source: Source, error: UpscliError, method: str, output: str = "") -> None:
        """One picture cannot be done; the others can."""
        self._errors.append(error)
        self.refused.append(Outcome(str(source), output, "failed", str(error), method=method))

    def check(self) -> None:
        """Raise the error if there is nothing to do and no picture is to blame: then the words are."""
        first = self._errors[0] if self._errors else None
        if first is None or self.jobs or self.skipped or len(self.refused) > len(self._errors):
            return
        if not any(isinstance(error, InputError) for error in self._errors):
            raise type(first)(f"{first}{_more(len(self._errors))}")


def plan(request: Request, watch: Watch | None = None) -> Plan:
    """Decide everything. Raises UpscliError for what concerns the whole run; a picture's own fault refuses it alone."""
    request.place.check()
    inputs = request.inputs
    made = Plan(refused=list(inputs.refused), others=inputs.others)
    journals = _journals(request)
    written = [str(path) for known in journals for path in known.outputs()]
    earlier = results_among(inputs.entries, ((None, path) for path in written))
    entries = _without(inputs.entries, earlier)
    jobs = _jobs(request, entries, made, watch)
    if request.existing is not Existing.OVERWRITE:  # what may be replaced must not pass for a result unless it is one
        named = _written_before(entries, written) if request.existing is Existing.RESUME else ()
        now = results_among(entries, _results(jobs), named)
        entries = _without(entries, now)
        jobs = [job for job in jobs if os.path.realpath(job.source.path) not in now]
    made.own = len(inputs.entries) - len(entries)
    check_collisions(_results(jobs), [entry.source for entry in entries])
    if jobs:
        check_encoding(request, {job.format for job in jobs})
    _settle(request, journals, jobs, made)
    made.check()
    return made


def _jobs(request: Request, entries: Sequence[Entry], made: Plan, watch: Watch | None) -> list[Job]:
    method = registry.get(request.method)
    options = make_options(method.name, method.options, request.options)
    if method.target is not None and request.size is not None:
        raise MethodError(f"{method.name} decides the size itself; leave out --scale, --size, --fit and --long-edge")
    jobs = []
    for index, entry in enumerate(entries, 1):
        if watch:
            watch(index, len(entries))
        try:
            job = job_of(request, method, options, entry, index)
            if job is not None and job.grid:
                _check_grid(job, job.grid)
        except UpscliError as error:
            made.refuse(entry.source, error, method.name)
            continue
        if job is None:
            reason = "larger than the size asked for"
            made.skipped.append(Outcome(str(entry.source), "", "skipped", reason, method=method.name))
        else:
            jobs.append(job)
    return jobs


def _check_grid(job: Job, grid: "Grid") -> None:
    """Raise UpscliError for methods that cannot stand on it."""
    from upscli.trial import trial_of  # few runs ask for grids

    trial_of(job, grid)


def _results(jobs: Sequence[Job]) -> list[tuple[Source, str]]:
    """All files to be."""
    return [(job.source, path) for job in jobs for path in (job.output, job.grid.path if job.grid else "") if path]


def _without(entries: Sequence[Entry], results: set[str]) -> list[Entry]:
    return [entry for entry in entries if entry.real not in results]


def _written_before(entries: Sequence[Entry], written: Sequence[str]) -> set[str]:
    """Of the files that were named, those that an earlier run wrote: a shell's glob names them with their sources."""
    named = {entry.real for entry in entries if not entry.found}
    return named & set(map(os.path.realpath, written)) if named else named


def _journals(request: Request) -> list[Journal]:
    """What earlier runs wrote down where this one writes: in the output folder, or that of the output; without one, in
    the folders that hold the pictures and those above them, whichever of them was named then."""
    place = request.place
    folders: set[Path] = set()
    if place.is_folder or place.is_file:
        folders = {place.folder_of(entry) for entry in request.inputs.entries}
    elif place.output is None:
        parents = {entry.source.path.parent.absolute() for entry in request.inputs.entries}
        folders = {folder for parent in parents for folder in (parent, *parent.parents)}
    return [found for folder in sorted(folders) if (found := journal.read(folder)).lines]


def _settle(request: Request, journals: Sequence[Journal], jobs: Sequence[Job], made: Plan) -> None:
    """Decide about outputs that exist. Raises OutputError if any does, and nothing was said about it."""
    there = []
    for job in jobs:
        try:
            mark = fingerprint(job) if job.journal else ""
            decision = decide(job.output, request.existing, journals, mark)
            grid, beside = _settled_grid(job, request.existing, journals, mark)
        except UpscliError as error:
            made.refuse(job.source, error, job.recipe.method, job.output)
            continue
        if "refuse" in (decision, beside):
            there.append(job.output if decision == "refuse" or grid is None else grid.path)
        elif decision == "skip" and (beside == "skip" or request.existing is Existing.SKIP):
            why = "up to date" if request.existing is Existing.RESUME else "exists"
            made.skipped.append(Outcome(str(job.source), job.output, "skipped", why, method=job.recipe.method))
        else:
            replacing = decision in ("replace", "skip")  # it is whole, but its grid is not
            grid = None if beside == "skip" else grid
            made.jobs.append(job._replace(overwrite=replacing, fingerprint=mark, grid=grid))
    if there:
        raise OutputError(exists(Path(there[0])) + _more(len(there)))


def _settled_grid(job: Job, existing: Existing, journals: Sequence[Journal], mark: str) -> "tuple[Grid | None, str]":
    """The grid and what is decided about it, as by `decide`; `skip` where there is none."""
    if job.grid is None:
        return None, "skip"
    if mark:
        mark = f"{mark} beside {', '.join(one.label for one in job.grid.against)}"
    decision = decide(job.grid.path, existing, journals, mark)
    return job.grid._replace(overwrite=decision == "replace", fingerprint=mark), decision


def _more(count: int) -> str:
    return f" ({count - 1:,} more like it)" if count > 1 else ""
