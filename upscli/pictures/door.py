"""The one door to files that hold pictures. Everything Pillow may raise becomes an InputError here."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from io import BytesIO, UnsupportedOperation
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from upscli.errors import InputError
from upscli.pictures import ahead, labels, marks, modes, opening
from upscli.pictures.formats import by_pillow
from upscli.pictures.header import Animation, Frame, Header, Limits, Metadata, Picture, Source
from upscli.pictures.metadata import icc_of, metadata_of, orientation_of
from upscli.pictures.profile import no_light
from upscli.pictures.row_files import row_file

if TYPE_CHECKING:
    from upscli.pictures.animation import Moving
    from upscli.pictures.rows import RowFile

# The limits below are checked from the header, in words that say what to do.
Image.MAX_IMAGE_PIXELS = None

STRIP = 256
"""Rows taken at a time from a picture that Pillow holds, or more,"""
_SMALL = 1 << 18
"""if they have no more pixels than this."""

_ONLY_FIRST = "only the first of its pictures is enlarged"


def header(source: Source, limits: Limits, as_labels: bool = False) -> Header:
    """What the picture is, without its pixels. Raises InputError."""
    if (animated := _moving(source, limits, as_labels)) is not None:
        return animated.header
    with guarded(source), opened(source) as stream:
        if (rows := row_file(stream, as_labels, (source.frame or 1) - 1)) is not None:
            found = header_of(rows, limits)
            return found if source.frame else _with_pages(found, rows.pages, limits)
        with opening.image(stream, source.path.name, limits) as image:
            return _header(image, limits, as_labels)


def read(source: Source, limits: Limits, threads: int = 1, as_labels: bool = False) -> Picture:
    """The picture, turned upright; of an animation the frame that the source names, or the first.

    Raises InputError, also while its strips are taken. `as_labels`: its palette indices or gray levels as they are,
    and its palette among the metadata.
    """
    if (animated := _moving(source, limits, as_labels)) is not None:
        frame = next(islice(_frames(source, animated), (source.frame or 1) - 1, None))
        return Picture(animated.header, iter([frame.pixels]), animated.metadata)
    with guarded(source), opened(source) as stream:
        if (rows := row_file(stream, as_labels, (source.frame or 1) - 1)) is not None:
            picture = picture_of(source, rows, limits, threads)
            pages = 1 if source.frame else rows.pages
            return picture._replace(header=picture.header._replace(frames=pages))
        with ahead.taken(stream) or opening.image(stream, source.path.name, limits) as image:
            found = _header(image, limits, as_labels)
            metadata = metadata_of(image)  # before the pixels: with them, Pillow forgets some of a TIFF's
            image.load()
            if as_labels:
                metadata = metadata._replace(palette=labels.palette_of(image))
            plain = modes.numbers(image, found.layout) if as_labels else modes.converted(image, found.layout)
            upright = modes.upright(plain, found.orientation)
            return Picture(found, _strips(upright, str(source)), metadata)


def picture_of(source: Source, rows: "RowFile", limits: Limits, threads: int) -> Picture:
    """A picture that is read by rows, turned upright; `rows` is of the source, which is open. Raises InputError."""
    found = header_of(rows, limits)
    metadata = rows.metadata()._replace(palette=rows.palette)
    return Picture(found, _upright(_row_strips(source, rows, threads), found.orientation), metadata)


def header_of(rows: "RowFile", limits: Limits) -> Header:
    """Of a picture that is read by rows. Raises InputError."""
    wide = (rows.width, rows.height) if rows.orientation < 5 else (rows.height, rows.width)
    limits.check(*wide)
    notes = rows.notes + ((_ONLY_FIRST,) if rows.more else ())
    dark = no_light(rows.metadata(), rows.layout)
    return Header(*wide, rows.layout, rows.format, rows.orientation, dark, notes, rows.held)


def _with_pages(found: Header, pages: int, limits: Limits) -> Header:
    if limits.frames and pages > limits.frames:
        from upscli.pictures.animation import too_many

        raise InputError(too_many(f"{pages:,}", limits))
    return found._replace(frames=pages)


def read_animation(source: Source, limits: Limits) -> Animation:
    """All its frames, turned upright. Raises InputError, also while they are taken."""
    found = _moving(source, limits, False)
    if found is None:
        raise InputError(f"{source}: it has one frame only")
    return Animation(found.header, partial(_frames, source, found), found.plays, found.metadata)


def _moving(source: Source, limits: Limits, as_labels: bool) -> "Moving | None":
    """None for stills, and for the labels of a first frame."""
    with guarded(source), opened(source) as stream:
        if not marks.may_move(stream):
            return None
        from upscli.pictures.animation import moving  # the readers of animations cost start-up

        found = moving(stream, limits._replace(frames=0) if source.frame else limits)
        if found is None or (as_labels and source.frame == 1):
            return None
        if as_labels:
            raise InputError("frames are composed of colors, and labels are one picture; --frame 1 takes the first")
        limits.check(found.header.width, found.header.height)
        return found if source.frame is None else replace(found, header=found.header._replace(frames=1))


def _frames(source: Source, found: "Moving") -> Iterator[Frame]:
    """What goes wrong while a frame is taken is the file's fault; what goes wrong between two is not."""
    with guarded(source):
        stream = opened(source)
    with stream:
        frames = found.frames(stream)
        while True:
            with guarded(source):
                frame = next(frames, None)
            if frame is None:
                return
            yield frame


