"""From what was asked to what will be done: one Job for each picture. Opens headers, never pixels.

Whatever can be refused is refused here, before anything is touched.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from upscli import journal, registry
from upscli.errors import InputError, MethodError, OutputError, UpscliError
from upscli.inputs import Entry, Inputs
from upscli.journal import Journal
from upscli.kernels.axis import Edge
from upscli.method import Method
from upscli.options import make_options
from upscli.outputs import Existing, Place, check_collisions, decide, own_results
from upscli.pictures import door
from upscli.pictures.formats import Format
from upscli.pictures.header import Header, Limits, Source
from upscli.pictures.png_writer import Compression
from upscli.report import Outcome
from upscli.size import Scale, Size, Wide
from upscli.stages import Recipe

IfLarger = Literal["fail", "skip", "copy"]


@dataclass(frozen=True)
class Request:
    """What the user asked for."""

    inputs: Inputs
    place: Place = field(default_factory=Place)
    method: str = "bicubic"
    options: Mapping[str, Any] = field(default_factory=dict)
    size: Size | None = None
    """None: twice the size, or what the method dictates."""
    if_larger: IfLarger = "fail"
    """What to do with a picture that is larger than the size asked for."""
    edge: Edge = Edge.REPLICATE
    quality: int | None = None
    compress: Compression | None = None
    """For PNG."""
    background: tuple[int, int, int] | None = None
    """Red, green, blue, 0..255."""
    existing: Existing = Existing.REFUSE
    memory: int = 0
    """Bytes that one job may plan for; 0: no bound."""
    journaled: bool = False
    """Results are written down, so that a later run can resume."""
    digest: bool = False
    """Outcomes give the results' SHA-256."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Job:
    """One picture's work: names and values only, so that it can be sent to another process."""

    source: Source
    output: str
    """A path, or `-`."""
    header: Header
    recipe: Recipe
    format: Format
    quality: int | None
    compress: Compression
    limits: Limits
    copy: bool = False
    """The file is large enough as it is: its bytes are the result."""
    overwrite: bool = False
    journal: Path | None = None
    """The folder of the journal, if there is one."""
    fingerprint: str = ""
    digest: bool = False

    @property
    def memory(self) -> int:
        """Bytes that it will take, roughly: what is held of the source, of the result, and what lies between."""
        (width, height), (wider, higher) = self.recipe.source, self.recipe.target
        streamed = self.format.name == "png"
        source = width * height * 4 * (1 if self.header.format.name != "png" else 0)
        result = 0 if streamed else wider * higher * 4
        band = (wider * 512 + width * 512) * 4 * self.recipe.layout.channels
        return _PROCESS + source + result + band


_PROCESS = 80_000_000


@dataclass
class Plan:
    """The jobs, and the pictures that are refused or skipped."""

    jobs: list[Job] = field(default_factory=list)
    refused: list[Outcome] = field(default_factory=list)
    skipped: list[Outcome] = field(default_factory=list)
    others: int = 0
    """Files of other kinds in the folders."""
    own: int = 0
    """Pictures in folders that are left alone: results of this plan or of an earlier run."""


def plan(request: Request, watch: Callable[[int, int], None] | None = None) -> Plan:
    """Decide everything. Raises UpscliError for what concerns the whole run; a picture's own fault refuses it alone.

    The only picture's fault is the whole run's. `watch` is called with (headers read, pictures in all).
    """
    method = registry.get(request.method)
    options = make_options(method.name, method.options, request.options)
    if method.target is not None and request.size is not None:
        raise MethodError(f"{method.name} decides the size itself; leave out --scale, --size, --fit and --long-edge")
    request.place.check()
    entries = request.inputs.entries
    journals = _journals(request)
    earlier = own_results(entries, _written_before(entries))
    made = Plan(refused=list(request.inputs.refused), others=request.inputs.others)
    jobs: list[Job] = []
    for index, entry in enumerate(entries, 1):
        if entry.found and entry.real in earlier:
            made.own += 1
            continue
        try:
            job = _job(request, method, options, entry, index)
        except UpscliError as error:
            if len(entries) == 1 and not made.refused and not isinstance(error, InputError):
                raise
            made.refused.append(Outcome(str(entry.source), "", "failed", str(error), method=method.name))
            continue
        if job is None:
            reason = "larger than the size asked for"
            made.skipped.append(Outcome(str(entry.source), "", "skipped", reason, method=method.name))
        else:
            jobs.append(job)
        if watch:
            watch(index, len(entries))
    now = own_results(entries, (job.output for job in jobs))
    made.own += len(now - earlier)
    jobs = [job for job in jobs if os.path.realpath(job.source.path) not in now]
    check_collisions([(job.source, job.output) for job in jobs])
    _settle(request, journals, jobs, made)
    return made


