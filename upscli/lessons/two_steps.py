"""A transposed convolution as two steps: expand with zeros, then convolve with the flipped kernel."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from upscli.kernels.convolve import convolve, dilated, zero_expand
from upscli.lessons.board import Floats, Matrix, Scene, Sign, Tone, Tones, marked, size_of


@dataclass(frozen=True, eq=False)
class TwoSteps:
    """The parts, and what they give."""

    expanded: Floats
    flipped: Floats
    """The kernel, turned by half a turn."""
    padding: tuple[int, int]
    """Of the convolution, down and across; negative: so much is cut instead."""
    output: Floats

    @property
    def words(self) -> str:
        """How the second step pads."""
        high, wide = self.padding
        both = f"{high}" if high == wide else f"{high} down and {wide} across"
        if min(self.padding) < 0:
            return f"The padding is dilation * (kernel - 1) - padding = {both}; where it is negative, so much is cut."
        return f"The padding is dilation * (kernel - 1) - padding = {both}."


def in_two_steps(
    values: Floats, kernel: Floats, *, stride: int, padding: int, output_padding: int, dilation: int
) -> TwoSteps:
    """Computed without the transposed convolution, so that the two can be compared."""
    expanded, flipped = zero_expand(values, stride, output_padding), np.ascontiguousarray(kernel[::-1, ::-1])
    high, wide = (n - 1 for n in dilated(kernel, dilation).shape)
    # All that the kernel touches; then the sides are cut.
    full = convolve(expanded, flipped, padding=(high, wide), dilation=dilation)
    cut = full[padding : full.shape[0] - padding, padding : full.shape[1] - padding]
    return TwoSteps(expanded, flipped, (high - padding, wide - padding), cut)


def two_step_scenes(
    input_: Floats, kernel: Floats, output: Floats, parts: TwoSteps, geometry: dict[str, Any]
) -> list[Scene]:
    """Expand, convolve, and compare with the `output` of the copies."""
    tones = _tones(parts.expanded, geometry["stride"], geometry["output_padding"])
    second = (
        Matrix("expanded", parts.expanded, tones),
        Sign.TIMES,
        Matrix("kernel, flipped", parts.flipped),
        Sign.EQUALS,
        Matrix(f"result {size_of(parts.output)}", parts.output),
    )
    return [
        _expansion(input_, parts, tones, geometry),
        Scene("Second: convolve with stride 1", second, (parts.words,)),
        _framework(kernel, output, parts, geometry),
    ]


def _tones(expanded: Floats, stride: int, output_padding: int) -> Tones:
    """The learner's own numbers among the zeros."""
    rows, columns = (slice(None, n - output_padding, stride) for n in expanded.shape)
    return marked(expanded.shape, (..., Tone.FAINT), ((rows, columns), Tone.READ))


def _expansion(input_: Floats, parts: TwoSteps, tones: Tones, geometry: dict[str, Any]) -> Scene:
    between, more = geometry["stride"] - 1, geometry["output_padding"]
    rows = "1 row and 1 column" if between == 1 else f"{between} rows and {between} columns"
    words = [f"Stride {geometry['stride']} puts {f'{rows} of zeros' if between else 'nothing'} between the numbers."]
    if not between:
        words.append("Give --stride 2 to see what it does.")
    if more:
        words.append(f"Output padding {more} adds {more} at the bottom and at the right.")
    expanded = Matrix(f"expanded {size_of(parts.expanded)}", parts.expanded, tones)
    pieces = (Matrix(f"input {size_of(input_)}", input_), Sign.GIVES, expanded)
    return Scene("The same in two steps, first: expand with zeros", pieces, tuple(words))


def _framework(kernel: Floats, output: Floats, parts: TwoSteps, geometry: dict[str, Any]) -> Scene:
    agree = bool(np.allclose(parts.output, output))
    pieces = (
        Matrix("ConvTranspose2d", output),
        Sign.EQUALS if agree else Sign.BESIDE,
        Matrix("the two steps", parts.output),
        Sign.BESIDE,
        Matrix("its kernel", kernel),
        Sign.BESIDE,
        Matrix("flipped", parts.flipped),
    )
    settings = ", ".join(f"{name}={value}" for name, value in geometry.items())
    words = (
        f"ConvTranspose2d(kernel_size={kernel.shape}, {settings})",
        "Both are computed here, by copies and by the two steps: they "
        + ("agree." if agree else "do NOT agree, which is a bug of upscli; please report it."),
    )
    return Scene("A framework's layer is the same operator with the kernel flipped", pieces, words)
