"""Networks on NumPy alone: a model file's list of layers, checked and made ready.

The layers are 3x3 convolutions without padding, so every one takes a pixel off each side; the last makes
scale x scale results of every pixel, which are moved into blocks (depth-to-space).
"""

from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import ModelError
from upscli.kernels.winograd import Stack
from upscli.kernels.winograd_layers import Layer, pairs
from upscli.learned import alike
from upscli.learned.luma import LumaModel
from upscli.learned.modelfile import Model
from upscli.learned.symmetry import Index

Array = NDArray[np.float32]

SLOPE = 0.1
"""Of the leaky ReLU for negative numbers."""
MOST_CHANNELS = 1024
_WORTH_PARTING = 40
"""Channels. Networks of fewer take longer in two parts (`kernels.winograd`) than the products that they save."""


def ready(model: Model) -> LumaModel:
    """The network of a model file. Raises ModelError if its layers do not fit each other or the arrays."""
    scale, reach, layers = model.header.scale, model.header.reach, model.header.layers
    _check(model)
    if layers[-1]["outputs"] != scale * scale:
        raise ModelError(f"the last layer makes {layers[-1]['outputs']} results, and scale {scale} needs {scale**2}")
    if reach != len(layers):
        raise ModelError(f"{len(layers)} layers look {len(layers)} pixels far, and the header says {reach}")
    return LumaModel(scale, reach, _Detail(model))


KNOTS = np.linspace(0.0, 1.0, 257)
"""Levels at which it is known what a network adds to an area of that level."""
LEVELS = 1 << 14
"""Steps from black to white for which it is looked up; a picture's levels are taken to the nearest."""


def flat(model: Model) -> NDArray[np.float64]:
    """What the layers make of areas of one level: (results of a pixel, levels of `KNOTS`).

    On such areas maps are constant, so that a convolution is the sum of its kernel.
    """
    maps = KNOTS[np.newaxis]
    for number, layer in enumerate(model.header.layers):
        kernel, bias = (model.arrays[f"{name}{number}"].astype(np.float64) for name in ("kernel", "bias"))
        maps = kernel.sum((2, 3)) @ maps + bias[:, np.newaxis]
        maps = np.maximum(maps, SLOPE * maps) if layer["leaky"] else maps
    return maps


class _Detail:
    """Luma (h + 2 n, w + 2 n) of n layers -> what they add to bicubic's, (scale h, scale w).

    To areas of one level a trained network adds some hundredths of a level. That is taken off, so that they stay what
    they are to the last of 16 bits.
    """

    def __init__(self, model: Model) -> None:
        moved = _parting(model)
        self._layers, self._scale = _layers(model, moved), model.header.scale
        steps = np.linspace(0.0, 1.0, LEVELS + 1)
        self._flat = [np.interp(steps, KNOTS, phase).astype(np.float32) for phase in flat(model)]
        of_parts = np.arange(len(self._flat))[np.newaxis] if moved is None else pairs(moved[-1])
        self._places = [tuple(np.argwhere(of_parts == phase)[0]) for phase in range(len(self._flat))]
        """Part and number of the output that is each result of a pixel."""
        self._kept = local()

    def __call__(self, luma: Array) -> Array:
        stack = self._stack(luma.shape)
        maps = stack(luma)
        scale, cut = self._scale, len(self._layers)
        high, wide = luma.shape[0] - 2 * cut, luma.shape[1] - 2 * cut
        levels = np.zeros((high, stack.blocks, 4), np.intp)
        middle = luma[cut : cut + high, cut : cut + wide] * np.float32(LEVELS)
        # These take the bound for what is no number; the result tells that it is none.
        np.fmax(np.fmin(middle, LEVELS, out=middle), 0, out=middle)
        levels.reshape(high, -1)[:, :wide] = np.rint(middle, out=middle)
        out = np.empty((high, scale, stack.blocks, 4, scale), np.float32)
        for column in range(4):
            level = levels[..., column].copy()
            for phase, of_flat in enumerate(self._flat):
                added = of_flat.take(level)
                part, number = self._places[phase]
                np.subtract(maps[column, part, :, number], added, out=added)
                out[:, phase // scale, :, column, phase % scale] = added
        return out.reshape(high * scale, -1)[:, : wide * scale]

    def _stack(self, size: tuple[int, ...]) -> Stack:
        """The memory of the tile before, if it was of this size: each thread has its own."""
        if getattr(self._kept, "size", None) != size:
            self._kept.stack = None  # no two at a time
            self._kept.size, self._kept.stack = size, Stack(self._layers, (size[0], size[1]))
        stack: Stack = self._kept.stack
        return stack


def _check(model: Model) -> None:
    """Raises ModelError if the layers are not such as `_layers` takes."""
    channels = 1
    for number, layer in enumerate(model.header.layers):
        try:
            channels = _checked(model, number, layer, channels)
        except ModelError as error:
            raise ModelError(f"layer {number + 1}: {error}") from None
    if not model.header.layers:
        raise ModelError("it is a network without layers")


def _checked(model: Model, number: int, layer: Any, channels: int) -> int:
    """How many channels a layer makes of so many."""
    if set(layer) != {"kind", "inputs", "outputs", "leaky"} or layer["kind"] != "conv":
        raise ModelError("it is of a kind that this upscli does not know")
    inputs, outputs = layer["inputs"], layer["outputs"]
    if type(inputs) is not int or type(outputs) is not int or not 1 <= outputs <= MOST_CHANNELS:
        raise ModelError(f"it has {outputs!r:.20} outputs, not a whole number from 1 to {MOST_CHANNELS}")
    if inputs != channels:
        raise ModelError(f"it expects {inputs} channels and gets {channels}")
    model.array(f"kernel{number}", (outputs, inputs, 3, 3))
    model.array(f"bias{number}", (outputs,))
    return outputs


def _parting(model: Model) -> list[Index] | None:
    """`alike.moved` of a network that is worked on in two parts."""
    widest = max(layer["outputs"] for layer in model.header.layers)
    return alike.moved(model) if widest >= _WORTH_PARTING else None


def _layers(model: Model, moved: list[Index] | None) -> tuple[Layer, ...]:
    """In two parts, if `moved` tells where turning upside down moves the channels."""
    made = []
    for number, layer in enumerate(model.header.layers):
        kernel, bias = model.arrays[f"kernel{number}"], model.arrays[f"bias{number}"]
        slope = SLOPE if layer["leaky"] else None
        if moved is None:
            made.append(Layer.of(kernel, bias, slope))
        else:
            made.append(Layer.mirrored(kernel, bias, slope, (moved[number + 1], moved[number])))
    return tuple(made)
