"""The tile engine: cuts the result into tiles, has them made, and yields them as bands, in order.

A source is taken strip by strip and a result leaves band by band, so memory
does not grow with the picture's height. Where tiles lie depends on the sizes
alone: the bytes are the same for any number of hands.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from math import ceil, prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from upscli.hands import hired, room
from upscli.kernels.axis import Axis, Edge
from upscli.kernels.taps import border

if TYPE_CHECKING:
    from concurrent.futures import Future

Pixels = NDArray[Any]
MakeTile = Callable[[Pixels, Axis, Axis, Pixels], None]
"""Held source pixels, rows, cols, and where the wanted result goes."""

TILE = (192, 1344)
"""Result rows and columns of a tile. Narrower ones stay in a core's own cache, but call NumPy so often that threads
wait for each other; 1024 columns would put the rows of a tile on the same places of the caches."""
_DEAR_TILE = (192, 512)
"""The same for methods that look as far as `_DEAR`: they make more on the way, and their calls are longer."""

_BAND_BYTES = 96 << 20
_LOWEST = 64
_FAR = 8
_FAR_ROWS, _FAR_COLUMNS = 1024, 380
"""For a tile of a method that looks so far: result rows with those of its halo, and source columns that are held. The
halo round smaller ones costs more, and more columns leave a core's own cache. Networks take these in 96 blocks of four
(`kernels.winograd`), a number that matrix products like."""
_DEAR = 4
"""Source pixels. Methods that look less far, and are not busy, are done by one: meanwhile others read and write the
picture, and after a fork each page of memory that is written to costs them time."""
_WORTH = 100_000_000
"""Samples times the square of a method's window: with fewer, several hands take as long as one. Busy methods count as
if they looked as far as `_FAR`."""
_WORTH_THREADS = 3_000_000
"""Samples of a result that lies in memory as a whole: with fewer, several threads take as long as one."""


def far(reach: int | None) -> bool:
    """Whether a method looks so far that the halo round a small tile would cost more than the tile."""
    return reach is not None and reach >= _FAR


def fitting(reach: int | None, source: tuple[int, int], factor: float) -> tuple[int, int]:
    """The tile for a method of this reach, and a source of this (height, width), at this factor."""
    if reach is None or reach < _DEAR:
        return TILE
    if not far(reach):
        return _DEAR_TILE
    high, wide = (max(_LOWEST, held - 2 * reach) for held in (int(_FAR_ROWS / factor), _FAR_COLUMNS))
    # Bands of equal height, of which two hands make as many: a low one at the bottom would be little else than halo.
    if source[0] > high:
        high = ceil(source[0] / (2 * max(1, round(source[0] / (2 * high)))))
    return ceil(high * factor), ceil(wide * factor)


def lowered(tile: tuple[int, int], row_bytes: int) -> tuple[int, int]:
    """The tile with fewer rows where results are so wide that a band of such tiles would take much memory."""
    high, wide = tile
    while high > _LOWEST and high * row_bytes > _BAND_BYTES:
        high //= 2
    return high, wide


@dataclass(frozen=True)
class Cut:
    """Sizes, and how the work is cut."""

    source: tuple[int, int]
    """(height, width)"""
    target: tuple[int, int]
    """(height, width)"""
    reach: int | None
    edge: Edge = Edge.REPLICATE
    tile: tuple[int, int] = TILE
    busy: bool = False
    """`Method.busy`"""

    def axes(self, wanted: tuple[range, range]) -> tuple[Axis, Axis]:
        """Rows and columns of the piece that makes `wanted`."""
        return self._axis(0, wanted[0]), self._axis(1, wanted[1])

    @property
    def band_height(self) -> int:
        """Result rows of a band: those of a tile, or all if the method needs the whole picture."""
        return self.target[0] if self.reach is None else min(self.tile[0], self.target[0])

    @cached_property
    def tops(self) -> range:
        """First rows of the bands."""
        return range(0, self.target[0], self.band_height)

    @cached_property
    def columns(self) -> list[Axis]:
        """Of the tiles of each band."""
        width = self.target[1]
        wide = width if self.reach is None else self.tile[1]
        return [self._axis(1, range(left, min(left + wide, width))) for left in range(0, width, wide)]

    def rows(self, top: int) -> Axis:
        """Of the tiles of the band that begins there."""
        return self._axis(0, range(top, min(top + self.band_height, self.target[0])))

    def _axis(self, axis: int, wanted: range) -> Axis:
        return Axis.piece(self.source[axis], self.target[axis], wanted, self.reach, self.edge)


def bands(cut: Cut, strips: Iterator[Pixels], make: MakeTile, out: Pixels, threads: int = 1) -> Iterator[Pixels]:
    """Make the whole result and yield it in bands (rows, width, channels), top to bottom.

    `out` is (target height, width, channels) to receive it all, or one band high; then bands lie in memory that is
    used again, and one must be used up before the next is asked for. Raises what `strips` and `make` raise.
    """
    _keep_memory()
    window = _Window(strips, keep_all=cut.edge is Edge.WRAP)
    hands = min(threads, len(cut.columns) * len(cut.tops))
    if hands > 1 and _worth_threads(cut, out) and window.holds(cut.source[0]):
        yield from _abreast(cut, window, make, out, hands)
    elif hands > 1 and _worth(cut, out.shape[2]):
        yield from _together(cut, window, make, out, hands)
    else:
        yield from _alone(cut, window, make, out)


def _worth_threads(cut: Cut, out: Pixels) -> bool:
    """Whether each band has its own place, and threads have done it sooner than processes or one."""
    apart = len(out) == cut.target[0] and len(cut.tops) > 1
    return apart and out.size >= _WORTH_THREADS and not (cut.busy or far(cut.reach))


def _worth(cut: Cut, channels: int) -> bool:
    """Whether it is so much work that several processes have done it sooner."""
    reach = max(cut.reach or 0, _FAR if cut.busy else 0)
    return reach >= _DEAR and prod(cut.target) * channels * (1 + reach) ** 2 >= _WORTH


def _alone(cut: Cut, window: "_Window", make: MakeTile, out: Pixels) -> Iterator[Pixels]:
    for top in cut.tops:
        yield _band(cut, window, make, out, top)


def _abreast(cut: Cut, window: "_Window", make: MakeTile, out: Pixels, count: int) -> Iterator[Pixels]:
    """Bands by threads, the caller's among them, each in its place of the result."""
    from concurrent.futures import ThreadPoolExecutor

    tops = iter(cut.tops)

    def work() -> None:
        try:
            for top in tops:
                _band(cut, window, make, out, top)
        finally:
            deque(tops, 0)  # after an error there is nothing left to do for the others

    helpers: list[Future[None]] = []
    with ThreadPoolExecutor(count - 1) as pool:
        with suppress(RuntimeError):  # where the system gives no more threads, those that there are do it all
            helpers.extend(pool.submit(work) for _ in range(count - 1))
        work()
    for helper in helpers:
        helper.result()
    yield from (_place(cut, out, cut.rows(top)) for top in cut.tops)


