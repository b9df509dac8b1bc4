"""The five PNG filters, forwards, in NumPy (PNG specification, third edition, section 9).

A strip of rows is one flat run of bytes, so that every neighbor of a byte lies at a fixed
distance before it and each filter is a few passes of uint8 arithmetic over blocks that stay in
the cache. The only bytes this gets wrong are those of each row's first pixel, whose left
neighbor is taken from the row above instead of being 0: they are done again.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]

NONE, SUB, UP, AVERAGE, PAETH = range(5)
_BLOCK = 1 << 17  # smaller ones make threads queue for the interpreter, larger ones leave the cache
_TWO = np.uint8(2)  # NumPy divides bytes sooner than it shifts them
_LEAD = 8


@dataclass(frozen=True)
class Strip:
    """Raw rows of a picture under the row above them, each with room for its filter type.

    `buffer` is uint8 (8 + (count + 1) * stride,); a row is one 0 (filter type None) and
    stride - 1 bytes of samples, `pixel` bytes each pixel. The row above the picture is all 0.
    """

    buffer: Bytes
    count: int
    stride: int
    pixel: int

    @classmethod
    def of(cls, rows: Bytes, above: Bytes | None, pixel: int) -> "Strip":
        """Rows (count, bytes) under the row `above` (bytes,), or under nothing."""
        strip = cls.empty(len(rows), rows.shape[1], pixel)
        strip.samples(-1, 0)[:] = 0 if above is None else above
        strip.samples(0, len(rows))[:] = rows
        return strip

    @classmethod
    def empty(cls, count: int, row_bytes: int, pixel: int) -> "Strip":
        """A strip whose samples, and those of the row above, are to be filled in."""
        stride = row_bytes + 1
        buffer = np.empty(_LEAD + (count + 1) * stride, np.uint8)
        buffer[:_LEAD] = 0
        buffer[_LEAD:].reshape(count + 1, stride)[:, 0] = 0
        return cls(buffer, count, stride, pixel)

    def samples(self, start: int, stop: int) -> Bytes:
        """A view (stop - start, bytes) of rows' samples; row -1 is the row above."""
        rows = self.buffer[_LEAD:].reshape(self.count + 1, self.stride)
        return rows[start + 1 : stop + 1, 1:]

    @property
    def plain(self) -> Bytes:
        """A flat view of the rows as filter type None writes them."""
        return self.buffer[_LEAD + self.stride :]

    def near(self, start: int, stop: int) -> tuple[Bytes, Bytes, Bytes, Bytes]:
        """Flat views of bytes start..stop of `plain`, and of those left, above and above left."""
        start, stop = start + _LEAD + self.stride, stop + _LEAD + self.stride
        up, left = self.stride, self.pixel
        spans = (0, left, up, up + left)
        x, a, b, c = (self.buffer[start - span : stop - span] for span in spans)
        return x, a, b, c


def _scratch() -> tuple[Bytes, ...]:
    return tuple(np.empty(_BLOCK, np.uint8) for _ in range(4))


@dataclass
class Workspace:
    """Memory that one thread reuses from strip to strip."""

    scratch: tuple[Bytes, ...] = field(default_factory=_scratch)
    _held: dict[str, Bytes] = field(default_factory=dict)

    def bytes(self, name: str, length: int) -> Bytes:
        """A flat uint8 array of that length; whatever `name` held before is lost."""
        held = self._held.get(name)
        if held is None or len(held) < length:
            held = self._held[name] = np.empty(length, np.uint8)
        return held[:length]


def filtered(kind: int, strip: Strip, work: Workspace, out: Bytes, first: int = 0) -> None:
    """Write whole rows from row `first` on, filter types included, into the flat `out`."""
    origin = first * strip.stride
    for start in range(0, len(out), _BLOCK):
        stop = min(start + _BLOCK, len(out))
        near = strip.near(origin + start, origin + stop)
        scratch = tuple(part[: stop - start] for part in work.scratch)
        _FILTERS[kind](near, out[start:stop], scratch)
    rows = out.reshape(-1, strip.stride)
    rows[:, 0] = kind
    head = slice(0, strip.pixel)
    now = strip.samples(first, first + len(rows))[:, head]
    above = strip.samples(first - 1, first - 1 + len(rows))[:, head]
    rows[:, 1 : 1 + strip.pixel] = now - _FIRST_GUESS[kind](above)


