"""`upscli train --kind network`."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from upscli.cli.terminal import printable, say, show

if TYPE_CHECKING:
    from upscli.train_network import Order
    from upscli.training_task import Task

TIERS = ("fast", "balanced", "best")
OURS = {"tier": "--tier", "iterations": "--iterations", "rate": "--rate", "start": "--from"}
OURS |= {"channels": "--channels", "depth": "--depth", "teachers": "--teacher"}
OURS |= {"resize": "--resize", "colors": "--colors", "phases": "--phases", "device": "--device", "half": "--half"}
THEIRS = {"window": "--window", "picture": "--picture"}

_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.option("--tier", type=click.Choice(TIERS), help="Size of a network.  [balanced]"),
    click.option("--iterations", type=click.IntRange(1), metavar="N", help="Of a network's training.  [by tier]"),
    click.option("--rate", type=click.FloatRange(1e-7, 1.0), help="Largest learning rate.  [by tier]"),
    click.option("--channels", type=click.IntRange(1, 512), metavar="N", help="Of each layer.  [by tier]"),
    click.option("--depth", type=click.IntRange(1, 64), metavar="N", help="Layers between first and last.  [by tier]"),
    click.option("--from", "start", metavar="FILE", help="A network to begin from: of another scale or smaller too."),
    click.option(
        "--teacher", "teachers", multiple=True, metavar="FILE", help="Learn from its results too; repeatable."
    ),
    click.option(
        "--resize",
        metavar="F,F",
        help="Learn from the pictures at these sizes too, such as 0.8,1.25; a size given twice counts twice.",
    ),
    click.option("--colors", is_flag=True, default=None, help="Learn from red and from blue alone too."),
    click.option("--phases", is_flag=True, default=None, help="Learn from the pictures shifted by pixels too."),
    click.option("--device", type=click.Choice(["cpu", "cuda"]), help="Where a network is trained.  [cpu]"),
    click.option("--half/--single", default=None, help="Train in bfloat16; faster on newer processors.  [single]"),
)


def network_words(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that only networks have."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def refuse(words: dict[str, Any], options: dict[str, str] = OURS, kinds: str = "--kind network") -> None:
    """Raise UsageError for an option of another kind."""
    for name, option in options.items():
        if words[name] not in (None, ()):
            raise click.UsageError(f"{option} is for {kinds}")


def train_network(task: "Task", words: dict[str, Any]) -> None:
    """Do it, and tell. Raises UpscliError and UsageError."""
    from upscli.train_network import Watch, check, train

    refuse(words, THEIRS, "--kind linear or buckets")
    order = _order(task, words)
    check(order)
    telling = _Telling(order, words["quiet"])
    with telling:
        trained = train(order, Watch(telling.reading, telling.teaching, telling.step, telling.note))
    if words["json_"]:
        facts = {name: getattr(trained, name) for name in ("psnr", "bicubic", "pictures", "difference")}
        facts |= {"held_out": trained.validation}
        show(json.dumps({"upscli": 1, "model": str(order.task.output), "kind": "network", "tier": order.tier, **facts}))
        return
    if words["quiet"]:
        return
    show_gain(trained.pictures, f"{trained.validation:,}", trained.bicubic, trained.psnr)
    say(f"{order.task.output}; use it with -m trained -O model={order.task.output}")


def show_gain(pictures: int, scored_on: str, bicubic: float, psnr: float) -> None:
    """What came of a training, on stdout; in dB."""
    show(f"learned from {pictures:,} pictures, scored on {printable(scored_on)} (PSNR of luma)")
    show(f"  bicubic     {bicubic:.2f} dB")
    show(f"  this model  {psnr:.2f} dB  ({psnr - bicubic:+.2f} dB)")


def _order(task: "Task", words: dict[str, Any]) -> "Order":
    from upscli.train_network import Order

    return Order(
        task,
        tier=words["tier"] or "balanced",
        scale=words["scale"],
        iterations=words["iterations"],
        rate=words["rate"],
        channels=words["channels"],
        depth=words["depth"],
        resize=_factors(words["resize"] or ""),
        colors=bool(words["colors"]),
        phases=bool(words["phases"]),
        start=None if words["start"] is None else Path(words["start"]),
        teachers=tuple(Path(file) for file in words["teachers"]),
        device=words["device"] or "cpu",
        half=bool(words["half"]),
    )


def _factors(word: str) -> tuple[float, ...]:
    """Raises UsageError."""
    try:
        factors = tuple(float(part) for part in word.split(",") if word)
    except ValueError:
        factors = (0.0,)
    if not all(1 / 8 <= factor <= 8 and factor != 1 for factor in factors):
        raise click.UsageError(f"--resize {word}: give factors from 0.125 to 8 other than 1, such as 0.8,1.25")
    return factors


class _Telling:
    """A bar where somebody looks at stderr, else a line whenever the network was scored."""

    def __init__(self, order: "Order", quiet: bool) -> None:
        self._quiet = quiet
        self._looked_at = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._total = order.course.iterations
        self._begun: tuple[float, int] | None = None
        self._bar: Any = None
        self._of = ""

    def __enter__(self) -> "_Telling":
        return self

    def __exit__(self, *_: object) -> None:
        self._show("", 0)

    def reading(self, done: int, total: int) -> None:
        """Pictures are read."""
        self._at("pictures", done, total)

    def teaching(self, done: int, total: int) -> None:
        """Teachers have enlarged pictures."""
        self._at("taught", done, total)

    def step(self, iteration: int, psnr: float | None, total: int) -> None:
        """An iteration is done."""
        self._begun = self._begun or (monotonic(), iteration)
        self._at("iterations", iteration, total)
        if psnr is not None:
            self.note(f"iteration {iteration:,} of {total:,}: {psnr:.2f} dB, {self._left(iteration)} left")

    def note(self, sentence: str) -> None:
        """Something to be said."""
        if self._quiet:
            return
        if self._bar:
            self._bar.above(sentence)
        else:
            say(sentence)

    def _left(self, iteration: int) -> str:
        started, first = self._begun or (monotonic(), 0)
        seconds = (monotonic() - started) / max(1, iteration - first) * (self._total - iteration)
        return f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"

    def _at(self, of: str, done: int, total: int) -> None:
        self._show(of, total)
        if self._bar:
            self._bar.at(done)

    def _show(self, of: str, total: int) -> None:
        """The bar of `of`, in place of another."""
        if not self._looked_at or of == self._of:
            return
        from upscli.cli.progress import Course

        if self._bar:
            self._bar.__exit__(None, None, None)
        self._bar = Course(total, of).__enter__() if of else None
        self._of = of
