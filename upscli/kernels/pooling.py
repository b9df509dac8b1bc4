"""Max pooling that remembers where each maximum was, and its undoing: max unpooling and bed of nails."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import MethodError
from upscli.kernels.windows import Pair, pair, pooled_size

Pixels = NDArray[Any]
"""(h, w) or (h, w, channels), any real dtype without NaN."""
Switches = NDArray[np.int64]
"""Where each maximum was: row * w + column of the pooled picture's input, per channel."""

BAND_SAMPLES = 3 << 15
"""Of the input, per row of a window, that are worked on at a time."""


def max_pool(
    pixels: Pixels, window: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False
) -> tuple[Pixels, Switches]:
    """The maximum of each window, in the picture's own dtype, and its switches.

    `stride` None is the window. Padding is never the maximum; of equal values the first, row by row, is taken.
    With `ceil_mode` windows that stick out at the end count too. Sizes are `pooled_size`; both results equal
    PyTorch's `max_pool2d`. Raises MethodError for windows that may hold no pixel.
    """
    windows, steps, pads = _geometry(window, stride, padding)
    height, width = pixels.shape[:2]
    high = pooled_size(height, windows[0], steps[0], pads[0], ceil_mode)
    wide = pooled_size(width, windows[1], steps[1], pads[1], ceil_mode)
    held = pixels.reshape(height, width, -1)
    values = np.empty((high, wide, held.shape[2]), pixels.dtype)
    switches = np.empty(values.shape, np.int64)
    band = max(1, BAND_SAMPLES // (width * held.shape[2]))
    # A window that sticks out holds the border's pixels anyway: seeing them again beyond it changes no maximum.
    cols = np.clip(np.arange((wide - 1) * steps[1] + windows[1]) - pads[1], 0, width - 1)
    for top in range(0, high, band):
        count = min(band, high - top)
        rows = np.arange((count - 1) * steps[0] + windows[0]) + top * steps[0] - pads[0]
        lines = _lines(held, np.clip(rows, 0, height - 1), cols)
        best, down = _down(lines, windows[0], steps[0])
        values[top : top + count], down, across = _across(best, down, windows[1], steps[1], wide)
        first = rows[: count * steps[0] : steps[0]], np.arange(wide) * steps[1] - pads[1]
        _places(down, across, first, (height, width), switches[top : top + count])
    shape = (high, wide, *pixels.shape[2:])
    return values.reshape(shape), switches.reshape(shape)


def max_unpool(values: Pixels, switches: Switches, size: tuple[int, int]) -> Pixels:
    """A picture of `size` (h, w) with every value where its switch says, and 0 elsewhere; the values' dtype.

    If two values claim one position the larger wins (frameworks leave that open). Raises MethodError if the shapes
    differ or a switch points beyond the picture.
    """
    if values.shape != switches.shape:
        raise MethodError(f"values of shape {values.shape} have switches of shape {switches.shape}; they must be equal")
    if switches.size and (int(switches.min()) < 0 or int(switches.max()) >= size[0] * size[1]):
        raise MethodError(f"a switch points beyond the {size[1]} x {size[0]} pixels of the result")
    claims = values.reshape(*values.shape[:2], -1)
    channels = claims.shape[2]
    places = (switches.reshape(claims.shape) * channels + np.arange(channels)).reshape(-1)
    claims = claims.reshape(-1)
    result = np.zeros(size[0] * size[1] * channels, values.dtype)
    while len(places):
        result[places] = claims
        # Of several claims to one place the last stands there now; the larger ones go once more.
        larger = np.flatnonzero(claims > result[places])
        places, claims = places[larger], claims[larger]
    return result.reshape(*size, *values.shape[2:])


def bed_of_nails(pixels: Pixels, factor: Pair) -> Pixels:
    """Each pixel at the top left of a block of `factor` (down, across), zeros elsewhere; same dtype."""
    high, wide = pair("factor", factor, 1)
    result = np.zeros((pixels.shape[0] * high, pixels.shape[1] * wide, *pixels.shape[2:]), pixels.dtype)
    result[::high, ::wide] = pixels
    return result


def max_pool_reference(
    pixels: Pixels, window: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False
) -> tuple[Pixels, Switches]:
    """`max_pool` window by window: what the fast one is tested against."""
    windows, steps, pads = _geometry(window, stride, padding)
    sizes = [
        pooled_size(n, k, s, p, ceil_mode) for n, k, s, p in zip(pixels.shape[:2], windows, steps, pads, strict=True)
    ]
    values = np.zeros((*sizes, *pixels.shape[2:]), pixels.dtype)
    switches = np.zeros(values.shape, np.int64)
    for y, x, *channel in np.ndindex(*values.shape):
        top, left = y * steps[0] - pads[0], x * steps[1] - pads[1]
        rows = range(max(top, 0), min(top + windows[0], pixels.shape[0]))
        cols = range(max(left, 0), min(left + windows[1], pixels.shape[1]))
        places = [(row, col) for row in rows for col in cols]
        found = max(places, key=lambda place: pixels[(*place, *channel)])
        values[(y, x, *channel)] = pixels[(*found, *channel)]
        switches[(y, x, *channel)] = found[0] * pixels.shape[1] + found[1]
    return values, switches


def max_unpool_reference(values: Pixels, switches: Switches, size: tuple[int, int]) -> Pixels:
    """`max_unpool` value by value."""
    result = np.zeros((*size, *values.shape[2:]), values.dtype)
    claimed = np.zeros(result.shape, bool)
    for y, x, *channel in np.ndindex(*values.shape):
        value, switch = values[(y, x, *channel)], int(switches[(y, x, *channel)])
        place = (*divmod(switch, size[1]), *channel)
        if not claimed[place] or value > result[place]:
            result[place] = value
            claimed[place] = True
    return result


def _geometry(window: Pair, stride: Pair | None, padding: Pair) -> tuple[tuple[int, int], ...]:
    windows = pair("window", window, 1)
    return windows, pair("stride", windows if stride is None else stride, 1), pair("padding", padding)


def _lines(pixels: Pixels, rows: NDArray[np.int64], cols: NDArray[np.int64]) -> Pixels:
    """These rows and columns, which rise by 0 or 1; a view where none is repeated."""
    first, last = int(rows[0]), int(rows[-1])
    lines = pixels[first : last + 1] if last - first + 1 == len(rows) else pixels[rows]
    inside = lines[:, int(cols[0]) : int(cols[-1]) + 1]
    if inside.shape[1] == len(cols):
        return inside
    before, after = (int(np.count_nonzero(cols == end)) - 1 for end in (cols[0], cols[-1]))
    widened: Pixels = np.pad(inside, ((0, 0), (before, after), (0, 0)), mode="edge")
    return widened


def _down(lines: Pixels, window: int, step: int) -> tuple[Pixels, NDArray[Any]]:
    """The first maximum down each column of `window` lines, for every `step`-th: values and how far down."""
    stop = ((len(lines) - window) // step) * step + 1
    value = lines[:stop:step].copy()
    down = np.zeros(value.shape, np.min_scalar_type(window))
    later, here = np.empty(value.shape, bool), np.empty_like(down)
    for row in range(1, window):
        below = lines[row : row + stop : step]
        np.greater(below, value, out=later)
        np.multiply(later.view(np.uint8), down.dtype.type(row), out=here)
        np.maximum(down, here, out=down)
        np.maximum(value, below, out=value)
    return value, down


def _across(
    value: Pixels, down: NDArray[Any], window: int, step: int, count: int
) -> tuple[Pixels, NDArray[Any], NDArray[Any]]:
    """The first maximum, row by row, of `window` neighbors for every `step`-th: values, how far down and across.

    All positions are looked at, also those between the steps: lines without gaps are what NumPy is fast at. The
    spans double: the best of 4 neighbors is that of two pairs.
    """
    lines, channels = value.shape[0], value.shape[2]
    best, down = value.reshape(lines, -1), down.reshape(lines, -1)
    along = np.zeros(best.shape, np.min_scalar_type(window))
    span = 1
    while span < window:
        hop = min(span, window - span)
        length = best.shape[1] - hop * channels
        ahead, lower, further = (held[:, hop * channels :] for held in (best, down, along))
        best, down, along = (held[:, :length] for held in (best, down, along))
        # Of equal values the upper one comes first, then the left one.
        later = (ahead > best) | ((ahead == best) & (lower < down))
        along = _choose(later, further + along.dtype.type(hop), along)
        down = _choose(later, lower, down)
        best = np.maximum(best, ahead)
        span += hop
    made = [_every(held, channels, step, count) for held in (best, down, along)]
    return made[0], made[1], made[2]


def _places(
    down: NDArray[Any], across: NDArray[Any], first: tuple[Any, Any], size: tuple[int, int], out: Switches
) -> None:
    """Write where the maxima are, from how far they are from the `first` rows and columns of their windows."""
    corner = first[0][:, np.newaxis] * size[1] + first[1]
    if first[0][0] >= 0 and first[1][0] >= 0:
        # Beyond the end nothing is ever later than the border itself, so only the start needs care.
        np.multiply(down, size[1], out=out, dtype=np.int64)
        out += across
        out += corner[..., np.newaxis]
        return
    row = np.maximum(down + first[0][:, np.newaxis, np.newaxis], 0)
    np.add(row * size[1], np.maximum(across + first[1][:, np.newaxis], 0), out=out)


def _choose(first: NDArray[np.bool_], yes: Any, no: NDArray[Any]) -> NDArray[Any]:
    """`np.where` by arithmetic that wraps round, which is several times as fast for small whole numbers."""
    chosen: NDArray[Any] = yes - no
    chosen *= first.view(np.uint8)
    chosen += no
    return chosen


def _every(flat: NDArray[Any], channels: int, step: int, count: int) -> NDArray[Any]:
    """Every `step`-th pixel of flat lines: (lines, count, channels)."""
    lines = flat.reshape(len(flat), -1, channels)
    if step == 1:
        return lines[:, :count]
    # Channel by channel: NumPy walks long strides faster than it does runs of 3 samples.
    result = np.empty((len(flat), count, channels), flat.dtype)
    for channel in range(channels):
        result[..., channel] = lines[:, : (count - 1) * step + 1 : step, channel]
    return result
