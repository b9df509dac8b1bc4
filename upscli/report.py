"""What became of each picture, and of the whole run."""

from dataclasses import dataclass, field
from typing import Any, Literal

from upscli.errors import ExitCode

Wide = tuple[int, int]


@dataclass(frozen=True)
class Outcome:
    """What became of one picture."""

    input: str
    output: str
    status: Literal["written", "failed"]
    reason: str = ""
    """Why it failed: one sentence."""
    traceback: str = ""
    """Of an internal error."""
    notes: tuple[str, ...] = ()
    """What the result lacks or does not share with the source, one sentence each."""
    method: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    source_size: Wide = (0, 0)
    target_size: Wide = (0, 0)
    seconds: float = 0.0


@dataclass(frozen=True)
class Report:
    """The outcomes of a run, in the order of its inputs."""

    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Those that were not written."""
        return tuple(outcome for outcome in self.outcomes if outcome.status == "failed")

    @property
    def exit_code(self) -> ExitCode:
        """OK if every picture was written."""
        return ExitCode.FAILED if self.failed else ExitCode.OK
