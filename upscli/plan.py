"""From what was asked to what will be done: one Job for each picture. Opens headers, never pixels.

Whatever can be refused is refused here, before anything is touched.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from upscli import registry
from upscli.errors import InputError, MethodError, OutputError
from upscli.kernels.axis import Edge
from upscli.method import Method
from upscli.options import make_options
from upscli.pictures import door
from upscli.pictures.atomic import exists, is_device
from upscli.pictures.formats import Format, by_extension, by_name
from upscli.pictures.header import Header, Limits, Source
from upscli.pictures.png_writer import Compression
from upscli.report import Outcome
from upscli.size import Scale, Size, Wide
from upscli.stages import Recipe

STDOUT = "-"


@dataclass(frozen=True)
class Request:
    """What the user asked for."""

    inputs: tuple[Source, ...]
    output: str | None = None
    """A file, a folder, `-` for standard output, or None: beside the input."""
    method: str = "bicubic"
    options: Mapping[str, Any] = field(default_factory=dict)
    size: Size | None = None
    """None: twice the size, or what the method dictates."""
    edge: Edge = Edge.REPLICATE
    format: str | None = None
    quality: int | None = None
    compress: Compression | None = None
    """For PNG."""
    background: tuple[int, int, int] | None = None
    """Red, green, blue, 0..255."""
    overwrite: bool = False
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
    overwrite: bool
    limits: Limits


@dataclass(frozen=True)
class Plan:
    """The jobs, and the pictures that are refused."""

    jobs: tuple[Job, ...]
    refused: tuple[Outcome, ...] = ()


def plan(request: Request) -> Plan:
    """Decide everything. Raises UpscliError for what concerns the whole run; a picture's own fault refuses it alone."""
    method = registry.get(request.method)
    options = make_options(method.name, method.options, request.options)
    _check_words(request, method)
    jobs: list[Job] = []
    refused: list[Outcome] = []
    for source in request.inputs:
        try:
            jobs.append(_job(request, method, options, source))
        except InputError as error:
            refused.append(Outcome(str(source), "", "failed", str(error), method=method.name))
    _check_outputs(jobs, request.overwrite)
    return Plan(tuple(jobs), tuple(refused))


def _check_words(request: Request, method: Method) -> None:
    if method.target is not None and request.size is not None:
        raise MethodError(f"{method.name} decides the size itself; leave out --scale, --size, --fit and --long-edge")
    if request.format is not None:
        by_name(request.format)


def _job(request: Request, method: Method, options: Any, source: Source) -> Job:
    header = door.header(source, request.limits)
    size = request.size or Scale(Fraction(2), Fraction(2))
    wide = (header.width, header.height)
    target = method.target(wide, options) if method.target else size.of(wide)
    _check_target(request, method, source, wide, target)
    form = _format(request, header)
    output = _output(request, source, size.label(target), form)
    _check_background(request, source, header)
    _check_format(request, source, header, form, target)
    return Job(
        source=source,
        output=output,
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
        overwrite=request.overwrite,
        limits=request.limits,
    )


def _check_target(request: Request, method: Method, source: Source, wide: Wide, target: Wide) -> None:
    try:
        method.check(wide, target)
    except MethodError as error:
        raise MethodError(f"{source}: {error}") from None
    pixels = target[0] * target[1]
    if request.limits.output_pixels and pixels > request.limits.output_pixels:
        raise InputError(
            f"{source}: {target[0]} x {target[1]} is {pixels:,} pixels, over the limit of"
            f" {request.limits.output_pixels:,}; raise it with --max-output-pixels (0: no limit)"
        )


def _format(request: Request, header: Header) -> Format:
    """What --format says, else what the output's extension says, else the input's own."""
    named = by_extension(request.output) if request.output and not _is_folder(request) else None
    if request.format is None:
        if request.output not in (None, STDOUT) and not _is_folder(request) and named is None:
            raise OutputError(f"{request.output}: the extension names no format; use one such as .png, or --format")
        return named or header.format
    asked = by_name(request.format)
    if named not in (None, asked):
        raise OutputError(f"{request.output} is named as {named.name}, but --format says {asked.name}")
    return asked


def _check_format(request: Request, source: Source, header: Header, form: Format, target: Wide) -> None:
    flat = request.background is not None and header.layout.alpha
    refusal = form.refusal(header.layout.flat() if flat else header.layout)
    if refusal:
        raise OutputError(f"{source}: {refusal}")
    if max(target) > form.longest:
        raise OutputError(
            f"{source}: {form.name} ends at {form.longest:,} pixels a side, and {target[0]} x {target[1]} is longer;"
            " use --format png or tiff"
        )
    if request.compress is not None and form.name != "png":
        raise OutputError(f"{source}: --compress is for png, and {form.name} is written")
    if request.quality is not None and form.quality is None:
        raise OutputError(f"{source}: {form.name} loses nothing, so it has no --quality")


def _check_background(request: Request, source: Source, header: Header) -> None:
    if (
        request.background
        and header.layout.alpha
        and header.layout.color == "gray"
        and len(set(request.background)) > 1
    ):
        raise OutputError(f"{source} is gray, so its --background must be a gray, such as white")


def _is_folder(request: Request) -> bool:
    output = request.output
    if output in (None, STDOUT):
        return False
    return output.endswith(("/", os.sep)) or len(request.inputs) > 1 or _is_dir(Path(output))


def _is_dir(path: Path) -> bool:
    """False also for what cannot be looked at."""
    with suppress(OSError):
        return path.is_dir()
    return False


def _output(request: Request, source: Source, label: str, form: Format) -> str:
    if request.output == STDOUT:
        return STDOUT
    extension = _extension(source, form)
    if request.output is None:
        if source.data is not None:
            raise OutputError("stdin has no folder to write beside; give -o FILE, or -o - for stdout")
        return str(source.path.with_name(f"{source.path.stem}_{request.method}_{label}{extension}"))
    if _is_folder(request):
        return str(Path(request.output) / f"{source.path.stem}{extension}")
    if not _is_dir(Path(request.output).parent):
        raise OutputError(f"{request.output}: the folder {Path(request.output).parent} does not exist")
    return request.output


def _extension(source: Source, form: Format) -> str:
    """The input's own spelling where it names the format."""
    own = source.path.suffix
    return own if by_extension(source.path.name) is form else form.extensions[0]


def _check_outputs(jobs: list[Job], overwrite: bool) -> None:
    owner: dict[str, Source] = {}
    inputs = {os.path.realpath(job.source.path) for job in jobs if job.source.data is None}
    for job in jobs:
        if job.output == STDOUT:
            continue
        path = os.path.realpath(job.output)
        if path in owner:
            raise OutputError(f"{owner[path]} and {job.source} would both become {job.output}")
        owner[path] = job.source
        if path in inputs:
            raise OutputError(f"{job.output} is an input, and inputs are never replaced; give -o another name")
        if _is_taken(job.output) and not overwrite and not is_device(Path(job.output)):
            raise OutputError(exists(Path(job.output)))


def _is_taken(path: str) -> bool:
    """Raises OutputError for a name that the system refuses."""
    try:
        Path(path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from None
    return True
