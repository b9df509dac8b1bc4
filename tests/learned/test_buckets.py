"""Filters by buckets, against a plain loop over windows."""

from functools import partial

import numpy as np
import pytest

from upscli.errors import ModelError
from upscli.learned import buckets
from upscli.learned.anchors import made_hash, samples
from upscli.learned.buckets import detail, turned
from upscli.learned.fields import Header
from upscli.learned.hashing import STRENGTHS, Hash, features, halves, nearest, standing, strength
from upscli.learned.modelfile import Model
from upscli.learned.symmetry import LEVELS, positions, rounded, turns

SIDE, RANK = 5, 6


def picture(high: int = 40, wide: int = 50, seed: int = 3) -> np.ndarray:
    """Smooth slopes, edges and noise."""
    random = np.random.default_rng(seed)
    rows, cols = np.mgrid[:high, :wide] / 10
    return ((np.sin(rows + cols) > 0.3) * 0.5 + cols / 20 + random.random((high, wide)) * 0.1).astype(np.float32)


def some_hash() -> Hash:
    rng = np.random.default_rng(1)
    return made_hash(samples(picture(), SIDE, 1500, rng), 8, 3, 4, rng)


HASH = some_hash()


def random_filters(scale: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    filters = random.standard_normal((HASH.buckets, SIDE * SIDE, RANK)).astype(np.float32)
    return filters, random.standard_normal((RANK, (3 * scale) ** 2)).astype(np.float32)


def by_loop(luma: np.ndarray, scale: int, filters: np.ndarray, decode: np.ndarray) -> np.ndarray:
    """Window by window, in the words of the definition."""
    high, wide = (length - SIDE + 1 for length in luma.shape)
    levels = rounded(luma)
    total = np.zeros(((high + 2) * scale, (wide + 2) * scale))
    for y in range(high):
        for x in range(wide):
            piece = slice(y, y + SIDE), slice(x, x + SIDE)
            turn, dark = positions(levels[piece], SIDE)
            places = turns(SIDE)[turn[0, 0]]
            sign = np.float32(-1 if dark[0, 0] else 1)
            standing = sign * levels[piece].ravel()[places][np.newaxis]
            bucket = HASH.buckets_of(standing, np.ones(1, np.float32))[0]
            window = sign * (luma[piece] - luma[piece][SIDE // 2, SIDE // 2]).ravel()[places]
            patch = np.empty((3 * scale) ** 2)
            patch[turns(3 * scale)[turn[0, 0]]] = sign * (window @ filters[bucket] @ decode)
            total[y * scale : (y + 3) * scale, x * scale : (x + 3) * scale] += patch.reshape(3 * scale, 3 * scale)
    return total[2 * scale : -2 * scale, 2 * scale : -2 * scale] / 9


@pytest.mark.parametrize("scale", [2, 3])
def test_it_equals_a_plain_loop(scale: int) -> None:
    filters, decode = random_filters(scale)
    luma = picture(18, 21)
    made = detail(HASH, filters, turned(decode, scale), scale, luma)
    np.testing.assert_allclose(made, by_loop(luma, scale, filters, decode), atol=2e-4)


def test_it_is_the_same_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    filters, decode = random_filters(2)
    run = partial(detail, HASH, filters, turned(decode, 2), 2, picture())
    whole = run()
    for chunk in (1, 100, 170):
        monkeypatch.setattr(buckets, "CHUNK", chunk)
        np.testing.assert_allclose(run(), whole, atol=1e-5)


def test_turned_and_inverted_pictures_give_turned_and_inverted_results() -> None:
    filters, decode = random_filters(2)
    luma = picture(30, 30)
    run = partial(detail, HASH, filters, turned(decode, 2), 2)
    made = run(luma)
    assert np.abs(made).max() > 0.1
    for k in range(4):
        np.testing.assert_allclose(run(np.rot90(luma, k)), np.rot90(made, k), atol=1e-4)
        np.testing.assert_allclose(run(np.rot90(luma.T, k)), np.rot90(made.T, k), atol=1e-4)
    level = np.float32(np.rint(luma * LEVELS) / LEVELS)
    np.testing.assert_allclose(run(1 - level), -run(level), atol=1e-4)


def test_areas_of_one_color_get_exactly_nothing() -> None:
    filters, decode = random_filters(2)
    for level in (0, 0.3, 1):
        assert not detail(HASH, filters, turned(decode, 2), 2, np.full((12, 13), level, np.float32)).any()


def test_a_window_goes_to_the_nearest_anchor_of_the_nearest_coarse_one() -> None:
    held = standing(picture(), SIDE)
    found = features((held.levels * held.sign[:, np.newaxis]) @ HASH.basis.T, np.ones_like(held.sign))
    coarse = ((found[:, np.newaxis] - HASH.coarse) ** 2).sum(axis=2).argmin(axis=1)
    fine = ((found[:, np.newaxis] - HASH.fine[coarse]) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(HASH.buckets_of(held.levels, held.sign), coarse * 4 + fine)
    assert len(np.unique(coarse * 4 + fine)) > 6


@pytest.mark.parametrize("count", [3, 300])
def test_of_equally_near_anchors_the_first_is_taken(count: int) -> None:
    random = np.random.default_rng(2)
    anchors = random.integers(-3, 4, (count, 4)).astype(np.float32)
    found = random.integers(-4, 5, (200, 4)).astype(np.float32)
    distance = np.square(found[:, np.newaxis] - anchors).sum(axis=2)
    assert (np.count_nonzero(distance == distance.min(axis=1, keepdims=True), axis=1) > 1).any()
    assert np.array_equal(nearest(found, anchors, halves(anchors)), distance.argmin(axis=1))


def test_the_strength_is_that_of_a_search() -> None:
    bounds = STRENGTHS.astype(np.float32)
    near = [np.nextafter(bounds, np.float32(towards)) for towards in (0, np.inf)]
    random = np.random.default_rng(3).random(10_000, np.float32) * np.float32(2 * STRENGTHS[-1])
    edges = np.array([0, 1e-40, 1e30, np.inf, np.nan, -np.nan], np.float32)
    for lengths in (bounds, *near, random, edges):
        assert np.array_equal(strength(lengths), np.searchsorted(STRENGTHS, lengths))


def test_all_numbers_of_a_hash_are_whole_and_its_components_know_no_brightness() -> None:
    for array in (HASH.basis, HASH.coarse, HASH.fine):
        np.testing.assert_array_equal(array, np.rint(array))
    np.testing.assert_array_equal(HASH.basis.sum(axis=1), 0)


def model(**changed: object) -> Model:
    filters, decode = random_filters(2)
    settings = {"side": SIDE, "components": 8, "coarse": 3, "fine": 4, "rank": RANK}
    arrays = {
        **HASH.arrays(),
        "filters": np.rint(filters).astype(np.int8),
        "gains": np.full((12, 1, RANK), 0.5, np.float16),
        "decode": decode,
    }
    header = Header("buckets", 2, int(str(changed.pop("window", SIDE + 2))), settings=settings)
    for key, value in changed.items():
        (arrays if isinstance(value, np.ndarray) else settings)[key] = value
    return Model(header, arrays)


def test_a_model_is_its_filters_times_their_gains() -> None:
    ready = buckets.ready(model())
    filters, decode = random_filters(2)
    expected = detail(HASH, np.rint(filters) / 2, turned(decode, 2), 2, picture())
    np.testing.assert_allclose(ready.detail(picture()), expected, atol=1e-5)
    assert (ready.scale, ready.reach) == (2, 3)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"window": 9}, "its window is 9, and its filters make 7"),
        ({"side": 4}, "its windows are 4 pixels a side"),
        ({"fine": 5}, r"'fine' has shape \(3, 4, 9\)"),
        ({"rank": 0}, "'rank' is 0"),
        ({"rank": True}, "'rank' is True"),
        ({"coarse": "many"}, "'coarse' is 'many'"),
        ({"decode": np.zeros((RANK, 35), np.float32)}, "'decode' has shape"),
        ({"gains": np.zeros((12, RANK), np.float16)}, "'gains' has shape"),
        ({"basis": np.full((8, 25), 3000, np.int16)}, "too large to be exact"),
        ({"coarse": np.full((3, 9), 3000, np.int16)}, "too large to be exact"),
    ],
    ids=str,
)
def test_parts_that_do_not_fit_give_a_sentence(changed: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        buckets.ready(model(**changed))