def adaptive(strip: Strip, work: Workspace, out: Bytes) -> None:
    """Give each row the filter whose residuals, taken as signed, are smallest in sum.

    `out` is flat, as long as `strip.plain` (PNG specification, 12.7: the heuristic for filters).
    """
    stride = strip.stride
    step = max(1, _BLOCK // (2 * stride))
    for first in range(0, strip.count, step):
        count = min(step, strip.count - first)
        tries = work.bytes("tries", 5 * count * stride).reshape(5, count * stride)
        for kind in range(5):
            filtered(kind, strip, work, tries[kind], first)
        rows = tries.reshape(5, count, stride)
        sizes = work.bytes("sizes", tries.size)
        np.absolute(tries.reshape(-1).view(np.int8), out=sizes.view(np.int8))  # -128: 128 as uint8
        sizes.reshape(rows.shape)[:, :, 0] = 0
        best = sizes.reshape(rows.shape).sum(axis=2, dtype=np.uint32).argmin(axis=0)
        target = out[first * stride : (first + count) * stride].reshape(count, stride)
        target[:] = rows[best, np.arange(count)]


_Near: TypeAlias = tuple[Bytes, Bytes, Bytes, Bytes]


def _none(near: _Near, out: Bytes, _scratch: tuple[Bytes, ...]) -> None:
    np.copyto(out, near[0])


def _sub(near: _Near, out: Bytes, _scratch: tuple[Bytes, ...]) -> None:
    np.subtract(near[0], near[1], out=out)


def _up(near: _Near, out: Bytes, _scratch: tuple[Bytes, ...]) -> None:
    np.subtract(near[0], near[2], out=out)


def _average(near: _Near, out: Bytes, scratch: tuple[Bytes, ...]) -> None:
    x, a, b, _ = near
    half = scratch[0]
    # (a + b) >> 1 without the carry: the bits in common, and half of those that differ.
    np.bitwise_xor(a, b, out=half)
    np.floor_divide(half, _TWO, out=half)
    np.bitwise_and(a, b, out=out)
    np.add(out, half, out=out)
    np.subtract(x, out, out=out)


def _paeth(near: _Near, out: Bytes, scratch: tuple[Bytes, ...]) -> None:
    """Subtract the one of a, b, c that is nearest to a + b - c, without leaving uint8.

    With c held between lo = min(a, b) and hi = max(a, b), the choice is hi where
    2 (c - lo) <= hi - c, lo where 2 (hi - c) <= c - lo, and else c. Both hold only where
    lo = hi. This agrees with the specification's order of ties (the tests try all triples).
    """
    x, a, b, c = near
    lo, hi, half, high = scratch
    np.minimum(a, b, out=lo)
    np.maximum(a, b, out=hi)
    np.maximum(c, lo, out=out)
    np.minimum(out, hi, out=out)
    np.subtract(hi, out, out=hi)
    np.subtract(out, lo, out=lo)
    np.subtract(x, out, out=out)
    np.floor_divide(hi, _TWO, out=half)
    np.less_equal(lo, half, out=high.view(np.bool_))
    np.floor_divide(lo, _TWO, out=half)
    np.less_equal(hi, half, out=half.view(np.bool_))
    np.multiply(hi, high, out=hi)
    np.multiply(lo, half, out=lo)
    np.subtract(out, hi, out=out)
    np.add(out, lo, out=out)


def _nothing(above: Bytes) -> Bytes:
    return np.zeros_like(above)


def _itself(above: Bytes) -> Bytes:
    return above


def _half(above: Bytes) -> Bytes:
    return above >> np.uint8(1)


_FILTERS = (_none, _sub, _up, _average, _paeth)
_FIRST_GUESS = (_nothing, _nothing, _itself, _half, _itself)  # where left and above left are 0
