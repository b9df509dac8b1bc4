"""`upscli compare`."""

import json
import os
from typing import TYPE_CHECKING, Any

import click

from upscli.cli import options
from upscli.cli.terminal import check_open, check_takes_bytes, say, show
from upscli.errors import ExitCode

if TYPE_CHECKING:
    from upscli.comparison import Comparison
    from upscli.trial import Wish

METHODS = "nearest,bilinear,bicubic,mitchell,lanczos,magic-kernel-sharp"
"""Where none are named: from blocky over soft to sharp."""
OF_SHEETS = ("zoom", "columns", "difference", "spectrum", "sheet")


@click.command(short_help="Methods side by side, scored and timed.")
@click.argument("image", metavar="IMG")
@click.option("-o", "--output", metavar="FILE", help="The sheet: a picture to be, or - for stdout.")
@click.option(
    "-m",
    "--method",
    "methods",
    multiple=True,
    metavar="LIST",
    shell_complete=options.complete_method,
    help=f"Methods, a family, or all; bicubic:a=-0.75 has an option.  [{METHODS}]",
)
@click.option("-s", "--scale", metavar="FACTOR", help="2, 1.5, or 2x3 (horizontal x vertical); default 2.")
@click.option("--reference", metavar="FILE", help="What the result should be: scores are against it.")
@click.option("--degrade", metavar="HOW", help="bicubic, box, gaussian:SIGMA or jpeg:QUALITY.  [bicubic]")
@click.option("--plain", is_flag=True, help="Only enlarge: nothing is degraded, nothing scored.")
@click.option("--crop", "crops", multiple=True, metavar="X,Y,W,H", help="A region of the result, or auto; repeatable.")
@click.option("--zoom", type=click.IntRange(1, 64), metavar="N", help="Screen pixels for each pixel.")
@click.option("--columns", type=click.IntRange(1), metavar="N", help="Cells side by side.")
@click.option("--difference", is_flag=True, help="Maps of what is brighter or darker than it should be.")
@click.option("--spectrum", is_flag=True, help="Spectra, where aliasing and checkerboards show.")
@click.option("--sheet", type=click.Choice(["light", "dark"]), help="Colors of the sheet.  [light]")
@options.edge
@options.linear
@click.option("--background", metavar="COLOR", help="What transparent pictures are laid on.  [white]")
@click.option("--html", metavar="FILE", help="A page with a line to drag, a loupe and the scores, in one file.")
@click.option("--overwrite", is_flag=True, help="Replace outputs that exist.")
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Cores to use; default: all.")
@options.limits
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors; no table.")
@options.json_option("All numbers as a JSON object")
def compare(image: str, **words: Any) -> int:
    """Methods side by side: which suits this picture, by how much, how fast.

    \b
    upscli compare photo.jpg                            a table, tested on itself
    upscli compare photo.jpg -o sheet.png               and a sheet to look at
    upscli compare photo.jpg -m all -s 3 -o sheet.png
    upscli compare small.png --reference large.png -o sheet.png
    upscli compare photo.jpg -m "bicubic,bicubic:a=-0.75" --crop 200,100,160,120
    upscli compare photo.jpg --plain --crop auto --crop auto -o sheet.png
    upscli compare photo.jpg --difference --spectrum --sheet dark -o sheet.png
    upscli compare photo.jpg --html report.html         to look at in a browser

    Scores need something to compare with. With --reference it is that picture.
    Without it, IMG itself: it is made smaller (--degrade) by the scale, enlarged
    back, and scored against what it was. --plain enlarges IMG as it is.

    A crop is a region of the result; auto is the one with much detail where the
    methods disagree most. IMG is a file, or - for stdin.
    """
    from upscli.cli.compare_table import object_of, show_comparison
    from upscli.compare import compare as compared
    from upscli.trial import trial

    _check(words)
    wish = _wish(image, words)
    _check_output(words, wish)
    found = compared(trial(wish), words["jobs"] or os.cpu_count() or 1)
    if words["output"] is not None:
        _write_sheet(found.focused, words)
    if words["html"] is not None:
        _write_page(found, words)
    if words["json_"]:
        show(json.dumps({**object_of(found.focused), "output": words["output"], "html": words["html"]}))
    elif not words["quiet"] and words["output"] != "-":
        show_comparison(found)
    if not words["quiet"]:
        for note in found.notes:
            say(f"{wish.source}: {note}")
        for name, what in (("output", "sheet"), ("html", "page")):
            if words[name] not in (None, "-"):
                say(f"{words[name]}  {what} of {len(found.cells)} methods")
    return ExitCode.OK


