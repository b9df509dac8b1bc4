"""`upscli enlarge --raw`: frames from stdin to stdout."""

import os
import sys
from fractions import Fraction
from typing import Any

import click
from click.core import ParameterSource

from upscli.cli.options import options_of
from upscli.cli.request import DEPTH, size_of
from upscli.cli.terminal import check_takes_bytes, say

_OF_USE = {
    *("inputs", "output", "raw", "method", "pairs", "switches", "edge", "scale", "size", "fit", "long_edge"),
    *("linear", "depth", "jobs", "max_pixels", "max_output_pixels", "quiet", "no_color"),
}
"""Words that mean something for frames; all others are refused."""


def enlarge_frames(inputs: tuple[str, ...], words: dict[str, Any]) -> int:
    """Enlarge raw frames from stdin until it ends."""
    from upscli.frames import RawFrame, enlarge_stream

    _check(inputs, words)
    frame = RawFrame.parse(words["raw"])
    recipe = _recipe(frame, words)
    threads = words["jobs"] or os.cpu_count() or 1
    count = enlarge_stream(sys.stdin.buffer, sys.stdout.buffer, frame, recipe, threads)
    if not words["quiet"]:
        sizes = f"{frame.width} x {frame.height} -> {recipe.target[0]} x {recipe.target[1]}"
        say(f"{count:,} frames  {sizes}  {recipe.method}")
    return 0


def _check(inputs: tuple[str, ...], words: dict[str, Any]) -> None:
    if inputs != ("-",) or words["output"] != "-":
        raise click.UsageError("--raw goes from stdin to stdout: upscli enlarge --raw 640x360x3 - -o -")
    context = click.get_current_context()
    for parameter in context.command.params:
        name = parameter.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name not in _OF_USE:
            raise click.UsageError(f"{parameter.opts[-1]} has no meaning for raw frames")
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("raw frames come from stdin; pipe them into it")
    check_takes_bytes()


def _recipe(frame: Any, words: dict[str, Any]) -> Any:
    """What happens to each frame. Raises UpscliError for a size that cannot be."""
    from upscli import registry
    from upscli.cli.request import limits_of
    from upscli.kernels.axis import Edge
    from upscli.options import as_values, make_options
    from upscli.recipe import Recipe, check_pixel
    from upscli.size import Scale

    method = registry.get(words["method"])
    options = make_options(method.name, method.options, options_of(words))
    wide, size = (frame.width, frame.height), size_of(words)
    if method.target is not None and size is not None:
        raise click.UsageError(f"{method.name} decides the size itself; leave out --scale, --size, --fit, --long-edge")
    target = method.target(wide, options) if method.target else (size or Scale(Fraction(2), Fraction(2))).of(wide)
    method.check(wide, target)
    limits_of(words).check_result(*target)
    edge, depth = Edge(words["edge"]), DEPTH[words["depth"]]
    recipe = Recipe(
        method.name, as_values(options), edge, frame.layout, wide, target, depth=depth, linear=words["linear"]
    )
    check_pixel(recipe)
    return recipe
