"""What the samples of a TIFF mean: palettes, white as zero, few bits, premultiplied alpha."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from upscli.errors import InputError
from upscli.pictures import labels, tiff_metadata, tiff_reader
from upscli.pictures.formats import Layout, by_name
from upscli.pictures.header import Palette
from upscli.pictures.levels import spread
from upscli.pictures.rows import RowFile
from upscli.pictures.tiff_page import CMYK, PALETTE, RGB, WHITE_IS_ZERO, YCBCR, TiffPage, is_for_pillow, page_of
from upscli.pictures.tiff_tags import Table, TiffFile

_PREMULTIPLIED, _ALPHA = 1, 2
_KIND, _NO_PAGE = 254, 1 | 4
"""NewSubfileType: a copy in a smaller size, and a mask."""
_COLORS = {RGB: "rgb", YCBCR: "rgb", PALETTE: "rgb", CMYK: "cmyk"}


def rows_of(stream: BinaryIO, as_labels: bool, number: int = 0) -> RowFile | None:
    """The page of that number in a TIFF file; None for one that is better left to Pillow. Raises InputError."""
    tables, copies = _tables(stream)
    if number >= len(tables):
        raise InputError(f"it has no picture {number + 1}")
    if number == 0 and is_for_pillow(tables[0]):
        return None
    found = _rows(tables[number], as_labels)
    return found._replace(pages=len(tables), notes=found.notes + (_smaller(copies) if number == 0 else ()))


def pages_of(stream: BinaryIO, as_labels: bool) -> Iterator[RowFile]:
    """All pages of a TIFF file, in order. Raises InputError."""
    tables, copies = _tables(stream)
    for number, table in enumerate(tables, 1):
        try:
            found = _rows(table, as_labels)
        except InputError as error:
            raise InputError(f"page {number}: {error}") from None
        yield found._replace(notes=found.notes + (_smaller(copies) if number == 1 else ()))


def _tables(stream: BinaryIO) -> tuple[list[Table], int]:
    """Those of its pages, and how many there are of copies in smaller sizes, and of masks."""
    tables = list(TiffFile(stream).pages())
    pages = [table for number, table in enumerate(tables) if not (number and table.number(_KIND, 0) & _NO_PAGE)]
    return pages, len(tables) - len(pages)


def _smaller(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    return (f"{count} smaller {'copy or mask' if count == 1 else 'copies and masks'} beside its pages are left out",)


def _rows(table: Table, as_labels: bool) -> RowFile:
    page = page_of(table)
    layout, notes = _labels_of(page) if as_labels else (layout_of(page), _notes_of(page))

    def strips(stream: BinaryIO, threads: int) -> Iterator[NDArray[Any]]:
        for strip in tiff_reader.strips(TiffFile(stream), page, threads):
            yield _meant(strip, page, as_labels)

    return RowFile(
        width=page.width,
        height=page.height,
        layout=layout,
        format=by_name("tiff"),
        strips=strips,
        metadata=lambda: tiff_metadata.metadata_of(table),
        orientation=page.orientation,
        notes=notes + tiff_metadata.left_out(table),
        held=tiff_reader.held_bytes(page),
        palette=_palette(page) if as_labels else None,
    )


def layout_of(page: TiffPage) -> Layout:
    """What its pixels are read as: palettes as RGB, all floats as those of 32 bits."""
    depth = "float32" if page.kind == "f" else "uint8" if page.bits <= 8 else "uint16"
    if page.colors is not None and _is_deep(page.colors):
        depth = "uint16"
    return Layout(_COLORS.get(page.photometric, "gray"), _alpha_of(page) is not None, depth)


def _alpha_of(page: TiffPage) -> int | None:
    """Which of the extra samples is alpha."""
    return next((index for index, what in enumerate(page.extra) if what in (_PREMULTIPLIED, _ALPHA)), None)


def _notes_of(page: TiffPage) -> tuple[str, ...]:
    notes = []
    alpha = _alpha_of(page)
    if page.colors is not None:
        notes.append(f"palette colors became RGB{'' if alpha is None else 'A'}, so that new colors can appear")
    elif page.kind == "f" and page.bits != 32:
        notes.append(f"{page.bits}-bit floats became 32-bit floats")
    elif page.bits not in (8, 16, 32):
        why = ", so that edges can be smooth" if page.bits < 8 else ""
        color = "gray" if page.color_channels == 1 else "color"
        notes.append(f"{page.bits}-bit {color} became {8 if page.bits < 8 else 16}-bit {color}{why}")
    if alpha is not None and page.extra[alpha] == _PREMULTIPLIED:
        notes.append("colors that were multiplied by alpha were divided by it")
    others = len(page.extra) - (alpha is not None)
    if others:
        notes.append(f"{others} extra {'channel is' if others == 1 else 'channels are'} left out")
    return tuple(notes)


def _labels_of(page: TiffPage) -> tuple[Layout, tuple[str, ...]]:
    layout = layout_of(page)
    if page.color_channels > 1 or layout.alpha or page.kind == "f":
        raise InputError(labels.refusal(layout))
    depth = "uint8" if page.bits <= 8 else "uint16"
    return Layout("labels", False, depth), (labels.promise(0 if page.colors is None else page.colors.shape[1]),)


def _palette(page: TiffPage) -> Palette | None:
    if page.colors is None:
        return None
    return Palette(_eight_bits(page.colors).T.tobytes())


def _is_deep(colors: NDArray[Any]) -> bool:
    """Its 16 bits say more than 8: they are neither whole multiples nor, as some programs have it, 8 bits as such."""
    return bool(colors.max() > 255 and (colors % 257).any() and (colors % 256).any())


def _eight_bits(colors: NDArray[Any]) -> NDArray[Any]:
    return (colors if colors.max() < 256 else colors >> 8).astype(np.uint8)


def _meant(strip: NDArray[Any], page: TiffPage, as_labels: bool) -> NDArray[Any]:
    """Samples (rows, width, samples) to pixels in the layout."""
    strip = strip.astype(strip.dtype.newbyteorder("="), copy=False)
    if page.kind == "f":
        with np.errstate(over="ignore"):  # infinite ones are told of
            strip = strip.astype(np.float32, copy=False)
    alpha = _alpha_of(page)
    if as_labels:
        return strip[..., :1]
    if page.colors is not None:
        table = page.colors.astype(np.uint16) if _is_deep(page.colors) else _eight_bits(page.colors)
        colored = table.T[strip[..., 0]]
        return colored if alpha is None else np.concatenate((colored, _as(strip[..., alpha + 1 :][..., :1], table)), 2)
    strip = spread(strip, 2**page.bits - 1) if page.kind == "u" else strip
    count = page.color_channels
    if page.photometric == WHITE_IS_ZERO:
        strip = np.concatenate((np.iinfo(strip.dtype).max - strip[..., :count], strip[..., count:]), axis=2)
    if alpha is None:
        return strip[..., :count]
    strip = strip[..., [*range(count), count + alpha]] if alpha or strip.shape[2] > count + 1 else strip
    return _divided(strip) if page.extra[alpha] == _PREMULTIPLIED else strip


def _as(alpha: NDArray[Any], colors: NDArray[Any]) -> NDArray[Any]:
    """Alpha of 8 bits in the depth of the colors."""
    return alpha if colors.dtype == np.uint8 else alpha.astype(np.uint16) * np.uint16(257)


def _divided(pixels: NDArray[Any]) -> NDArray[Any]:
    """Colors that were multiplied by alpha, divided by it and rounded; where that is 0, they are 0."""
    colors, alpha = pixels[..., :-1], pixels[..., -1:]
    if pixels.dtype.kind == "f":
        plain = np.divide(colors, alpha, out=np.zeros_like(colors), where=alpha > np.finfo(np.float32).tiny)
    else:
        peak = np.iinfo(pixels.dtype).max
        part = np.maximum(alpha, 1).astype(np.uint64)
        plain = np.minimum((colors.astype(np.uint64) * peak + part // 2) // part, peak) * (alpha > 0)
    return np.concatenate((plain.astype(pixels.dtype), alpha), axis=2)
