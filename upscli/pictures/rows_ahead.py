"""The rows of a PNG, read by a forked process while the rest of the program is still being imported.

Reading them needs the interpreter, which a thread would have to share with all that is imported. The fork comes before
anything heavy is, and hands the rows over in memory that both processes see. It does without NumPy where it can: so it
has read a picture of a few megapixels when the program is ready for it.
"""

import mmap
import os
import signal
import struct
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from upscli.forks import may_fork
from upscli.interrupts import without_interrupts
from upscli.pictures.same_file import is_same

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 1 << 23
"""Pixels. Of larger pictures the wait is a small part, and they are read strip by strip."""

_HEAD = struct.Struct(">8s4x4s2IB")
"""A PNG's signature, and of its first chunk the name, width, height and depth."""
_ANSWER = struct.Struct("<qq")
"""Rows that are ready by now, and bytes of the pickled error that follows: 0 if all is well."""
_AT_ONCE = 64
"""Rows that are told of together."""
_MARK = b"\x89PNG\r\n\x1a\n"


class RowsAhead:
    """Gives what `PngRows` gives, of rows that another process reads. It must be closed."""

    def __init__(self, file: os.stat_result, room: mmap.mmap, answers: int, process: int) -> None:
        self.file = file
        self._room, self._answers, self._process = room, answers, process
        self._parent = os.getpid()
        self._ready = self._taken = 0

    def open(self, stream: BinaryIO) -> None:
        """Read `stream`, a file of the same bytes, up to the pixels. Raises InputError."""
        import numpy as np

        from upscli.pictures.deflate import FASTEST
        from upscli.pictures.png_chunks import Chunks, read_info

        self.info = read_info(Chunks(stream, FASTEST))
        shape = (self.info.height, self.info.width, self.info.channels)
        self._pixels: NDArray[Any] = np.ndarray(shape, self.info.dtype, self._room)

    def rows(self, count: int) -> "NDArray[Any]":
        """The next `count` rows, or those that are left. Raises InputError."""
        wanted = min(self._taken + count, self.info.height)
        while self._ready < wanted:
            self._ready, size = _ANSWER.unpack(self._read(_ANSWER.size))
            if size:
                import pickle  # costs start-up

                raise pickle.loads(self._read(size))  # noqa: S301 - from a fork of this very process
        rows = self._pixels[self._taken : wanted]
        self._taken = wanted
        return rows

    def close(self) -> None:
        """Stop reading ahead."""
        os.close(self._answers)
        if os.getpid() == self._parent:  # and not a fork of it
            with suppress(ProcessLookupError, ChildProcessError):  # gone already, where SIGCHLD is ignored
                os.kill(self._process, signal.SIGKILL)
                os.waitpid(self._process, 0)

    def _read(self, size: int) -> bytes:
        from upscli.errors import InputError

        got = b""
        while len(got) < size:
            part = os.read(self._answers, size - len(got))
            if not part:
                raise InputError("the process that read it died, often for want of memory; try -j 1")
            got += part
        return got


_begun: list[RowsAhead] = []
"""One, or none."""


def begin(path: Path) -> None:
    """Read the picture's rows in the background, if it is a PNG of no great size, for the first to ask."""
    while _begun:
        _begun.pop().close()
    with suppress(OSError, struct.error), ExitStack() as opened:
        if not may_fork() or not path.is_file():  # a pipe can be read once
            return
        stream = opened.enter_context(path.open("rb"))
        mark, name, width, height, depth = _HEAD.unpack(stream.read(_HEAD.size))
        if mark != _MARK or name != b"IHDR" or not 0 < width * height <= MOST or depth > 16:
            return
        room = mmap.mmap(-1, width * height * 4 * (2 if depth == 16 else 1))
        theirs, answers = os.pipe()
        opened.callback(os.close, answers)
        with without_interrupts(), ExitStack() as failing:
            failing.callback(os.close, theirs)
            process = os.fork()
            if process == 0:
                os.close(theirs)
                _serve(path, room, answers)
            failing.pop_all()
        _begun[:] = [RowsAhead(os.fstat(stream.fileno()), room, theirs, process)]


def taken(stream: BinaryIO) -> RowsAhead | None:
    """The rows of this very file, if they were begun. Raises InputError for what is wrong before them."""
    if not _begun:
        return None
    reading = _begun.pop()
    try:
        found = os.fstat(stream.fileno())
    except OSError:  # no file
        found = None
    with ExitStack() as begun:
        begun.callback(reading.close)
        if found is not None and is_same(reading.file, found):
            reading.open(stream)
            begun.pop_all()
            return reading
    return None


def _serve(path: Path, room: mmap.mmap, answers: int) -> None:
    """Read all rows, and say how many are ready. Never returns."""
    try:
        from upscli.errors import InputError

        ready = 0
        try:
            for ready in _fill(room, path):
                os.write(answers, _ANSWER.pack(ready, 0))
        except InputError as error:
            import pickle

            told = pickle.dumps(error)
            os.write(answers, _ANSWER.pack(ready, len(told)) + told)
    finally:
        os._exit(0)


def _fill(room: mmap.mmap, path: Path) -> Iterator[int]:
    """Write the rows into `room`; yields how many are there. Raises InputError."""
    from upscli.pictures.deflate import FASTEST
    from upscli.pictures.png_chunks import Chunks, read_info
    from upscli.pictures.png_lines import is_plain, plain_rows

    with path.open("rb") as stream:
        chunks = Chunks(stream, FASTEST)
        info = read_info(chunks)
        if is_plain(info):
            for rows in plain_rows(chunks, info):
                room.write(rows)
                yield room.tell() // info.row_bytes
            return
        from upscli.pictures.png_reader import PngRows

        stream.seek(0)
        with PngRows(stream) as reading:
            while len(part := reading.rows(_AT_ONCE)):
                room.write(part.tobytes())
                yield room.tell() // part[0].nbytes
