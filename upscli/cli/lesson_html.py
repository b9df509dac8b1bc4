"""Lessons as one HTML file that needs nothing beside itself."""

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from upscli.cli.lesson_lines import shown

if TYPE_CHECKING:
    from upscli.lessons.board import Lesson, Matrix, Photo, Piece, Scene

_SIGNS = {"x": "&times;", "+": "+", "=": "=", "->": "&rarr;", " ": ""}
_TONES = ("", "read", "made", "faint")

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --ground: #eef1f5; --paper: #fff; --ink: #1d2733; --gray: #556270;
  --line: #d5dbe3; --read: #bfdcff; --made: #ffd88a; --faint: #9aa5b1; --key: #1f5fbf; --hot: #1d2733; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ground: #12161c; --paper: #1b2129; --ink: #e8ecf1;
  --gray: #a3afbd; --line: #37414d; --read: #2a5d96; --made: #8a6100; --faint: #6b7785; --key: #7db2ff;
  --hot: #fff; }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--ground); color: var(--ink);
  font: 17px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }}
main {{ max-width: 1120px; margin: 0 auto; padding: 28px 20px 60px; }}
h1 {{ font-size: 1.75rem; margin: 0 0 .5rem; }}
h2 {{ font-size: 1.15rem; margin: 0 0 1rem; }}
p {{ margin: .3rem 0; color: var(--gray); max-width: 76ch; }}
section {{ background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 22px 24px;
  margin: 18px 0; }}
.steps section {{ display: none; }}
.steps section.now {{ display: block; }}
.row {{ display: flex; flex-wrap: wrap; align-items: center; gap: 14px 18px; margin-bottom: 1rem; }}
.row.photos {{ align-items: flex-start; }}
.unit {{ display: flex; align-items: center; gap: 18px; max-width: 100%; overflow-x: auto; }}
.sign {{ font-size: 1.6rem; color: var(--gray); }}
figure {{ margin: 0; }}
figcaption {{ font-size: .88rem; color: var(--gray); text-align: center; margin-bottom: 4px; }}
figure.photo figcaption {{ text-align: left; color: var(--ink); }}
figure.photo div {{ font-size: .84rem; color: var(--gray); max-width: 36ch; }}
img {{ image-rendering: pixelated; max-width: 100%; height: auto; display: block; }}
table {{ border-collapse: collapse; margin: 0 auto; font-variant-numeric: tabular-nums; }}
td {{ border: 1px solid var(--line); min-width: 2.3rem; height: 2.2rem; padding: 0 .4rem; text-align: center; }}
td.read {{ background: var(--read); color: var(--hot); }}
td.made {{ background: var(--made); color: var(--hot); font-weight: 600; }}
td.faint {{ color: var(--faint); }}
nav {{ display: none; align-items: center; gap: 14px; position: sticky; bottom: 0; padding: 12px 0;
  background: var(--ground); }}
.steps nav {{ display: flex; }}
button {{ font: inherit; padding: .45rem 1.1rem; border-radius: 8px; border: 1px solid var(--key);
  background: transparent; color: var(--key); cursor: pointer; }}
button:disabled {{ opacity: .35; cursor: default; }}
button:focus-visible {{ outline: 3px solid var(--key); outline-offset: 2px; }}
nav span {{ color: var(--gray); min-width: 5rem; text-align: center; }}
nav small {{ color: var(--gray); }}
@media print {{ .steps section {{ display: block; }} nav, .steps nav {{ display: none; }} }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{words}
<div id="scenes" aria-live="polite">
{scenes}
</div>
<nav aria-label="Steps">
<button type="button" id="back">Previous</button>
<span id="count"></span>
<button type="button" id="next">Next</button>
<small>or the arrow keys</small>
</nav>
</main>
<script>
"use strict";
const main = document.querySelector("main"), pages = [...document.querySelectorAll("section")];
const back = document.getElementById("back"), next = document.getElementById("next");
const count = document.getElementById("count");
let now = 0;
function show(page) {{
  now = Math.max(0, Math.min(pages.length - 1, page));
  pages.forEach((section, i) => section.classList.toggle("now", i === now));
  count.textContent = (now + 1) + " / " + pages.length;
  back.disabled = now === 0;
  next.disabled = now === pages.length - 1;
}}
back.addEventListener("click", () => show(now - 1));
next.addEventListener("click", () => show(now + 1));
document.addEventListener("keydown", (event) => {{
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const moves = {{ ArrowRight: now + 1, PageDown: now + 1, ArrowLeft: now - 1, PageUp: now - 1, Home: 0,
    End: pages.length - 1 }};
  if (event.key in moves) {{ show(moves[event.key]); event.preventDefault(); }}
}});
main.classList.add("steps");
show(0);
</script>
</body>
</html>
"""


def html(lesson: "Lesson") -> str:
    """The page: every scene is a section; a script shows one at a time, and without it all are seen."""
    return _PAGE.format(
        title=escape(lesson.title),
        words="\n".join(f"<p>{escape(words)}</p>" for words in lesson.words),
        scenes="\n".join(_section(scene) for scene in lesson.scenes),
    )


def _section(scene: "Scene") -> str:
    on_top = any(getattr(piece, "detail", None) is not None for piece in scene.pieces)
    row = f'<div class="row{" photos" if on_top else ""}">{"".join(_units(scene.pieces))}</div>'
    words = "".join(f"<p>{escape(words)}</p>" for words in scene.words)
    return f"<section><h2>{escape(scene.title)}</h2>{row if scene.pieces else ''}{words}</section>"


def _units(pieces: "tuple[Piece, ...]") -> list[str]:
    """Each piece with the sign before it, so that no line ends in a sign."""
    from upscli.lessons.board import Matrix, Sign

    units, sign = [], ""
    for piece in pieces:
        if isinstance(piece, Sign):
            sign = f'<span class="sign">{_SIGNS[piece.value]}</span>' if _SIGNS[piece.value] else ""
            continue
        drawn = _matrix(piece) if isinstance(piece, Matrix) else _photo(piece)
        units.append(f'<div class="unit">{sign}{drawn}</div>')
        sign = ""
    return units


def _matrix(matrix: "Matrix") -> str:
    rows, columns = (shown(n) for n in matrix.values.shape)
    lines = ["<tr>" + "".join(_cell(matrix, row, column) for column in columns) + "</tr>" for row in rows]
    name = f"<figcaption>{escape(matrix.name)}</figcaption>" if matrix.name else ""
    return f"<figure>{name}<table>{''.join(lines)}</table></figure>"


def _cell(matrix: "Matrix", row: int | None, column: int | None) -> str:
    from upscli.lessons.board import number

    if row is None or column is None:
        return '<td class="faint">&hellip;</td>'
    value, tone = float(matrix.values[row, column]), _TONES[matrix.tone(row, column)]
    look = f' class="{tone}"' if tone else ""
    return f"<td{look}>{'' if value != value else number(value)}</td>"


def _photo(photo: "Photo") -> str:
    from upscli.pictures.drawing import png_of

    data = b64encode(png_of(photo.pixels)).decode()
    width = round(photo.show * 330)
    words = "".join(f"<div>{escape(words)}</div>" for words in photo.words)
    source = f'<img alt="{escape(photo.name)}" width="{width}" src="data:image/png;base64,{data}">'
    return f'<figure class="photo"><figcaption>{escape(photo.name)}</figcaption>{source}{words}</figure>'
