"""Lessons as lines of characters: for pipes, files and terminals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from upscli.lessons.board import Lesson, Matrix, Photo, Scene

MOST_CELLS = 40
"""Rows or columns of a matrix that are drawn."""
PHOTO_COLUMNS = 32
GAP = 2
"""Columns between pieces."""
MOST_WORDS = 88
"""Columns of running text."""


@dataclass(frozen=True)
class Span:
    """Characters of one look."""

    text: str
    look: str = ""
    """A name of `LOOKS`, or colors as rich writes them."""


Line = list[Span]


@dataclass(frozen=True)
class Block:
    """Lines of equal width."""

    width: int
    lines: list[Line]
    on_top: bool = False
    """Beside others it stands at the top, not in the middle."""


@dataclass(frozen=True)
class Page:
    """What lines are drawn on."""

    width: int = 80
    colors: bool = False
    """Else what is marked gets brackets, and pictures are left away."""


def lesson_lines(lesson: "Lesson", page: Page) -> Iterator[Line]:
    """The whole lesson."""
    yield from head_lines(lesson, page)
    for scene in lesson.scenes:
        yield []
        yield from scene_lines(scene, page)


def head_lines(lesson: "Lesson", page: Page) -> Iterator[Line]:
    """The title and what is said first."""
    yield [Span(lesson.title, "title")]
    yield [Span("=" * len(lesson.title), "faint")] if not page.colors else []
    for words in lesson.words:
        yield from _wrapped(words, page.width)


def scene_lines(scene: "Scene", page: Page) -> Iterator[Line]:
    """One page of it."""
    yield [Span(scene.title, "heading")]
    if note := _note(scene, page):
        yield [Span(note, "faint")]
    for row in _rows(_units(scene, page), page.width):
        yield []
        yield from _side_by_side(row)
    if scene.pieces and scene.words:
        yield []
    for words in scene.words:
        yield from _wrapped(words, page.width)


def _note(scene: "Scene", page: Page) -> str:
    """What is not drawn of the pictures."""
    from upscli.lessons.board import Photo

    photos = [piece for piece in scene.pieces if isinstance(piece, Photo)]
    if photos and not page.colors:
        return "(a terminal with colors, or -o sheet.png, shows the pictures)"
    details = [photo.detail for photo in photos if photo.detail is not None]
    return f"(a piece of each: {details[0].shape[1]} x {details[0].shape[0]} pixels)" if details else ""


def plain_text(lines: Iterator[Line]) -> str:
    """The characters alone."""
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines)


def _wrapped(words: str, width: int) -> Iterator[Line]:
    for line in wrap(words, min(width, MOST_WORDS)):
        yield [Span(line)]


def shown(count: int, most: int = MOST_CELLS) -> list[int | None]:
    """The rows or columns that are drawn; None stands for those left out."""
    if count <= most:
        return list(range(count))
    return [*range(most - 2), None, count - 1]


def _units(scene: "Scene", page: Page) -> Iterator[Block]:
    """Pieces, each with the sign before it."""
    from upscli.lessons.board import Matrix, Sign

    sign: str = ""
    for piece in scene.pieces:
        if isinstance(piece, Sign):
            sign = piece.value.strip()
            continue
        block = _matrix(piece, page) if isinstance(piece, Matrix) else _photo(piece, page)
        yield _with_sign(sign, block) if sign and not _alone(piece, page) else block
        sign = ""
    if sign:
        yield _with_sign(sign, Block(0, []))


def _alone(piece: "Matrix | Photo", page: Page) -> bool:
    """Where pictures are left away, their words stand below each other."""
    from upscli.lessons.board import Photo

    return isinstance(piece, Photo) and not page.colors


def _with_sign(sign: str, block: Block) -> Block:
    mark = Block(len(sign) + 1, [[Span(f"{sign} ", "sign")]])
    return Block(mark.width + block.width, list(_side_by_side([mark, block], gap=0)))


def _rows(units: Iterator[Block], width: int) -> Iterator[list[Block]]:
    """As many side by side as fit."""
    row: list[Block] = []
    for unit in units:
        if row and sum(one.width + GAP for one in row) + unit.width > width:
            yield row
            row = []
        row.append(unit)
    if row:
        yield row


def _side_by_side(blocks: Sequence[Block], gap: int = GAP) -> Iterator[Line]:
    """Centered beside each other."""
    height = max(len(block.lines) for block in blocks)
    columns: list[list[Line]] = []
    for block in blocks:
        above = 0 if block.on_top else (height - len(block.lines)) // 2
        columns.append([[]] * above + block.lines)
    for lines in zip_longest(*columns, fillvalue=[]):
        whole: Line = []
        for block, line in zip(blocks, lines, strict=True):
            used = sum(len(span.text) for span in line)
            whole += [*line, Span(" " * (block.width - used + gap))]
        yield whole


def _matrix(matrix: "Matrix", page: Page) -> Block:
    """The name above, numbers at the right of their columns."""
    from upscli.lessons.board import number

    high, wide = matrix.values.shape
    rows = shown(high)
    cells: list[list[tuple[str, Any]]] = []
    columns = shown(wide)
    for row in rows:
        line: list[tuple[str, Any]] = []
        for column in columns:
            if row is None or column is None:
                line.append(("..", 0))
                continue
            value = float(matrix.values[row, column])
            line.append(("." if value != value else number(value), int(matrix.tone(row, column))))
        cells.append(line)
    size = max(len(text) for line in cells for text, _ in line)
    lines = [_cells(line, size, page) for line in cells]
    width = max(len(matrix.name) + 1, (size + 1) * len(columns) + 1)
    left = (width - (size + 1) * len(columns) - 1) // 2
    lines = [[Span(" " * left), *line] for line in lines]
    return Block(width, [[Span(f" {matrix.name}", "name")], *lines] if matrix.name else lines)


_LOOKS = ("", "read", "made", "faint")
_HOT = (1, 2)


def _cells(line: list[tuple[str, Any]], size: int, page: Page) -> Line:
    """One row of numbers; what stands between them shows where marks begin and end."""
    spans, before = [], 0
    for text, tone in line:
        spans += [_between(before, tone, page), Span(text.rjust(size), _LOOKS[tone])]
        before = tone
    return [*spans, _between(before, 0, page)]


def _between(left: int, right: int, page: Page) -> Span:
    hot = [tone for tone in (left, right) if tone in _HOT]
    if page.colors:
        return Span(" ", _LOOKS[hot[0]] if hot else "")
    if left == right or not hot:
        return Span(" ")
    return Span("|" if len(hot) == 2 else "]" if left in _HOT else "[")


def _photo(photo: "Photo", page: Page) -> Block:
    """Two pixels in each character, above each other; without colors only the words."""
    if not page.colors:
        lines = [photo.name, *(f"  {words}" for words in photo.words)]
        return Block(page.width, [[Span(line)] for line in lines])
    columns = max(2, round(photo.show * PHOTO_COLUMNS))
    pixels = photo.reduced(columns) if photo.detail is None else photo.detail.tolist()
    width = max(len(pixels[0]), len(photo.name), *(len(line) for line in photo.words if photo.detail is None))
    lines = [line for words in photo.words for line in wrap(words, max(width, 24))]
    width = max(width, *(len(line) for line in lines))
    drawn = [
        [Span("\u2580", f"{_color(above)} on {_color(below)}") for above, below in zip(*pair, strict=True)]
        for pair in zip(pixels[::2], pixels[1::2], strict=False)
    ]
    block = [[Span(photo.name, "name")], *drawn, *([Span(line)] for line in lines)]
    return Block(width, block, on_top=photo.detail is not None)


def _color(color: Sequence[int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
