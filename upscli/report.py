"""What became of each picture, and of the whole run."""

from dataclasses import dataclass, field
from typing import Any, Literal

from upscli.errors import ExitCode

Wide = tuple[int, int]

FORMAT = 1
"""Version of the JSON objects, which REPORT.md describes.

Fields may be added under one version; none changes its meaning.
"""


@dataclass(frozen=True)
class Outcome:
    """What became of one picture."""

    input: str
    output: str
    status: Literal["written", "skipped", "failed"]
    reason: str = ""
    """Why it was skipped or failed: one sentence."""
    traceback: str = ""
    """Of an internal error."""
    notes: tuple[str, ...] = ()
    """What the result lacks or does not share with the source, one sentence each."""
    method: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    edge: str = ""
    asked: str = ""
    """The size that was asked for, in words."""
    frames: int = 1
    """More than one of an animation."""
    source_size: Wide = (0, 0)
    target_size: Wide = (0, 0)
    layout: tuple[str, str] = ("", "")
    """What a pixel is made of, in the source and in the result."""
    format: str = ""
    alpha: str = ""
    """What was done about transparency."""
    light: str = ""
    """By what curve levels became light and back, where light was resampled."""
    orientation: int = 1
    """The source's EXIF orientation; the result is upright."""
    icc: bool = False
    """The result has the source's color profile."""
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds for reading, enlarging and writing; with threads they overlap."""
    peak_memory: int = 0
    """Bytes, of the process that did it."""
    sha256: str = ""
    """Of the result, where it was asked for."""
    grid: str = ""
    """The file of its grid, where one was asked for."""

    def json(self) -> dict[str, Any]:
        """The object of the report."""
        (width, height), (wider, higher) = self.source_size, self.target_size
        return {
            "upscli": FORMAT,
            "input": self.input,
            "output": self.output or None,
            "status": self.status,
            "reason": self.reason or None,
            "method": self.method,
            "options": self.options,
            "edge": self.edge or None,
            "source": {"width": width, "height": height, "pixel": self.layout[0], "orientation": self.orientation},
            "result": {"width": wider, "height": higher, "pixel": self.layout[1], "format": self.format or None},
            "frames": self.frames,
            "asked": self.asked or None,
            "factor": [wider / width, higher / height] if width and height else None,
            "alpha": self.alpha or None,
            "light": self.light or None,
            "icc": self.icc,
            "warnings": list(self.notes),
            "seconds": {"all": self.seconds, **self.stages},
            "peak_memory": self.peak_memory or None,
            "sha256": self.sha256 or None,
            "grid": self.grid or None,
        }


@dataclass
class Report:
    """The outcomes of a run."""

    outcomes: list[Outcome] = field(default_factory=list)
    others: int = 0
    """Files of other kinds in the folders."""
    own: int = 0
    """Results of earlier runs, found in the folders and left alone."""

    def count(self, status: str) -> int:
        """How many came to this."""
        return sum(outcome.status == status for outcome in self.outcomes)

    @property
    def failed(self) -> list[Outcome]:
        """Those that were not written, and should have been."""
        return [outcome for outcome in self.outcomes if outcome.status == "failed"]

    @property
    def megapixels(self) -> float:
        """Of all results that were written."""
        return sum(o.frames * o.target_size[0] * o.target_size[1] for o in self.outcomes if o.status == "written") / 1e6

    @property
    def exit_code(self) -> ExitCode:
        """OK if no picture failed."""
        return ExitCode.FAILED if self.count("failed") else ExitCode.OK

    def json(self, seconds: float) -> dict[str, Any]:
        """The whole run as one object."""
        return {
            "upscli": FORMAT,
            "written": self.count("written"),
            "skipped": self.count("skipped"),
            "failed": self.count("failed"),
            "others": self.others,
            "own": self.own,
            "megapixels": self.megapixels,
            "seconds": seconds,
            "pictures": [outcome.json() for outcome in self.outcomes],
        }
