"""One picture's work, decided from what was asked and its header: names, sizes and settings, no pixels."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from upscli import journal, registry
from upscli.errors import InputError, OutputError, UpscliError
from upscli.grids import Grid, Grids
from upscli.inputs import Entry, Inputs
from upscli.kernels.axis import Edge
from upscli.memory import check_disk, check_memory, grid_memory, memory_of, memory_of_frames
from upscli.method import Method
from upscli.options import as_values, make_options
from upscli.outputs import STDOUT, Existing, Place
from upscli.pictures import door
from upscli.pictures.formats import Format, Layout, check_name, with_quality
from upscli.pictures.gif_writer import Palettes
from upscli.pictures.header import Header, Limits, Source
from upscli.pictures.keeping import Strip
from upscli.pictures.png_writer import Compression
from upscli.size import Scale, Size, Wide
from upscli.stages import Recipe, check_pixel, reduction

COMPRESSED = ("png", "tiff")
"""Formats that --compress is for."""
PLAIN = ("pnm", "pam", "bmp")
"""Formats whose files are as long as their pixels."""

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
    """For the results whose format has one."""
    compress: Compression | None = None
    """For the results that are PNG or TIFF."""
    background: tuple[int, int, int] | None = None
    """Red, green, blue, 0..255."""
    depth: str | None = None
    """`uint8` or `uint16`; None: each picture's own."""
    linear: bool = False
    """Resample light, not levels."""
    strip: Strip = "none"
    """What of the metadata is left out."""
    frame: int | None = None
    """Of an animation only this one, from 1."""
    palettes: Palettes | None = None
    """For the results that are GIF animations."""
    dither: bool | None = None
    """For the results that are GIF."""
    existing: Existing = Existing.REFUSE
    memory: int = 0
    """Bytes that one job may plan for; 0: no bound."""
    journaled: bool = False
    """Results are written down, so that a later run can resume."""
    digest: bool = False
    """Outcomes give the results' SHA-256."""
    grids: Grids | None = None
    """To be drawn beside the results."""
    limits: Limits = field(default_factory=Limits)

    def journal_of(self, entry: Entry) -> Path | None:
        """The folder whose journal names the result."""
        return self.place.folder_of(entry) if self.journaled else None


@dataclass(frozen=True)
class Job:
    """One picture's work: names and values only, so that it can be sent to another process."""

    source: Source
    output: str
    """A path, or `-`."""
    header: Header
    recipe: Recipe
    format: Format
    asked: str = ""
    """The size that was asked for, in words; empty where the method decides."""
    quality: int | None = None
    compress: Compression = "fast"
    palettes: Palettes = "global"
    dither: bool = False
    limits: Limits = field(default_factory=Limits)
    strip: Strip = "none"
    copy: bool = False
    """The file is large enough as it is: its bytes are the result."""
    overwrite: bool = False
    journal: Path | None = None
    """The folder of the journal, if there is one."""
    fingerprint: str = ""
    digest: bool = False
    notes: tuple[str, ...] = ()
    """What is to be said of this work beforehand."""
    memory: int = 0
    """Bytes that it will take, roughly."""
    grid: Grid | None = None


def job_of(request: Request, method: Method, options: Any, entry: Entry, index: int) -> Job | None:
    """None: the picture is larger than asked for, and those are to be skipped. Raises UpscliError."""
    source, header = _looked_at(request, entry.source, method.takes == "labels")
    size = request.size or Scale(Fraction(2), Fraction(2))
    wide = (header.width, header.height)
    target = method.target(wide, options) if method.target else size.of(wide)
    larger = target[0] < wide[0] or target[1] < wide[1]
    if larger and request.if_larger == "skip":
        return None
    if larger and request.if_larger == "copy":
        target = wide
    form = request.place.format_for(header)
    output = request.place.path_for(entry, method.name, size, target, form, index)
    try:
        method.check(wide, target)
        check_pixels(request.limits, target)
        _check_frames(form, header)
        recipe = _recipe(request, method, options, header, target)
        check_pixel(recipe, header.no_light)
        _check_format(form, recipe.layout_out, target, request.place.format or output)
    except UpscliError as error:
        raise type(error)(f"{source}: {error}") from None
    copy = larger and form is header.format and _is_whole(source) and not recipe.depth and request.strip == "none"
    grid = None
    if request.grids and not copy:
        grid = request.grids.of(entry, header, {"method": method.name, "output": output}, size, target, index)
    job = Job(
        source=source,
        output=output,
        header=header,
        recipe=recipe,
        format=form,
        asked="" if method.target else size.asked,
        quality=None if form.quality is None else request.quality,
        compress=request.compress if request.compress is not None and form.name in COMPRESSED else "fast",
        palettes=request.palettes or "global",
        dither=header.frames > 1 if request.dither is None else request.dither,
        limits=request.limits,
        strip=request.strip,
        copy=copy,
        journal=request.journal_of(entry),
        digest=request.digest,
        notes=reduction(recipe) + (method.notes(wide, target, options) if method.notes else ()),
        memory=_memory(recipe, header, source, form) + grid_memory(recipe, grid),
        grid=grid,
    )
    check_memory(str(source), job.memory, request.memory)
    if output != STDOUT and (form.name in PLAIN or job.compress == 0):
        check_disk(Path(output), recipe.bytes_out)
    return job


