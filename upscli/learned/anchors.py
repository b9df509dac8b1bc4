"""How a hash is made: principal components of windows, and anchors by k-means."""

import numpy as np
from numpy.random import Generator

from upscli.learned.hashing import BASIS, Floats, Hash, features, halves, nearest, standing

ROUNDS = 12
"""Of k-means."""
BELL = 2.0
"""Standard deviation, in pixels, of the weight of a window's pixels in its features."""


def samples(small: Floats, side: int, count: int, rng: Generator) -> Floats:
    """Some windows of a picture, rounded levels in standard position, (at most count, side * side)."""
    held = standing(np.pad(small, side // 2, mode="edge"), side)
    chosen = np.sort(rng.choice(len(held.levels), min(count, len(held.levels)), replace=False))
    levels: Floats = held.levels[chosen] * held.sign[chosen, np.newaxis]
    return levels


def made_hash(levels: Floats, components: int, coarse: int, fine: int, rng: Generator) -> Hash:
    """A hash from windows of many pictures (n, side * side), as `samples` gives them. The same `rng`, the same hash."""
    side = int(levels.shape[1] ** 0.5)
    basis = _basis(levels, side, components)
    projected = levels @ basis.T
    found = features(projected, np.ones(len(projected), np.float32))
    # Strong windows are rare and matter most: they are drawn more often than they come.
    strength = np.sqrt(np.square(projected, dtype=np.float64).sum(axis=1))
    chance = np.sqrt(strength + 0.05 * strength.mean())
    found = found[rng.choice(len(found), len(found), p=chance / chance.sum())]
    first = _means(found, coarse, rng)
    belongs = nearest(found, first, halves(first))
    second = [_means(found[belongs == one], fine, rng) for one in range(coarse)]
    return Hash(basis, first, np.stack(second))


def _basis(levels: Floats, side: int, components: int) -> Floats:
    """Principal components of windows that were weighted by a bell and divided by their strength."""
    line = np.exp(-np.square(np.arange(side) - side // 2) / (2 * BELL**2))
    bell = np.multiply.outer(line, line).ravel()
    windows = (levels - levels.mean(axis=1, keepdims=True)) * bell.astype(np.float32)
    length = np.sqrt(np.square(windows).sum(axis=1, keepdims=True))
    windows /= length + np.float32(0.02) * length.mean() + np.float32(1e-3)
    vectors = np.linalg.eigh(windows.T.astype(np.float64) @ windows)[1][:, ::-1][:, :components].T
    vectors = vectors * bell
    vectors -= vectors.mean(axis=1, keepdims=True)
    vectors *= np.where(vectors[:, 0] < 0, -1.0, 1.0)[:, np.newaxis]
    whole = np.rint(vectors * (BASIS - side))
    whole[:, side * side // 2] -= whole.sum(axis=1)  # exactly 0, so that brightness counts nothing
    basis: Floats = whole.astype(np.float32)
    return basis


def _means(found: Floats, count: int, rng: Generator) -> Floats:
    """K-means, rounded to whole numbers; an anchor that nothing is near to stays where it is."""
    anchors = found[rng.choice(len(found), count, replace=len(found) < count)]
    for _ in range(ROUNDS):
        near = nearest(found, anchors, halves(anchors))
        held = np.bincount(near, minlength=count)[:, np.newaxis]
        sums = np.stack([np.bincount(near, column, count) for column in found.T], axis=1)
        anchors = np.where(held, sums / np.maximum(held, 1), anchors).astype(np.float32)
    return np.rint(anchors)
