"""Where results go: names, collisions, and files that are there already. Touches nothing."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from unicodedata import normalize

from upscli.errors import OutputError
from upscli.inputs import Entry
from upscli.journal import Journal
from upscli.naming import APART, BESIDE, fill, scale_words
from upscli.pictures.atomic import exists, is_device
from upscli.pictures.formats import Format, by_extension, by_name
from upscli.pictures.header import Header, Source
from upscli.size import Size, Wide

STDOUT = "-"


class Existing(StrEnum):
    """What to do about an output that exists."""

    REFUSE = "refuse"
    OVERWRITE = "overwrite"
    SKIP = "skip"
    RESUME = "resume"
    """Redo what is missing, incomplete, or made otherwise, by the journal."""


@dataclass(frozen=True)
class Place:
    """Where the results of a run go."""

    output: str | None = None
    """A file, a folder, `-` for standard output, or None: beside each input."""
    many: bool = False
    """More than one input, or a folder: then `output` is a folder."""
    template: str | None = None
    format: str | None = None

    @property
    def is_folder(self) -> bool:
        """`output` names a folder."""
        if self.output in (None, STDOUT):
            return False
        return self.many or self.template is not None or self.output.endswith(("/", os.sep)) or _is_dir(self.output)

    @property
    def is_file(self) -> bool:
        """`output` names the one file."""
        return self.output not in (None, STDOUT) and not self.is_folder

    def check(self) -> None:
        """Raise OutputError for words that no picture could make right."""
        asked = by_name(self.format) if self.format else None
        if not self.is_file or self.output is None:
            return
        named = by_extension(self.output)
        if asked and named and named is not asked:
            raise OutputError(f"{self.output} is named as {named.name}, but --format says {asked.name}")
        if not (asked or named or is_device(Path(self.output))):
            raise OutputError(f"{self.output}: the extension names no format; use one such as .png, or --format")
        if not _is_dir(str(Path(self.output).parent)):
            raise OutputError(f"{self.output}: the folder {Path(self.output).parent} does not exist")

    def format_for(self, header: Header) -> Format:
        """What --format says, else what the output's extension says, else the input's own."""
        if self.format:
            return by_name(self.format)
        return (by_extension(self.output) if self.is_file and self.output else None) or header.format

    def folder_of(self, entry: Entry) -> Path:
        """Results lie below it, and the journal in it."""
        return Path(self.output) if self.is_folder and self.output else entry.base

    def path_for(self, entry: Entry, method: str, size: Size, target: Wide, form: Format, index: int) -> str:
        """The path of a result, or `-`. Raises UpscliError for a name that leaves the output folder."""
        if self.output == STDOUT or self.is_file:
            return str(self.output)
        if self.output is None and entry.source.data is not None:
            raise OutputError("stdin has no folder to write beside; give -o FILE, or -o - for stdout")
        template, scale = scale_words(self.template or (APART if self.is_folder else BESIDE), size, target)
        path = entry.source.path
        fields: dict[str, str | int] = {
            "dir": entry.below,
            "stem": path.stem,
            "ext": path.suffix if by_extension(path.name) is form else form.extensions[0],
            "method": method,
            "scale": scale,
            "width": target[0],
            "height": target[1],
            "index": index,
        }
        return str(self.folder_of(entry) / fill(template, fields))


def check_collisions(results: Sequence[tuple[Source, str]]) -> None:
    """Raise OutputError if two sources would become one file, or one would replace an input."""
    owners: dict[str, Source] = {}
    inputs = {_identity(source.path): source for source, _ in results if source.data is None}
    for source, output in results:
        if output == STDOUT or is_device(Path(output)):
            continue
        name = _folded(output)
        if name in owners:
            raise OutputError(f"{owners[name]} and {source} would both become {output}; --template can tell them apart")
        owners[name] = source
        if _identity(Path(output)) in inputs:
            raise OutputError(f"{output} is an input, and inputs are never replaced; give -o another name")


def own_results(entries: Iterable[Entry], outputs: Iterable[str]) -> set[str]:
    """Of the files found in folders, those that are results of this plan or of an earlier run: their real paths."""
    results = {os.path.realpath(output) for output in outputs if output != STDOUT}
    found = {entry.real for entry in entries if entry.found}
    return found & results


def decide(output: str, existing: Existing, known: Journal | None, fingerprint: str) -> str:
    """`make`, `replace` or `skip`. Raises OutputError for a file that must not be replaced."""
    path = Path(output)
    if output == STDOUT or not _is_taken(path) or is_device(path):
        return "make"
    if existing is Existing.OVERWRITE:
        return "replace"
    if existing is Existing.SKIP:
        return "skip"
    if existing is Existing.REFUSE:
        raise OutputError(exists(path))
    line = known.line(path) if known else None
    if line is None:
        raise OutputError(f"{output} exists, and no journal says that it was made here; move it, or use --overwrite")
    state = line.state(path)
    if state == "changed":
        raise OutputError(f"{output} was changed since it was made; move it, or use --overwrite")
    return "skip" if state == "whole" and line.fingerprint == fingerprint else "replace"


def _is_dir(path: str) -> bool:
    """False also for what cannot be looked at."""
    with suppress(OSError):
        return Path(path).is_dir()
    return False


def _is_taken(path: Path) -> bool:
    """Raises OutputError for a name that the system refuses."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from None
    return True


def _identity(path: Path) -> tuple[int, int] | str:
    """The same for all names of one file, by links of either kind."""
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return os.path.realpath(path)


def _folded(output: str) -> str:
    """The same for all names that the disk takes for one."""
    path = Path(output)
    real = os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118 - joins text
    return normalize("NFC", real).casefold() if _folds_case(path.parent) else real


@cache
def _folds_case(folder: Path) -> bool:
    """The disk takes `a` and `A` for one name: asked of the nearest folder that exists and has letters."""
    for place in (folder.absolute(), *folder.absolute().parents):
        if place.name.swapcase() != place.name and place.exists():
            other = place.with_name(place.name.swapcase())
            return other.exists() and other.samefile(place)
    return False
