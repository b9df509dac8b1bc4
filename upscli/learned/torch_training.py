"""Training a network, in PyTorch (the `train` extra): patches, optimizers, the course, checkpoints.

The course: absolute errors first, and for the last quarter, or all along if it begins from another network, the
logarithm of each patch's mean squared error: what PSNR measures, so that a few patches of hard edges do not outweigh
all others. The learning rate falls along a cosine; what is kept is an exponential moving average of the weights. The
kernels of the body are trained by Muon (K. Jordan et al., Muon, 2024: momentum whose matrices are made orthogonal), all
else by Adam.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from upscli.errors import ModelError
from upscli.learned import network as layers
from upscli.learned.modelfile import Model
from upscli.learned.pairs import WHITE, Luma, Pair
from upscli.learned.tiers import Tier
from upscli.learned.torch_muon import Muon
from upscli.learned.torch_network import SLOPE, Network

SQUARED = 0.75
"""Share of the course after which errors are squared."""
FAINT = 2e-4
"""Mean squared error, white at 1, below which a patch is good enough: 37 dB."""
EXACT = 0.93
"""Share of the course after which nothing is rounded to bfloat16."""
FLAT = 8.0
"""Levels of standard deviation under which three of four patches are passed over: little is to be learned there."""
BORDER = 2
"""Source pixels along the sides of a patch that are not scored: they saw zeros where the picture went on."""


@dataclass(frozen=True)
class Course:
    """All that decides a training, beside the pictures."""

    tier: Tier
    scale: int
    seed: int = 0
    device: str = "cpu"
    half: bool = False
    """Convolutions in bfloat16 until the last part."""
    looks: int = 20
    """How often the network is tried on the validation pictures, and a checkpoint written."""
    key: str = ""
    """Of the pictures and of what it began from: a checkpoint of others is not gone on with."""


@dataclass(frozen=True)
class Step:
    """How far a training is."""

    iteration: int
    psnr: float | None = None
    """Of luma on the validation pictures, if they were just tried; in dB."""


Watch = Callable[[Step], None]


class Training:
    """A training that can be left and gone on with."""

    def __init__(
        self, course: Course, pairs: Sequence[Pair], validation: Sequence[Pair], start: Model | None = None
    ) -> None:
        """`start` is a network to begin from, of no more channels and layers."""
        torch.manual_seed(course.seed)
        self.course, self.pairs, self.validation = course, pairs, validation
        network = Network(course.tier, course.scale).to(course.device)
        self.network = network.to(memory_format=torch.channels_last)
        if start is not None:
            self.network.take_over(start)
        body = [weights for weights in self.network.body.parameters() if weights.ndim > 1]
        known = {id(weights) for weights in body}
        others = [weights for weights in self.network.parameters() if id(weights) not in known]
        rate = course.tier.rate
        self.optimizers = [Muon(body, rate), torch.optim.Adam(others, rate, betas=(0.9, 0.99))]
        self.average = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        self.random = np.random.default_rng(course.seed)
        areas = np.array([pair.small.size for pair in pairs], float)
        self.chance = areas / areas.sum()
        self.squared = 0.0 if start is not None else SQUARED
        self.iteration = 0

    def steps(self) -> Iterator[Step]:
        """Train to the end. After the steps that have a PSNR, it is worth keeping a checkpoint."""
        total = self.course.tier.iterations
        every = max(1, total // self.course.looks)
        while self.iteration < total:
            self._step(self.iteration / total)
            self.iteration += 1
            look = self.iteration % every == 0 or self.iteration == total
            yield Step(self.iteration, self.psnr() if look else None)

    def psnr(self) -> float:
        """Of the averaged weights, mean over the validation pictures, as papers measure it (Y of 16 to 235)."""
        network = self.averaged()
        values = [_psnr(network, pair, self.course.device) for pair in self.validation]
        return float(np.mean(values))

    def averaged(self) -> Network:
        """A network with the averaged weights."""
        network: Network = Network(self.course.tier, self.course.scale).to(self.course.device)
        network.load_state_dict(self.average)
        return network

    def save(self, path: Path) -> None:
        """Write a checkpoint: everything that goes on from here."""
        state = {
            "course": asdict(self.course),
            "iteration": self.iteration,
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "random": self.random.bit_generator.state,
        }
        part = path.with_name(path.name + ".part")
        torch.save(state, part)
        part.replace(path)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint. Raises ModelError if it is of another training."""
        state = _checkpoint(path)
        if state.get("course") != asdict(self.course):
            raise ModelError(f"{path} is the checkpoint of another training; remove it, or name another output")
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        self.random.bit_generator.state = state["random"]
        self.iteration = state["iteration"]

    def _step(self, done: float) -> None:
        course = self.course
        rate = course.tier.rate * min(1.0, (self.iteration + 1) / 100)
        rate *= 0.5 * (1 + math.cos(math.pi * done)) + 0.005
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad(set_to_none=True)
        small, large = self._batch()
        half = course.half and done < EXACT
        with torch.autocast(course.device, dtype=torch.bfloat16, enabled=half):
            made = self.network(small)
        cut = BORDER * course.scale
        error = (made.float() - large)[..., cut:-cut, cut:-cut]
        loss = _logarithm(error) if done >= self.squared else error.abs().mean()
        if not math.isfinite(loss.item()):
            raise ModelError("the training diverged: the loss is no number; use another seed or a smaller rate")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        keep = min(0.999, (self.iteration + 1) / (self.iteration + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.values()), list(self.network.state_dict().values()), 1 - keep)

    def _batch(self) -> tuple[Tensor, Tensor]:
        side, scale, count = self.course.tier.patch, self.course.scale, self.course.tier.batch
        small = np.empty((count, 1, side, side), np.float32)
        large = np.empty((count, 1, side * scale, side * scale), np.float32)
        for place in range(count):
            small[place, 0], large[place, 0] = self._patch(side, scale)
        device = self.course.device
        ready = torch.from_numpy(small / WHITE).to(device).contiguous(memory_format=torch.channels_last)
        return ready, torch.from_numpy(large / WHITE).to(device)

    def _patch(self, side: int, scale: int) -> tuple[Luma, Luma]:
        """A patch of a picture, in one of the 8 positions of a square."""
        while True:
            pair = self.pairs[self.random.choice(len(self.pairs), p=self.chance)]
            top, left = (int(self.random.integers(size - side + 1)) for size in pair.small.shape)
            small = pair.small[top : top + side, left : left + side]
            if small[::3, ::3].std() >= 256 * FLAT or self.random.random() >= 0.75:
                break
        large = pair.large[top * scale : (top + side) * scale, left * scale : (left + side) * scale]
        turn = int(self.random.integers(8))
        return _turned(small, turn), _turned(large, turn)


