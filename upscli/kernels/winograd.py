"""3x3 convolutions of many channels, by Winograd's minimal filtering along rows: F(4, 3).

Six products make four results of a three-tap filter, which takes twelve multiplications otherwise. (S. Winograd,
Arithmetic complexity of computations, 1980; A. Lavin, S. Gray, arXiv 1509.09308.) The three rows of a kernel and the
input channels are the inner side of a matrix product, so each product sums 3 x inputs numbers.

Maps lie in phases, (6, rows, channels, blocks): column 4 b + p is phase p of block b, and the last two lines are the
first two of the next block. So the six columns that a block looks at are one column of a matrix, and the sums before
and after the products are matrix products too: a fifth of the time that NumPy takes for them one by one, in calls so
long that threads do not queue for the interpreter. What a row's last block takes from the next row's first is not part
of any result.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

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
BEFORE = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    np.float32,
)
"""Six columns -> what the six factors are multiplied by: Lavin and Gray's B."""
AFTER = np.array(
    [
        [1, 1, 1, 1, 1, 0, 1],
        [0, 1, -1, 2, -2, 0, 1],
        [0, 1, 1, 4, 4, 0, 1],
        [0, 1, -1, 8, -8, 1, 1],
    ],
    np.float32,
)
"""Six products and the bias -> four results: Lavin and Gray's A."""
CHUNK = 1 << 14
"""Samples of a phase that are worked on at a time, about: what stays in a core's own cache."""
_LANES = 16
"""Blocks that take the time of one in a product: with a few more, a third of its time goes for nothing."""
_LEAD = 16
"""Samples before the first of a line; the last of them is where its first one lies when seen from the block before."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A 3x3 convolution and what follows it."""

    factors: Array
    """(6, 1, outputs, 3 inputs)"""
    bias: Array
    """(outputs, 1)"""
    slope: np.float32 | None
    """Of a leaky ReLU for negative numbers, less than 1; None: nothing follows."""

    @classmethod
    def of(cls, kernel: Array, bias: Array, slope: float | None) -> "Layer":
        """From a kernel (outputs, inputs, 3, 3) and (outputs,) biases."""
        factors = np.einsum("ft,oiyt->foyi", FILTER, kernel.astype(np.float64))
        shaped = factors.reshape(6, 1, kernel.shape[0], -1).astype(np.float32)
        return cls(shaped, bias.reshape(-1, 1).astype(np.float32), None if slope is None else np.float32(slope))

    @property
    def inputs(self) -> int:
        """Channels it takes."""
        return int(self.factors.shape[3]) // 3

    @property
    def outputs(self) -> int:
        """Channels it makes."""
        return int(self.factors.shape[2])


