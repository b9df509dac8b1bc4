"""One Job: read, prepare, enlarge, finish, write. What goes wrong becomes an Outcome, and the next job goes on."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from traceback import format_exc
from typing import Any

from numpy.typing import NDArray

from upscli.errors import InputError, UpscliError
from upscli.pictures import door
from upscli.pictures.atomic import new_file
from upscli.pictures.write import Encoding, standard_output, write
from upscli.plan import STDOUT, Job
from upscli.report import Outcome
from upscli.stages import enlarged

Watch = Callable[[int, int], None]
"""Called with (rows done, rows in all)."""


def run(job: Job, threads: int = 1, watch: Watch | None = None) -> Outcome:
    """Do one job. Never raises UpscliError: the Outcome says what happened."""
    started = perf_counter()
    notes: tuple[str, ...] = ()
    reason = trace = ""
    try:
        notes = _do(job, threads, watch)
    except UpscliError as error:
        reason = str(error)
    except MemoryError:
        reason = f"{job.source}: not enough memory for {job.recipe.target[0]} x {job.recipe.target[1]} pixels"
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug must not cost the other pictures of the run
        reason = f"{job.source}: internal error ({type(error).__name__}: {error}); --debug shows where"
        trace = format_exc()
    return Outcome(
        input=str(job.source),
        output="stdout" if job.output == STDOUT else job.output,
        status="failed" if reason else "written",
        reason=reason,
        traceback=trace,
        notes=notes,
        method=job.recipe.method,
        options=dict(job.recipe.options),
        source_size=(job.header.width, job.header.height),
        target_size=job.recipe.target,
        seconds=perf_counter() - started,
    )


def _do(job: Job, threads: int, watch: Watch | None) -> tuple[str, ...]:
    picture = door.read(job.source, job.limits, threads)
    if picture.header != job.header:
        raise InputError(f"{job.source} changed while the work was planned; run again")
    encoding = Encoding(
        format=job.format,
        layout=job.recipe.layout_out,
        size=job.recipe.target,
        metadata=picture.metadata,
        quality=job.quality,
        compress=job.compress,
        threads=threads,
    )
    bands = _watched(enlarged(job.recipe, picture.strips, threads), job.recipe.target[1], watch)
    destination = (
        standard_output(sys.stdout.buffer) if job.output == STDOUT else new_file(Path(job.output), job.overwrite)
    )
    with destination as stream:
        write(bands, encoding, stream)
    return job.header.notes + encoding.notes


def _watched(bands: Iterator[NDArray[Any]], rows: int, watch: Watch | None) -> Iterator[NDArray[Any]]:
    done = 0
    for band in bands:
        yield band
        done += len(band)
        if watch:
            watch(done, rows)