def _check(words: dict[str, Any]) -> None:
    """Raise UsageError for words that contradict each other."""
    ways = [name for name in ("reference", "degrade", "plain") if words[name]]
    if len(ways) > 1:
        raise click.UsageError(f"--{ways[0]} and --{ways[1]} are both given; one of them decides about the scores")
    for name in OF_SHEETS:
        if words[name] and words["output"] is None:
            raise click.UsageError(f"--{name} is for the sheet; give -o FILE")
    if words["output"] == "-":
        if words["json_"]:
            raise click.UsageError("-o - and --json both want stdout; give -o FILE")
        check_takes_bytes()
    elif not words["quiet"]:
        check_open()


def _check_output(words: dict[str, Any], wish: "Wish") -> None:
    """Raise OutputError, before any work, for a sheet or a page that cannot be written."""
    from pathlib import Path

    from upscli.errors import OutputError
    from upscli.whole import Target, check_new

    sources = [source.path for source in (wish.source, wish.reference) if source and source.data is None]
    files = [Path(words[name]) for name in ("output", "html") if words[name] not in (None, "-")]
    if words["html"] in ("", "-"):
        raise OutputError(f"--html '{words['html']}' is no file; give it a name such as report.html")
    check_new(files, words["overwrite"], sources)
    if words["output"] is not None:
        Target(words["output"]).named_format()


def _wish(image: str, words: dict[str, Any]) -> "Wish":
    from pathlib import Path

    from upscli.cli.request import color_of, limits_of, source_of
    from upscli.contenders import contenders, named
    from upscli.kernels.axis import Edge
    from upscli.kernels.degrade import Degradation
    from upscli.pictures.header import Source
    from upscli.regions import parsed
    from upscli.size import Scale
    from upscli.trial import WHITE, Wish

    methods = words["methods"] or (METHODS,)
    limits = limits_of(words)
    crops = tuple(parsed(word) for word in words["crops"]) or (None,)
    unscored = words["reference"] or words["plain"]
    return Wish(
        source=source_of(image, limits),
        contenders=contenders(methods),
        named=named(methods),
        scale=Scale.parse(words["scale"]) if words["scale"] is not None else None,
        reference=Source(Path(words["reference"])) if words["reference"] else None,
        degradation=None if unscored else Degradation.parse(words["degrade"] or "bicubic"),
        crops=crops,
        around=_around(crops, words["zoom"]),
        spacious=words["html"] is not None,
        edge=Edge(words["edge"]),
        background=color_of(words["background"]) or WHITE,
        linear=words["linear"],
        limits=limits,
    )


def _around(crops: tuple[Any, ...], zoom: int | None) -> tuple[int, int]:
    """Of regions that are looked for: as large as the first that is given, or as fills a cell."""
    from upscli.sheet import around_for
    from upscli.trial import AROUND

    given = next((region[2:] for region in crops if region is not None), None)
    if given is not None:
        return int(given[0]), int(given[1])
    return around_for(zoom) if zoom else AROUND


def _write_sheet(found: "Comparison", words: dict[str, Any]) -> None:
    from upscli.pictures import drawing
    from upscli.sheet import Look, sheet_of
    from upscli.whole import save_colors

    look = Look(words["sheet"] or "light", words["zoom"], words["columns"], words["difference"], words["spectrum"])
    save_colors(drawing.pixels_of(sheet_of(found, look)), words["output"], words["overwrite"])


def _write_page(found: "Comparison", words: dict[str, Any]) -> None:
    from pathlib import Path

    from upscli.comparison_page import page
    from upscli.pictures.atomic import new_file

    with new_file(Path(words["html"]), words["overwrite"]) as stream:
        stream.write(page(found).encode())