class Stack:
    """Layers one after the other, on pictures of one size, in memory that is used again.

    A few rows go through all layers before the next: what is on its way stays in a core's own cache, and whole maps
    of a layer never exist.
    """

    def __init__(self, layers: tuple[Layer, ...], size: tuple[int, int]) -> None:
        """`size` is the (height, width) of the picture; the first layer takes one channel."""
        self._size = size
        self.blocks = -(-(size[1] + 4) // (4 * _LANES)) * _LANES
        """Four columns each: those of a row of results, and some that are not part of it."""
        most = max(max(layer.inputs, layer.outputs) for layer in layers)
        self._rows = max(1, CHUNK // (most * self.blocks))
        chunk = self._rows * most * self.blocks
        self._steps = [_Step(layer, self.blocks) for layer in layers]
        self._turned = _lines(6, chunk + 2 * most * self.blocks)
        self._products, self._low = _lines(7, chunk), _lines(4, chunk)
        self._maps = [_lines(6, _LEAD + chunk) for _ in range(2)]
        self._picture = _lines(6, _LEAD + size[0] * self.blocks)
        self._result = np.zeros((4, size[0] - 2 * len(layers), layers[-1].outputs, self.blocks), np.float32)

    def __call__(self, picture: Array) -> Array:
        """(h, w) -> (4, h - 2 n, outputs, blocks) after n layers without padding: column 4 b + p at p and b.

        It is valid until the next call. Columns from w - 2 n on mean nothing.
        """
        high, wide = self._size
        padded = np.zeros((high, 4 * self.blocks), np.float32)
        padded[:, :wide] = picture
        self._picture[:4, _LEAD : _LEAD + high * self.blocks] = padded.reshape(-1, 4).T
        _see_next(self._picture, _LEAD, high * self.blocks)
        for step in self._steps:
            step.held = 0
        results = self._result.reshape(4, -1)
        for top in range(0, high, self._rows):
            bottom = min(top + self._rows, high)
            made = self._through(self._picture[:, _LEAD + top * self.blocks : _LEAD + bottom * self.blocks], results)
            results = results[:, made:]
        return self._result

    def _through(self, maps: Array, results: Array) -> int:
        """Take the next rows (6, rows * blocks) of the picture through all layers; how long the lines of results are.

        The first rows end in a layer that keeps them, as it needs three for a result.
        """
        *before, last = self._steps
        for number, step in enumerate(before):
            made, size = self._maps[number % 2], self._multiplied(step, maps)
            self._finished(step.layer, size, made[:4, _LEAD : _LEAD + size])
            _see_next(made, _LEAD, size)
            maps = made[:, _LEAD : _LEAD + size]
        size = self._multiplied(last, maps)
        self._finished(last.layer, size, results[:, :size])
        return size

    def _multiplied(self, step: "_Step", maps: Array) -> int:
        """The six products of the rows that `maps` completes, and the bias below them; how long these lines are."""
        layer, blocks = step.layer, self.blocks
        rows = step.turned(maps, self._turned) - 2
        if rows <= 0:
            return 0
        # Three rows of channels, one after the other, are the inner side of the product, read where they lie.
        shape, pitch = (6, rows, 3 * layer.inputs, blocks), layer.inputs * blocks
        strides = (self._turned.strides[0], 4 * pitch, 4 * blocks, 4)
        windows: Array = np.ndarray(shape, np.float32, self._turned, 0, strides)
        size = rows * layer.outputs * blocks
        lines = self._products[:, :size].reshape(7, rows, layer.outputs, blocks)
        np.matmul(layer.factors, windows, out=lines[:6])
        lines[6] = step.bias
        return size

    def _finished(self, layer: Layer, size: int, place: Array) -> None:
        """The results of such lines, in phases, (4, size)."""
        np.matmul(AFTER, self._products[:, :size], out=place)
        if layer.slope is not None:
            low = self._low[:, :size]
            np.multiply(place, layer.slope, out=low)
            np.maximum(place, low, out=place)


class _Step:
    """A layer, and the last rows that it was given: the next results look at them too."""

    def __init__(self, layer: Layer, blocks: int) -> None:
        self.layer = layer
        self.held = 0
        """Rows, two at most."""
        self.bias = layer.bias.repeat(blocks, axis=1)
        """(outputs, blocks)"""
        self._pitch = layer.inputs * blocks
        self._last = _lines(6, 2 * self._pitch)

    def turned(self, maps: Array, out: Array) -> int:
        """The rows that are held and those of `maps`, as products take them, to `out`; how many there are."""
        before = self.held * self._pitch
        out[:, :before] = self._last[:, :before]
        end = before + maps.shape[1]
        np.matmul(BEFORE, maps, out=out[:, before:end])
        rows: int = end // self._pitch
        self.held = min(2, rows)
        kept = self.held * self._pitch
        self._last[:, :kept] = out[:, end - kept : end]
        return rows


def _see_next(maps: Array, start: int, size: int) -> None:
    """Copy what was just written where the block before finds it: a line's sample is a column of the block before."""
    maps[4:, start - 1 : start + size - 1] = maps[:2, start : start + size]


def _lines(count: int, size: int) -> Array:
    """Zeros, (count, at least `size`), each line on a border of 64 bytes: sums take twice as long off it."""
    pitch = -(-size // 16) * 16
    room = np.zeros(count * pitch + 16, np.float32)
    start = -room.ctypes.data // 4 % 16
    return room[start : start + count * pitch].reshape(count, pitch)


def convolved_reference(picture: Array, kernels: list[tuple[Array, Array, float | None]]) -> NDArray[np.float64]:
    """`Stack` by its definition, in float64: what it is tested against. Kernels, biases, slopes as for `Layer.of`."""
    maps: NDArray[Any] = picture.astype(np.float64)[np.newaxis]
    for kernel, bias, slope in kernels:
        high, wide = maps.shape[1] - 2, maps.shape[2] - 2
        made = np.zeros((len(kernel), high, wide)) + bias[:, np.newaxis, np.newaxis]
        for row, col in np.ndindex(3, 3):
            made += np.tensordot(kernel[:, :, row, col], maps[:, row : row + high, col : col + wide], 1)
        maps = made if slope is None else np.maximum(made, slope * made)
    return maps.transpose(1, 0, 2)
