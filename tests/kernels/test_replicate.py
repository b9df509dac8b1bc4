import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscli.kernels.replicate import Copies, replicate, replicate_reference


def index_of(size: int, factor: float, first: int, count: int) -> np.ndarray:
    result = np.arange(first, first + count)
    return np.minimum(((result + 0.5) / factor).astype(np.int64), size - 1)


@given(
    factors=st.tuples(*[st.sampled_from([1.0, 1.3, 2.0, 3.0, 2.7, 5.0, 8.0])] * 2),
    first=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    count=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    channels=st.integers(1, 4),
    dtype=st.sampled_from(["uint8", "uint16", "float32"]),
)
def test_any_piece_of_any_picture_is_copied_as_by_indexing(
    factors: tuple[float, float], first: tuple[int, int], count: tuple[int, int], channels: int, dtype: str
) -> None:
    pixels = np.arange(40 * 41 * channels).reshape(40, 41, channels).astype(dtype)
    rows = index_of(40, factors[0], first[0], count[0])
    cols = index_of(41, factors[1], first[1], count[1])
    made = replicate(pixels, Copies.of(rows), Copies.of(cols))
    assert made.dtype == pixels.dtype
    assert np.array_equal(made, replicate_reference(pixels, rows, cols))


@pytest.mark.parametrize(
    "index", [[0], [3, 3], [0, 1, 2], [2, 2, 3], [0, 0, 1, 1], [0, 0, 0, 1], [0, 1, 1, 2, 2], [1, 3]]
)
def test_short_and_odd_indices_are_copied_too(index: list[int]) -> None:
    pixels = np.arange(15, dtype=np.uint8).reshape(5, 3, 1)
    found = replicate(pixels, Copies.of(np.array(index)), Copies.of(np.array([0, 2])))
    assert found[..., 0].tolist() == [[3 * row, 3 * row + 2] for row in index]
