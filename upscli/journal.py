"""What a run wrote, kept beside its results, so that a later one can resume.

One JSON object a line. It is appended when a result is complete but has no name yet: so a result of ours
has its line, whatever moment a run is killed at, and a file without one is somebody else's.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from errno import ENOSPC
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

from upscli.errors import OutputError
from upscli.pictures.header import Source

NAME = ".upscli-journal.jsonl"
"""In the output folder; where results lie beside their sources, in the folder that was enlarged."""

_FORMAT = 1

State = Literal["whole", "outdated", "shorter", "changed", "unknown"]
"""`outdated`: written by us, otherwise than asked for now; `shorter`: it ends early, or it is another."""

STATES: tuple[State, ...] = get_args(State)
"""The best first: several journals may know one file."""


class Line(NamedTuple):
    """One result: its path below the journal's folder, what it was made from and how, and its file."""

    output: str
    fingerprint: str
    size: int
    mtime_ns: int

    @classmethod
    def parse(cls, text: str) -> "Line | None":
        """None for a line torn by a kill, or of another format."""
        import json  # costs start-up, and one picture has no journal

        with suppress(ValueError, TypeError, AttributeError, KeyError, RecursionError):
            values = json.loads(text)
            version, line = values.pop("upscli"), cls(**values)
            if version == _FORMAT and [type(value) for value in line] == [str, str, int, int]:
                return line
        return None


class Journal(NamedTuple):
    """The journal of one folder, as it was read."""

    folder: Path
    lines: Mapping[str, tuple[Line, ...]] = MappingProxyType({})
    """Of each output, the oldest first."""

    def state(self, output: Path, fingerprint: str) -> State:
        """What the journal knows of a file that exists.

        A size or a time that no line has means that somebody changed the file, or that it ends early.
        """
        lines = self.lines.get(_name(self.folder, output), ())
        if not lines:
            return "unknown"
        try:
            found = output.stat()
        except OSError:  # a link that leads nowhere
            return "changed"
        written = [line for line in lines if (line.size, line.mtime_ns) == (found.st_size, found.st_mtime_ns)]
        if any(line.fingerprint == fingerprint for line in written):
            return "whole"
        if written:
            return "outdated"
        return "shorter" if found.st_size < lines[-1].size else "changed"

    def outputs(self) -> Iterator[Path]:
        """The results it names."""
        return (self.folder / name for name in self.lines)


def read(folder: Path) -> Journal:
    """The journal of a folder; empty if there is none, or none that may be read."""
    lines: dict[str, tuple[Line, ...]] = {}
    try:
        if not (folder / NAME).is_file():  # to open a pipe would wait for somebody
            return Journal(folder)
        with (folder / NAME).open(encoding="utf-8", errors="replace") as stream:
            for text in stream:
                line = Line.parse(text)
                if line:
                    lines[line.output] = (*lines.get(line.output, ()), line)
    except OSError:  # nothing is replaced for want of it
        return Journal(folder)
    return Journal(folder, lines)


def append(folder: Path, output: Path, fingerprint: str, found: os.stat_result) -> None:
    """Say that the file of these facts is about to become `output`. Raises OSError."""
    import json

    line = Line(_name(folder, output), fingerprint, found.st_size, found.st_mtime_ns)
    # A leading line end heals a line torn by a kill; one write keeps lines of several processes apart.
    text = ("\n" + json.dumps({"upscli": _FORMAT, **line._asdict()}, ensure_ascii=True) + "\n").encode()
    descriptor = _opened(folder)
    try:
        if os.write(descriptor, text) < len(text):
            raise OSError(ENOSPC, os.strerror(ENOSPC))
    finally:
        os.close(descriptor)


def fingerprint(settings: Mapping[str, Any], source: Source) -> str:
    """Settings and source in short: a result is up to date if this is what it was made from.

    A file counts as changed if its name, size or time of change differs. Raises OSError.
    """
    import json

    facts: dict[str, Any] = {"settings": settings, "name": source.path.name}
    if source.data is None:
        found = source.path.stat()
        facts |= {"size": found.st_size, "mtime_ns": found.st_mtime_ns}
    else:
        facts |= {"blake2b": _digest(source.data)}
    return _digest(json.dumps(facts, sort_keys=True, default=str).encode())


def _digest(data: bytes) -> str:
    """BLAKE2b in 16 bytes."""
    try:
        from _blake2 import blake2b  # hashlib would load OpenSSL, a twentieth of a short run
    except ImportError:
        from hashlib import blake2b
    return blake2b(data, digest_size=16).hexdigest()


def begin(folder: Path) -> None:
    """Make the folder and its journal, so that a folder nobody may write to is found at once. Raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.close(_opened(folder))
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from None


def _opened(folder: Path) -> int:
    """The journal, to write at its end; never through a link to elsewhere, and nobody is waited for."""
    never = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    return os.open(folder / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT | never, 0o666)


def _name(folder: Path, output: Path) -> str:
    """How an output is called in the journal of a folder."""
    return _below(folder, output.parent) + output.name


@cache
def _below(folder: Path, inner: Path) -> str:
    below = os.path.relpath(os.path.realpath(inner), os.path.realpath(folder))
    return "" if below == "." else f"{below}/"
