"""Training a network on a folder: pairs, the course with its checkpoints, the export and its check, the file."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from upscli.credits import joined
from upscli.errors import InputError, MethodError, ModelError
from upscli.learned import alike, kinds, network
from upscli.learned.modelfile import Header, Model, load, save
from upscli.learned.pairs import WHITE, Pair
from upscli.learned.tiers import TIERS, Tier
from upscli.pictures.atomic import new_file
from upscli.teaching import Teacher, taught, teachers_of
from upscli.training_pairs import Making, Read, held_out, key_of, read_pairs
from upscli.training_pairs import psnr as score
from upscli.training_task import Task

if TYPE_CHECKING:
    from upscli.learned.torch_training import Training

TOLERANCE = 1e-4
"""Largest difference between PyTorch's result and NumPy's, white at 1."""


@dataclass(frozen=True)
class Order:
    """What is to be trained."""

    task: Task
    tier: str
    scale: int
    resize: tuple[float, ...] = ()
    """Factors at which the pictures are learned from too."""
    colors: bool = False
    """Whether each picture's red and blue alone are learned from too."""
    phases: bool = False
    """Whether the pictures shifted by single pixels are learned from too."""
    iterations: int | None = None
    rate: float | None = None
    channels: int | None = None
    depth: int | None = None
    start: Path | None = None
    """A network to begin from."""
    teachers: tuple[Path, ...] = ()
    """Models of this scale whose results are learned from too."""
    device: str = "cpu"
    half: bool = False

    @property
    def course(self) -> Tier:
        """The tier, with all that was asked for to be different."""
        asked = {name: getattr(self, name) for name in ("iterations", "rate", "channels", "depth")}
        return replace(TIERS[self.tier], **{name: value for name, value in asked.items() if value is not None})

    @property
    def making(self) -> Making:
        """How the pictures to learn from become pairs."""
        return Making(
            self.scale,
            self.task.degradation,
            resize=self.resize,
            colors=self.colors,
            phases=self.phases,
            least=self.course.patch,
        )


@dataclass(frozen=True)
class Watch:
    """Who is told what is going on."""

    reading: Callable[[int, int], None]
    """(pictures read, pictures in all)"""
    teaching: Callable[[int, int], None]
    """(small pictures that teachers have enlarged, small pictures in all)"""
    step: Callable[[int, float | None, int], None]
    """(iterations done, PSNR on the validation pictures if it was just measured, iterations in all)"""
    note: Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """What came of it."""

    psnr: float
    """Of luma on the validation pictures, dB."""
    bicubic: float
    pictures: int
    validation: int
    difference: float
    """Largest one between PyTorch's and NumPy's result on a validation picture, white at 1."""


def check(order: Order) -> None:
    """Raise, before any work, if it cannot be done: MethodError, ModelError."""
    if find_spec("torch") is None:
        raise MethodError("training a network needs PyTorch; pip install 'upscli[train]', or use --kind linear")
    channels, group = order.course.channels, order.course.alike
    if channels % group:
        raise MethodError(f"--channels {channels}: tier {order.tier} has its channels in groups of {group}")
    if order.start is not None:
        _check_start(order.start, order.course)
    teachers_of(order.teachers, order.scale)


def _check_start(path: Path, course: Tier) -> None:
    begun = load(path)
    if begun.header.kind != "network" or len(begun.header.layers) < 2:
        raise ModelError(f"{path} is no network to start from; give one made by --kind network")
    kinds.ready(begun, path)
    if not alike.holds(begun, course.alike):
        raise ModelError(f"{path} does not treat mirrored pictures alike, as networks trained now do; leave out --from")
    *before, _ = begun.header.layers
    channels, depth = max(layer["outputs"] for layer in before), len(before) - 1
    if channels > course.channels:
        raise MethodError(
            f"{path} has {channels} channels, and {course.channels} cannot hold them; try --channels {channels}"
        )
    if depth > course.depth:
        raise MethodError(
            f"{path} has {depth} layers between first and last, and {course.depth} cannot hold them;"
            f" try --depth {depth}"
        )


