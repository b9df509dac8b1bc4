"""From words to pictures: files, folders, globs, and lists of files. Reads folders, opens no file."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from glob import glob, has_magic
from pathlib import Path

from upscli.pictures.formats import by_extension
from upscli.pictures.header import Source
from upscli.report import Outcome


@dataclass(frozen=True)
class Gathering:
    """How words become pictures."""

    recursive: bool = False
    hidden: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    base: Path | None = None
    """Listed files are placed below it; None: below the current folder."""


@dataclass(frozen=True)
class Entry:
    """A picture to be, and where it was found."""

    source: Source
    base: Path
    """The folder that was named; for a file named singly, its own."""
    below: str = ""
    """Path of its folder below `base`: `{dir}` in templates."""
    found: bool = False
    """Found in a folder or by a glob, not named by the user."""

    @property
    def real(self) -> str:
        """Its path without links; the same however it is reached."""
        return os.path.realpath(self.source.path)


@dataclass
class Inputs:
    """What the words gave."""

    entries: list[Entry] = field(default_factory=list)
    refused: list[Outcome] = field(default_factory=list)
    others: int = 0
    """Files of other kinds seen in folders."""
    folders: int = 0
    """Folders that were named."""
    _seen: set[str] = field(default_factory=set)

    def add(self, entry: Entry) -> None:
        """Take an entry, once."""
        if entry.source.data is None:
            if entry.real in self._seen:
                return
            self._seen.add(entry.real)
        self.entries.append(entry)


def gather(words: Iterable[str], how: Gathering, avoid: Path | None = None) -> Inputs:
    """The pictures that files, folders and globs name, in order, each once.

    Folders are read in order of their names; `avoid` is a folder that is not read: that of the results.
    A word that names nothing becomes a refused outcome.
    """
    inputs = Inputs()
    for word in words:
        path = Path(word)
        if path.is_dir():
            inputs.folders += 1
            _add_folder(inputs, path, how, avoid)
        elif has_magic(word) and not os.path.lexists(path):
            _add_glob(inputs, word, how)
        else:
            inputs.add(Entry(Source(path), path.parent))
    return inputs


def add_listed(inputs: Inputs, names: Iterable[str], how: Gathering) -> None:
    """Files from a list, placed below `how.base` or the current folder; those outside it keep only their names."""
    base = how.base or Path()
    for name in names:
        path = Path(name)
        relative = os.path.relpath(path.parent, base) if _is_below(path, base) else "."
        inputs.add(Entry(Source(path), base, "" if relative == "." else relative))


def _is_below(path: Path, base: Path) -> bool:
    """As the words say it, links or not."""
    return Path(os.path.normpath(path.absolute())).is_relative_to(os.path.normpath(base.absolute()))


def _add_glob(inputs: Inputs, word: str, how: Gathering) -> None:
    matches = sorted(glob(word, recursive=True, include_hidden=how.hidden))  # noqa: PTH207 - words stay as given
    if not matches:
        inputs.refused.append(Outcome(word, "", "failed", f"{word}: no file matches"))
    for match in matches:
        path = Path(match)
        if path.is_dir():
            continue
        inputs.add(Entry(Source(path), path.parent, found=True))


def _add_folder(inputs: Inputs, folder: Path, how: Gathering, avoid: Path | None) -> None:
    read = {os.path.realpath(avoid)} if avoid is not None else set()
    for path in _files(inputs, folder, how, read):
        relative = path.relative_to(folder)
        if not _is_wanted(relative, how):
            continue
        if by_extension(path.name) is None:
            inputs.others += 1
            continue
        below = relative.parent.as_posix()
        inputs.add(Entry(Source(path), folder, "" if below == "." else below, found=True))


def _files(inputs: Inputs, folder: Path, how: Gathering, read: set[str]) -> Iterator[Path]:
    """Files below `folder`. A folder is read once, so links that lead round in circles end."""
    real = os.path.realpath(folder)
    if real in read:
        return
    read.add(real)
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        inputs.refused.append(Outcome(str(folder), "", "failed", f"{folder}: cannot be read ({error.strerror})"))
        return
    for entry in entries:
        if entry.name.startswith(".") and not how.hidden:
            continue
        if not entry.is_dir():
            yield folder / entry.name
        elif how.recursive:
            yield from _files(inputs, folder / entry.name, how, read)


def _is_wanted(path: Path, how: Gathering) -> bool:
    """Patterns are held against the name and against the path below the folder."""
    names = (path.name, path.as_posix())

    def matches(patterns: tuple[str, ...]) -> bool:
        return any(fnmatch(name, pattern) for name in names for pattern in patterns)

    return (not how.include or matches(how.include)) and not matches(how.exclude)
