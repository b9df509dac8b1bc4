"""From the words of a command line to a Request."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from upscli.cli.options import options_of
from upscli.cli.terminal import check_takes_bytes

if TYPE_CHECKING:
    from upscli.grids import Grids
    from upscli.inputs import Gathering, Inputs
    from upscli.pictures.header import Limits, Source
    from upscli.pictures.png_writer import Compression
    from upscli.request import Request
    from upscli.size import Size

Words = dict[str, Any]

DEPTH = {None: None, "8": "uint8", "16": "uint16"}
"""What --depth says."""
AGAINST = "nearest,bilinear"
"""What stands beside a result on its grid."""


def request_of(inputs: tuple[str, ...], words: Words) -> "Request":
    """What the user asked for. Raises UsageError and UpscliError for words that contradict each other."""
    from upscli.kernels.axis import Edge
    from upscli.outputs import STDOUT, Place
    from upscli.request import Request

    _check_streams(inputs, words)
    found = _inputs(inputs, words)
    many = len(found.entries) + len(found.refused) != 1 or found.folders > 0 or words["files_from"] is not None
    output = words["output"]
    if output == STDOUT and many:
        raise click.UsageError("-o - takes one picture, and more are given; give -o FOLDER")
    existing = _existing(words)
    journaled = output != STDOUT and (many or existing == "resume")
    return Request(
        inputs=found,
        place=Place(output, many, words["template"], words["format_"]),
        method=words["method"],
        options=options_of(words),
        size=size_of(words),
        if_larger=words["if_larger"],
        edge=Edge(words["edge"]),
        quality=words["quality"],
        compress=_compress(words["compress"]),
        background=color_of(words["background"]),
        depth=DEPTH[words["depth"]],
        linear=words["linear"],
        strip=words["strip"],
        frame=words["frame"],
        palettes=words["palette"],
        dither=None if words["dither"] is None else words["dither"] == "ordered",
        existing=existing,
        memory=memory_of(words["memory_limit"]),
        journaled=journaled,
        measured=words["json_"] or words["report"] is not None,
        grids=_grids(words, many),
        limits=limits_of(words),
    )


def _grids(words: Words, many: bool) -> "Grids | None":
    if words["grid"] is None:
        if words["against"] is not None:
            raise click.UsageError("--against is for --grid, which is not given")
        return None
    from upscli.contenders import contenders, named
    from upscli.grids import Grids, place_of

    methods = (words["against"] or AGAINST,)
    return Grids(place_of(words["grid"], many), contenders(methods), named(methods))


def size_of(words: Words) -> "Size | None":
    """The one size that is asked for, if any."""
    from upscli.size import Exact, Fit, LongEdge, Scale

    ways = {"scale": Scale.parse, "size": Exact.parse, "fit": Fit.parse, "long_edge": LongEdge}
    given = [name for name in ways if words[name] is not None]
    if len(given) > 1:
        listed = " and ".join("--" + name.replace("_", "-") for name in given)
        raise click.UsageError(f"{listed} are both given; one of them decides the size")
    return ways[given[0]](words[given[0]]) if given else None  # type: ignore[operator]


def limits_of(words: Words) -> "Limits":
    """The bounds on pictures; that on results where the command has one."""
    from upscli.pictures.header import Limits

    given = {name: words.get(f"max_{name}") for name in ("pixels", "output_pixels", "frames")}
    return Limits(**{key: value for key, value in given.items() if value is not None})


def memory_of(word: str | None) -> int:
    """Bytes: `8G`, `500M`, or `50%` of the machine's memory; None is 70 %, 0 is no bound."""
    if word is None:
        word = "70%"
    number, unit = (word[:-1], word[-1].upper()) if word[-1:].upper() in ("G", "M", "%") else (word, "")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e15:
        raise click.UsageError(f"--memory-limit {word} is not a size such as 8G, 500M, or 50%")
    if unit == "%":
        return int(value / 100 * _machine_memory())
    return int(value * {"G": 2**30, "M": 2**20, "": 1}[unit])


def _machine_memory() -> int:
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0
    with suppress(OSError, ValueError):  # a container's share; "max" is no bound
        memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return memory


def _check_streams(inputs: tuple[str, ...], words: Words) -> None:
    if not inputs and words["files_from"] is None:
        wanted = "give a picture, a folder, - for stdin, or --files-from"
        raise click.UsageError(f"no INPUT; {wanted}", click.get_current_context())
    if inputs.count("-") + (words["files_from"] == "-") > 1:
        raise click.UsageError("stdin can be read once only")
    for name in ("null", "base"):
        if words[name] and words["files_from"] is None:
            raise click.UsageError(f"--{name} is for --files-from, which is not given")
    if words["output"] == "-":
        check_takes_bytes()


