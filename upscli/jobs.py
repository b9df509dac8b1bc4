"""One picture's work, decided from what was asked and its header: names, sizes and settings, no pixels."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from upscli import registry
from upscli.errors import OutputError, UpscliError
from upscli.inputs import Entry
from upscli.memory import check_disk, check_memory, grid_memory, memory_of, memory_of_frames
from upscli.method import Method
from upscli.options import as_values, make_options
from upscli.outputs import STDOUT
from upscli.pictures import door
from upscli.pictures.formats import Format, Layout, check_name
from upscli.pictures.header import Header, Limits, Source
from upscli.pictures.keeping import Strip
from upscli.recipe import Recipe, check_pixel, reduction
from upscli.request import COMPRESSED, PLAIN, Request
from upscli.size import Scale, Wide
from upscli.steps import notes_of

if TYPE_CHECKING:
    from upscli.grids import Grid
    from upscli.pictures.gif_writer import Palettes
    from upscli.pictures.png_writer import Compression


class Job(NamedTuple):
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
    compress: "Compression" = "fast"
    palettes: "Palettes" = "global"
    dither: bool = False
    limits: Limits = Limits()
    strip: Strip = "none"
    copy: bool = False
    """The file is large enough as it is: its bytes are the result."""
    overwrite: bool = False
    journal: Path | None = None
    """The folder of the journal, if there is one."""
    fingerprint: str = ""
    measured: bool = False
    """The SHA-256 of the result and the peak of memory are asked for."""
    pages: tuple["Job", ...] = ()
    """Of a file of several: this is then the first of them."""
    notes: tuple[str, ...] = ()
    """What is to be said of this work beforehand."""
    memory: int = 0
    """Bytes that it will take, roughly."""
    grid: "Grid | None" = None


def job_of(request: Request, method: Method, options: Any, entry: Entry, index: int) -> Job | None:
    """None: the picture is larger than asked for, and those are to be skipped. Raises UpscliError."""
    source, header = _looked_at(request, entry.source, method.takes == "labels")
    asked = _Asked(request, method, options, entry, index)
    if header.frames == 1 or not header.format.pages:
        return asked.job(source, header)
    from upscli.pictures import pages  # few pictures have more than one

    found = []
    for number, page in enumerate(pages.headers(source, request.limits, method.takes == "labels"), 1):
        job = asked.job(source._replace(frame=number), page._replace(frames=header.frames))
        if job is None:
            return None
        found.append(job)
    notes = tuple(dict.fromkeys(note for job in found for note in job.notes))
    memory = max(job.memory for job in found)
    return found[0]._replace(source=source, header=header, pages=tuple(found), notes=notes, memory=memory)


@dataclass(frozen=True)
class _Asked:
    """What holds for all pages of a file."""

    request: Request
    method: Method
    options: Any
    entry: Entry
    index: int

    def job(self, source: Source, header: Header) -> Job | None:
        """As `job_of`, for a picture, an animation, or one page."""
        request, method, options = self.request, self.method, self.options
        size = request.size or Scale(Fraction(2), Fraction(2))
        wide = (header.width, header.height)
        target = method.target(wide, options) if method.target else size.of(wide)
        larger = target[0] < wide[0] or target[1] < wide[1]
        if larger and request.if_larger == "skip":
            return None
        if larger and request.if_larger == "copy":
            target = wide
        form = request.place.format_for(header)
        output = request.place.path_for(self.entry, method.name, size, target, form, self.index)
        recipe = _recipe(request, method, options, header, target)
        try:
            method.check(wide, target)
            request.limits.check_result(*target)
            _check_frames(form, header, request.grids is not None)
            check_pixel(recipe, header.no_light)
            _check_format(form, recipe.layout_out, target, request.place.format or output)
        except UpscliError as error:
            raise type(error)(f"{source}: {error}") from None
        copy = larger and form is header.format and _is_whole(source) and request.keeps_bytes
        grid = None
        if request.grids and not copy:
            named = {"method": method.name, "output": output}
            grid = request.grids.of(self.entry, header, named, size, target, self.index)
        job = Job(
            source=source,
            output=output,
            header=header,
            recipe=recipe,
            format=form,
            asked="" if method.target else size.asked,
            copy=copy,
            journal=request.journal_of(self.entry),
            notes=notes_of(recipe.steps)
            + reduction(recipe)
            + (method.notes(wide, target, options) if method.notes else ()),
            memory=_memory(recipe, header, source, form) + grid_memory(recipe, grid),
            grid=grid,
            **_settings(request, header, form),
        )
        check_memory(str(source), job.memory, request.memory)
        if output != STDOUT and (form.name in PLAIN or job.compress == 0):
            check_disk(Path(output), recipe.bytes_out)
        return job


def _settings(request: Request, header: Header, form: Format) -> dict[str, Any]:
    """What was asked of the encoding, where the format has it."""
    return {
        "quality": None if form.quality is None else request.quality,
        "compress": request.compress if request.compress is not None and form.name in COMPRESSED else "fast",
        "palettes": request.palettes or "global",
        "dither": header.frames > 1 if request.dither is None else request.dither,
        "limits": request.limits,
        "strip": request.strip,
        "measured": request.measured,
    }


def _memory(recipe: Recipe, header: Header, source: Source, form: Format) -> int:
    method = registry.get(recipe.method)
    whole = method.reach_with(make_options(method.name, method.options, recipe.options)) is None
    if header.frames > 1 and not form.pages:
        return memory_of_frames(recipe, header.frames, form, whole)
    return memory_of(recipe, header.held + len(source.data or b""), form, header.orientation != 1, whole)


def _looked_at(request: Request, source: Source, as_labels: bool) -> tuple[Source, Header]:
    """The source, or one frame of it. Raises UpscliError for a frame that it does not have."""
    if request.frame is None:
        return source, door.header(source, request.limits, as_labels)
    count = door.header(source, request.limits._replace(frames=0)).frames
    if request.frame > count:
        has = f"{count:,} frames or pages" if count > 1 else "one picture"
        raise UpscliError(f"{source}: it has {has}, so there is no --frame {request.frame:,}")
    source = source._replace(frame=request.frame)
    return source, door.header(source, request.limits, as_labels)


def _is_whole(source: Source) -> bool:
    """All of a file, whose bytes can be copied."""
    return source.data is None and source.frame is None


def _check_frames(form: Format, header: Header, grid: bool) -> None:
    if grid and header.frames > 1:
        raise OutputError(f"--grid is of one picture, and these are {header.frames:,}; --frame N takes one")
    if refusal := form.several(header.frames, header.format.pages):
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


def _check_format(form: Format, layout: Layout, target: Wide, name: str) -> None:
    refusal = form.refusal(layout)
    if refusal:
        shallow = layout._replace(depth="uint8")
        more = ", or give --depth 8" if layout.depth != "uint8" and form.refusal(shallow) is None else ""
        raise OutputError(refusal + more)
    check_name(name, layout)
    if too_large := form.too_large(target, layout):
        raise OutputError(too_large)


class Crew(NamedTuple):
    """How many work, and within what bounds."""

    workers: int
    threads: int = 1
    """Of each worker."""
    memory: int = 0
    """Bytes that all jobs under way may plan for; 0: no bound."""
    timeout: float = 0.0
    """Seconds for one picture; 0: no bound."""
