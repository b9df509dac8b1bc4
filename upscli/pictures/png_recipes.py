"""How the PNG writer filters and compresses: what `fast`, `small` and 0 to 9 stand for.

On photos, Paeth with a quick deflate is close to anything slower. What is left to choose is
where filters hurt (few colors, repeated shapes) and where searching for matches does (noise).
"""

import zlib
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from upscli.pictures.deflate import RUNS, STORED, Backend, Codec
from upscli.pictures.png_filters import PAETH, Bytes, Strip, Workspace, adaptive, filtered

Compression: TypeAlias = Literal["fast", "small"] | int
"""`fast`, `small`, or a level of zlib: 0 (stored) to 9."""

_SAMPLE = 1 << 15


def _all_paeth(strip: Strip, work: Workspace) -> Bytes:
    """Paeth alone: on photos it is within a thousandth of the best filter for each row."""
    out = work.bytes("rows", len(strip.plain))
    filtered(PAETH, strip, work, out)
    return out


def _each_best(strip: Strip, work: Workspace) -> Bytes:
    out = work.bytes("rows", len(strip.plain))
    adaptive(strip, work, out)
    return out


def _unfiltered(strip: Strip, _work: Workspace) -> Bytes:
    return strip.plain


class Recipe(NamedTuple):
    """How a strip is filtered and which codec it gets.

    A strip whose residuals are mostly 0 (screens, line art, flat color) may be better off
    without a filter: `probe` says, and `flat` packs it. All others get the one of `codecs`
    that does best on a sample.
    """

    strip_bytes: int
    rows: Callable[[Strip, Workspace], Bytes]
    codecs: tuple[Codec, ...]
    flat: Codec
    probe: Codec
    quick: bool = False
    """`rows` takes less time than to queue for the interpreter at each of its calls, as threads that filter do."""

    def pack(self, strip: Strip, rows: Bytes) -> tuple[Bytes, bytes]:
        """The rows of the strip, filtered or not, and those as a deflate piece."""
        packed = b""
        codecs = self.codecs
        if 2 * np.count_nonzero(rows) < len(rows):
            packed, plain = (self.probe.pack(form.data) for form in (rows, strip.plain))
            if len(plain) < len(packed):
                rows, packed, codecs = strip.plain, plain, (self.flat,)
        codec = _best(codecs, rows)
        if not packed or codec != self.probe:
            packed = codec.pack(rows.data)
        return rows, packed


def _best(codecs: tuple[Codec, ...], rows: Bytes) -> Codec:
    """The codec that makes the least of a sample, taken in a few places."""
    if len(codecs) == 1:
        return codecs[0]
    quarters = np.array_split(rows, 4)
    sample = np.concatenate([quarter[: _SAMPLE // 4] for quarter in quarters]).data
    return min(codecs, key=lambda codec: len(codec.pack(sample)))


def recipe_for(compress: Compression, backend: Backend) -> Recipe:
    """What `compress` stands for. Raises ValueError for anything unknown."""
    probe = backend.quick[0]
    if compress == "fast":
        return Recipe(1 << 20, _all_paeth, backend.quick, probe, probe, quick=True)
    if compress == "small":
        careful = (RUNS, Codec(6, zlib.Z_FILTERED), Codec(6))
        return Recipe(1 << 19, _each_best, careful, Codec(6), probe)
    if isinstance(compress, int) and 0 < compress <= 9:
        return Recipe(1 << 19, _each_best, (Codec(compress),), Codec(compress), probe)
    if isinstance(compress, int) and compress == 0:
        return Recipe(1 << 18, _unfiltered, (STORED,), STORED, STORED)
    raise ValueError(f"compression {compress!r}: fast, small or 0 to 9")
