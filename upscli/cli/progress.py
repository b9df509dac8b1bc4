"""Bars for long work, drawn on stderr."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text


class _Shown:
    """A display that is drawn while it is entered."""

    _console: Console
    _progress: Progress

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def above(self, line: str) -> None:
        """A line above the bar."""
        self._console.print(Text(line), soft_wrap=True)


class Bar(_Shown):
    """One bar for a run: pictures done of all, megapixels a second, time left, and what is under way.

    All names given must be printable.
    """

    def __init__(self, total: int, done: int = 0) -> None:
        self._pictures = total
        self._console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            *((MofNCompleteColumn(),) if total > 1 else ()),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=self._console, transient=True)
        self._task = self._progress.add_task("", total=total, completed=done, rate="")
        self._names: list[str] = []
        self._done = 0.0

    def begun(self, name: str) -> None:
        """A picture is begun."""
        if name not in self._names:  # a second try
            self._names.append(name)
        self._show()
        if self._pictures == 1:  # of many, the next drawing will show it
            self._progress.refresh()

    def rows(self, done: int, total: int, unit: str = "") -> None:
        """Of the only picture; with a unit, they are counted."""
        self._progress.update(self._task, completed=done, total=total)
        if unit:
            self._progress.update(self._task, rate=f"{done:,} of {total:,} {unit}")

    def ended(self, name: str, megapixels: float) -> None:
        """A picture is done."""
        if name in self._names:
            self._names.remove(name)
        self._done += megapixels
        elapsed = self._progress.tasks[0].elapsed or 0.0
        rate = f"{self._done / elapsed:.1f} MP/s" if elapsed and self._done else ""
        self._progress.update(self._task, advance=1 if self._pictures > 1 else 0, rate=rate)
        self._show()

    def _show(self) -> None:
        shown = ", ".join(self._names[:2]) + (" ..." if len(self._names) > 2 else "")
        width = max(12, self._console.width // 3)
        self._progress.update(self._task, description=shown if len(shown) <= width else shown[: width - 3] + "...")


class Course(_Shown):
    """A bar of one number that grows to its total."""

    def __init__(self, total: int, of: str) -> None:
        columns = (TextColumn(of, markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._console = Console(stderr=True)
        self._progress = Progress(*columns, console=self._console, transient=True)
        self._task = self._progress.add_task("", total=total)

    def at(self, done: int) -> None:
        """So much of the total is done."""
        self._progress.update(self._task, completed=done)
