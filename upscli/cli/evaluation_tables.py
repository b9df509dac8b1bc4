"""An evaluation in rows and columns: on a screen, as Markdown, as CSV."""

import csv
import io
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from upscli.cli.terminal import printable, show, show_table

if TYPE_CHECKING:
    from upscli.evaluation import Evaluation, Row

HEADINGS = ("method", "scale", "PSNR", "SSIM", "s/MP")


def show_tables(made: "Evaluation", verbose: bool) -> None:
    """The means, the best of each scale marked, and if `verbose` the scores of each picture."""
    from rich.table import Table
    from rich.text import Text

    best = _best(made)
    for name, rows in _tables(made, verbose):
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for heading in HEADINGS if not name else HEADINGS[:-1]:
            table.add_column(heading, justify="left" if heading == "method" else "right", no_wrap=True)
        for row, cells in rows:
            style = "bold" if not name and row in best else ""
            table.add_row(*(Text(printable(cell), style) for cell in cells))
        if name:
            show(f"\n{name}")
        show_table(table)


def markdown_of(made: "Evaluation", verbose: bool) -> str:
    """The same as Markdown; the best PSNR of each scale is bold."""
    best = _best(made)
    lines = []
    for name, rows in _tables(made, verbose):
        headings = HEADINGS if not name else HEADINGS[:-1]
        lines += ["", f"{_plain(name)}:", ""] if name else []
        lines += [f"| {' | '.join(headings)} |", f"|---|{'---:|' * (len(headings) - 1)}"]
        for row, cells in rows:
            bold = not name and row in best
            words = [f"**{cell}**" if bold and index == 2 else _plain(cell) for index, cell in enumerate(cells)]
            lines.append(f"| {' | '.join(words)} |")
    return "\n".join(lines)


def csv_of(made: "Evaluation") -> str:
    """A line for each picture, and one called `mean` for all of a row, in full precision."""
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\n")
    lines.writerow(["method", "options", "scale", "picture", "psnr", "ssim", "seconds_per_megapixel"])
    for row in made.rows:
        options = " ".join(f"{key}={value}" for key, value in row.options.items())
        head = [row.contender.method, options, row.scale]
        for entry in row.entries:
            lines.writerow([*head, entry.picture, _full(entry.psnr), _full(entry.ssim), ""])
        lines.writerow([*head, "mean", _full(row.psnr), _full(row.ssim), _full(row.seconds)])
    return stream.getvalue().removesuffix("\n")


def _tables(made: "Evaluation", verbose: bool) -> "Iterator[tuple[str, list[tuple[Row, list[str]]]]]":
    """(picture or nothing for the means, rows and their cells)."""
    yield "", [(row, [*_cells(row, row.psnr, row.ssim), f"{row.seconds:.3g}"]) for row in made.rows]
    pictures = dict.fromkeys(entry.picture for row in made.rows for entry in row.entries) if verbose else {}
    for picture in pictures:
        found = [(row, entry) for row in made.rows for entry in row.entries if entry.picture == picture]
        yield PurePath(picture).name, [(row, _cells(row, entry.psnr, entry.ssim)) for row, entry in found]


def _cells(row: "Row", psnr: float | None, ssim: float) -> list[str]:
    return [row.contender.label, f"x{row.scale}", "identical" if psnr is None else f"{psnr:.2f}", f"{ssim:.4f}"]


def _best(made: "Evaluation") -> "list[Row]":
    """Of each scale, by PSNR."""
    best: dict[int, Row] = {}
    for row in made.rows:
        known = best.setdefault(row.scale, row)
        if (row.psnr or float("inf")) > (known.psnr or float("inf")):
            best[row.scale] = row
    return list(best.values())


def _full(value: float | None) -> str:
    return "" if value is None else repr(value)


def _plain(cell: str) -> str:
    """Without what Markdown would take for marks."""
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")
