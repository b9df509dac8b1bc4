"""Drawings: boxes, lines, words and pictures at places, painted and written as PNG or GIF."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Color = str
"""As `#336699`."""


@dataclass(frozen=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: Color
    outline: Color | None = None
    radius: int = 0


@dataclass(frozen=True)
class Words:
    """One line of text; (x, y) is its `anchor`, as Pillow names them."""

    x: float
    y: float
    text: str
    size: int
    color: Color
    anchor: str = "lm"


@dataclass(frozen=True)
class Stroke:
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    color: Color
    width: int


@dataclass(frozen=True, eq=False)
class Print:
    """Pixels (h, w, 3), uint8, in a rectangle; enlarged by a whole factor their edges stay sharp."""

    x: float
    y: float
    width: int
    height: int
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Group:
    """Marks whose (0, 0) is at (x, y)."""

    x: float
    y: float
    marks: "tuple[Mark, ...]"


Mark = Box | Words | Stroke | Print | Group


@dataclass(frozen=True)
class Sheet:
    """Marks, in the order they are painted, on an area."""

    width: int
    height: int
    ground: Color
    marks: Sequence[Mark]


@lru_cache(maxsize=16)
def _font(size: int) -> Any:
    return ImageFont.load_default(size)


@lru_cache(maxsize=4096)
def text_width(text: str, size: int) -> float:
    """Of one line, in pixels."""
    return float(_font(size).getlength(text))


def broken(sentence: str, width: float, size: int) -> list[str]:
    """Lines of words that are no wider than `width`; a word that is wider by itself is cut."""
    lines = [""]
    for word in sentence.split():
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and text_width(longer, size) > width:
            lines.append("")
            longer = word
        while text_width(longer, size) > width and len(longer) > 1:
            fits = next(n for n in range(len(longer) - 1, 0, -1) if n == 1 or text_width(longer[:n], size) <= width)
            lines[-1:] = [longer[:fits], ""]
            longer = longer[fits:]
        lines[-1] = longer
    return lines


def pixels_of(sheet: Sheet) -> NDArray[np.uint8]:
    """The sheet as pixels (h, w, 3)."""
    return np.asarray(_painted(sheet))


def png(sheet: Sheet) -> bytes:
    """The sheet as a PNG file."""
    stream = BytesIO()
    _painted(sheet).save(stream, "PNG")
    return stream.getvalue()


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels (h, w, 3) as a PNG file."""
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def gif(sheets: Sequence[Sheet], milliseconds: Sequence[int]) -> bytes:
    """Sheets of equal size as an endless film, each shown for so long."""
    palette = _palette(sheets)
    frames = [_painted(sheet).quantize(palette=palette, dither=Image.Dither.NONE) for sheet in sheets]
    stream = BytesIO()
    more = {"duration": list(milliseconds), "loop": 0, "optimize": False, "disposal": 1}
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:], **more)
    return stream.getvalue()


def _palette(sheets: Sequence[Sheet]) -> Image.Image:
    """One palette for all: that of the first and the last sheet, and of some between, above each other."""
    some = [sheets[0], *sheets[1:-1][:: max(1, len(sheets) // 4)], sheets[-1]]
    stack = Image.new("RGB", (sheets[0].width, sheets[0].height * len(some)))
    for number, sheet in enumerate(some):
        stack.paste(_painted(sheet), (0, sheet.height * number))
    return stack.quantize(256, dither=Image.Dither.NONE)


def _painted(sheet: Sheet) -> Image.Image:
    image = Image.new("RGB", (sheet.width, sheet.height), sheet.ground)
    draw = ImageDraw.Draw(image)
    _paint(Group(0, 0, tuple(sheet.marks)), image, draw, 0, 0)
    return image


def _paint(mark: Mark, image: Image.Image, draw: ImageDraw.ImageDraw, right: float, down: float) -> None:
    if isinstance(mark, Stroke):
        draw.line([(x + right, y + down) for x, y in mark.points], mark.color, mark.width, joint="curve")
        return
    x, y = mark.x + right, mark.y + down
    if isinstance(mark, Group):
        for inner in mark.marks:
            _paint(inner, image, draw, x, y)
    elif isinstance(mark, Box):
        corners = (x, y, x + mark.width - 1, y + mark.height - 1)
        if mark.radius:
            draw.rounded_rectangle(corners, mark.radius, mark.fill, mark.outline)
        else:
            draw.rectangle(corners, mark.fill, mark.outline)
    elif isinstance(mark, Words):
        if mark.text:
            draw.text((x, y), mark.text, mark.color, _font(mark.size), mark.anchor)
    else:
        high, wide = mark.pixels.shape[:2]
        whole = mark.width % wide == 0 and mark.height % high == 0
        how = Image.Resampling.NEAREST if whole else Image.Resampling.BICUBIC
        image.paste(Image.fromarray(mark.pixels).resize((mark.width, mark.height), how), (round(x), round(y)))
