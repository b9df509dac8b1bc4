"""What is known of a picture before its pixels are read, and what travels with them."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from upscli.errors import InputError
from upscli.pictures.formats import Format, Layout


class Source(NamedTuple):
    """Where a picture comes from: a file, or bytes already read from standard input."""

    path: Path
    data: bytes | None = None
    frame: int | None = None
    """Of several frames or pages only this one, from 1."""
    live: bool = False
    """`data` is only the beginning of what is on standard input: the rest is read, once, when the pixels are."""

    def __str__(self) -> str:
        return "stdin" if self.data is not None else str(self.path)


class Limits(NamedTuple):
    """Bounds that keep one hostile file from taking the machine down. 0: no bound."""

    pixels: int = 300_000_000
    output_pixels: int = 2_000_000_000
    stdin_bytes: int = 4_000_000_000
    frames: int = 1_000
    """Of an animation, or pages of a file."""

    def check(self, width: int, height: int) -> None:
        """Raise InputError for a source that has too many pixels."""
        pixels = width * height
        if self.pixels and pixels > self.pixels:
            raise InputError(
                f"{width} x {height} is {pixels:,} pixels, over the limit of {self.pixels:,};"
                " raise it with --max-pixels (0: no limit)"
            )

    def check_result(self, width: int, height: int, what: str = "") -> None:
        """Raise InputError for a result that has too many pixels; `what` tells what they come from."""
        pixels = width * height
        if self.output_pixels and pixels > self.output_pixels:
            raise InputError(
                f"{width} x {height} is {pixels:,} pixels{what}, over the limit of {self.output_pixels:,};"
                " raise it with --max-output-pixels (0: no limit)"
            )


class Header(NamedTuple):
    """A picture as it will be seen, that is after its EXIF orientation."""

    width: int
    height: int
    layout: Layout
    format: Format
    orientation: int = 1
    no_light: str = ""
    """Why its levels do not say how much light they mean; nothing if they do."""
    notes: tuple[str, ...] = ()
    """What reading changes, one sentence each."""
    held: int = 0
    """Bytes that its reader holds at most, beside a few strips."""
    frames: int = 1
    """More than one: an animation, whose frames all have this size and layout, or pages, of which this is the first."""


class Palette(NamedTuple):
    """What the numbers of a picture look like."""

    colors: bytes
    """Red, green, blue of each."""
    alpha: bytes = b""
    """Of each; those beyond its end are opaque."""


class Metadata(NamedTuple):
    """What a file says about its pixels."""

    icc: bytes | None = None
    exif: bytes | None = None
    """Without the `Exif` mark in front."""
    dpi: tuple[float, float] | None = None
    palette: Palette | None = None
    """The pixels are its indices."""
    xmp: bytes | None = None
    comment: bytes | None = None
    """Of JPEG and GIF."""
    iptc: bytes | None = None
    texts: tuple[tuple[bytes, bytes], ...] = ()
    """Types and data of a PNG's chunks of text."""
    colors: tuple[tuple[bytes, bytes], ...] = ()
    """The same of its chunks that say what the levels mean, such as gAMA."""
    notes: tuple[str, ...] = ()
    """What is left out because it could not be read, one sentence each."""


class Picture(NamedTuple):
    """Pixels from top to bottom, in strips of any height: arrays (rows, width, channels)."""

    header: Header
    strips: Iterator[NDArray[Any]]
    metadata: Metadata = Metadata()


class Frame(NamedTuple):
    """The whole canvas of an animation, as it is shown."""

    pixels: NDArray[Any]
    """(height, width, channels)"""
    seconds: Fraction
    """How long it is shown; 0: as long as the viewer likes."""


class Animation(NamedTuple):
    """Frames in their order. `frames` begins anew with each call, and holds one at a time."""

    header: Header
    frames: Callable[[], Iterator[Frame]]
    plays: int = 0
    """How often it is played; 0: for ever."""
    metadata: Metadata = Metadata()
