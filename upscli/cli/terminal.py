"""The only road to the terminal: whatever is said passes through here."""

import sys
from typing import Any

import click

_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def printable(text: str) -> str:
    """The text with every control, bidirectional, zero-width and undecodable character made visible.

    A file name can then neither move the cursor, nor hide, nor pretend to be two lines.
    """
    if text.isascii() and text.isprintable():
        return text
    from unicodedata import category

    return "".join(char.encode("unicode_escape").decode() if category(char) in _UNSEEN else char for char in text)


def say(sentence: str) -> None:
    """One line on stderr, if the caller has left it open."""
    if sys.stderr is not None:
        print(printable(sentence), file=sys.stderr)  # noqa: T201 - this is the place


def is_watched() -> bool:
    """Whether stdout is a terminal, where a person reads it."""
    return sys.stdout is not None and sys.stdout.isatty()


def check_open() -> None:
    """Raise UsageError where the caller closed stdout: Python would print nothing, and not tell."""
    if sys.stdout is None:
        raise click.UsageError("stdout is closed; send it to a file or a pipe")


def check_takes_bytes() -> None:
    """Raise UsageError for a stdout that no file can go to."""
    check_open()
    if is_watched():
        raise click.UsageError("stdout is a terminal; send it to a file or a pipe")


def show(text: str, at_once: bool = False) -> None:
    """Lines on stdout: the product of a command whose product is words. `at_once`: somebody waits for each."""
    check_open()
    for line in text.split("\n"):
        print(printable(line), flush=at_once)  # noqa: T201


def show_table(table: Any) -> None:
    """A rich table on stdout; its cells must be printable."""
    from rich.console import Console

    check_open()
    console = Console()
    if not console.is_terminal:
        console = Console(width=110)
    with console.capture() as drawn:  # rich would end the program with 1 at a closed pipe
        console.print(table)
    print(drawn.get(), end="")  # noqa: T201
