"""Durations in the whole units that a format counts: each within one unit, and none lost in the sum."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from upscli.errors import OutputError

_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Ticks:
    """How a format counts time."""

    second: int
    """Units in a second."""
    most: int
    """Units that one frame can be shown."""

    def counter(self) -> "Counter":
        """For one animation."""
        return Counter(self)


class Counter:
    """Rounds durations one after the other; what is left of one goes to the next."""

    def __init__(self, ticks: Ticks) -> None:
        self._ticks = ticks
        self._left = Fraction(0)
        self._count = 0
        self.exact = True
        """Nothing was rounded so far."""

    def __call__(self, seconds: Fraction) -> int:
        """Units, at least one for what is not 0. Raises OutputError for what is too long for the format."""
        self._count += 1
        if not seconds:
            return 0
        due = seconds * self._ticks.second + self._left
        units = max(1, floor(due + _HALF))
        if units > self._ticks.most:
            most = f"{self._ticks.most / self._ticks.second:,g} s"
            raise OutputError(f"frame {self._count} is shown for {float(seconds):,g} s, and the format ends at {most}")
        self._left = max(due - units, -_HALF)  # frames too short for a unit don't make others shorter
        self.exact = self.exact and units == seconds * self._ticks.second
        return units
