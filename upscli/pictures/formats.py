"""The file formats: how they are called, and what they can hold. No pixels, no Pillow."""

import re
from pathlib import PurePath
from typing import NamedTuple

from upscli.errors import OutputError
from upscli.options import near
from upscli.pictures import extras

_SAMPLES = {"8": "uint8", "16": "uint16", "f": "float32"}

DEPTHS = ("uint8", "uint16", "float32")
"""NumPy dtypes of samples, the smallest first."""


class Layout(NamedTuple):
    """What one pixel is made of."""

    color: str
    """`gray`, `rgb`, `cmyk`, or `labels`: class numbers or palette indices, which are never mixed."""
    alpha: bool
    depth: str
    """NumPy dtype of a sample, one of DEPTHS."""

    @property
    def channels(self) -> int:
        """Samples in one pixel."""
        return {"gray": 1, "rgb": 3, "cmyk": 4, "labels": 1}[self.color] + self.alpha

    @property
    def sample(self) -> int:
        """Bytes of a sample."""
        return {"uint8": 1, "uint16": 2, "float32": 4}[self.depth]

    @property
    def held(self) -> int:
        """Bytes of a pixel in Pillow, which has colors in four."""
        return self.sample if self.color == "gray" and not self.alpha else 4

    def flat(self) -> "Layout":
        """The same without alpha."""
        return self._replace(alpha=False)

    def __str__(self) -> str:
        bits = {"uint8": "8-bit", "uint16": "16-bit", "float32": "32-bit float"}[self.depth]
        return f"{bits} {self.color}{' with alpha' if self.alpha else ''}"


def _layouts(words: str) -> frozenset[Layout]:
    """`gray8 rgb16a grayf` -> 8-bit gray, 16-bit color with alpha, float gray."""
    found = re.findall(r"(gray|rgb|cmyk|labels)(8|16|f)(a?)(?:\s|$)", words)
    return frozenset(Layout(color, bool(alpha), _SAMPLES[bits]) for color, bits, alpha in found)


class Format(NamedTuple):
    """One file format."""

    name: str
    pillow: str
    """Pillow's name for it; empty where it has none."""
    extensions: tuple[str, ...]
    """Lower case; the first is the usual one."""
    longest: int
    """Pixels of the longest side that a file can have."""
    writes: frozenset[Layout]
    reads: frozenset[Layout]
    """What its pictures are read as."""
    quality: int | None = None
    """Quality 0..100 unless told otherwise; None: nothing is lost, so there is nothing to choose."""
    only_read: tuple[str, ...] = ()
    """Extensions of its kinds that are read, and not written."""
    largest: int = 0
    """Pixels that a file can have in all; 0: any number."""
    bytes: int = 0
    """Of its longest file, which is not compressed; 0: any number."""
    extra: str = ""
    """The extra of upscli that brings it."""
    pages: bool = False
    """Several pictures in one file are pages, each of its own size and kind; else they are frames."""
    frames: str = ""
    """`read`, `write` or both, where several pictures in one file are."""
    streamed: bool = False
    """It is written by rows, so that a result may be larger than memory."""
    remark: str = ""
    """What else is to be known of it."""

    def refusal(self, layout: Layout) -> str | None:
        """Why a picture of this layout cannot be written; None if it can."""
        if not extras.is_installed(self.extra):
            return str(extras.missing(self.extra, OutputError))
        if layout in self.writes:
            return None
        if layout.flat() in self.writes:
            return f"{self.name} cannot hold transparency; give --background COLOR, or a format that can, such as png"
        able = [form.name for form in FORMATS if layout in form.writes and extras.is_installed(form.extra)]
        can = f"; --format {' or '.join(able)} can" if able else ", nor can any format here"
        return f"{self.name} cannot hold {layout}{can}"

    def several(self, count: int, pages: bool) -> str | None:
        """Why so many frames, or pages, cannot be written; None if they can."""
        able = [form for form in FORMATS if (form.pages if pages else "write" in form.frames and not form.pages)]
        if count < 2 or self in able:
            return None
        what = "pages" if pages else "frames"
        holds = "one picture" if "write" not in self.frames else "pages" if self.pages else "an animation"
        return (
            f"{self.name} holds {holds}, and these are {count:,} {what};"
            f" --format {' or '.join(form.name for form in able)} can hold them, and --frame N takes one"
        )

    def too_large(self, size: tuple[int, int], layout: Layout) -> str | None:
        """Why a picture of this (width, height) cannot be written; None if it can."""
        limit = self._limit(size, layout)
        if limit is None:
            return None
        able = [
            form.name for form in FORMATS if layout in form.writes and not (form.extra or form._limit(size, layout))
        ]
        can = f"; use --format {' or '.join(able[:3])}" if able else ""
        return f"{self.name} ends at {limit}, and {size[0]} x {size[1]} is more{can}"

    def _limit(self, size: tuple[int, int], layout: Layout) -> str | None:
        width, height = size
        if max(size) > self.longest:
            return f"{self.longest:,} pixels a side"
        if self.largest and width * height > self.largest:
            return f"{self.largest:,} pixels in all"
        if self.bytes and width * height * layout.channels + 3 * height + 2048 > self.bytes:
            return f"{self.bytes:,} bytes"
        return None


