"""Which files are read by rows."""

from typing import BinaryIO

from upscli.pictures import pfm, png_picture, pnm, tiff_picture
from upscli.pictures.png_chunks import SIGNATURE
from upscli.pictures.rows import RowFile

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def row_file(stream: BinaryIO, as_labels: bool, page: int = 0) -> RowFile | None:
    """The picture in a file that our own readers know, of TIFF the page of that number; else None.

    Raises InputError for what is wrong with it. The stream is then at its start again.
    """
    mark = stream.read(len(SIGNATURE))
    stream.seek(0)
    found = None
    if mark == SIGNATURE:
        found = png_picture.rows_of(stream, as_labels)
    elif mark[:4] in _TIFF:
        found = tiff_picture.rows_of(stream, as_labels, page)
    elif mark[:2] in pnm.MAGICS:
        found = pnm.rows_of(stream, as_labels)
    elif mark[:2] in pfm.MAGICS:
        found = pfm.rows_of(stream, as_labels)
    stream.seek(0)
    return found
