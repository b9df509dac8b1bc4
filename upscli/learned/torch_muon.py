"""Muon: momentum whose matrices are made orthogonal before they move the weights (K. Jordan et al., 2024)."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic that drives singular values towards 1, by its authors."""
ROUNDS = 5


class Muon(torch.optim.Optimizer):
    """For weights of two dimensions and more, all but the first of which are taken as one."""

    def __init__(self, weights: Iterable[Tensor], lr: float, momentum: float = 0.95) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """Move the weights; Nesterov's momentum, steps as long as Adam's (J. Liu et al., arXiv 2502.16982)."""
        for group in self.param_groups:
            for weights in group["params"]:
                held = self.state[weights].setdefault("momentum", torch.zeros_like(weights))
                held.lerp_(weights.grad, 1 - group["momentum"])
                move = weights.grad.lerp(held, group["momentum"])
                matrix = orthogonal(move.reshape(len(move), -1))
                length = 0.2 * max(matrix.shape) ** 0.5
                weights.add_(matrix.reshape(weights.shape), alpha=-group["lr"] * length)


def orthogonal(matrix: Tensor) -> Tensor:
    """The matrix with all its singular values moved near 1, by Newton-Schulz iterations."""
    a, b, c = COEFFICIENTS
    made = matrix / (matrix.norm() + 1e-7)
    tall = made.shape[0] > made.shape[1]
    made = made.T if tall else made
    for _ in range(ROUNDS):
        square = made @ made.T
        made = a * made + (b * square + c * square @ square) @ made
    return made.T if tall else made
