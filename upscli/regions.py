"""Which parts of a picture are worth a look: those with much detail where methods disagree."""

from collections.abc import Callable, Sequence
from re import fullmatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.comparison import Region, inside
from upscli.errors import MethodError

Floats = NDArray[np.float32]
Pixels = NDArray[Any]

AUTO = "auto"
CANDIDATES = 16
"""Regions with the most detail, of which the one is chosen where methods disagree most."""


def parsed(word: str) -> Region | None:
    """`X,Y,W,H`; None for `auto`. Raises MethodError."""
    if word == AUTO:
        return None
    match = fullmatch(r"\s*([0-9]{1,9}),([0-9]{1,9}),([0-9]{1,9}),([0-9]{1,9})\s*", word)
    if not match or 0 in (int(match[3]), int(match[4])):
        raise MethodError(f"crop '{word}' is not X,Y,WIDTH,HEIGHT in pixels of the result, such as 200,120,160,120")
    return int(match[1]), int(match[2]), int(match[3]), int(match[4])


def check_inside(region: Region, target: tuple[int, int]) -> None:
    """Raise MethodError for a region that leaves a result of (width, height) `target`."""
    x, y, width, height = region
    if x + width > target[0] or y + height > target[1]:
        raise MethodError(
            f"crop {x},{y},{width},{height} ends at {x + width},{y + height},"
            f" outside the result of {target[0]} x {target[1]}"
        )


def pieces(regions: Sequence[Region], target: tuple[int, int], most: int) -> tuple[Region, ...]:
    """Larger regions round the given ones, of `most` pixels together or what the given ones need.

    One that is inside another's piece gets none of its own; if the whole result is not too large, it is the piece.
    With 0 they are left as they are.
    """
    if not most:
        return tuple(regions)
    whole = target[0] * target[1]
    shrink = min(1.0, (most / whole / (1 if whole <= most else len(regions))) ** 0.5)
    made: list[Region] = []
    for region in regions:
        if not any(inside(region, piece) for piece in made):
            spans = zip(region[:2], region[2:], target, strict=True)
            (x, width), (y, height) = (_grown(start, length, side, shrink) for start, length, side in spans)
            made.append((x, y, width, height))
    return tuple(made)


def _grown(start: int, length: int, side: int, shrink: float) -> tuple[int, int]:
    """(start, length) of at least what it was, round the same middle, inside the side."""
    longer = max(length, int(side * shrink))
    return min(max(0, start + length // 2 - longer // 2), side - longer), longer


def telling(
    gray: Floats,
    target: tuple[int, int],
    size: tuple[int, int],
    looks: Callable[[Region], Sequence[Floats]],
    taken: Sequence[Region] = (),
) -> Region:
    """The region of (width, height) `size`, in a result of (width, height) `target`, that tells methods apart best.

    `gray` (h, w) is the source. `looks` gives what each method makes of a region, as gray pictures. Regions that
    overlap those that are `taken` come last.
    """
    found = _busiest(gray, target, size)
    apart = [region for region in found if not any(_overlap(region, other) for other in taken)] or found
    chosen = apart[:CANDIDATES]
    return max(chosen, key=lambda region: disagreement(looks(region))) if len(chosen) > 1 else chosen[0]


def disagreement(views: Sequence[Floats]) -> float:
    """How far gray pictures of one shape differ: the mean distance of the quartiles in each pixel.

    Quartiles, so that one method that does something else altogether does not decide for all.
    """
    if len(views) < 2:
        return 0.0
    low, high = np.quantile(np.stack([view[::2, ::2] for view in views]), (0.25, 0.75), axis=0)
    return float((high - low).mean())


def _busiest(gray: Floats, target: tuple[int, int], size: tuple[int, int]) -> list[Region]:
    """All regions half their size apart, those with the steepest slopes first."""
    slopes = _slopes(gray)
    sums = np.pad(slopes.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    places = [_places(whole, side) for whole, side in zip(target, size, strict=True)]
    regions = [(x, y, *size) for y in places[1] for x in places[0]]
    return sorted(regions, key=lambda region: -_sum_in(sums, region, target))


def _places(whole: int, side: int) -> list[int]:
    last = whole - side
    return sorted({*range(0, last, max(1, side // 2)), last})


def _slopes(gray: Floats) -> NDArray[np.float64]:
    """Squares of the differences to the neighbors."""
    slopes = np.zeros(gray.shape)
    slopes[:, 1:] += np.square(np.diff(gray, axis=1))
    slopes[1:] += np.square(np.diff(gray, axis=0))
    return slopes


def _sum_in(sums: NDArray[np.float64], region: Region, target: tuple[int, int]) -> float:
    x, y, width, height = region
    high, wide = sums.shape[0] - 1, sums.shape[1] - 1
    left, right = x * wide // target[0], max(x * wide // target[0] + 1, (x + width) * wide // target[0])
    top, bottom = y * high // target[1], max(y * high // target[1] + 1, (y + height) * high // target[1])
    return float(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])


def _overlap(one: Region, other: Region) -> bool:
    return all(one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2] for i in (0, 1))
