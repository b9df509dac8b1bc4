"""Learning from what other networks make: what no network can know of a picture is not learned by heart then.

Most of what a small picture has lost cannot be told from it, and a network that is trained for long on few pictures
remembers it. What others make of the small picture has little of it: to learn from that, beside the picture itself, is
to learn from examples with less noise. (G. Hinton, O. Vinyals, J. Dean, Distilling the knowledge in a neural network,
arXiv 1503.02531.)
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from upscli.errors import ModelError
from upscli.learned.kinds import ready
from upscli.learned.luma import LumaModel
from upscli.learned.modelfile import Header, load
from upscli.learned.pairs import WHITE, Pair
from upscli.training_pairs import floats, made_of

TRUTH = np.float32(0.3)
"""Share of the picture itself in what is learned; the rest is what teachers make."""

Watch = Callable[[int], None]
"""Called with how many pairs are done."""


class Teacher(NamedTuple):
    """A model to learn from, and its card."""

    header: Header
    model: LumaModel


def teachers_of(files: Iterable[Path], scale: int) -> tuple[Teacher, ...]:
    """The models of `files`. Raises ModelError if one is none, or of another scale."""
    return tuple(_teacher(file, scale) for file in files)


def _teacher(file: Path, scale: int) -> Teacher:
    model = load(file)
    if model.header.scale != scale:
        raise ModelError(f"{file} makes pictures {model.header.scale} times as large; it cannot teach x{scale}")
    return Teacher(model.header, ready(model, file))


def taught(pairs: Sequence[Pair], teachers: Sequence[LumaModel], watch: Watch | None = None) -> Iterator[Pair]:
    """The pairs, their large pictures mixed with the mean of what the teachers make of the small ones.

    Raises ModelError if that overflows.
    """
    for done, pair in enumerate(pairs, 1):
        small, large = floats(pair)
        mean = np.mean([made_of(small, teacher.scale, teacher) for teacher in teachers], axis=0)
        if not np.isfinite(mean).all():
            raise ModelError("what a teacher makes is no picture: its numbers are so large that sums overflow")
        mixed = TRUTH * large + (1 - TRUTH) * mean.clip(0, 1)
        yield Pair(pair.small, np.round(mixed * WHITE).astype(np.uint16))
        if watch:
            watch(done)
