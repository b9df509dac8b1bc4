"""The file formats: how they are called, and what they can hold. No pixels, no Pillow."""

from dataclasses import dataclass, field, replace
from pathlib import PurePath

from upscli.errors import OutputError
from upscli.options import near


@dataclass(frozen=True)
class Layout:
    """What one pixel is made of."""

    color: str
    """`gray`, `rgb`, `cmyk`, or `labels`: class numbers or palette indices, which are never mixed."""
    alpha: bool
    depth: str
    """NumPy dtype of a sample: `uint8`, `uint16` or `float32`."""

    @property
    def channels(self) -> int:
        """Samples in one pixel."""
        return {"gray": 1, "rgb": 3, "cmyk": 4, "labels": 1}[self.color] + self.alpha

    def flat(self) -> "Layout":
        """The same without alpha."""
        return replace(self, alpha=False)

    def __str__(self) -> str:
        bits = {"uint8": "8-bit", "uint16": "16-bit", "float32": "32-bit float"}[self.depth]
        return f"{bits} {self.color}{' with alpha' if self.alpha else ''}"


@dataclass(frozen=True)
class Format:
    """One file format."""

    name: str
    pillow: str
    """Pillow's name for it."""
    extensions: tuple[str, ...]
    """Lower case; the first is the usual one."""
    longest: int
    """Pixels of the longest side that a file can have."""
    alpha: bool = False
    layouts: frozenset[tuple[str, str]] = field(default=frozenset({("gray", "uint8"), ("rgb", "uint8")}))
    """(color, depth) pairs that can be written."""
    quality: int | None = None
    """Quality 0..100 unless told otherwise; None: nothing is lost, so there is nothing to choose."""

    def refusal(self, layout: Layout) -> str | None:
        """Why a picture of this layout cannot be written; None if it can."""
        if not self._holds(layout):
            able = [f.name for f in FORMATS if f._holds(layout)]
            return f"{self.name} cannot hold {layout}; --format {' or '.join(able)} can"
        if layout.alpha and not self.alpha:
            return f"{self.name} cannot hold transparency; give --background COLOR, or a format that can, such as png"
        return None

    def _holds(self, layout: Layout) -> bool:
        """Apart from alpha, unless it has more than 8 bits: that is in PNG only."""
        deep_alpha = layout.alpha and layout.depth != "uint8"
        return (layout.color, layout.depth) in self.layouts and (self.name == "png" or not deep_alpha)


_EIGHT = {("gray", "uint8"), ("rgb", "uint8")}
_LABELS = {("labels", "uint8"), ("labels", "uint16")}

FORMATS = (
    Format(
        "png",
        "PNG",
        (".png",),
        2**31 - 1,
        True,
        frozenset(_EIGHT | _LABELS | {("gray", "uint16"), ("rgb", "uint16")}),
    ),
    Format(
        "jpeg",
        "JPEG",
        (".jpg", ".jpeg", ".jpe", ".jfif"),
        65500,
        False,
        frozenset(_EIGHT | {("cmyk", "uint8")}),
        95,
    ),
    Format("webp", "WEBP", (".webp",), 16383, True, quality=95),
    Format(
        "tiff",
        "TIFF",
        (".tif", ".tiff"),
        2**31 - 1,
        True,
        frozenset(_EIGHT | _LABELS | {("cmyk", "uint8"), ("gray", "uint16"), ("gray", "float32")}),
    ),
    Format("gif", "GIF", (".gif",), 65535, True, frozenset(_EIGHT | {("labels", "uint8")})),
    Format("bmp", "BMP", (".bmp", ".dib"), 2**31 - 1, False, frozenset(_EIGHT | {("labels", "uint8")})),
    Format(
        "pnm", "PPM", (".pnm", ".ppm", ".pgm"), 2**31 - 1, False, frozenset(_EIGHT | _LABELS | {("gray", "uint16")})
    ),
    Format("avif", "AVIF", (".avif",), 32768, True, quality=90),
)

READABLE = tuple(f.pillow for f in FORMATS)
"""The only formats that are opened: a closed list keeps hostile files away from rarely used decoders."""

_BY_NAME = {name: f for f in FORMATS for name in (f.name, *(e[1:] for e in f.extensions))}


def by_name(name: str) -> Format:
    """The format of this name or extension without its dot. Raises OutputError."""
    try:
        return _BY_NAME[name.lower()]
    except KeyError:
        known = [f.name for f in FORMATS]
        raise OutputError(f"no format '{name}'{near(name.lower(), known)} ({', '.join(known)})") from None


def by_extension(path: str) -> Format | None:
    """The format that a file name's extension names, if it names one."""
    return _BY_NAME.get(PurePath(path).suffix.lower()[1:])


def by_pillow(name: str) -> Format:
    """The format that Pillow calls so."""
    return next(f for f in FORMATS if f.pillow == ("JPEG" if name == "MPO" else name))
