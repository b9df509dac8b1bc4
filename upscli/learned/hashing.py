"""Which of many filters a pixel gets: the anchor that its window, in standard position, looks most like.

A window is projected on a few principal components, divided by its strength, and compared with anchors in two
steps: one of a few coarse ones, then one of the finer ones below it. (R. Timofte, V. De Smet, L. Van Gool, A+:
Adjusted anchored neighborhood regression for fast super-resolution, ACCV 2014)

All of it is whole numbers below 2^24 in float32, which every order of summation gives alike: a pixel near the border
of two anchors gets the same one in any tile, on any machine.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from upscli.errors import ModelError
from upscli.learned.modelfile import Model
from upscli.learned.symmetry import LEVELS, SIDES, Index, positions, rounded

Floats = NDArray[np.float32]

UNIT = 255
"""The features of a window are rounded to parts of this; so are anchors."""
BASIS = 2048
"""Length of each principal component."""
STRENGTHS = np.geomspace(0.002 * LEVELS * BASIS, 2.0 * LEVELS * BASIS, 64)
"""Bounds between the levels of strength, in lengths of the projected window."""
_INFINITE = 0x7F80
"""The upper half of infinity's bits."""
_FIRST = np.searchsorted(STRENGTHS, (np.arange(_INFINITE + 1, dtype=np.uint32) << 16).view(np.float32))
"""Of the least float with each upper half: how many of STRENGTHS are less."""
_BOUNDS = np.append(STRENGTHS, np.inf)
STEP = 6
"""Of the feature that tells the strength, from one level to the next."""
FAINT = np.float32(0.028 * LEVELS * BASIS)
"""Added to the length before it divides: windows of noise alone are not made to look like edges."""
FARTHEST = 2047
"""Largest coordinate of an anchor."""


@dataclass(frozen=True, eq=False)
class Hash:
    """The components and the anchors, whole numbers in float32."""

    basis: Floats
    """(components, side * side), each row of sum 0."""
    coarse: Floats
    """(anchors, components + 1); the last coordinate is the strength."""
    fine: Floats
    """(anchors, anchors below each, components + 1)"""

    @property
    def side(self) -> int:
        """Pixels a side of the windows."""
        return int(self.basis.shape[1] ** 0.5)

    @property
    def buckets(self) -> int:
        """How many filters there are to choose from."""
        return int(self.fine.shape[0] * self.fine.shape[1])

    @classmethod
    def of(cls, model: Model) -> "Hash":
        """Of a model file. Raises ModelError for numbers out of range and shapes that do not fit."""
        side, components, coarse, fine = (model.size(name) for name in ("side", "components", "coarse", "fine"))
        if side not in SIDES:
            raise ModelError(f"its windows are {side} pixels a side, not one of {', '.join(map(str, SIDES))}")
        made = cls(
            model.array("basis", (components, side * side)),
            model.array("coarse", (coarse, components + 1)),
            model.array("fine", (coarse, fine, components + 1)),
        )
        rows = np.square(made.basis.astype(np.float64)).sum(axis=1)
        if rows.max() > 1.1 * BASIS**2 or max(np.abs(made.coarse).max(), np.abs(made.fine).max()) > FARTHEST:
            raise ModelError("its hash has numbers that are too large to be exact; train the model again")
        return made

    def arrays(self) -> dict[str, NDArray[np.int16]]:
        """What `of` reads."""
        return {name: getattr(self, name).astype(np.int16) for name in ("basis", "coarse", "fine")}

    def buckets_of(self, levels: Floats, sign: Floats) -> Index:
        """The bucket of each window (n, side * side) of `rounded` levels, turned, times its sign (n,)."""
        found = features(levels @ self.basis.T, sign)
        chosen = nearest(found, self.coarse, halves(self.coarse))
        order = np.argsort(chosen.astype(np.uint16), kind="stable")
        ends = np.cumsum(np.bincount(chosen, minlength=len(self.coarse)))
        found = found.take(order, axis=0)
        below = np.empty_like(order)
        for anchor, (first, last) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
            below[first:last] = nearest(found[first:last], self.fine[anchor], self._halves[anchor])
        bucket: Index = chosen * self.fine.shape[1]
        bucket[order] += below
        return bucket

    @cached_property
    def _halves(self) -> Floats:
        return halves(self.fine)


