"""Networks on NumPy alone: the forward pass of a plain list of layers.

The layers are 3x3 convolutions without padding, so every one takes a pixel off each side; the last makes
scale x scale results of every pixel, which are moved into blocks (depth-to-space).
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from upscli.errors import ModelError
from upscli.learned.luma import LumaModel
from upscli.learned.modelfile import Model

Array = NDArray[np.float32]

SLOPE = np.float32(0.1)
"""Of the leaky ReLU for negative numbers."""
MOST_CHANNELS = 1024


@dataclass(frozen=True, eq=False)
class Convolution:
    """One layer."""

    weights: Array
    """(outputs, 9 * inputs): row, column, input channel."""
    bias: Array
    """(outputs, 1)"""
    leaky: bool
    """A leaky ReLU follows."""


def ready(model: Model) -> LumaModel:
    """The network of a model file. Raises ModelError if its layers do not fit each other or the arrays."""
    scale, layers = model.header.scale, _layers(model)
    if len(layers[-1].weights) != scale * scale:
        raise ModelError(f"the last layer makes {len(layers[-1].weights)} results, and scale {scale} needs {scale**2}")
    if model.header.reach < len(layers):
        raise ModelError(f"{len(layers)} layers look {len(layers)} pixels far, and the header says {model.header.reach}")
    cut = model.header.reach - len(layers)

    def detail(luma: Array) -> Array:
        return forward(luma[cut : len(luma) - cut, cut : luma.shape[1] - cut], layers, scale)

    return LumaModel(scale, model.header.reach, detail)


def _layers(model: Model) -> tuple[Convolution, ...]:
    made, channels = [], 1
    for number, layer in enumerate(model.header.layers):
        where = f"layer {number + 1}"
        if set(layer) != {"kind", "inputs", "outputs", "leaky"} or layer["kind"] != "conv":
            raise ModelError(f"{where} is of a kind that this upscli does not know")
        inputs, outputs = layer["inputs"], layer["outputs"]
        if type(inputs) is not int or type(outputs) is not int or not 1 <= outputs <= MOST_CHANNELS:
            raise ModelError(f"{where} has {outputs!r:.20} outputs, not a whole number from 1 to {MOST_CHANNELS}")
        if inputs != channels:
            raise ModelError(f"{where} expects {inputs} channels and gets {channels}")
        kernel = model.array(f"kernel{number}", (outputs, inputs, 3, 3)).transpose(0, 2, 3, 1)
        bias = model.array(f"bias{number}", (outputs,)).reshape(outputs, 1)
        made.append(Convolution(np.ascontiguousarray(kernel).reshape(outputs, -1), bias, bool(layer["leaky"])))
        channels = outputs
    if not made:
        raise ModelError("it is a network without layers")
    return tuple(made)


def forward(luma: Array, layers: tuple[Convolution, ...], scale: int) -> Array:
    """(h + 2 n, w + 2 n), n layers -> (scale h, scale w), float32."""
    maps = luma[:, np.newaxis, :]
    for layer in layers:
        maps = convolved(maps, layer)
    high, _, wide = maps.shape
    return maps.reshape(high, scale, scale, wide).transpose(0, 1, 3, 2).reshape(high * scale, wide * scale)


def convolved(maps: Array, layer: Convolution) -> Array:
    """(h, inputs, w) -> (h - 2, outputs, w - 2), float32."""
    high, channels, wide = maps.shape
    laid = np.empty((high, 3, channels, wide - 2), np.float32)
    for shift in range(3):
        laid[:, shift] = maps[:, :, shift : shift + wide - 2]
    # Three rows, each in three places, lie one after the other: the windows are read where they are.
    windows = as_strided(laid, (high - 2, 9 * channels, wide - 2), (laid.strides[0], laid.strides[2], 4), writeable=False)
    made = np.matmul(layer.weights, windows)
    made += layer.bias
    if layer.leaky:
        np.maximum(made, made * SLOPE, out=made)
    return made
