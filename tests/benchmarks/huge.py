"""The most memory that results larger than memory take. `python tests/benchmarks/huge.py [--quick] [--folder DIR]`.

Each row is a whole process: a 30,000 x 30,000 color result from a 7,500 x 7,500 source, and a 100,000 x 100,000 gray
one from a pipe and from a TIFF. Results are written to files, which takes 13 GB of disk at most, and are removed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from memory import peak
from programs import upscli_program

from upscli.pictures.formats import Layout, by_name
from upscli.pictures.header import Metadata
from upscli.pictures.write import Encoding, write

COLOR, GRAY = Layout("rgb", False, "uint8"), Layout("gray", False, "uint8")
MEGA = 1_000_000


@dataclass(frozen=True)
class Work:
    """One row."""

    source: str
    """Format of the source; `pipe`: PGM on stdin."""
    result: str
    layout: Layout
    side: int
    factor: int
    bound: int
    """Megabytes."""
    method: str = "bilinear"

    def __str__(self) -> str:
        side = self.side * self.factor
        return f"{self.layout}, {self.source} {self.side:,}² -> {self.result} {side:,}², {self.method}"


WORKS = (
    Work("png", "png", COLOR, 7_500, 4, 400, "lanczos"),
    Work("png", "tif", COLOR, 7_500, 4, 400),
    Work("tif", "ppm", COLOR, 7_500, 4, 400),
    Work("pipe", "tif", GRAY, 50_000, 2, 500),
    Work("tif", "pgm", GRAY, 50_000, 2, 500, "nearest"),
    Work("tif", "png", GRAY, 50_000, 2, 500),
)


def bands(layout: Layout, side: int) -> Iterator[np.ndarray]:
    """A picture that is neither flat nor noise."""
    across = np.arange(side * layout.channels, dtype=np.uint32)
    for top in range(0, side, 64):
        down = np.arange(top, min(top + 64, side), dtype=np.uint32)[:, None]
        levels = ((across >> 3) * 3 + (down >> 2) * 5 + (across * down >> 12)) & 0xFF
        yield levels.astype(np.uint8).reshape(len(down), side, layout.channels)


def make(path: Path, work: Work) -> None:
    """Write the source, by rows."""
    form = by_name("pgm" if work.source == "pipe" else work.source)
    with path.open("wb") as stream:
        write(bands(work.layout, work.side), Encoding(form, work.layout, (work.side, work.side), Metadata()), stream)


def measure(work: Work, folder: Path) -> tuple[int, float, int]:
    """Peak in bytes, seconds, length of the result."""
    source, result = folder / f"a.{work.source}", folder / f"b.{work.result}"
    make(source, work)
    words = [*("-m", work.method, "-s", str(work.factor), "-o", str(result)), "--max-pixels", "0"]
    words += ["--max-output-pixels", "0", "-q"]
    started = perf_counter()
    try:
        if work.source == "pipe":
            with subprocess.Popen(["cat", str(source)], stdout=subprocess.PIPE) as cat:
                held = peak([upscli_program(), "enlarge", "-", *words], dict(os.environ), cat.stdout)
        else:
            held = peak([upscli_program(), "enlarge", str(source), *words], dict(os.environ))
        return held, perf_counter() - started, result.stat().st_size
    finally:
        source.unlink(missing_ok=True)
        result.unlink(missing_ok=True)


def main() -> int:
    """The exit code: 1 if a row is over its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of each side, to see that it works")
    parser.add_argument("--folder", help="where the files go; default: that of temporary files")
    parser.add_argument("--only", type=int, help="the row of this number, from 1")
    given = parser.parse_args()
    over = 0
    print("| work | peak, MB | bound, MB | seconds | result, MB |\n|---|---|---|---|---|")
    for work in WORKS if given.only is None else WORKS[given.only - 1 : given.only]:
        small = Work(**(vars(work) | {"side": work.side // 20})) if given.quick else work
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            held, seconds, length = measure(small, Path(folder))
        over += held > work.bound * MEGA
        print(f"| {small} | {held / MEGA:.0f} | {work.bound} | {seconds:.0f} | {length / MEGA:,.0f} |", flush=True)
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
