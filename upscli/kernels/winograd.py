"""3x3 convolutions of many channels, by Winograd's minimal filtering along rows: F(4, 3).

Six products make four results of a three-tap filter, which takes twelve multiplications otherwise. (S. Winograd,
Arithmetic complexity of computations, 1980; A. Lavin, S. Gray, arXiv 1509.09308.) The three rows of a kernel and the
input channels are the inner side of a matrix product, so each product sums 3 x inputs numbers.

Maps lie in phases, (4, rows, channels, blocks): column 4 b + p is phase p of block b. Then every step is a sum of long
runs of memory; what a row's last block takes from the next row's first is not part of any result. On two rows of
numbers side by side NumPy takes a third of the time that it takes on pieces of them.
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
CHUNK = 1 << 17
"""Samples of a phase that are worked on at a time, about: with fewer, threads queue for the interpreter."""
TWO, FOUR = np.float32(2), np.float32(4)


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
        self._blocks = -(-size[1] // 4) + 1
        most = max(max(layer.inputs, layer.outputs) for layer in layers)
        # The last block of the last row has a neighbor, too.
        self._maps = [_lines(4, size[0] * most * self._blocks + 1) for _ in range(2)]
        self._rows = max(1, CHUNK // (most * self._blocks))
        chunk = (self._rows + 2) * most * self._blocks
        self._turned, self._made, self._spare = _lines(6, chunk), _lines(6, chunk), _lines(4, chunk)

    def __call__(self, picture: Array) -> Array:
        """(h, w) -> (h - 2 n, outputs, w - 2 n) after n layers without padding."""
        high, wide = self._size
        maps = self._phases(picture)
        for number, layer in enumerate(self._layers):
            made = self._maps[(number + 1) % 2]
            high -= 2
            for top in range(0, high, self._rows):
                self._layer(layer, maps, made, top, min(self._rows, high - top))
            maps = made
        outputs = self._layers[-1].outputs
        shaped = maps[:, : high * outputs * self._blocks].reshape(4, high, outputs, self._blocks)
        whole = np.empty((high, outputs, self._blocks, 4), np.float32)
        for phase in range(4):
            whole[..., phase] = shaped[phase]
        return whole.reshape(high, outputs, -1)[..., : wide - 2 * len(self._layers)]

    def _phases(self, picture: Array) -> Array:
        high, wide = self._size
        padded = np.zeros((high, 4 * self._blocks), np.float32)
        padded[:, :wide] = picture
        maps = self._maps[0]
        maps[:, : high * self._blocks] = padded.reshape(-1, 4).T
        return maps

    def _layer(self, layer: Layer, maps: Array, made: Array, top: int, rows: int) -> None:
        """`rows` rows of results from `top` on; the chunk above, if there is one, was made just before."""
        pitch, high = layer.inputs * self._blocks, self._rows
        turned = self._turned[:, : (rows + 2) * pitch]
        kept = 0
        if top:
            # The two rows that both chunks look at.
            kept = 2 * pitch
            turned[:, :kept] = self._turned[:, high * pitch : (high + 2) * pitch]
        held = slice(top * pitch + kept, (top + rows + 2) * pitch)
        _turn(maps, held, turned[:, kept:], self._spare[:2, : turned.shape[1] - kept])
        # Three rows of channels, one after the other, are the inner side of the product, read where they lie.
        shape = (6, rows, 3 * layer.inputs, self._blocks)
        windows = as_strided(turned, shape, (turned.strides[0], 4 * pitch, 4 * self._blocks, 4), writeable=False)
        size = rows * layer.outputs * self._blocks
        product = self._made[:, :size].reshape(6, rows, layer.outputs, self._blocks)
        np.matmul(layer.factors, windows, out=product)
        product[1] += layer.bias  # the one product that every result takes once
        place = made[:, top * layer.outputs * self._blocks :][:, :size]
        _turn_back(self._made[:, :size], place, self._spare[:, :size])
        if layer.slope is not None:
            low = self._made[:4, :size]
            np.multiply(place, layer.slope, out=low)
            np.maximum(place, low, out=place)


def _lines(count: int, size: int) -> Array:
    """Zeros, (count, at least `size`), each line on a border of 64 bytes: sums take twice as long off it."""
    pitch = -(-size // 16) * 16
    room = np.zeros(count * pitch + 16, np.float32)
    start = -room.ctypes.data // 4 % 16
    return room[start : start + count * pitch].reshape(count, pitch)


def _turn(maps: Array, held: slice, out: Array, spare: Array) -> None:
    """Six columns at every fourth -> what the six factors are multiplied by: Lavin and Gray's B."""
    first, second, third, fourth = maps[:, held]
    after = slice(held.start + 1, held.stop + 1)
    fifth, sixth = maps[0, after], maps[1, after]
    even, odd = spare
    np.multiply(third, FOUR, out=even)
    np.subtract(fifth, even, out=even)
    np.multiply(second, FOUR, out=odd)
    np.subtract(fourth, odd, out=odd)
    np.add(even, odd, out=out[1])
    np.subtract(even, odd, out=out[2])
    np.subtract(fifth, third, out=even)
    np.subtract(fourth, second, out=odd)
    odd *= TWO
    np.add(even, odd, out=out[3])
    np.subtract(even, odd, out=out[4])
    np.subtract(first, third, out=out[0])
    out[0] *= FOUR
    out[0] += even
    odd *= TWO
    np.subtract(sixth, fourth, out=out[5])
    out[5] -= odd


def _turn_back(made: Array, out: Array, spare: Array) -> None:
    """Six products -> four results: Lavin and Gray's A."""
    sums, differences = spare[:2], spare[2:4]
    np.add(made[1:5:2], made[2:5:2], out=sums)
    np.subtract(made[1:5:2], made[2:5:2], out=differences)
    np.add(made[0], sums[0], out=out[0])
    out[0] += sums[1]
    sums[1] *= FOUR
    np.add(sums[0], sums[1], out=out[2])
    differences[1] *= TWO
    np.add(differences[0], differences[1], out=out[1])
    differences[1] *= FOUR
    np.add(differences[0], differences[1], out=out[3])
    out[3] += made[5]


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
