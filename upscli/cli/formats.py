"""`upscli formats`."""

import json
from typing import TYPE_CHECKING, Any

import click

from upscli.cli import options
from upscli.cli.terminal import printable, show, show_table

if TYPE_CHECKING:
    from upscli.pictures.formats import Format

_BITS = {"uint8": "8", "uint16": "16", "float32": "float"}
_COLORS = ("gray", "rgb", "cmyk", "labels")


@click.command(short_help="List the file formats, and what each can hold.")
@click.argument("name", required=False)
@options.json_option("A list of objects")
def formats(name: str | None, json_: bool) -> None:
    """List the file formats, and what each can hold.

    \b
    upscli formats                  the table
    upscli formats webp             one of them
    upscli formats --json           for programs

    Depths are bits of a sample; r: only read, w: only written. Labels are class
    numbers and palettes (-m labels).
    """
    from upscli.pictures.formats import FORMATS, by_name

    found = [by_name(name)] if name else list(FORMATS)
    if json_:
        show(json.dumps([_object(form) for form in found], indent=2))
        return
    _table(found)
    lines = [(form.name, sentence) for form in found for sentence in _remarks(form)]
    if lines:
        show("")
    for form_name, sentence in lines:
        show(f"{form_name + ':':<10} {sentence}")


def depths(form: "Format", color: str) -> str:
    """The depths that it reads and writes of gray, rgb, cmyk, labels or alpha: `8 16r`."""

    def has(layouts: Any, depth: str) -> bool:
        return any(one.depth == depth and (one.alpha if color == "alpha" else one.color == color) for one in layouts)

    words = []
    for depth, bits in _BITS.items():
        read, written = has(form.reads, depth), has(form.writes, depth)
        if read or written:
            words.append(bits + ("" if read and written else "r" if read else "w"))
    return " ".join(words)


def animation(form: "Format") -> str:
    """What becomes of several pictures in one file."""
    return form.frames or "-"


def _table(found: list["Format"]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("name", no_wrap=True)
    table.add_column("extensions")
    for heading in ("read", "write", *_COLORS, "alpha", "animation"):
        table.add_column(heading, no_wrap=True)
    table.add_column("longest side", no_wrap=True, justify="right")
    for form in found:
        here = _yes(form)
        cells = [form.name, " ".join(form.extensions + form.only_read), here, here]
        cells += [depths(form, color) or "-" for color in (*_COLORS, "alpha")]
        cells += [animation(form), f"{form.longest:,}"]
        table.add_row(*(Text(printable(cell)) for cell in cells))
    show_table(table)


def _yes(form: "Format") -> str:
    from upscli.pictures import extras

    return "yes" if extras.is_installed(form.extra) else "no"


def _remarks(form: "Format") -> list[str]:
    from upscli.pictures import extras

    sentences = []
    if form.extra:
        state = "is installed" if extras.is_installed(form.extra) else "is not installed"
        sentences.append(f"needs upscli[{form.extra}], which {state}")
    if form.only_read:
        sentences.append(f"{' '.join(form.only_read)} {'is' if len(form.only_read) == 1 else 'are'} only read")
    if form.largest:
        sentences.append(f"at most {form.largest:,} pixels in all")
    if form.bytes:
        sentences.append(f"at most {form.bytes:,} bytes")
    return sentences + ([form.remark] if form.remark else [])


def _object(form: "Format") -> dict[str, Any]:
    from upscli.pictures import extras

    def listed(layouts: Any) -> list[dict[str, Any]]:
        order = sorted(layouts, key=lambda one: (_COLORS.index(one.color), list(_BITS).index(one.depth), one.alpha))
        return [{"color": one.color, "alpha": one.alpha, "depth": one.depth} for one in order]

    return {
        "name": form.name,
        "extensions": list(form.extensions),
        "extensions_only_read": list(form.only_read),
        "reads": listed(form.reads),
        "writes": listed(form.writes),
        "animation": form.frames.split(),
        "longest_side": form.longest,
        "most_pixels": form.largest or None,
        "most_bytes": form.bytes or None,
        "quality": form.quality,
        "extra": form.extra or None,
        "installed": extras.is_installed(form.extra),
        "remark": form.remark,
    }
