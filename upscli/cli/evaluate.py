"""`upscli evaluate`."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from upscli.cli import options
from upscli.cli.terminal import check_open, printable, say, show
from upscli.errors import ExitCode

if TYPE_CHECKING:
    from upscli.bouts import Setting
    from upscli.contest import Plan
    from upscli.evaluation import Evaluation, Request

LARGEST = 16
"""The largest scale: a megapixel becomes 256."""


@click.command(short_help="The table of the papers: methods scored on a folder of pictures.")
@click.argument("folder", metavar="FOLDER")
@click.option("-m", "--method", "methods", multiple=True, metavar="NAME,...", help="Methods; default: bicubic.")
@click.option("-s", "--scale", "scales", default="2", metavar="N,...", help="Whole factors, as 2,3,4. [2]")
@click.option("--low", metavar="FOLDER", help="Small pictures that are given; {scale} in the name is the scale.")
@click.option("--degrade", metavar="HOW", help="bicubic (MATLAB's; default), box, gaussian:SIGMA, jpeg:QUALITY.")
@click.option(
    "--protocol",
    type=click.Choice(["rgb", "y", "matlab-y"]),
    default="matlab-y",
    show_default=True,
    help="As in score.",
)
@click.option("--border", type=click.IntRange(0), metavar="N", help="Pixels to cut off each side; default: the scale.")
@click.option("-r", "--recursive", is_flag=True, help="Subfolders too.")
@click.option("-o", "--output", metavar="FILE", help="Quality over time, drawn, as .png.")
@click.option("--overwrite", is_flag=True, help="Replace an output that exists.")
@options.json_option("One JSON object")
@click.option("--csv", "csv_", is_flag=True, help="A line for each picture and mean, on stdout.")
@click.option("--markdown", is_flag=True, help="The table as Markdown, on stdout.")
@options.jobs
@options.progress
@click.option("-v", "--verbose", is_flag=True, help="The scores of each picture, too.")
@options.max_pixels
def evaluate(folder: str, **words: Any) -> int:
    """The table of the papers: methods scored on a folder of pictures.

    \b
    upscli evaluate Set5/ -m bicubic,lanczos -s 2,3,4
    upscli evaluate Set5/ -m all -s 2 -o plot.png         quality over time
    upscli evaluate Set5/ -m bicubic:a=-0.75,interpolation -s 2
    upscli evaluate Set5/ -s 2,3 --low 'Set5_LRbicx{scale}'
    upscli evaluate photos/ -s 2 --degrade jpeg:80 --protocol rgb
    upscli evaluate Set5/ -s 2 --json > set5.json

    Every picture is cropped to a multiple of the scale, made small as MATLAB's
    bicubic does it, enlarged by each method, and scored by PSNR and SSIM on
    luma, without a border as wide as the scale. Seconds are per megapixel of
    the small picture, on all cores or -j, files aside.
    """
    from upscli import contest

    check_open()
    if words["no_color"]:
        os.environ["NO_COLOR"] = "1"
    forms = [name for name in ("json_", "csv_", "markdown") if words[name]]
    if len(forms) > 1:
        raise click.UsageError("--json, --csv and --markdown all want stdout; give one of them")
    request = _request(folder, words)
    planned = contest.plan(request)
    _check_output(words, planned)
    with _Telling(planned.steps, words) as telling:
        made = contest.carry_out(request, planned, words["jobs"] or os.cpu_count() or 1, telling.done)
    if made.rows or words["json_"]:
        _show(made, forms[0] if forms else "", words["verbose"])
    if made.rows:
        _draw(made, words)
    _tell(made, words)
    return ExitCode.FAILED if made.failures else ExitCode.OK


def _request(folder: str, words: dict[str, Any]) -> "Request":
    from upscli.contenders import contenders
    from upscli.evaluation import Request

    if words["low"] is not None and words["degrade"] is not None:
        raise click.UsageError("--low gives the small pictures, so there is nothing to --degrade")
    found = contenders(words["methods"] or ["bicubic"])
    return Request(folder, found, _scales(words["scales"]), _setting(words), words["low"], words["recursive"])


def _setting(words: dict[str, Any]) -> "Setting":
    from upscli.bouts import Setting
    from upscli.cli.request import limits_of
    from upscli.kernels.degrade import Degradation
    from upscli.score import Protocol

    degradation = Degradation() if words["degrade"] is None else Degradation.parse(words["degrade"])
    return Setting(degradation, Protocol(words["protocol"]), words["border"], limits_of(words))


def _scales(word: str) -> tuple[int, ...]:
    parts = [part.strip().removeprefix("x") for part in word.split(",")]
    if not all(part.isascii() and part.isdigit() and 2 <= int(part) <= LARGEST for part in parts):
        raise click.UsageError(f"-s {word} is not a list of whole factors from 2 to {LARGEST}, such as 2,3,4")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _check_output(words: dict[str, Any], planned: "Plan") -> None:
    """What would be known only after the work. Raises OutputError."""
    from upscli.errors import OutputError
    from upscli.whole import check_new

    if words["output"] is None:
        return
    path = Path(words["output"])
    if path.suffix.lower() != ".png":
        raise OutputError(f"{path} is not a .png, which the plot is drawn as; --csv and --json write numbers")
    check_new([path], words["overwrite"], planned.files)


class _Telling:
    """Says on stderr how far the work is."""

    def __init__(self, steps: int, words: dict[str, Any]) -> None:
        terminal = sys.stderr is not None and sys.stderr.isatty()
        asked = words["progress"] if words["progress"] != "auto" else "bar" if terminal else "none"
        self._mode = "none" if words["quiet"] else asked
        self._steps, self._count = steps, 0
        self._bar: Any = None

    def __enter__(self) -> "_Telling":
        if self._mode == "bar":
            from upscli.cli.progress import Bar

            self._bar = Bar(self._steps).__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        if self._bar:
            self._bar.__exit__(*error)

    def done(self, what: str, steps: int) -> None:
        """One step is."""
        self._count += 1
        if self._bar:
            self._bar.begun(printable(what))
            self._bar.ended(printable(what), 0.0)
        elif self._mode == "plain":
            say(f"{self._count} of {steps}: {what}")
        elif self._mode == "json":
            say(json.dumps({"event": "ended", "of": steps, "done": self._count, "what": what}))


def _show(made: "Evaluation", form: str, verbose: bool) -> None:
    from upscli.cli import evaluation_tables as tables

    if form == "json_":
        show(json.dumps(made.json(), indent=2))
    elif form == "csv_":
        show(tables.csv_of(made))
    elif form == "markdown":
        show(tables.markdown_of(made, verbose))
    else:
        tables.show_tables(made, verbose)


def _draw(made: "Evaluation", words: dict[str, Any]) -> None:
    if words["output"] is None:
        return
    from upscli.frontier import drawn
    from upscli.pictures.atomic import new_file
    from upscli.pictures.drawing import png

    with new_file(Path(words["output"]), words["overwrite"]) as stream:
        stream.write(png(drawn(made)))
    if not words["quiet"]:
        say(f"{words['output']}  quality over time")


def _tell(made: "Evaluation", words: dict[str, Any]) -> None:
    if not words["quiet"]:
        for note in made.notes:
            say(note)
        if made.rows:
            say(f"seconds per megapixel of source: {made.timed_on}, {made.threads} threads")
    for failure in made.failures:
        say(f"upscli: {failure}")