def train(order: Order, watch: Watch) -> Trained:
    """Do it. A training that was stopped goes on from its checkpoint. Raises InputError, ModelError, OutputError."""
    from upscli.learned.torch_training import Course, Training, prepare

    prepare(order.task.threads)
    learned, held = _read(order, watch)
    validation = held.pairs
    start = None if order.start is None else load(order.start)
    teachers = teachers_of(order.teachers, order.scale)
    cards = (*([] if start is None else [start.header]), *(teacher.header for teacher in teachers))
    begun = [str(order.task.degradation), order.resize, order.colors, order.phases, start is not None]
    begun += [card.sha256 for card in cards]
    key = key_of(begun, (*order.task.pictures, *order.task.validation))
    course = Course(order.course, order.scale, order.task.seed, order.device, order.half, key=key)
    training = Training(course, _taught(learned.pairs, teachers, watch), validation, start)
    if order.task.checkpoint.exists():
        training.restore(order.task.checkpoint)
        watch.note(f"going on from iteration {training.iteration:,}, which {order.task.checkpoint} holds")
    psnr = None
    for step in training.steps():
        if step.psnr is not None:
            psnr = step.psnr
            training.save(order.task.checkpoint)
        watch.step(step.iteration, step.psnr, order.course.iterations)
    psnr = training.psnr() if psnr is None else psnr
    base = float(np.mean([score(pair, order.scale, None) for pair in validation]))
    for card in cards:
        order = replace(order, task=replace(order.task, credits=joined(order.task.credits, card.training)))
    difference = _write(order, training, validation, {"validation PSNR": psnr, "validation PSNR of bicubic": base})
    with suppress(OSError):
        order.task.checkpoint.unlink()
    return Trained(psnr, base, learned.pictures, held.pictures, difference)


def _read(order: Order, watch: Watch) -> tuple[Read, Read]:
    """What to learn from, and what to score on. Raises InputError."""
    pictures, validation = held_out(order.task.pictures, order.task.validation)
    total = len(pictures) + len(validation)
    learned = read_pairs(pictures, order.making, lambda done: watch.reading(done, total))
    plain = Making(order.scale, order.task.degradation, least=8)
    held = read_pairs(validation, plain, lambda done: watch.reading(len(pictures) + done, total))
    for sentence in (*learned.refused, *held.refused):
        watch.note(sentence)
    if not learned.pairs or not held.pairs:
        raise InputError(f"{len(learned.pairs)} pictures to learn from and {len(held.pairs)} to validate on; give more")
    return learned, held


def _taught(pairs: tuple[Pair, ...], teachers: tuple[Teacher, ...], watch: Watch) -> tuple[Pair, ...]:
    if not teachers:
        return pairs
    models = [teacher.model for teacher in teachers]
    return tuple(taught(pairs, models, lambda done: watch.teaching(done, len(pairs))))


def _write(order: Order, training: "Training", validation: Sequence[Pair], scores: dict[str, float]) -> float:
    """The model file, once NumPy is seen to make what PyTorch makes of the same numbers."""
    layers, arrays = training.averaged().folded()
    header = Header(
        kind="network",
        scale=order.scale,
        window=2 * len(layers) + 1,
        layers=layers,
        training=order.task.credits,
        licence=order.task.licence,
        command=order.task.command,
        tried=order.task.tried,
        scores={name: round(score, 3) for name, score in scores.items()},
    )
    model = Model(header, arrays)
    difference = max(_difference(model, pair) for pair in validation[:3])
    if not difference <= TOLERANCE:
        raise ModelError(f"NumPy's result differs from PyTorch's by {difference:.2g}; {order.task.checkpoint} is kept")
    with new_file(order.task.output, order.task.overwrite) as stream:
        save(stream, model)
    return difference


def _difference(model: Model, pair: Pair) -> float:
    from upscli.learned.torch_training import reference

    reach = model.header.reach
    padded = np.pad(pair.small, reach, mode="edge").astype(np.float32) / np.float32(WHITE)
    made: Any = network.ready(model).detail(padded)
    return float(np.abs(made - reference(model, padded)).max())