def _logarithm(error: Tensor) -> Tensor:
    """Of the mean squared error of each patch, with gradients of about the size of absolute errors'."""
    return torch.log((error * error).mean((1, 2, 3)) + FAINT).mean() * 0.05


def _turned(luma: Luma, turn: int) -> Luma:
    luma = luma[::-1] if turn & 1 else luma
    luma = luma[:, ::-1] if turn & 2 else luma
    return luma.T if turn & 4 else luma


def _psnr(network: Network, pair: Pair, device: str) -> float:
    scale, halo = network.scale, len(network.body) + 2
    luma = torch.from_numpy(pair.small.astype(np.float32) / WHITE).to(device)[None, None]
    padded = functional.pad(luma, (halo,) * 4, mode="replicate").contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        made = network(padded)[0, 0, halo * scale : -halo * scale, halo * scale : -halo * scale].clamp(0, 1)
    error = made.cpu().numpy().astype(np.float64) - pair.large / WHITE
    inner = error[scale:-scale, scale:-scale] * 219
    return float(10 * np.log10(255**2 / max(np.mean(inner * inner), 1e-12)))


def prepare(threads: int) -> None:
    """Set what holds for the process: cores to use, and results that are the same every time."""
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)


def reference(model: Model, luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """What PyTorch makes of a model file's numbers: (h + 2 reach, w + 2 reach) -> what to add, (scale h, scale w).

    What areas of one level get is taken off, as `network.ready` does it.
    """
    reach = model.header.reach
    maps = _forward(model, torch.from_numpy(luma)[None, None]).numpy()
    middle = luma[reach : len(luma) - reach, reach : luma.shape[1] - reach]
    for phase, made_of_flat in enumerate(layers.flat(model)):
        maps[0, phase] -= np.interp(middle, layers.KNOTS, made_of_flat)
    made: NDArray[np.float32] = functional.pixel_shuffle(torch.from_numpy(maps), model.header.scale)[0, 0].numpy()
    return made


def _forward(model: Model, maps: Tensor) -> Tensor:
    for number, layer in enumerate(model.header.layers):
        kernel, bias = (torch.from_numpy(model.arrays[f"{name}{number}"].astype(np.float32)) for name in _PARTS)
        maps = functional.conv2d(maps, kernel, bias)
        maps = functional.leaky_relu(maps, SLOPE) if layer["leaky"] else maps
    return maps


_PARTS = ("kernel", "bias")


def _checkpoint(path: Path) -> Any:
    try:
        state = torch.load(path, weights_only=True)
    except Exception as error:  # noqa: BLE001 - PyTorch raises whatever a damaged file leads it to
        raise ModelError(f"{path} is no checkpoint that can be read ({type(error).__name__}); remove it") from None
    if not isinstance(state, dict) or "average" not in state:
        raise ModelError(f"{path} is no checkpoint of a training; remove it, or name another")
    return state
