"""The stream of pixel data in a PNG.

Source: PNG specification, third edition, https://www.w3.org/TR/png-3/, section 10; RFC 1950.
"""

import re

from upscli.errors import InputError
from upscli.pictures.deflate import Backend
from upscli.pictures.png_chunks import Chunks, TruncatedError

_MOST = 1 << 20


class PixelStream:
    """The zlib stream that the IDAT chunks make up."""

    def __init__(self, chunks: Chunks, backend: Backend) -> None:
        self._chunks = chunks
        self._pieces = chunks.pixel_data()
        self._inflater = backend.inflater()
        self._error = backend.error
        self._rest = b""

    def read(self, length: int) -> bytes:
        """The next `length` bytes; fewer only where the stream or the file ends."""
        parts: list[bytes] = []
        try:
            while length > 0 and (part := self._step(min(length, _MOST))) is not None:
                parts.append(part)
                length -= len(part)
        except TruncatedError:
            pass  # the caller knows the row
        return b"".join(parts)

    def finish(self) -> None:
        """See the stream and the file to their ends.

        The step that gave the last byte need not have read the Adler-32.
        """
        surplus: bytes | None = b""
        while surplus == b"":
            surplus = self._step(1)
        if surplus is None and not self._inflater.eof:
            raise TruncatedError("truncated after the last row")
        for _ in self._pieces:
            pass
        self._chunks.finish()

    def _step(self, most: int) -> bytes | None:
        """Some of the next `most` bytes, perhaps none yet; None at the end."""
        if self._inflater.eof:
            return None
        fed = self._rest or next(self._pieces, b"")
        try:
            part = self._inflater.decompress(fed, most)
        except self._error as error:
            raise InputError(f"broken pixel data ({_reason(error)})") from error
        self._rest = self._inflater.unconsumed_tail
        return part if part or fed else None


def _reason(error: Exception) -> str:
    """A library's words without its `Error -3 while decompressing data: `."""
    return re.sub(r"^error -?\d+:? (while decompressing data:? ?)?", "", str(error).lower()) or "no deflate"
