"""`upscli score`."""

import json
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from upscli.cli import options
from upscli.cli.terminal import check_open, say, show
from upscli.errors import ExitCode

if TYPE_CHECKING:
    from upscli.score import How, Score

Bounds = dict[str, float]


@click.command(short_help="Measure how near two pictures are.")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--metric", "metrics", multiple=True, metavar="NAME,...", help="Default: all but checkerboard.")
@options.protocol
@click.option("--border", type=click.IntRange(0), default=0, metavar="N", help="Pixels to cut off each side. [0]")
@click.option("--stride", type=click.IntRange(2), metavar="N", help="Of the checkerboard that is looked for. [2]")
@click.option("--fail-under", multiple=True, metavar="NAME=N,...", help="Exit code 1 if the value is smaller.")
@click.option("--fail-over", multiple=True, metavar="NAME=N,...", help="Exit code 1 if the value is larger.")
@click.option("--background", metavar="COLOR", help="What transparent pictures are laid on.  [default: black]")
@options.max_pixels
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors; the exit code tells.")
@options.json_option("One object with a key for each metric")
def score(a: str, b: str, **words: Any) -> int:
    """Measure how near two pictures of one size are.

    \b
    upscli score original.png enlarged.png
    upscli score a.png b.png --metric psnr,ssim --protocol matlab-y --border 2
    upscli score a.png b.png --fail-under psnr=30,ssim=0.9     for scripts
    upscli score a.png b.png --metric checkerboard --stride 3
    upscli score a.png b.png --json
    cat b.png | upscli score a.png -

    \b
    psnr, ssim, ms-ssim     larger is nearer; identical pictures have no psnr
    mse, mae                smaller is nearer; in levels of 255 at any depth
    checkerboard            what of the difference repeats every --stride pixels

    \b
    rgb        every color
    y          luma, 0..255
    matlab-y   luma, 16..235, as papers do
    """
    if not words["quiet"]:
        check_open()
    under, over = _bounds("--fail-under", words["fail_under"]), _bounds("--fail-over", words["fail_over"])
    found = _scored(a, b, _how(words, under, over), words)
    missed = [*_missed(found, under, "under"), *_missed(found, over, "over")]
    if words["json_"]:
        show(json.dumps(_object(a, b, found, words)))
    elif not words["quiet"]:
        _tell(found)
    if not words["quiet"]:
        for note in found.notes:
            say(note)
    for sentence in missed:
        say(f"upscli: {sentence}")
    return ExitCode.FAILED if missed else ExitCode.OK


def _how(words: dict[str, Any], under: Bounds, over: Bounds) -> "How":
    """Raises UpscliError and UsageError for words that mean nothing, or nothing together."""
    from upscli.score import METRICS, How, Protocol, check_metrics

    asked = [name.strip() for word in words["metrics"] for name in word.split(",")]
    asked = list(METRICS) if asked == ["all"] else asked
    measured = tuple(dict.fromkeys([*asked, *under, *over]))
    check_metrics(measured)
    for bounds, option, side in ((under, "--fail-over", "smaller"), (over, "--fail-under", "larger")):
        for name in bounds:
            if METRICS[name].nearer == side:
                raise click.UsageError(f"{name} is {side} for nearer pictures; bound it with {option}")
    if words["stride"] is not None and "checkerboard" not in measured:
        raise click.UsageError("--stride is for the metric checkerboard, which is not measured")
    return How(measured, Protocol(words["protocol"]), words["border"], words["stride"] or 2)


def _bounds(option: str, given: tuple[str, ...]) -> Bounds:
    """`("psnr=30,ssim=0.9",)` -> `{"psnr": 30.0, "ssim": 0.9}`."""
    bounds = {}
    for word in (part for each in given for part in each.split(",")):
        name, _, number = word.strip().partition("=")
        try:
            bounds[name] = float(number)
        except ValueError:
            bounds[name] = float("nan")
        if not isfinite(bounds[name]):
            raise click.UsageError(f"{option} {word} is not NAME=NUMBER, such as psnr=30")
    return bounds


def _scored(a: str, b: str, how: "How", words: dict[str, Any]) -> "Score":
    from upscli.cli.request import color_of, limits_of, source_of
    from upscli.errors import MethodError
    from upscli.pictures import door
    from upscli.score import score as measured
    from upscli.whole import hold

    if a == b == "-":
        raise click.UsageError("stdin can be read once only")
    limits = limits_of(words)
    sources = [source_of(word, limits) for word in (a, b)]
    sizes = [(header.width, header.height) for header in (door.header(source, limits) for source in sources)]
    if sizes[0] != sizes[1]:
        told = " and ".join(f"{source} is {wide} x {high}" for source, (wide, high) in zip(sources, sizes, strict=True))
        raise MethodError(f"{told}; only pictures of one size can be compared")
    held = [hold(source, limits, color_of(words["background"])) for source in sources]
    found = measured(held[0].pixels, held[1].pixels, (held[0].layout, held[1].layout), how)
    notes = tuple(f"{source}: {note}" for source, each in zip(sources, held, strict=True) for note in each.notes)
    return replace(found, notes=notes + found.notes)


def _missed(found: "Score", bounds: Bounds, side: str) -> list[str]:
    """A sentence for each bound that is not kept. What has no value is identical, and keeps any."""
    sentences = []
    for name, bound in bounds.items():
        value = found.values[name]
        if value is not None and (value < bound if side == "under" else value > bound):
            sentences.append(f"{name} is {value:.6g}, {side} {bound:g}")
    return sentences


def _object(a: str, b: str, found: "Score", words: dict[str, Any]) -> dict[str, Any]:
    about = {"upscli": 1, "a": a, "b": b, "protocol": words["protocol"], "border": words["border"]}
    return {**about, "identical": found.identical, **found.values, "notes": list(found.notes)}


def _tell(found: "Score") -> None:
    from upscli.score import METRICS

    for name, value in found.values.items():
        if value is not None:
            show(f"{name:<13}{value:.6g} {METRICS[name].unit}".rstrip())
    if found.identical:
        show("identical")
