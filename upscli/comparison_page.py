"""A comparison as one HTML file that needs nothing beside itself.

The page is `page/comparison.html` with its style, its script and the pictures written into it. Its content
security policy lets it run that script alone, and load nothing. Without scripts the table and the pictures are seen.
"""

import json
import math
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from importlib.resources import files
from io import BytesIO
from itertools import chain

from upscli.comparison import Cell, Comparison, Crop
from upscli.pictures.png_writer import PngLayout, write_png
from upscli.sheet import duration

_SCRIPTS = ("comparison_view.js", "comparison_loupe.js", "comparison_hands.js")
_REFERENCE = "reference"
_COLUMNS = (("Method", "ascending"), ("PSNR, dB", "descending"), ("SSIM", "descending"), ("Time", "ascending"))
"""Titles, and the order that a first click asks for."""


def page(comparison: Comparison) -> str:
    """The whole file. Its markup, style and script are under 60 kB; the pictures lie in it as PNG."""
    style = _text("comparison.css")
    script = "".join(_text(name) for name in _SCRIPTS)
    parts = {
        "style": style,
        "style hash": _hash(style),
        "script": script,
        "script hash": _hash(script),
        "title": _said(f"{comparison.source}: methods compared"),
        "source": _said(comparison.source),
        "sizes": _sizes(comparison),
        "words": _paragraphs(comparison.basis, *comparison.notes),
        "options": "".join(f'<option value="{i}">{_said(name)}</option>' for i, name in enumerate(_names(comparison))),
        "places": "".join(
            f'<option value="{i}">{x}, {y}</option>'
            for i, (x, y, _, _) in enumerate(comparison.focus or comparison.crops)
        ),
        "scores": _scores(comparison),
        "figures": "\n".join(_figures(comparison)),
        "facts": _json(_facts(comparison)),
    }
    return _filled(_text("comparison.html"), parts)


def _text(name: str) -> str:
    return files("upscli").joinpath("page", name).read_text("utf-8")


def _filled(template: str, parts: Mapping[str, str]) -> str:
    """`{{name}}` replaced, in one pass: what is put in is never looked at again."""
    return re.sub(r"\{\{([a-z ]+)\}\}", lambda found: parts[found[1]], template)


def _hash(text: str) -> str:
    """As a content security policy names an inline text."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _seen(text: str) -> str:
    """What cannot be seen, or turns lines round, is a replacement sign."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _said(text: str) -> str:
    """For HTML: nothing in it is markup."""
    return escape(_seen(text))


def _paragraphs(*sentences: str) -> str:
    return "\n".join(f"<p>{_said(sentence)}</p>" for sentence in sentences if sentence)


def _json(value: object) -> str:
    """For a script element: no `<`, so nothing ends it; ASCII alone."""
    return json.dumps(value).replace("<", "\\u003c")


def _names(comparison: Comparison) -> list[str]:
    """Of all pictures, in the order of the page: the methods, then the reference."""
    return [_seen(cell.label) for cell in comparison.cells] + [_REFERENCE] * (comparison.reference is not None)


def _facts(comparison: Comparison) -> dict[str, object]:
    """What the script is told."""
    left, right = _first_pair(comparison)
    places = [{"region": number, "box": box} for number, box in comparison.places]
    return {
        "pictures": _names(comparison),
        "regions": comparison.crops,
        "places": places,
        "left": left,
        "right": right,
    }


def _first_pair(comparison: Comparison) -> tuple[int, int]:
    """The best method on the right, on the left the first other; the first two where none is best."""
    best = next((i for i, cell in enumerate(comparison.cells) if cell.best), 1)
    right = min(best, len(comparison.cells) - 1)
    others = [i for i in range(len(_names(comparison))) if i != right]
    return (others[0] if others else right), right


