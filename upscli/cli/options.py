"""Options that several commands share, and the words they take."""

from collections.abc import Callable
from math import isnan
from typing import Any

import click

from upscli.cli.terminal import check_open

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]


def _group(*options: Decorator) -> Decorator:
    """Several options as one, in this order."""

    def apply(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return apply


def json_option(what: str) -> Decorator:
    """`--json`, which prints `what`. It is refused at once where that could not be told: work may take hours."""

    def checked(context: click.Context, parameter: click.Parameter, wanted: bool) -> bool:
        if wanted:
            check_open()
        return wanted

    return click.option("--json", "json_", is_flag=True, callback=checked, help=f"{what}, on stdout.")


class _Seconds(click.FloatRange):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As Click's, to which nan lies in any range."""
        number = super().convert(value, param, ctx)
        return self.fail(f"{value!r} is not a number of seconds.", param, ctx) if isnan(number) else number


def complete_method(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """The names of methods that begin so, for the shell."""
    from upscli import registry

    return [name for name in registry.names() if name.startswith(typed)]


method = click.option(
    "-m",
    "--method",
    default="bicubic",
    show_default=True,
    metavar="NAME",
    shell_complete=complete_method,
    help="'upscli methods' lists them.",
)
method_options = _group(
    click.option("-O", "pairs", multiple=True, metavar="KEY=VALUE", help="An option of the method, as -O a=-0.75."),
    click.option("--switches", metavar="FILE", help="For max-unpool: what 'upscli pool' wrote; as -O switches=FILE."),
)
linear = click.option(
    "--linear", is_flag=True, help="Resample light instead of levels, by the sRGB curve or the color profile's own."
)
edge = click.option(
    "--edge",
    type=click.Choice(["replicate", "reflect", "wrap", "renormalize"]),
    default="replicate",
    show_default=True,
    help="What lies beyond the border; wrap is for seamless textures.",
)

protocol = click.option(
    "--protocol",
    type=click.Choice(["rgb", "y", "matlab-y"]),
    default="rgb",
    show_default=True,
    help="What is compared: every color, luma 0..255, or luma 16..235 as papers do.",
)

sizes = _group(
    click.option("-s", "--scale", metavar="FACTOR", help="2, 1.5, or 2x3 (horizontal x vertical); default 2."),
    click.option("--size", metavar="WxH", help="Exact size; 1920x or x1080 keeps the aspect."),
    click.option("--fit", metavar="WxH", help="Largest size inside a box; keeps the aspect."),
    click.option("--long-edge", type=click.IntRange(1), metavar="PIXELS", help="Length of the longer side."),
)

encoding = _group(
    click.option("--format", "format_", metavar="NAME", help="png, jpeg, webp, ...; default: as the name says."),
    click.option("--quality", type=click.IntRange(0, 100), metavar="0..100", help="For jpeg, webp, avif, heif, jxl."),
    click.option("--compress", metavar="fast|small|0..9", help="For png and tiff; default: fast."),
    click.option("--background", metavar="COLOR", help="Lay transparent pictures on a color: white, #336699."),
    click.option(
        "--strip",
        type=click.Choice(["none", "private", "all"]),
        default="none",
        show_default=True,
        help="Metadata to leave out; private: places, serial numbers, owners, maker notes.",
    ),
    click.option("--depth", type=click.Choice(["8", "16"]), help="Bits a sample of the result; default: the input's."),
    click.option("--frame", type=click.IntRange(1), metavar="N", help="One frame of an animation, from 1."),
    click.option("--palette", type=click.Choice(["global", "frame"]), help="For gif: one for all frames, or for each."),
    click.option("--dither", type=click.Choice(["ordered", "none"]), help="For gif; default: ordered."),
)

gathering = _group(
    click.option("-r", "--recursive", is_flag=True, help="Subfolders too; the tree is mirrored."),
    click.option("--hidden", is_flag=True, help="Files and folders whose names start with a dot, too."),
    click.option("--include", multiple=True, metavar="PATTERN", help="In folders, only these, such as '*.png'."),
    click.option("--exclude", multiple=True, metavar="PATTERN", help="In folders, not these."),
    click.option("--files-from", metavar="FILE", help="Names of pictures, one a line; - is stdin."),
    click.option("--null", is_flag=True, help="Those names end in NUL, as find -print0 writes them."),
    click.option("--base", metavar="DIR", help="{dir} of listed files is below it; default: the current folder."),
)

existing = _group(
    click.option("--template", metavar="NAME", help="Name of results: {dir} {stem} {ext} {method} {scale} {width}..."),
    click.option("--overwrite", is_flag=True, help="Replace outputs that exist."),
    click.option("--skip-existing", is_flag=True, help="Leave outputs that exist."),
    click.option("--resume", is_flag=True, help="Redo only what is missing or was made otherwise."),
    click.option("-n", "--dry-run", is_flag=True, help="Show what would be done, and do nothing."),
)

grids = _group(
    click.option("--grid", metavar="FILE", help="The result beside other methods; 'grids/{stem}.png' for many."),
    click.option("--against", metavar="LIST", help="The other methods of --grid.  [nearest,bilinear]"),
)

jobs = click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Cores to use; default: all.")

running = _group(
    jobs,
    click.option("--memory-limit", metavar="SIZE", help="8G, 500M or 50%, for all work together. [70%]"),
    click.option("--timeout", type=_Seconds(0, 1e6), metavar="SECONDS", help="For one picture; default: none."),
    click.option("--fail-fast", is_flag=True, help="Stop at the first picture that fails."),
    click.option("--raw", metavar="WxHxC", help="Raw frames from stdin to stdout, such as 640x360x3[:uint16]."),
)

max_pixels = click.option(
    "--max-pixels", type=click.IntRange(0), metavar="N", help="Of an input; 0: any. [300 million]"
)


def limits_with(output_pixels: str) -> Decorator:
    """The bounds of `Limits`, where a result may have so many pixels unless told."""
    most = f"Of a result; 0: any. [{output_pixels}]"
    return _group(
        max_pixels,
        click.option("--max-output-pixels", type=click.IntRange(0), metavar="N", help=most),
        click.option("--max-frames", type=click.IntRange(0), metavar="N", help="Of an animation; 0: any. [1,000]"),
    )


limits = limits_with("2 billion")

progress = _group(
    click.option(
        "--progress",
        type=click.Choice(["auto", "bar", "plain", "json", "none"]),
        default="auto",
        show_default=True,
        help="How progress is told, on stderr.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    click.option("--no-color", is_flag=True, help="No colors; as with NO_COLOR in the environment."),
)

telling = _group(
    progress,
    click.option("-v", "--verbose", is_flag=True, help="A line for every picture, and all notes."),
    json_option("One JSON object for each picture"),
    click.option("--report", metavar="FILE", help="The whole run as JSON."),
)


one_result = _group(
    click.option("-o", "--output", required=True, metavar="PATH", help="The result: a file, or - for stdout."),
    click.option("--format", "format_", metavar="NAME", help="png, jpeg, webp, ...; default: as the name says."),
    click.option("--quality", type=click.IntRange(0, 100), metavar="0..100", help="For jpeg, webp, avif, heif, jxl."),
    click.option("--background", metavar="COLOR", help="What transparent pictures are laid on.  [default: black]"),
    click.option("--overwrite", is_flag=True, help="Replace outputs that exist."),
    limits,
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    json_option("What was done, as a JSON object"),
)
"""Of commands that make one result of one picture."""


def options_of(words: dict[str, Any]) -> dict[str, str]:
    """The method's options, of -O and of those with a name of their own."""
    switches = () if words["switches"] is None else (f"switches={words['switches']}",)
    return pairs_of((*words["pairs"], *switches))


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
