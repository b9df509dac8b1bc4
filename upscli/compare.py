"""A trial carried out: every method enlarges the picture, is timed, and is scored where there is a reference."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from time import thread_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli import registry, views
from upscli.comparison import Cell, Comparison, Region, nearness
from upscli.contenders import Contender
from upscli.errors import InputError
from upscli.kernels import depth, metrics
from upscli.kernels.light import Curve
from upscli.options import make_options
from upscli.pictures.degraded import degraded
from upscli.pictures.header import Source
from upscli.pictures.profile import SRGB, curves_of
from upscli.recipe import Recipe
from upscli.regions import pieces, telling
from upscli.stages import enlarged, enlarged_region
from upscli.trial import Trial
from upscli.whole import Held, as_it_is, hold, laid

Pixels = NDArray[Any]
Map = Callable[..., Any]

SAMPLE = 1024
"""Pixels a side of the piece that is timed where the whole is not made."""
WHOLE = "Seconds are those of one core for the whole picture, without reading, writing and scoring."
ESTIMATED = "Seconds are those of one core for the whole picture, estimated from a megapixel in its middle."


@dataclass(frozen=True)
class _Scores:
    seconds: float
    psnr: float | None = None
    ssim: float | None = None
    identical: bool = False


@dataclass(frozen=True, eq=False)
class _Entrant:
    """One method at work on one picture."""

    contender: Contender
    recipe: Recipe
    pixels: Pixels
    curves: Sequence[Curve]

    @cached_property
    def _at_once(self) -> Pixels | None:
        """The whole result, of a method that cannot make a part of it."""
        method = registry.get(self.recipe.method)
        reach = method.reach_with(make_options(method.name, method.options, self.recipe.options))
        return self.whole() if reach is None else None

    def whole(self) -> Pixels:
        """The result, made on this thread alone."""
        width, height = self.recipe.target
        out = np.empty((height, width, self.recipe.layout_out.channels), self.recipe.layout_out.depth)
        for _ in enlarged(self.recipe, iter([self.pixels]), 1, out, self.curves):
            pass
        return out

    def part(self, region: Region) -> Pixels:
        """A region of the result."""
        x, y, width, height = region
        if self._at_once is not None:
            return self._at_once[y : y + height, x : x + width]
        rows, cols = range(y, y + height), range(x, x + width)
        return enlarged_region(self.recipe, self.pixels, rows, cols, self.curves)

    def timed(self) -> _Scores:
        """Seconds for the whole, from a piece in the middle unless the method needs the whole."""
        width, height = self.recipe.target
        wide, high = min(width, SAMPLE), min(height, SAMPLE)
        if self._at_once is not None:
            started = thread_time()
            self.whole()
            return _Scores(thread_time() - started)
        started = thread_time()
        self.part(((width - wide) // 2, (height - high) // 2, wide, high))
        return _Scores((thread_time() - started) * (width * height) / (wide * high))

    def scored(self, reference: Pixels) -> _Scores:
        """Seconds for the whole, and how near it comes."""
        started = thread_time()
        result = self.whole()
        seconds = thread_time() - started
        peak = depth.peak(reference.dtype)
        psnr = metrics.psnr(result, reference, peak)
        if psnr is None:
            return _Scores(seconds, None, 1.0, True)
        ssim = metrics.ssim(result, reference, peak, np.float32) if min(reference.shape[:2]) >= metrics.WINDOW else None
        return _Scores(seconds, psnr, ssim)


def compare(trial: Trial, threads: int = 1) -> Comparison:
    """Enlarge, time, score, and cut out what is shown. Raises UpscliError."""
    found = as_it_is(trial.source, trial.limits)
    held = laid(found, trial.background)
    small, reference = _pixels(trial, found, held)
    linear = any(recipe.linear for _, recipe in trial.entrants)
    curves = curves_of(held.metadata, held.layout) if linear else SRGB
    entrants = [_Entrant(contender, recipe, small, curves) for contender, recipe in trial.entrants]
    with ThreadPoolExecutor(threads) as pool:
        gray = views.gray(small if trial.degradation else held.pixels)
        focus = _regions(trial, gray, entrants, pool.map)  # its small pieces also wake up what a method loads once
        regions = pieces(focus, trial.target, trial.room)
        work = _Entrant.timed if reference is None else lambda entrant: entrant.scored(reference)
        scores = list(pool.map(work, entrants))
        crops = list(pool.map(lambda entrant: tuple(entrant.part(region) for region in regions), entrants))
    cells = tuple(
        Cell(
            method=entrant.contender.method,
            options=dict(entrant.contender.options),
            label=entrant.contender.label,
            best=False,
            crops=tuple(views.shown(crop, held.layout) for crop in parts),
            **vars(score),
        )
        for entrant, score, parts in zip(entrants, scores, crops, strict=True)
    )
    return Comparison(
        source=_name(trial.source),
        size=trial.size,
        target=trial.target,
        basis=trial.basis,
        crops=regions,
        cells=cells if reference is None else _marked(cells),
        reference=None if reference is None else tuple(views.shown(_cut(reference, r), held.layout) for r in regions),
        notes=(*held.notes, *trial.notes, *_notes(held, cells if reference is not None else ())),
        timing=ESTIMATED if reference is None and max(trial.target) > SAMPLE else WHOLE,
        focus=focus if trial.room else (),
    )


def _notes(held: Held, scored: Sequence[Cell]) -> tuple[str, ...]:
    notes: tuple[str, ...] = ("its color profile is not applied here",) if held.metadata.icc else ()
    if any(cell.ssim is None for cell in scored):
        notes += (f"too small for SSIM, which needs {metrics.WINDOW} x {metrics.WINDOW} pixels",)
    return notes


def _pixels(trial: Trial, found: Held, held: Held) -> tuple[Pixels, Pixels | None]:
    """What is enlarged, as it was `found` if it can be, and what the results are held against."""
    if trial.reference is not None:
        reference = hold(trial.reference, trial.limits, trial.background).pixels
        small = found.pixels
    elif trial.degradation is not None:
        reference = held.pixels[: trial.target[1], : trial.target[0]]
        small = degraded(reference, trial.factor, trial.degradation)
    else:
        small, reference = found.pixels, None
    sizes = small.shape[1::-1], trial.target if reference is None else reference.shape[1::-1]
    if sizes != (trial.size, trial.target):
        raise InputError(f"{trial.source} changed while the work was planned; run again")
    return small, reference


def _regions(trial: Trial, gray: Pixels, entrants: list[_Entrant], each: Map) -> tuple[Region, ...]:
    """Those that were asked for, the most telling ones in place of None."""
    found: list[Region] = [region for region in trial.crops if region is not None]
    named = iter(tuple(found))

    def looks(region: Region) -> list[Pixels]:
        return list(each(lambda entrant: views.gray(entrant.part(region)), entrants))

    made = []
    for region in trial.crops:
        one = telling(gray, trial.target, trial.around, looks, found) if region is None else next(named)
        found += [one] if region is None else []
        made.append(one)
    return tuple(made)


def _cut(pixels: Pixels, region: Region) -> Pixels:
    x, y, width, height = region
    return pixels[y : y + height, x : x + width]


def _marked(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """The nearest, and those that are as near, are best."""
    best = max(map(nearness, cells))
    return tuple(replace(cell, best=nearness(cell) == best) for cell in cells)


def _name(source: Source) -> str:
    return "stdin" if source.data is not None else source.path.name
