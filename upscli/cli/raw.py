"""`upscli enlarge --raw`: frames from stdin to stdout."""

import os
import sys
from fractions import Fraction
from typing import Any

import click

from upscli.cli.options import pairs_of
from upscli.cli.request import size_of
from upscli.cli.terminal import say

_NO_USE = ("template", "files_from", "format_", "quality", "compress", "report", "overwrite", "resume", "skip_existing")


def enlarge_frames(inputs: tuple[str, ...], words: dict[str, Any]) -> int:
    """Enlarge raw frames from stdin until it ends."""
    from dataclasses import asdict

    from upscli import registry
    from upscli.frames import RawFrame, enlarge_stream
    from upscli.kernels.axis import Edge
    from upscli.options import make_options
    from upscli.size import Scale
    from upscli.stages import Recipe

    if inputs != ("-",) or words["output"] != "-":
        raise click.UsageError("--raw goes from stdin to stdout: upscli enlarge --raw 640x360x3 - -o -")
    for name in _NO_USE:
        if words[name]:
            raise click.UsageError(f"--{name.strip('_').replace('_', '-')} has no meaning for raw frames")
    if sys.stdin.isatty() or sys.stdout.isatty():
        raise click.UsageError("raw frames come from a pipe and go to a pipe, not a terminal")
    frame = RawFrame.parse(words["raw"])
    method = registry.get(words["method"])
    options = make_options(method.name, method.options, pairs_of(words["pairs"]))
    wide = (frame.width, frame.height)
    target = (size_of(words) or Scale(Fraction(2), Fraction(2))).of(wide)
    recipe = Recipe(method.name, asdict(options), Edge(words["edge"]), frame.layout, wide, target)
    threads = words["jobs"] or os.cpu_count() or 1
    count = enlarge_stream(sys.stdin.buffer, sys.stdout.buffer, frame, recipe, threads)
    if not words["quiet"]:
        say(f"{count:,} frames  {wide[0]} x {wide[1]} -> {target[0]} x {target[1]}  {method.name}")
    return 0
