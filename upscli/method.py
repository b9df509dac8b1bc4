"""THE CONTRACT: what an upsampling method is.

A method is a record: a name, one line about itself, a pure function, and the
facts that the program needs to use that function well. Files, alpha, bit depth,
light, clipping, tiles and threads are handled before and after; a method never
sees them. README, "Write a method", shows one in ten lines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from upscli.errors import MethodError
from upscli.kernels.axis import Axis, Edge

__all__ = ["Axis", "Edge", "Method", "NoOptions", "Pixels", "Upsample"]

Pixels = NDArray[Any]
"""Shape (height, width, channels)."""

Scales = Literal["any", "integer"] | tuple[int, ...]

Upsample = Callable[[Pixels, Axis, Axis], Pixels]
"""A method that has its options: held pixels, rows, cols -> the wanted pixels."""


@dataclass(frozen=True)
class NoOptions:
    """For methods without options."""


@dataclass(frozen=True)
class Method:
    """One upsampling method."""

    name: str
    """What `--method` takes: lower case words joined by `-`."""
    summary: str
    """One line for the table of methods."""
    family: str
    """Methods of one family are listed together."""
    function: Callable[..., Pixels]
    """`(pixels, rows, cols, options)` -> `(len(rows.wanted), len(cols.wanted), channels)`, pure.

    `pixels` holds `rows.held` x `cols.held`. They are float32, and so is the result, which may
    overshoot; `exact` methods get and return the picture's own dtype.
    """
    source: str
    """Paper or page that the arithmetic comes from."""
    options: type = NoOptions
    """A frozen dataclass; its fields, made by `options.option`, are the `-O key=value` keys."""
    reach: int | Callable[[Any], int | None] | None = 0
    """Source pixels needed on each side of the two next to a position; None: the whole picture.

    A function of the options where it depends on them.
    """
    scales: Scales | Callable[[Any], Scales] = "any"
    """Factors it can do: any real one from 1 on, any integer, or the listed ones.

    Sizes between the listed ones are reached in a second step (`steps.py`). A function of the options where it
    depends on them.
    """
    exact: bool = False
    """It only moves samples, bit for bit."""
    linear: bool = False
    """Sums of pictures give sums of results: it then gets the picture's own levels (0..255), else 0..1."""
    averages: bool = False
    """Each result is a sum of pixels by weights that sum to 1, and whose sizes sum to no more than a few: of whole
    levels none can be too large or no number, so nobody looks at each, and to round them a half is added to the pixels
    beforehand, which are fewer."""
    overshoots: bool = True
    """A result may lie beyond the pixels it is made of. Averages that do not are never clipped."""
    constant: bool | Callable[[Any], bool] = True
    """A picture of one color gives that color. A function of the options where it depends on them."""
    busy: bool | Callable[[Any], bool] = False
    """It calls NumPy often and briefly, so that threads would wait for each other: processes make its tiles instead.

    A function of the options where it depends on them. Methods that look far are taken to be busy.
    """
    takes: Literal["colors", "labels"] = "colors"
    """Labels are class numbers or palette indices: never converted, never mixed."""
    trained: bool = False
    """What it knows are levels of gray and RGB, as in the pictures it was trained on: neither light nor ink."""
    load: Callable[[Any], Any] | None = None
    """Reads what the method needs, once per process; the function gets the result as a fifth argument."""
    cards: Callable[[Any], tuple[dict[str, Any], ...]] | None = None
    """Of the models behind it, under these options: what each is, was trained on, and is worth, in plain values."""
    target: Callable[[tuple[int, int], Any], tuple[int, int]] | None = None
    """`((width, height), options)` -> the size of the result, where the method alone decides it."""
    notes: Callable[[tuple[int, int], tuple[int, int], Any], tuple[str, ...]] | None = None
    """`((width, height), (width, height) of the result, options)` -> what its user should know, one sentence each.

    A pure function of sizes and options: it is asked before the work, and what it says stands in the report. It may
    raise MethodError for options that only a size shows to be impossible.
    """

    def reach_with(self, options: Any) -> int | None:
        """`reach` under these options."""
        return self.reach(options) if callable(self.reach) else self.reach

    def constant_with(self, options: Any) -> bool:
        """`constant` under these options."""
        return self.constant(options) if callable(self.constant) else self.constant

    def busy_with(self, options: Any) -> bool:
        """`busy` under these options."""
        return self.busy(options) if callable(self.busy) else self.busy

    def scales_with(self, options: Any) -> Scales:
        """`scales` under these options."""
        return self.scales(options) if callable(self.scales) else self.scales

    def check(self, source: tuple[int, int], target: tuple[int, int]) -> None:
        """Raise MethodError if it cannot make a (width, height) of `target` from `source`."""
        if target[0] < source[0] or target[1] < source[1]:
            raise MethodError(
                f"{target[0]} x {target[1]} is smaller than the picture's {source[0]} x {source[1]};"
                " upscli only enlarges"
            )
        factors = [Fraction(target[axis], source[axis]) for axis in (0, 1)]
        if self.scales == "integer" and any(factor.denominator != 1 for factor in factors):
            asked = " and ".join(f"{float(factor):.6g}" for factor in dict.fromkeys(factors))
            raise MethodError(f"{self.name} enlarges by whole numbers only, not by {asked}")

    def ready(self, options: Any) -> Upsample:
        """The function with its options, and with what it loads. Raises ModelError from `load`."""
        if self.load is None:
            return partial(_with_options, self.function, (options,))
        return partial(_with_options, self.function, (options, self.load(options)))


def _with_options(
    function: Callable[..., Pixels], extra: tuple[Any, ...], pixels: Pixels, rows: Axis, cols: Axis
) -> Pixels:
    return np.asarray(function(pixels, rows, cols, *extra))
