"""What a PNG holds, and what its rows mean: palettes, transparent colors, 16 bits."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL.PngImagePlugin import PngImageFile

from upscli.errors import InputError
from upscli.pictures import labels, rows_ahead
from upscli.pictures.formats import Layout, by_name
from upscli.pictures.metadata import metadata_of, orientation_of
from upscli.pictures.png_chunks import PngInfo
from upscli.pictures.png_reader import PngRows
from upscli.pictures.rows import RowFile

_STRIP_BYTES = 1 << 20


def rows_of(stream: BinaryIO, as_labels: bool) -> RowFile:
    """The picture in a PNG file. Raises InputError."""
    with PngRows(stream) as rows:
        info = rows.info
    layout, notes = labels_of(info) if as_labels else layout_of(info)
    stream.seek(0)
    image = PngImageFile(stream)  # `Image.open` imports the readers of four other formats before it looks
    return RowFile(
        width=info.width,
        height=info.height,
        layout=layout,
        format=by_name("png"),
        strips=lambda stream, threads: _strips(stream, threads, as_labels),
        metadata=lambda: metadata_of(image),
        orientation=orientation_of(image),
        notes=notes,
        held=info.width * info.height * layout.channels * info.dtype.itemsize if info.interlaced else 0,
        palette=labels.png_palette(info) if as_labels else None,
        more=bool(getattr(image, "is_animated", False)),
    )


def layout_of(info: PngInfo) -> tuple[Layout, tuple[str, ...]]:
    """What its pixels are read as, palettes as RGB, with alpha where anything is transparent; and what that changes."""
    alpha = info.color_type in (4, 6) or info.transparency is not None
    return Layout("gray" if info.color_type in (0, 4) else "rgb", alpha, info.dtype.name), notes_of(info)


def notes_of(info: PngInfo) -> tuple[str, ...]:
    """What reading changes, one sentence each."""
    notes = []
    if info.color_type == 3:
        notes.append("palette colors became RGB, so that new colors can appear")
    elif info.depth < 8:
        notes.append(f"{info.depth}-bit gray became 8-bit gray, so that edges can be smooth")
    notes += [f"the damaged chunk {kind.decode()} is left out" for kind in info.damaged]
    return tuple(notes)


def labels_of(info: PngInfo) -> tuple[Layout, tuple[str, ...]]:
    """The layout that its numbers have as labels, and what is to be said of it. Raises InputError for colors."""
    if info.color_type not in (0, 3):
        raise InputError(labels.refusal(layout_of(info)[0]))
    gray = info.color_type == 0
    notes: tuple[str, ...] = (labels.promise(len(info.palette or b"") // 3),)
    if gray and info.transparency is not None:
        notes += ("its transparent level is left out: labels have no transparency",)
    if gray and info.depth < 8:
        step = 255 // (2**info.depth - 1)
        notes += (f"{info.depth}-bit gray became 8-bit gray: its numbers are multiples of {step}",)
    return Layout("labels", False, info.dtype.name), notes


def _strips(stream: BinaryIO, threads: int, raw: bool) -> Iterator[NDArray[Any]]:
    """Its rows in the layout above, or as its numbers, some at a time. Raises InputError."""
    with closing(rows_ahead.taken(stream) or PngRows(stream, threads)) as rows:
        info = rows.info
        count = max(1, _STRIP_BYTES // max(1, info.width * layout_of(info)[0].channels * info.dtype.itemsize))
        while len(strip := rows.rows(count)):
            yield strip if raw else meant(strip, info)


def meant(strip: NDArray[Any], info: PngInfo) -> NDArray[Any]:
    """Rows of samples, (rows, width, channels), in the layout that `layout_of` tells of."""
    if info.palette is not None:
        colored: NDArray[Any] = _colors(info)[strip[..., 0]]
        return colored
    if info.transparency is not None:
        return _keyed(strip, info)
    return strip


def _colors(info: PngInfo) -> NDArray[np.uint8]:
    """The palette as (colors, 3 or 4); a tRNS shorter than the palette leaves the rest opaque."""
    colors = np.frombuffer(info.palette or b"", np.uint8).reshape(-1, 3)
    if info.transparency is None:
        return colors
    alpha = np.full((len(colors), 1), 255, np.uint8)
    alpha[: len(info.transparency), 0] = np.frombuffer(info.transparency, np.uint8)
    return np.hstack((colors, alpha))


def _keyed(strip: NDArray[Any], info: PngInfo) -> NDArray[Any]:
    """One exact color is clear. The key counts in the file's own bits, which rows of few bits no longer do."""
    key = np.frombuffer(info.transparency or b"", ">u2").astype(np.int64)
    if info.depth < 8:
        key *= 255 // (2**info.depth - 1)
    clear = (strip == key).all(axis=2, keepdims=True)
    return np.concatenate((strip, np.where(clear, 0, np.iinfo(strip.dtype).max).astype(strip.dtype)), axis=2)
