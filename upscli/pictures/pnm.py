"""PNM files, read and written some rows at a time: PGM, PPM and PAM, of 8 and 16 bits, from files and pipes.

Source: https://netpbm.sourceforge.net/doc/pgm.html, ppm.html, pam.html.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from upscli.errors import InputError
from upscli.pictures import labels
from upscli.pictures.formats import Layout, by_name
from upscli.pictures.levels import spread
from upscli.pictures.rows import RowFile

HEAD = 1 << 16
"""A header, comments and all, ends within so many bytes."""

_PIECE = 1 << 20
_GAP = rb"(?:\s|#[^\n\r]*[\n\r])+"
_PLAIN = re.compile(rb"P([56])" + 3 * (_GAP + rb"([0-9]{1,10})") + rb"(?:#[^\n\r]*[\n\r])*\s")
_TUPLES = {1: ("gray", False), 2: ("gray", True), 3: ("rgb", False), 4: ("rgb", True)}
_TUPLE_TYPES: dict[int, tuple[str, ...]] = {
    1: ("GRAYSCALE", "BLACKANDWHITE"),
    2: ("GRAYSCALE_ALPHA", "BLACKANDWHITE_ALPHA"),
    3: ("RGB",),
    4: ("RGB_ALPHA",),
}


@dataclass(frozen=True)
class _Head:
    """What stands before the samples."""

    pam: bool
    width: int
    height: int
    most: int
    """The level of white."""
    channels: int
    length: int
    """Bytes before the samples."""

    @property
    def layout(self) -> Layout:
        color, alpha = _TUPLES[self.channels]
        return Layout(color, alpha, "uint16" if self.most > 255 else "uint8")

    @property
    def row_bytes(self) -> int:
        return self.width * self.channels * (2 if self.most > 255 else 1)


def rows_of(stream: BinaryIO, as_labels: bool) -> RowFile:
    """The first picture of a PNM file; of a pipe, the first 64 kB are enough. Raises InputError."""
    head = _head(_exactly(stream, HEAD))
    peak = 65535 if head.most > 255 else 255
    layout, notes = head.layout, tuple[str, ...]()
    if as_labels:
        if layout.channels > 1:
            raise InputError(labels.refusal(layout))
        layout, notes = Layout("labels", False, layout.depth), (labels.promise(0),)
    elif head.most != peak:
        notes = (f"levels up to {head.most:,} became levels up to {peak:,}",)
    return RowFile(
        width=head.width,
        height=head.height,
        layout=layout,
        format=by_name("pam" if head.pam else "pnm"),
        strips=lambda stream, threads: _strips(stream, head, as_labels),
        notes=notes,
        more=_begins_another(stream, head.length + head.height * head.row_bytes),
    )


def _begins_another(stream: BinaryIO, place: int) -> bool:
    """A picture begins there. A false size may put the place where no file reaches."""
    if place >= stream.seek(0, 2):
        return False
    stream.seek(place)
    return re.match(rb"P[1-7]\s", stream.read(3)) is not None


def write_pnm(
    stream: BinaryIO, layout: Layout, size: tuple[int, int], bands: Iterable[NDArray[Any]], pam: bool
) -> None:
    """Write bands (rows, width, channels), uint8 or uint16, as PGM, PPM or PAM. Raises KeyError for other layouts."""
    most = 65535 if layout.depth == "uint16" else 255
    width, height = size
    if pam:
        kind = _TUPLE_TYPES[layout.channels][0]
        lines = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {layout.channels}\nMAXVAL {most}\nTUPLTYPE {kind}\nENDHDR\n"
    else:
        lines = f"P{ {1: 5, 3: 6}[layout.channels] }\n{width} {height}\n{most}\n"
    stream.write(lines.encode())
    for band in bands:
        samples = band.astype(">u2") if band.dtype == np.uint16 else band
        stream.write(np.ascontiguousarray(samples).data.cast("B"))


def _head(data: bytes) -> _Head:
    if data.startswith(b"P7"):
        head = _pam_head(data)
    else:
        match = _PLAIN.match(data)
        if match is None:
            raise InputError("no header of a PGM or PPM")
        kind, width, height, most = map(int, match.groups())
        head = _Head(False, width, height, most, {5: 1, 6: 3}[kind], match.end())
    if not (0 < head.width < 2**31 and 0 < head.height < 2**31 and 0 < head.most < 65536):
        raise InputError(f"the header says {head.width} x {head.height} with levels up to {head.most}")
    return head


def _pam_head(data: bytes) -> _Head:
    match = re.match(rb"P7[ \t\r]*\n((?:.*\n)*?)ENDHDR[ \t\r]*\n", data)
    if match is None:
        raise InputError("no header of a PAM")
    words = [line.split(None, 1) for line in match[1].splitlines() if line.strip() and not line.startswith(b"#")]
    said = {word[0].decode("latin-1"): word[-1].strip() for word in words}
    try:
        width, height, depth, most = (int(said[name]) for name in ("WIDTH", "HEIGHT", "DEPTH", "MAXVAL"))
    except (KeyError, ValueError):
        raise InputError("the header of the PAM lacks a number") from None
    kind = said.get("TUPLTYPE", b"").decode("latin-1")
    if depth not in _TUPLES or kind not in ("", *_TUPLE_TYPES[depth]):
        raise InputError(f"a PAM of kind {kind or 'unknown'} with {depth} samples is not supported; save it as PNG")
    return _Head(True, width, height, most, depth, match.end())


def _strips(stream: BinaryIO, head: _Head, raw: bool) -> Iterator[NDArray[Any]]:
    """Rows, some at a time. Raises InputError."""
    _exactly(stream, head.length)
    step = max(1, _PIECE // head.row_bytes)
    for top in range(0, head.height, step):
        count = min(step, head.height - top)
        data = _exactly(stream, count * head.row_bytes)
        if len(data) < count * head.row_bytes:
            raise InputError(f"truncated after row {top + len(data) // head.row_bytes} of {head.height}")
        samples = np.frombuffer(data, ">u2" if head.most > 255 else np.uint8)
        strip = samples.reshape(count, head.width, head.channels).astype(head.layout.depth, copy=False)
        yield strip if raw else _full(strip, head.most)


def _full(strip: NDArray[Any], most: int) -> NDArray[Any]:
    """Levels over all of 8 or 16 bits. Raises InputError for those that are too high."""
    if (highest := int(strip.max())) > most:
        raise InputError(f"a level of {highest:,}, and the header says that none is over {most:,}")
    return spread(strip, most)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    """So many bytes, fewer only at the end: a pipe gives some at a time."""
    parts = []
    while length and (part := stream.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
