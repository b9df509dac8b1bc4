"""The size a user asks for, in four ways, and the size that makes of a picture."""

from fractions import Fraction
from math import floor
from re import fullmatch
from typing import NamedTuple, Protocol

from upscli.errors import UpscliError

_FACTOR = r"[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}"

Wide = tuple[int, int]
"""(width, height) in pixels."""


class Size(Protocol):
    """A wish for a size."""

    def of(self, source: Wide) -> Wide:
        """The result's size for a source of this size."""

    @property
    def asked(self) -> str:
        """The wish in words: `scale 2`, `fit 1920x1080`."""

    def label(self, target: Wide) -> str:
        """How file names call it: `x2`, `x1.5`, `x2x3`, or `1920x1080`."""


class Scale(NamedTuple):
    """A factor for each axis."""

    x: Fraction
    y: Fraction

    @classmethod
    def parse(cls, word: str) -> "Scale":
        """`2`, `1.5`, or `2x3` (horizontal x vertical)."""
        match = fullmatch(rf"({_FACTOR})(?:[xX]({_FACTOR}))?", word.strip())
        if not match or not all(Fraction(part) for part in match.groups() if part):
            raise UpscliError(f"scale '{word}' is not a factor such as 2, 1.5, or 2x3 (horizontal x vertical)")
        x = Fraction(match[1])
        return cls(x, Fraction(match[2]) if match[2] else x)

    def of(self, source: Wide) -> Wide:
        """Rounded half up, at least one pixel."""
        width, height = source
        return max(1, round_half_up(width * self.x)), max(1, round_half_up(height * self.y))

    @property
    def asked(self) -> str:
        """The wish in words."""
        return f"scale {self.label((0, 0))[1:]}"

    def label(self, target: Wide) -> str:
        """The shortest decimal of the factor, or of both where they differ."""
        x, y = decimal(self.x), decimal(self.y)
        return f"x{x}" if self.x == self.y else f"x{x}x{y}"


class Exact(NamedTuple):
    """A width, a height, or both; the missing one keeps the aspect."""

    width: int | None
    height: int | None

    @classmethod
    def parse(cls, word: str) -> "Exact":
        """`1920x1080`, `1920x`, or `x1080`."""
        match = fullmatch(r"([0-9]{0,9})[xX]([0-9]{0,9})", word.strip())
        sides = [int(part) for part in match.groups() if part] if match else []
        if not match or not sides or 0 in sides:
            raise UpscliError(f"size '{word}' is not WIDTHxHEIGHT, WIDTHx or xHEIGHT in pixels, such as 1920x1080")
        return cls(int(match[1]) if match[1] else None, int(match[2]) if match[2] else None)

    def of(self, source: Wide) -> Wide:
        """The given sides; a missing one in proportion."""
        width, height = source
        if self.width is None and self.height is not None:
            return max(1, round_half_up(Fraction(width * self.height, height))), self.height
        if self.height is None and self.width is not None:
            return self.width, max(1, round_half_up(Fraction(height * self.width, width)))
        return self.width or width, self.height or height

    @property
    def asked(self) -> str:
        """The wish in words."""
        return f"size {self.width or ''}x{self.height or ''}"

    def label(self, target: Wide) -> str:
        """`WIDTHxHEIGHT` of the result."""
        return f"{target[0]}x{target[1]}"


class Fit(NamedTuple):
    """The largest size inside a box that keeps the aspect."""

    width: int
    height: int

    @classmethod
    def parse(cls, word: str) -> "Fit":
        """`1920x1080`."""
        box = Exact.parse(word)
        if box.width is None or box.height is None:
            raise UpscliError(f"fit '{word}' is not WIDTHxHEIGHT in pixels, such as 1920x1080")
        return cls(box.width, box.height)

    def of(self, source: Wide) -> Wide:
        """One side fills the box, the other is in proportion."""
        width, height = source
        if width * self.height >= height * self.width:
            return Exact(self.width, None).of(source)
        return Exact(None, self.height).of(source)

    @property
    def asked(self) -> str:
        """The wish in words."""
        return f"fit {self.width}x{self.height}"

    def label(self, target: Wide) -> str:
        """`WIDTHxHEIGHT` of the result."""
        return f"{target[0]}x{target[1]}"


class LongEdge(NamedTuple):
    """The longer side; the other keeps the aspect."""

    length: int

    def of(self, source: Wide) -> Wide:
        """The longer side is `length`."""
        return Fit(self.length, self.length).of(source)

    @property
    def asked(self) -> str:
        """The wish in words."""
        return f"long edge {self.length}"

    def label(self, target: Wide) -> str:
        """`WIDTHxHEIGHT` of the result."""
        return f"{target[0]}x{target[1]}"


def round_half_up(value: Fraction) -> int:
    """To the nearest whole number; ties go up."""
    return floor(value + Fraction(1, 2))


def decimal(factor: Fraction) -> str:
    """The shortest decimal that reads as this factor: 2, 1.5."""
    return f"{float(factor):.12g}"
