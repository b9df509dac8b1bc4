"""Where results go: names, collisions, and files that are there already. Touches nothing."""

import os
from collections.abc import Container, Iterable, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from upscli.errors import InputError, OutputError
from upscli.inputs import Entry
from upscli.journal import STATES, Journal
from upscli.naming import APART, BESIDE, check_template, fill, scale_words
from upscli.pictures import door
from upscli.pictures.atomic import is_device
from upscli.pictures.formats import Format, by_extension, by_name
from upscli.pictures.header import Header, Limits, Source
from upscli.size import Size, Wide

STDOUT = "-"


class Existing(StrEnum):
    """What to do about an output that exists."""

    REFUSE = "refuse"
    OVERWRITE = "overwrite"
    SKIP = "skip"
    RESUME = "resume"
    """Redo what is missing, incomplete, or made otherwise, by the journal."""


class Place(NamedTuple):
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
        """Raise UpscliError for words that no picture could make right."""
        if self.output == "":
            raise OutputError("-o '' names nothing; give a file, a folder, or - for stdout")
        asked = by_name(self.format) if self.format else None
        if self.template is not None:
            if self.output == STDOUT:
                raise OutputError("--template names files, and -o - is none")
            check_template(self.template)
        for name in (self.template, self.output if self.is_file else None):
            named = by_extension(name) if name else None
            if asked and named and named is not asked:
                raise OutputError(f"{name} is named as {named.name}, but --format says {asked.name}")
        if self.is_folder:
            self._check_folder(str(self.output))
        elif self.is_file:
            self._check_file(Path(str(self.output)), asked)

    def _check_folder(self, output: str) -> None:
        if _is_dir(output) or output.endswith(("/", os.sep)):
            return
        if by_extension(output) or os.path.lexists(output):
            what = "a template is given" if self.template else "more pictures than one may come"
            raise OutputError(f"{output} names one file, and {what}; name a folder, with / at its end")

    @staticmethod
    def _check_file(output: Path, asked: Format | None) -> None:
        if not (asked or by_extension(output.name) or is_device(output)):
            raise OutputError(f"{output}: the extension names no format; use one such as .png, or --format")
        if not _is_dir(str(output.parent)):
            raise OutputError(f"{output}: the folder {output.parent} does not exist")

    def format_for(self, header: Header) -> Format:
        """What --format says, else what the output's or template's extension says, else the input's own."""
        if self.format:
            return by_name(self.format)
        named = self.output if self.is_file else self.template
        return (by_extension(named) if named else None) or header.format

    def folder_of(self, entry: Entry) -> Path:
        """Results lie in it or below, and the journal in it."""
        if self.output in (None, STDOUT):
            return entry.base
        return Path(str(self.output)) if self.is_folder else Path(str(self.output)).parent

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
            "ext": path.suffix if path.suffix.lower() in form.extensions else form.extensions[0],
            "method": method,
            "scale": scale,
            "width": target[0],
            "height": target[1],
            "index": index,
        }
        return str(self.folder_of(entry) / fill(template, fields))


def check_collisions(results: Sequence[tuple[Source, str]], inputs: Iterable[Source]) -> None:
    """Raise OutputError if two sources would become one file, or one would replace any of the inputs."""
    owners: dict[str, Source] = {}
    real = cache(os.path.realpath)
    taken = {_identity(source.path) for source in inputs if source.data is None}
    for source, output in results:
        path = Path(output)
        if output == STDOUT or is_device(path):
            continue
        name = _folded(path, real(path.parent))
        if name in owners:
            raise OutputError(f"{owners[name]} and {source} would both become {output}; --template can tell them apart")
        owners[name] = source
        if _identity(path) in taken:
            raise OutputError(f"{output} is an input, and inputs are never replaced; give -o another name")


def results_among(
    entries: Iterable[Entry], results: Iterable[tuple[Source | None, str]], named: Container[str] = ()
) -> set[str]:
    """Of the files found in folders, and of those `named` (real paths), the results of others: their real paths."""
    found = {entry.real for entry in entries if entry.found or entry.real in named}
    among = set()
    for source, output in results:
        if output == STDOUT or (real := os.path.realpath(output)) not in found:
            continue
        if source is None or source.data is not None or os.path.realpath(source.path) != real:
            among.add(real)
    return among


def decide(output: str, existing: Existing, known: Sequence[Journal], fingerprint: str) -> str:
    """`make`, `replace`, `skip` or `refuse`. Raises OutputError where no journal knows the file as it is."""
    path = Path(output)
    if output == STDOUT or not _is_taken(path) or is_device(path):
        return "make"
    if existing is Existing.OVERWRITE:
        return "replace"
    if existing is Existing.SKIP:
        return "skip"
    if existing is Existing.REFUSE:
        return "refuse"
    states = {journal.state(path, fingerprint) for journal in known} | {"unknown"}
    state = next(state for state in STATES if state in states)
    if state == "unknown":
        raise OutputError(f"{output} exists, and no journal says that it was made here; move it, or use --overwrite")
    if state == "changed" or (state == "shorter" and _is_whole_picture(path)):
        raise OutputError(f"{output} was changed since it was made; move it, or use --overwrite")
    return "skip" if state == "whole" else "replace"


def _is_whole_picture(path: Path) -> bool:
    """Only files that are not as we wrote them are read here, to tell a torn one from another picture."""
    try:
        if door.header(Source(path), Limits()).frames > 1:
            return _is_whole_sequence(Source(path))
        for _ in door.read(Source(path), Limits()).strips:
            pass
    except InputError:
        return False
    return True


def _is_whole_sequence(source: Source) -> bool:
    """The same for all frames or pages. Raises InputError."""
    if door.header(source, Limits()).format.pages:
        from upscli.pictures import pages  # few pictures have more than one

        for picture in pages.read(source, Limits()):
            for _ in picture.strips:
                pass
    else:
        for _ in door.read_animation(source, Limits()).frames():
            pass
    return True


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


def _folded(path: Path, folder: str) -> str:
    """The same for all names that the disk takes for one; `folder` is the real one."""
    real = os.path.join(folder, path.name)  # noqa: PTH118 - joins text
    return normalize("NFC", real).casefold() if _folds_case(path.parent) else real


@cache
def _folds_case(folder: Path) -> bool:
    """The disk takes `a` and `A` for one name: asked of the nearest folder that exists and has letters."""
    for place in (folder.absolute(), *folder.absolute().parents):
        if place.name.swapcase() != place.name and place.exists():
            other = place.with_name(place.name.swapcase())
            return other.exists() and other.samefile(place)
    return False
