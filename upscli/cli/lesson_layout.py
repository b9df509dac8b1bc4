"""Where the pieces of a lesson stand on a sheet of pixels."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upscli.cli.lesson_lines import shown
from upscli.pictures.drawing import Box, Group, Mark, Print, Stroke, Words, broken, text_width

if TYPE_CHECKING:
    from upscli.lessons.board import Matrix, Photo, Piece, Scene, Sign

INK, GRAY, PALE, PAPER, GROUND = "#1d2733", "#5b6876", "#9aa5b1", "#ffffff", "#eef1f5"
LINE = "#d5dbe3"
FILLS = (PAPER, "#bfdcff", "#ffd88a", "#f4f6f9")
"""By tone: plain, read, made, faint."""
INKS = (INK, INK, INK, PALE)
TEXT, NAME, NUMBER, HEADING = 19, 17, 20, 23
CELL, LEAD, GAP, SIGN = 36, 27, 14, 44
"""Height of a cell and of a line of words, between pieces, and for a sign."""
PHOTO = 480
"""Width, about, of a lesson's widest picture."""
LEAST_WORDS = 420
MOST_ROWS = 20
"""Of a matrix."""


@dataclass(frozen=True)
class Part:
    """Marks that stand within (0, 0) and (width, height)."""

    width: float
    height: float
    marks: tuple[Mark, ...]


def paragraph(words: Iterable[str], width: float, size: int = TEXT, color: str = GRAY) -> Part:
    """Lines of words, broken where they would be wider than `width`."""
    lead = LEAD * size // TEXT
    lines = [line for sentence in words for line in broken(sentence, width, size)]
    marks = tuple(Words(0, lead * (i + 0.5), line, size, color) for i, line in enumerate(lines))
    return Part(max((text_width(line, size) for line in lines), default=0), lead * len(lines), marks)


def stacked(parts: Iterable[Part], gap: float) -> Part:
    """Below each other, at the left."""
    marks: list[Mark] = []
    width = down = 0.0
    for part in parts:
        if not part.height:
            continue
        down += gap if marks else 0
        marks.append(Group(0, down, part.marks))
        width, down = max(width, part.width), down + part.height
    return Part(width, down, tuple(marks))


def scene_part(scene: "Scene", width: float, unit: float) -> Part:
    """A whole scene, at most about `width` wide. `unit`: the width of a picture of `show` 1."""
    heading = paragraph([scene.title], max(width, LEAST_WORDS), HEADING, INK)
    rows = list(_rows(scene.pieces, width, unit))
    wide = max([row.width for row in rows] + [LEAST_WORDS])
    return stacked([heading, *rows, paragraph(scene.words, wide)], GAP)


def _rows(pieces: "tuple[Piece, ...]", width: float, unit: float) -> Iterator[Part]:
    """As many pieces side by side as fit, each with the sign before it."""
    from upscli.lessons.board import Matrix, Sign

    row: list[Part] = []
    sign: tuple[Part, ...] = ()
    used = 0.0
    top = not any(isinstance(piece, Matrix) or piece == Sign.GIVES for piece in pieces)
    for piece in pieces:
        if isinstance(piece, Sign):
            sign = (_sign(piece),)
            continue
        part = _matrix(piece) if isinstance(piece, Matrix) else _photo(piece, unit)
        more = sum(one.width for one in (*sign, part)) + GAP
        if row and used + more > width + GAP:
            yield _beside(row, top)
            row, used = [], 0.0
            sign = () if sign and not sign[0].marks else sign
        row += [*sign, part]
        used, sign = used + more + GAP * len(sign), ()
    row += sign
    if row:
        yield _beside(row, top)


def _beside(parts: list[Part], top: bool) -> Part:
    """Side by side: pictures at one height, matrices centered."""
    height = max(part.height for part in parts)
    marks: list[Mark] = []
    right = 0.0
    for part in parts:
        above = 0.0 if top and part.height > SIGN else (height - part.height) / 2
        marks.append(Group(right, above, part.marks))
        right += part.width + GAP
    return Part(right - GAP, height, tuple(marks))


def _matrix(matrix: "Matrix") -> Part:
    from upscli.lessons.board import number

    rows, columns = shown(matrix.values.shape[0], MOST_ROWS), shown(matrix.values.shape[1])
    texts, tones = [], []
    for row in rows:
        for column in columns:
            value = float(matrix.values[row, column]) if row is not None and column is not None else None
            texts.append("..." if value is None else "" if value != value else number(value))
            tones.append(3 if value is None else int(matrix.tone(row or 0, column or 0)))
    wide = max(CELL + 2, *(text_width(text, NUMBER) + 16 for text in texts), 0)
    name = NAME + 10 if matrix.name else 0
    width = max(wide * len(columns), text_width(matrix.name, NAME))
    left = (width - wide * len(columns)) / 2
    marks: list[Mark] = [Words(width / 2, NAME / 2, matrix.name, NAME, GRAY, "mm")] if name else []
    for place, (text, tone) in enumerate(zip(texts, tones, strict=True)):
        x, y = left + place % len(columns) * wide, name + place // len(columns) * CELL
        marks.append(Box(x, y, wide + 1, CELL + 1, FILLS[tone], LINE))
        marks.append(Words(x + wide / 2, y + CELL / 2, text, NUMBER, INKS[tone], "mm"))
    return Part(width + 1, name + CELL * len(rows) + 1, tuple(marks))


def _photo(photo: "Photo", unit: float) -> Part:
    high, wide = photo.pixels.shape[:2]
    width = round(photo.show * unit)
    height = max(1, round(width * high / wide))
    top = NAME + 12
    print_ = Print(0, top, width, height, photo.pixels)
    # A narrow picture takes wider words than itself, but no room for them is left over beside a wide one.
    words = paragraph(photo.words, max(width, 120), NAME)
    marks = (Words(0, NAME / 2, photo.name, TEXT, INK), print_, Group(0, top + height + 8, words.marks))
    return Part(max(width, words.width), top + height + 8 + words.height + GAP, marks)


def _sign(sign: "Sign") -> Part:
    """Drawn, not written: the font has neither times nor arrows."""
    middle, arm = SIGN / 2, SIGN / 5

    def stroke(*points: tuple[float, float]) -> Stroke:
        return Stroke(tuple((middle + x * arm, middle + y * arm) for x, y in points), GRAY, 3)

    drawn: dict[str, Callable[[], tuple[Mark, ...]]] = {
        "x": lambda: (stroke((-0.8, -0.8), (0.8, 0.8)), stroke((-0.8, 0.8), (0.8, -0.8))),
        "+": lambda: (stroke((-1, 0), (1, 0)), stroke((0, -1), (0, 1))),
        "=": lambda: (stroke((-1, -0.5), (1, -0.5)), stroke((-1, 0.5), (1, 0.5))),
        "->": lambda: (stroke((-1.6, 0), (1.5, 0)), stroke((0.6, -0.9), (1.5, 0), (0.6, 0.9))),
    }
    if sign.value not in drawn:
        return Part(GAP / 2, 1, ())
    return Part(SIGN, SIGN, drawn[sign.value]())