def _sizes(comparison: Comparison) -> str:
    (wide, high), (width, height), count = comparison.size, comparison.target, len(comparison.cells)
    methods = "1 method" if count == 1 else f"{count} methods"
    return f"{wide} &times; {high} &rarr; {width} &times; {height} pixels, {methods}"


def _scores(comparison: Comparison) -> str:
    rows = [[_method(cell), _psnr(cell), _ssim(cell), _seconds(cell)] for cell in comparison.cells]
    shown = [column == 0 or any(row[column] for row in rows) for column in range(len(_COLUMNS))]
    heads = [
        f'<th scope="col" data-first="{first}"><button type="button">{title}</button></th>'
        for (title, first), wanted in zip(_COLUMNS, shown, strict=True)
        if wanted
    ]
    lines = [
        ('<tr class="best">' if cell.best else "<tr>")
        + "".join(one or "<td>&ndash;</td>" for one, wanted in zip(row, shown, strict=True) if wanted)
        + "</tr>"
        for cell, row in zip(comparison.cells, rows, strict=True)
    ]
    title = "Scores" if comparison.scored else "Methods"
    head, body, words = "".join(heads), "\n".join(lines), _paragraphs(*comparison.verdict, comparison.timing)
    return (
        f'<section>\n<h2>{title}</h2>\n<div class="scroll"><table id="scores">\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>\n{words}\n</section>"
    )


def _method(cell: Cell) -> str:
    mark = '<span class="mark">best</span>' if cell.best else ""
    return f'<th scope="row" data-value="{_said(cell.label)}">{_said(cell.label)}{mark}</th>'


def _psnr(cell: Cell) -> str:
    if cell.identical:
        return _number(math.inf, "identical")
    return "" if cell.psnr is None else _number(cell.psnr, f"{cell.psnr:.2f}")


def _ssim(cell: Cell) -> str:
    return "" if cell.ssim is None else _number(cell.ssim, f"{cell.ssim:.4f}")


def _seconds(cell: Cell) -> str:
    return "" if cell.seconds is None else _number(cell.seconds, duration(cell.seconds))


def _number(value: float, text: str) -> str:
    """A cell with the value as JavaScript writes it."""
    exact = "Infinity" if math.isinf(value) else repr(float(value))
    return f'<td data-number data-value="{exact}">{text}</td>'


def _figures(comparison: Comparison) -> list[str]:
    """Each picture with all its regions; the first is seen where scripts are off."""
    crops = [cell.crops for cell in comparison.cells]
    words = [_score(cell) for cell in comparison.cells]
    if comparison.reference is not None:
        crops, words = [*crops, comparison.reference], [*words, ""]
    names = map(_said, _names(comparison))
    return [_figure(number, *one) for number, one in enumerate(zip(names, words, crops, strict=True))]


def _score(cell: Cell) -> str:
    if cell.identical:
        return "identical"
    return "" if cell.psnr is None else f"{cell.psnr:.2f} dB"


def _figure(number: int, name: str, words: str, crops: tuple[Crop, ...]) -> str:
    images = chain.from_iterable(
        (f'<img alt="{name}" data-picture="{number}" data-region="{region}" src="', _uri(crop), '">')
        for region, crop in enumerate(crops)
    )
    buttons = "".join(
        f'<button type="button" data-side="{side}" data-picture="{number}" aria-pressed="false"'
        f' aria-label="{name} on the {side}">{side.capitalize()}</button>'
        for side in ("left", "right")
    )
    return (
        f'<figure>{"".join(images)}<canvas role="img" aria-label="{name}" data-picture="{number}"></canvas>'
        f'<figcaption>{name}<small>{words}</small></figcaption><div class="sides">{buttons}</div></figure>'
    )


def _uri(crop: Crop) -> str:
    stream = BytesIO()
    height, width = crop.shape[:2]
    write_png(stream, PngLayout(width, height, 3), [crop])
    return f"data:image/png;base64,{b64encode(stream.getvalue()).decode()}"
