"""Pictures whose rows are read by our own readers, some at a time."""

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from numpy.typing import NDArray

from upscli.pictures.formats import Format, Layout
from upscli.pictures.header import Metadata, Palette


class RowFile(NamedTuple):
    """What stands in a file before its pixels, and the way to them."""

    width: int
    """As the rows are stored, not as the picture is seen."""
    height: int
    layout: Layout
    format: Format
    strips: Callable[[BinaryIO, int], Iterator[NDArray[Any]]]
    """From the whole file and a number of threads to arrays (rows, width, channels), top to bottom."""
    metadata: Callable[[], Metadata] = Metadata
    """To be asked while the file is open."""
    orientation: int = 1
    """EXIF orientation, 1..8."""
    notes: tuple[str, ...] = ()
    """What reading changes, one sentence each."""
    held: int = 0
    """Bytes that reading holds at most, beside a few strips."""
    palette: Palette | None = None
    """Of labels."""
    pages: int = 1
    """Of the file: pictures of their own sizes and kinds."""
    more: bool = False
    """The file has pictures after this one."""
