"""Stacks of 3x3 convolutions against their definition."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upscli.kernels import winograd
from upscli.kernels.winograd import Stack, convolved_reference
from upscli.kernels.winograd_layers import Layer, pairs

of_any_size = given(
    high=st.integers(1, 40),
    wide=st.integers(1, 40),
    channels=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    seed=st.integers(0, 1000),
)


def kernels(random: np.random.Generator, channels: list[int]) -> list[tuple[np.ndarray, np.ndarray, float | None]]:
    made = []
    for number, (inputs, outputs) in enumerate(pairwise(channels)):
        weights = random.normal(size=(outputs, inputs, 3, 3)) / (3 * inputs**0.5)
        slope = None if number == len(channels) - 2 else 0.1
        made.append((weights.astype(np.float32), random.normal(size=outputs).astype(np.float32), slope))
    return made


def columns(made: np.ndarray, wide: int) -> np.ndarray:
    """(4, parts, rows, channels, blocks) -> (rows, parts * channels, wide)"""
    whole = made.transpose(2, 1, 3, 4, 0)
    return whole.reshape(len(whole), whole.shape[1] * whole.shape[2], -1)[..., :wide]


@settings(max_examples=60, deadline=None)
@of_any_size
def test_a_stack_is_what_its_definition_says(high: int, wide: int, channels: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    layers = kernels(random, [1, *channels])
    picture = random.random((high + 2 * len(layers), wide + 2 * len(layers)), np.float32)
    made = columns(Stack(tuple(Layer.of(*layer) for layer in layers), picture.shape)(picture), wide)
    expected = convolved_reference(picture, layers)
    assert made.shape == expected.shape == (high, channels[-1], wide)
    assert np.abs(made - expected).max() < 2e-5 * max(1, np.abs(expected).max())


def moved_by(random: np.random.Generator, channels: int) -> np.ndarray:
    """Some channels in pairs, the others their own mirror images."""
    moved, shuffled = np.arange(channels), random.permutation(channels)
    both = shuffled[: 2 * int(random.integers(channels // 2 + 1))].reshape(-1, 2)
    moved[both] = both[:, ::-1]
    return moved


def mirrored(random: np.random.Generator, channels: list[int]) -> tuple[list[np.ndarray], list[tuple]]:
    """Where turning upside down moves the channels, and kernels and biases that are alike for it."""
    moved = [moved_by(random, count) for count in channels]
    made = []
    for (kernel, bias, slope), (inputs, outputs) in zip(kernels(random, channels), pairwise(moved), strict=True):
        turned = kernel[outputs][:, inputs][:, :, ::-1]
        made.append(((kernel + turned) / 2, (bias + bias[outputs]) / 2, slope))
    return moved, made


@settings(max_examples=100, deadline=None)
@of_any_size
def test_in_two_parts_it_is_what_its_definition_says(high: int, wide: int, channels: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    moved, layers = mirrored(random, [1, *channels])
    picture = random.random((high + 2 * len(layers), wide + 2 * len(layers)), np.float32)
    ready = tuple(Layer.mirrored(*layer, (moved[n + 1], moved[n])) for n, layer in enumerate(layers))
    made = columns(Stack(ready, picture.shape)(picture), wide)
    expected = convolved_reference(picture, layers)[:, pairs(moved[-1]).ravel()]
    assert made.shape == expected.shape
    assert np.abs(made - expected).max() < 2e-5 * max(1, np.abs(expected).max())


def test_two_parts_are_of_half_the_channels() -> None:
    random = np.random.default_rng(3)
    kernel = random.random((8, 8, 3, 3), np.float32)
    upside_down = np.arange(8) ^ 1
    alike = kernel + kernel[upside_down][:, upside_down][:, :, ::-1]
    layer = Layer.mirrored(alike, np.zeros(8, np.float32), 0.1, (upside_down, upside_down))
    assert (layer.parts, layer.inputs, layer.outputs) == (2, 4, 4)
    assert layer.factors.size == Layer.of(alike, np.zeros(8, np.float32), 0.1).factors.size // 2


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


@pytest.mark.parametrize("parts", [1, 2])
def test_what_the_memory_held_before_does_not_show(parts: int) -> None:
    random = np.random.default_rng(2)
    moved, layers = mirrored(random, [1, 5, 4])
    ready = [Layer.mirrored(*layer, (moved[n + 1], moved[n])) for n, layer in enumerate(layers)]
    ready = ready if parts == 2 else [Layer.of(*layer) for layer in layers]
    first, second = random.random((2, 30, 33), np.float32)
    used = Stack(tuple(ready), first.shape)
    used(first * 1e6)
    assert np.array_equal(columns(used(second), 29), columns(Stack(tuple(ready), first.shape)(second), 29))
