"""Quality over time, drawn: one panel for each scale, and the frontier of the methods that nothing quicker beats."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

from upscli.evaluation import Evaluation, Row
from upscli.pictures.drawing import Box, Group, Mark, Sheet, Stroke, Words, text_width

PANEL = (860, 640)
"""Pixels of a panel with its axes; a picture of two or three fits a page at print resolution."""
LEFT, RIGHT, TOP, BOTTOM = 100, 40, 70, 90
"""From the panel's edges to the field."""
ACROSS = 3
"""Panels in one row."""
TEXT, SMALL = 22, 18
DOT = 7
GROUND, INK, FAINT, LEADER, RULE, BEST = "#ffffff", "#1d2430", "#5d6672", "#98a1ac", "#e3e7ec", "#1f5fbf"
DEPTH = 8.0
"""Decibels below the best beyond which a method is named, not drawn: the others would lie on each other."""
STEPS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Decibels between two lines."""

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def frontier(rows: Sequence[Row]) -> list[Row]:
    """Those that none beats in PSNR at the same speed or quicker, the quickest first."""
    found: list[Row] = []
    for row in sorted(rows, key=lambda row: (row.seconds, -(row.psnr or 0.0))):
        if row.psnr is not None and (not found or row.psnr > (found[-1].psnr or 0.0)):
            found.append(row)
    return found


def drawn(evaluation: Evaluation) -> Sheet:
    """The sheet of an evaluation that has rows."""
    scales = list(dict.fromkeys(row.scale for row in evaluation.rows))
    across = min(ACROSS, len(scales))
    down = ceil(len(scales) / across)
    foot = f"seconds per megapixel of source, {_threads(evaluation.threads)}, on {evaluation.timed_on}"
    marks: list[Mark] = [Words(LEFT, PANEL[1] * down + 12, foot, SMALL, FAINT)]
    for index, scale in enumerate(scales):
        rows = [row for row in evaluation.rows if row.scale == scale and row.psnr is not None]
        place = PANEL[0] * (index % across), PANEL[1] * (index // across)
        marks.append(Group(*place, tuple(_panel(f"x{scale}", rows, str(evaluation.request.setting.protocol)))))
    return Sheet(PANEL[0] * across, PANEL[1] * down + 40, GROUND, marks)


def _threads(count: int) -> str:
    return f"{count} thread{'s' if count > 1 else ''}"


@dataclass(frozen=True)
class Field:
    """Where values lie in a panel."""

    times: tuple[float, float]
    """Seconds at both ends."""
    levels: tuple[float, float]
    """Decibels at both ends."""

    @classmethod
    def of(cls, rows: Sequence[Row], step: float) -> "Field":
        """With room for all."""
        times = [row.seconds for row in rows]
        levels = [row.psnr or 0.0 for row in rows]
        low, high = floor(min(levels) / step - 0.3) * step, ceil(max(levels) / step + 0.3) * step
        return cls((_round(min(times) / 1.2, floor), _round(max(times) * 1.5, ceil)), (low, high))

    def x(self, seconds: float) -> float:
        """Of a time."""
        first, last = self.times
        return LEFT + log10(seconds / first) / log10(last / first) * (PANEL[0] - LEFT - RIGHT)

    def y(self, level: float) -> float:
        """Of decibels."""
        low, high = self.levels
        return PANEL[1] - BOTTOM - (level - low) / (high - low) * (PANEL[1] - TOP - BOTTOM)


def _round(seconds: float, towards: Callable[[float], int]) -> float:
    """The next 1, 2 or 5 of a power of ten."""
    power = floor(log10(seconds))
    steps = [0.5, 1, 2, 5, 10]
    found = [
        step for step in steps if (step <= seconds / 10.0**power if towards is floor else step >= seconds / 10.0**power)
    ]
    return float((max if towards is floor else min)(found) * 10.0**power)


def _panel(title: str, rows: Sequence[Row], protocol: str) -> list[Mark]:
    if not rows:
        return [Words(LEFT, TOP / 2, f"{title}: every result is identical to its original", TEXT, INK)]
    top = max(row.psnr or 0.0 for row in rows)
    low = [row for row in rows if (row.psnr or 0.0) < top - DEPTH]
    shown = [row for row in rows if row not in low]
    lowest = min(row.psnr or 0.0 for row in shown)
    step = next((each for each in STEPS if (top - lowest) / each <= 6), STEPS[-1])
    field = Field.of(shown, step)
    marks = [*_axes(field, step), Words(LEFT, TOP / 2, f"{title}  PSNR ({protocol}), dB", TEXT, INK)]
    names = ", ".join(f"{row.contender.label} {row.psnr:.1f}" for row in low)
    marks.append(Words(LEFT, PANEL[1] - 14, f"far below: {names}" if names else "", SMALL, FAINT))
    return [*marks, *_dots(shown, field)]


def _dots(rows: Sequence[Row], field: Field) -> Iterator[Mark]:
    """All methods with their names, and the frontier."""
    best = frontier(rows)
    stairs = _stairs(best, field)
    yield Stroke(stairs, BEST, 3)
    dots = [(field.x(row.seconds), field.y(row.psnr or 0.0)) for row in rows]
    taken = [(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in dots]
    taken += [(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in pairwise(stairs)]
    for row, (x, y) in sorted(zip(rows, dots, strict=True), key=lambda pair: (pair[0] not in best, pair[1][1])):
        color = BEST if row in best else FAINT
        yield Box(x - DOT, y - DOT, 2 * DOT, 2 * DOT, color, radius=DOT)
        yield from _label(row.contender.label, (x, y), color, taken)


def _axes(field: Field, step: float) -> list[Mark]:
    marks: list[Mark] = []
    bottom, right = PANEL[1] - BOTTOM, PANEL[0] - RIGHT
    powers = range(floor(log10(field.times[0])), ceil(log10(field.times[1])) + 1)
    ticks = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    for seconds in (tick for tick in ticks if field.times[0] * 0.99 <= tick <= field.times[1] * 1.01):
        x = field.x(seconds)
        marks.append(Stroke(((x, TOP), (x, bottom)), RULE, 2))
        marks.append(Words(x, bottom + 24, f"{seconds:g}", SMALL, FAINT, "mm"))
    low, high = field.levels
    for index in range(round((high - low) / step) + 1):
        level = low + index * step
        marks.append(Stroke(((LEFT, field.y(level)), (right, field.y(level))), RULE, 2))
        marks.append(Words(LEFT - 12, field.y(level), f"{level:.{2 if step < 0.1 else 1}f}", SMALL, FAINT, "rm"))
    marks.append(Words(right, bottom + 52, "seconds per megapixel", SMALL, FAINT, "rm"))
    return marks


def _stairs(best: Sequence[Row], field: Field) -> tuple[tuple[float, float], ...]:
    """Along the quickest method that reaches each level; nothing lies above it."""
    points = [(field.x(best[0].seconds), float(PANEL[1] - BOTTOM))]
    for row in best:
        x, y = field.x(row.seconds), field.y(row.psnr or 0.0)
        points += [(x, points[-1][1]), (x, y)]
    return (*points, (float(PANEL[0] - RIGHT), points[-1][1]))


def _label(text: str, dot: tuple[float, float], color: str, taken: list[Rectangle]) -> Iterator[Mark]:
    """Beside its dot, or the nearest place where it hides nothing, with a line to the dot."""
    x, y = dot
    wide, high, gap = text_width(text, SMALL), SMALL * 0.6, DOT + 6
    near = [(abs(up), side, up) for up in range(-140, 141, 20) for side in (gap, -gap - wide, -wide / 2)]
    far = [(100 + abs(up), side, up) for up in range(-140, 141, 20) for side in (60, -60 - wide, 110, -110 - wide)]
    places = [place[1:] for place in sorted(near + far, key=lambda place: place[0])]
    boxes = [(x + side, y + up - high, x + side + wide, y + up + high) for side, up in places]
    inside = [box for box in boxes if box[0] >= LEFT and box[2] <= PANEL[0] and TOP <= box[1] <= PANEL[1] - BOTTOM]
    free = [box for box in inside if not any(_meet(box, other) for other in taken)]
    left, top, right, bottom = (free or inside or boxes)[0]
    taken.append((left, top, right, bottom))
    if top > y or bottom < y or left > x + gap or right < x - gap:
        end = min(max(x, left), right), (top if top > y else bottom if bottom < y else y)
        yield Stroke(((x, y), end), LEADER, 1)
    yield Words(left, (top + bottom) / 2, text, SMALL, color)


def _meet(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
