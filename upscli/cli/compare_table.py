"""A comparison in words: a table for people, an object for programs."""

from typing import Any

from upscli.cli.terminal import printable, show, show_table
from upscli.comparison import Cell, Comparison
from upscli.report import FORMAT
from upscli.sheet import duration


def object_of(found: Comparison) -> dict[str, Any]:
    """The object of `--json`."""
    return {
        "upscli": FORMAT,
        "source": found.source,
        "size": list(found.size),
        "target": list(found.target),
        "basis": found.basis,
        "verdict": list(found.verdict),
        "timing": found.timing,
        "crops": [list(region) for region in found.crops],
        "cells": [_cell(cell) for cell in found.cells],
        "notes": list(found.notes),
    }


def _cell(cell: Cell) -> dict[str, Any]:
    names = ("method", "options", "label", "seconds", "psnr", "ssim", "identical", "best")
    return {name: getattr(cell, name) for name in names}


def show_comparison(found: Comparison) -> None:
    """The methods in order of their scores, and which to take."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("method", overflow="fold")
    for heading in ("PSNR", "behind", "SSIM") if found.scored else ():
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    first = found.ranked[0]
    for cell in found.ranked:
        scores = _scores(cell, first) if found.scored else ()
        time = "" if cell.seconds is None else duration(cell.seconds)
        words = (cell.label, *scores, time, "best" if cell.best else "")
        table.add_row(*(Text(printable(word)) for word in words), style="bold green" if cell.best else None)
    factor = found.target[0] / found.size[0]
    sizes = " to ".join(f"{width} x {height}" for width, height in (found.size, found.target))
    show(f"{found.source}, x{factor:.4g}: {sizes}")
    show(found.basis)
    show_table(table)
    for sentence in (*found.verdict, found.timing):
        show(sentence)


def _scores(cell: Cell, first: Cell) -> tuple[str, str, str]:
    ssim = "" if cell.ssim is None else f"{cell.ssim:.4f}"
    if cell.psnr is None:
        return "identical", "", ssim
    behind = "" if first.psnr is None or cell.best else f"{first.psnr - cell.psnr:.2f}"
    return f"{cell.psnr:.2f} dB", behind, ssim
