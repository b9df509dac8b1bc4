"""Still pictures in 256 colors.

The palette is `palette.ColorCount`'s. Photographs have too many colors for `palette.Mapper` to look each one up, so
Pillow finds the nearest; it takes colors that differ by less than 4 levels for one, so pictures of few colors don't
go that way.
"""

import numpy as np
from PIL import Image

from upscli.pictures.palette import Bytes, ColorCount, Mapper

_MOST = 256
_ROWS = 256
"""Counted at a time: counting sorts."""


def indexed(picture: Image.Image, dither: bool = False) -> Image.Image:
    """A picture of mode L, LA, RGB or RGBA in mode P, with at most 256 colors: its own, if they are so few.

    What is less than half opaque has the index `info["transparency"]`. `dither` spreads errors over the neighbors
    (Floyd and Steinberg, 1976).
    """
    flat = picture.convert("RGB")
    pixels = np.asarray(flat)
    alpha = np.asarray(picture.getchannel("A")) if picture.mode in ("LA", "RGBA") else None
    colors = _palette(pixels, alpha)
    result = _mapped(flat, pixels, colors, dither)
    if alpha is None:
        result.putpalette(colors.tobytes())
        return result
    result.paste(len(colors), mask=Image.fromarray(alpha < 128))
    result.putpalette(np.vstack((colors, np.zeros((1, 3), np.uint8))).tobytes())
    result.info["transparency"] = len(colors)
    return result


def _palette(pixels: Bytes, alpha: Bytes | None) -> Bytes:
    """Of what is shown; room is left for what is not."""
    count = ColorCount()
    some = False
    for top in range(0, len(pixels), _ROWS):
        piece = slice(top, top + _ROWS)
        shown = pixels[piece] if alpha is None else pixels[piece][alpha[piece] >= 128]
        if shown.size:
            count.add(shown)
            some = True
    return count.palette(_MOST - (alpha is not None)) if some else np.zeros((1, 3), np.uint8)


def _mapped(flat: Image.Image, pixels: Bytes, colors: Bytes, dither: bool) -> Image.Image:
    if flat.getcolors(_MOST) is not None:
        return Image.frombytes("P", flat.size, Mapper(colors)(pixels).tobytes())
    holder = Image.new("P", (1, 1))
    holder.putpalette(colors.tobytes())
    return flat.quantize(palette=holder, dither=Image.Dither.FLOYDSTEINBERG if dither else Image.Dither.NONE)
