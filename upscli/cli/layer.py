"""What the commands share that apply a layer to one picture: pairs of numbers, the picture, and what is said."""

import json
from re import fullmatch
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from upscli.cli.request import color_of, limits_of, source_of
from upscli.cli.terminal import check_takes_bytes, say, show

if TYPE_CHECKING:
    from upscli.whole import Held


class PairType(click.ParamType):  # type: ignore[type-arg] # generic in the newest Click only
    """`2`, or `3x2` (horizontal x vertical), as (down, across)."""

    name = "pair"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Any:
        """The pair; a tuple is one already."""
        if isinstance(value, tuple):
            return value
        match = fullmatch(r"([0-9]{1,9})(?:[xX]([0-9]{1,9}))?", str(value).strip())
        if not match:
            self.fail(f"{value} is not a whole number such as 2, or two such as 3x2 (horizontal x vertical)")
        across = int(match[1])
        return int(match[2]) if match[2] else across, across


PAIR = PairType()


class Work:
    """One layer on one picture: reads it, and says what was made of it."""

    def __init__(self, name: str, image: str, words: dict[str, Any]) -> None:
        from upscli.whole import Target

        self._started = perf_counter()
        self._name, self._words = name, words
        self.limits = limits_of(words)
        self.background = color_of(words["background"])
        self._check_stdout()
        self.source = source_of(image, self.limits)
        self.target = Target(words["output"], words["format_"], words["quality"], words["overwrite"])

    def _check_stdout(self) -> None:
        if self._words["output"] != "-":
            return
        if self._words["json_"]:
            raise click.UsageError("-o - and --json both want stdout; give -o FILE")
        check_takes_bytes()

    def hold(self) -> "Held":
        """The picture."""
        from upscli.whole import hold

        held = hold(self.source, self.limits, self.background)
        self.target.format_for(held)
        return held

    def done(self, options: dict[str, Any], held: "Held", size: tuple[int, int], notes: tuple[str, ...]) -> None:
        """Say what was made; `size` is (width, height) of the result."""
        from upscli.report import Outcome

        name = "stdout" if self.target.output == "-" else self.target.output
        source = held.pixels.shape[1], held.pixels.shape[0]
        outcome = Outcome(
            input=str(self.source),
            output=name,
            status="written",
            notes=held.notes + notes,
            method=self._name,
            options=options,
            source_size=source,
            target_size=size,
            layout=(str(held.layout), str(held.layout)),
            format=self.target.format_for(held).name,
            seconds=perf_counter() - self._started,
        )
        if self._words["json_"]:
            show(json.dumps(outcome.json()))
        if self._words["quiet"]:
            return
        for note in outcome.notes:
            say(f"{outcome.input}: {note}")
        sizes = f"{source[0]} x {source[1]} -> {size[0]} x {size[1]}"
        say(f"{name}  {sizes}  {self._name}  {outcome.seconds:.2f} s")
