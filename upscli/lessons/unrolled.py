"""Convolution as a matrix: y = C x, and C transposed goes back."""

from typing import Any

import numpy as np

from upscli.kernels.convolve import convolve, dilated, transposed_convolve
from upscli.kernels.matrix_form import SparseMatrix, convolution_matrix
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
)
from upscli.lessons.bounds import check_numbers
from upscli.lessons.two_steps import in_two_steps


def lesson(input: Floats, kernel: Floats, stride: int, padding: int, dilation: int) -> Lesson:  # noqa: A002
    """Raises MethodError for a kernel larger than the padded input, or too large a matrix."""
    geometry: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    output = convolve(input, kernel, **geometry)
    check_numbers(output.size, 2 * input.size)
    sparse = convolution_matrix((input.shape[0], input.shape[1]), kernel, **geometry)
    x, y = input.reshape(-1), sparse @ input.reshape(-1)
    back = sparse.transpose @ y
    rest = [(n + 2 * padding - k) % stride for n, k in zip(input.shape, dilated(kernel, dilation).shape, strict=True)]
    transposed = transposed_convolve(output, kernel, **geometry, output_padding=(rest[0], rest[1]))
    ordinary = in_two_steps(output, kernel, stride=1, padding=padding, output_padding=0, dilation=dilation).output
    checks = {
        "matrix_times_input_is_convolution": bool(np.allclose(y.reshape(output.shape), output)),
        "transpose_times_output_is_transposed_convolution": bool(np.allclose(back.reshape(input.shape), transposed)),
        "transpose_is_ordinary_convolution": ordinary.shape == transposed.shape
        and bool(np.allclose(ordinary, transposed)),
    }
    matrix = sparse.dense()
    scenes = [_unrolling(input, kernel, output), *_rows(matrix, x, y, output)]
    scenes += [_forward(y, output, checks), _backward(matrix, y, input, back, transposed, checks)]
    scenes.append(_ordinary(output, kernel, transposed, ordinary, stride))
    facts = {
        "topic": "matrix",
        "input": input,
        "kernel": kernel,
        **geometry,
        "matrix": matrix,
        "transpose": matrix.T,
        "unrolled_input": x,
        "unrolled_output": y,
        "output": output,
        "back": transposed,
        "checks": checks,
    }
    return Lesson("matrix", "Convolution as a matrix", _words(sparse, output), tuple(scenes), plain(facts))


def _words(sparse: SparseMatrix, output: Floats) -> tuple[str, ...]:
    held, whole = len(sparse.values), sparse.shape[0] * sparse.shape[1]
    return (
        "Write the input row by row as one long vector x. Then the convolution is a matrix: y = C x. Row i of C"
        " holds the kernel's numbers at the places that the window of result i covers, and 0 elsewhere.",
        f"C is sparse: {held:,} of its {whole:,} places belong to the kernel.",
        "The transposed convolution is multiplication by C transposed; that is where it has its name from.",
        *left_out(output.size),
    )


def _unrolling(input_: Floats, kernel: Floats, output: Floats) -> Scene:
    pieces = (
        Matrix(f"input {size_of(input_)}", input_),
        Sign.TIMES,
        Matrix(f"kernel {size_of(kernel)}", kernel),
        Sign.EQUALS,
        Matrix(f"result {size_of(output)}", output),
        Sign.BESIDE,
        Matrix("x: the input, unrolled", input_.reshape(1, -1)),
    )
    return Scene("Unroll the input, row by row", pieces)


def _rows(matrix: Floats, x: Floats, y: Floats, output: Floats) -> list[Scene]:
    """A scene for each row of C."""
    scenes = []
    for row in range(min(len(y), MOST_SCENES)):
        so_far = np.full((len(y), 1), np.nan)
        so_far[: row + 1, 0] = y[: row + 1]
        used = np.flatnonzero(matrix[row])
        pieces = (
            Matrix(f"C {size_of(matrix)}", matrix, marked(matrix.shape, (row, Tone.READ))),
            Sign.TIMES,
            Matrix("x", x.reshape(-1, 1), marked((len(x), 1), (used, Tone.READ))),
            Sign.EQUALS,
            Matrix("y", so_far, marked(so_far.shape, (row, Tone.MADE))),
        )
        where = place(*divmod(row, output.shape[1]))
        scenes.append(Scene(f"Step {row + 1} of {len(y)}: row {row} makes result {where}", pieces, (), is_step=True))
    return scenes


def _says(equal: bool) -> tuple[Sign, str]:
    return (Sign.EQUALS, "they agree.") if equal else (Sign.BESIDE, "they do NOT agree, which is a bug of upscli.")


def _forward(y: Floats, output: Floats, checks: dict[str, bool]) -> Scene:
    sign, words = _says(checks["matrix_times_input_is_convolution"])
    pieces = (Matrix("C x, rolled up", y.reshape(output.shape)), sign, Matrix("convolution", output))
    return Scene("First check: C x is the convolution", pieces, (f"Both are computed here: {words}",))


def _backward(
    matrix: Floats, y: Floats, input_: Floats, back: Floats, transposed: Floats, checks: dict[str, bool]
) -> Scene:
    sign, words = _says(checks["transpose_times_output_is_transposed_convolution"])
    pieces = (
        Matrix(f"C transposed {size_of(matrix.T)}", matrix.T),
        Sign.TIMES,
        Matrix("y", y.reshape(-1, 1)),
        Sign.EQUALS,
        Matrix("z", back.reshape(-1, 1)),
        Sign.BESIDE,
        Matrix("z, rolled up", back.reshape(input_.shape)),
        sign,
        Matrix("transposed conv.", transposed),
    )
    return Scene(
        "Second check: C transposed times y is the transposed convolution",
        pieces,
        (f"Both are computed here: {words}", "It has the input's shape, not its values."),
    )


def _ordinary(output: Floats, kernel: Floats, transposed: Floats, ordinary: Floats, stride: int) -> Scene:
    """Whether the way back is an ordinary convolution of y."""
    equal = ordinary.shape == transposed.shape and bool(np.allclose(ordinary, transposed))
    pieces = (
        Matrix(f"y {size_of(output)}", output),
        Sign.TIMES,
        Matrix("kernel, flipped", np.ascontiguousarray(kernel[::-1, ::-1])),
        Sign.EQUALS,
        Matrix(f"ordinary conv. {size_of(ordinary)}", ordinary),
        Sign.EQUALS if equal else Sign.BESIDE,
        Matrix(f"transposed conv. {size_of(transposed)}", transposed),
    )
    if stride == 1:
        title = "Stride 1: it is again an ordinary convolution"
        words = ("With full padding (every overlap counts) and the flipped kernel: " + _says(equal)[1],)
    else:
        title = f"Stride {stride}: it is not an ordinary convolution of y"
        words = (
            "Even with full padding and the flipped kernel it gives something else; only of the zero-expanded y"
            " it is one: see 'upscli explain transposed-convolution'.",
        )
    return Scene(title, pieces, words)
