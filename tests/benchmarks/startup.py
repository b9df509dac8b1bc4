"""What a user waits for before anything happens."""

from __future__ import annotations

import sys

from programs import Bench, upscli_program
from table import Row, Target
from timing import OURS, rounds

HELP = Target(1.5, 1.2, at_most=True, unit="x")
BARE = "Python started"
IMPORTS_CLICK = "python -c 'import click'"


def rows(bench: Bench) -> list[Row]:
    """`upscli --help` against Python importing Click, which is the least it can do."""
    runs = {
        OURS: bench.start([upscli_program(), "--help"]),
        IMPORTS_CLICK: bench.start([sys.executable, "-c", "import click"]),
        BARE: bench.start([sys.executable, "-c", ""]),
    }
    for run in runs.values():
        run()
    times = rounds(runs, 3 * bench.repeats)
    ratio = times.ratio(OURS, IMPORTS_CLICK)
    took = times.median(IMPORTS_CLICK), times.median(OURS)
    work = "`upscli --help` (smaller is better)"
    start = times.median(BARE)
    return [Row("help", work, f"`{IMPORTS_CLICK}`", *took, ratio.median, HELP, ratio, start=start)]
