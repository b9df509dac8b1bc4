"""What the user asked for."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from upscli.inputs import Entry, Inputs
from upscli.kernels.axis import Edge
from upscli.outputs import Existing, Place
from upscli.pictures.header import Limits
from upscli.pictures.keeping import Strip
from upscli.size import Size

if TYPE_CHECKING:
    from upscli.grids import Grids
    from upscli.pictures.gif_writer import Palettes
    from upscli.pictures.png_writer import Compression

COMPRESSED = ("png", "tiff")
"""Formats that --compress is for."""
PLAIN = ("pnm", "pam", "bmp")
"""Formats whose files are as long as their pixels."""

IfLarger = Literal["fail", "skip", "copy"]


class Request(NamedTuple):
    """All words of a run but how it is told."""

    inputs: Inputs
    place: Place = Place()
    method: str = "bicubic"
    options: Mapping[str, Any] = MappingProxyType({})
    size: Size | None = None
    """None: twice the size, or what the method dictates."""
    if_larger: IfLarger = "fail"
    """What to do with a picture that is larger than the size asked for."""
    edge: Edge = Edge.REPLICATE
    quality: int | None = None
    """For the results whose format has one."""
    compress: "Compression | None" = None
    """For the results that are PNG or TIFF."""
    background: tuple[int, int, int] | None = None
    """Red, green, blue, 0..255."""
    depth: str | None = None
    """`uint8` or `uint16`; None: each picture's own."""
    linear: bool = False
    """Resample light, not levels."""
    strip: Strip = "none"
    """What of the metadata is left out."""
    frame: int | None = None
    """Of an animation only this one, from 1."""
    palettes: "Palettes | None" = None
    """For the results that are GIF animations."""
    dither: bool | None = None
    """For the results that are GIF."""
    existing: Existing = Existing.REFUSE
    memory: int = 0
    """Bytes that one job may plan for; 0: no bound."""
    journaled: bool = False
    """Results are written down, so that a later run can resume."""
    measured: bool = False
    """Outcomes give the results' SHA-256 and the peak of memory, which take time to find."""
    grids: "Grids | None" = None
    """To be drawn beside the results."""
    limits: Limits = Limits()

    @property
    def keeps_bytes(self) -> bool:
        """Nothing is asked for that would change a picture of the right size."""
        return self.depth is None and self.strip == "none"

    def journal_of(self, entry: Entry) -> Path | None:
        """The folder whose journal names the result."""
        return self.place.folder_of(entry) if self.journaled else None
