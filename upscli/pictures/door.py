"""The one door to files that hold pictures. Everything Pillow may raise becomes an InputError here."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from upscli.errors import InputError
from upscli.pictures import modes
from upscli.pictures.formats import READABLE, by_pillow
from upscli.pictures.header import Header, Limits, Picture, Source
from upscli.pictures.metadata import metadata_of, orientation_of

# The limits below are checked from the header, in words that say what to do.
Image.MAX_IMAGE_PIXELS = None

STRIP = 256
"""Rows taken at a time from a picture that Pillow holds."""


def header(source: Source, limits: Limits) -> Header:
    """What the picture is, without its pixels. Raises InputError."""
    with _guarded(source), _opened(source) as stream, Image.open(stream, formats=READABLE) as image:
        return _header(image, limits)


def read(source: Source, limits: Limits) -> Picture:
    """The picture, turned upright. Raises InputError, also while its strips are taken."""
    with _guarded(source), _opened(source) as stream, Image.open(stream, formats=READABLE) as image:
        found = _header(image, limits)
        upright = modes.upright(modes.converted(image, found.layout), found.orientation)
        upright.load()
        return Picture(found, _strips(upright, str(source)), metadata_of(image))


def _header(image: Image.Image, limits: Limits) -> Header:
    layout, notes = modes.layout_of(image)
    orientation = orientation_of(image)
    width, height = image.size if orientation < 5 else image.size[::-1]
    if limits.pixels and width * height > limits.pixels:
        raise InputError(
            f"{width} x {height} is {width * height:,} pixels, over the limit of {limits.pixels:,};"
            " raise it with --max-pixels (0: no limit)"
        )
    return Header(width, height, layout, by_pillow(str(image.format)), orientation, notes)


def _strips(image: Image.Image, name: str) -> Iterator[NDArray[Any]]:
    """Crops, so that a second copy of the whole never exists."""
    for top in range(0, image.height, STRIP):
        strip = modes.to_array(image.crop((0, top, image.width, min(top + STRIP, image.height))))
        if strip.dtype == np.float32 and not np.isfinite(strip).all():
            row, column, _ = np.argwhere(~np.isfinite(strip))[0]
            raise InputError(f"{name}: not a number or infinite at column {column}, row {top + row}")
        yield strip


@contextmanager
def _opened(source: Source) -> Iterator[BinaryIO]:
    if source.data is not None:
        yield BytesIO(source.data)
        return
    with source.path.open("rb") as stream:
        yield stream


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
