"""Methods set against each other on a folder of pictures: planned from headers, then done, several at a time."""

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from upscli import bouts
from upscli.bouts import Bout, Mark
from upscli.contenders import Contender
from upscli.errors import InputError, MethodError, UpscliError
from upscli.evaluation import Entry, Evaluation, Request, Row
from upscli.inputs import Gathering, gather
from upscli.kernels.metrics import WINDOW
from upscli.options import as_values
from upscli.pictures import door
from upscli.pictures.header import Header, Source
from upscli.whole import hold

NOMINAL = 96
"""Pixels a side of the picture that methods are asked about before there is one."""

Watch = Callable[[str, int], None]
"""Called with (what has just been done, steps in all)."""


@dataclass(frozen=True)
class Ended:
    """What became of a bout."""

    marks: Mapping[Contender, Mark] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    failure: str = ""
    """Why there are no marks."""


@dataclass
class Plan:
    """The bouts, and what is known before them."""

    bouts: list[Bout] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """One sentence for each picture that cannot be used."""
    notes: list[str] = field(default_factory=list)
    pixels: dict[Source, int] = field(default_factory=dict)
    """Of each picture."""
    able: Mapping[int, tuple[Contender, ...]] = field(default_factory=dict)
    """For each scale, those that can do it."""
    files: list[Path] = field(default_factory=list)
    """The pictures, and the small ones that were given."""

    @property
    def pairs(self) -> list[tuple[int, Contender]]:
        """Every method at every scale."""
        return [(scale, contender) for scale, contenders in self.able.items() for contender in contenders]

    @property
    def steps(self) -> int:
        """Of the work: bouts, then timings."""
        return len(self.bouts) + len(self.pairs)


def plan(request: Request) -> Plan:
    """Decide all that headers can decide. Raises UpscliError for what concerns the whole run."""
    made = Plan()
    made.able = {scale: _able(request.contenders, scale, made.notes) for scale in request.scales}
    if not made.pairs:
        raise MethodError(made.notes[0])
    found = gather([request.folder], Gathering(recursive=request.recursive))
    made.failures += [outcome.reason for outcome in found.refused]
    if not found.entries and not found.refused:
        others = f" ({found.others:,} files of other kinds)" if found.others else ""
        raise InputError(f"no pictures in {request.folder}{others}")
    lows = {scale: _small_pictures(request.low, scale) for scale in made.able} if request.low else {}
    made.files = [entry.source.path for entry in found.entries]
    made.files += [small.path for smalls in lows.values() for small in smalls.values()]
    for source in (entry.source for entry in found.entries):
        try:
            header = door.header(source, request.setting.limits)
            made.bouts += [_bout(source, header, scale, lows.get(scale), request) for scale in made.able]
        except UpscliError as error:
            made.failures.append(str(error))
            continue
        made.pixels[source] = header.width * header.height
    return made


def _able(contenders: Sequence[Contender], scale: int, notes: list[str]) -> tuple[Contender, ...]:
    """Those that can do the scale. Why the others cannot, and what is to be known of them, is noted."""
    found = []
    for contender in contenders:
        method, options = contender.resolved()
        sizes = (NOMINAL, NOMINAL), (NOMINAL * scale, NOMINAL * scale)
        try:
            method.check(*sizes)
            said = method.notes(*sizes, options) if method.notes else ()
        except MethodError as error:
            notes.append(f"x{scale}: {error}")
            continue
        notes += [f"{contender.label}, x{scale}: {note}" for note in said]
        found.append(contender)
    return tuple(found)


def _small_pictures(low: str, scale: int) -> Mapping[str, Source]:
    """By the stems of their names. Raises InputError if there is no such folder."""
    folder = Path(low.replace("{scale}", str(scale)))
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of small pictures")
    return {entry.source.path.stem: entry.source for entry in gather([str(folder)], Gathering()).entries}


def _bout(source: Source, header: Header, scale: int, lows: Mapping[str, Source] | None, request: Request) -> Bout:
    """Raises InputError for a picture that cannot be scored, or has no small one that fits."""
    if header.layout.color not in ("gray", "rgb"):
        raise InputError(f"{source}: {header.layout} has no colors to compare; convert it to RGB first")
    border = scale if request.setting.border is None else request.setting.border
    left = min(header.width, header.height) // scale * scale - 2 * border
    if left < WINDOW:
        raise InputError(
            f"{source}: {header.width} x {header.height} is too small for x{scale}, which must leave"
            f" {WINDOW} x {WINDOW} pixels inside a border of {border}"
        )
    return Bout(source, scale, None if lows is None else _low(source, header, scale, lows, request))


