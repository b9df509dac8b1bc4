"""Bands of pixels -> a file in one of the formats."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from upscli.errors import WriteError
from upscli.pictures import labels, modes
from upscli.pictures.encoders import by_encoder, options_for, ready
from upscli.pictures.formats import Format, Layout
from upscli.pictures.header import Metadata
from upscli.pictures.keeping import Strip, kept
from upscli.pictures.metadata import dropped, keeps_icc, keeps_palette, png_chunks, save_options

if TYPE_CHECKING:
    from upscli.pictures.gif_writer import Palettes
    from upscli.pictures.jpeg_writer import JpegLayout
    from upscli.pictures.png_writer import Compression
    from upscli.pictures.tiff_writer import TiffLayout

_IN_MEMORY = 64 * 1024 * 1024


@dataclass(frozen=True)
class Encoding:
    """How a picture becomes bytes."""

    format: Format
    layout: Layout
    size: tuple[int, int]
    """(width, height)"""
    metadata: Metadata
    """As it is written: corrected for this picture, without what `strip` takes out."""
    quality: int | None = None
    compress: "Compression" = "fast"
    """For PNG and TIFF."""
    palettes: "Palettes" = "global"
    """For GIF animations."""
    dither: bool = False
    """For GIF."""
    threads: int = 1
    strip: Strip = "none"

    def __post_init__(self) -> None:
        """From the source's metadata to the result's."""
        made = kept(self.metadata, self.format, self.layout, self.size, self.strip)
        object.__setattr__(self, "metadata", made)

    @property
    def keeps_icc(self) -> bool:
        """The file will have the color profile."""
        return bool(self.metadata.icc) and keeps_icc(self.format)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the file will lack, one sentence each."""
        notes = dropped(self.metadata, self.format)
        if self.format.name == "gif" and self.layout.color == "rgb":
            notes += ("gif holds 256 colors: the picture's colors are reduced",)
        if self.format.name == "gif" and self.layout.alpha:
            notes += ("gif pixels are either clear or not: half-clear ones are decided at one half",)
        return notes


def write(bands: Iterator[NDArray[Any]], encoding: Encoding, stream: BinaryIO) -> None:
    """Encode `bands` (rows, width, channels), top to bottom. A band's memory may be used again for the next.

    Only the writer that is needed is imported: each costs start-up.
    """
    form = encoding.format
    if form.name == "png":
        from upscli.pictures.png_writer import PngLayout, write_png

        layout = PngLayout(
            *encoding.size,
            channels=encoding.layout.channels,
            depth=16 if encoding.layout.depth == "uint16" else 8,
            chunks=png_chunks(encoding.metadata),
        )
        write_png(stream, layout, bands, encoding.compress, encoding.threads)
    elif form.name == "tiff":
        from upscli.pictures.tiff_writer import TiffWriter

        with seekable(stream) as file:
            page = tiff_page(encoding)
            TiffWriter(file, page.bytes).page(page, bands, encoding.threads)
    elif form.name in ("pnm", "pam"):
        from upscli.pictures.pnm import write_pnm

        write_pnm(stream, encoding.layout, encoding.size, bands, form.name == "pam")
    elif form.name == "pfm":
        from upscli.pictures.pfm import write_pfm

        with seekable(stream) as file:
            write_pfm(file, encoding.layout, encoding.size, bands)
    elif form.name == "jpeg":
        from upscli.pictures.jpeg_writer import write_jpeg

        with by_encoder(form):
            write_jpeg(stream, _jpeg_layout(encoding), bands, encoding.threads)
    else:
        _write_whole(bands, encoding, stream)


def tiff_page(encoding: Encoding) -> "TiffLayout":
    """The picture as a page of a TIFF file."""
    from upscli.pictures.tiff_metadata import fields_of
    from upscli.pictures.tiff_writer import TiffLayout

    return TiffLayout(encoding.size, encoding.layout, encoding.compress, fields_of(encoding.metadata))


def _jpeg_layout(encoding: Encoding) -> "JpegLayout":
    from upscli.pictures.jpeg_writer import JpegLayout

    form = encoding.format
    to_image = partial(modes.to_image, layout=encoding.layout)
    options = options_for(form, encoding.layout, encoding.size, encoding.quality)
    return JpegLayout(encoding.size, to_image, options, save_options(encoding.metadata, form))


def _write_whole(bands: Iterator[NDArray[Any]], encoding: Encoding, stream: BinaryIO) -> None:
    """By an encoder that wants the whole picture."""
    canvas = Image.new(modes.mode_for(encoding.layout), encoding.size)
    top = 0
    for band in bands:
        canvas.paste(modes.to_image(band, encoding.layout), (0, top))
        top += len(band)
    _save(canvas, encoding, stream)


@contextmanager
def seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The stream, or for a pipe a place for a whole file that is copied to it."""
    if stream.seekable():
        yield stream
    else:
        with standard_output(stream) as spool:
            yield spool


@contextmanager
def standard_output(stream: BinaryIO) -> Iterator[BinaryIO]:
    """A place for a whole file that is copied to `stream` when the block ends well: a pipe never gets half of one."""
    try:
        import tempfile  # costs start-up, and few runs write to stdout

        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
            yield cast(BinaryIO, spool)
            spool.seek(0)
            while piece := spool.read(1 << 20):
                view = memoryview(piece)
                while view:  # an unbuffered stream may take less than it is given
                    view = view[stream.write(view) :]
            stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise WriteError(f"stdout: cannot be written ({error.strerror or error})") from error


def _save(canvas: Image.Image, encoding: Encoding, stream: BinaryIO) -> None:
    form = encoding.format
    options = save_options(encoding.metadata, form) | options_for(
        form, encoding.layout, encoding.size, encoding.quality
    )
    if encoding.metadata.palette and keeps_palette(form):
        clear = labels.with_palette(canvas, encoding.metadata.palette)
        options |= clear if form.name == "gif" else {}
    if form.name == "gif":
        # Else Pillow gives the colors of labels other numbers.
        options |= {"optimize": False} if encoding.layout.color == "labels" else {}
    if form.name == "gif" and encoding.dither and encoding.layout.color == "rgb":
        _save_dithered(canvas, encoding, stream)
        return
    canvas = ready(canvas, form)
    # In memory first: encoders do not see that the end of a file finds no room on the disk, or try for ever.
    whole = BytesIO()
    with by_encoder(form):
        canvas.save(whole, form.pillow, **options)
    stream.write(whole.getbuffer())


def _save_dithered(canvas: Image.Image, encoding: Encoding, stream: BinaryIO) -> None:
    """As an animation of one frame: Pillow's own writer knows only one way to dither."""
    from fractions import Fraction

    from upscli.pictures.gif_writer import GifLayout, write_gif
    from upscli.pictures.header import Frame

    alpha, comment = encoding.layout.alpha, encoding.metadata.comment or b""
    still = GifLayout(*canvas.size, 1, alpha, "frame", encoding.dither, comment)
    write_gif(stream, still, lambda: iter([Frame(np.asarray(canvas), Fraction(0))]))
