"""Files of several pages, each a picture of its own size and kind: TIFF."""

from collections.abc import Iterator

from upscli.pictures import door, tiff_picture
from upscli.pictures.door import guarded, opened
from upscli.pictures.header import Header, Limits, Picture, Source


def headers(source: Source, limits: Limits, as_labels: bool = False) -> tuple[Header, ...]:
    """What the pages are, without their pixels. Raises InputError."""
    with guarded(source), opened(source) as stream:
        return tuple(door.header_of(rows, limits) for rows in tiff_picture.pages_of(stream, as_labels))


def read(source: Source, limits: Limits, threads: int = 1, as_labels: bool = False) -> Iterator[Picture]:
    """The pages, turned upright. Raises InputError, also while their strips are taken."""
    with guarded(source):
        stream = opened(source)
    with stream:
        pages = tiff_picture.pages_of(stream, as_labels)
        while True:
            with guarded(source):
                rows = next(pages, None)
                picture = door.picture_of(source, rows, limits, threads) if rows is not None else None
            if picture is None:
                return
            yield picture
