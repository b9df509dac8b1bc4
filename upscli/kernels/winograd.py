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
from numpy.lib.stride_tricks import as_strided
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
    """Layers one after the other, on pictures of one size, in memory that is used again."""

    def __init__(self, layers: tuple[Layer, ...], size: tuple[int, int]) -> None:
        """`size` is the (height, width) of the picture; the first layer takes one channel."""
        self._layers, self._size = layers, size
        self.blocks = -(-(size[1] + 4) // (4 * _LANES)) * _LANES
        """Four columns each: those of a row of results, and some that are not part of it."""
        most = max(max(layer.inputs, layer.outputs) for layer in layers)
        self._maps = [_lines(6, _LEAD + size[0] * most * self.blocks) for _ in range(2)]
        self._rows = max(1, CHUNK // (most * self.blocks))
        chunk = (self._rows + 2) * most * self.blocks
        self._turned, self._made, self._low = _lines(6, chunk), _lines(7, chunk), _lines(4, chunk)

    def __call__(self, picture: Array) -> Array:
        """(h, w) -> (4, h - 2 n, outputs, blocks) after n layers without padding: column 4 b + p at p and b.

        It is valid until the next call. Columns from w - 2 n on mean nothing.
        """
        high, wide = self._size
        padded = np.zeros((high, 4 * self.blocks), np.float32)
        padded[:, :wide] = picture
        self._maps[0][:4, _LEAD : _LEAD + high * self.blocks] = padded.reshape(-1, 4).T
        _see_next(self._maps[0], _LEAD, high * self.blocks)
        for number, layer in enumerate(self._layers):
            maps, made = self._maps[number % 2], self._maps[(number + 1) % 2]
            high -= 2
            self._begin(layer)
            for top in range(0, high, self._rows):
                self._layer(layer, maps, made, top, min(self._rows, high - top))
        outputs = self._layers[-1].outputs
        return made[:4, _LEAD : _LEAD + high * outputs * self.blocks].reshape(4, high, outputs, self.blocks)

    def _begin(self, layer: Layer) -> None:
        """The bias of a chunk is a line like the products."""
        size = self._rows * layer.outputs * self.blocks
        self._made[6, :size].reshape(self._rows, layer.outputs, self.blocks)[...] = layer.bias

    def _layer(self, layer: Layer, maps: Array, made: Array, top: int, rows: int) -> None:
        """`rows` rows of results from `top` on; the chunk above, if there is one, was made just before."""
        pitch, high = layer.inputs * self.blocks, self._rows
        turned = self._turned[:, : (rows + 2) * pitch]
        kept = 0
        if top:
            # The two rows that both chunks look at.
            kept = 2 * pitch
            turned[:, :kept] = self._turned[:, high * pitch : (high + 2) * pitch]
        held = maps[:, _LEAD + top * pitch + kept : _LEAD + (top + rows + 2) * pitch]
        np.matmul(BEFORE, held, out=turned[:, kept:])
        # Three rows of channels, one after the other, are the inner side of the product, read where they lie.
        shape = (6, rows, 3 * layer.inputs, self.blocks)
        windows = as_strided(turned, shape, (turned.strides[0], 4 * pitch, 4 * self.blocks, 4), writeable=False)
        size, start = rows * layer.outputs * self.blocks, _LEAD + top * layer.outputs * self.blocks
        product = self._made[:6, :size].reshape(6, rows, layer.outputs, self.blocks)
        np.matmul(layer.factors, windows, out=product)
        place = made[:4, start : start + size]
        np.matmul(AFTER, self._made[:, :size], out=place)
        if layer.slope is not None:
            low = self._low[:, :size]
            np.multiply(place, layer.slope, out=low)
            np.maximum(place, low, out=place)
        _see_next(made, start, size)


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
