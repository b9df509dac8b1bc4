"""Methods that enlarge by some factors only reach the sizes between in two steps: past them, then back to size."""

from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from upscli.kernels.degrade import antialiased
from upscli.kernels.resample import resample
from upscli.kernels.taps import taps
from upscli.method import Axis, Method, NoOptions, Pixels

Wide = tuple[int, int]
"""(width, height)"""


class Step(NamedTuple):
    """A part of the way from a picture to its result, in names and sizes."""

    method: str
    target: Wide


def steps_of(method: Method, options: Any, source: Wide, target: Wide) -> tuple[Step, ...]:
    """The way from `source` to `target`, one step or two.

    A method of few factors takes the smallest one that reaches the target along both axes, or its largest, and an
    antialiased bicubic does the rest.
    """
    scales = method.scales_with(options)
    if isinstance(scales, str):
        return (Step(method.name, target),)
    wanted = max(Fraction(target[axis], source[axis]) for axis in (0, 1))
    scale = next((scale for scale in sorted(scales) if scale >= wanted), max(scales))
    first = Step(method.name, (source[0] * scale, source[1] * scale))
    return (first,) if first.target == target else (first, Step(TO_SIZE, target))


def notes_of(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """What is to be said of a way of two steps."""
    if len(steps) == 1:
        return ()
    first, second = steps
    return (f"made in two steps: to {first.target[0]} x {first.target[1]}, then by {second.method} to size",)


TO_SIZE = "antialiased bicubic"
"""The second step."""


def to_size(source: Wide, target: Wide) -> Method:
    """The method of the second step: plain bicubic along axes that grow, stretched along those that shrink."""
    factors = [Fraction(source[axis], target[axis]) for axis in (0, 1)]
    return Method(
        name=TO_SIZE,
        summary="Bicubic whose kernel is stretched where pixels become fewer",
        family="steps",
        function=_to_size,
        source="MATLAB's imresize",
        reach=max(_kernel(factor).reach for factor in factors),
        linear=True,
    )


def _to_size(pixels: Pixels, rows: Axis, cols: Axis, options: NoOptions) -> Pixels:
    return resample(pixels, *(taps(_kernel(Fraction(axis.size, axis.target)), axis) for axis in (rows, cols)))


_kernel = lru_cache(maxsize=64)(antialiased)
