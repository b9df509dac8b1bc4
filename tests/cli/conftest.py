"""The command line, called in this process."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from upscli.cli import run

SAMPLE_IMAGES = Path(__file__).parents[2] / "sample_images"


@dataclass(frozen=True)
class Said:
    """What one command line left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()


Upscli = Callable[..., Said]


@pytest.fixture
def upscli(capfd: pytest.CaptureFixture[str]) -> Iterator[Upscli]:
    """`upscli("enlarge", "a.png")` -> exit code, stdout, stderr."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def call(*words: object) -> Said:
        capfd.readouterr()
        code = run([str(word) for word in words])
        return Said(int(code), *capfd.readouterr())

    yield call
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the sample pictures in it."""
    for sample in SAMPLE_IMAGES.glob("*.png"):
        shutil.copy(sample, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
