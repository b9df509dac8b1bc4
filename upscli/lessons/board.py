"""What a lesson is made of: matrices, pictures and signs in scenes, and the facts behind them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Tones = NDArray[np.int8]

MOST_SCENES = 64
"""Steps that get a scene; the facts have them all."""


class Tone(IntEnum):
    """How one cell of a matrix is shown."""

    PLAIN = 0
    READ = 1
    """What is looked at in this step."""
    MADE = 2
    """What this step makes."""
    FAINT = 3
    """Not the learner's own numbers: a border."""


class Sign(StrEnum):
    """What stands between two matrices."""

    TIMES = "x"
    PLUS = "+"
    EQUALS = "="
    GIVES = "->"
    BESIDE = " "


@dataclass(frozen=True, eq=False)
class Matrix:
    """Numbers with a name above."""

    name: str
    values: Floats
    """(rows, columns). NaN is a place without a number, drawn as a dot."""
    tones: Tones | None = None
    """Of the same shape; None: all are plain."""

    def tone(self, row: int, column: int) -> Tone:
        """How this cell is shown."""
        return Tone.PLAIN if self.tones is None else Tone(int(self.tones[row, column]))


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture with a name above and lines of words below."""

    name: str
    pixels: NDArray[np.uint8]
    """(height, width, 3)"""
    words: tuple[str, ...] = ()
    show: float = 1.0
    """Its width in a drawing, beside those of the lesson's other pictures."""
    detail: NDArray[np.uint8] | None = None
    """The piece of it that is shown where there is little room, pixel by pixel."""

    def reduced(self, columns: int) -> list[list[tuple[int, int, int]]]:
        """Means of its pixels: an even number of rows of `columns` colors."""
        high, wide = self.pixels.shape[:2]
        rows = max(2, round(high * columns / wide / 2) * 2)
        down, across = (np.arange(n + 1) * side // n for n, side in ((rows, high), (columns, wide)))
        sums = np.add.reduceat(self.pixels.astype(np.float64), across[:-1], axis=1)
        sums = np.add.reduceat(sums, down[:-1], axis=0)
        count = np.maximum(np.diff(down), 1)[:, np.newaxis, np.newaxis] * np.maximum(np.diff(across), 1)[:, np.newaxis]
        colors: list[list[tuple[int, int, int]]] = np.round(sums / count).astype(int).tolist()
        return colors


Piece = Matrix | Photo | Sign


@dataclass(frozen=True, eq=False)
class Scene:
    """One page of a lesson."""

    title: str
    pieces: tuple[Piece, ...]
    """From left to right."""
    words: tuple[str, ...] = ()
    is_step: bool = False
    """One of many like it."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """All that is to be told about one operator and one set of numbers."""

    topic: str
    title: str
    words: tuple[str, ...]
    scenes: tuple[Scene, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    """Every number, in plain lists: what JSON holds."""


def marked(shape: tuple[int, ...], *marks: tuple[Any, Tone]) -> Tones:
    """Tones of that shape: each mark is an index and a tone; later ones lie on top."""
    tones = np.zeros(shape, np.int8)
    for where, tone in marks:
        tones[where] = tone
    return tones


def plain(values: Any) -> Any:
    """Arrays as nested lists, and whole numbers as such; rounding errors far behind the point are dropped."""
    if isinstance(values, dict):
        return {key: plain(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [plain(value) for value in values]
    if isinstance(values, np.ndarray | np.generic):
        return plain(values.tolist())
    if isinstance(values, float):
        tidy = float(f"{values:.12g}")
        return int(tidy) if tidy == int(tidy) else tidy
    return values


def number(value: float) -> str:
    """A number as it is shown: whole ones without a point, others with at most four digits behind it."""
    near = round(float(value), 4)
    if abs(near) >= 1e7 or (near == 0 and abs(value) > 1e-9):
        return f"{value:.4g}"
    return str(int(near)) if near == int(near) else f"{near:.4f}".rstrip("0")


def size_of(values: NDArray[Any]) -> str:
    """`3 x 4` for 3 rows of 4."""
    return f"{values.shape[0]} x {values.shape[1]}"


def place(row: int, column: int) -> str:
    """A position in words: (row, column), counted from 0."""
    return f"({row}, {column})"


def total(numbers: Sequence[float], most: int = 16) -> str:
    """`1 + 2 - 3 = 0`; of many numbers only what they give."""
    result = number(float(np.sum(numbers)))
    if len(numbers) > most:
        return f"the {len(numbers)} products add up to {result}"
    words = [number(numbers[0])]
    words += [f"- {number(-value)}" if value < 0 else f"+ {number(value)}" for value in numbers[1:]]
    return f"{' '.join(words)} = {result}"


def left_out(count: int) -> tuple[str, ...]:
    """What is said where steps got no scene."""
    if count <= MOST_SCENES:
        return ()
    return (f"steps {MOST_SCENES + 1} to {count:,} are left out here; --format json has them all",)
