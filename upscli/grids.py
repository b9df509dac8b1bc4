"""Grids beside results: the same picture by other methods. Where they go, and what is on them."""

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from upscli.errors import OutputError
from upscli.inputs import Entry
from upscli.outputs import Place
from upscli.pictures.formats import by_extension
from upscli.pictures.header import Header
from upscli.size import Size, Wide

if TYPE_CHECKING:
    from upscli.contenders import Contender

USUAL = "{dir}/{stem}_grid.png"
"""Where a folder is given for grids."""


class Grid(NamedTuple):
    """One picture's grid."""

    path: str
    against: "tuple[Contender, ...]"
    named: frozenset[str]
    """Methods that were named one by one: these are refused, not left out, where they cannot."""
    overwrite: bool = False
    fingerprint: str = ""


class Grids(NamedTuple):
    """What was asked for."""

    place: Place
    against: "tuple[Contender, ...]"
    named: frozenset[str]

    def of(self, entry: Entry, header: Header, names: Mapping[str, str], size: Size, target: Wide, index: int) -> Grid:
        """A picture's own; `names` has its `method` and `output`. Raises UpscliError."""
        form = self.place.format_for(header)
        path = self.place.path_for(entry, names["method"], size, target, form, index)
        if by_extension(path) is None:
            raise OutputError(f"{path}: the extension names no format; name the grid .png")
        if Path(path) == Path(names["output"]):
            raise OutputError(f"{path} is the result; give --grid another name")
        return Grid(path, self.against, self.named)


def place_of(word: str, many: bool) -> Place:
    """A file, a folder, or a template whose first folders are without fields. Raises UpscliError."""
    if word in ("", "-"):
        raise OutputError(f"--grid '{word}' is no file; give it a name such as grid.png")
    if "{" in word:
        parts = PurePath(word).parts
        first = next(number for number, part in enumerate(parts) if "{" in part)
        place = Place(str(PurePath(*parts[:first])), True, str(PurePath(*parts[first:])))
    elif word.endswith("/") or Path(word).is_dir():
        place = Place(word, True, USUAL)
    elif many:
        raise OutputError(f"--grid {word} is one file, and more pictures than one may come; try 'grids/{{stem}}.png'")
    else:
        place = Place(word)
    place.check()
    return place
