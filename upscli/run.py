"""One Job: read, prepare, enlarge, finish, write. A fault becomes an Outcome, and the next job goes on."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from time import perf_counter
from traceback import format_exc
from typing import TYPE_CHECKING, Any, BinaryIO

from numpy.typing import NDArray

from upscli import hands, journal
from upscli.clock import Clock
from upscli.errors import InputError, UpscliError
from upscli.jobs import Job
from upscli.outputs import STDOUT
from upscli.pictures import door
from upscli.pictures.atomic import new_file
from upscli.pictures.formats import Layout, by_extension, by_name
from upscli.pictures.header import Metadata
from upscli.pictures.profile import SRGB, curves_of, in_words
from upscli.pictures.write import Encoding, standard_output, write
from upscli.report import Outcome
from upscli.stages import enlarged

if TYPE_CHECKING:
    from upscli.grids import Grid

Watch = Callable[[int, int], None]
"""Called with (rows done, rows in all); for an animation, with frames."""

Bands = Iterator[NDArray[Any]]


def run(job: Job, threads: int = 1, watch: Watch | None = None) -> Outcome:
    """Do one job. Never raises UpscliError: the Outcome says what happened."""
    started = perf_counter()
    if job.measured:
        hands.forget_peak()
    try:
        done = _copied(job) if job.copy else _made(job, threads, watch)
        if job.grid:
            done = _with_grid(job, job.grid, threads, done)
    except UpscliError as error:
        return failure(job, str(error), started)
    except MemoryError:
        wide = " x ".join(map(str, job.recipe.target))
        return failure(job, f"{job.source}: not enough memory for {wide} pixels", started)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug must not cost the other pictures of the run
        reason = f"{job.source}: internal error ({type(error).__name__}: {error}); --debug shows where"
        return failure(job, reason, started, format_exc())
    return _outcome(job, started, status="written", peak_memory=hands.peak() if job.measured else 0, **done)


def failure(job: Job, reason: str, started: float, traceback: str = "") -> Outcome:
    """The outcome of a job that came to nothing; `started` is the time by `perf_counter`."""
    return _outcome(job, started, status="failed", reason=reason, traceback=traceback)


def _outcome(job: Job, started: float, **facts: Any) -> Outcome:
    recipe = job.recipe
    return Outcome(
        input=str(job.source),
        output="stdout" if job.output == STDOUT else job.output,
        method=recipe.method,
        options=dict(recipe.options),
        edge=str(recipe.edge),
        asked=job.asked,
        frames=job.header.frames,
        source_size=recipe.source,
        target_size=recipe.target,
        layout=(str(recipe.layout), str(recipe.layout_out)),
        format=job.format.name,
        orientation=job.header.orientation,
        seconds=perf_counter() - started,
        **facts,
    )


def _made(job: Job, threads: int, watch: Watch | None) -> dict[str, Any]:
    """Make the result; what the outcome says of it."""
    started = perf_counter()
    if job.pages:
        return _made_of_pages(job, threads, watch)
    if job.header.frames > 1:
        return _made_of_frames(job, threads, watch)
    picture = door.read(job.source, job.limits, threads, job.recipe.layout.color == "labels")
    opening = perf_counter() - started
    if picture.header != job.header:
        raise InputError(f"{job.source} changed while the work was planned; run again")
    encoding = _encoding(job, picture.metadata, threads)
    reading, making = Clock(picture.strips), Clock[NDArray[Any]](iter(()))
    curves = curves_of(picture.metadata, job.header.layout) if job.recipe.linear else SRGB
    bands = enlarged(job.recipe, reading, threads, None, curves)
    making.items = _watched(bands, job.recipe.target[1], watch)
    started = perf_counter()
    with _destination(job) as stream:
        write(making, encoding, stream)
        digest = _sha256(stream) if job.measured else ""
    return {
        "notes": job.header.notes + job.notes + encoding.notes,
        "alpha": _alpha(job),
        "icc": encoding.keeps_icc,
        "light": _light(job, picture.metadata),
        "stages": _stages(opening, reading.seconds, making.seconds, perf_counter() - started),
        "sha256": digest,
    }


def _made_of_frames(job: Job, threads: int, watch: Watch | None) -> dict[str, Any]:
    """The same for an animation."""
    from upscli import animations

    started = perf_counter()
    animation = door.read_animation(job.source, job.limits)
    opening = perf_counter() - started
    if animation.header != job.header:
        raise InputError(f"{job.source} changed while the work was planned; run again")
    encoding = _encoding(job, animation.metadata, threads)
    started = perf_counter()
    with _destination(job) as stream:
        made = animations.make(animation, job.recipe, encoding, stream, watch)
        digest = _sha256(stream) if job.measured else ""
    return {
        "notes": job.header.notes + job.notes + encoding.notes + made.notes,
        "alpha": _alpha(job),
        "icc": encoding.keeps_icc,
        "light": _light(job, animation.metadata),
        "stages": _stages(opening, made.reading, made.making, perf_counter() - started),
        "sha256": digest,
    }


def _stages(opening: float, reading: float, making: float, named: float) -> dict[str, float]:
    """Seconds until the source was open, in waiting for its pixels and the result's, and until the result was named."""
    return {"read": opening + reading, "enlarge": making - reading, "write": named - making}


