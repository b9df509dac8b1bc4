"""Nearest neighbor and bed of nails: a number becomes a block."""

from typing import Any

import numpy as np

from upscli.kernels.axis import Axis
from upscli.kernels.pooling import bed_of_nails as nails
from upscli.kernels.replicate import Copies, replicate
from upscli.lessons.board import (
    MOST_SCENES,
    Floats,
    Lesson,
    Matrix,
    Scene,
    Sign,
    Tone,
    left_out,
    marked,
    number,
    place,
    plain,
    size_of,
)
from upscli.lessons.bounds import check_numbers


def nearest(input: Floats, factor: int) -> Lesson:  # noqa: A002 - the word of the option
    """Every number is copied to all positions of its block."""
    rows, columns = (_sources(n, factor) for n in input.shape)
    output = replicate(input[..., np.newaxis], Copies.of(rows), Copies.of(columns))[..., 0]
    words = (
        f"Each number of the input becomes a block of {factor} x {factor}; its value is copied to all positions.",
        "No new value appears, so nothing is blurred, and slanted edges become stairs.",
    )
    return _lesson("nearest", "Nearest neighbor: blocks of copies", words, input, factor, output)


def bed_of_nails(input: Floats, factor: int) -> Lesson:  # noqa: A002
    """Every number goes to the top left of its block."""
    words = (
        f"Each number of the input becomes a block of {factor} x {factor}; its value goes to the top-left position,"
        " all others are 0.",
        "It is what the first step of a transposed convolution does; alone, it leaves the picture dark and full of"
        " holes.",
    )
    return _lesson("bed-of-nails", "Bed of nails: one value and zeros", words, input, factor, nails(input, factor))


def _sources(size: int, factor: int) -> Any:
    """The source of each result: the one that holds the result's center."""
    whole, rest = Axis.whole(size, size * factor).centers
    return whole + (rest >= 0.5)


def _lesson(topic: str, title: str, words: tuple[str, ...], input_: Floats, factor: int, output: Floats) -> Lesson:
    check_numbers(input_.size, factor * factor)
    steps = [_step(input_, factor, position, output) for position in np.ndindex(*input_.shape)]
    overview = Scene(
        "All at once",
        (Matrix(f"input {size_of(input_)}", input_), Sign.GIVES, Matrix(f"result {size_of(output)}", output)),
    )
    scenes = [_scene(input_, output, i, steps) for i in range(min(len(steps), MOST_SCENES))]
    facts = {"topic": topic, "input": input_, "factor": factor, "steps": steps, "output": output}
    return Lesson(topic, title, (*words, *left_out(len(steps))), (overview, *scenes), plain(facts))


def _step(input_: Floats, factor: int, source: tuple[int, ...], output: Floats) -> dict[str, Any]:
    top, left = (where * factor for where in source)
    return {
        "from": source,
        "value": input_[source],
        "position": [top, left],
        "block": output[top : top + factor, left : left + factor],
    }


def _scene(input_: Floats, output: Floats, index: int, steps: list[dict[str, Any]]) -> Scene:
    so_far = np.full(output.shape, np.nan)
    for step in steps[: index + 1]:
        (top, left), (high, wide) = step["position"], step["block"].shape
        block = slice(top, top + high), slice(left, left + wide)
        so_far[block] = step["block"]
    pieces = (
        Matrix("input", input_, marked(input_.shape, (step["from"], Tone.READ))),
        Sign.GIVES,
        Matrix("result", so_far, marked(output.shape, (block, Tone.MADE))),
    )
    title = f"Step {index + 1} of {len(steps)}: {number(step['value'])} becomes the block at {place(top, left)}"
    return Scene(title, pieces, (), is_step=True)
