"""Kernels that treat a picture and its mirror images alike: which of their weights are the same.

Channels come in eights: what the first of them sees in a picture, the others see in the picture mirrored and turned. So
a network makes of a turned picture what it makes of the picture, turned; and a kernel that learns an edge learns it in
all directions, from eight times as many examples. (T. Cohen, M. Welling, Group equivariant convolutional networks, ICML
2016.) Networks of few channels do better in fours, for pictures that are only mirrored. Training keeps kernels so; to
use them nothing must be known of it, but they are faster if it is (`kernels.winograd`).

`order` is 8, or 4 without those turns of `symmetry.turns` that transpose.
"""

from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from upscli.learned.modelfile import Model
from upscli.learned.symmetry import Index, turns

_UPSIDE_DOWN = 2
"""Among `symmetry.turns`."""
_ROUNDED = 2e-3
"""How much weights that are the same may differ, as a share of the largest: files hold them in half precision."""


class Families(NamedTuple):
    """The weights of a kernel, in the order (outputs, side, side, inputs), those that are the same together."""

    members: Index
    """(order, families): their places. A smaller family names some twice."""
    of: Index
    """(weights,): the family of each."""


def luma(order: int) -> Index:
    """Where each turn of a picture moves its one channel: (order, 1)."""
    return np.zeros((order, 1), np.intp)


@cache
def maps(channels: int, order: int) -> Index:
    """The same of maps, (order, channels): channel `order` f + t moves to `order` f + (that turn after t).

    Raises ValueError if the channels are no multiple of `order`.
    """
    if channels % order:
        raise ValueError(f"{channels} channels are no multiple of {order}")
    squares = turns(3)[:order]
    numbers = {square.tobytes(): turn for turn, square in enumerate(squares)}
    after = np.array([[numbers[first[second].tobytes()] for first in squares] for second in squares])
    group, turn = np.divmod(np.arange(channels), order)
    moved: Index = order * group + after[:, turn]
    return moved


def block(scale: int, order: int) -> Index:
    """The same of the results of a pixel, (order, scale * scale)."""
    return np.argsort(turns(scale)[:order], axis=1)


def families(outputs: Index, inputs: Index, side: int) -> Families:
    """Of a kernel (outputs, inputs, side, side), given where turns move its outputs and inputs."""
    order = len(outputs)
    taps = np.argsort(turns(side)[:order], axis=1)[:, np.newaxis, :, np.newaxis]
    rows, cols = outputs[:, :, np.newaxis, np.newaxis], inputs[:, np.newaxis, np.newaxis]
    turned = ((rows * side**2 + taps) * inputs.shape[1] + cols).reshape(order, -1)
    first, of = np.unique(turned.min(axis=0), return_inverse=True)
    return Families(turned[:, first], of.ravel())


def holds(model: Model, order: int) -> bool:
    """Whether the kernels of a network, which are a picture's, then maps', then a block's, are such."""
    moved = luma(order)
    for number, layer in enumerate(model.header.layers):
        last = number == len(model.header.layers) - 1
        if not last and layer["outputs"] % order:
            return False
        after = block(model.header.scale, order) if last else maps(layer["outputs"], order)
        kernel: NDArray[np.float32] = model.arrays[f"kernel{number}"].astype(np.float32)
        weights = kernel.transpose(0, 2, 3, 1).ravel()
        spread = np.ptp(weights[families(after, moved, kernel.shape[2]).members], axis=0)
        if spread.max() > _ROUNDED * np.abs(weights).max():
            return False
        moved = after
    return True


def moved(model: Model) -> list[Index] | None:
    """Where turning the picture upside down moves its one channel, and then those of each layer.

    None if the kernels of a network are not alike for that, to the last bit.
    """
    layers = model.header.layers
    if any(layer["outputs"] % 4 for layer in layers[:-1]):
        return None
    made = [luma(4), *(maps(layer["outputs"], 4) for layer in layers[:-1]), block(model.header.scale, 4)]
    places = [each[_UPSIDE_DOWN] for each in made]
    for number, (inputs, outputs) in enumerate(pairwise(places)):
        kernel, bias = model.arrays[f"kernel{number}"], model.arrays[f"bias{number}"]
        turned = kernel[outputs][:, inputs][:, :, ::-1]
        if not (np.array_equal(turned, kernel) and np.array_equal(bias[outputs], bias)):
            return None
    return places
