"""Pillow's resize in mode F, band by band, is the exact result that upscli rounds once."""

from typing import Any

import numpy as np
import pytest
from compare import assert_close
from material import noise, sample
from PIL import Image
from PIL.Image import Resampling

import upscli

pytestmark = pytest.mark.peer

FILTERS = {
    "bilinear": Resampling.BILINEAR,
    "bicubic": Resampling.BICUBIC,
    "lanczos": Resampling.LANCZOS,
    "hamming": Resampling.HAMMING,
    "box": Resampling.BOX,
}
FACTORS = (2, 3, 1.5, 2.7)

PICTURES = {
    "landscape": lambda: sample("landscape.png")[100:260, 60:250],
    "interface": lambda: sample("interface.png")[:120, :150],
    "line art": lambda: sample("lineart.png")[:130, :110],
    "zone plate": lambda: sample("zone-plate.png")[:128, :128],
    "noise": lambda: noise(90, 77),
    "one row": lambda: noise(1, 40),
    "two columns": lambda: noise(31, 2),
}

MATRIX = [
    pytest.param(method, factor, picture, id=f"{method} x{factor} {picture}")
    for method in FILTERS
    for factor in FACTORS
    for picture in PICTURES
]


def size_of(pixels: Any, factor: float) -> tuple[int, int]:
    return int(pixels.shape[1] * factor + 0.5), int(pixels.shape[0] * factor + 0.5)


def pillow(pixels: Any, method: str, factor: float) -> Any:
    """Unrounded float32 levels."""
    bands = [
        np.asarray(
            Image.fromarray(pixels[..., band].astype(np.float32)).resize(size_of(pixels, factor), FILTERS[method])
        )
        for band in range(pixels.shape[2])
    ]
    return np.stack(bands, -1)


def rounded(levels: Any, peak: int = 255) -> Any:
    return np.floor(np.clip(levels, 0, peak) + 0.5).astype(np.uint8 if peak == 255 else np.uint16)


def ours(pixels: Any, method: str, factor: float) -> Any:
    return upscli.enlarge(pixels, method, factor, edge="renormalize")


def share_of(method: str, factor: float) -> float:
    """How many samples may be a level apart: exact halves of a level are frequent in sixths (1.5 = 3/2)."""
    return 0.03 if (method, factor) == ("bilinear", 1.5) else 0.001


@pytest.mark.parametrize(("method", "factor", "picture"), MATRIX)
def test_levels_equal_pillows(method: str, factor: float, picture: str) -> None:
    pixels = PICTURES[picture]()
    expected = pillow(pixels, method, factor)
    assert_close(
        ours(pixels, method, factor),
        rounded(expected),
        most=1,
        share=share_of(method, factor),
        what=f"{method} x{factor} {picture}",
    )
    unrounded = ours(pixels.astype(np.float32), method, factor)
    assert_close(unrounded, expected, most=1e-3, what=f"{method} x{factor} {picture}, unrounded")


@pytest.mark.parametrize("method", FILTERS)
@pytest.mark.parametrize("factor", FACTORS)
def test_16_bit_levels_equal_pillows(method: str, factor: float) -> None:
    pixels = np.ascontiguousarray(sample("gradient16.png")[:64, :80])
    # The same relative bounds: a level of 65536 is 1/257 of one of 256, and float32 ends at 1/128 of it.
    assert_close(
        ours(pixels, method, factor), rounded(pillow(pixels, method, factor), 65535), most=1, share=0.03, what=method
    )


@pytest.mark.parametrize("method", FILTERS)
@pytest.mark.parametrize("factor", FACTORS)
def test_transparent_pictures_equal_pillows_premultiplied(method: str, factor: float) -> None:
    for name, pixels in (("sprite", sample("sprite.png")), ("noise", noise(40, 31, 4))):
        held = pixels.astype(np.float32)
        held[..., :3] *= held[..., 3:] / 255
        expected = pillow(held, method, factor)
        result = ours(pixels, method, factor)
        what = f"{method} x{factor} {name}"
        share = share_of(method, factor)
        assert_close(result[..., 3], rounded(expected[..., 3]), most=1, share=share, what=f"alpha of {what}")
        # Files hold colors that are not premultiplied, rounded: to compare, both are seen through their alpha. Where
        # alpha overshoots, Pillow clips it before it divides and opaque colors get too bright; ours keep theirs.
        alpha = np.clip(expected[..., 3:], 0, 255)
        premultiplied = expected[..., :3] * (255 / np.maximum(expected[..., 3:], 255))
        seen = result[..., :3] * (result[..., 3:] / 255)
        assert_close(seen, np.clip(premultiplied, 0, alpha).astype(float), most=1.01, what=f"colors of {what}")
        # And divided out as Pillow's exact values say, they are the very levels of the file.
        shown = alpha[..., 0] > 8
        colors = rounded(expected[..., :3] / np.maximum(expected[..., 3:], 1) * 255)
        assert_close(result[..., :3][shown], colors[shown], most=1, share=0.03, what=f"divided colors of {what}")


@pytest.mark.parametrize("size", [(301, 90), (77, 233), (78, 91), (400, 400)])
@pytest.mark.parametrize("method", FILTERS)
def test_any_size_equals_pillows(method: str, size: tuple[int, int]) -> None:
    pixels = noise(90, 77)
    expected = np.stack(
        [
            np.asarray(Image.fromarray(pixels[..., band].astype(np.float32)).resize(size, FILTERS[method]))
            for band in range(3)
        ],
        -1,
    )
    result = upscli.enlarge(pixels.astype(np.float32), method, size=size, edge="renormalize")
    assert_close(result, expected, most=1e-3, what=f"{method} {size}")


def test_pillows_8_bit_modes_differ_as_they_round_and_clip_between_the_two_passes() -> None:
    """Why mode F is the yardstick: overshoots that Pillow's first pass clips are missing in its second."""
    checks = (np.indices((32, 32)).sum(0) % 2 * 255).astype(np.uint8)
    checks[8:24] = 255
    eight = np.asarray(Image.fromarray(checks).resize((64, 64), Resampling.LANCZOS))
    exact = rounded(pillow(checks[..., np.newaxis], "lanczos", 2))[..., 0]
    assert np.abs(eight.astype(int) - exact).max() > 3
    assert_close(ours(checks, "lanczos", 2), exact, most=1, share=0.001)
