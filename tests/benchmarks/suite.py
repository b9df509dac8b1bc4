"""The rows by name, in the order of the table, and the report."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory

import floor
import kernels
import memory
import programs
import startup
from mosaic import QUICK_SIZE, SIZE, Mosaic, mosaic
from peers import installed, machine
from programs import Bench
from table import FLOOR_HEAD, HEAD, FloorRow, Row, markdown
from timing import Load, tell

Work = Callable[[], list[Row]]
KERNEL_REPEATS, PROGRAM_REPEATS = 7, 5


def report(told: argparse.Namespace, environment: dict[str, str]) -> str:
    """Measure what was asked for; the whole report as Markdown."""
    picture = mosaic(told.data, QUICK_SIZE if told.quick else SIZE)
    load = Load()
    repeats = told.repeats or (1 if told.quick else 0)
    with TemporaryDirectory(prefix="upscli-benchmark-") as folder:
        bench = Bench(Path(folder), installed(), environment, repeats or PROGRAM_REPEATS)
        found: list[Row] = []
        for key, work in _chosen(_works(picture, bench, repeats or KERNEL_REPEATS, told), told):
            tell(key)
            found += work()
        measured = floor.rates(picture, told.quick)
        floors = floor.rows(found, picture, bench, measured)
    return "\n".join(_report(told, picture, bench, found, floors, measured, load.words()))


def _works(picture: Mosaic, bench: Bench, repeats: int, told: argparse.Namespace) -> dict[str, Work]:
    works: dict[str, Work] = {
        case.key: lambda case=case: kernels.rows(case, picture, bench, repeats) for case in kernels.CASES
    }
    works["threads"] = lambda: kernels.threads_row(picture, told.threads, bench, repeats)
    png, jpeg = programs.CASES
    works["png"] = lambda: programs.rows(png, picture, bench) + programs.size_row(bench)
    works["jpeg"] = lambda: programs.rows(jpeg, picture, bench)
    works["help"] = lambda: startup.rows(bench)
    works["memory"] = lambda: memory.rows(picture, bench, memory.QUICK_SIDE if told.quick else memory.SIDE)
    return works


def _chosen(works: dict[str, Work], told: argparse.Namespace) -> Iterator[tuple[str, Work]]:
    patterns = told.only.split(",") if told.only else ["*"]
    for pattern in patterns:
        if not any(fnmatch(key, pattern) for key in works):
            raise SystemExit(f"--only {pattern}: no such row; there are {', '.join(works)}")
    for key, work in works.items():
        if key == "memory" and not (told.heavy or told.quick or told.only):
            tell("memory: left out, it takes half a minute and 2 GB of disk; --heavy runs it")
        elif any(fnmatch(key, pattern) for pattern in patterns):
            yield key, work


def _report(
    told: argparse.Namespace,
    picture: Mosaic,
    bench: Bench,
    found: list[Row],
    floors: list[FloorRow],
    measured: floor.Rates,
    load: str,
) -> Iterator[str]:
    width, height = picture.size
    if told.quick:
        yield "**Quick run: everything is far too small for these numbers to mean anything.**\n"
    for line in machine():
        yield f"- {line}"
    yield f"- {bench.peers.words}"
    if load:
        yield f"- {load}"
    yield f"- {width}x{height} RGB, {picture.origin}; x2 unless said"
    yield "- each contestant has a process of its own, and they take turns"
    yield "- times are medians, ratios medians over the rounds of theirs / upscli"
    yield "- outputs: PSNR and the largest difference in levels to upscli's own result\n"
    yield markdown(HEAD, [row.cells for row in found])
    yield "\n" + measured.words + "\n"
    yield markdown(FLOOR_HEAD, [row.cells for row in floors])