def _made_of_pages(job: Job, threads: int, watch: Watch | None) -> dict[str, Any]:
    """The same for a file of several pages."""
    from upscli import documents

    started = perf_counter()
    with _destination(job) as stream:
        made = documents.make(job, partial(_encoding, threads=threads), stream, watch)
        digest = _sha256(stream) if job.measured else ""
    return {
        "notes": made.notes,
        "alpha": _alpha(job),
        "icc": made.first.keeps_icc,
        "light": _light(job, made.first.metadata),
        "stages": {"write": perf_counter() - started},
        "sha256": digest,
    }


def _encoding(job: Job, metadata: Metadata, threads: int) -> Encoding:
    return Encoding(
        format=job.format,
        layout=job.recipe.layout_out,
        size=job.recipe.target,
        metadata=metadata,
        quality=job.quality,
        compress=job.compress,
        palettes=job.palettes,
        dither=job.dither,
        threads=threads,
        strip=job.strip,
    )


def _with_grid(job: Job, grid: "Grid", threads: int, done: dict[str, Any]) -> dict[str, Any]:
    """Draw the grid; `done` with what is to be said of it."""
    from upscli.compare import compare  # few runs ask for one
    from upscli.pictures import drawing
    from upscli.sheet import Look, sheet_of
    from upscli.trial import trial_of

    started = perf_counter()
    found = compare(trial_of(job, grid), threads)
    colors = drawing.pixels_of(sheet_of(found, Look()))
    form = by_extension(grid.path) or by_name("png")
    layout = Layout("rgb", False, "uint8")
    encoding = Encoding(form, layout, (colors.shape[1], colors.shape[0]), Metadata(), threads=threads)
    with _new_file(job, grid.path, grid.overwrite, grid.fingerprint) as stream:
        write(iter([colors]), encoding, stream)
    stages = {**done["stages"], "grid": perf_counter() - started}
    return {**done, "grid": grid.path, "stages": stages}


def _copied(job: Job) -> dict[str, Any]:
    """The source's bytes are the result."""
    started = perf_counter()
    with _destination(job) as stream:
        for piece in _pieces(job):
            stream.write(piece)
        digest = _sha256(stream) if job.measured else ""
    note = "large enough already: copied as it is"
    return {"notes": (*job.header.notes, note), "stages": {"copy": perf_counter() - started}, "sha256": digest}


def _pieces(job: Job) -> Iterator[bytes]:
    try:
        with job.source.path.open("rb") as source:
            while piece := source.read(1 << 20):
                yield piece
    except OSError as error:
        raise InputError(f"{job.source}: cannot be read ({error.strerror})") from error


def _destination(job: Job) -> AbstractContextManager[BinaryIO]:
    if job.output == STDOUT:
        return standard_output(sys.stdout.buffer)
    return _new_file(job, job.output, job.overwrite, job.fingerprint)


def _new_file(job: Job, output: str, overwrite: bool, fingerprint: str) -> AbstractContextManager[BinaryIO]:
    path = Path(output)

    def announce(found: os.stat_result) -> None:
        if job.journal:
            journal.append(job.journal, path, fingerprint, found)

    return new_file(path, overwrite, announce)


def _alpha(job: Job) -> str:
    if not job.recipe.layout.alpha:
        return ""
    if job.recipe.background:
        return "laid on #{:02x}{:02x}{:02x}".format(*job.recipe.background)
    return "enlarged with the colors, which were premultiplied"


def _light(job: Job, metadata: Metadata) -> str:
    return in_words(metadata) if job.recipe.linear else ""


def _watched(bands: Bands, rows: int, watch: Watch | None) -> Bands:
    done = 0
    for band in bands:
        yield band
        done += len(band)
        if watch:
            watch(done, rows)


def _sha256(stream: BinaryIO) -> str:
    stream.flush()
    stream.seek(0)
    import hashlib  # costs a tenth of the start-up, and few runs ask for it

    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
