"""Lessons as one PNG sheet, or as a GIF film."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from upscli.cli.lesson_layout import (
    GAP,
    GROUND,
    INK,
    LINE,
    PAPER,
    PHOTO,
    TEXT,
    Part,
    paragraph,
    scene_part,
    stacked,
)
from upscli.pictures import drawing
from upscli.pictures.drawing import Box, Group, Mark, Sheet

if TYPE_CHECKING:
    from upscli.lessons.board import Lesson, Scene

MARGIN, PAD, BETWEEN = 40, 24, 22
WIDTH, MOST_WIDTH = 1520, 2360
"""Of a sheet without its margins; pictures may make it wider still."""
FILM_WIDTH = 1000
TITLE = 38
ABREAST = 4
"""Pictures side by side."""
MOST_STEPS = 36
"""On one sheet."""
STEP_MS, OTHER_MS, LAST_MS = 1200, 2500, 4000


def png(lesson: "Lesson") -> bytes:
    """Every scene on one sheet; of very many steps the first ones."""
    unit = _unit(lesson)
    room = max(WIDTH, ABREAST * unit + (ABREAST - 1) * (2.5 * GAP) + 2 * PAD) if unit else WIDTH
    scenes = _first(lesson.scenes)
    parts = [(scene.is_step, scene_part(scene, room - 2 * PAD, unit)) for scene in scenes]
    step = max((part.width + 2 * PAD for is_step, part in parts if is_step), default=room)
    columns = max(1, int((MOST_WIDTH + BETWEEN) // (step + BETWEEN)))
    width = max(room, columns * (step + BETWEEN) - BETWEEN) if step < room else room
    rows = [stacked([paragraph([lesson.title], width, TITLE, INK), paragraph(lesson.words, width, TEXT + 1)], 12)]
    for is_step, group in groupby(parts, key=itemgetter(0)):
        cards = [part for _, part in group]
        rows += _grid(cards, columns, step) if is_step else _shelves(cards, width)
    whole = stacked(rows, BETWEEN)
    return drawing.png(_sheet(whole.marks, width, whole.height))


def gif(lesson: "Lesson") -> bytes:
    """A frame for each scene, in order."""
    unit = _unit(lesson)
    width = FILM_WIDTH if not unit else max(FILM_WIDTH, 2 * unit + 3 * GAP)
    head = paragraph([lesson.title], width, TITLE - 8, INK)
    scenes = [stacked([head, scene_part(scene, width, unit)], BETWEEN) for scene in lesson.scenes]
    wide, high = max(part.width for part in scenes), max(part.height for part in scenes)
    times = [STEP_MS if scene.is_step else OTHER_MS for scene in lesson.scenes]
    times[-1] = LAST_MS
    return drawing.gif([_sheet(part.marks, wide, high, PAPER) for part in scenes], times)


def _unit(lesson: "Lesson") -> float:
    """The width of the widest picture on the sheet: its pixels enlarged by a whole factor. 0: there is none."""
    from upscli.lessons.board import Photo

    widest = max((p.pixels.shape[1] for s in lesson.scenes for p in s.pieces if isinstance(p, Photo)), default=0)
    return widest * max(1, round(PHOTO / widest)) if widest else 0


def _sheet(marks: tuple[Mark, ...], width: float, height: float, ground: str = GROUND) -> Sheet:
    inner = Group(MARGIN, MARGIN, marks)
    return Sheet(round(width + 2 * MARGIN), round(height + 2 * MARGIN), ground, (inner,))


def _first(scenes: "tuple[Scene, ...]") -> "list[Scene]":
    """Without the steps that are too many for one sheet."""
    steps = [scene for scene in scenes if scene.is_step]
    left = set(map(id, steps[MOST_STEPS:]))
    return [scene for scene in scenes if id(scene) not in left]


def _grid(cards: list[Part], columns: int, width: float) -> Iterator[Part]:
    """Cards of one size, row by row."""
    height = max(card.height for card in cards) + 2 * PAD
    for first in range(0, len(cards), columns):
        yield _shelf([(card, width) for card in cards[first : first + columns]], height)
    if len(cards) == MOST_STEPS:
        yield paragraph(["further steps are in --format html, gif and json"], width * columns)


def _shelves(cards: list[Part], width: float) -> Iterator[Part]:
    """As many beside each other as fit; they share the room that is left over."""
    shelf: list[Part] = []
    for card in [*cards, None]:
        used = sum(one.width + 2 * PAD + BETWEEN for one in shelf)
        if shelf and (card is None or used + card.width + 2 * PAD > width):
            more = (width - used + BETWEEN) / len(shelf)
            yield _shelf([(one, one.width + 2 * PAD + more) for one in shelf], max(o.height for o in shelf) + 2 * PAD)
            shelf = []
        if card is not None:
            shelf.append(card)


def _shelf(cards: list[tuple[Part, float]], height: float) -> Part:
    """White cards of these widths side by side."""
    marks: list[Mark] = []
    right = 0.0
    for card, wide in cards:
        marks.append(Box(right, 0, wide, height, PAPER, LINE, 10))
        marks.append(Group(right + PAD, PAD, card.marks))
        right += wide + BETWEEN
    return Part(right - BETWEEN, height, tuple(marks))
