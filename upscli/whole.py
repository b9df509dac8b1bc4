"""One picture read whole and one written whole, for the commands beside the road of enlarging.

They work on colors, each channel by itself: a picture with alpha is laid on a background first.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from upscli.errors import OutputError
from upscli.kernels import color, depth
from upscli.pictures import door
from upscli.pictures.atomic import exists, is_device, new_file
from upscli.pictures.formats import Format, Layout, by_extension, by_name, check_name, with_quality
from upscli.pictures.header import Limits, Metadata, Source
from upscli.pictures.write import Encoding, standard_output, write
from upscli.switches import Switches, write_switches

Pixels = NDArray[Any]
Background = tuple[int, int, int]
"""Red, green, blue, 0..255."""

THREADS = os.cpu_count() or 1


@dataclass(frozen=True)
class Held:
    """A whole picture."""

    pixels: Pixels
    """(height, width, channels), in its own levels."""
    layout: Layout
    format: Format
    metadata: Metadata
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """Where a result goes, and how."""

    output: str
    """A path, or `-`."""
    format: str | None = None
    quality: int | None = None
    overwrite: bool = False

    def check(self, source: Source, *more: Path) -> None:
        """Raise OutputError, before any work, if a file is there already or would take another's place."""
        files = more if self.output == "-" else (Path(self.output), *more)
        check_new(files, self.overwrite, () if source.data is not None else (source.path,))

    def named_format(self) -> Format | None:
        """As asked, or as the name says; None for stdout without a word. Raises OutputError for a name without one."""
        named = by_name(self.format) if self.format else by_extension(self.output)
        if named is None and self.output != "-":
            raise OutputError(f"{self.output} has no extension of a format; name it .png, or give --format")
        return named

    def format_for(self, held: Held) -> Format:
        """As asked, as the name says, or as the input's. Raises OutputError if it cannot hold the picture."""
        form = self.named_format() or held.format
        if refusal := form.refusal(held.layout):
            raise OutputError(refusal)
        check_name(self.format or self.output, held.layout)
        if self.quality is not None and form.quality is None:
            raise OutputError(f"{form.name} has no --quality; {with_quality()} have")
        return form


def check_new(files: Iterable[Path], overwrite: bool, inputs: Iterable[Path] = ()) -> None:
    """Raise OutputError if one of these files to be is there already, an input, or named twice."""
    read, written = {path.resolve() for path in inputs}, set[Path]()
    for path in files:
        if is_device(path):
            continue
        if path.is_dir():
            raise OutputError(f"{path} is a folder; give the name of a file")
        if path.resolve() in read:
            raise OutputError(f"{path} is the input; inputs are never replaced, so give another name")
        if path.resolve() in written:
            raise OutputError(f"{path} is named for two results; give each its own")
        written.add(path.resolve())
        if path.exists() and not overwrite:
            raise OutputError(exists(path))


def hold(source: Source, limits: Limits, background: Background | None = None) -> Held:
    """Read a picture; its alpha is laid on the background, black if none is given. Raises InputError."""
    return laid(as_it_is(source, limits), background)


def as_it_is(source: Source, limits: Limits) -> Held:
    """Read a picture, its alpha with it. Raises InputError."""
    picture = door.read(source, limits, THREADS)
    pixels = np.concatenate([strip.copy() for strip in picture.strips])
    header, notes = picture.header, picture.header.notes
    if header.frames > 1:
        notes += (f"the first of its {header.frames:,} frames is taken",)
    return Held(pixels, header.layout, header.format, picture.metadata, notes)


def laid(held: Held, background: Background | None = None) -> Held:
    """The picture on a background, black if none is given; without alpha it stays as it is."""
    if not held.layout.alpha:
        return held
    pixels = _laid(held.pixels, held.layout, background or (0, 0, 0))
    named = "#{:02x}{:02x}{:02x}".format(*background) if background else "black"
    notes = (*held.notes, f"what is transparent was laid on {named}")
    return replace(held, pixels=pixels, layout=held.layout.flat(), notes=notes)


def _laid(pixels: Pixels, layout: Layout, background: Background) -> Pixels:
    peak = depth.peak(layout.depth)
    if layout.color == "gray" and len(set(background)) > 1:
        raise OutputError("a gray picture; its --background must be a gray, such as white")
    ground = tuple(level * peak / 255 for level in (background[:1] if layout.color == "gray" else background))
    flat = np.empty((*pixels.shape[:2], pixels.shape[2] - 1), pixels.dtype)
    depth.from_float(color.flatten(depth.to_float(pixels), ground, peak), flat)
    return flat


def save(pixels: Pixels, held: Held, target: Target, switches: tuple[Path, Switches] | None = None) -> tuple[str, ...]:
    """Write a result, and its switches, each whole or not at all; what the file lacks. Raises OutputError."""
    form = target.format_for(held)
    encoding = Encoding(form, held.layout, pixels.shape[1::-1], held.metadata, target.quality, threads=THREADS)
    if too_large := form.too_large(encoding.size, held.layout):
        raise OutputError(too_large)
    notes = encoding.notes
    if switches and (form.quality is not None or (form.name == "gif" and held.layout.color != "gray")):
        notes += (f"{form.name} changes levels: the values that unpooling returns will not be exact; png keeps them",)
    with ExitStack() as files:
        stream: BinaryIO
        if target.output == "-":
            stream = files.enter_context(standard_output(sys.stdout.buffer))
        else:
            stream = files.enter_context(new_file(Path(target.output), target.overwrite))
        write(_bands(pixels), encoding, stream)
        if switches:
            write_switches(files.enter_context(new_file(switches[0], target.overwrite)), switches[1])
    return notes


def save_colors(colors: Pixels, output: str, overwrite: bool) -> None:
    """Write a drawn picture (h, w, 3), uint8. Raises OutputError."""
    layout = Layout("rgb", False, "uint8")
    save(colors, Held(colors, layout, by_name("png"), Metadata(), ()), Target(output, overwrite=overwrite))


def _bands(pixels: Pixels) -> Iterator[Pixels]:
    for top in range(0, len(pixels), door.STRIP):
        yield np.ascontiguousarray(pixels[top : top + door.STRIP])
