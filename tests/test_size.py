"""The four ways to ask for a size."""

from contextlib import suppress
from fractions import Fraction
from re import escape

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from upscli.errors import UpscliError
from upscli.size import Exact, Fit, LongEdge, Scale, Size, decimal, round_half_up

SIDES = st.integers(1, 100_000)


@pytest.mark.parametrize(
    ("word", "source", "target", "label"),
    [
        ("2", (10, 7), (20, 14), "x2"),
        ("1", (10, 7), (10, 7), "x1"),
        ("1.5", (10, 7), (15, 11), "x1.5"),  # 10.5 goes up
        ("1.5", (3, 1), (5, 2), "x1.5"),  # 4.5 goes up, where Python's round gives 4
        ("2.7", (10, 10), (27, 27), "x2.7"),
        ("2x3", (10, 7), (20, 21), "x2x3"),
        ("2X3", (10, 7), (20, 21), "x2x3"),
        ("2x2", (10, 7), (20, 14), "x2"),
        ("1.25x2.50", (8, 8), (10, 20), "x1.25x2.5"),
        ("2.", (3, 3), (6, 6), "x2"),
        ("2.0", (3, 3), (6, 6), "x2"),
        (".5", (1, 1), (1, 1), "x0.5"),
        (" 3 ", (2, 2), (6, 6), "x3"),
        ("1.1", (10, 10), (11, 11), "x1.1"),  # the exact eleven tenths: a float's 1.1 would do too
        ("1.15", (10, 10), (12, 12), "x1.15"),  # 11.5 exactly, where a float's 1.15 * 10 is 11.5 by luck only
        ("1.005", (100, 100), (101, 101), "x1.005"),  # 100.5 exactly; a float's 1.005 * 100 is 100.49999999999999
    ],
)
def test_a_scale_is_exact_and_rounds_half_up(
    word: str, source: tuple[int, int], target: tuple[int, int], label: str
) -> None:
    scale = Scale.parse(word)
    assert scale.of(source) == target
    assert scale.label(target) == label


@pytest.mark.parametrize(
    "word",
    [
        "",
        "0",
        "0.0",
        "2x0",
        "-2",
        "+2",
        "x",
        "2x",
        "x2",
        "2x3x4",
        "1e3",
        "two",
        "2,5",
        "nan",
        "inf",
        "1/2",
        "2 x 3",
        "٢",
    ],
)
def test_words_that_are_no_scale_are_refused(word: str) -> None:
    with pytest.raises(UpscliError, match=f"scale '{escape(word)}' is not a factor such as 2, 1.5, or 2x3"):
        Scale.parse(word)


@pytest.mark.parametrize(
    ("word", "source", "target"),
    [
        ("1920x1080", (10, 10), (1920, 1080)),
        ("1920X1080", (10, 10), (1920, 1080)),
        ("30x", (10, 7), (30, 21)),
        ("x21", (10, 7), (30, 21)),
        ("15x", (10, 7), (15, 11)),  # 10.5 goes up
        ("5x", (100, 1), (5, 1)),  # never 0
        ("x5", (1, 100), (1, 5)),
    ],
)
def test_an_exact_size_keeps_the_aspect_where_a_side_is_missing(
    word: str, source: tuple[int, int], target: tuple[int, int]
) -> None:
    size = Exact.parse(word)
    assert size.of(source) == target
    assert size.label(target) == f"{target[0]}x{target[1]}"


@pytest.mark.parametrize("word", ["", "x", "1920", "0x10", "10x0", "-5x5", "5.5x5", "5x5x5", "ax5", "9999999999x1"])
def test_words_that_are_no_size_are_refused(word: str) -> None:
    with pytest.raises(UpscliError, match=f"size '{escape(word)}' is not WIDTHxHEIGHT, WIDTHx or xHEIGHT"):
        Exact.parse(word)


@pytest.mark.parametrize(
    ("word", "source", "target"),
    [
        ("1920x1080", (16, 9), (1920, 1080)),
        ("1920x1080", (4, 3), (1440, 1080)),
        ("1920x1080", (32, 9), (1920, 540)),
        ("100x100", (3, 2), (100, 67)),
        ("100x100", (1000, 1), (100, 1)),
    ],
)
def test_fit_fills_the_box_along_one_side(word: str, source: tuple[int, int], target: tuple[int, int]) -> None:
    size = Fit.parse(word)
    assert size.of(source) == target
    assert size.label(target) == f"{target[0]}x{target[1]}"


@pytest.mark.parametrize("word", ["1920x", "x1080"])
def test_a_box_has_two_sides(word: str) -> None:
    with pytest.raises(UpscliError, match=f"fit '{word}' is not WIDTHxHEIGHT in pixels"):
        Fit.parse(word)


@pytest.mark.parametrize(
    ("source", "target"),
    [((16, 9), (4096, 2304)), ((9, 16), (2304, 4096)), ((5, 5), (4096, 4096)), ((1, 9999), (1, 4096))],
)
def test_the_long_edge_is_as_long_as_asked(source: tuple[int, int], target: tuple[int, int]) -> None:
    assert LongEdge(4096).of(source) == target
    assert LongEdge(4096).label(target) == f"{target[0]}x{target[1]}"


@given(SIDES, SIDES, SIDES, SIDES)
def test_fit_is_the_largest_size_inside_its_box_that_keeps_the_aspect(
    width: int, height: int, wide: int, high: int
) -> None:
    target = Fit(wide, high).of((width, height))
    assert target[0] <= wide
    assert target[1] <= high
    assert target[0] == wide or target[1] == high
    scale = min(Fraction(wide, width), Fraction(high, height))
    assert abs(target[0] - width * scale) <= Fraction(1, 2) or target[0] == 1
    assert abs(target[1] - height * scale) <= Fraction(1, 2) or target[1] == 1


@given(SIDES, SIDES, st.integers(1, 10**9), st.integers(0, 9))
def test_every_decimal_is_read_exactly(width: int, height: int, digits: int, places: int) -> None:
    factor = Fraction(digits, 10**places)
    scale = Scale.parse(f"{digits // 10**places}.{digits % 10**places:0{places}d}" if places else str(digits))
    assert scale == Scale(factor, factor)
    for side, target in zip((width, height), scale.of((width, height)), strict=True):
        assert target == max(1, (2 * side * digits + 10**places) // (2 * 10**places))


@given(st.text("0123456789.,+-xXeE \n\u0663\u00d7", max_size=10))
def test_any_word_is_a_size_or_an_upscli_error(word: str) -> None:
    for parse in (Scale.parse, Exact.parse, Fit.parse):
        with suppress(UpscliError):
            size: Size = parse(word)
            assert min(size.of((1000, 10))) >= 1


@given(st.integers(1, 10**6), st.integers(1, 6))
def test_a_label_reads_back_as_the_factor(digits: int, places: int) -> None:
    factor = Fraction(digits, 10**places)
    assume(factor >= Fraction(1, 1000))  # below, the label is written with an exponent; upscli only enlarges
    assert Fraction(decimal(factor)) == factor
    assert not decimal(factor).endswith(".0")


@pytest.mark.parametrize(("value", "expected"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.49", 2), ("0", 0)])
def test_halves_go_up(value: str, expected: int) -> None:
    assert round_half_up(Fraction(value)) == expected
