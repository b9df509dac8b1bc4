"""Comparing pictures: what a failure prints is enough to find the worst pixel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def assert_close(
    found: NDArray[Any], expected: NDArray[Any], most: float = 0.0, share: float = 1.0, what: str = ""
) -> None:
    """No sample is more than `most` away, and at most `share` of all samples differ at all."""
    assert found.shape == expected.shape, f"{what}: shape {found.shape}, expected {expected.shape}"
    assert found.dtype == expected.dtype, f"{what}: {found.dtype}, expected {expected.dtype}"
    away = np.abs(found.astype(np.float64) - expected.astype(np.float64))
    if away.size == 0:
        return
    place = tuple(int(at) for at in np.unravel_index(np.argmax(away), away.shape))
    differ = np.count_nonzero(away) / away.size
    assert away.max() <= most and differ <= share, (  # noqa: PT018 - one sentence for both
        f"{what}: max {away.max():.6g} (allowed {most:g}), mean {away.mean():.6g}, {differ:.4%} differ"
        f" (allowed {share:.4%}), worst at {place}: {found[place]}, expected {expected[place]}"
    )


def equal(found: NDArray[Any], expected: NDArray[Any], what: str = "") -> None:
    """Bit for bit, of the same shape and dtype."""
    assert_close(found, expected, what=what)
