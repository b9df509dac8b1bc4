"""Convolution: a window of the input makes each number of the result."""

from typing import Any

import numpy as np

from upscli.kernels.convolve import convolve, dilated, transposed_convolve
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
    place,
    plain,
    size_of,
    total,
)
from upscli.lessons.bounds import check_numbers


def lesson(input: Floats, kernel: Floats, stride: int, padding: int, dilation: int) -> Lesson:  # noqa: A002
    """Raises MethodError for a kernel larger than the padded input."""
    geometry: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    output = convolve(input, kernel, **geometry)
    check_numbers(output.size, 2 * kernel.size)
    steps = [_step(input, kernel, place, geometry) for place in np.ndindex(*output.shape)]
    back = _back(input, output, kernel, geometry)
    scenes = [_overview(input, kernel, output)]
    scenes += [_scene(input, kernel, output, i, steps, geometry) for i in range(min(len(steps), MOST_SCENES))]
    scenes.append(_way_back(input, output, back))
    facts = {"topic": "convolution", "input": input, "kernel": kernel, **geometry, "steps": steps, "output": output}
    return Lesson(
        "convolution",
        "Convolution: many to one",
        (
            "The kernel lies on a window of the input. What lies on top of each other is multiplied, and the"
            " products are added up to one number of the result. Then the window moves on.",
            _size_words(input, kernel, stride, padding, dilation, output),
            "A convolution keeps positional information: what is at the left of the input is at the left of the"
            " result. As in all frameworks, the kernel is not flipped.",
            *left_out(len(steps)),
        ),
        tuple(scenes),
        plain(facts | {"back": back, "back_equals_input": bool(np.allclose(back, input))}),
    )


def _size_words(input_: Floats, kernel: Floats, stride: int, padding: int, dilation: int, output: Floats) -> str:
    span = dilation * (len(kernel) - 1) + 1
    sum_ = f"({len(input_)} + 2 * {padding} - {span}) // {stride} + 1 = {len(output)}"
    smaller = "" if stride == 1 else f" Stride {stride} makes it {stride} times smaller."
    return f"Rows of the result: (input + 2 * padding - kernel's span) // stride + 1 = {sum_}.{smaller}"


def _step(input_: Floats, kernel: Floats, position: tuple[int, ...], geometry: dict[str, Any]) -> dict[str, Any]:
    """One window: its numbers (0 in the padding), their products with the kernel, and the sum."""
    padded = np.pad(input_, geometry["padding"])
    window = padded[_window(kernel, position, geometry)]
    products = window * kernel
    return {
        "position": position,
        "corner": [where * geometry["stride"] - geometry["padding"] for where in position],
        "window": window,
        "products": products,
        "sum": products.sum(),
    }


def _window(kernel: Floats, position: tuple[int, ...], geometry: dict[str, Any]) -> Any:
    """Index of the window at `position` in the padded input."""
    return tuple(
        slice(where * geometry["stride"], where * geometry["stride"] + geometry["dilation"] * (n - 1) + 1, gap)
        for where, n, gap in zip(position, kernel.shape, [geometry["dilation"]] * 2, strict=True)
    )


def _overview(input_: Floats, kernel: Floats, output: Floats) -> Scene:
    pieces = (
        Matrix(f"input {size_of(input_)}", input_),
        Sign.TIMES,
        Matrix(f"kernel {size_of(kernel)}", kernel),
        Sign.EQUALS,
        Matrix(f"result {size_of(output)}", output),
    )
    return Scene("All at once", pieces)


def _scene(
    input_: Floats, kernel: Floats, output: Floats, index: int, steps: list[dict[str, Any]], geometry: dict[str, Any]
) -> Scene:
    step, pad = steps[index], geometry["padding"]
    padded = np.pad(input_, pad)
    inside = slice(pad, pad + input_.shape[0]), slice(pad, pad + input_.shape[1])
    window = _window(kernel, step["position"], geometry)
    tones = marked(padded.shape, (..., Tone.FAINT), (inside, Tone.PLAIN), (window, Tone.READ))
    so_far = np.full(output.size, np.nan)
    so_far[: index + 1] = [one["sum"] for one in steps[: index + 1]]
    pieces = (
        Matrix("padded input" if pad else "input", padded, tones),
        Sign.TIMES,
        Matrix("kernel", kernel),
        Sign.EQUALS,
        Matrix("products", step["products"], marked(kernel.shape, (..., Tone.READ))),
        Sign.GIVES,
        Matrix("result", so_far.reshape(output.shape), marked(output.shape, (step["position"], Tone.MADE))),
    )
    words = (total(step["products"].reshape(-1).tolist()),)
    title = f"Step {index + 1} of {len(steps)}: the window of result {place(*step['position'])}"
    return Scene(title, pieces, words, is_step=True)


def _back(input_: Floats, output: Floats, kernel: Floats, geometry: dict[str, Any]) -> Floats:
    """The transposed convolution of the result: as large as the input."""
    span = dilated(kernel, geometry["dilation"]).shape
    step, pad = geometry["stride"], geometry["padding"]
    # What the last window left over; frameworks call it the output padding.
    rest = [(n + 2 * pad - k) % step for n, k in zip(input_.shape, span, strict=True)]
    return transposed_convolve(output, kernel, **geometry, output_padding=(rest[0], rest[1]))


def _way_back(input_: Floats, output: Floats, back: Floats) -> Scene:
    pieces = (
        Matrix(f"result {size_of(output)}", output),
        Sign.GIVES,
        Matrix(f"transposed conv. {size_of(back)}", back),
        Sign.BESIDE,
        Matrix(f"input {size_of(input_)}", input_),
    )
    same = bool(np.allclose(back, input_))
    words = (
        "The transposed convolution with the same kernel gives back the shape, not the values.",
        "Lecture slides often draw an equals sign here; it is not an inverse."
        if not same
        else "With these numbers the values happen to be equal; in general they are not: it is not an inverse.",
    )
    return Scene("The way back: the transposed convolution of the result", pieces, words)
