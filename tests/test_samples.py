from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from draw_samples import SAMPLE_IMAGES, SAMPLES
from PIL import Image


def pixels(path: Path) -> tuple[str, np.ndarray]:
    with Image.open(path) as picture:
        return picture.mode, np.asarray(picture).astype(np.int64)


# The landscape takes most of the time of them all.
NAMES = [pytest.param(name, marks=[pytest.mark.slow] * (name == "landscape.png")) for name in SAMPLES]


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_drawn_again_equal_within_one_level(name: str, tmp_path: Path) -> None:
    SAMPLES[name]().save(tmp_path / name)
    mode, drawn = pixels(tmp_path / name)
    kept_mode, kept = pixels(SAMPLE_IMAGES / name)
    assert (mode, drawn.shape) == (kept_mode, kept.shape)
    away = np.abs(drawn - kept)
    worst = tuple(int(place) for place in np.unravel_index(np.argmax(away), away.shape))
    found = f"{name}: max {away.max()}, mean {away.mean():.6f}, worst at (row, column) {worst}"
    assert away.max() <= 1, found


def test_the_folder_holds_the_samples_and_stays_small() -> None:
    files = {path.name: path.stat().st_size for path in SAMPLE_IMAGES.iterdir()}
    assert set(SAMPLES) <= set(files)
    assert sum(files.values()) < 1_500_000, files


def test_modes_are_those_that_an_upsampler_has_to_carry() -> None:
    modes = {name: pixels(SAMPLE_IMAGES / name)[0] for name in SAMPLES}
    assert modes == {
        "landscape.png": "RGB",
        "interface.png": "RGB",
        "sprite.png": "RGBA",
        "lineart.png": "L",
        "zone-plate.png": "L",
        "gradient16.png": "I;16",
    }


def test_the_sprite_hides_a_loud_colour_under_its_transparent_pixels() -> None:
    _, sprite = pixels(SAMPLE_IMAGES / "sprite.png")
    hidden = sprite[sprite[..., 3] == 0]
    assert len(hidden) > 200
    assert (hidden == (255, 0, 255, 0)).all()
    seen = sprite[sprite[..., 3] > 0]
    assert not (seen[:, :3] == (255, 0, 255)).all(axis=1).any()


def test_the_gradient_has_far_more_levels_than_eight_bits_hold() -> None:
    _, gradient = pixels(SAMPLE_IMAGES / "gradient16.png")
    assert len(np.unique(gradient)) > 4096
