"""Filters by regularized least squares, from normal equations that are added up picture by picture.

What is fitted is the residual: the large picture's luma minus bicubic's, from windows of the small one relative to
their middle. So areas of one color stay as they are, whatever the fit. Sums are float64; one picture's are float32.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from upscli.kernels.axis import Axis, Edge
from upscli.kernels.taps import border
from upscli.learned.buckets import BLOCKS
from upscli.learned.hashing import Hash, standing
from upscli.learned.luma import bicubic
from upscli.learned.symmetry import turns

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

RIDGE = 1e-6
"""Of the mean of the diagonal, for what all windows share."""
SHRINK = 0.01
"""How much of its coarse anchor's equations, divided among its filters, each filter gets on top of its own."""


@dataclass(eq=False)
class Normals:
    """Sums over windows x and residuals t, for each bucket: what least squares needs to know."""

    gram: NDArray[np.floating]
    """(buckets, window, window): sums of x x^T."""
    cross: NDArray[np.floating]
    """(buckets, window, results): sums of x t^T."""

    @classmethod
    def zero(cls, buckets: int, window: int, results: int) -> "Normals":
        """Of nothing yet, float64."""
        return cls(np.zeros((buckets, window, window)), np.zeros((buckets, window, results)))

    def add(self, other: "Normals") -> None:
        """Take what another picture has come to."""
        self.gram += other.gram
        self.cross += other.cross


def residual(small: Floats, large: Floats, scale: int) -> Floats:
    """What bicubic lacks: (h, w) and (scale h, scale w) -> (scale h, scale w)."""
    axes = [Axis.whole(size, size * scale, 1) for size in small.shape]
    rows, cols = (border(axis.held, axis.size, Edge.REPLICATE) for axis in axes)
    held = np.ascontiguousarray(small[rows][:, cols, np.newaxis])
    return large - bicubic(held, *axes)[..., 0]


def linear_normals(small: Floats, large: Floats, scale: int, window: int) -> Normals:
    """Of one picture, for one filter on all windows (window, window) -> the block of the middle."""
    held = np.pad(small, window // 2, mode="edge")
    rest = residual(small, large, scale)
    found = Normals.zero(1, window * window, scale * scale)
    rows = max(1, (1 << 16) // small.shape[1])
    for top in range(0, len(small), rows):
        part = held[top : top + rows + window - 1]
        windows = sliding_window_view(part, (window, window)).reshape(-1, window * window)
        windows = windows - windows[:, window * window // 2, np.newaxis]
        wanted = _blocks(rest[top * scale : (top + rows) * scale], scale, scale)
        found.add(Normals(windows.T @ windows, windows.T @ wanted))
    return found


def _blocks(rest: Floats, side: int, step: int) -> Floats:
    """(n, side * side): the squares that stand `step` apart."""
    return sliding_window_view(rest, (side, side))[::step, ::step].reshape(-1, side * side)


def bucket_normals(small: Floats, large: Floats, scale: int, hash_: Hash) -> Normals:
    """Of one picture, for one filter per bucket: windows in standard position -> the nine blocks round the middle."""
    held = standing(np.pad(small, hash_.side // 2, mode="edge"), hash_.side)
    rest = np.pad(residual(small, large, scale), scale, mode="edge")
    wanted = _blocks(rest, BLOCKS * scale, scale)[held.order]
    first = 0
    for places, last in zip(turns(BLOCKS * scale), held.ends, strict=True):
        wanted[first:last] = wanted[first:last, places]
        first = last
    bucket = hash_.buckets_of(held.levels, held.sign)
    order = np.argsort(bucket, kind="stable")
    ends = np.cumsum(np.bincount(bucket, minlength=hash_.buckets))
    windows, wanted = held.windows[order], wanted[order]
    size = windows.shape[1]
    gram = np.zeros((hash_.buckets, size, size), np.float32)
    cross = np.zeros((hash_.buckets, size, wanted.shape[1]), np.float32)
    first = 0
    for one, last in enumerate(ends):
        part = windows[first:last]
        np.matmul(part.T, part, out=gram[one])
        np.matmul(part.T, wanted[first:last], out=cross[one])
        first = last
    return Normals(gram, cross)


def solved_linear(normals: Normals, scale: int) -> Doubles:
    """Weights (scale, scale, window, window) of the residual, the same in all eight symmetries of the square."""
    window = int(normals.gram.shape[1] ** 0.5)
    gram, cross = np.zeros_like(normals.gram[0]), np.zeros_like(normals.cross[0])
    for places, results in zip(turns(window), turns(scale), strict=True):
        gram += normals.gram[0][np.ix_(places, places)]
        cross += normals.cross[0][np.ix_(places, results)]
    weights = _solve(gram, cross, RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram)))
    # Of the middle, windows relative to it know nothing: it makes each phase's sum 0.
    middle = len(gram) // 2
    weights[middle] = 0
    weights[middle] = -weights.sum(axis=0)
    found: Doubles = weights.T.reshape(scale, scale, window, window)
    return found


def solved_buckets(normals: Normals, fine: int, rank: int) -> tuple[Doubles, Doubles]:
    """Filters (buckets, window, rank), and the patches (rank, results) that their numbers stand for.

    A filter that saw few windows stays near the one of its coarse anchor, and that near the one of all. The patches
    are the directions in which the predictions vary most: principal components, known from the sums alone.
    """
    gram: Doubles = np.asarray(normals.gram, np.float64)
    cross: Doubles = np.asarray(normals.cross, np.float64)
    size = gram.shape[1]
    whole = gram.sum(axis=0)
    floor = RIDGE * np.trace(whole) / size * np.eye(size)
    shared: Doubles = _solve(whole, cross.sum(axis=0), floor)
    found: Doubles = np.empty(cross.shape)
    for first in range(0, len(gram), fine):
        below = slice(first, first + fine)
        coarse = gram[below].sum(axis=0)
        near = shared + _solve(coarse, cross[below].sum(axis=0) - coarse @ shared, floor)
        for one in range(first, first + fine):
            hold = SHRINK / fine * coarse + RIDGE * floor
            found[one] = near + _solve(gram[one], cross[one] - gram[one] @ near, hold)
    spread = np.einsum("kir,kis->rs", found, gram @ found, optimize=True)
    vectors = np.linalg.eigh(spread)[1][:, ::-1][:, :rank]
    patches: Doubles = (vectors * np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)).T
    return found @ patches.T, patches


def _solve(gram: Doubles, cross: Doubles, hold: Doubles) -> Doubles:
    # The middle of a window is always 0, so its row and column are: any number there keeps the rest as it is.
    held = gram + hold
    held[np.diag(held) == 0, np.diag(held) == 0] = 1
    return np.asarray(np.linalg.solve(held, cross), np.float64)
