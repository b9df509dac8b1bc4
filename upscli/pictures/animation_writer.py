"""Frames -> a file of one of the formats that move."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from upscli.pictures.apng_writer import write_apng
from upscli.pictures.encoders import options_for
from upscli.pictures.gif_writer import GifLayout, write_gif
from upscli.pictures.header import Frame
from upscli.pictures.metadata import png_chunks, save_options
from upscli.pictures.png_writer import PngLayout
from upscli.pictures.reel import Reel, write_reel
from upscli.pictures.write import Encoding

_UNITS = {"gif": "hundredths of a second", "webp": "milliseconds", "avif": "milliseconds", "png": "16-bit fractions"}


@dataclass(frozen=True)
class Timing:
    """What a file says of its frames before the first."""

    count: int
    plays: int
    """How often they are played; 0: for ever."""


def passes_of(encoding: Encoding) -> int:
    """How often the frames are taken."""
    return 2 if encoding.format.name == "gif" and encoding.palettes == "global" else 1


def write_animation(
    frames: Callable[[], Iterator[Frame]], encoding: Encoding, timing: Timing, stream: BinaryIO
) -> tuple[str, ...]:
    """Encode frames of the encoding's size and layout; what became of their timing, one sentence each.

    They are taken `passes_of` the encoding times. Raises OutputError for what the format cannot say.
    """
    form, alike = encoding.format, 0
    if form.name == "gif":
        alpha, comment = encoding.layout.alpha, encoding.metadata.comment or b""
        gif = GifLayout(*encoding.size, timing.plays, alpha, encoding.palettes, encoding.dither, comment)
        exact = write_gif(stream, gif, frames)
    elif form.name == "png":
        depth = 16 if encoding.layout.depth == "uint16" else 8
        layout = PngLayout(*encoding.size, encoding.layout.channels, depth, png_chunks(encoding.metadata))
        exact = write_apng(stream, layout, frames(), (timing.count, timing.plays), encoding.compress, encoding.threads)
    else:
        options = save_options(encoding.metadata, form)
        options |= options_for(form, encoding.layout, encoding.size, encoding.quality, moves=True)
        options |= {"loop": timing.plays} if form.name == "webp" else {}
        reel = Reel(frames(), timing.count, encoding.layout)
        exact = write_reel(reel, form, options, stream)
        exact = exact and not (form.name == "avif" and 0 in reel.durations)
        alike = reel.alike if form.name == "webp" else 0
    rounded = () if exact else (f"{form.name} counts time in {_UNITS[form.name]}: durations are rounded to them",)
    endless = form.name == "avif" and timing.plays
    joined = (f"webp joins frames that are alike: {alike:,} fewer, and all as long as before",) if alike else ()
    return (
        rounded
        + joined
        + ((f"avif is played for ever, and this was played {timing.plays:,} times",) if endless else ())
    )