def _band(cut: Cut, window: "_Window", make: MakeTile, out: Pixels, top: int) -> Pixels:
    rows = cut.rows(top)
    band = _place(cut, out, rows)
    held = window.rows(border(rows.held, rows.size, rows.edge))
    tile = _Tile(make, _with_sides(held, cut), cut.columns[0].held.start, rows, band)
    for cols in cut.columns:
        tile(cols)
    return band


def _together(cut: Cut, window: "_Window", make: MakeTile, out: Pixels, count: int) -> Iterator[Pixels]:
    """Two bands are under way: while one is used up, the next is made."""
    waiting = deque[tuple[Axis, Pixels]]()
    slots: list[tuple[Pixels, Pixels]] = []
    columns = cut.columns

    def work(number: int, share: int) -> None:
        rows = cut.rows(cut.tops[number])
        held, band = slots[number % 2]
        tile = _Tile(make, held[: len(rows.held)], columns[0].held.start, rows, band[: len(rows.wanted)])
        # One hand may have a tile more than another: in the next band it is another's turn.
        for cols in columns[(share + number) % count :: count]:
            tile(cols)

    def fill(number: int) -> None:
        rows = cut.rows(cut.tops[number])
        held = _with_sides(window.rows(border(rows.held, rows.size, rows.edge)), cut)
        if not slots:
            most = max(len(cut.rows(top).held) for top in cut.tops)
            sizes = (most, *held.shape[1:]), (cut.band_height, *out.shape[1:])
            slots.extend((room(sizes[0], held.dtype), room(sizes[1], out.dtype)) for _ in range(2))
        slots[number % 2][0][: len(held)] = held
        waiting.append((rows, slots[number % 2][1][: len(rows.wanted)]))

    fill(0)
    with hired(count, work, 0) as team:
        for number in range(1, len(cut.tops) + 1):
            if number < len(cut.tops):
                fill(number)
                team.begin(number)
            team.wait()
            rows, band = waiting.popleft()
            if len(out) == cut.target[0]:
                out[rows.wanted.start : rows.wanted.stop] = band
                band = _place(cut, out, rows)
            yield band


