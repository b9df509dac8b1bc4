"""`upscli enlarge`."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from upscli.cli import options
from upscli.cli.terminal import printable, say

if TYPE_CHECKING:
    from upscli.pictures.header import Limits, Source
    from upscli.pictures.png_writer import Compression
    from upscli.plan import Job, Request
    from upscli.report import Outcome
    from upscli.size import Size

LONG_WORK = 40_000_000
"""Result pixels from which on a progress bar is worth its start-up."""


@click.command(short_help="Make a picture larger.")
@click.argument("inputs", metavar="INPUT", nargs=1)
@click.option("-o", "--output", metavar="PATH", help="A file, a folder, or - for stdout; default: beside the input.")
@options.method
@options.method_options
@options.sizes
@options.edge
@click.option("--format", "format_", metavar="NAME", help="png, jpeg, webp, ...; default: as the output's name says.")
@click.option("--quality", type=click.IntRange(0, 100), metavar="0..100", help="For jpeg, webp and avif.")
@click.option("--compress", metavar="fast|small|0..9", help="For png; default: fast.")
@click.option("--background", metavar="COLOR", help="Lay transparent pictures on a color, such as white or #336699.")
@options.overwrite
@options.jobs
@options.limits
@options.quiet
def enlarge(inputs: str, output: str | None, quiet: bool, jobs: int | None, **words: Any) -> int:
    """Make a picture larger.

    \b
    upscli enlarge photo.jpg                           photo_bicubic_x2.jpg
    upscli enlarge photo.jpg -m lanczos -s 1.5         one and a half times
    upscli enlarge photo.jpg --fit 1920x1080 -o out/   as large as fits
    upscli enlarge sprite.png -m nearest -s 8          pixel art
    upscli enlarge photo.png -m bicubic -O a=-0.75     an option of the method
    upscli enlarge tile.png --edge wrap                a seamless texture
    cat a.png | upscli enlarge - -o - > b.png          in a pipe

    INPUT is a file, or - for stdin. The result is written beside it as
    {stem}_{method}_x{scale}{ext}, or where -o says; nothing that exists is
    replaced without --overwrite.
    """
    from upscli.plan import plan
    from upscli.report import Report

    planned = plan(_request((inputs,), output, words))
    outcomes = list(planned.refused)
    for job in planned.jobs:
        outcomes.append(_run(job, jobs or os.cpu_count() or 1, quiet))
    for outcome in outcomes:
        _tell(outcome, quiet)
    return Report(tuple(outcomes)).exit_code


def _request(inputs: tuple[str, ...], output: str | None, words: dict[str, Any]) -> "Request":
    from upscli.kernels.axis import Edge
    from upscli.plan import STDOUT, Request

    if output == STDOUT and sys.stdout is None:
        raise click.UsageError("stdout is closed; send it to a file or a pipe, or give -o FILE")
    if output == STDOUT and sys.stdout.isatty():
        raise click.UsageError("stdout is a terminal; send it to a file or a pipe, or give -o FILE")
    limits = _limits(words)
    return Request(
        inputs=tuple(_source(word, limits) for word in inputs),
        output=output,
        method=words["method"],
        options=options.pairs_of(words["pairs"]),
        size=_size(words),
        edge=Edge(words["edge"]),
        format=words["format_"],
        quality=words["quality"],
        compress=_compress(words["compress"]),
        background=_color(words["background"]),
        overwrite=words["overwrite"],
        limits=limits,
    )


def _limits(words: dict[str, Any]) -> "Limits":
    from upscli.pictures.header import Limits

    given = {"pixels": words["max_pixels"], "output_pixels": words["max_output_pixels"]}
    return Limits(**{key: value for key, value in given.items() if value is not None})


def _source(word: str, limits: "Limits") -> "Source":
    from upscli.errors import InputError
    from upscli.pictures.header import Source

    if word != "-":
        return Source(Path(word))
    if sys.stdin is None:
        raise click.UsageError("stdin is closed; pipe a picture into it, or name a file")
    if sys.stdin.isatty():
        raise click.UsageError("stdin is a terminal; pipe a picture into it, or name a file")
    data = sys.stdin.buffer.read(limits.stdin_bytes + 1)
    if len(data) > limits.stdin_bytes:
        raise InputError(f"stdin is longer than the limit of {limits.stdin_bytes:,} bytes")
    return Source(Path("stdin"), data)


def _size(words: dict[str, Any]) -> "Size | None":
    from upscli.size import Exact, Fit, LongEdge, Scale

    ways = {"scale": Scale.parse, "size": Exact.parse, "fit": Fit.parse, "long_edge": LongEdge}
    given = [name for name in ways if words[name] is not None]
    if len(given) > 1:
        listed = " and ".join("--" + name.replace("_", "-") for name in given)
        raise click.UsageError(f"{listed} are both given; one of them decides the size")
    return ways[given[0]](words[given[0]]) if given else None  # type: ignore[operator]


def _compress(word: str | None) -> "Compression | None":
    if word is None:
        return None
    if word not in ("fast", "small", *"0123456789"):
        raise click.UsageError(f"--compress {word} is not fast, small, or a level from 0 to 9")
    return int(word) if word.isdigit() else word  # type: ignore[return-value]


def _color(word: str | None) -> tuple[int, int, int] | None:
    if word is None:
        return None
    from PIL import ImageColor

    try:
        red, green, blue = ImageColor.getrgb(word)[:3]
    except ValueError:
        raise click.UsageError(f"--background {word} is not a color such as white, gray or #336699") from None
    return red, green, blue


def _run(job: "Job", threads: int, quiet: bool) -> "Outcome":
    from upscli.run import run

    width, height = job.recipe.target
    if quiet or width * height < LONG_WORK or sys.stderr is None or not sys.stderr.isatty():
        return run(job, threads)
    from upscli.cli.progress import bar

    with bar(printable(str(job.source))) as watch:
        return run(job, threads, watch)


def _tell(outcome: "Outcome", quiet: bool) -> None:
    if outcome.status == "failed":
        say(f"upscli: {outcome.reason}")
        if outcome.traceback and click.get_current_context().find_root().params["debug"]:
            for line in outcome.traceback.splitlines():
                say(line)
        return
    if quiet:
        return
    for note in outcome.notes:
        say(f"{outcome.input}: {note}")
    (width, height), (wider, higher) = outcome.source_size, outcome.target_size
    say(f"{outcome.output}  {width} x {height} -> {wider} x {higher}  {outcome.method}  {outcome.seconds:.2f} s")
