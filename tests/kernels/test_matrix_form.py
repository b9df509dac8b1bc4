from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.testing import assert_allclose
from test_convolve import EDGE, FEATURES, convolutions

from upscli.kernels.convolve import convolve, transposed_convolve
from upscli.kernels.matrix_form import convolution_matrix, convolution_matrix_reference


def test_the_matrix_of_the_edge_detector_gives_the_feature_map() -> None:
    matrix = convolution_matrix((5, 5), EDGE)
    assert matrix.shape == (9, 25)
    assert (matrix @ FEATURES.reshape(-1)).tolist() == [3, -3, -1, -2, 3, -3, -3, 2, 3]
    assert matrix.dense()[0].tolist() == [0, 1, 0, 0, 0, 1, -4, 1, 0, 0, 0, 1] + [0] * 13


def test_its_transpose_gives_the_transposed_convolution() -> None:
    matrix, features = convolution_matrix((5, 5), EDGE), convolve(FEATURES, EDGE)
    back = matrix.transpose @ features.reshape(-1)
    assert back.reshape(5, 5).tolist() == transposed_convolve(features, EDGE).tolist()
    assert (matrix.transpose.dense() == matrix.dense().T).all()


def test_the_transpose_of_stride_1_is_a_convolution_of_full_padding_with_the_flipped_kernel() -> None:
    kernel, features = np.arange(9).reshape(3, 3), np.arange(9).reshape(3, 3) ** 2
    back = convolution_matrix((5, 5), kernel).transpose @ features.reshape(-1)
    assert back.reshape(5, 5).tolist() == convolve(features, kernel[::-1, ::-1], padding=2).tolist()


@given(convolutions())
@settings(max_examples=100, deadline=None)
def test_the_matrix_form_equals_the_kernel_form(case: tuple[Any, Any, dict[str, Any]]) -> None:
    pixels, kernel, setting = case
    matrix = convolution_matrix(pixels.shape[:2], kernel, **setting)
    made = convolve(pixels, kernel, **setting)
    lines = matrix @ pixels.reshape(matrix.shape[1], *pixels.shape[2:])
    assert_allclose(lines.reshape(made.shape), made, atol=1e-12)


@given(convolutions())
@settings(max_examples=50, deadline=None)
def test_the_sparse_matrix_equals_its_loops(case: tuple[Any, Any, dict[str, Any]]) -> None:
    pixels, kernel, setting = case
    matrix = convolution_matrix(pixels.shape[:2], kernel, **setting)
    assert (matrix.dense() == convolution_matrix_reference(pixels.shape[:2], kernel, **setting)).all()
    places = set(zip(matrix.rows.tolist(), matrix.columns.tolist(), strict=True))
    assert len(places) == len(matrix.values)


def test_a_vector_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="a vector of 24"):
        convolution_matrix((5, 5), EDGE) @ np.zeros(24)
