"""Sheets are as they were when they were looked at; `python tests/sheets.py` draws the goldens again."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from sheets import GOLDENS, PLAIN, SCORED, SHEETS, drawn

from upscli.pictures import drawing
from upscli.pictures.drawing import Group, Mark, Print, Sheet, Words, text_width
from upscli.sheet import WIDE, Look, duration, sheet_of


def words_of(sheet: Sheet) -> list[str]:
    return [mark.text for mark in marks(sheet.marks) if isinstance(mark, Words)]


def marks(found: object) -> list[Mark]:
    flat: list[Mark] = []
    for mark in found:  # type: ignore[attr-defined]
        flat += marks(mark.marks) if isinstance(mark, Group) else [mark]
    return flat


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_equals_its_golden(name: str) -> None:
    with Image.open(GOLDENS / f"{name}.png") as image:
        kept = np.asarray(image).astype(int)
    found = drawn(name).astype(int)
    assert found.shape == kept.shape
    away = np.abs(found - kept)
    # Letters may be drawn a little otherwise by another version of their library; pictures may not.
    assert away.mean() < 0.5, f"{name}: max {away.max()}, mean {away.mean():.4f}"
    assert (away.max(axis=2) > 2).mean() < 0.01


def test_every_cell_says_its_method_options_seconds_psnr_and_ssim() -> None:
    said = words_of(sheet_of(SCORED, Look()))
    assert "bicubic a=-0.75" in said
    assert "29.75 dB, SSIM 0.7438, 32 ms" in said
    assert "original" in said
    assert said.count("best") == 1


def test_the_head_says_what_is_best_and_what_the_scores_are_against() -> None:
    said = " ".join(words_of(sheet_of(SCORED, Look())))
    assert "Best: bicubic a=-0.75, 29.75 dB, 2.25 dB ahead of transposed-conv" in said
    assert "made 2 times smaller by antialiased bicubic, enlarged back, and scored against itself" in said


def test_without_scores_nothing_is_best_and_there_is_no_original() -> None:
    said = words_of(sheet_of(PLAIN, Look(difference=True)))
    assert not {"best", "original"} & set(said)
    assert any("the mean of all" in line for line in said)


@pytest.mark.parametrize("count", [1, 2, 5, 14, 40])
@pytest.mark.parametrize("side", [3, 64, 300])
def test_a_sheet_is_no_wider_than_a_screen_and_all_lies_on_it(count: int, side: int) -> None:
    crop = np.zeros((side, side, 3), np.uint8)
    cells = tuple(replace(SCORED.cells[0], crops=(crop,)) for _ in range(count))
    sheet = sheet_of(replace(SCORED, cells=cells, crops=((0, 0, side, side),), reference=(crop,)), Look())
    assert sheet.width <= WIDE + 100
    painted = drawing.pixels_of(sheet)
    ground = painted[0, 0]
    assert (painted[-5:] == ground).all()
    assert (painted[:, -5:] == ground).all()


@pytest.mark.parametrize("columns", [1, 2, 3, 9])
def test_columns_and_zoom_are_those_that_are_asked_for(columns: int) -> None:
    sheet = sheet_of(SCORED, Look(columns=columns, zoom=4))
    prints = [mark for mark in marks(sheet.marks) if isinstance(mark, Print)]
    assert {(one.width, one.height) for one in prints} == {(64 * 4, 32 * 4)}
    assert sheet.width == pytest.approx(min(columns, 5) * (256 + 15) + 33, abs=3)


def test_no_line_of_words_is_wider_than_its_cell_or_sheet() -> None:
    long = replace(SCORED.cells[0], label="x" * 300)
    sheet = sheet_of(replace(SCORED, cells=(long, *SCORED.cells), source="y" * 300), Look())
    for mark in marks(sheet.marks):
        if isinstance(mark, Words):
            assert text_width(mark.text, mark.size) <= sheet.width
            assert "x" * 60 not in mark.text


def test_text_grows_with_the_cells() -> None:
    sizes = [
        max(m.size for m in marks(sheet_of(PLAIN, Look(zoom=zoom)).marks) if isinstance(m, Words)) for zoom in (1, 9)
    ]
    assert sizes[0] < sizes[1]


def test_names_that_cannot_be_drawn_in_a_line_are_drawn_all_the_same() -> None:
    assert drawing.pixels_of(sheet_of(replace(PLAIN, source="a\nb\x1b.png"), Look())).size


def test_a_sheet_with_one_pixel_to_show_is_drawn() -> None:
    dot = (np.zeros((1, 1, 3), np.uint8),)
    cells = tuple(replace(cell, crops=dot) for cell in SCORED.cells)
    one = replace(SCORED, cells=cells, crops=((0, 0, 1, 1),), reference=dot)
    assert drawing.pixels_of(sheet_of(one, Look(difference=True, spectrum=True))).size


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.00042, "0.4 ms"), (0.0123, "12 ms"), (0.9, "900 ms"), (1.234, "1.23 s")]
)
def test_durations_have_the_digits_that_matter(seconds: float, said: str) -> None:
    assert duration(seconds) == said
