"""The network while it is trained, in PyTorch (the `train` extra), and its export to layers that NumPy runs.

It makes what is to be added to bicubic interpolation: a plain stack of 3x3 convolutions on luma, each followed by a
leaky ReLU, whose last layer makes the scale x scale results of every source pixel (a transposed convolution in its
sub-pixel form: W. Shi et al., arXiv 1609.05158 and 1609.07009).

While it learns, each convolution is a sum of branches that fold to one kernel: a 3x3, a 1x1 that widens followed by
a 3x3, and the identity (X. Zhang, H. Zeng, L. Zhang, Edge-oriented convolution block, ACM MM 2021). The kernels are
folded before every step and not after training (M. Hu et al., Online convolutional re-parameterization, CVPR 2022),
so the branches cost next to nothing. What is folded is kept alike for a picture and its mirror images (`alike`).
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from upscli.kernels import taps
from upscli.learned import alike, network
from upscli.learned.modelfile import Model
from upscli.learned.symmetry import Index
from upscli.learned.tiers import Tier
from upscli.learned.torch_alike import Alike

SLOPE = float(network.SLOPE)
TAPS = 5
"""Source pixels that bicubic interpolation may look at for the results of one pixel, along an axis."""


class Branches(nn.Module):
    """A 3x3 convolution in branches: (batch, inputs, h, w) -> (batch, outputs, h, w), zeros beyond the border."""

    def __init__(self, inputs: Index, outputs: Index, gain: float = 1.0) -> None:
        """`inputs`, `outputs`: where the turns of a picture move the channels (`alike`)."""
        super().__init__()
        count = inputs.shape[1], outputs.shape[1]
        order = len(inputs)
        # Of a block the results are no channels of before, even where there are as many.
        self.has_identity = np.array_equal(inputs, outputs)
        wide = alike.maps(-(-2 * max(count) // order) * order, order)
        self.straight = nn.Parameter(torch.empty(count[1], count[0], 3, 3))
        self.widen = nn.Parameter(torch.empty(wide.shape[1], count[0], 1, 1))
        self.narrow = nn.Parameter(torch.empty(count[1], wide.shape[1], 3, 3))
        self.bias = nn.Parameter(torch.zeros(count[1]))
        self.alike, self.alike_biases = Alike(outputs, inputs, 3), Alike(outputs, alike.luma(order), 1)
        _begin(self.straight, self.alike, 0.5 * gain)
        _begin(self.widen, Alike(wide, inputs, 1), 0.7)
        _begin(self.narrow, Alike(outputs, wide, 3), 0.3 * gain)

    def kernel(self) -> Tensor:
        """All branches as one kernel (outputs, inputs, 3, 3)."""
        # Channels last, as the convolutions want it, so that nothing is moved about.
        kernel = self.straight + (self.narrow.permute(0, 2, 3, 1) @ self.widen[..., 0, 0]).permute(0, 3, 1, 2)
        if self.has_identity:
            identity = torch.zeros_like(kernel)
            identity[range(len(kernel)), range(len(kernel)), 1, 1] = 1
            kernel = kernel + identity
        made: Tensor = self.alike(kernel)
        return made

    def biases(self) -> Tensor:
        """(outputs,)"""
        made: Tensor = self.alike_biases(self.bias.reshape(-1, 1, 1, 1))
        return made.reshape(-1)

    def take_over(self, kernel: NDArray[Any], bias: NDArray[Any]) -> None:
        """Become this convolution: the straight branch takes what the identity lacks, the other begins at 0.

        It may have fewer inputs and outputs. Its own outputs then take nothing from the inputs that it lacks, and the
        outputs that it lacks stay as they are: what it made is not changed by them until they are trained.
        """
        outputs, inputs = kernel.shape[:2]
        wanted = self.kernel().clone()
        wanted[:outputs] = 0
        wanted[:outputs, :inputs] = torch.from_numpy(kernel.astype(np.float32))
        self.narrow.zero_()
        self.straight.zero_()
        self.straight += wanted - self.kernel()
        self.bias[:outputs] = torch.from_numpy(bias.astype(np.float32))

    def forward(self, maps: Tensor) -> Tensor:
        """The convolution by `kernel()`."""
        return functional.conv2d(maps, self.kernel(), self.biases(), padding=1)


def _begin(weights: nn.Parameter, alike: Alike, share: float) -> None:
    """Random numbers that are alike, `share` times as large as is usual (K. He et al., arXiv 1502.01852)."""
    nn.init.kaiming_normal_(weights, a=SLOPE)
    with torch.no_grad():
        made = alike(weights)
        weights.copy_(made * (share * weights.norm() / made.norm()))


class Network(nn.Module):
    """Luma (batch, 1, h, w), white at 1 -> the result (batch, 1, scale h, scale w)."""

    def __init__(self, tier: Tier, scale: int) -> None:
        super().__init__()
        self.scale = scale
        maps = alike.maps(tier.channels, tier.alike)
        self.head = Branches(alike.luma(tier.alike), maps)
        # What a layer adds to the identity begins small, so that a deep stack begins as a shallow one.
        gain = 1.5 / tier.depth
        self.body = nn.ModuleList(Branches(maps, maps, gain) for _ in range(tier.depth))
        self.tail = Branches(maps, alike.block(scale, tier.alike), gain=0.05)
        self.register_buffer("bicubic", _bicubic_phases(scale), persistent=False)

    def forward(self, luma: Tensor) -> Tensor:
        """Bicubic interpolation, plus what the network adds."""
        with torch.autocast(luma.device.type, enabled=False):  # half precision would round by half a level
            base = functional.conv2d(luma, self.bicubic, padding=TAPS // 2)
        return functional.pixel_shuffle(base + self.detail(luma).float(), self.scale)

    def detail(self, luma: Tensor) -> Tensor:
        """What the network adds, (batch, scale * scale, h, w): phase (p, q) is channel scale p + q."""
        maps = functional.leaky_relu_(self.head(luma), SLOPE)
        for layer in self.body:
            maps = functional.leaky_relu_(layer(maps), SLOPE)
        return self.tail(maps)

    def take_over(self, model: Model) -> None:
        """Begin from a model file of no more channels and layers. What it lacks between first and last does nothing.

        The last layer is taken over if its scale is the same.
        """
        *first, last = range(len(model.header.layers))
        with torch.no_grad():
            for layer in self.body[len(first) - 1 :]:
                layer.take_over(*_nothing(len(layer.bias)))
            for layer, number in zip((self.head, *self.body), first, strict=False):
                layer.take_over(model.arrays[f"kernel{number}"], model.arrays[f"bias{number}"])
            if model.header.scale == self.scale:
                self.tail.take_over(model.arrays[f"kernel{last}"], model.arrays[f"bias{last}"])

    def folded(self) -> tuple[tuple[dict[str, Any], ...], dict[str, NDArray[Any]]]:
        """The layers and arrays of a model file, weights in half precision."""
        layers, arrays = [], {}
        with torch.no_grad():
            for number, layer in enumerate((self.head, *self.body, self.tail)):
                outputs, inputs = layer.straight.shape[:2]
                active = layer is not self.tail
                layers.append({"kind": "conv", "inputs": inputs, "outputs": outputs, "leaky": active})
                arrays[f"kernel{number}"] = layer.kernel().float().cpu().numpy().astype(np.float16)
                arrays[f"bias{number}"] = layer.biases().float().cpu().numpy().astype(np.float32)
        return tuple(layers), arrays


def _nothing(channels: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The convolution that leaves maps as they are: kernel and bias."""
    kernel = np.zeros((channels, channels, 3, 3), np.float32)
    kernel[range(channels), range(channels), 1, 1] = 1
    return kernel, np.zeros(channels, np.float32)


def _bicubic_phases(scale: int) -> Tensor:
    """Keys' cubic convolution as scale * scale small kernels (scale * scale, 1, TAPS, TAPS)."""
    middles = (np.arange(scale) + 0.5) / scale - 0.5
    line = taps.cubic(0.0, 0.5)(middles[:, np.newaxis] - (np.arange(TAPS) - TAPS // 2))
    both = np.einsum("pi,qj->pqij", line, line).reshape(scale * scale, 1, TAPS, TAPS)
    return torch.from_numpy(both.astype(np.float32))
