"""Stacks of 3x3 convolutions against their definition."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upscli.kernels import winograd
from upscli.kernels.winograd import Layer, Stack, convolved_reference


def kernels(random: np.random.Generator, channels: list[int]) -> list[tuple[np.ndarray, np.ndarray, float | None]]:
    made = []
    for number, (inputs, outputs) in enumerate(pairwise(channels)):
        weights = random.normal(size=(outputs, inputs, 3, 3)) / (3 * inputs**0.5)
        slope = None if number == len(channels) - 2 else 0.1
        made.append((weights.astype(np.float32), random.normal(size=outputs).astype(np.float32), slope))
    return made


def columns(made: np.ndarray, wide: int) -> np.ndarray:
    """(4, rows, channels, blocks) -> (rows, channels, wide)"""
    return made.transpose(1, 2, 3, 0).reshape(*made.shape[1:3], -1)[..., :wide]


@settings(max_examples=60, deadline=None)
@given(
    high=st.integers(1, 40),
    wide=st.integers(1, 40),
    channels=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    seed=st.integers(0, 1000),
)
def test_a_stack_is_what_its_definition_says(high: int, wide: int, channels: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    layers = kernels(random, [1, *channels])
    picture = random.random((high + 2 * len(layers), wide + 2 * len(layers)), np.float32)
    made = columns(Stack(tuple(Layer.of(*layer) for layer in layers), picture.shape)(picture), wide)
    expected = convolved_reference(picture, layers)
    assert made.shape == expected.shape == (high, channels[-1], wide)
    assert np.abs(made - expected).max() < 2e-5 * max(1, np.abs(expected).max())


def test_chunks_of_rows_meet_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    layers = kernels(random, [1, 8, 8, 4])
    picture = random.random((61, 47), np.float32)
    ready = tuple(Layer.of(*layer) for layer in layers)
    whole = columns(Stack(ready, picture.shape)(picture), 41)
    monkeypatch.setattr(winograd, "CHUNK", 1)
    single = Stack(ready, picture.shape)
    assert single._rows == 1
    assert np.abs(columns(single(picture), 41) - whole).max() < 1e-6


def test_what_the_memory_held_before_does_not_show() -> None:
    random = np.random.default_rng(2)
    ready = tuple(Layer.of(*layer) for layer in kernels(random, [1, 5, 4]))
    first, second = random.random((2, 30, 33), np.float32)
    used = Stack(ready, first.shape)
    used(first * 1e6)
    assert np.array_equal(columns(used(second), 29), columns(Stack(ready, first.shape)(second), 29))