def _place(cut: Cut, out: Pixels, rows: Axis) -> Pixels:
    """Where these rows of the result go."""
    if len(out) == cut.target[0]:
        return out[rows.wanted.start : rows.wanted.stop]
    return out[: len(rows.wanted)]


def region(cut: Cut, pixels: Pixels, make: MakeTile, wanted: tuple[range, range], out: Pixels) -> None:
    """Make the wanted (rows, columns) of the result alone, as one tile, into `out`. `pixels` is the whole source."""
    rows, cols = cut.axes(wanted)
    held = pixels[border(rows.held, rows.size, cut.edge)][:, border(cols.held, cols.size, cut.edge)]
    make(held, rows, cols, out)


@cache
def _keep_memory() -> None:
    """Have freed memory kept for the next tile, where the C library is glibc.

    It gives large pieces back to the system at once, and fresh ones can cost more to touch for the first time than
    all that is computed in them, until one of the largest size that it adapts to has been freed (mallopt(3)).
    """
    np.empty(30 << 20, np.uint8)


class _Tile(NamedTuple):
    """Makes the tiles of one band."""

    make: MakeTile
    held: Pixels
    left: int
    """The source column that `held` begins with."""
    rows: Axis
    band: Pixels

    def __call__(self, cols: Axis) -> None:
        pixels = self.held[:, cols.held.start - self.left : cols.held.stop - self.left]
        self.make(pixels, self.rows, cols, self.band[:, cols.wanted.start : cols.wanted.stop])


def _with_sides(pixels: Pixels, cut: Cut) -> Pixels:
    """Whole rows with the halo that the first and last tiles hold beyond them."""
    width, cols, edge = pixels.shape[1], cut.columns, cut.edge
    left, right = -cols[0].held.start, max(axis.held.stop for axis in cols)
    if left <= 0 and right <= width:
        return pixels[:, -left:right]
    wide = np.empty((len(pixels), left + right, pixels.shape[2]), pixels.dtype)
    wide[:, left : left + width] = pixels
    wide[:, :left] = pixels[:, border(range(-left, 0), width, edge)]
    wide[:, left + width :] = pixels[:, border(range(width, right), width, edge)]
    return wide


class _Window:
    """The rows of the source that are still of use, refilled from its strips."""

    def __init__(self, strips: Iterator[Pixels], keep_all: bool) -> None:
        self._strips = strips
        self._keep_all = keep_all
        self._first = 0
        self._held: Pixels | None = None

    def holds(self, height: int) -> bool:
        """Whether all rows of the source came as one strip. They are kept then, and threads may look at them."""
        whole = len(self._fill(0, 1)) == height
        self._keep_all = self._keep_all or whole
        return whole

    def rows(self, index: NDArray[np.int64]) -> Pixels:
        """These rows of the source; those above the smallest are never asked for again, unless all are kept."""
        low, high = int(index.min()), int(index.max()) + 1
        held = self._fill(low, high)
        if index[-1] - index[0] == len(index) - 1:  # no edge takes steps of more than 1
            return held[low - self._first : high - self._first]
        rows: Pixels = held[index - self._first]
        return rows

    def _fill(self, low: int, high: int) -> Pixels:
        parts = [] if self._held is None else [self._held]
        if not self._keep_all and parts:
            parts = [parts[0][low - self._first :]]
            self._first = low
        end = self._first + sum(len(part) for part in parts)
        while end < high:
            parts.append(next(self._strips))
            end += len(parts[-1])
        self._held = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return self._held
