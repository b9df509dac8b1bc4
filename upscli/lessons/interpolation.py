"""Bilinear and bicubic: a polynomial through the nearest numbers, read off between them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.kernels import taps
from upscli.kernels.axis import Axis, Edge
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
    total,
)
from upscli.lessons.bounds import check_numbers

KEYS_A = -0.5
"""The slope at distance 1 of upscli's bicubic."""


def bilinear(input: Floats, factor: int) -> Lesson:  # noqa: A002 - the word of the option
    """Degree 1 through 2 x 2 numbers."""
    return _lesson("bilinear", "Bilinear", 1, taps.Kernel(taps.triangle, 1.0), input, factor)


def bicubic(input: Floats, factor: int) -> Lesson:  # noqa: A002
    """Degree 3 through 4 x 4 numbers."""
    return _lesson("bicubic", "Bicubic", 3, taps.Kernel(taps.cubic(0.0, -KEYS_A), 2.0), input, factor)


@dataclass(frozen=True, eq=False)
class Reading:
    """Along one axis: where each result is read, which samples count, and how much."""

    positions: Floats
    first: NDArray[np.int64]
    """Of the samples that count; it may lie before the input, whose border number goes on there."""
    weights: Floats
    """(results, samples); every row sums to 1."""

    @classmethod
    def along(cls, size: int, factor: int, kernel: taps.Kernel) -> "Reading":
        """Of every result of an axis of `size`."""
        axis = Axis.whole(size, size * factor, kernel.reach)
        whole, rest = axis.centers
        first, weights = taps.exact_taps(kernel, axis)
        return cls(whole + rest, first + axis.held.start, weights)


def _lesson(topic: str, name: str, degree: int, kernel: taps.Kernel, input_: Floats, factor: int) -> Lesson:
    count = (2 * kernel.reach + 2) ** 2
    check_numbers(input_.size * factor**2, 3 * count)
    rows, columns = (Reading.along(n, factor, kernel) for n in input_.shape)
    shape = (len(rows.positions), len(columns.positions))
    steps = [_step(input_, rows, columns, position) for position in np.ndindex(*shape)]
    output = np.array([step["sum"] for step in steps]).reshape(shape)
    overview = Scene(
        "All at once",
        (Matrix(f"input {size_of(input_)}", input_), Sign.GIVES, Matrix(f"result {size_of(output)}", output)),
    )
    scenes = [_scene(input_, kernel.reach + 1, output, i, steps) for i in range(min(len(steps), MOST_SCENES))]
    facts = {"topic": topic, "input": input_, "factor": factor, "steps": steps, "output": output}
    words = (
        f"The {count} nearest numbers fit a polynomial, of degree {degree} along each axis, and it is read off at the"
        " position of each result: a weighted sum of them.",
        f"Pixel centers lie at +0.5: result i is read at (i + 0.5) / {factor} - 0.5 of the input. Beyond the border"
        " the border's number goes on.",
        *(("Some weights are negative: edges become crisper, and values may overshoot.",) if degree > 1 else ()),
        *left_out(len(steps)),
    )
    title = f"{name} interpolation: degree {degree} through {count} numbers"
    return Lesson(topic, title, words, (overview, *scenes), plain(facts))


def _step(input_: Floats, rows: Reading, columns: Reading, position: tuple[int, ...]) -> dict[str, Any]:
    row, column = position
    index = [
        taps.border(range(first, first + axis.weights.shape[1]), n, Edge.REPLICATE)
        for axis, first, n in zip(
            (rows, columns), (int(rows.first[row]), int(columns.first[column])), input_.shape, strict=True
        )
    ]
    neighbors, weights = input_[np.ix_(*index)], np.outer(rows.weights[row], columns.weights[column])
    return {
        "position": position,
        "read_at": [rows.positions[row], columns.positions[column]],
        "corner": [rows.first[row], columns.first[column]],
        "neighbors": neighbors,
        "weights": weights,
        "products": neighbors * weights,
        "sum": (neighbors * weights).sum(),
    }


def _scene(input_: Floats, border: int, output: Floats, index: int, steps: list[dict[str, Any]]) -> Scene:
    step = steps[index]
    extended = np.pad(input_, border, mode="edge")
    inside = slice(border, border + input_.shape[0]), slice(border, border + input_.shape[1])
    top, left = (int(where) + border for where in step["corner"])
    side = len(step["neighbors"])
    window = slice(top, top + side), slice(left, left + side)
    tones = marked(extended.shape, (..., Tone.FAINT), (inside, Tone.PLAIN), (window, Tone.READ))
    so_far = np.full(output.size, np.nan)
    so_far[: index + 1] = output.reshape(-1)[: index + 1]
    pieces = (
        Matrix("extended input", extended, tones),
        Sign.TIMES,
        Matrix("weights", step["weights"], marked(step["weights"].shape, (..., Tone.READ))),
        Sign.GIVES,
        Matrix("result", so_far.reshape(output.shape), marked(output.shape, (step["position"], Tone.MADE))),
    )
    words = (
        f"read at row {number(step['read_at'][0])}, column {number(step['read_at'][1])} of the input:",
        total(step["products"].reshape(-1).tolist(), most=4),
    )
    title = f"Step {index + 1} of {len(steps)}: result {place(*step['position'])}"
    return Scene(title, pieces, words, is_step=True)
