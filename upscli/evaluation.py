"""The table of the papers, as data: methods at scales, with their scores on each picture and their speed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from upscli.bouts import Setting
from upscli.contenders import Contender


@dataclass(frozen=True)
class Request:
    """What is asked for."""

    folder: str
    contenders: tuple[Contender, ...]
    scales: tuple[int, ...]
    setting: Setting = field(default_factory=Setting)
    low: str | None = None
    """A folder of small pictures; `{scale}` in its name stands for the scale. None: they are made."""
    recursive: bool = False


@dataclass(frozen=True)
class Entry:
    """One picture of a row."""

    picture: str
    psnr: float | None
    """In decibels; None if the result is identical to the original."""
    ssim: float


@dataclass(frozen=True)
class Row:
    """What one method does at one scale."""

    contender: Contender
    options: Mapping[str, Any]
    """All, with their values."""
    scale: int
    entries: tuple[Entry, ...]
    seconds: float
    """For each megapixel of the small picture."""

    @property
    def psnr(self) -> float | None:
        """Mean over the pictures that have one."""
        found = [entry.psnr for entry in self.entries if entry.psnr is not None]
        return sum(found) / len(found) if found else None

    @property
    def ssim(self) -> float:
        """Mean over the pictures."""
        return sum(entry.ssim for entry in self.entries) / len(self.entries)

    def json(self) -> dict[str, Any]:
        """The object of the report."""
        return {
            "method": self.contender.method,
            "options": dict(self.options),
            "label": self.contender.label,
            "scale": self.scale,
            "psnr": self.psnr,
            "ssim": self.ssim,
            "seconds_per_megapixel": self.seconds,
            "pictures": [vars(entry) for entry in self.entries],
        }


@dataclass
class Evaluation:
    """All rows, and what else there is to say."""

    request: Request
    threads: int
    rows: list[Row] = field(default_factory=list)
    """By scale, then in the order of the request."""
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    timed_on: str = ""

    def json(self) -> dict[str, Any]:
        """The whole as one object."""
        setting = self.request.setting
        return {
            "upscli": 1,
            "folder": self.request.folder,
            "low": self.request.low,
            "degradation": str(setting.degradation) if self.request.low is None else None,
            "protocol": str(setting.protocol),
            "border": setting.border,
            "threads": self.threads,
            "timed_on": self.timed_on,
            "rows": [row.json() for row in self.rows],
            "failures": self.failures,
            "notes": self.notes,
        }
