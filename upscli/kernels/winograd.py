"""3x3 convolutions of many channels, by Winograd's minimal filtering along rows: F(4, 3).

Six products make four results of a three-tap filter, which takes twelve multiplications otherwise. (S. Winograd,
Arithmetic complexity of computations, 1980; A. Lavin, S. Gray, arXiv 1509.09308.) The three rows of a kernel and the
input channels are the inner side of a matrix product, so each product sums 3 x inputs numbers.

Maps lie in phases, (6, rows, channels, blocks): column 4 b + p is phase p of block b, and the last two lines are the
first two of the next block. So the six columns that a block looks at are one column of a matrix, and the sums before
and after the products are matrix products too: a fifth of the time that NumPy takes for them one by one, in calls so
long that threads do not queue for the interpreter. What a row's last block takes from the next row's first is not part
of any result.

Networks that treat a picture and its mirror image alike need half of the products. Their channels come in pairs, of
which one sees in the picture what the other sees in it upside down. The sum of a pair is even: turned upside down with
the picture, it is as before; the difference is odd, its sign changes. Even results are made of the sums of the rows
above and below and of the rows between of what is even, and of the differences above and below of what is odd, each
by half of the channels; odd results the other way round. (T. Cohen, M. Welling, ICML 2016, for the symmetry; the parts
are its irreducible representations.) A line of maps is then two, a pair's one channel and its other, half as long.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.kernels.winograd_layers import Array, Layer
from upscli.kernels.winograd_steps import PAIR, ROWS, Parted, Plain, lines_of

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


class Stack:
    """Layers one after the other, on pictures of one size, in memory that is used again.

    A few rows go through all layers before the next: what is on its way stays in a core's own cache, and whole maps
    of a layer never exist.
    """

    def __init__(self, layers: tuple[Layer, ...], size: tuple[int, int]) -> None:
        """`size` is the (height, width) of the picture; the first layer takes one channel. All have as many parts."""
        self._size, parts = size, layers[0].parts
        self.blocks = -(-(size[1] + 4) // (4 * _LANES)) * _LANES
        """Four columns each: those of a row of results, and some that are not part of it."""
        most = max(max(layer.inputs, layer.outputs) for layer in layers) * self.blocks
        self._rows = max(1, CHUNK // most) if parts == 1 else ROWS
        self._high = size[0] if parts == 1 else -(-size[0] // ROWS) * ROWS
        chunk = self._rows * most
        kind, room = (Plain, lines_of(6, chunk + 2 * most)) if parts == 1 else (Parted, lines_of(6, 6 * chunk))
        self._steps: list[Plain | Parted] = [kind(layer, self.blocks, room) for layer in layers]
        self._after = AFTER if parts == 1 else np.kron(AFTER, PAIR)
        self._products = lines_of(7 * parts, chunk)
        self._low = room.reshape(-1)[: 4 * parts * chunk]
        self._maps = lines_of(6 * parts, _LEAD + chunk)
        self._picture = lines_of(6 * parts, _LEAD + self._high * self.blocks)
        shape = (4, parts, self._high - 2 * len(layers), layers[-1].outputs, self.blocks)
        self._result = np.zeros(shape, np.float32)

    def __call__(self, picture: Array) -> Array:
        """(h, w) -> (4, parts, h - 2 n, outputs, blocks) after n layers without padding: column 4 b + p at p and b.

        Outputs in two parts are in the order of `pairs`. The result is valid until the next call. Columns from
        w - 2 n on mean nothing.
        """
        high, wide = self._size
        padded = np.zeros((self._high, 4 * self.blocks), np.float32)
        padded[:high, :wide] = picture
        phases = padded.reshape(-1, 4).T.repeat(self._result.shape[1], axis=0)
        self._picture[: len(phases), _LEAD : _LEAD + phases.shape[1]] = phases
        _see_next(self._picture, _LEAD, phases.shape[1])
        for step in self._steps:
            step.restart()
        results = self._result.reshape(len(phases), -1)
        for top in range(0, self._high, self._rows):
            bottom = min(top + self._rows, self._high)
            made = self._through(self._picture[:, _LEAD + top * self.blocks : _LEAD + bottom * self.blocks], results)
            results = results[:, made:]
        return self._result[:, :, : high - 2 * len(self._steps)]

    def _through(self, maps: Array, results: Array) -> int:
        """Take the next rows (6 parts, rows * blocks) of the picture through all layers; how long the results are.

        The first rows end in a layer that keeps them, as it needs three for a result.
        """
        *before, last = self._steps
        for step in before:
            made, size = self._maps, step.multiplied(maps, self._products)
            self._finished(step.layer, size, made[: len(self._after), _LEAD : _LEAD + size])
            _see_next(made, _LEAD, size)
            maps = made[:, _LEAD : _LEAD + size]
        size = last.multiplied(maps, self._products)
        self._finished(last.layer, size, results[:, :size])
        return size

    def _finished(self, layer: Layer, size: int, place: Array) -> None:
        """The results of such products, in phases, (4 parts, size)."""
        np.matmul(self._after, self._products[:, :size], out=place)
        if layer.slope is not None:
            low = self._low[: place.size].reshape(place.shape)
            np.multiply(place, layer.slope, out=low)
            np.maximum(place, low, out=place)


def _see_next(maps: Array, start: int, size: int) -> None:
    """Copy what was just written where the block before finds it: a line's sample is a column of the block before."""
    third = len(maps) // 3
    maps[2 * third :, start - 1 : start + size - 1] = maps[:third, start : start + size]


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