def _low(source: Source, header: Header, scale: int, lows: Mapping[str, Source], request: Request) -> Source:
    stem = source.path.stem
    names = [stem, f"{stem}x{scale}", f"{stem}_x{scale}"]
    low = next((lows[name] for name in names if name in lows), None)
    if low is None:
        raise InputError(f"{source}: no small picture for x{scale}; it would be called {' or '.join(names)}")
    small = door.header(low, request.setting.limits)
    rest = header.width - small.width * scale, header.height - small.height * scale
    if not all(0 <= side < scale for side in rest):
        raise InputError(
            f"{low}: {small.width} x {small.height} times {scale} is not"
            f" the {header.width} x {header.height} of {source}"
        )
    return low


def carry_out(request: Request, planned: Plan, jobs: int, watch: Watch) -> Evaluation:
    """Do all bouts, several at a time, then time every method alone, on `jobs` threads.

    Raises ModelError for a model that is broken; a picture's own fault costs that picture alone.
    """
    made = Evaluation(request, jobs, failures=[*planned.failures], notes=[*planned.notes])
    for contender in dict.fromkeys(contender for _, contender in planned.pairs):
        method, options = contender.resolved()
        method.ready(options)
    found = {}
    with closing(_fought(request, planned, jobs)) as fights:
        for bout, ended in fights:
            found[bout] = ended
            watch(f"{bout.source} x{bout.scale}", planned.steps)
    for bout in planned.bouts:
        made.failures += [found[bout].failure] if found[bout].failure else []
        made.notes += [note for note in found[bout].notes if note not in made.notes]
    sources = [bout.source for bout in planned.bouts if found[bout].marks]
    seconds = _timed(request, planned, made, sources, watch) if sources else {}
    for scale, contender in planned.pairs:
        marks = {bout: found[bout].marks for bout in planned.bouts if bout.scale == scale and found[bout].marks}
        made.failures += [mark.failure for each in marks.values() if (mark := each[contender]).failure]
        entries = tuple(
            Entry(str(bout.source), mark.psnr, mark.ssim)
            for bout, each in marks.items()
            if (mark := each[contender]).ssim is not None
        )
        if entries:
            made.rows.append(
                Row(contender, as_values(contender.resolved()[1]), scale, entries, seconds[scale, contender])
            )
    return made


def _fought(request: Request, planned: Plan, jobs: int) -> Generator[tuple[Bout, Ended], None, None]:
    """Each bout and what became of it, in any order. Closing it ends the work soon."""
    workers = max(1, min(jobs, len(planned.bouts)))
    stop = Event()
    pool = ThreadPoolExecutor(workers)
    try:
        futures = {
            pool.submit(bouts.fight, bout, planned.able[bout.scale], request.setting, jobs // workers, stop): bout
            for bout in planned.bouts
        }
        for future in as_completed(futures):
            yield futures[future], _ended(futures[future], future)
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _ended(bout: Bout, future: "Future[tuple[Mapping[Contender, Mark], tuple[str, ...]]]") -> Ended:
    try:
        return Ended(*future.result())
    except UpscliError as error:
        return Ended(failure=str(error) if isinstance(error, InputError) else f"{bout.source}: {error}")
    except MemoryError:
        return Ended(failure=f"{bout.source}: not enough memory for x{bout.scale}")


def _timed(
    request: Request, planned: Plan, made: Evaluation, sources: Sequence[Source], watch: Watch
) -> dict[tuple[int, Contender], float]:
    """Seconds for a megapixel of each method at each scale, on the first large picture, or on the largest."""
    source = max(sources, key=lambda one: min(planned.pixels[one], bouts.MEGAPIXEL))
    pixels, mirrored = bouts.photograph(hold(source, request.setting.limits))
    size = f"{pixels.shape[1]} x {pixels.shape[0]}"
    made.timed_on = (
        f"{source.path.name}, mirrored to {size}" if mirrored else f"the middle {size} of {source.path.name}"
    )
    seconds = {}
    for scale, contender in planned.pairs:
        seconds[scale, contender] = bouts.seconds_per_megapixel(contender, scale, pixels, made.threads)
        watch(f"{contender.label} x{scale}", planned.steps)
    return seconds