def _header(image: Image.Image, limits: Limits, as_labels: bool) -> Header:
    layout, notes = modes.labels_of(image) if as_labels else modes.layout_of(image)
    orientation = orientation_of(image)
    wide = image.size if orientation < 5 else image.size[::-1]
    limits.check(*wide)
    if _has_more(image):
        notes += (_ONLY_FIRST,)
    dark = no_light(Metadata(icc_of(image)), layout)
    held = wide[0] * wide[1] * layout.held
    return Header(*wide, layout, by_pillow(str(image.format)), orientation, dark, notes, held)


def _has_more(image: Image.Image) -> bool:
    """It is animated or has several pages."""
    return bool(getattr(image, "is_animated", False))


def _upright(strips: Iterator[NDArray[Any]], orientation: int) -> Iterator[NDArray[Any]]:
    """The strips, or all of them turned at once. Mirrored rows stay where they are."""
    if orientation <= 2:
        yield from (modes.turned(strip, orientation) for strip in strips)
    else:
        yield modes.turned(np.concatenate(list(strips)), orientation)


def _row_strips(source: Source, rows: "RowFile", threads: int) -> Iterator[NDArray[Any]]:
    """Opened when the first is asked for: work that ends before leaves nothing open."""
    with guarded(source):
        stream = opened(source)
        if source.live:
            from upscli.pictures.rest import Rest

            stream = cast(BinaryIO, Rest(source.data or b"", sys.stdin.buffer))
    with stream:
        strips = _finite(rows.strips(stream, threads))
        while True:
            with guarded(source):
                strip = next(strips, None)
            if strip is None:
                return
            yield strip


def _strips(image: Image.Image, name: str) -> Iterator[NDArray[Any]]:
    """Crops, so that a second copy of the whole never exists."""
    rows = max(STRIP, _SMALL // image.width)
    tops = range(0, image.height, rows)
    crops = (image.crop((0, top, image.width, min(top + rows, image.height))) for top in tops)
    try:
        yield from _finite(map(modes.to_array, crops if len(tops) > 1 else (image,)))
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def _finite(strips: Iterator[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    """The same. Raises InputError for floats that are none, when all are counted."""
    top, count, first = 0, 0, ""
    for strip in strips:
        if strip.dtype.kind == "f" and not (finite := np.isfinite(strip)).all():
            row, column = np.unravel_index(finite.argmin(), finite.shape)[:2]
            first = first or f"column {column}, row {top + row}"
            count += finite.size - int(np.count_nonzero(finite))
        if not count:
            yield strip
        top += len(strip)
    if count:
        raise InputError(f"{count:,} samples are not a number or infinite, the first at {first}")


def opened(source: Source) -> BinaryIO:
    """Its bytes, from the first."""
    return source.path.open("rb") if source.data is None else BytesIO(source.data)


@contextmanager
def guarded(source: Source) -> Iterator[None]:
    """Whatever goes wrong inside is an InputError that names the source."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    except FileNotFoundError:
        raise InputError(f"{source}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{source}: a folder, not a picture") from None
    except PermissionError:
        raise InputError(f"{source}: no permission to read it") from None
    except UnsupportedOperation:
        raise InputError(f"{source}: a pipe, which cannot be read twice; send it to stdin, and give -") from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:  # it must not look like the disk of the result
            raise InputError(f"{source}: cannot be read ({error.strerror or error})") from error
        raise InputError(f"{source}: not an image that can be read ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "none of the formats that upscli knows"
    if isinstance(error, MemoryError):
        return "not enough memory"
    return f"{error or type(error).__name__}".splitlines()[0][:200]
