"""Bars for long work, drawn on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text


@contextmanager
def bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """A bar for one picture; call what it yields with (rows done, rows in all). `name` must be printable."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(Text(name).plain, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
