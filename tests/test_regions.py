"""Regions by words, and the one that tells methods apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscli.errors import MethodError
from upscli.regions import check_inside, disagreement, parsed, telling


def test_words_become_regions() -> None:
    assert parsed("10,20,30,40") == (10, 20, 30, 40)
    assert parsed("auto") is None


@pytest.mark.parametrize(
    "word", ["", "1,2,3", "1,2,3,4,5", "-1,2,3,4", "1,2,0,4", "1,2,3,0", "a,b,c,d", "1.5,2,3,4", "Auto"]
)
def test_other_words_are_refused(word: str) -> None:
    with pytest.raises(MethodError, match="is not X,Y,WIDTH,HEIGHT"):
        parsed(word)


@pytest.mark.parametrize("region", [(91, 0, 10, 10), (0, 51, 10, 10), (100, 0, 1, 1), (0, 0, 101, 1)])
def test_regions_outside_are_refused(region: tuple[int, int, int, int]) -> None:
    with pytest.raises(MethodError, match="outside the result of 100 x 60"):
        check_inside(region, (100, 60))
    check_inside((90, 50, 10, 10), (100, 60))


def picture() -> np.ndarray:
    gray = np.full((120, 160), 100, np.float32)
    gray[20:40, 100:130] = np.random.default_rng(1).integers(0, 255, (20, 30))  # busy, but all agree
    gray[80:100, 20:50] = np.random.default_rng(2).integers(60, 140, (20, 30))  # less busy, and they do not
    return gray


def test_detail_where_methods_disagree_wins_over_detail_where_they_agree() -> None:
    gray = picture()

    def looks(region: tuple[int, int, int, int]) -> list[np.ndarray]:
        x, y, width, height = (side // 2 for side in region)
        piece = gray[y : y + height, x : x + width]
        return [piece, piece + (20 if y > 60 else 0), piece]

    x, y, width, height = telling(gray, (320, 240), (60, 40), looks)
    assert 160 <= y + height / 2 <= 200
    assert 40 <= x + width / 2 <= 100


def test_where_all_agree_there_is_still_a_region_with_detail() -> None:
    gray = picture()
    x, y, width, height = telling(gray, (160, 120), (30, 20), lambda region: [gray, gray])
    assert np.ptp(gray[y : y + height, x : x + width]) > 50


def test_a_region_that_is_taken_is_not_found_again() -> None:
    gray = picture()
    first = telling(gray, (160, 120), (30, 20), lambda region: [gray])
    second = telling(gray, (160, 120), (30, 20), lambda region: [gray], [first])
    assert abs(first[0] - second[0]) >= 30 or abs(first[1] - second[1]) >= 20


def test_one_method_that_does_something_else_does_not_decide() -> None:
    flat, odd = np.zeros((8, 8), np.float32), np.full((8, 8), 255, np.float32)
    assert disagreement([flat] * 7 + [odd]) == 0
    assert disagreement([flat, odd]) > 100
    assert disagreement([odd]) == 0


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 4), st.data())
def test_regions_always_lie_inside(width: int, height: int, factor: int, data: st.DataObject) -> None:
    target = (width * factor, height * factor)
    size = data.draw(st.tuples(st.integers(1, target[0]), st.integers(1, target[1])))
    gray = np.random.default_rng(width).random((height, width)).astype(np.float32)
    found = telling(gray, target, size, lambda region: [gray])
    check_inside(found, target)
    assert found[2:] == size
