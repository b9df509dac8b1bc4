"""More than was asked for is held round the regions, for a page; what was asked for can be had from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import SAMPLES
from numpy.typing import NDArray

from upscli.compare import compare
from upscli.comparison import Comparison, Region, inside
from upscli.contenders import contenders
from upscli.kernels.degrade import Degradation
from upscli.pictures.header import Source
from upscli.regions import pieces
from upscli.trial import ROOM, ROOM_OF_ALL, Trial, Wish, trial

CROPS: tuple[Region, ...] = ((10, 20, 30, 40), (100, 100, 50, 50), (12, 22, 5, 5))


def tried(spacious: bool, methods: str = "nearest,lanczos") -> Trial:
    degradation = Degradation.parse("bicubic")
    source = Source(SAMPLES / "landscape.png")
    return trial(Wish(source, contenders((methods,)), crops=CROPS, degradation=degradation, spacious=spacious))


def pictures(found: Comparison) -> list[NDArray[np.uint8]]:
    assert found.reference is not None
    return [crop for crops in (*(cell.crops for cell in found.cells), found.reference) for crop in crops]


def test_a_small_result_is_held_whole_and_what_was_asked_for_is_cut_from_it() -> None:
    wide, small = compare(tried(True)), compare(tried(False))
    assert wide.crops == ((0, 0, *wide.target),)
    assert (wide.focus, small.focus) == (CROPS, ())
    assert wide.places == tuple((0, crop) for crop in CROPS)
    cut = wide.focused
    assert (cut.crops, cut.focus) == (CROPS, ())
    assert len(pictures(cut)) == 9
    assert all(np.array_equal(one, other) for one, other in zip(pictures(cut), pictures(small), strict=True))


def test_what_was_asked_for_is_cut_from_the_piece_that_holds_it() -> None:
    rows, columns = np.mgrid[:50, :60].astype(np.uint8)
    parts = (np.stack([columns, rows, rows * 0], 2), np.stack([columns, rows, rows * 0 + 1], 2))
    held = ((100, 200, 60, 50), (300, 400, 60, 50))
    wide = Comparison("a", (1, 1), (900, 900), "", held, (), parts, focus=((310, 420, 3, 2), (100, 200, 2, 2)))
    assert wide.places == ((1, (10, 20, 3, 2)), (0, (0, 0, 2, 2)))
    assert wide.focused.reference is not None
    assert [part[0, 0].tolist() for part in wide.focused.reference] == [[10, 20, 1], [0, 0, 0]]
    assert [part.shape for part in wide.focused.reference] == [(2, 3, 3), (2, 2, 3)]


def test_many_methods_share_the_room_of_a_page() -> None:
    assert tried(False).room == 0
    assert tried(True).room == ROOM
    many = ",".join(f"gaussian:sigma={n / 10}" for n in range(4, 17))
    assert tried(True, many).room == ROOM_OF_ALL // 14 < ROOM


SIDES = st.integers(1, 5000)


@given(st.tuples(SIDES, SIDES), st.integers(1, 4_000_000), st.data())
def test_pieces_hold_their_regions_and_are_as_large_as_they_may(
    target: tuple[int, int], most: int, data: st.DataObject
) -> None:
    def side(whole: int) -> tuple[int, int]:
        length = data.draw(st.integers(1, min(whole, 300)))
        return data.draw(st.integers(0, whole - length)), length

    regions = []
    for _ in range(data.draw(st.integers(1, 4))):
        (x, width), (y, height) = side(target[0]), side(target[1])
        regions.append((x, y, width, height))
    made = pieces(regions, target, most)
    assert 1 <= len(made) <= len(regions)
    assert all(inside(piece, (0, 0, *target)) for piece in made)
    assert all(any(inside(region, piece) for piece in made) for region in regions)
    if target[0] * target[1] <= most:
        assert made == ((0, 0, *target),)
    largest = [max(region[i] for region in regions) for i in (2, 3)]
    shrink = (min(target[0] * target[1], most) / (target[0] * target[1]) / len(regions)) ** 0.5
    for piece in made:
        for i in (0, 1):
            assert int(target[i] * shrink) <= piece[2 + i] <= max(largest[i], int(target[i] * shrink * 2))


@pytest.mark.parametrize(
    ("region", "piece"),
    [
        ((450, 450, 100, 100), (250, 250, 500, 500)),
        ((0, 990, 10, 10), (0, 500, 500, 500)),
        ((100, 450, 800, 100), (100, 250, 800, 500)),
    ],
)
def test_a_region_is_in_the_middle_of_its_piece_if_it_can_be(region: Region, piece: Region) -> None:
    assert pieces([region], (1000, 1000), 250_000) == (piece,)


def test_without_room_regions_stay_as_they_are() -> None:
    assert pieces(CROPS, (240, 160), 0) == CROPS
