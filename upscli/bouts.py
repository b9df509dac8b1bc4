"""One picture made small, enlarged again by every method, and scored; and what a megapixel costs each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.contenders import Contender
from upscli.errors import UpscliError
from upscli.kernels import degrade, depth
from upscli.kernels.axis import Edge
from upscli.kernels.degrade import Degradation
from upscli.pictures.degraded import degraded
from upscli.pictures.formats import Layout
from upscli.pictures.header import Limits, Source
from upscli.recipe import Recipe
from upscli.score import How, Protocol, score
from upscli.stages import enlarged
from upscli.whole import Held, hold

Pixels = NDArray[Any]

RGB = Layout("rgb", False, "uint8")
SIDE = 1024
"""Pixels a side of a picture to time on that is made from a smaller one."""
MEGAPIXEL = 1_000_000
PATIENCE = 0.5
"""Seconds that timing is repeated for; the shortest run counts."""
MOST_RUNS = 5


@dataclass(frozen=True)
class Setting:
    """How all bouts are done."""

    degradation: Degradation = field(default_factory=Degradation)
    protocol: Protocol = Protocol.MATLAB_Y
    border: int | None = None
    """Pixels cut off each side before the score; None: as many as the scale."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Bout:
    """One picture at one scale."""

    source: Source
    scale: int
    low: Source | None = None
    """The small picture; None: it is made."""


@dataclass(frozen=True)
class Mark:
    """How near a contender came; or why it has no result."""

    psnr: float | None = None
    ssim: float | None = None
    failure: str = ""


class Stopped(Exception):  # noqa: N818 - no error: somebody asked for it
    """The work is not wanted any more."""


def fight(
    bout: Bout, contenders: Sequence[Contender], setting: Setting, threads: int, stop: Event
) -> tuple[Mapping[Contender, Mark], tuple[str, ...]]:
    """The marks of all contenders, and what is to be said of the pictures.

    Raises UpscliError for pictures that cannot be used, and Stopped soon after `stop` is set.
    """
    large = hold(bout.source, setting.limits)
    notes = tuple(f"{bout.source}: {note}" for note in large.notes)
    if bout.low is None:
        reference = degrade.cropped(large.pixels, bout.scale)
        small, layout = degraded(reference, bout.scale, setting.degradation), large.layout
    else:
        low = hold(bout.low, setting.limits)
        small, layout = low.pixels, low.layout
        notes += tuple(f"{bout.low}: {note}" for note in low.notes)
        reference = large.pixels[: small.shape[0] * bout.scale, : small.shape[1] * bout.scale]
    border = bout.scale if setting.border is None else setting.border
    how = How(("psnr", "ssim"), setting.protocol, border)
    marks = {}
    for contender in contenders:
        try:
            result = _enlarged(contender, small, layout, bout.scale, threads, stop)
        except UpscliError as error:
            marks[contender] = Mark(failure=f"{bout.source}: x{bout.scale}, {contender.label}: {error}")
            continue
        found = score(result, reference, (layout, large.layout), how).values
        marks[contender] = Mark(found["psnr"], found["ssim"])
    return marks, notes


def _enlarged(contender: Contender, small: Pixels, layout: Layout, scale: int, threads: int, stop: Event) -> Pixels:
    recipe = _recipe(contender, small, layout, scale)
    result = np.empty((*recipe.target[::-1], layout.channels), layout.depth)
    for _ in enlarged(recipe, iter([small]), threads, result):
        if stop.is_set():
            raise Stopped
    return result


def _recipe(contender: Contender, small: Pixels, layout: Layout, scale: int) -> Recipe:
    source = (small.shape[1], small.shape[0])
    target = (source[0] * scale, source[1] * scale)
    return Recipe(contender.method, contender.options, Edge.REPLICATE, layout, source, target)


def photograph(held: Held) -> tuple[Pixels, bool]:
    """Pixels (h, w, 3), uint8, of about a megapixel to time on, from a picture; True if it was too small for that.

    The middle rows of a large picture; of a smaller one, mirror images side by side.
    """
    pixels = _as_rgb(held)
    high, wide = pixels.shape[:2]
    if high * wide < MEGAPIXEL:
        missing = [max(0, SIDE - side) for side in (high, wide)]
        return np.pad(pixels, [(0, missing[0]), (0, missing[1]), (0, 0)], "symmetric"), True
    rows = -(-MEGAPIXEL // wide)
    top = (high - rows) // 2
    return np.ascontiguousarray(pixels[top : top + rows]), False


def _as_rgb(held: Held) -> Pixels:
    levels = held.pixels[..., :3] * (255 / depth.peak(held.layout.depth))
    colors = np.broadcast_to(levels, (*levels.shape[:2], 3))
    return np.clip(np.floor(colors + 0.5), 0, 255).astype(np.uint8)


def seconds_per_megapixel(contender: Contender, scale: int, pixels: Pixels, threads: int) -> float:
    """What enlarging costs for each megapixel of the small picture (h, w, 3), files aside. Raises UpscliError."""
    runs: list[float] = []
    while not runs or (sum(runs) < PATIENCE and len(runs) < MOST_RUNS):
        started = perf_counter()
        for _ in enlarged(_recipe(contender, pixels, RGB, scale), iter([pixels]), threads):
            pass
        runs.append(perf_counter() - started)
    high, wide = pixels.shape[:2]
    return min(runs) * 1e6 / float(high * wide)