def features(projected: Floats, sign: Floats) -> Floats:
    """(n, components) of projected windows and (n,) signs -> (n, components + 1): the direction, and the strength."""
    squares = projected.astype(np.float64)  # whole numbers, whose sum is exact in any order
    squares *= squares
    length = np.sqrt(squares @ np.ones(squares.shape[1])).astype(np.float32)
    direction = projected * (sign * np.float32(UNIT) / (length + FAINT))[:, np.newaxis]
    found = np.empty((len(projected), projected.shape[1] + 1), np.float32)
    found[:, :-1] = np.rint(direction, out=direction)
    found[:, -1] = strength(length) * STEP
    return found


def strength(length: Floats) -> Index:
    """How many of STRENGTHS are less than each length, of 0 or more: `np.searchsorted`, a fifth as long.

    The upper half of a float's bits, its exponent and 7 bits after the point, leaves at most one bound in doubt.
    """
    first: Index = _FIRST.take(length.view(np.uint32) >> 16, mode="clip")  # what is no number lies beyond infinity
    first += _BOUNDS.take(first) < length
    return first


def halves(anchors: Floats) -> Floats:
    """(..., anchors, coordinates) -> (..., anchors, 1): of their squared lengths."""
    half: Floats = np.square(anchors).sum(axis=-1, keepdims=True) / np.float32(2)
    return half


def nearest(found: Floats, anchors: Floats, half: Floats) -> Index:
    """The anchor of least distance for each row, the first of several. `half` is what `halves` gives."""
    scores = anchors @ found.T
    scores -= half
    # The largest of falling numbers where the score is the largest: a fifth of the time of `argmax` down columns.
    count = len(anchors)
    falling = np.arange(count, 0, -1).astype(np.uint8 if count < 256 else np.intp)[:, np.newaxis]
    first = (falling * (scores == scores.max(axis=0))).max(axis=0, initial=1)
    chosen: Index = count - first.astype(np.intp)
    return chosen


@dataclass(frozen=True, eq=False)
class Standing:
    """The windows of a piece of luma, each in standard position, sorted by how they were turned."""

    order: Index
    """(n,): which window of the piece, counted row by row."""
    ends: Index
    """(8,): where those of each turn end."""
    sign: Floats
    """(n,): -1 where the contrast is to be inverted. It is not: what a filter makes of a window would be inverted back,
    and that is the same."""
    windows: Floats
    """(n, side * side): luma minus that of the middle."""
    levels: Floats
    """(n, side * side): `rounded` levels."""


def standing(luma: Floats, side: int) -> Standing:
    """Of luma (h + side - 1, w + side - 1), 0..1, all h * w windows."""
    turn, dark = (each.ravel() for each in positions(rounded(luma), side))
    order = np.argsort(turn, kind="stable")
    ends = np.cumsum(np.bincount(turn, minlength=8))
    top, left = np.divmod(order, luma.shape[1] - side + 1)
    lines = np.dtype(f"V{4 * side}")
    taken = np.empty((len(order), side), lines)
    for number, (first, last) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        _take(luma, number, (top[first:last], left[first:last]), taken[first:last])
    windows = taken.view(np.float32)
    levels = rounded(windows)
    sign = np.where(dark[order], np.float32(-1), np.float32(1))
    windows -= windows[:, side * side // 2, np.newaxis].copy()
    return Standing(order, ends, sign, windows, levels)


def _take(image: Floats, turn: int, corners: tuple[Index, Index], out: NDArray[np.void]) -> None:
    """Write the windows whose top left pixels are given, turned as `turns` says, to `out`: (n, side) rows of pixels."""
    side = out.shape[1]
    top, left = corners
    # The picture is turned instead, once for all: then the rows of a window lie as they are wanted.
    if turn & 4:
        image, top, left = image.T, left, top
    if turn & 2:
        image, top = image[::-1], image.shape[0] - side - top
    if turn & 1:
        image, left = image[:, ::-1], image.shape[1] - side - left
    image = np.ascontiguousarray(image)
    rows = np.ndarray(image.size - side + 1, out.dtype, image, 0, image.itemsize)
    places = (top * image.shape[1] + left)[:, np.newaxis] + np.arange(side) * image.shape[1]
    rows.take(places, out=out, mode="clip")  # none is beyond; any other mode would copy once more
