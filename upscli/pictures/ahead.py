"""A picture's pixels, decoded on a thread while the rest of the program is still being imported.

It spares the wait for a JPEG, whose decoder leaves the interpreter free. Whatever goes wrong here goes wrong again, and
is told, where pictures are read.
"""

import os
import warnings
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO

from upscli.pictures.same_file import is_same

if TYPE_CHECKING:
    from PIL.JpegImagePlugin import JpegImageFile

MOST = 1 << 25
"""Pixels. Of larger pictures the wait is a small part, and nobody has weighed their memory yet."""


class _Decoding(Thread):
    """One picture on its way."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        from PIL.JpegImagePlugin import JpegImageFile  # costs start-up, and pictures of other kinds need none

        self.image = JpegImageFile(stream)
        self.file = os.fstat(stream.fileno())
        # All of the file at once: before each piece, the decoder would wait for the interpreter.
        self.image.decodermaxblock = max(1, self.file.st_size)
        self.done = False
        self._stream = stream

    @property
    def is_short(self) -> bool:
        """Not so if it is large, or progressive: a small file may have any number of scans."""
        return self.image.width * self.image.height <= MOST and "progressive" not in self.image.info

    def run(self) -> None:
        with suppress(Exception), self._stream:
            self.image.load()
            self.done = True


_begun: list[_Decoding] = []
"""One, or none."""


def begin(path: Path) -> None:
    """Decode the picture in the background, if it is a JPEG, for the first to ask."""
    with suppress(Exception), warnings.catch_warnings(), ExitStack() as opened:
        warnings.simplefilter("ignore")
        if not path.is_file():  # a pipe can be read once
            return
        decoding = _Decoding(opened.enter_context(path.open("rb")))
        if decoding.is_short:
            decoding.start()
            _begun[:] = [decoding]
            opened.pop_all()  # the thread closes it


def taken(stream: BinaryIO) -> "JpegImageFile | None":
    """The image of this very file with its pixels, if it was begun and nothing went wrong."""
    if not _begun:
        return None
    decoding = _begun.pop()
    decoding.join()
    with suppress(OSError):  # no file
        return decoding.image if decoding.done and is_same(decoding.file, os.fstat(stream.fileno())) else None
    return None
