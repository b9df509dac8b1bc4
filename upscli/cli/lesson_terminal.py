"""Lessons on a terminal: all at once, page by page, or as a film."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import sleep
from typing import TYPE_CHECKING

import click

from upscli.cli.lesson_lines import Line, Page, Span, head_lines, lesson_lines, plain_text, scene_lines

if TYPE_CHECKING:
    from rich.console import Console

    from upscli.lessons.board import Lesson

LOOKS = {
    "title": "bold underline",
    "heading": "bold",
    "name": "dim",
    "faint": "dim",
    "sign": "bold",
    # Both colors are given, so that it reads the same on dark and on light ground.
    "read": "#000000 on #8fc7ff",
    "made": "#000000 on #ffcf70",
}
SECONDS = 1.2
"""For one step of a film."""
LONGER = 3.0
"""For its other scenes."""


def show_all(lesson: "Lesson", no_color: bool) -> str:
    """The whole lesson as text with the terminal's colors."""
    console, page = _console(no_color)
    with console.capture() as drawn:
        _draw(console, lesson_lines(lesson, page), page.colors)
    return drawn.get()


def step_through(lesson: "Lesson", no_color: bool) -> None:
    """Page by page, with keys."""
    console, _ = _console(no_color)
    at = 0
    with console.screen(hide_cursor=True):
        # Each time anew: the window may have changed its size.
        while 0 <= at < len(pages := _pages(lesson, no_color)):
            _show_page(console, pages[at], f"{at + 1}/{len(pages)}   next: space or ->   back: b or <-   end: q")
            at = _turned(at, len(pages), click.getchar())


def animate(lesson: "Lesson", no_color: bool) -> None:
    """As a film; the last scene stays on the terminal."""
    console, page = _console(no_color)
    pages = _pages(lesson, no_color)
    with console.screen(hide_cursor=True):
        for at, shown in enumerate(pages):
            _show_page(console, shown, f"{at + 1}/{len(pages)}   Ctrl-C ends it")
            sleep(SECONDS if shown.is_step else LONGER)
    _draw(console, scene_lines(lesson.scenes[-1], page), page.colors)


@dataclass(frozen=True)
class _Shown:
    lines: list[Line]
    is_step: bool
    colors: bool


def _console(no_color: bool) -> tuple["Console", Page]:
    from rich.console import Console

    console = Console(no_color=no_color or None, highlight=False, soft_wrap=True)
    # Colored pictures are made of half blocks, which older encodings lack.
    colors = console.color_system is not None and not console.no_color and console.encoding.startswith("utf")
    return console, Page(max(40, console.width - 1), colors)


def _pages(lesson: "Lesson", no_color: bool) -> list[_Shown]:
    """What is said first, and every scene; what is higher than the window takes several pages."""
    console, page = _console(no_color)
    room = max(5, console.height - 5)
    pages = [(list(head_lines(lesson, page)), False)]
    pages += [(list(scene_lines(scene, page)), scene.is_step) for scene in lesson.scenes]
    return [
        _Shown([[Span(lesson.title, "title")], [], *part] if at else part, is_step, page.colors)
        for at, (lines, is_step) in enumerate(pages)
        for part in (lines[first : first + room] for first in range(0, len(lines), room))
    ]


_BACK = ("b", "p", "\x1b[D", "\x1bOD", "\x1b[A", "\x1bOA", "\x1b[5~", "\x7f", "\x08")
_END = ("q", "Q", "\x1b", "\x04")


def _turned(at: int, count: int, key: str) -> int:
    """The page after that key; behind the last one is the end."""
    if key in _END:
        return count
    return max(0, at - 1) if key in _BACK else at + 1


def _show_page(console: "Console", page: _Shown, footer: str) -> None:
    with console.capture() as drawn:
        _draw(console, iter(page.lines), page.colors)
        console.print(f"\n{footer}", style="dim", end="")
    console.clear()
    console.file.write(drawn.get())
    console.file.flush()


def _draw(console: "Console", lines: Iterator[Line], colors: bool) -> None:
    from rich.text import Text

    for line in lines:
        if not colors:
            console.print(Text(plain_text(iter([line]))))
        else:
            console.print(Text.assemble(*((span.text, LOOKS.get(span.look, span.look)) for span in line)))
