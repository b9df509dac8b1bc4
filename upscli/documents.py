"""Files of several pages, enlarged page by page: each has its own size, kind and settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from upscli.errors import InputError
from upscli.jobs import Job
from upscli.pictures import pages
from upscli.pictures.header import Metadata
from upscli.pictures.profile import SRGB, curves_of
from upscli.pictures.tiff_writer import TiffWriter
from upscli.pictures.write import Encoding, seekable, tiff_page
from upscli.stages import enlarged

Encode = Callable[[Job, Metadata], Encoding]
"""How a page with this metadata becomes bytes."""


@dataclass(frozen=True)
class Made:
    """What is to be said of a file that was written."""

    notes: tuple[str, ...]
    first: Encoding


def make(job: Job, encode: Encode, stream: BinaryIO, watch: Callable[[int, int], None] | None = None) -> Made:
    """Enlarge all pages into `stream`, a few strips of them held at a time. Raises UpscliError.

    `watch` is called with (pages done, pages in all).
    """
    as_labels = job.recipe.layout.color == "labels"
    encodings: list[Encoding] = []
    notes: list[str] = []
    with seekable(stream) as file:
        writer = TiffWriter(file, sum(page.recipe.bytes_out for page in job.pages))
        pictures = pages.read(job.source, job.limits, 1, as_labels)
        for number, page in enumerate(job.pages, 1):
            picture = next(pictures, None)
            if picture is None or picture.header._replace(frames=page.header.frames) != page.header:
                raise InputError(f"{job.source} changed while the work was planned; run again")
            encoding = encode(page, picture.metadata)
            encodings.append(encoding)
            curves = curves_of(picture.metadata, page.header.layout) if page.recipe.linear else SRGB
            bands = enlarged(page.recipe, picture.strips, encoding.threads, None, curves)
            writer.page(tiff_page(encoding), bands, encoding.threads)
            notes += [f"page {number}: {note}" for note in page.header.notes + page.notes + encoding.notes]
            if watch:
                watch(number, len(job.pages))
    return Made(tuple(notes), encodings[0])