def _inputs(inputs: tuple[str, ...], words: Words) -> "Inputs":
    from upscli.inputs import Entry, add_listed, gather

    how = _gathering(words)
    avoid = Path(words["output"]) if words["output"] not in (None, "-") else None
    found = gather((word for word in inputs if word != "-"), how, avoid)
    if words["files_from"] is not None:
        add_listed(found, _listed(words["files_from"], words["null"]), how)
    if "-" in inputs:
        alone = inputs == ("-",) and words["files_from"] is None
        # Nobody else reads it, and nobody twice, as a grid does.
        live = alone and not (words["resume"] or words["timeout"] or words["grid"])
        found.add(Entry(_piped(limits_of(words), live), Path()))
    if not found.entries and not found.refused:
        others = f" ({found.others:,} files of other kinds)" if found.others else ""
        deeper = "; -r looks into subfolders" if found.folders and not words["recursive"] else ""
        raise click.UsageError(f"no pictures in {' '.join(inputs) or words['files_from']}{others}{deeper}")
    return found


def _gathering(words: Words) -> "Gathering":
    from upscli.inputs import Gathering

    base = Path(words["base"]) if words["base"] else None
    return Gathering(words["recursive"], words["hidden"], words["include"], words["exclude"], base)


def _listed(word: str, null: bool) -> Iterator[str]:
    """The names in a file or on stdin, one a line, or ended by NUL."""
    from upscli.errors import InputError

    try:
        data = _stdin("names of pictures").read() if word == "-" else Path(word).read_bytes()
    except OSError as error:
        raise InputError(f"{word}: cannot be read ({error.strerror})") from None
    parts = data.split(b"\0") if null else (line.removesuffix(b"\r") for line in data.split(b"\n"))
    return (os.fsdecode(part) for part in parts if part)


def source_of(word: str, limits: "Limits") -> "Source":
    """A picture's file, or what stdin holds."""
    from upscli.pictures.header import Source

    return _piped(limits, live=False) if word == "-" else Source(Path(word))


def _piped(limits: "Limits", live: bool) -> "Source":
    """What stdin holds; of a kind that is read by rows and needs no seeking only the beginning, if it may be `live`."""
    from upscli.errors import InputError
    from upscli.pictures.header import Source
    from upscli.pictures.marks import PNM
    from upscli.pictures.pnm import HEAD

    stream = _stdin("a picture")
    data: bytes = stream.read(HEAD)
    if live and len(data) == HEAD and data.startswith(PNM):
        return Source(Path("stdin"), data, live=True)
    most = limits.stdin_bytes
    data += stream.read(most + 1 - len(data) if most else -1)
    if most and len(data) > most:
        raise InputError(f"stdin is longer than the limit of {most:,} bytes; save it as a file and name that")
    return Source(Path("stdin"), data)


def _stdin(what: str) -> Any:
    if sys.stdin is None:
        raise click.UsageError(f"stdin is closed; pipe {what} into it, or name a file")
    if sys.stdin.isatty():
        raise click.UsageError(f"stdin is a terminal; pipe {what} into it, or name a file")
    return sys.stdin.buffer


def _existing(words: Words) -> Any:
    from upscli.outputs import Existing

    given = [name for name in ("overwrite", "skip_existing", "resume") if words[name]]
    if len(given) > 1:
        listed = " and ".join("--" + name.replace("_", "-") for name in given)
        raise click.UsageError(f"{listed} are both given; one of them decides about outputs that exist")
    return Existing(given[0].removesuffix("_existing")) if given else Existing.REFUSE


def _compress(word: str | None) -> "Compression | None":
    if word is None:
        return None
    if word not in ("fast", "small", *"0123456789"):
        raise click.UsageError(f"--compress {word} is not fast, small, or a level from 0 to 9")
    return int(word) if word.isdigit() else word  # type: ignore[return-value]


def color_of(word: str | None) -> tuple[int, int, int] | None:
    """Red, green, blue of `white` or `#336699`."""
    if word is None:
        return None
    from upscli.pictures.colors import named

    try:
        return named(word)
    except ValueError:
        raise click.UsageError(f"--background {word} is not a color such as white, gray or #336699") from None
