"""Pixels as shown, differences and spectra."""

import numpy as np
import pytest

from upscli.pictures.formats import Layout
from upscli.views import differences, gray, shown, spectra


def flat(level: int) -> np.ndarray:
    return np.full((20, 30, 3), level, np.uint8)


@pytest.mark.parametrize(
    ("layout", "pixel", "seen"),
    [
        (Layout("rgb", False, "uint8"), (1, 2, 250), (1, 2, 250)),
        (Layout("gray", False, "uint8"), (77,), (77, 77, 77)),
        (Layout("rgb", False, "uint16"), (0, 32896, 65535), (0, 128, 255)),
        (Layout("gray", False, "float32"), (0.5,), (128, 128, 128)),
        (Layout("gray", False, "float32"), (1.5,), (255, 255, 255)),
        (Layout("cmyk", False, "uint8"), (255, 0, 0, 0), (0, 255, 255)),
        (Layout("cmyk", False, "uint8"), (0, 0, 0, 255), (0, 0, 0)),
    ],
    ids=str,
)
def test_pixels_of_any_kind_are_shown_as_rgb_of_8_bits(layout: Layout, pixel: tuple[float, ...], seen: object) -> None:
    found = shown(np.array([[pixel]], layout.depth), layout)
    assert found.dtype == np.uint8
    assert tuple(found[0, 0]) == seen


def test_gray_is_in_levels_of_255_whatever_the_depth() -> None:
    assert gray(np.full((1, 1, 3), 65535, np.uint16))[0, 0] == 255
    assert gray(np.array([[[30, 60, 90]]], np.uint8))[0, 0] == 60


@pytest.mark.parametrize("dark", [False, True])
def test_brighter_is_red_darker_blue_and_equal_neither(dark: bool) -> None:
    [same, brighter, darker], full = differences([flat(100), flat(140), flat(60)], flat(100), dark)
    assert full == 40
    assert np.ptp(same[0, 0].astype(int)) <= 6
    assert (same[0, 0].mean() < 40) == dark
    assert int(brighter[0, 0, 0]) - int(brighter[0, 0, 2]) > 100
    assert int(darker[0, 0, 2]) - int(darker[0, 0, 0]) > 100


def test_without_a_reference_the_mean_is_what_they_are_held_against() -> None:
    [low, high], full = differences([flat(90), flat(110)], None)
    assert full == 10
    assert low[0, 0, 2] > low[0, 0, 0]
    assert high[0, 0, 0] > high[0, 0, 2]


def test_differences_too_small_to_matter_stay_faint() -> None:
    [one, _], full = differences([flat(100), flat(101)], flat(100))
    assert full == 8
    assert (one == 247).all()


def test_one_odd_method_does_not_hide_what_the_others_leave() -> None:
    _, full = differences([flat(100), flat(120), flat(120), flat(0)], flat(100))
    assert full == 20


def test_a_checkerboard_is_a_dot_at_the_rim_of_the_spectrum() -> None:
    rows, columns = np.mgrid[:32, :32]
    board = np.repeat(((rows + columns) % 2 * 100).astype(np.uint8)[..., np.newaxis], 3, axis=2)
    smooth = np.repeat((columns * 6).astype(np.uint8)[..., np.newaxis], 3, axis=2)
    one, two = spectra([board, smooth])
    assert one[0, 0, 0] == 255
    assert two[0, 0, 0] < 60
    assert two[16, 17, 0] > 200


def test_spectra_of_nothing_are_black() -> None:
    assert not spectra([flat(100)[:1, :1], flat(7)[:1, :1]])[0].any()
