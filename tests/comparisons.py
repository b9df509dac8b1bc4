"""A comparison whose pixels tell where they are: x, y, and 40 times the picture's number plus the region's."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from upscli.comparison import Cell, Comparison

REGIONS = ((0, 0, 240, 160), (100, 300, 240, 160))


def crops(picture: int) -> tuple[NDArray[np.uint8], ...]:
    rows, columns = np.mgrid[:160, :240]
    return tuple(
        np.stack([columns, rows, np.full_like(rows, 40 * picture + region)], 2).astype(np.uint8)
        for region in range(len(REGIONS))
    )


CELLS = (
    Cell("nearest", {}, "nearest", 0.25, 24.5, 0.81, False, False, crops(0)),
    Cell("bicubic", {"a": -0.75}, "bicubic a=-0.75", 0.5, np.float64(31.25), 0.9375, False, False, crops(1)),
    Cell("lanczos", {"lobes": 4}, "lanczos lobes=4", 1.5, None, 1.0, True, True, crops(2)),
    Cell("b-spline", {}, "b-spline", 0.125, None, None, False, False, crops(3)),
)


@cache
def comparison() -> Comparison:
    """Four methods (one equals the reference, one has no scores), two regions."""
    return Comparison(
        source="map.png",
        size=(200, 300),
        target=(400, 600),
        basis="Scores are against high.png.",
        crops=REGIONS,
        cells=CELLS,
        reference=crops(4),
        notes=("A note.",),
    )
