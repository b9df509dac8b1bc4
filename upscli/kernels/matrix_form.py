"""A convolution as a sparse matrix: y = C x, and C transposed is the transposed convolution."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.kernels.windows import Pair, convolved_size, pair


@dataclass(frozen=True, eq=False)
class SparseMatrix:
    """The entries that are not structurally zero; no two share a place."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[Any]
    shape: tuple[int, int]

    @property
    def transpose(self) -> "SparseMatrix":
        """The same entries with rows and columns exchanged."""
        return SparseMatrix(self.columns, self.rows, self.values, self.shape[::-1])

    def dense(self) -> NDArray[Any]:
        """All of it, (rows, columns)."""
        matrix = np.zeros(self.shape, self.values.dtype)
        matrix[self.rows, self.columns] = self.values
        return matrix

    def __matmul__(self, vector: NDArray[Any]) -> NDArray[Any]:
        """The product with a vector (columns,) or a matrix (columns, n). Raises ValueError for another length."""
        if len(vector) != self.shape[1]:
            raise ValueError(f"a vector of {len(vector)} cannot follow a matrix of {self.shape[1]} columns")
        lines = vector.reshape(len(vector), -1)
        dtype = np.result_type(self.values, vector)
        result = np.zeros((self.shape[0], lines.shape[1]), dtype)
        np.add.at(result, self.rows, self.values[:, np.newaxis] * lines[self.columns])
        return result.reshape(self.shape[0], *vector.shape[1:])


def convolution_matrix(
    size: tuple[int, int], kernel: NDArray[Any], *, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> SparseMatrix:
    """The matrix of `convolve` for inputs of `size` (h, w): one row per output position, one column per input pixel.

    Input and output are unrolled row by row. Weights that would meet the padding are left away; zeros of the
    kernel are entries like all others. (Dumoulin, Visin, arXiv 1603.07285, section 4.1)
    """
    steps, pads, gaps = pair("stride", stride, 1), pair("padding", padding), pair("dilation", dilation, 1)
    axes = zip(size, kernel.shape, steps, pads, gaps, strict=True)
    high, wide = (convolved_size(*axis) for axis in axes)
    y, x, i, j = (part.reshape(-1) for part in np.indices((high, wide, *kernel.shape)))
    row, column = y * steps[0] - pads[0] + i * gaps[0], x * steps[1] - pads[1] + j * gaps[1]
    inside = (row >= 0) & (row < size[0]) & (column >= 0) & (column < size[1])
    values = kernel[i, j][inside]
    shape = (high * wide, size[0] * size[1])
    return SparseMatrix((y * wide + x)[inside], (row * size[1] + column)[inside], values, shape)


def convolution_matrix_reference(
    size: tuple[int, int], kernel: NDArray[Any], *, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> NDArray[Any]:
    """The dense matrix by loops: what the sparse one is tested against."""
    steps, pads, gaps = pair("stride", stride, 1), pair("padding", padding), pair("dilation", dilation, 1)
    axes = zip(size, kernel.shape, steps, pads, gaps, strict=True)
    high, wide = (convolved_size(*axis) for axis in axes)
    matrix = np.zeros((high * wide, size[0] * size[1]), kernel.dtype)
    for y, x in np.ndindex(high, wide):
        for i, j in np.ndindex(*kernel.shape):
            row, column = y * steps[0] - pads[0] + i * gaps[0], x * steps[1] - pads[1] + j * gaps[1]
            if 0 <= row < size[0] and 0 <= column < size[1]:
                matrix[y * wide + x, row * size[1] + column] = kernel[i, j]
    return matrix
