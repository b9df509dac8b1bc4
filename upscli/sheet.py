"""A comparison as a sheet: a cell for each method, with its regions below each other and what is known of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from upscli import views
from upscli.comparison import Cell, Comparison, Crop
from upscli.pictures.drawing import Box, Color, Group, Mark, Print, Sheet, Words, broken, text_width

WIDE = 1600
"""Pixels of a sheet's width, about, that a screen and a page of paper show well."""
CELL = 320
"""Width of a cell, about, where its regions can be shown so large."""
LEAST = 200
"""Width of a cell, so that its words have room."""
TEXT, LARGEST = 15, 42
"""Sizes of text: for small cells and for the largest."""


@dataclass(frozen=True)
class Theme:
    """Colors of a sheet."""

    ground: Color
    ink: Color
    quiet: Color
    mark: Color
    """Of the best cell."""
    on_mark: Color


THEMES = {
    "light": Theme("#ffffff", "#14181d", "#5b6673", "#0b7a3b", "#ffffff"),
    "dark": Theme("#14171b", "#f1f3f5", "#9aa5b1", "#4cd07d", "#0d1f14"),
}


@dataclass(frozen=True)
class Look:
    """How a sheet is to look."""

    theme: str = "light"
    zoom: int | None = None
    """Screen pixels for each pixel of a result, along both axes; None: as large as fits a cell."""
    columns: int | None = None
    difference: bool = False
    """Below each region, its difference to the reference, or to the mean of all."""
    spectrum: bool = False
    """Below each region, its spectrum."""


@dataclass(frozen=True)
class _Panel:
    """A cell before it is placed."""

    name: str
    facts: tuple[str, ...]
    views: tuple[Crop, ...]
    best: bool = False


