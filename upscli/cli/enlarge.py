"""`upscli enlarge`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from upscli.cli import options
from upscli.cli.terminal import show
from upscli.errors import ExitCode

if TYPE_CHECKING:
    from upscli.cli.telling import Telling
    from upscli.jobs import Crew
    from upscli.plan import Plan
    from upscli.report import Report

_BEGINNING = b'{\n  "upscli":'
"""Of a report."""


@click.command(short_help="Make pictures larger.")
@click.argument("inputs", metavar="INPUT...", nargs=-1)
@click.option("-o", "--output", metavar="PATH", help="A file, a folder, or - for stdout; default: beside each input.")
@options.method
@options.method_options
@options.sizes
@click.option(
    "--if-larger",
    type=click.Choice(["fail", "skip", "copy"]),
    default="fail",
    show_default=True,
    help="What becomes of pictures larger than the size asked for.",
)
@options.edge
@options.linear
@options.encoding
@options.gathering
@options.existing
@options.grids
@options.running
@options.limits
@options.telling
def enlarge(inputs: tuple[str, ...], **words: Any) -> int:
    """Make pictures larger.

    \b
    upscli enlarge photo.jpg                           photo_bicubic_x2.jpg
    upscli enlarge photo.jpg -m lanczos -s 1.5         one and a half times
    upscli enlarge photos/ -r -o large/                a tree, mirrored
    upscli enlarge *.png --fit 1920x1080 -o out/       as large as fits
    upscli enlarge sprite.png -m nearest -s 8          pixel art
    upscli enlarge photo.png -m bicubic -O a=-0.75     an option of the method
    upscli enlarge photo.png --grid grid.png --against nearest     a sheet, too
    upscli enlarge stars.tif --linear --depth 16       light is resampled
    upscli enlarge photos/ -o large/ --resume          go on after a break
    upscli enlarge film.gif -s 3 -o film.webp          an animation, by frames
    upscli enlarge film.gif --frame 12 -o still.png    one frame of it
    cat a.png | upscli enlarge - -o - > b.png          in a pipe
    find . -name '*.png' -print0 | upscli enlarge --files-from - --null -o out/

    INPUT is a file, a folder, a quoted glob, or - for stdin. Results lie beside
    their sources as {stem}_{method}_x{scale}{ext}, or where -o and --template
    say. Nothing that exists is replaced unless you say so.
    """
    if words["no_color"]:
        os.environ["NO_COLOR"] = "1"  # before any thread: to change the environment beside one can crash
    if len(inputs) > 1 or any(os.path.isdir(word) for word in inputs) or words["files_from"]:  # noqa: PTH112 - of text
        from upscli import forks

        forks.prepare()
    elif _is_plain(inputs, words):
        _begin_to_read(Path(inputs[0]), words["jobs"])
    # NumPy from here: from deep inside other imports, it crosses the end of a piece of Python's stack a thousand times.
    import upscli.kernels.axis  # noqa: F401
    from upscli.cli.request import request_of
    from upscli.cli.telling import Telling, planning
    from upscli.plan import plan
    from upscli.report import Report

    words["debug"] = click.get_current_context().find_root().params["debug"]
    if words["raw"]:
        from upscli.cli.raw import enlarge_frames

        return enlarge_frames(inputs, words)
    planned = plan(request_of(inputs, words), planning(words))
    if words["dry_run"]:
        _show_plan(planned, words["json_"])
        return 1 if planned.refused else 0
    _check_report(words["report"], planned, words)
    report = Report(others=planned.others, own=planned.own)
    with Telling(planned, report, words) as telling:
        code = _do(planned, report, telling, words)
    if words["report"]:
        _write_report(words["report"], report, telling.seconds)
    return code


def _is_plain(inputs: tuple[str, ...], words: dict[str, Any]) -> bool:
    """One file in this process, of which all pixels will be asked for."""
    other = ("dry_run", "raw", "timeout", "skip_existing", "resume")
    return len(inputs) == 1 and not any(words[key] for key in other)


def _begin_to_read(path: Path, jobs: int | None) -> None:
    """Have its pixels read while the rest is imported, where that can be done."""
    kind = path.suffix.lower()
    if kind in (".jpg", ".jpeg"):
        from upscli.pictures import ahead

        ahead.begin(path)
    elif kind == ".png" and (jobs or os.cpu_count() or 1) > 1:
        from upscli.pictures import rows_ahead

        rows_ahead.begin(path)


def _do(planned: "Plan", report: "Report", telling: "Telling", words: dict[str, Any]) -> int:
    """The exit code."""
    from upscli.batch import carry_out
    from upscli.cli import Terminated

    try:
        carry_out(planned, _crew(words, planned), report, telling, words["fail_fast"])
    except (KeyboardInterrupt, Terminated) as stop:
        if not (telling.many or words["report"]):
            raise
        interrupted = isinstance(stop, KeyboardInterrupt)
        telling.stopped("interrupted" if interrupted else "terminated")
        return ExitCode.INTERRUPTED if interrupted else ExitCode.TERMINATED
    telling.summary()
    return report.exit_code


def _crew(words: dict[str, Any], planned: "Plan") -> "Crew":
    from upscli.cli.request import memory_of
    from upscli.jobs import Crew

    jobs = words["jobs"] or os.cpu_count() or 1
    workers = max(1, min(jobs, len(planned.jobs)))
    return Crew(workers, max(1, jobs // workers), memory_of(words["memory_limit"]), words["timeout"] or 0.0)


def _show_plan(planned: "Plan", as_json: bool) -> None:
    from upscli.cli.plan_table import plan_objects, show_plan_table

    if as_json:
        import json

        for row in plan_objects(planned):
            show(json.dumps(row))
    else:
        show_plan_table(planned)


def _check_report(name: str | None, planned: "Plan", words: dict[str, Any]) -> None:
    """What would be known only after the work: a report never replaces a picture, nor anything unless allowed.

    To go on with a run allows to replace its report.
    """
    from upscli.errors import OutputError
    from upscli.pictures.atomic import exists, is_device

    if name is None or is_device(path := Path(name)):
        return
    if name in ("", "-"):
        raise OutputError(f"--report '{name}' is no file; --json writes to stdout")
    pictures = {path for job in planned.jobs for path in (str(job.source), job.output)}
    pictures |= {job.grid.path for job in planned.jobs if job.grid}
    pictures |= {path for outcome in (*planned.skipped, *planned.refused) for path in (outcome.input, outcome.output)}
    others = (words["files_from"], words["switches"], *(pair.partition("=")[2] for pair in words["pairs"]))
    if os.path.realpath(path) in map(os.path.realpath, filter(None, (*pictures, *others))):
        raise OutputError(f"{name} is a picture of this run, or what it reads; give --report another name")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{name}: no folder that can be written")
    going_on = words["resume"] or words["skip_existing"]
    if path.exists() and not (words["overwrite"] or (going_on and _is_report(path))):
        raise OutputError(exists(path))


def _is_report(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(_BEGINNING)) == _BEGINNING
    except OSError:
        return False


def _write_report(name: str, report: "Report", seconds: float) -> None:
    import json

    from upscli.pictures.atomic import new_file

    with new_file(Path(name), overwrite=True) as stream:
        stream.write(json.dumps(report.json(seconds), indent=2).encode() + b"\n")
