"""Which files are read by rows."""

from typing import TYPE_CHECKING, BinaryIO

from upscli.pictures import marks

if TYPE_CHECKING:
    from upscli.pictures.rows import RowFile


def row_file(stream: BinaryIO, as_labels: bool, page: int = 0) -> "RowFile | None":
    """The picture in a file that our own readers know, of TIFF the page of that number; else None.

    Raises InputError for what is wrong with it. The stream is then at its start again.
    """
    mark = stream.read(marks.LENGTH)
    stream.seek(0)
    found = _rows_of(mark, stream, as_labels, page)
    stream.seek(0)
    return found


def _rows_of(mark: bytes, stream: BinaryIO, as_labels: bool, page: int) -> "RowFile | None":
    """By the one reader that is needed: each costs start-up."""
    if mark.startswith(marks.PNG):
        from upscli.pictures import png_picture

        return png_picture.rows_of(stream, as_labels)
    if mark.startswith(marks.TIFF):
        from upscli.pictures import tiff_picture

        return tiff_picture.rows_of(stream, as_labels, page)
    if mark.startswith(marks.PNM):
        from upscli.pictures import pnm

        return pnm.rows_of(stream, as_labels)
    if mark.startswith(marks.PFM):
        from upscli.pictures import pfm

        return pfm.rows_of(stream, as_labels)
    return None