def _written_before(entries: Sequence[Entry]) -> Iterator[str]:
    """The results that journals of the folders read, or of those above them, name."""
    bases = {entry.base.absolute() for entry in entries if entry.found}
    for folder in {place for base in bases for place in (base, *base.parents)}:
        for path in journal.read(folder).outputs():
            yield str(path)


def _settle(request: Request, journals: Mapping[Path, Journal], jobs: list[Job], made: Plan) -> None:
    """Decide about outputs that exist. Raises OutputError if any must not be replaced."""
    refusals = []
    for job in jobs:
        mark = fingerprint(job) if job.journal else ""
        try:
            decision = decide(job.output, request.existing, journals.get(job.journal or Path()), mark)
        except OutputError as error:
            refusals.append(str(error))
            continue
        if decision == "skip":
            why = "up to date" if request.existing is Existing.RESUME else "exists"
            made.skipped.append(Outcome(str(job.source), job.output, "skipped", why, method=job.recipe.method))
        else:
            made.jobs.append(replace(job, overwrite=decision == "replace", fingerprint=mark))
    if refusals:
        more = f" ({len(refusals) - 1:,} more like it)" if len(refusals) > 1 else ""
        raise OutputError(refusals[0] + more)


def fingerprint(job: Job) -> str:
    """What the result depends on, in short."""
    recipe = asdict(job.recipe)
    settings = {"recipe": recipe, "format": job.format.name, "quality": job.quality, "compress": job.compress}
    return journal.fingerprint(settings | {"copy": job.copy}, job.source.path)


def _journals(request: Request) -> dict[Path, Journal]:
    """The journals of all folders that results go to."""
    if not request.journaled:
        return {}
    return {folder: journal.read(folder) for folder in {request.place.folder_of(e) for e in request.inputs.entries}}


def _job(request: Request, method: Method, options: Any, entry: Entry, index: int) -> Job | None:
    """None: the picture is larger than asked for, and those are to be skipped."""
    source = entry.source
    header = door.header(source, request.limits)
    size = request.size or Scale(Fraction(2), Fraction(2))
    wide = (header.width, header.height)
    target = method.target(wide, options) if method.target else size.of(wide)
    larger = target[0] < wide[0] or target[1] < wide[1]
    if larger and request.if_larger == "skip":
        return None
    if larger and request.if_larger == "copy":
        target = wide
    form = request.place.format_for(header)
    try:
        method.check(wide, target)
        _check_limits(request, target)
        _check_format(request, header, form, target)
    except UpscliError as error:
        raise type(error)(f"{source}: {error}") from None
    job = Job(
        source=source,
        output=request.place.path_for(entry, method.name, size, target, form, index),
        header=header,
        recipe=Recipe(
            method=method.name,
            options=asdict(options),
            edge=request.edge,
            layout=header.layout,
            source=wide,
            target=target,
            background=request.background if header.layout.alpha else None,
        ),
        format=form,
        quality=request.quality,
        compress="fast" if request.compress is None else request.compress,
        limits=request.limits,
        copy=larger and form is header.format and source.data is None,
        journal=request.place.folder_of(entry) if request.journaled else None,
        digest=request.digest,
    )
    if request.memory and job.memory > request.memory:
        raise InputError(
            f"{source}: needs about {job.memory // 2**20:,} MB, over the limit of {request.memory // 2**20:,} MB;"
            " raise it with --memory-limit"
        )
    return job


def _check_limits(request: Request, target: Wide) -> None:
    pixels = target[0] * target[1]
    if request.limits.output_pixels and pixels > request.limits.output_pixels:
        raise InputError(
            f"{target[0]} x {target[1]} is {pixels:,} pixels, over the limit of"
            f" {request.limits.output_pixels:,}; raise it with --max-output-pixels (0: no limit)"
        )


def _check_format(request: Request, header: Header, form: Format, target: Wide) -> None:
    layout = header.layout
    if request.background and layout.alpha:
        layout = layout.flat()
        if layout.color == "gray" and len(set(request.background)) > 1:
            raise OutputError("a gray picture; its --background must be a gray, such as white")
    refusal = form.refusal(layout)
    if refusal:
        raise OutputError(refusal)
    if max(target) > form.longest:
        raise OutputError(
            f"{form.name} ends at {form.longest:,} pixels a side, and {target[0]} x {target[1]} is longer;"
            " use --format png or tiff"
        )
    if request.compress is not None and form.name != "png":
        raise OutputError(f"--compress is for png, and {form.name} is written")
    if request.quality is not None and form.quality is None:
        raise OutputError(f"{form.name} loses nothing, so it has no --quality")