@dataclass(frozen=True)
class _Measures:
    """Sizes that all cells share."""

    zoom: int
    width: int
    text: int
    theme: Theme

    @property
    def lead(self) -> int:
        """Height of a line of words."""
        return round(self.text * 1.45)

    @property
    def gap(self) -> int:
        """Between pictures of a cell."""
        return max(4, self.text // 3)

    @property
    def frame(self) -> int:
        """Width of the frame of the best."""
        return max(3, self.text // 5)


def sheet_of(comparison: Comparison, look: Look) -> Sheet:
    """The sheet, ready to be painted."""
    panels, legends = _panels(comparison, look)
    zoom = look.zoom or zoom_for(max(region[2] for region in comparison.crops))
    width = max(LEAST, zoom * max(region[2] for region in comparison.crops))
    text = min(LARGEST, max(TEXT, round(width / 20)))
    measures = _Measures(zoom, width, text, THEMES[look.theme])
    between = measures.text
    margin = round(measures.text * 1.6)
    columns = look.columns or _columns(len(panels), width + between)
    columns = min(columns, len(panels))
    inner = columns * (width + between) - between
    marks = list(_heading(comparison, legends, inner, measures))
    down = _height(marks)
    for first in range(0, len(panels), columns):
        row = panels[first : first + columns]
        heads = [_head(panel, measures) for panel in row]
        top = max(map(_height, heads)) + measures.gap
        drawn = [(*head, *_pictures(panel, top, measures)) for panel, head in zip(row, heads, strict=True)]
        marks += [Group(place * (width + between), down, cell) for place, cell in enumerate(drawn)]
        down += max(map(_height, drawn)) + between
    footing = list(_footing(comparison, inner, measures))
    marks.append(Group(0, down, tuple(footing)))
    height = round(down + _height(footing))
    return Sheet(inner + 2 * margin, height + 2 * margin, measures.theme.ground, (Group(margin, margin, tuple(marks)),))


def zoom_for(width: int) -> int:
    """The largest whole factor at which a region of this width fits a cell."""
    return max(1, CELL // width)


def around_for(zoom: int) -> tuple[int, int]:
    """(width, height) of a region that fills a cell at this zoom."""
    return max(8, CELL // zoom), max(6, CELL * 3 // 4 // zoom)


def _columns(count: int, wide: int) -> int:
    """As many as a sheet has room for, in rows that are as full as can be."""
    most = max(1, min(count, WIDE // wide))
    rows = ceil(count / most)
    return ceil(count / rows)


def _panels(comparison: Comparison, look: Look) -> tuple[list[_Panel], tuple[str, ...]]:
    """The reference and the cells, and what their further pictures show."""
    cells = comparison.cells
    reference = comparison.reference
    stacks: list[list[Crop]] = [[] for _ in range(len(cells) + (reference is not None))]
    legends: dict[str, None] = {}
    for place in range(len(comparison.crops)):
        own = [reference[place]] if reference is not None else []
        shown = [*own, *(cell.crops[place] for cell in cells)]
        further = []
        if look.difference:
            maps, full = views.differences(shown, own[0] if own else None, look.theme == "dark")
            further.append(maps)
            legends[_against(full, reference is not None)] = None
        if look.spectrum:
            further.append(views.spectra(shown))
            legends["Gray maps: spectrum, logarithmic; the rim is the finest detail, lone dots are patterns."] = None
        for stack, *pictures in zip(stacks, shown, *further, strict=True):
            stack += pictures
    first = [_Panel("original", ("what the scores are against",), tuple(stacks[0]))] if reference is not None else []
    rest = [
        _Panel(cell.label, tuple(_facts(cell)), tuple(stack), cell.best)
        for cell, stack in zip(cells, stacks[len(first) :], strict=True)
    ]
    return [*first, *rest], tuple(legends)


def _against(full: float, scored: bool) -> str:
    what = "the original" if scored else "the mean of all"
    return f"Color maps: red is brighter than {what}, blue darker; full color is {full:.0f} levels of 255."


def _facts(cell: Cell) -> Iterator[str]:
    if cell.identical:
        yield "identical"
    elif cell.psnr is not None:
        yield f"{cell.psnr:.2f} dB" + ("" if cell.ssim is None else f", SSIM {cell.ssim:.4f}")
    if cell.seconds is not None:
        yield duration(cell.seconds)


def duration(seconds: float) -> str:
    """`2.4 ms`, `120 ms`, `1.34 s`."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.{int(seconds < 0.01)}f} ms"


def _heading(comparison: Comparison, legends: Sequence[str], width: int, measures: _Measures) -> Iterator[Mark]:
    size, target = (" x ".join(map(str, pair)) for pair in (comparison.size, comparison.target))
    factor = comparison.target[0] / comparison.size[0]
    title = f"{_readable(comparison.source)}, x{factor:.4g}: {size} to {target}"
    title_size = round(measures.text * 1.5)
    down = 0.0
    for line in broken(title, width, title_size):
        yield Words(0, down + title_size * 0.6, line, title_size, measures.theme.ink)
        down += title_size * 1.4
    for sentence in (*comparison.verdict, comparison.basis, *legends):
        color = measures.theme.ink if sentence in comparison.verdict else measures.theme.quiet
        for line in broken(_readable(sentence), width, measures.text) if sentence else ():
            yield Words(0, down + measures.lead / 2, line, measures.text, color)
            down += measures.lead
    yield Box(0, down + measures.text * 0.6, 1, 1, measures.theme.ground)


def _footing(comparison: Comparison, width: int, measures: _Measures) -> Iterator[Mark]:
    size = max(13, measures.text - 2)
    regions = " and ".join(f"{wide} x {high} pixels at {x},{y}" for x, y, wide, high in comparison.crops)
    sentences = [f"Shown: {regions}."]
    sentences += ["dB are PSNR; PSNR and SSIM take all channels alike."] if comparison.scored else []
    sentences += [comparison.timing] if any(cell.seconds is not None for cell in comparison.cells) else []
    down = 0.0
    for sentence in (*sentences, *comparison.notes):
        for line in broken(_readable(sentence), width, size) if sentence else ():
            yield Words(0, down + size * 0.7, line, size, measures.theme.quiet)
            down += size * 1.4


def _readable(text: str) -> str:
    """Without characters that cannot be drawn in a line."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _head(panel: _Panel, measures: _Measures) -> tuple[Mark, ...]:
    """The words above the pictures of a cell."""
    theme, text, lead = measures.theme, measures.text, measures.lead
    badge = text_width("best", text) + text if panel.best else 0.0
    names = broken(panel.name, measures.width - badge - text / 2, text)
    in_a_line = ", ".join(panel.facts)
    facts = (in_a_line,) if text_width(in_a_line, text) <= measures.width else panel.facts
    lines = [*((name, theme.ink) for name in names), *((fact, theme.quiet) for fact in facts)]
    marks: list[Mark] = [Words(0, lead * (i + 0.5), line, text, color) for i, (line, color) in enumerate(lines)]
    if panel.best:
        marks.append(Box(measures.width - badge, 0, badge, lead, theme.mark, None, text // 3))
        marks.append(Words(measures.width - badge / 2, lead / 2, "best", text, theme.on_mark, "mm"))
    return tuple(marks)


def _pictures(panel: _Panel, top: float, measures: _Measures) -> Iterator[Mark]:
    """Below each other."""
    down = round(top)
    for view in panel.views:
        high, wide = (side * measures.zoom for side in view.shape[:2])
        if panel.best:
            edge = measures.frame
            yield Box(-edge, down - edge, wide + 2 * edge, high + 2 * edge, measures.theme.mark)
        yield Print(0, down, wide, high, view)
        down += high + measures.gap


def _height(marks: Sequence[Mark]) -> float:
    """How far down they reach."""
    return max((_bottom(mark) for mark in marks), default=0.0)


def _bottom(mark: Mark) -> float:
    if isinstance(mark, Group):
        return mark.y + _height(mark.marks)
    if isinstance(mark, Words):
        return mark.y + mark.size * 0.7
    return mark.y + mark.height if isinstance(mark, Box | Print) else 0.0
