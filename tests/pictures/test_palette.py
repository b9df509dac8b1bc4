"""Palettes: which colors they get, and which index a pixel gets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import noise, sample
from PIL import Image

from upscli.pictures.palette import ColorCount, Mapper


def palette_of(*pictures: np.ndarray, most: int = 255) -> np.ndarray:
    count = ColorCount()
    for picture in pictures:
        count.add(picture)
    return count.palette(most)


def error(picture: np.ndarray, palette: np.ndarray, dither: bool = False) -> float:
    """Root of the mean square."""
    away = palette[Mapper(palette, dither)(picture)].astype(float) - picture
    return float(np.sqrt((away**2).mean()))


@pytest.mark.parametrize("dither", [False, True])
@given(colors=st.sets(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=40), seed=st.integers(0, 99))
def test_few_colors_are_kept_exactly(dither: bool, colors: set[tuple[int, int, int]], seed: int) -> None:
    choice = np.random.default_rng(seed).integers(0, len(colors), (9, 11))
    picture = np.array(sorted(colors), np.uint8)[choice]
    palette = palette_of(picture, most=40)
    assert len(palette) <= len(colors)
    np.testing.assert_array_equal(palette[Mapper(palette, dither)(picture)], picture)


def test_frames_with_few_colors_in_all_keep_them_all() -> None:
    frames = [np.full((4, 4, 3), level, np.uint8) for level in range(200)]
    palette = palette_of(*frames)
    assert sorted(palette[:, 0]) == list(range(200))


@pytest.mark.parametrize("most", [4, 16, 255])
def test_many_colors_are_at_least_as_near_as_those_of_pillow(most: int) -> None:
    picture = sample("landscape.png")
    ours = error(picture, palette_of(picture, most=most))
    theirs = Image.fromarray(picture).quantize(most, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    away = np.asarray(theirs.convert("RGB")).astype(float) - picture
    assert ours < 0.98 * np.sqrt((away**2).mean())


def test_noise_of_more_colors_than_are_counted_has_a_palette() -> None:
    palette = palette_of(noise(1100, 1200), most=64)
    assert 60 <= len(palette) <= 64


def test_an_index_depends_on_color_and_place_alone() -> None:
    picture = sample("landscape.png")
    mapper = Mapper(palette_of(picture, most=32), dither=True)
    whole = mapper(picture)
    np.testing.assert_array_equal(whole[37:91, 53:140], mapper(picture[37:91, 53:140], left=53, top=37))


def test_dithered_gradients_have_their_mean() -> None:
    ramp = np.repeat(np.linspace(0, 255, 256).astype(np.uint8)[None, :, None], 64, axis=0).repeat(3, axis=2)
    palette = np.array([[0] * 3, [85] * 3, [170] * 3, [255] * 3], np.uint8)
    shown = palette[Mapper(palette, dither=True)(ramp)]
    away = (shown.astype(float) - ramp).reshape(64, 32, 8, 3).mean((0, 2))
    assert np.abs(away).max() < 8
    plain = palette[Mapper(palette)(ramp)]
    assert np.abs(plain.astype(float) - ramp).max() == 42
