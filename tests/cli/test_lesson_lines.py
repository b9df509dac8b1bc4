"""Matrices as characters: marks, dots, and what is too large."""

import numpy as np
import pytest

from upscli.cli.lesson_lines import Page, plain_text, scene_lines, shown
from upscli.lessons.board import Matrix, Scene, Sign, Tone, marked, number


def drawn(*pieces: Matrix | Sign, width: int = 80) -> list[str]:
    return plain_text(scene_lines(Scene("title", pieces), Page(width))).splitlines()[2:]


def test_marks_stand_between_the_numbers() -> None:
    values = np.arange(6.0).reshape(2, 3)
    tones = marked((2, 3), ((0, slice(0, 2)), Tone.READ), ((0, 2), Tone.MADE), ((1, 1), Tone.FAINT))
    assert drawn(Matrix("", values, tones)) == ["[0 1|2]", " 3 4 5"]


def test_a_place_without_a_number_is_a_dot() -> None:
    assert drawn(Matrix("", np.array([[np.nan, 1.5]]))) == ["   . 1.5"]


def test_a_sign_stays_with_the_piece_after_it() -> None:
    wide = Matrix("", np.ones((1, 9)))
    assert drawn(wide, Sign.TIMES, wide, Sign.EQUALS, wide, width=40) == [
        " 1 1 1 1 1 1 1 1 1",
        "",
        "x  1 1 1 1 1 1 1 1 1",
        "",
        "=  1 1 1 1 1 1 1 1 1",
    ]


@pytest.mark.parametrize(
    ("count", "rows"), [(3, [0, 1, 2]), (5, [0, 1, 2, 3, 4]), (6, [0, 1, 2, None, 5]), (99, [0, 1, 2, None, 98])]
)
def test_of_many_rows_the_first_and_the_last_are_shown(count: int, rows: list[int | None]) -> None:
    assert shown(count, 5) == rows


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (-0.0, "0"),
        (1e-17, "0"),
        (0.5, "0.5"),
        (4 / 3, "1.3333"),
        (-0.0703125, "-0.0703"),
        (0.00001, "1e-05"),
        (123456.0, "123456"),
        (1e12, "1e+12"),
        (2.99999999, "3"),
    ],
)
def test_numbers_are_short_and_whole_ones_have_no_point(value: float, text: str) -> None:
    assert number(value) == text
