"""`upscli train`."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from upscli.cli import options
from upscli.cli.terminal import check_open, say, show
from upscli.cli.train_network import network_words, refuse, show_gain, train_network

if TYPE_CHECKING:
    from upscli.pictures.header import Source
    from upscli.train_filters import Order, Trained
    from upscli.training_task import Task


@click.command(short_help="Train a method on your own pictures.")
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True)
@click.option("-o", "--output", required=True, metavar="FILE", help="The model: a name that ends in .npz.")
@click.option("-s", "--scale", type=click.IntRange(2, 8), default=2, show_default=True, help="The factor.")
@click.option(
    "--kind",
    type=click.Choice(["linear", "buckets", "network"]),
    default="linear",
    show_default=True,
    help="See below.",
)
@click.option("--window", type=click.IntRange(1), metavar="N", help="Source pixels.  [linear: 11, buckets: 9]")
@network_words
@click.option(
    "--degrade", default="bicubic", show_default=True, metavar="WAY", help="bicubic, box, gaussian:S, jpeg:Q."
)
@click.option("--validate", multiple=True, metavar="FOLDER", help="Score on these; default: every 12th picture.")
@click.option("--picture", metavar="FILE", help="Draw what was learned.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same bytes.")
@click.option(
    "--credit", "credits_", multiple=True, metavar="NAME:LICENCE", help="Whose pictures; default: MANIFEST.tsv."
)
@click.option("--licence", default="", metavar="TEXT", help="Of the model, for its card.")
@click.option("--note", "notes", multiple=True, metavar="TEXT", help="For its card, such as what was tried.")
@click.option("-r", "--recursive", is_flag=True, help="Subfolders too.")
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="Cores to use; default: all.")
@click.option("--overwrite", is_flag=True, help="Replace outputs that exist.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@options.json_option("What came of it, as a JSON object")
def train(folders: tuple[str, ...], **words: Any) -> None:
    """Train a method on your own pictures, and use it as any other.

    \b
    upscli train pictures -o my.npz
    upscli enlarge photo.png -m trained -O model=my.npz
    upscli train pictures -r -o my3.npz --scale 3 --kind buckets
    upscli train scans -o scans.npz --degrade jpeg:60 --validate others
    upscli train pictures -o my.npz --picture kernel.png

    The pictures should be sharp: each is made small by --degrade, and what
    enlarges it best is found by least squares, from sums that take the same
    memory for any number of pictures. A run that was stopped goes on where it
    was. The gain over bicubic is measured on pictures that were held out.

    \b
    linear      one transposed convolution: seconds; nearly as fast as bicubic
    buckets     one filter for each kind of edge and texture: a minute; sharper
    network     3x3 convolutions, from 20 minutes to hours; needs upscli[train]

    \b
    upscli train photos -r -o net.npz --kind network --tier fast
    upscli train photos -r -o net3.npz -s 3 --kind network --from net.npz
    upscli train photos -r -o deep.npz --kind network --depth 12 --from net.npz
    upscli train photos -r -o fast.npz --kind network --tier fast --teacher net.npz
    upscli train photos -r -o soft.npz --kind network --resize 1.25
    """
    if words["kind"] == "network":
        train_network(_task(folders, words), words)
        return
    refuse(words)
    from upscli.train_filters import Watch
    from upscli.train_filters import train as fitted

    order = _order(folders, words)
    lines: list[str] = []
    with _Progress(words["quiet"]) as progress:
        trained = fitted(order, Watch(progress.at, lines.append))
    if words["picture"]:
        _draw(trained, words)
    if not words["quiet"]:
        for line in lines:
            say(line)
    _tell(order, trained, words)


def _order(folders: tuple[str, ...], words: dict[str, Any]) -> "Order":
    """What is to be fitted. Raises UpscliError and UsageError."""
    from upscli.train_filters import Order, sizes_of

    sizes = sizes_of(words["kind"], words["scale"], words["window"])
    return Order(_task(folders, words), sizes)


def _task(folders: tuple[str, ...], words: dict[str, Any]) -> "Task":
    """What all kinds need, with all refused that can be before the work. Raises UpscliError and UsageError."""
    from upscli.credits import credits_of
    from upscli.kernels.degrade import Degradation
    from upscli.training_task import Task
    from upscli.whole import Target, check_new

    if not words["quiet"]:
        check_open()
    output = Path(words["output"])
    if output.suffix.lower() != ".npz":
        raise click.UsageError(f"-o {words['output']}: a model is a file whose name ends in .npz")
    files = [output, *([Path(words["picture"])] if words["picture"] else [])]
    if words["picture"]:
        Target(words["picture"]).named_format()
    validation = _pictures(words["validate"], words) if words["validate"] else ()
    kept = {one.path.resolve() for one in validation}
    pictures = tuple(one for one in _pictures(folders, words) if one.path.resolve() not in kept)
    models = [Path(word) for word in (words["start"], *words["teachers"]) if word]
    check_new(files, words["overwrite"], [*(one.path for one in (*pictures, *validation)), *models])
    return Task(
        pictures,
        validation,
        output,
        Degradation.parse(words["degrade"]),
        seed=words["seed"],
        threads=words["jobs"] or _cores(),
        overwrite=words["overwrite"],
        credits=credits_of(pictures, words["credits_"]),
        licence=words["licence"],
        command=_command(folders, words),
        tried=words["notes"],
    )


def _cores() -> int:
    import os

    return os.cpu_count() or 1


def _pictures(folders: tuple[str, ...], words: dict[str, Any]) -> "tuple[Source, ...]":
    """Raises InputError for a word that names nothing, and UsageError if there is no picture."""
    from upscli.errors import InputError
    from upscli.inputs import Gathering, gather

    found = gather(folders, Gathering(recursive=words["recursive"]))
    if found.refused:
        raise InputError(found.refused[0].reason)
    if not found.entries:
        deeper = "" if words["recursive"] else "; -r looks into subfolders"
        raise click.UsageError(f"no pictures in {' '.join(folders)}{deeper}")
    for entry in found.entries:
        if not entry.source.path.exists():
            raise InputError(f"{entry.source}: there is no such file or folder")
    return tuple(entry.source for entry in found.entries)


def _command(folders: tuple[str, ...], words: dict[str, Any]) -> str:
    """What makes the same model again; of folders and files their names alone, as others have them elsewhere."""
    parts = ["upscli", "train", *(_name(folder) for folder in folders), *(["-r"] if words["recursive"] else [])]
    parts += ["-o", _name(words["output"]), "--scale", str(words["scale"]), "--kind", words["kind"]]
    for option in ("window", "tier", "channels", "depth", "iterations", "rate", "start", "resize", "degrade", "seed"):
        if words[option] not in (None, "bicubic", 0):
            name, value = ("from", _name(words[option])) if option == "start" else (option, str(words[option]))
            parts += [f"--{name}", value]
    parts += [f"--{flag}" for flag in ("colors", "phases", "half") if words[flag]]
    for folder in words["validate"]:
        parts += ["--validate", _name(folder)]
    for teacher in words["teachers"]:
        parts += ["--teacher", _name(teacher)]
    for option in ("credits_", "notes"):
        for word in words[option]:
            parts += [f"--{option.rstrip('_').removesuffix('s')}", word]
    return shlex.join(parts + (["--licence", words["licence"]] if words["licence"] else []))


def _name(word: str) -> str:
    return Path(word).name or Path(word).resolve().name


class _Progress:
    """A bar on stderr, if somebody is looking."""

    def __init__(self, quiet: bool) -> None:
        import sys

        self._shown = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._bar: Any = None
        self._done = 0

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.__exit__(None, None, None)

    def at(self, done: int, total: int) -> None:
        """So much is done."""
        if not self._shown:
            return
        if self._bar is None:
            from upscli.cli.progress import Course

            self._bar = Course(total, "pictures").__enter__()
        self._bar.at(done)


def _draw(trained: "Trained", words: dict[str, Any]) -> None:
    from upscli.kernel_drawing import kernel_picture
    from upscli.whole import save_colors

    save_colors(kernel_picture(trained.model), words["picture"], words["overwrite"])


def _tell(order: "Order", trained: "Trained", words: dict[str, Any]) -> None:
    if words["json_"]:
        facts = {name: getattr(trained, name) for name in ("psnr", "bicubic", "pictures", "held_out", "bytes")}
        show(json.dumps({"upscli": 1, "model": str(order.task.output), "kind": words["kind"], **facts}))
        return
    if words["quiet"]:
        return
    named = " ".join(map(_name, words["validate"]))
    of = f"pictures of {named}" if named else "pictures that were held out"
    show_gain(trained.pictures, f"{trained.held_out} {of}", trained.bicubic, trained.psnr)
    say(f"{order.task.output}  {trained.bytes / 1000:,.0f} kB; use it with -m trained -O model={order.task.output}")
