"""The one door to files that hold pictures. Everything Pillow may raise becomes an InputError here."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from upscli.errors import InputError
from upscli.pictures import labels, modes, opening, png_picture
from upscli.pictures.formats import by_pillow
from upscli.pictures.header import Header, Limits, Picture, Source
from upscli.pictures.metadata import icc_of, metadata_of, orientation_of
from upscli.pictures.png_chunks import PngInfo
from upscli.pictures.png_reader import PngRows
from upscli.pictures.profile import no_light

# The limits below are checked from the header, in words that say what to do.
Image.MAX_IMAGE_PIXELS = None

STRIP = 256
"""Rows taken at a time from a picture that Pillow holds."""


def header(source: Source, limits: Limits, as_labels: bool = False) -> Header:
    """What the picture is, without its pixels. Raises InputError."""
    with _guarded(source), _stream(source) as stream, opening.image(stream, source.path.name, limits) as image:
        return _header(image, stream, limits, as_labels)


def read(source: Source, limits: Limits, threads: int = 1, as_labels: bool = False) -> Picture:
    """The picture, turned upright. Raises InputError, also while its strips are taken.

    `as_labels`: its palette indices or gray levels as they are, and its palette among the metadata.
    """
    with _guarded(source), _stream(source) as stream, opening.image(stream, source.path.name, limits) as image:
        found = _header(image, stream, limits, as_labels)
        metadata = metadata_of(image)  # before the pixels: with them, Pillow forgets some of a TIFF's
        if _by_rows(image):
            if as_labels:
                metadata = replace(metadata, palette=labels.png_palette(_png_info(stream)))
            return Picture(found, _upright(_png_strips(source, threads, as_labels), found.orientation), metadata)
        image.load()
        if as_labels:
            metadata = replace(metadata, palette=labels.palette_of(image))
        plain = modes.numbers(image, found.layout) if as_labels else modes.converted(image, found.layout)
        upright = modes.upright(plain, found.orientation)
        return Picture(found, _strips(upright, str(source)), metadata)


def _by_rows(image: Image.Image) -> bool:
    """PNG is read by our own reader: by rows, checked, and with all its bits. Interlaced rows come too late for it."""
    return image.format == "PNG" and not image.info.get("interlace")


def _png_info(stream: BinaryIO) -> PngInfo:
    stream.seek(0)
    with PngRows(stream) as rows:
        return rows.info


def _header(image: Image.Image, stream: BinaryIO, limits: Limits, as_labels: bool) -> Header:
    if _by_rows(image):
        info = _png_info(stream)
        layout, notes = png_picture.labels_of(info) if as_labels else png_picture.layout_of(info)
    elif as_labels:
        layout, notes = modes.labels_of(image)
    else:
        layout, notes = modes.layout_of(image)
    orientation = orientation_of(image)
    width, height = image.size if orientation < 5 else image.size[::-1]
    limits.check(width, height)
    if _has_more(image):
        notes += ("only the first of its pictures is enlarged",)
    dark = no_light(icc_of(image), layout)
    return Header(width, height, layout, by_pillow(str(image.format)), orientation, dark, notes)


def _has_more(image: Image.Image) -> bool:
    """It is animated or has several pages. The second picture of an MPO is its camera's own affair."""
    return image.format != "MPO" and bool(getattr(image, "is_animated", False))


def _upright(strips: Iterator[NDArray[Any]], orientation: int) -> Iterator[NDArray[Any]]:
    """The strips, or all of them turned at once."""
    if orientation == 1:
        yield from strips
    else:
        yield modes.turned(np.concatenate(list(strips)), orientation)


def _png_strips(source: Source, threads: int, raw: bool) -> Iterator[NDArray[Any]]:
    """Opened when the first is asked for: work that ends before leaves nothing open."""
    with _guarded(source):
        stream = _stream(source)
    try:
        yield from png_picture.strips(stream, str(source), threads, raw)
    except OSError as error:  # a disk that fails; it must not look like that of the result
        raise InputError(f"{source}: cannot be read ({error.strerror or error})") from error


def _strips(image: Image.Image, name: str) -> Iterator[NDArray[Any]]:
    """Crops, so that a second copy of the whole never exists."""
    if image.mode == "F":
        _check_finite(np.asarray(image), name)
    for top in range(0, image.height, STRIP):
        yield modes.to_array(image.crop((0, top, image.width, min(top + STRIP, image.height))))


def _check_finite(pixels: NDArray[Any], name: str) -> None:
    finite = np.isfinite(pixels)
    if not finite.all():
        row, column = np.unravel_index(finite.argmin(), finite.shape)
        count = finite.size - np.count_nonzero(finite)
        raise InputError(
            f"{name}: {count:,} samples are not a number or infinite, the first at column {column}, row {row}"
        )


def _stream(source: Source) -> BinaryIO:
    return source.path.open("rb") if source.data is None else BytesIO(source.data)


@contextmanager
def _guarded(source: Source) -> Iterator[None]:
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
    except Exception as error:
        raise InputError(f"{source}: not an image that can be read ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "none of the formats that upscli knows"
    if isinstance(error, MemoryError):
        return "not enough memory"
    return f"{error or type(error).__name__}".splitlines()[0][:200]
