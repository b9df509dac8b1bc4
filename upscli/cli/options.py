"""Options that several commands share, and the words they take."""

from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

method = click.option(
    "-m",
    "--method",
    default="bicubic",
    show_default=True,
    metavar="NAME",
    help="'upscli methods' lists them.",
)
method_options = click.option(
    "-O", "pairs", multiple=True, metavar="KEY=VALUE", help="An option of the method, such as -O a=-0.75."
)
edge = click.option(
    "--edge",
    type=click.Choice(["replicate", "reflect", "wrap", "renormalize"]),
    default="replicate",
    show_default=True,
    help="What lies beyond the border; wrap is for seamless textures.",
)
overwrite = click.option("--overwrite", is_flag=True, help="Replace outputs that exist.")
quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
jobs = click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Threads; default: all cores.")


def sizes(command: Callable[..., Any]) -> Callable[..., Any]:
    """The four ways to ask for a size."""
    for option in (
        click.option("--long-edge", type=click.IntRange(1), metavar="PIXELS", help="Length of the longer side."),
        click.option("--fit", metavar="WxH", help="Largest size inside a box; keeps the aspect."),
        click.option("--size", metavar="WxH", help="Exact size; 1920x or x1080 keeps the aspect."),
        click.option("-s", "--scale", metavar="FACTOR", help="2, 1.5, or 2x3 (horizontal x vertical); default 2."),
    ):
        command = option(command)
    return command


def limits(command: Callable[..., Any]) -> Callable[..., Any]:
    """The bounds on pictures; the numbers are those of `Limits`."""
    for option in (
        click.option(
            "--max-output-pixels",
            type=click.IntRange(0),
            metavar="N",
            help="Refuse larger results; 0: no limit. [2 billion]",
        ),
        click.option(
            "--max-pixels",
            type=click.IntRange(0),
            metavar="N",
            help="Refuse larger inputs; 0: no limit. [300 million]",
        ),
    ):
        command = option(command)
    return command


def pairs_of(words: tuple[str, ...]) -> dict[str, str]:
    """`("a=-0.75",)` -> `{"a": "-0.75"}`."""
    pairs = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise click.UsageError(f"-O {word} is not KEY=VALUE, such as -O a=-0.75")
        if key in pairs:
            raise click.UsageError(f"-O {key} is given twice")
        pairs[key] = value
    return pairs
