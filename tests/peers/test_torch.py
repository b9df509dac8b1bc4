"""PyTorch's interpolate with align_corners=False. Its borders are replicated ones.

It is given float64, for its float32 counts positions in float32 too: 100 pixels from the corner they are off by 4e-6
of a pixel, which between black and white is 1e-3 of a level for each axis.
"""

from typing import Any

import numpy as np
import pytest
from compare import assert_close
from material import noise

import upscli

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.peer, pytest.mark.torch]


@pytest.mark.parametrize("factor", [2, 3, 1.5, 2.7])
@pytest.mark.parametrize(
    ("mode", "method", "options"), [("bilinear", "bilinear", {}), ("bicubic", "bicubic", {"a": -0.75})]
)
def test_floats_equal_pytorchs(mode: str, method: str, options: dict[str, Any], factor: float) -> None:
    pixels = noise(61, 77).astype(np.float32)
    height, width = (int(side * factor + 0.5) for side in pixels.shape[:2])
    planes = torch.from_numpy(pixels.transpose(2, 0, 1)[np.newaxis].astype(np.float64))
    made = torch.nn.functional.interpolate(planes, size=(height, width), mode=mode, align_corners=False)
    expected = made[0].numpy().transpose(1, 2, 0).astype(np.float32)
    result = upscli.enlarge(pixels, method, size=(width, height), options=options)
    assert_close(result, expected, most=1e-3, what=f"{mode} x{factor}")


@pytest.mark.parametrize("factor", [2, 3, 1.5, 2.7])
def test_nearest_equals_pytorchs_exact_one(factor: float) -> None:
    pixels = noise(61, 77).astype(np.float32)
    height, width = (int(side * factor + 0.5) for side in pixels.shape[:2])
    planes = torch.from_numpy(pixels.transpose(2, 0, 1)[np.newaxis].astype(np.float64))
    made = torch.nn.functional.interpolate(planes, size=(height, width), mode="nearest-exact")
    expected = made[0].numpy().transpose(1, 2, 0).astype(np.float32)
    assert_close(upscli.enlarge(pixels, "nearest", size=(width, height)), expected, what=f"x{factor}")
