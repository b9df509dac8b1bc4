"""Muon: momentum whose matrices are made orthogonal before they move the weights (K. Jordan et al., 2024)."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic that drives singular values towards 1, by its authors."""
ROUNDS = 5


class Muon(torch.optim.Optimizer):
    """For weights of two dimensions and more, all but the first of which are taken as one.

    Weights of one shape move together: a stack of small matrices costs much less than each by itself.
    """

    def __init__(self, weights: Iterable[Tensor], lr: float, momentum: float = 0.95) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """Move the weights; Nesterov's momentum, steps as long as Adam's (J. Liu et al., arXiv 2502.16982)."""
        for group in self.param_groups:
            for alike in _by_shape(group["params"]):
                slopes = torch.stack([weights.grad.reshape(len(weights), -1) for weights in alike])
                held = self.state[alike[0]].setdefault("momentum", torch.zeros_like(slopes))
                held.lerp_(slopes, 1 - group["momentum"])
                moves = orthogonal(slopes.lerp_(held, group["momentum"]))
                length = 0.2 * max(moves.shape[1:]) ** 0.5
                for weights, move in zip(alike, moves, strict=True):
                    weights.add_(move.reshape(weights.shape), alpha=-group["lr"] * length)


def _by_shape(weights: Iterable[Tensor]) -> list[list[Tensor]]:
    """The weights, those of the same shape together."""
    alike: dict[torch.Size, list[Tensor]] = {}
    for one in weights:
        alike.setdefault(one.shape, []).append(one)
    return list(alike.values())


def orthogonal(matrices: Tensor) -> Tensor:
    """Matrices (n, rows, columns) with all their singular values moved near 1, by Newton-Schulz iterations.

    In bfloat16, as its authors do it: the iterations correct what they round.
    """
    a, b, c = COEFFICIENTS
    lengths = matrices.flatten(1).norm(dim=1)[:, None, None]
    made = (matrices / (lengths + 1e-7)).to(torch.bfloat16)
    tall = made.shape[1] > made.shape[2]
    made = made.mT if tall else made
    for _ in range(ROUNDS):
        square = made @ made.mT
        made = torch.baddbmm(made, torch.baddbmm(square, square, square, beta=b, alpha=c), made, beta=a)
    return (made.mT if tall else made).to(matrices.dtype)
