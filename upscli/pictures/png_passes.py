"""The passes of a PNG: one, or the seven of Adam7.

Source: PNG specification, third edition, https://www.w3.org/TR/png-3/, section 8.
"""

from typing import NamedTuple

from upscli.pictures.png_chunks import PngInfo

_ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""First row and column, steps of rows and columns."""


class Pass(NamedTuple):
    """A picture of every so many pixels."""

    info: PngInfo
    """With the size of this pass."""
    rows: slice
    columns: slice
    name: str = ""


def passes(info: PngInfo) -> list[Pass]:
    """Those that have pixels, in their order."""
    if not info.interlaced:
        return [Pass(info, slice(None), slice(None))]
    found = []
    for number, (top, left, down, across) in enumerate(_ADAM7, 1):
        height, width = len(range(top, info.height, down)), len(range(left, info.width, across))
        if height and width:
            part = info._replace(width=width, height=height)
            found.append(Pass(part, slice(top, None, down), slice(left, None, across), f" of pass {number}"))
    return found
