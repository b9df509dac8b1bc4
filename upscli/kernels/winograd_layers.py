"""The 3x3 convolutions of `winograd`, as factors of its products."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Index = NDArray[np.intp]

FILTER = np.array(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ]
)
"""Taps -> factors: Lavin and Gray's G of F(4, 3)."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A 3x3 convolution and what follows it."""

    factors: Array
    """(6, parts, 1, outputs, 3 inputs); of two parts, even and odd, both of half the channels."""
    bias: Array
    """(parts, 1, outputs, 1)"""
    slope: np.float32 | None
    """Of a leaky ReLU for negative numbers, less than 1; None: nothing follows."""

    @classmethod
    def of(cls, kernel: Array, bias: Array, slope: float | None) -> "Layer":
        """From a kernel (outputs, inputs, 3, 3) and (outputs,) biases."""
        rows = kernel.transpose(0, 2, 1, 3)[np.newaxis]
        return cls(_factors(rows), bias.reshape(1, 1, -1, 1).astype(np.float32), _single(slope))

    @classmethod
    def mirrored(cls, kernel: Array, bias: Array, slope: float | None, moved: tuple[Index, Index]) -> "Layer":
        """The same of a kernel that treats a picture that is upside down alike, in two parts.

        `moved` tells where that moves the outputs and the inputs: kernel[outputs][:, inputs][:, :, ::-1] == kernel.
        Its inputs and outputs are then in the order of `pairs`.
        """
        outputs, inputs = (pairs(each) for each in moved)
        # A channel that is its own mirror image is there twice, and counts half.
        shared = kernel.astype(np.float64) / np.bincount(inputs.ravel())[:, np.newaxis, np.newaxis]
        one, other = (shared[outputs[0]][:, each] for each in inputs)
        even, odd = (one + other) / 2, (one - other) / 2
        rows = np.stack([_near(even, odd), _near(odd, even)])
        biases = np.stack([bias[outputs[0]], np.zeros(len(outputs[0]))])
        return cls(_factors(rows), biases.reshape(2, 1, -1, 1).astype(np.float32), _single(slope))

    @property
    def parts(self) -> int:
        """2 if it works on even and odd parts, else 1."""
        return len(self.bias)

    @property
    def inputs(self) -> int:
        """Channels it takes, of a part."""
        return int(self.factors.shape[4]) // 3

    @property
    def outputs(self) -> int:
        """Channels it makes, of a part."""
        return int(self.factors.shape[3])


def pairs(moved: Index) -> Index:
    """(2, n): the channels and, below, their mirror images, given where turning a picture upside down moves each.

    A channel that is its own mirror image is in both lines.
    """
    first = np.flatnonzero(moved >= np.arange(len(moved)))
    return np.stack([first, moved[first]])


def _near(own: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Kernels of the same and of the other part -> those of sums, differences and middles: (outputs, 3, inputs, 3)."""
    sums, differences = own[:, :, 0] + own[:, :, 2], other[:, :, 2] - other[:, :, 0]
    return np.stack([sums / 2, differences / 2, own[:, :, 1]], axis=1)


def _factors(rows: NDArray[Any]) -> Array:
    """Of kernels (parts, outputs, 3, inputs, 3)."""
    parts, outputs = rows.shape[:2]
    factors = np.einsum("ft,poyit->fpoyi", FILTER, rows.astype(np.float64))
    made: Array = factors.reshape(6, parts, 1, outputs, -1).astype(np.float32)
    return made


def _single(slope: float | None) -> np.float32 | None:
    return None if slope is None else np.float32(slope)