def _looked_at(request: Request, source: Source, as_labels: bool) -> tuple[Source, Header]:
    """The source, or one frame of it. Raises UpscliError for a frame that it does not have."""
    if request.frame is None:
        return source, door.header(source, request.limits, as_labels)
    count = door.header(source, replace(request.limits, frames=0)).frames
    if request.frame > count:
        raise UpscliError(
            f"{source}: it has {count:,} frame{'s' * (count > 1)}, so there is no --frame {request.frame:,}"
        )
    source = replace(source, frame=request.frame)
    return source, door.header(source, request.limits, as_labels)


def _is_whole(source: Source) -> bool:
    """All of a file, whose bytes can be copied."""
    return source.data is None and source.frame is None


def _memory(recipe: Recipe, header: Header, source: Source, form: Format) -> int:
    method = registry.get(recipe.method)
    whole = method.reach_with(make_options(method.name, method.options, recipe.options)) is None
    if header.frames > 1:
        return memory_of_frames(recipe, form, whole)
    return memory_of(recipe, header.held + len(source.data or b""), form, header.orientation != 1, whole)


def _check_frames(form: Format, header: Header) -> None:
    if refusal := form.unmoved(header.frames):
        raise OutputError(refusal)


def _recipe(request: Request, method: Method, options: Any, header: Header, target: Wide) -> Recipe:
    return Recipe(
        method=method.name,
        options=as_values(options),
        edge=request.edge,
        layout=header.layout,
        source=(header.width, header.height),
        target=target,
        background=request.background if header.layout.alpha else None,
        depth=request.depth,
        linear=request.linear,
    )


def check_encoding(request: Request, formats: set[Format]) -> None:
    """Raise OutputError for a setting that none of these formats has."""
    names = " and ".join(sorted(form.name for form in formats))
    if request.compress is not None and all(form.name not in COMPRESSED for form in formats):
        raise OutputError(f"--compress is for {' and '.join(COMPRESSED)}, and the result is {names}")
    if request.quality is not None and all(form.quality is None for form in formats):
        raise OutputError(f"{names} has no --quality; {with_quality()} have")
    if all(form.name != "gif" for form in formats):
        for word, given in (("--palette", request.palettes), ("--dither", request.dither)):
            if given is not None:
                raise OutputError(f"{word} is for gif, and the result is {names}")


def fingerprint(job: Job) -> str:
    """What the result depends on, in short. Raises InputError for a source that is gone."""
    settings = {
        "recipe": vars(job.recipe),
        "files": [_facts(value) for value in job.recipe.options.values()],
        "format": job.format.name,
        "quality": job.quality,
        "compress": job.compress,
        "strip": job.strip,
        "copy": job.copy,
    }
    if job.source.frame is not None:
        settings["frame"] = job.source.frame
    if job.format.name == "gif":
        settings |= {"palettes": job.palettes, "dither": job.dither}
    try:
        return journal.fingerprint(settings, job.source)
    except OSError as error:
        raise InputError(f"{job.source}: cannot be read ({error.strerror})") from None


def _facts(value: object) -> tuple[int, int] | None:
    """Of the file that an option may name, such as trained weights."""
    with suppress(OSError, ValueError):
        if isinstance(value, (str, Path)) and value:
            found = Path(value).stat()
            return found.st_size, found.st_mtime_ns
    return None


def check_pixels(limits: Limits, target: Wide) -> None:
    """Raise InputError for a result over the limit."""
    pixels = target[0] * target[1]
    if limits.output_pixels and pixels > limits.output_pixels:
        raise InputError(
            f"{target[0]} x {target[1]} is {pixels:,} pixels, over the limit of"
            f" {limits.output_pixels:,}; raise it with --max-output-pixels (0: no limit)"
        )


def _check_format(form: Format, layout: Layout, target: Wide, name: str) -> None:
    refusal = form.refusal(layout)
    if refusal:
        shallow = replace(layout, depth="uint8")
        more = ", or give --depth 8" if layout.depth != "uint8" and form.refusal(shallow) is None else ""
        raise OutputError(refusal + more)
    check_name(name, layout)
    if too_large := form.too_large(target, layout):
        raise OutputError(too_large)


@dataclass(frozen=True)
class Crew:
    """How many work, and within what bounds."""

    workers: int
    threads: int = 1
    """Of each worker."""
    memory: int = 0
    """Bytes that all jobs under way may plan for; 0: no bound."""
    timeout: float = 0.0
    """Seconds for one picture; 0: no bound."""
