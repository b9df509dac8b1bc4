"""Terminals: refused where bytes would flow, drawn on where a person waits, and never at the mercy of a name."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from upscli.cli.terminal import printable

if os.name != "posix":
    pytest.skip("needs pseudo-terminals", allow_module_level=True)

import pty

UPSCLI = [sys.executable, "-m", "upscli"]


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a pseudo-terminal: what a person sees, and what a program holds."""
    person, program = pty.openpty()
    yield person, program
    os.close(person)


def seen(person: int) -> bytes:
    """All that was written, once the program's end is closed everywhere."""
    parts = []
    while True:
        try:
            part = os.read(person, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)


def test_a_terminal_as_stdin_is_refused(folder: Path, terminal: tuple[int, int]) -> None:
    _, program = terminal
    done = subprocess.run(
        [*UPSCLI, "enlarge", "-", "-o", "b.png"], stdin=program, capture_output=True, timeout=30, check=False
    )
    os.close(program)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"upscli: stdin is a terminal; pipe a picture into it")
    assert done.stderr.count(b"\n") == 1
    assert not Path("b.png").exists()


def test_a_terminal_as_stdout_is_refused(folder: Path, terminal: tuple[int, int]) -> None:
    person, program = terminal
    done = subprocess.run(
        [*UPSCLI, "enlarge", "sprite.png", "-o", "-"],
        stdout=program,
        stderr=subprocess.PIPE,
        timeout=30,
        check=False,
    )
    os.close(program)
    assert done.returncode == 2
    assert done.stderr.startswith(b"upscli: stdout is a terminal; send it to a file or a pipe")
    assert done.stderr.count(b"\n") == 1
    assert seen(person) == b""


LARGE = (
    "import sys, upscli.cli.telling; upscli.cli.telling.LONG_WORK = 0;"
    "from upscli.cli import run; sys.exit(run(sys.argv[1:]))"
)


def drawn(terminal: tuple[int, int], *words: str) -> tuple[int, bytes]:
    """Exit code and what a person sees of a job that counts as large."""
    person, program = terminal
    process = subprocess.Popen(
        [sys.executable, "-c", LARGE, "enlarge", *words],
        stderr=program,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(program)
    shown = seen(person)
    return process.wait(30), shown


def test_a_large_picture_shows_its_progress_on_a_terminal(folder: Path, terminal: tuple[int, int]) -> None:
    code, shown = drawn(terminal, "landscape.png", "-o", "b.png")
    assert code == 0
    assert b"landscape.png" in shown
    assert b"\x1b[" in shown
    assert b"960 x 640" in shown


def test_quiet_shows_no_progress(folder: Path, terminal: tuple[int, int]) -> None:
    assert drawn(terminal, "landscape.png", "-o", "b.png", "-q") == (0, b"")


@pytest.mark.parametrize("name", ["a[/b]c[link=x].png"])
def test_markup_in_a_name_is_shown_as_it_is(folder: Path, terminal: tuple[int, int], name: str) -> None:
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    Path("sprite.png").rename(path)
    code, shown = drawn(terminal, name, "-o", "b.png")
    assert code == 0, shown
    assert name.encode() in shown


def test_escapes_in_a_name_do_not_reach_the_terminal(folder: Path, terminal: tuple[int, int]) -> None:
    Path("sprite.png").rename("a\x1b[5m\u202e\x9b31m.png")
    code, shown = drawn(terminal, "a\x1b[5m\u202e\x9b31m.png", "-o", "b.png")
    assert code == 0, shown
    assert b"a\\x1b[5m\\u202e\\x9b31m.png" in shown
    assert b"\x1b[5m" not in shown
    assert "\u202e".encode() not in shown
    assert "\x9b".encode() not in shown


def test_no_progress_where_stderr_is_no_terminal(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LARGE, "enlarge", "landscape.png", "-o", "b.png"],
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert done.stderr.count(b"\n") == 1
    assert b"\x1b" not in done.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # must not change
        ("plain text ~", "plain text ~"),
        ("[red]markup[/red]", "[red]markup[/red]"),
        ("kočka 猫 \U0001f408 é", "kočka 猫 \U0001f408 é"),
        ("", ""),
        # must become
        ("two\nlines", "two\\nlines"),
        ("\r\t\0\x07\x7f", "\\r\\t\\x00\\x07\\x7f"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egnp\u2066\u2069", "\\u202egnp\\u2066\\u2069"),
        ("zero\u200bwidth\u200d\ufeff", "zero\\u200bwidth\\u200d\\ufeff"),
        ("line\u2028paragraph\u2029", "line\\u2028paragraph\\u2029"),
        (os.fsdecode(b"caf\xe9"), "caf\\udce9"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("next\x85line", "next\\x85line"),
        ("soft\xadhyphen", "soft\\xadhyphen"),
    ],
)
def test_text_becomes_printable(text: str, shown: str) -> None:
    assert printable(text) == shown
