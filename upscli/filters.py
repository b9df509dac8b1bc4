"""Convolution kernels by name: those that every picture editor has."""

from pathlib import Path

import numpy as np

from upscli.errors import MethodError
from upscli.matrices import SUFFIXES, Matrix, matrix
from upscli.options import near

FILTERS: dict[str, Matrix] = {
    "edge": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float64),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float64),
    "blur": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float64) / 16,
    "emboss": np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], np.float64),
    "sobel-x": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float64),
    "sobel-y": np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], np.float64),
}
"""The Laplacian of 4 neighbors, unsharp masking by it, the binomial, and I. Sobel's gradients (1968)."""


def filter_of(word: str) -> Matrix:
    """A kernel by name, from a file, or from rows of numbers. Raises MethodError and ModelError."""
    if word in FILTERS:
        return FILTERS[word]
    if Path(word).suffix.lower() not in SUFFIXES and any(sign.isalpha() for sign in word.replace("e", "")):
        names = ", ".join(FILTERS)
        raise MethodError(
            f"no kernel '{word}'{near(word, list(FILTERS))}"
            f' ({names}, a {", ".join(SUFFIXES)} file, or rows such as "0 1 0; 1 -4 1; 0 1 0")'
        )
    return matrix(word)
