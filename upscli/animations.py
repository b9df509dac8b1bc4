"""Animations enlarged frame by frame, and written as they come. (Raw frames of videos: `frames`.)"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from upscli.clock import Clock
from upscli.kernels.light import Curve
from upscli.pictures.animation_writer import Timing, passes_of, write_animation
from upscli.pictures.header import Animation, Frame
from upscli.pictures.profile import SRGB, curves_of
from upscli.pictures.write import Encoding
from upscli.recipe import Recipe
from upscli.stages import enlarged

Watch = Callable[[int, int], None]
"""Called with (frames done, frames in all)."""


@dataclass(frozen=True)
class Made:
    """What is to be said of an animation that was written."""

    notes: tuple[str, ...]
    """What became of its timing."""
    reading: float
    """Seconds spent in waiting for the source's frames."""
    making: float
    """Seconds spent in waiting for the result's frames, those of the source among them."""


def make(
    animation: Animation, recipe: Recipe, encoding: Encoding, stream: BinaryIO, watch: Watch | None = None
) -> Made:
    """Enlarge all frames into `stream`, a few of them held at a time. Raises UpscliError."""
    reading, making = Clock[Frame](iter(())), Clock[Frame](iter(()))
    timing, passes, done = Timing(animation.header.frames, animation.plays), passes_of(encoding), 0

    def frames() -> Iterator[Frame]:
        nonlocal done
        reading.items = animation.frames()
        making.items = _enlarged(recipe, reading, encoding.threads, curves)
        for frame in making:
            yield frame
            done += 1
            if watch:
                watch(done // passes, timing.count)

    curves = curves_of(animation.metadata, animation.header.layout) if recipe.linear else SRGB
    notes = write_animation(frames, encoding, timing, stream)
    return Made(notes, reading.seconds, making.seconds)


def _enlarged(recipe: Recipe, frames: Iterator[Frame], threads: int, curves: tuple[Curve, ...]) -> Iterator[Frame]:
    """Each in memory of its own: writers compare a frame with the one before."""
    width, height = recipe.target
    for frame in frames:
        canvas = np.empty((height, width, recipe.layout_out.channels), recipe.layout_out.depth)
        for _ in enlarged(recipe, iter([frame.pixels]), threads, canvas, curves):
            pass
        yield frame._replace(pixels=canvas)
