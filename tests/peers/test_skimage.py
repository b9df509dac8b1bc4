"""scikit-image's resize of order 1. (Its order 3 is another thing: a B-spline that is fitted first.)"""

import numpy as np
import pytest
from compare import assert_close
from material import noise

import upscli

transform = pytest.importorskip("skimage.transform")
pytestmark = pytest.mark.peer


@pytest.mark.parametrize(("edge", "mode"), [("replicate", "edge"), ("reflect", "symmetric")])
@pytest.mark.parametrize("factor", [2, 3, 1.5, 2.7])
def test_bilinear_equals_order_1(factor: float, edge: str, mode: str) -> None:
    pixels = noise(41, 53).astype(np.float32)
    shape = tuple(int(side * factor + 0.5) for side in pixels.shape[:2])
    expected = transform.resize(pixels, shape, order=1, mode=mode, anti_aliasing=False, preserve_range=True)
    result = upscli.enlarge(pixels, "bilinear", size=shape[::-1], edge=edge)
    assert_close(result, expected.astype(np.float32), most=1e-3, what=f"x{factor} {edge}")
