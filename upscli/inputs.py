"""From words to pictures: files, folders, globs, and lists of files. Reads folders, opens no file."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from functools import cached_property
from glob import glob, has_magic
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from upscli.pictures.formats import by_extension
from upscli.pictures.header import Source
from upscli.report import Outcome


class Gathering(NamedTuple):
    """How words become pictures."""

    recursive: bool = False
    hidden: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    base: Path | None = None
    """Listed files are placed below it; None: below the current folder."""

    def wants(self, path: Path) -> bool:
        """The patterns are held against the name and against the path below the folder."""
        names = (path.name, path.as_posix())

        def matches(patterns: tuple[str, ...]) -> bool:
            return any(fnmatch(name, pattern) for name in names for pattern in patterns)

        return (not self.include or matches(self.include)) and not matches(self.exclude)


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

    @cached_property
    def real(self) -> str:
        """Its path without links; the same however it is reached."""
        return os.path.realpath(self.source.path)


@dataclass
class Inputs:
    """What the words gave."""

    entries: list[Entry] = field(default_factory=list)
    refused: list[Outcome] = field(default_factory=list)
    others: int = 0
    """Files of other kinds, seen in folders or by globs."""
    folders: int = 0
    """Folders and globs that were named."""
    _seen: dict[str, int] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Take an entry, once; one that is also named singly counts as named."""
        if entry.source.data is None:
            place = self._seen.setdefault(entry.real, len(self.entries))
            if place < len(self.entries):
                known = self.entries[place]
                self.entries[place] = replace(known, found=known.found and entry.found)
                return
        self.entries.append(entry)

    def add_found(self, path: Path, base: Path, below: str) -> None:
        """Take a file that was not named, if its extension is a picture's and it is a file at all."""
        if by_extension(path.name) is None or _is_special(path):
            self.others += 1
        else:
            self.add(Entry(Source(path), base, below, found=True))

    def refuse(self, name: str, reason: str) -> None:
        """A word that cannot be used."""
        self.refused.append(Outcome(name, "", "failed", f"{name}: {reason}"))


def gather(words: Iterable[str], how: Gathering, avoid: Path | None = None) -> Inputs:
    """The pictures that files, folders and globs name, in order, each once.

    Folders are read in order of their names. `avoid` is the folder of the results: it is not read where it lies in
    another, but it is where it is named. A word that names nothing becomes a refused outcome.
    """
    inputs = Inputs()
    for word in words:
        path = Path(word)
        if not word:  # which would be the folder one is in
            inputs.refuse("''", "an empty name; perhaps a variable of the shell is not set")
        elif word.startswith(("http://", "https://")):
            inputs.refuse(word, "addresses are not read; fetch the picture first, as curl -fsSLO does")
        elif _is_folder(path):
            inputs.folders += 1
            _add_folder(inputs, path, how, avoid)
        elif has_magic(word) and not _exists(path):
            inputs.folders += 1
            _add_glob(inputs, word, how)
        else:
            inputs.add(Entry(Source(path), path.parent))
    return inputs


def add_listed(inputs: Inputs, names: Iterable[str], how: Gathering) -> None:
    """Files from a list, placed below `how.base` or the current folder; those outside it keep only their names."""
    base = how.base or Path()
    top = _plain(base)
    for name in names:
        if "\0" in name:
            inputs.refuse(name, "no file has NUL in its name; --null reads lists that are parted by it")
            continue
        path = Path(name)
        folder = _plain(path.parent)
        inside = folder == top or folder.startswith(top.rstrip(os.sep) + os.sep)
        below = os.path.relpath(folder, top) if inside and folder != top else ""
        inputs.add(Entry(Source(path), base, below))


def _plain(folder: Path) -> str:
    """From the root and without `..`, as the words say it; links stay."""
    return os.path.normpath(folder.absolute())


def _add_glob(inputs: Inputs, word: str, how: Gathering) -> None:
    """Files only, as if they were named one by one; but those of other kinds are passed over."""
    matches = sorted(glob(word, recursive=True, include_hidden=how.hidden), key=os.fsencode)  # noqa: PTH207 - of words
    if not matches:
        inputs.refuse(word, "no file matches")
    for match in matches:
        path = Path(match)
        if not _is_folder(path) and how.wants(path):
            inputs.add_found(path, path.parent, "")


def _add_folder(inputs: Inputs, folder: Path, how: Gathering, avoid: Path | None) -> None:
    read = {os.path.realpath(avoid)} if avoid is not None else set()
    read.discard(os.path.realpath(folder))
    for below, name in _files(inputs, folder, how, read):
        if how.wants(Path(below, name)):
            inputs.add_found(folder / below / name, folder, below)


def _files(inputs: Inputs, top: Path, how: Gathering, read: set[str]) -> Iterator[tuple[str, str]]:
    """(folder below `top`, name) of each file. A folder is read once, so links that lead round in circles end."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        folder = top / below
        real = os.path.realpath(folder)
        if real in read:
            continue
        read.add(real)
        folders = []
        for entry in _listing(inputs, folder):
            if entry.name.startswith(".") and not how.hidden:
                continue
            if not _is_folder(entry):
                yield below, entry.name
            elif how.recursive:
                folders.append(f"{below}/{entry.name}" if below else entry.name)
        waiting += reversed(folders)


def _listing(inputs: Inputs, folder: Path) -> list[os.DirEntry[str]]:
    """By name, whatever the locale; a folder that cannot be read is told of and holds nothing."""
    try:
        with os.scandir(folder) as listing:
            return sorted(listing, key=lambda entry: os.fsencode(entry.name))
    except PermissionError:
        inputs.refuse(str(folder), "no permission to read it")
    except OSError as error:
        inputs.refuse(str(folder), f"cannot be read ({error.strerror})")
    return []


def _is_folder(path: Path | os.DirEntry[str]) -> bool:
    """False for what cannot be looked at, such as a link to itself: reading it says why."""
    with suppress(OSError, ValueError):
        return path.is_dir()
    return False


def _exists(path: Path) -> bool:
    with suppress(ValueError):
        return os.path.lexists(path)
    return False


def _is_special(path: Path) -> bool:
    """A pipe, a socket or a device: reading it could wait for ever."""
    with suppress(OSError):
        return not S_ISREG(path.stat().st_mode)
    return False
