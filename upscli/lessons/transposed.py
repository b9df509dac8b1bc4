"""Transposed convolution: every number of the input lays a scaled copy of the kernel on the result."""

from typing import Any

import numpy as np

from upscli.kernels.convolve import dilated, transposed_convolve
from upscli.kernels.windows import transposed_size
from upscli.lessons.board import (
    MOST_SCENES,
    Floats,
    Lesson,
    Matrix,
    Piece,
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
from upscli.lessons.two_steps import in_two_steps, two_step_scenes

TITLE = "Transposed convolution: one to many"
MOST_COPIES = 9
"""Copies that are written down as one sum."""


def lesson(
    input: Floats,  # noqa: A002 - the word of the option
    kernel: Floats,
    stride: int,
    padding: int,
    output_padding: int,
    dilation: int,
) -> Lesson:
    """Steps lie on the whole canvas: the result before `padding` is cut. Raises MethodError if nothing is left."""
    geometry: dict[str, Any] = {"stride": stride, "padding": padding}
    geometry |= {"output_padding": output_padding, "dilation": dilation}
    high, wide = (
        transposed_size(n, k, stride, 0, output_padding, dilation)
        for n, k in zip(input.shape, kernel.shape, strict=True)
    )
    check_numbers(input.size, high * wide + dilated(kernel, dilation).size)
    output = transposed_convolve(input, kernel, **geometry)
    steps = _steps(input, dilated(kernel, dilation), stride, (high, wide))
    parts = in_two_steps(input, kernel, **geometry)
    scenes = [_overview(input, kernel, output)]
    scenes += [_scene(input, kernel, i, steps, geometry) for i in range(min(len(steps), MOST_SCENES))]
    if 1 < len(steps) <= MOST_COPIES:
        scenes.append(_sum(steps))
    if padding or output_padding:
        scenes.append(_edges(steps[-1]["canvas"], output, geometry))
    scenes += two_step_scenes(input, kernel, output, parts, geometry)
    facts = {
        "topic": "transposed-convolution",
        "input": input,
        "kernel": kernel,
        **geometry,
        "steps": steps,
        "expanded": parts.expanded,
        "two_steps": {"kernel": parts.flipped, "padding": parts.padding, "output": parts.output},
        "agree": bool(np.allclose(parts.output, output)),
        "output": output,
    }
    words = (*_words(input, kernel, geometry, output), *left_out(len(steps)))
    return Lesson("transposed-convolution", TITLE, words, tuple(scenes), plain(facts))


def _words(input_: Floats, kernel: Floats, geometry: dict[str, Any], output: Floats) -> list[str]:
    step, pad, more, gap = geometry.values()
    words = [
        "Each number of the input lays a copy of the kernel, scaled by it, on the result. The copies stand"
        f" {step} apart (the stride); where they overlap, they add up. The kernel can be learned.",
        '"Stride" says here how many times larger; in a convolution it says how many times smaller.',
        "Rows of the result: (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + output padding + 1"
        f" = {len(input_) - 1} * {step} - 2 * {pad} + {gap} * {len(kernel) - 1} + {more} + 1 = {len(output)}.",
    ]
    if pad:
        words.append(f"The steps lie on the whole canvas; at the end the padding, {pad}, is cut from every side of it.")
    if more:
        words.append(
            "The output padding makes the result larger on one side; it is not zero padding: copies may reach there."
        )
    return words


def _steps(input_: Floats, kernel: Floats, stride: int, size: tuple[int, int]) -> list[dict[str, Any]]:
    """One placed copy for each number of the input, row by row, and the sum so far."""
    canvas, steps = np.zeros(size), []
    for row, column in np.ndindex(*input_.shape):
        top, left = row * stride, column * stride
        scaled = input_[row, column] * kernel
        canvas = canvas.copy()
        canvas[top : top + kernel.shape[0], left : left + kernel.shape[1]] += scaled
        steps.append(
            {
                "from": [row, column],
                "value": input_[row, column],
                "position": [top, left],
                "scaled": scaled,
                "canvas": canvas,
            }
        )
    return steps


def _overview(input_: Floats, kernel: Floats, output: Floats) -> Scene:
    pieces = (
        Matrix(f"input {size_of(input_)}", input_),
        Sign.TIMES,
        Matrix(f"kernel {size_of(kernel)}", kernel),
        Sign.EQUALS,
        Matrix(f"result {size_of(output)}", output),
    )
    return Scene("All at once", pieces)


def _laid(step: dict[str, Any]) -> tuple[Floats, Any]:
    """The copy alone on the canvas, and the index of where it lies."""
    (top, left), (high, wide) = step["position"], step["scaled"].shape
    where = slice(top, top + high), slice(left, left + wide)
    alone = np.full(step["canvas"].shape, np.nan)
    alone[where] = step["scaled"]
    return alone, where


def _scene(input_: Floats, kernel: Floats, index: int, steps: list[dict[str, Any]], geometry: dict[str, Any]) -> Scene:
    step = steps[index]
    alone, where = _laid(step)
    tones = marked(alone.shape, (where, Tone.MADE))
    pieces = (
        Matrix("input", input_, marked(input_.shape, (tuple(step["from"]), Tone.READ))),
        Sign.TIMES,
        Matrix("kernel", kernel),
        Sign.EQUALS,
        Matrix("scaled copy", alone, tones),
        Sign.GIVES,
        Matrix("sum so far", step["canvas"], tones),
    )
    value, (row, column) = number(step["value"]), step["from"]
    words = [
        f"{value} x kernel, its corner at {geometry['stride']} * {place(row, column)} = {place(*step['position'])}"
    ]
    if geometry["dilation"] > 1:
        words.append(f"dilation {geometry['dilation']}: the kernel's numbers lie {geometry['dilation']} apart")
    title = f"Step {index + 1} of {len(steps)}: input {place(row, column)} is {value}"
    return Scene(title, pieces, tuple(words), is_step=True)


def _sum(steps: list[dict[str, Any]]) -> Scene:
    pieces: list[Piece] = []
    for step in steps:
        pieces += [Matrix("", _laid(step)[0]), Sign.PLUS]
    pieces[-1] = Sign.EQUALS
    return Scene(f"The {len(steps)} copies add up", (*pieces, Matrix("", steps[-1]["canvas"])))


def _edges(canvas: Floats, output: Floats, geometry: dict[str, Any]) -> Scene:
    """What padding cuts and output padding adds."""
    pad, more = geometry["padding"], geometry["output_padding"]
    kept = slice(pad, canvas.shape[0] - pad), slice(pad, canvas.shape[1] - pad)
    words = []
    if pad:
        words.append(f"Padding {pad} cuts {pad} from every side: it undoes the padding of the convolution.")
    if more:
        words.append(
            f"Output padding {more} makes the result larger on one side, by {more} at the bottom and at the right;"
            " it is not zero padding."
        )
    pieces = (
        Matrix(f"sum {size_of(canvas)}", canvas, marked(canvas.shape, (..., Tone.FAINT), (kept, Tone.MADE))),
        Sign.GIVES,
        Matrix(f"result {size_of(output)}", output),
    )
    return Scene("The edges", pieces, tuple(words))