_ANY = 2**31 - 1
_PNG = _layouts("gray8 gray8a gray16 gray16a rgb8 rgb8a rgb16 rgb16a labels8 labels16")
_JPEG = _layouts("gray8 rgb8 cmyk8")
_COLORS = _layouts("rgb8 rgb8a")
_GRAYS = _layouts("gray8 gray8a")
_LABELS = _layouts("labels8")
_TIFF = _PNG | _layouts("grayf grayfa rgbf rgbfa cmyk8 cmyk8a cmyk16 cmyk16a")
_PNM = _layouts("gray8 gray16 rgb8 rgb16 labels8 labels16")
_PAM = _PNG
_FLOATS = _layouts("grayf rgbf")
_JP2 = _layouts("gray8 gray8a gray16 rgb8 rgb8a cmyk8")

FORMATS = (
    Format("png", "PNG", (".png", ".apng"), _ANY, _PNG, _PNG, streamed=True, frames="read write"),
    Format("jpeg", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), 65_500, _JPEG, _JPEG, 95, streamed=True),
    Format(
        "webp",
        "WEBP",
        (".webp",),
        16_383,
        _COLORS | _GRAYS,
        _COLORS,
        95,
        frames="read write",
        remark="gray is written as color",
    ),
    Format(
        "tiff",
        "TIFF",
        (".tif", ".tiff"),
        _ANY,
        _TIFF,
        _TIFF,
        streamed=True,
        pages=True,
        frames="read write",
        remark="several pictures are pages, each of its own size and kind",
    ),
    Format(
        "gif",
        "GIF",
        (".gif",),
        65_535,
        _COLORS | _GRAYS | _LABELS,
        _COLORS | _GRAYS | _LABELS,
        frames="read write",
        remark="256 colors, and pixels that are clear or not; gray is written as color, in a palette",
    ),
    Format(
        "bmp",
        "BMP",
        (".bmp", ".dib"),
        _ANY,
        _layouts("gray8 rgb8 labels8"),
        _layouts("gray8 rgb8 rgb8a labels8"),
        bytes=2**32 - 1,
    ),
    Format("pnm", "PPM", (".pnm", ".ppm", ".pgm"), _ANY, _PNM, _PNM, only_read=(".pbm",), streamed=True),
    Format("pam", "", (".pam",), _ANY, _PAM, _PAM, streamed=True),
    Format("pfm", "", (".pfm",), _ANY, _FLOATS, _FLOATS, streamed=True),
    Format(
        "avif",
        "AVIF",
        (".avif",),
        32_768,
        _COLORS | _GRAYS,
        _COLORS | _layouts("gray8"),
        90,
        largest=2**28,
        frames="read write",
        remark="more than 8 bits are read as 8, with a note; gray with alpha is written as color",
    ),
    Format(
        "jpeg2000",
        "JPEG2000",
        (".jp2", ".jpx", ".jpf"),
        _ANY,
        _JP2,
        _JP2,
        only_read=(".j2k", ".j2c", ".jpc"),
        remark="nothing is lost; colors of more than 8 bits cannot be read",
    ),
    Format(
        "ico",
        "ICO",
        (".ico",),
        256,
        _COLORS | _GRAYS,
        _COLORS | _GRAYS,
        remark="the largest picture is read; gray is written as color",
    ),
    Format(
        "qoi",
        "QOI",
        (".qoi",),
        _ANY,
        _COLORS | _GRAYS,
        _COLORS,
        remark="gray is written as color; slow, some seconds a megapixel",
    ),
    Format("dds", "DDS", (".dds",), _ANY, _COLORS | _GRAYS, _COLORS | _GRAYS, remark="written without compression"),
    Format("tga", "TGA", (".tga", ".icb", ".vda", ".vst"), 65_535, _COLORS | _GRAYS, _COLORS | _GRAYS),
    Format(
        "heif",
        "HEIF",
        (".heic", ".heif", ".hif"),
        65_528,
        _COLORS | _GRAYS,
        _COLORS | _layouts("gray8 gray16"),
        90,
        extra="heif",
        remark="more than 8 bits of color are read as 8, with a note; gray with alpha is written as color",
    ),
    Format(
        "jxl",
        "JXL",
        (".jxl",),
        2**30,
        _layouts("gray8 gray8a gray16 grayf rgb8 rgb8a"),
        _layouts("gray8 gray8a gray16 grayf rgb8 rgb8a"),
        95,
        extra="jxl",
        remark="quality 100 loses nothing; more than 8 bits of color are read as 8, with a note",
    ),
)

_BY_NAME = {name: f for f in FORMATS for name in (f.name, *(e[1:] for e in f.extensions + f.only_read))}


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
    return next(f for f in FORMATS if f.pillow == name)


def with_quality() -> str:
    """The names of those that have a quality, in words."""
    *names, last = (form.name for form in FORMATS if form.quality is not None)
    return f"{', '.join(names)} and {last}"


def check_name(name: str, layout: Layout) -> None:
    """Raise OutputError where the extension of a file, or `--format`, promises something else than what it gets."""
    word = f".{name.lower()}".rpartition(".")[2]
    form = _BY_NAME.get(word)
    if form and f".{word}" in form.only_read:
        raise OutputError(f"{word} is read, and not written; use {form.extensions[0]}")
    if word == "pgm" and layout.color not in ("gray", "labels"):
        raise OutputError("pgm holds gray only; ppm holds colors")
