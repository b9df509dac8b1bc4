"""What a run wrote, kept beside its results, so that a later one can resume.

One JSON object a line. It is appended when a result is complete but has no name yet: so a result of ours
has its line, whatever moment a run is killed at, and a file without one is somebody else's.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

try:
    import fcntl
except ImportError:  # Windows: two runs in one folder are not told apart there
    fcntl = None  # type: ignore[assignment]

NAME = ".upscli-journal.jsonl"
"""In the output folder; where results lie beside their sources, in the folder that was enlarged."""

_FORMAT = 1


@dataclass(frozen=True)
class Line:
    """One result: its path below the journal's folder, what it was made from and how, and its file."""

    output: str
    fingerprint: str
    size: int
    mtime_ns: int

    def state(self, path: Path) -> str:
        """`whole`: the file is the one written then; `incomplete`: it ends early; `changed`: it is another."""
        found = path.stat()
        if (found.st_size, found.st_mtime_ns) == (self.size, self.mtime_ns):
            return "whole"
        return "incomplete" if found.st_size < self.size else "changed"


@dataclass(frozen=True)
class Journal:
    """The journal of one folder, as it was read."""

    folder: Path
    lines: Mapping[str, Line] = field(default_factory=dict)
    """The last line of each output."""

    def line(self, output: Path) -> Line | None:
        """The line of an output, if one was written."""
        return self.lines.get(_name(self.folder, output))

    def outputs(self) -> Iterator[Path]:
        """The results it names."""
        return (self.folder / name for name in self.lines)


def read(folder: Path) -> Journal:
    """The journal of a folder; empty if there is none. A line torn by a kill, or of another format, is passed over."""
    lines: dict[str, Line] = {}
    with suppress(FileNotFoundError, NotADirectoryError), (folder / NAME).open(encoding="utf-8") as stream:
        for text in stream:
            with suppress(ValueError, TypeError, KeyError):
                values = json.loads(text)
                if values.pop("upscli") == _FORMAT:
                    line = Line(**values)
                    lines[line.output] = line
    return Journal(folder, lines)


def append(folder: Path, output: Path, fingerprint: str, found: os.stat_result) -> None:
    """Say that the file of these facts is about to become `output`."""
    line = Line(_name(folder, output), fingerprint, found.st_size, found.st_mtime_ns)
    # A leading line end heals a line torn by a kill; one write keeps lines of several processes apart.
    text = "\n" + json.dumps({"upscli": _FORMAT, **asdict(line)}, ensure_ascii=True) + "\n"
    descriptor = os.open(folder / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def fingerprint(settings: Mapping[str, Any], source: Path) -> str:
    """Settings and source in short: a result is up to date if this is what it was made from.

    A source counts as changed if its size or its time of change differs.
    """
    found = source.stat()
    facts = {"settings": settings, "size": found.st_size, "mtime_ns": found.st_mtime_ns, "name": source.name}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:32]


@contextmanager
def held(folder: Path, targets: Iterable[Path]) -> Iterator[None]:
    """Work in a folder: left-overs of killed runs in `targets` are removed, unless another run works here too."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / NAME).open("a") as stream:
        if _alone(stream):
            for target in set(targets):
                for part in target.glob(".upscli-*.part"):
                    part.unlink(missing_ok=True)
        if fcntl:
            fcntl.flock(stream, fcntl.LOCK_SH)
        yield


def _alone(stream: IO[str]) -> bool:
    if not fcntl:
        return False
    with suppress(OSError):
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _name(folder: Path, output: Path) -> str:
    """How an output is called in the journal of a folder."""
    below = os.path.relpath(os.path.realpath(output.parent), os.path.realpath(folder))
    return output.name if below == "." else f"{below}/{output.name}"
