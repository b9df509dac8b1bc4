"""Animations as they are read: what they are, from their headers, and their frames, composed, one at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import BinaryIO

from PIL import Image

from upscli.errors import InputError
from upscli.pictures import apng_reader, gif_reader, modes, png_picture
from upscli.pictures.deflate import FASTEST
from upscli.pictures.formats import Layout, by_pillow
from upscli.pictures.header import Frame, Header, Limits, Metadata
from upscli.pictures.metadata import metadata_of, orientation_of
from upscli.pictures.png_chunks import SIGNATURE, Chunks, read_info
from upscli.pictures.profile import no_light

Frames = Callable[[BinaryIO], Iterator[Frame]]

_PALETTE = "palette colors became RGB, so that new colors can appear"
_APART = "the picture for viewers without animation, which is none of the frames, is left out"


@dataclass(frozen=True)
class Moving:
    """What a file with several frames says of itself."""

    header: Header
    plays: int
    """How often they are played; 0: for ever."""
    metadata: Metadata
    frames: Frames
    """Of the same file, opened anew: each canvas, upright. It raises InputError, and whatever Pillow raises."""


@dataclass(frozen=True)
class _Found:
    count: int
    plays: int
    size: tuple[int, int]
    layout: Layout
    notes: tuple[str, ...]
    frames: Frames


def moving(stream: BinaryIO, limits: Limits) -> Moving | None:
    """None for a still. Raises InputError for more frames or pixels than the limits allow, and what Pillow raises."""
    mark = stream.read(64)
    stream.seek(0)
    look = next((look for is_so, look in _LOOKS if is_so(mark)), None)
    found = look(stream, limits) if look else None
    if found is None or found.count < 2:
        stream.seek(0)
        return None
    if limits.frames and found.count > limits.frames:
        raise InputError(too_many(f"{found.count:,}", limits))
    stream.seek(0)
    with Image.open(stream, formats=("GIF", "PNG", "WEBP", "AVIF")) as image:
        form, turn, metadata = by_pillow(str(image.format)), orientation_of(image), metadata_of(image)
    width, height = found.size if turn < 5 else found.size[::-1]
    dark = no_light(metadata, found.layout)
    header = Header(width, height, found.layout, form, turn, dark, found.notes, frames=found.count)
    return Moving(header, found.plays, metadata, partial(_upright, found.frames, turn))


def _upright(frames: Frames, orientation: int, stream: BinaryIO) -> Iterator[Frame]:
    for frame in frames(stream):
        yield frame._replace(pixels=modes.turned(frame.pixels, orientation))


def too_many(count: str, limits: Limits) -> str:
    """The sentence for more frames or pages than the limit."""
    most = f"{limits.frames:,}"
    return f"{count} frames, over the limit of {most}; raise it with --max-frames (0: no limit), or take one by --frame"


def _gif(stream: BinaryIO, limits: Limits) -> _Found:
    try:
        info = gif_reader.read_info(stream, limits.frames)
    except gif_reader.TooManyFrames:
        raise InputError(too_many(f"more than {limits.frames:,}", limits)) from None
    size, layout = (info.width, info.height), Layout("rgb", info.alpha, "uint8")
    return _Found(len(info.frames), info.plays, size, layout, (_PALETTE,), partial(gif_reader.frames, info))


def _png(stream: BinaryIO, _limits: Limits) -> _Found | None:
    info = read_info(Chunks(stream, FASTEST))
    found = apng_reader.animation_of(info)
    if found is None:
        return None
    if info.interlaced:
        raise InputError("an interlaced animation is not supported; save it without interlacing")
    layout, notes = png_picture.layout_of(info)
    notes += (_APART,) if apng_reader.has_apart(info) else ()
    return _Found(*found, (info.width, info.height), layout, notes, partial(apng_reader.frames, found[0]))


def _by_pillow(stream: BinaryIO, _limits: Limits) -> _Found:
    with Image.open(stream, formats=("WEBP", "AVIF")) as image:
        layout, notes = modes.layout_of(image)
        count, plays = int(getattr(image, "n_frames", 1)), int(image.info.get("loop", 0))
        return _Found(count, plays, image.size, layout, notes, partial(_frames_by_pillow, count, layout))


def _frames_by_pillow(count: int, layout: Layout, stream: BinaryIO) -> Iterator[Frame]:
    with Image.open(stream, formats=("WEBP", "AVIF")) as image:
        for number in range(count):
            image.seek(number)
            image.load()
            pixels = modes.to_array(modes.converted(image, layout))
            yield Frame(pixels, Fraction(image.info["duration"], 1000))


_LOOKS: tuple[tuple[Callable[[bytes], bool], Callable[[BinaryIO, Limits], _Found | None]], ...] = (
    (lambda mark: mark.startswith((b"GIF87a", b"GIF89a")), _gif),
    (lambda mark: mark.startswith(SIGNATURE), _png),
    (lambda mark: mark[8:16] == b"WEBPVP8X" and bool(mark[20] & 2), _by_pillow),
    (lambda mark: mark[4:8] == b"ftyp" and b"avis" in mark[8:], _by_pillow),
)
"""How a file begins whose frames are looked for. Of WebP, the flag says that it moves; of AVIF, one of its brands."""
