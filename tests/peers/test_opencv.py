"""OpenCV's resize on float32 pictures. Its borders are replicated ones."""

from typing import Any

import numpy as np
import pytest
from compare import assert_close, equal
from material import noise, sample

import upscli

cv2 = pytest.importorskip("cv2")
pytestmark = pytest.mark.peer

FACTORS = (2, 3, 1.5, 2.7)
PICTURES = {"landscape": lambda: sample("landscape.png")[100:200, 60:170], "noise": lambda: noise(90, 77)}


def size_of(pixels: Any, factor: float) -> tuple[int, int]:
    return int(pixels.shape[1] * factor + 0.5), int(pixels.shape[0] * factor + 0.5)


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize(
    ("flag", "method", "options"),
    [
        ("INTER_LINEAR", "bilinear", {}),
        ("INTER_CUBIC", "bicubic", {"a": -0.75}),
        ("INTER_LANCZOS4", "lanczos", {"lobes": 4}),
    ],
)
def test_floats_equal_opencvs(flag: str, method: str, options: dict[str, Any], factor: float, picture: str) -> None:
    pixels = PICTURES[picture]().astype(np.float32)
    size = size_of(pixels, factor)
    expected = cv2.resize(pixels, size, interpolation=getattr(cv2, flag))
    result = upscli.enlarge(pixels, method, size=size, options=options)
    # OpenCV's sines are float32: its 8 x 8 weights of lobes 4 are the sums of more rounding than ours.
    most = 3e-3 if flag == "INTER_LANCZOS4" else 1e-3
    assert_close(result, expected, most=most, what=f"{flag} x{factor} {picture}")
    levels = upscli.enlarge(pixels.astype(np.uint8), method, size=size, options=options)
    # Where weights are whole 6ths or 36ths, exact halves of a level are frequent, and go up or down by the last bit.
    share = 0.03 if (method, factor) in (("bilinear", 1.5), ("bicubic", 3)) else 0.001
    rounded = np.floor(np.clip(expected, 0, 255) + 0.5).astype(np.uint8)
    assert_close(levels, rounded, most=1, share=share, what=f"{flag} x{factor} {picture}, rounded")


@pytest.mark.parametrize("factor", [*FACTORS, 1, 7, 1.01])
def test_nearest_equals_opencvs_exact_one(factor: float) -> None:
    pixels = noise(53, 77)
    size = size_of(pixels, factor)
    expected = cv2.resize(pixels, size, interpolation=cv2.INTER_NEAREST_EXACT)
    equal(upscli.enlarge(pixels, "nearest", size=size), expected, f"x{factor}")
