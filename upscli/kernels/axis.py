"""Geometry of one axis: which source samples are held, which results are wanted.

All positions are those of the whole picture, so that a piece of work gives the
same numbers as the whole would.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import gcd

import numpy as np
from numpy.typing import NDArray


class Edge(StrEnum):
    """What lies beyond the border of the picture."""

    REPLICATE = "replicate"
    """aaa|abc: the edge sample goes on."""
    REFLECT = "reflect"
    """cba|abc: a mirror that repeats the edge sample (MATLAB's symmetric)."""
    WRAP = "wrap"
    """abc|abc: the picture repeats, as a seamless texture does."""
    RENORMALIZE = "renormalize"
    """Nothing: taps outside are dropped and the others rescaled to sum 1 (Pillow's rule)."""


@dataclass(frozen=True)
class Axis:
    """One axis of a piece of work, in whole-image coordinates.

    Sample centers lie at +0.5, so result `i` is read at source position
    `(i + 0.5) * size / target - 0.5`.
    """

    size: int
    """Samples of the whole source."""
    target: int
    """Samples of the whole result."""
    held: range
    """Source samples that the given pixels hold. May reach beyond `0..size`: that halo is filled by `edge`."""
    wanted: range
    """Result samples to make."""
    edge: Edge = Edge.REPLICATE

    @classmethod
    def piece(cls, size: int, target: int, wanted: range, reach: int | None, edge: Edge) -> "Axis":
        """The axis that makes `wanted`, holding `reach` samples round the two next to each position.

        `reach` None holds the whole source and no halo.
        """
        if reach is None:
            return cls(size, target, range(size), wanted, edge)
        first, last = ((2 * i + 1) * size - target for i in (wanted.start, wanted.stop - 1))
        held = range(first // (2 * target) - reach, last // (2 * target) + 2 + reach)
        return cls(size, target, held, wanted, edge)

    @classmethod
    def whole(cls, size: int, target: int, reach: int = 0, edge: Edge = Edge.REPLICATE) -> "Axis":
        """The axis of a whole picture with a halo for `reach`."""
        return cls.piece(size, target, range(target), reach, edge)

    @property
    def factor(self) -> float:
        """Result samples per source sample."""
        return self.target / self.size

    @property
    def home(self) -> "Axis":
        """The first piece of the picture whose results lie among the samples it holds as these do.

        Positions repeat: those of `target / gcd` results later are `size / gcd` samples further on. Where taps are
        dropped at the border, pieces there are like no other.
        """
        common = gcd(self.size, self.target)
        results, samples = self.target // common, self.size // common
        times = 0 if self.edge is Edge.RENORMALIZE else self.wanted.start // results
        if times == 0:
            return self
        held = range(self.held.start - times * samples, self.held.stop - times * samples)
        wanted = range(self.wanted.start - times * results, self.wanted.stop - times * results)
        return Axis(self.size, self.target, held, wanted, self.edge)

    @cached_property
    def centers(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Source position of each wanted result: its floor and the rest in [0, 1), from exact integers."""
        result = np.arange(self.wanted.start, self.wanted.stop, dtype=np.int64)
        whole, rest = np.divmod((2 * result + 1) * self.size - self.target, 2 * self.target)
        return whole, rest / (2 * self.target)
