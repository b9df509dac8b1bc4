"""Quality over time, drawn."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscli import frontier
from upscli.contenders import Contender
from upscli.evaluation import Entry, Evaluation, Request, Row
from upscli.pictures.drawing import Group, Mark, Words, text_width


def row(name: str, seconds: float, psnr: float | None, scale: int = 2) -> Row:
    return Row(Contender(name), {}, scale, (Entry("a.png", psnr, 0.9),), seconds)


def evaluation(*rows: Row) -> Evaluation:
    return Evaluation(Request("folder", (), (2,)), 2, list(rows), timed_on="a.png")


def words(marks: Sequence[Mark]) -> list[Words]:
    found = []
    for mark in marks:
        found += words(mark.marks) if isinstance(mark, Group) else [mark] if isinstance(mark, Words) else []
    return found


def test_the_frontier_holds_what_nothing_as_quick_beats() -> None:
    quick, slow, beaten, best, same = (
        row("quick", 0.1, 30.0),
        row("slow", 0.5, 31.0),
        row("beaten", 0.6, 30.5),
        row("best", 2.0, 33.0),
        row("same", 3.0, 33.0),
    )
    assert frontier.frontier([best, beaten, same, quick, slow]) == [quick, slow, best]


def test_of_two_as_quick_the_better_is_on_the_frontier() -> None:
    assert [each.psnr for each in frontier.frontier([row("a", 1, 30.0), row("b", 1, 31.0)])] == [31.0]


@given(st.lists(st.tuples(st.floats(1e-4, 1e3), st.floats(5, 60)), min_size=1, max_size=20))
def test_names_lie_in_their_panel_and_none_is_left_out(values: list[tuple[float, float]]) -> None:
    rows = [row(f"a-method-of-a-long-name-{index}", *value) for index, value in enumerate(values)]
    sheet = frontier.drawn(evaluation(*rows))
    found = words(sheet.marks)
    top = max(psnr for _, psnr in values)
    for each, (_, psnr) in zip(rows, values, strict=True):
        if psnr >= top - frontier.DEPTH:
            [label] = [word for word in found if word.text == each.contender.label]
            assert label.x >= 0
            assert label.x + text_width(label.text, label.size) <= frontier.PANEL[0]
            assert 0 <= label.y <= frontier.PANEL[1]
        else:
            assert any(word.text.startswith("far below: ") and each.contender.label in word.text for word in found)


def test_there_is_a_panel_for_each_scale_three_in_a_row() -> None:
    rows = [row("a", 1, 30.0, scale) for scale in (2, 3, 4, 8)]
    sheet = frontier.drawn(evaluation(*rows))
    places = [(mark.x, mark.y) for mark in sheet.marks if isinstance(mark, Group)]
    wide, high = frontier.PANEL
    assert places == [(0, 0), (wide, 0), (2 * wide, 0), (0, high)]
    titles = [word.text for word in words(sheet.marks) if word.text.startswith("x")]
    assert titles == [f"x{scale}  PSNR (matlab-y), dB" for scale in (2, 3, 4, 8)]
    assert (sheet.width, sheet.height) == (3 * wide, 2 * high + 40)


def test_results_that_are_identical_have_no_dot() -> None:
    sheet = frontier.drawn(evaluation(row("a", 1, None)))
    assert "x2: every result is identical to its original" in [word.text for word in words(sheet.marks)]


@pytest.mark.parametrize(("seconds", "first", "last"), [(0.011, 0.005, 0.02), (1.3, 1, 2), (0.2, 0.1, 0.5)])
def test_axes_end_at_round_times(seconds: float, first: float, last: float) -> None:
    field = frontier.Field.of([row("a", seconds, 30.0)], 1.0)
    assert field.times == pytest.approx((first, last))
