"""The products of `winograd`: a layer, with the last rows that it was given, as the next results look at them too."""

import numpy as np

from upscli.kernels.winograd_layers import Array, Layer

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
PAIR = np.array([[1, 1], [1, -1]], np.float32)
"""The channels of a pair -> sum and difference, the even and the odd part; and halves of such parts -> a pair."""
NEAR = np.array([[[1, 0, 1], [0, 1, 0], [-1, 0, 1]], [[-1, 0, 1], [1, 0, 1], [0, 1, 0]]], np.float32)
"""The rows above, at and below a result, of the even and of the odd part -> their sum, middle and difference, in such
an order that every other one of the two parts' lies where the even results' products look for it."""
ROWS = 2
"""The same, in rows, of two parts: then it is always the last four that results are made of."""


class Plain:
    """A layer of one part, and the last rows that it was given: the next results look at them too."""

    def __init__(self, layer: Layer, blocks: int, room: Array) -> None:
        """`room` is for all steps."""
        self.layer, self._blocks, self._turned = layer, blocks, room
        self._held = 0
        """Rows, two at most."""
        self._bias = layer.bias.repeat(blocks, axis=3)
        self._pitch = layer.inputs * blocks
        self._last = lines_of(6, 2 * self._pitch)

    def restart(self) -> None:
        """Another picture begins."""
        self._held = 0

    def multiplied(self, maps: Array, products: Array) -> int:
        """The six products of the rows that `maps` completes, and the bias below them; how long these lines are."""
        rows = self._turn(maps) - 2
        if rows <= 0:
            return 0
        # Three rows of channels, one after the other, are the inner side of the product, read where they lie.
        line, shape = self._turned.strides[0], (6, 1, rows, 3 * self.layer.inputs, self._blocks)
        windows = _seen(self._turned, shape, (line, line, 4 * self._pitch, 4 * self._blocks, 4))
        size = rows * self.layer.outputs * self._blocks
        made = products[:, :size].reshape(7, 1, rows, self.layer.outputs, self._blocks)
        np.matmul(self.layer.factors, windows, out=made[:6])
        made[6] = self._bias
        return size

    def _turn(self, maps: Array) -> int:
        """The rows that are held and those of `maps`, as products take them; how many there are."""
        out, held = self._turned, self._held * self._pitch
        out[:, :held] = self._last[:, :held]
        end = held + maps.shape[1]
        np.matmul(BEFORE, maps, out=out[:, held:end])
        rows: int = end // self._pitch
        self._held = min(2, rows)
        kept = self._held * self._pitch
        self._last[:, :kept] = out[:, end - kept : end]
        return rows


class Parted:
    """The same of two parts, which is given `ROWS` rows at a time. The last four, as products take them, are a ring."""

    def __init__(self, layer: Layer, blocks: int, room: Array) -> None:
        """`room` is for all steps."""
        self.layer = layer
        self._given = 0
        self._bias = layer.bias.repeat(ROWS, axis=1).repeat(blocks, axis=3)
        self._length = ROWS * layer.inputs * blocks
        self._ring = lines_of(12, 2 * self._length)
        self._turn = np.kron(BEFORE, PAIR)
        near = np.concatenate([np.pad(NEAR, ((0, 0), (0, 0), sides)) for sides in ((0, 1), (1, 0))], axis=1)
        self._near_of = (near[:, np.newaxis], np.roll(near, 2, axis=2)[:, np.newaxis])
        """With the earlier rows in the ring's first half, and in its second."""
        # Of six rows in `room`, which are two results' sums, middles and differences, each part has every other one.
        line, place, pitch = self._ring.strides[0], room.strides[0], 4 * layer.inputs * blocks
        self._four = _seen(self._ring, (2, 6, 4, layer.inputs * blocks), (line, 2 * line, pitch, 4))
        self._near = _seen(room, (2, 6, 6, layer.inputs * blocks), (pitch, place, 2 * pitch, 4))
        shape, strides = (6, 2, ROWS, 3 * layer.inputs, blocks), (place, 3 * pitch, 6 * pitch, 4 * blocks, 4)
        self._windows = _seen(room, shape, strides)

    def restart(self) -> None:
        """Another picture begins."""
        self._given = 0

    def multiplied(self, maps: Array, products: Array) -> int:
        """The products of the rows that `maps` completes, and the bias below them; how long these lines are."""
        if not maps.size:
            return 0
        newer = self._given % 2
        np.matmul(self._turn, maps, out=self._ring[:, newer * self._length : (newer + 1) * self._length])
        self._given += 1
        if self._given == 1:
            return 0
        np.matmul(self._near_of[1 - newer], self._four, out=self._near)
        size = int(self._bias[0].size)
        made = products[:, :size].reshape(7, *self._bias.shape)
        np.matmul(self.layer.factors, self._windows, out=made[:6])
        made[6] = self._bias
        return size


def _seen(lines: Array, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """Memory of `lines` from its beginning, seen in another way; strides are bytes."""
    return np.ndarray(shape, np.float32, lines, 0, strides)


def lines_of(count: int, size: int) -> Array:
    """Zeros, (count, at least `size`), each line on a border of 64 bytes: sums take twice as long off it."""
    pitch = -(-size // 16) * 16
    room = np.zeros(count * pitch + 16, np.float32)
    start = -room.ctypes.data // 4 % 16
    return room[start : start + count * pitch].reshape(count, pitch)
