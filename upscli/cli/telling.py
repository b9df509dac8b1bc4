"""How a run is told: lines, bars, JSON, and the summary at its end."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

from upscli.cli.terminal import printable, say, show

if TYPE_CHECKING:
    from upscli.jobs import Job
    from upscli.plan import Plan
    from upscli.report import Outcome, Report

Progress = Literal["auto", "bar", "plain", "json", "none"]

MANY = 1_000
"""Pictures from which on it takes a while to look at all."""

LONG_WORK = 40_000_000
"""Result pixels from which on one picture is worth a bar's start-up."""


class Telling:
    """Hears how a run goes, and says it on stderr; with `objects`, one JSON object a picture as well."""

    def __init__(self, plan: "Plan", report: "Report", words: dict[str, Any]) -> None:
        self._plan, self._report = plan, report
        self._total = len(plan.jobs) + len(plan.refused) + len(plan.skipped)
        self._quiet, self._verbose, self._debug = words["quiet"], words["verbose"], words["debug"]
        self._objects = words["json_"]
        self._words = words
        self.many = self._total > 1 or bool(plan.own or plan.others) or any(job.journal for job in plan.jobs)
        """There is more to tell than what became of one picture."""
        self._objects_apart = words["output"] == "-"
        self._place = words["output"]
        self._mode = _mode(words["progress"], plan)
        self._started = perf_counter()
        self._stack = ExitStack()
        self._draws = self._mode == "bar" and not self._quiet
        self._bar: Any = None
        self._frames = 1

    def __enter__(self) -> "Telling":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()
        self._bar = None

    def begun(self, job: "Job") -> None:
        """A picture is begun."""
        self._frames = job.header.frames
        if self._draws and not self._bar:
            # Not before workers are at work: it costs start-up, and is drawn by a thread, beside which none is forked.
            from upscli.cli.progress import Bar

            self._bar = self._stack.enter_context(Bar(self._total, len(self._report.outcomes)))
        if self._bar:
            self._bar.begun(printable(str(job.source)))

    def rows(self, done: int, total: int) -> None:
        """So many rows of the only picture, or frames of the only animation, are done."""
        if self._bar and self._total == 1:
            self._bar.rows(done, total, "frames" if self._frames > 1 else "")

    def ended(self, outcome: "Outcome") -> None:
        """A picture is done, skipped or failed."""
        if self._objects:
            text = _json(outcome.json())
            say(text) if self._objects_apart else show(text, at_once=True)
        if self._bar:
            width, height = outcome.target_size
            self._bar.ended(printable(outcome.input), outcome.frames * width * height / 1e6)
        if self._mode == "json" and not self._quiet:
            say(_json({"event": "ended", "of": self._total, **outcome.json()}))
        else:
            self._line(outcome)

    def _line(self, outcome: "Outcome") -> None:
        if outcome.status == "failed":
            if not self.many or self._quiet or self._verbose or self._mode == "plain":
                self._say(f"upscli: {outcome.reason}")
            if self._debug:
                for line in outcome.traceback.splitlines():
                    self._say(line)
            return
        if self._quiet or self._mode == "none" or (self._draws and self._total > 1 and not self._verbose):
            return
        for note in outcome.notes:
            self._say(f"{outcome.input}: {note}")
        self._say(_sentence(outcome))

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return perf_counter() - self._started

    def summary(self) -> None:
        """What became of everything; the failures once more, where they can be seen."""
        report = self._report
        if self._quiet or self._mode == "json" or not self.many:
            return
        failed = report.failed
        if failed:
            say(f"{len(failed):,} failed:")
        for outcome in failed:
            say(f"  {outcome.reason}")
        seconds = self.seconds
        parts = [f"{report.count('written'):,} written", f"{report.count('skipped'):,} skipped"]
        parts += [f"{len(failed):,} failed"]
        parts += [f"{self._plan.others:,} files of other kinds"] if self._plan.others else []
        parts += [f"{self._plan.own:,} own results left alone"] if self._plan.own else []
        rate = report.megapixels / seconds if seconds else 0.0
        where = f", in {self._place}" if self._place else ", beside their sources"
        say(f"{', '.join(parts)}; {report.megapixels:.1f} megapixels in {seconds:.1f} s ({rate:.1f} a second){where}")
        notes = sum(len(outcome.notes) for outcome in report.outcomes)
        if notes and self._mode == "bar" and not self._verbose:
            say(f"{notes:,} notes; -v or --json shows them")

    def stopped(self, how: str) -> None:
        """How far it came, and how to go on."""
        instead = [f" instead of {word}" for word in ("--overwrite", "--skip-existing") if self._words[_key(word)]]
        done = f"{self._report.count('written'):,} of {self._total:,} written"
        self._say(f"upscli: {how}; {done}; the same command with --resume{''.join(instead)} goes on")

    def _say(self, line: str) -> None:
        if self._bar:
            self._bar.above(printable(line))
        else:
            say(line)


def planning(words: dict[str, Any]) -> Callable[[int, int], None]:
    """Tells of headers that are read, on a terminal, if there are so many that it takes a while."""
    stderr = sys.stderr
    if words["quiet"] or words["progress"] not in ("auto", "bar") or stderr is None or not stderr.isatty():
        return lambda done, total: None

    def watch(done: int, total: int) -> None:
        if total >= MANY and (done % (MANY // 10) == 0 or done == total):
            stderr.write(f"\rlooking at {done:,} of {total:,}" if done < total else "\r\x1b[K")
            stderr.flush()

    return watch


def _mode(asked: Progress, plan: "Plan") -> Progress:
    """`auto`: a bar on a terminal if the work is long, else plain lines."""
    if asked != "auto":
        return asked
    if sys.stderr is None or not sys.stderr.isatty():
        return "plain"
    return "bar" if _pixels(plan) >= LONG_WORK or len(plan.jobs) > 8 else "plain"


def _pixels(plan: "Plan") -> int:
    """Of all results."""
    return sum(job.header.frames * job.recipe.target[0] * job.recipe.target[1] for job in plan.jobs)


def _json(values: dict[str, Any]) -> str:
    import json  # costs start-up, and few runs speak it

    return json.dumps(values)


def _key(word: str) -> str:
    return word[2:].replace("-", "_")


def _sentence(outcome: "Outcome") -> str:
    if outcome.status == "skipped":
        return f"{outcome.output or outcome.input}  skipped: {outcome.reason}"
    (width, height), (wider, higher) = outcome.source_size, outcome.target_size
    sizes = f"{width} x {height} -> {wider} x {higher}"
    if outcome.frames > 1:
        sizes += f"  {outcome.frames:,} {'pages' if outcome.format == 'tiff' else 'frames'}"
    grid = f"  and {outcome.grid}" if outcome.grid else ""
    return f"{outcome.output}  {sizes}  {outcome.method}  {outcome.seconds:.2f} s{grid}"
