"""Least squares against what made the data, and against plain sums."""

import numpy as np
import pytest

from upscli.kernels.convolve import lay_copies
from upscli.learned.anchors import made_hash, samples
from upscli.learned.fit import bucket_normals, linear_normals, residual, solved_buckets, solved_linear
from upscli.learned.hashing import standing
from upscli.learned.linear import bicubic_kernel, detail_of, kernel_of, phases


def noise(high: int = 40, wide: int = 44, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((high, wide)).astype(np.float32)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_kernel_and_phases_are_two_forms_of_one(scale: int) -> None:
    kernel = np.random.default_rng(0).random((scale * 7, scale * 7))
    np.testing.assert_array_equal(kernel_of(phases(kernel, scale)), kernel)


@pytest.mark.parametrize("scale", [2, 3])
def test_what_phases_make_is_the_transposed_convolution_of_the_kernel(scale: int) -> None:
    window = 7
    kernel = np.random.default_rng(0).random((scale * window, scale * window))
    luma = noise(12, 13)
    made = detail_of(phases(kernel, scale).astype(np.float32))(luma)
    rows, cols = (range(scale * (window - 1), scale * length) for length in luma.shape)
    laid = lay_copies(luma[..., np.newaxis], kernel, (scale, scale), rows, cols)[..., 0]
    np.testing.assert_allclose(made, laid, atol=1e-4)


def test_the_bicubic_kernel_is_bicubic() -> None:
    small, nothing = noise(), np.zeros((80, 88), np.float32)
    made = detail_of(phases(bicubic_kernel(2, 7), 2).astype(np.float32))(np.pad(small, 3, mode="edge"))
    np.testing.assert_allclose(made, -residual(small, nothing, 2), atol=1e-5)


@pytest.mark.parametrize("scale", [2, 3])
def test_a_symmetric_kernel_is_found_again_from_what_it_made(scale: int) -> None:
    window = 5
    half = np.random.default_rng(0).standard_normal((scale * window, scale * window)) / 20
    kernel = sum(np.rot90(one, k) for one in (half, half.T) for k in range(4))
    weights = phases(kernel, scale)
    weights[..., 2, 2] -= weights.sum(axis=(2, 3))
    small = noise()
    added = detail_of(weights.astype(np.float32))(np.pad(small, 2, mode="edge"))
    large = added - residual(small, np.zeros_like(added), scale)
    found = solved_linear(linear_normals(small, large, scale, window), scale)
    np.testing.assert_allclose(found, weights, atol=1e-3)


def test_a_learned_kernel_has_all_symmetries_and_sums_to_nothing() -> None:
    weights = solved_linear(linear_normals(noise(), noise(80, 88, 2), 2, 7), 2)
    kernel = kernel_of(weights)
    for other in (kernel.T, kernel[::-1], kernel[:, ::-1]):
        np.testing.assert_allclose(other, kernel, atol=1e-12)
    np.testing.assert_allclose(weights.sum(axis=(2, 3)), 0, atol=1e-12)


def test_sums_over_buckets_are_those_of_plain_loops() -> None:
    small, large = noise(), noise(80, 88, 2)
    rng = np.random.default_rng(0)
    hash_ = made_hash(samples(small, 5, 900, rng), 6, 2, 3, rng)
    found = bucket_normals(small, large, 2, hash_)
    held = standing(np.pad(small, 2, mode="edge"), 5)
    bucket = hash_.buckets_of(held.levels, held.sign)
    for one in range(6):
        windows = held.windows[bucket == one].astype(np.float64)
        np.testing.assert_allclose(found.gram[one], windows.T @ windows, atol=1e-3)
    assert found.cross.shape == (6, 25, 36)
    assert found.gram.shape == (6, 25, 25)


def test_filters_of_buckets_predict_what_made_the_data() -> None:
    """One linear rule for all: every bucket finds it, the empty ones through those above them."""
    rng = np.random.default_rng(0)
    small = noise(60, 64)
    hash_ = made_hash(samples(small, 5, 900, rng), 6, 2, 3, rng)
    normals = bucket_normals(small, noise(120, 128, 2), 2, hash_)
    rule = rng.standard_normal((25, 36))
    rule[12] = 0
    normals.gram[2] = 0  # a bucket that saw nothing
    filters, patches = solved_buckets(type(normals)(normals.gram, normals.gram @ rule), 3, 36)
    made = filters @ patches
    made[:, 12] = 0
    np.testing.assert_allclose(made, np.broadcast_to(rule, made.shape), atol=2e-2)
