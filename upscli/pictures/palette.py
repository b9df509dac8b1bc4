"""A few colors for many: the palette of a picture or of several frames, and the index of each pixel.

An index depends on a pixel's color and place alone, never on its neighbors: what stands still in an animation keeps
its colors, dithered or not.

Sources: X. Wu, "Efficient Statistical Computations for Optimal Color Quantization", Graphics Gems II, 1991 (cuts that
leave the least variance); S. Lloyd, "Least Squares Quantization in PCM", IEEE Trans. Information Theory 28, 1982;
B. Bayer, "An optimum method for two-level rendition of continuous-tone pictures", ICC 1973 (the thresholds).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_MOST_COUNTED = 1 << 20
_MOST_WEIGHED = 1 << 15
_ROUNDS = 4
_PIECE = 256
_GRAIN = np.float32(0.12)
"""What the variance of two colors that take turns costs, against that of their mean."""


class ColorCount:
    """How often each color occurs, in one picture or in many."""

    def __init__(self) -> None:
        self._keys = np.empty(0, np.uint32)
        self._counts = np.empty(0, np.int64)
        self._step = 1

    def add(self, colors: Bytes) -> None:
        """`colors`: (..., 3), uint8."""
        self._merge(*np.unique(_keys(colors), return_counts=True))
        while len(self._keys) > _MOST_COUNTED:
            self._step *= 2
            self._merge(np.empty(0, np.uint32), np.empty(0, np.int64))

    def _merge(self, keys: NDArray[np.uint32], counts: NDArray[Any]) -> None:
        everything = np.concatenate((self._keys, keys)) & np.uint32((256 - self._step) * 0x010101)
        self._keys, place = np.unique(everything, return_inverse=True)
        self._counts = np.bincount(place, np.concatenate((self._counts, counts))).astype(np.int64)

    def few(self, most: int) -> bool:
        """At most so many colors in all."""
        return self._step == 1 and len(self._keys) <= most

    def palette(self, most: int) -> Bytes:
        """At most `most` colors, (colors, 3): all there are, if they are so few; else those that are nearest to all."""
        if self.few(most):
            return _colors(self._keys)
        points, weights = self._weighed()
        centers = _refined(points, weights, _cut(points, weights, most))
        return np.unique(np.floor(centers + 0.5).clip(0, 255).astype(np.uint8), axis=0)

    def _weighed(self) -> tuple[Floats, Floats]:
        """Colors, or means of neighboring ones, and how often they occur."""
        step = self._step
        place = np.arange(len(self._keys))
        while place[-1] >= _MOST_WEIGHED:  # keys are in order
            step *= 2
            place = np.unique(self._keys & np.uint32((256 - step) * 0x010101), return_inverse=True)[1]
        weights = np.bincount(place, self._counts)
        exact = _colors(self._keys) + (self._step - 1) / 2
        sums = [np.bincount(place, self._counts * channel) for channel in exact.T]
        return (np.stack(sums, 1) / weights[:, None]).astype(np.float32), weights.astype(np.float32)


def _keys(colors: Bytes) -> NDArray[np.uint32]:
    flat = colors.reshape(-1, 3).astype(np.uint32)
    return flat[:, 0] << np.uint32(16) | flat[:, 1] << np.uint32(8) | flat[:, 2]


def _colors(keys: NDArray[np.uint32]) -> Bytes:
    return np.stack((keys >> 16, keys >> 8 & 255, keys & 255), 1).astype(np.uint8)


def _cut(points: Floats, weights: Floats, most: int) -> Floats:
    """The mean of each box, after the boxes were cut where that leaves the least variance in them."""
    boxes = [_best_cut(points, weights, np.arange(len(points)))]
    while len(boxes) < most:
        worst = max(range(len(boxes)), key=lambda number: boxes[number][0])
        gain, low, high = boxes[worst]
        if gain <= 0.0:
            break
        boxes[worst] = _best_cut(points, weights, low)
        boxes.append(_best_cut(points, weights, high))
    members = [np.concatenate((low, high)) for _, low, high in boxes]
    return np.stack([np.average(points[inside], axis=0, weights=weights[inside]) for inside in members])


def _best_cut(points: Floats, weights: Floats, inside: NDArray[np.int64]) -> tuple[float, Any, Any]:
    """The variance that the best cut takes away, and the members on its two sides."""
    best: tuple[float, Any, Any] = (0.0, inside, inside[:0])
    for axis in range(3):
        order = inside[np.argsort(points[inside, axis], kind="stable")]
        weight = np.cumsum(weights[order], dtype=np.float64)
        sums = np.cumsum(points[order] * weights[order, None], axis=0, dtype=np.float64)
        apart = np.flatnonzero(np.diff(points[order, axis]))
        if not len(apart):
            continue
        low, high = sums[apart], sums[-1] - sums[apart]
        kept = (low**2).sum(1) / weight[apart] + (high**2).sum(1) / (weight[-1] - weight[apart])
        at = int(kept.argmax())
        gain = float(kept[at] - (sums[-1] ** 2).sum() / weight[-1])
        if gain > best[0]:
            best = (gain, order[: apart[at] + 1], order[apart[at] + 1 :])
    return best


def _refined(points: Floats, weights: Floats, centers: Floats) -> Floats:
    """Each center moved to the mean of the points that are nearest to it, a few times."""
    for _ in range(_ROUNDS):
        nearest = _nearest(points, centers)
        mass = np.bincount(nearest, weights, len(centers))
        sums = np.stack([np.bincount(nearest, weights * channel, len(centers)) for channel in points.T], 1)
        centers = np.where(mass[:, None] > 0, sums / np.maximum(mass, 1e-9)[:, None], centers).astype(np.float32)
    return centers


def _nearest(points: Floats, centers: Floats) -> NDArray[np.int64]:
    """The number of the center nearest to each point; of equally near ones the first."""
    half = (centers**2).sum(1) / 2
    parts = [(half - points[start : start + _PIECE] @ centers.T).argmin(1) for start in range(0, len(points), _PIECE)]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


class Mapper:
    """Gives pixels the indices of a palette. What it found for a color it keeps."""

    def __init__(self, palette: Bytes, dither: bool = False) -> None:
        """`palette`: (colors, 3), at most 256. Dithered, a pixel gets one of two colors, by turns, that average to it
        best; a color of the palette always stays as it is."""
        self._palette = palette.astype(np.float32)
        self._dither = dither
        self._first = np.zeros(1 << 24, np.uint8)
        self._second = np.zeros(1 << 24 if dither else 0, np.uint8)
        self._turns = np.zeros(1 << 24, np.uint8)
        """One more than the pixels of 64 that get the second color; 0: not yet found."""

    def __call__(self, pixels: Bytes, left: int = 0, top: int = 0) -> Bytes:
        """(height, width, 3) -> (height, width). `left`, `top`: where they lie in their picture."""
        height, width = pixels.shape[:2]
        keys = _keys(pixels).reshape(height, width)
        turns = self._turns[keys]
        if len(new := keys[turns == 0]):
            self._find(np.unique(new))
            turns = self._turns[keys]
        first = self._first[keys]
        if not self._dither:
            return first
        ranks = _RANKS[np.arange(top, top + height) % 8][:, np.arange(left, left + width) % 8]
        return np.where(turns > ranks + 1, self._second[keys], first)

    def _find(self, keys: NDArray[np.uint32]) -> None:
        colors = _colors(keys).astype(np.float32)
        first = _nearest(colors, self._palette)
        self._first[keys] = first
        self._turns[keys] = 1
        if not self._dither:
            return
        order = np.argsort(first, kind="stable")
        for members in np.split(order, np.flatnonzero(np.diff(first[order])) + 1):
            for start in range(0, len(members), _PIECE):
                piece = members[start : start + _PIECE]
                second, share = _partners(colors[piece], self._palette[first[piece[0]]], self._palette)
                self._second[keys[piece]] = second
                self._turns[keys[piece]] += np.ceil(64 * share - 0.5).clip(0).astype(np.uint8)


def _partners(colors: Floats, near: Floats, palette: Floats) -> tuple[NDArray[np.int64], Floats]:
    """For each of the colors that `near`, (3,), is nearest to, the one to take turns with it, and how often: 0..1/2.

    What counts is the distance of their mean, and a little how far they are from each other.
    """
    apart = palette - near
    length = np.maximum((apart**2).sum(1), 1)
    along = (colors - near) @ (2 * apart.T)
    share = along * (0.5 / length)
    np.maximum(share, 0, out=share)
    np.minimum(share, 0.5, out=share)
    cost = share * (1 - _GRAIN)
    cost += _GRAIN
    cost *= length
    cost -= along
    cost *= share
    second = cost.argmin(1)
    return second, share[np.arange(len(second)), second]


def _ranks() -> Bytes:
    """Bayer's matrix of 8 x 8."""
    ranks = np.zeros((1, 1), np.uint8)
    for _ in range(3):
        ranks = np.block([[4 * ranks, 4 * ranks + 2], [4 * ranks + 3, 4 * ranks + 1]])
    return ranks


_RANKS = _ranks()
