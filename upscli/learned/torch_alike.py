"""Keeps kernels alike for a picture and its mirror images while they are trained (`alike`)."""

from typing import Any

import torch
from torch import Tensor, nn

from upscli.learned.alike import families
from upscli.learned.symmetry import Index


class Alike(nn.Module):
    """Weights -> the nearest that are alike: the mean of each family. Gradients are treated so too."""

    def __init__(self, outputs: Index, inputs: Index, side: int) -> None:
        """Of kernels (outputs, inputs, side, side), given where turns move outputs and inputs."""
        super().__init__()
        members, of = families(outputs, inputs, side)
        self.register_buffer("members", torch.from_numpy(members), persistent=False)
        self.register_buffer("of", torch.from_numpy(of), persistent=False)

    def forward(self, weights: Tensor) -> Tensor:
        """Channels last, as convolutions want them: nothing is moved about."""
        made: Tensor = _Mean.apply(weights.permute(0, 2, 3, 1), self.members, self.of)
        return made.permute(0, 3, 1, 2)


class _Mean(torch.autograd.Function):
    """The mean of its family, for each weight. As a matrix it is symmetric, so gradients are treated the same way."""

    @staticmethod
    def forward(ctx: Any, weights: Tensor, members: Tensor, of: Tensor) -> Tensor:
        ctx.members, ctx.of = members, of
        return _mean(weights, members, of)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None, None]:
        return _mean(slopes[0], ctx.members, ctx.of), None, None


def _mean(weights: Tensor, members: Tensor, of: Tensor) -> Tensor:
    each = weights.reshape(-1).index_select(0, members.reshape(-1)).reshape(members.shape).mean(0)
    return each.index_select(0, of).reshape(weights.shape)
