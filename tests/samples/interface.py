"""A window as a desktop shows it: small text, hairlines, icons, and flat colours side by side."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .font import text_cover
from .noise import Array
from .pen import Colour, Point, box, disc, fill, stroke
from .reduce import levels

WIDTH, HEIGHT = 360, 240
_TEXT, _QUIET, _LINE = (38, 42, 56), (120, 126, 142), (220, 223, 230)
_BLUE, _GREEN, _RED, _AMBER = (46, 108, 230), (40, 168, 104), (232, 84, 78), (245, 178, 54)
_WHITE, _PANE = (255, 255, 255), (246, 247, 250)

_ROWS = (
    ("heron.png", "640 × 480", "412 kB", "4×", 1.0),
    ("meadow.jpg", "320 × 240", "38 kB", "8×", 1.0),
    ("quartz.tif", "1024 × 768", "2.3 MB", "2×", 1.0),
    ("fox-bw.png", "96 × 96", "7 kB", "10×", 0.68),
    ("glyphs.webp", "512 × 512", "61 kB", "3×", 0.12),
)


def _write(canvas: Array, at: tuple[int, int], text: str, colour: Colour = _TEXT, bold: bool = False) -> None:
    """Write with the upper left corner of the capitals at `at`."""
    cover = text_cover(text, bold)
    x, y = at
    fill(canvas[y : y + 9, x : x + cover.shape[1]], cover, colour)


def _line(canvas: Array, points: list[Point], colour: Colour, width: float = 1.0) -> None:
    ink = np.zeros(canvas.shape[:2])
    stroke(ink, points, width)
    fill(canvas, ink, colour)


def _desktop() -> Array:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    slope = np.clip(0.75 * x / WIDTH + 0.45 * y / HEIGHT, 0, 1)[..., None]
    canvas = np.array([52.0, 62, 132]) * (1 - slope) + np.array([226.0, 120, 132]) * slope
    swell = (y > 170 + 26 * np.sin(x / 58 + 0.6)).astype(np.float64)
    fill(canvas, swell, (70, 38, 104), 0.22)
    return canvas


def _window(canvas: Array) -> None:
    fill(canvas, box(canvas, (14, 17, 346, 236), 9, 13), (12, 10, 34), 0.42)
    fill(canvas, box(canvas, (12, 10, 348, 230), 7), (150, 154, 170))
    fill(canvas, box(canvas, (13, 11, 347, 229), 6), _WHITE)
    fill(canvas[:32], box(canvas, (13, 11, 347, 60), 6)[:32], (232, 234, 240))
    canvas[32, 13:347] = (206, 209, 218)
    for place, colour in enumerate((_RED, _AMBER, _GREEN)):
        fill(canvas, disc(canvas, (24.5 + 13 * place, 21.5), 4.2), colour)
    _write(canvas, (133, 18), "Enlarge 5 pictures", _TEXT, bold=True)
    _line(canvas, [(330, 18), (337, 25)], _QUIET, 1.2)
    _line(canvas, [(337, 18), (330, 25)], _QUIET, 1.2)


def _sidebar(canvas: Array) -> None:
    canvas[33:204, 13:92] = _PANE
    canvas[33:204, 92] = _LINE
    _write(canvas, (21, 41), "LIBRARY", _QUIET)
    fill(canvas, box(canvas, (17, 53, 88, 68), 3), _BLUE)
    for place, (name, colour) in enumerate(
        (("Images", _WHITE), ("Methods", _TEXT), ("History", _TEXT), ("Settings", _TEXT))
    ):
        top = 57 + 16 * place
        _icon(canvas, place, (22, top - 1), _WHITE if place == 0 else _BLUE)
        _write(canvas, (36, top), name, colour)
    _write(canvas, (21, 126), "QUALITY", _QUIET)
    for place, (name, on) in enumerate((("Linear light", True), ("Dither", False), ("Keep alpha", True))):
        _checkbox(canvas, (21, 138 + 14 * place), on)
        _write(canvas, (34, 139 + 14 * place), name)
    canvas[189:191, 21:84] = (208, 212, 222)
    canvas[189:191, 21:61] = _BLUE
    fill(canvas, disc(canvas, (61, 190), 5), (168, 174, 190))
    fill(canvas, disc(canvas, (61, 190), 4), _WHITE)


def _icon(canvas: Array, kind: int, at: Point, colour: Colour) -> None:
    x, y = at
    if kind == 0:
        frame = ((0.5, 1.5), (9.5, 1.5), (9.5, 8.5), (0.5, 8.5), (0.5, 1.5))
        hills = ((1, 8), (4, 4.5), (6, 6.5), (7, 5.5), (9, 8))
        for path in (frame, hills):
            _line(canvas, [(x + a, y + b) for a, b in path], colour)
    elif kind == 1:
        angle = np.linspace(0, 2 * np.pi, 17)
        _line(canvas, [(x + 4 + 3.2 * np.cos(a), y + 4 + 3.2 * np.sin(a)) for a in angle], colour, 1.3)
        _line(canvas, [(x + 6.5, y + 6.5), (x + 9.5, y + 9.5)], colour, 1.8)
    elif kind == 2:
        angle = np.linspace(0, 2 * np.pi, 21)
        _line(canvas, [(x + 5 + 4.3 * np.cos(a), y + 5 + 4.3 * np.sin(a)) for a in angle], colour, 1.1)
        _line(canvas, [(x + 5, y + 2.5), (x + 5, y + 5), (x + 7, y + 6.4)], colour, 1.1)
    else:
        for row, knob in ((1.5, 6.5), (5.5, 2.5), (9.5, 7.5)):
            _line(canvas, [(x + 0.5, y + row), (x + 9.5, y + row)], colour, 0.8)
            fill(canvas, disc(canvas, (x + knob, y + row), 1.6), colour)


def _checkbox(canvas: Array, at: tuple[int, int], on: bool) -> None:
    x, y = at
    fill(canvas, box(canvas, (x, y, x + 9, y + 9), 2), _BLUE if on else (164, 170, 186))
    if on:
        _line(canvas, [(x + 2.2, y + 4.6), (x + 3.9, y + 6.4), (x + 6.9, y + 2.7)], _WHITE, 1.4)
    else:
        fill(canvas, box(canvas, (x + 1, y + 1, x + 8, y + 8), 1.2), _WHITE)


def _table(canvas: Array) -> None:
    columns = (101, 158, 218, 264, 296)
    for x, title in zip(columns, ("File", "Pixels", "Size", "Scale", "Done"), strict=True):
        _write(canvas, (x, 39), title, _QUIET)
    canvas[50, 97:343] = (196, 200, 210)
    for place, row in enumerate(_ROWS):
        top = 52 + 13 * place
        if place == 3:
            canvas[top : top + 13, 97:343] = (224, 234, 254)
        elif place % 2:
            canvas[top : top + 13, 97:343] = _PANE
        for x, cell in zip(columns, row[:4], strict=False):
            _write(canvas, (x, top + 3), cell, _BLUE if place == 3 and x == 101 else _TEXT)
        done = box(canvas, (296, top + 4, 296 + 42 * row[4], top + 9), 2.5)
        fill(canvas, box(canvas, (296, top + 4, 338, top + 9), 2.5), _LINE)
        fill(canvas, done, _GREEN if row[4] == 1 else _AMBER)
    canvas[117, 97:343] = _LINE


def _chart(canvas: Array) -> None:
    _write(canvas, (101, 123), "Response", _TEXT, bold=True)
    for y in (140, 156, 172, 188):
        canvas[y, 118:246] = (236, 238, 243)
    for y, label in ((136, "1.0"), (168, "0.5")):
        _write(canvas, (101, y), label, _QUIET)
    canvas[188, 118:246] = canvas[134:189, 118] = (150, 156, 172)
    x = np.linspace(0, 1, 33)
    soft = 1 / (1 + (x / 0.52) ** 6)
    sharp = (1 + 0.10 * np.sin(7 * x)) / (1 + (x / 0.66) ** 16)
    for curve, colour in ((soft, _RED), (sharp, _BLUE)):
        points = [(118.5 + 126 * float(a), 188 - 47 * float(b)) for a, b in zip(x, curve, strict=True)]
        _line(canvas, points, colour, 1.4)
    _write(canvas, (211, 193), "Nyquist", _QUIET)
    heights = (9, 16, 27, 38, 31, 22, 13, 7)
    for place, high in enumerate(heights):
        left = 259 + 10 * place
        canvas[188 - high : 188, left : left + 7] = _BLUE if place != 3 else _AMBER
    canvas[188, 256:342] = (150, 156, 172)
    _write(canvas, (259, 123), "Levels", _TEXT, bold=True)
    _write(canvas, (259, 193), "0", _QUIET)
    _write(canvas, (324, 193), "255", _QUIET)


def _buttons(canvas: Array) -> None:
    canvas[204, 13:347] = _LINE
    fill(canvas, box(canvas, (21, 214, 150, 220), 3), _LINE)
    fill(canvas, box(canvas, (21, 214, 119, 220), 3), _BLUE)
    _write(canvas, (156, 213), "76%  4 of 5 files", _QUIET)
    fill(canvas, box(canvas, (236, 209, 283, 225), 4), (190, 195, 206))
    fill(canvas, box(canvas, (237, 210, 282, 224), 3), _WHITE)
    _write(canvas, (246, 213), "Cancel")
    fill(canvas, box(canvas, (288, 209, 341, 225), 4), _BLUE)
    _write(canvas, (296, 213), "Upsample", _WHITE)


def draw() -> Image.Image:
    """A tool's window: title bar, side bar, table, two charts, a progress bar and buttons."""
    canvas = _desktop()
    for part in (_window, _sidebar, _table, _chart, _buttons):
        part(canvas)
    return Image.fromarray(levels(canvas / 255))
