"""Rows, targets and the Markdown they become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from timing import Ratio


def seconds(value: float) -> str:
    """A duration in three digits or so."""
    if value < 0.01:
        return f"{1000 * value:.2f} ms"
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.2f} s"


def megabytes(count: float) -> str:
    """Bytes in millions."""
    return f"{count / 1e6:.1f} MB"


def short(value: float) -> str:
    """Three digits."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


@dataclass(frozen=True)
class Target:
    """What a value must reach at least, and what it should reach."""

    least: float
    stretch: float
    at_most: bool = False
    unit: str = ""

    def verdict(self, value: float) -> str:
        """Whether `value` is there."""
        if self._reached(value, self.stretch):
            return "yes, stretch too"
        return "yes" if self._reached(value, self.least) else "**no**"

    def words(self, bound: float) -> str:
        """A bound, as it stands in the table."""
        return f"{'at most ' if self.at_most else ''}{bound:g}{self.unit}"

    def _reached(self, value: float, bound: float) -> bool:
        return value <= bound if self.at_most else value >= bound


@dataclass(frozen=True)
class Row:
    """One comparison of two quantities, which `show` puts into words. `value` is what `target` speaks of."""

    key: str
    work: str
    peer: str
    theirs: float
    ours: float
    value: float
    target: Target | None = None
    span: Ratio | None = None
    outputs: str = ""
    show: Callable[[float], str] = seconds
    start: float = 0
    """Seconds that a process which only starts took, in the same rounds."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The columns of HEAD."""
        target = self.target
        return (
            self.work,
            self.peer,
            self.show(self.theirs),
            self.show(self.ours),
            f"**{short(self.value)}{target.unit if target else ''}**",
            f"{short(self.span.low)} to {short(self.span.high)}" if self.span else "",
            target.words(target.least) if target else "",
            target.words(target.stretch) if target else "",
            target.verdict(self.value) if target else "",
            self.outputs,
        )


HEAD = ("work", "against", "theirs", "upscli", "ratio", "of single rounds", "at least", "stretch", "reached", "outputs")


@dataclass(frozen=True)
class FloorRow:
    """How far a work is from what this machine could do at best."""

    work: str
    ours: float
    floor: float
    parts: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The columns of FLOOR_HEAD."""
        return self.work, seconds(self.ours), seconds(self.floor), f"**{self.ours / self.floor:.1f}x**", self.parts


FLOOR_HEAD = ("work", "upscli", "floor", "distance", "the floor is")


def markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
