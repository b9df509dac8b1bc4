"""A stream whose beginning was read already."""

from io import BytesIO, RawIOBase
from typing import BinaryIO


class Rest(RawIOBase):
    """The beginning, and then what is left of the stream, which stays open."""

    def __init__(self, beginning: bytes, stream: BinaryIO) -> None:
        super().__init__()
        self._beginning = BytesIO(beginning)
        self._stream = stream

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Some of the bytes; 0 at the end."""
        piece = self._beginning.read(len(buffer)) or self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)
