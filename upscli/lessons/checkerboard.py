"""Checkerboard artifacts: how unevenly copies overlap, what that does to a constant, and the cures."""

from typing import Any

import numpy as np

from upscli.errors import MethodError
from upscli.kernels.checkerboard import (
    Cure,
    bilinear_kernel,
    cured,
    gains,
    phase_means,
    score,
    spectral_measure,
)
from upscli.kernels.convolve import transposed_convolve
from upscli.lessons.board import Floats, Lesson, Matrix, Scene, Sign, Tone, marked, number, place, plain, size_of

SHOWN = 3
"""Ones a side of the constant that is drawn."""
CURES = {
    Cure.PHASE: "divide each phase by its gain",
    Cure.ICNR: "every phase gets the mean of the phases",
    Cure.BOX: "convolve the kernel with a box: nearest, then convolution",
    Cure.RESIZE: "convolve it with the bilinear kernel: bilinear, then convolution",
}


def lesson(kernel: Floats, stride: int) -> Lesson:
    """Of a transposed convolution with this kernel and stride."""
    gain = gains(kernel, stride)
    found = score(gain)
    measured, amplitude = _measured(kernel, stride)
    cures = {cure: _cure(kernel, stride, cure) for cure in Cure}
    others = {name: score(gains(other, stride)).value for name, other in _known(stride).items()}
    scenes = [_pattern(kernel, stride), *_phases(kernel, stride, gain)]
    scenes += [_score(gain, found.value, found.note), _constant(gain, measured, amplitude)]
    scenes += [_cure_scene(cure, facts) for cure, facts in cures.items()]
    scenes.append(_others(others, stride))
    facts = {
        "topic": "checkerboard",
        "kernel": kernel,
        "stride": stride,
        "gains": gain,
        "score": found.value,
        "note": found.note,
        "pattern": transposed_convolve(np.ones((SHOWN, SHOWN)), kernel, stride=stride),
        "measured_gains": measured,
        "measured_score": score(measured).value,
        "spectral_amplitude": amplitude,
        "cures": {str(cure): facts for cure, facts in cures.items()},
        "known_kernels": others,
    }
    return Lesson("checkerboard", "Checkerboard artifacts", _words(kernel, stride), tuple(scenes), plain(facts))


def _words(kernel: Floats, stride: int) -> tuple[str, ...]:
    if min(kernel.shape) < stride:
        fit = f"smaller than the stride {stride}: between the copies nothing arrives."
    elif any(n % stride for n in kernel.shape):
        fit = f"not divisible by the stride {stride}: the copies overlap unevenly."
    else:
        fit = f"divisible by the stride {stride}: copies overlap evenly, but learned numbers can still make a pattern."
    return (
        "A transposed convolution lays copies of its kernel on the result, a stride apart. Where some places get more"
        " copies than their neighbors, even an even area gets a pattern.",
        f"A kernel of {size_of(kernel)} is {fit} What counts are the gains.",
        "The gain of phase (i, j) is the sum of every stride-th number of the kernel, from (i, j) on: what a constant"
        " 1 becomes there. The score is (largest - smallest) / |mean| of the gains; 0 is clean.",
    )


def _known(stride: int) -> dict[str, Floats]:
    """Kernels that everybody meets."""
    names = {f"ones {side} x {side}": np.ones((side, side)) for side in (2, 3, 4, 5)}
    tent = np.outer([0.5, 1.0, 0.5], [0.5, 1.0, 0.5])
    whole = bilinear_kernel(stride)
    return names | {"bilinear 3 x 3": tent, f"bilinear for stride {stride}, {size_of(whole)}": whole}


def _measured(kernel: Floats, stride: int) -> tuple[Floats, float]:
    """The gains as a constant shows them, and the amplitude of the pattern in its spectrum."""
    count = max(kernel.shape) // stride + 36 // stride + 3
    whole = transposed_convolve(np.ones((count, count)), kernel, stride=stride)
    start = max(kernel.shape) - 1  # from here on no copy is missing
    inner = whole[start : (count - 1) * stride + 1, start : (count - 1) * stride + 1]
    return phase_means(inner, stride, (start, start)), spectral_measure(inner, stride).amplitude


def _cure(kernel: Floats, stride: int, cure: Cure) -> dict[str, Any]:
    try:
        after = cured(kernel, stride, cure)
    except MethodError as error:
        return {"kernel": None, "gains": None, "score": None, "note": str(error)}
    gain = gains(after, stride)
    found = score(gain)
    return {"kernel": after, "gains": gain, "score": found.value, "note": found.note}


def _pattern(kernel: Floats, stride: int) -> Scene:
    ones = np.ones((SHOWN, SHOWN))
    result = transposed_convolve(ones, kernel, stride=stride)
    inner = slice(max(kernel.shape) - 1, (SHOWN - 1) * stride + 1)
    whole = inner.stop - inner.start >= stride
    tones = marked(result.shape, ((inner, inner), Tone.MADE)) if whole else None
    pieces = (
        Matrix("a constant", ones),
        Sign.TIMES,
        Matrix(f"kernel {size_of(kernel)}", kernel),
        Sign.EQUALS,
        Matrix(f"result {size_of(result)}, stride {stride}", result, tones),
    )
    words = ("Marked: where no copy is missing. Without artifacts all numbers there would be equal.",) if whole else ()
    return Scene("A constant, enlarged", pieces, words)


def _phases(kernel: Floats, stride: int, gain: Floats) -> list[Scene]:
    scenes = []
    so_far = np.full(gain.shape, np.nan)
    for i, j in np.ndindex(*gain.shape):
        phase = slice(i, None, stride), slice(j, None, stride)
        so_far[i, j] = gain[i, j]
        pieces = (
            Matrix("kernel", kernel, marked(kernel.shape, (phase, Tone.READ))),
            Sign.GIVES,
            Matrix("gains", so_far.copy(), marked(gain.shape, ((i, j), Tone.MADE))),
        )
        words = (f"the marked numbers add up to {number(float(gain[i, j]))}",)
        title = f"Step {i * stride + j + 1} of {gain.size}: phase {place(i, j)}"
        scenes.append(Scene(title, pieces, words, is_step=True))
    return scenes if gain.size <= 16 else []


def _score(gain: Floats, value: float | None, note: str) -> Scene:
    high, low, mean = float(gain.max()), float(gain.min()), float(gain.mean())
    sum_ = f"({number(high)} - {number(low)}) / |{number(mean)}|"
    words = f"score = {sum_} = {number(value)}" if value is not None else f"There is no score: {note}."
    verdict = () if value is None else ("It is clean.",) if value == 0 else ("It will show.",)
    return Scene("The score", (Matrix("gains", gain),), (words, *verdict))


def _constant(gain: Floats, measured: Floats, amplitude: float) -> Scene:
    equal = bool(np.allclose(gain, measured))
    pieces = (
        Matrix("predicted gains", gain),
        Sign.EQUALS if equal else Sign.BESIDE,
        Matrix("measured on a constant 1", measured),
    )
    words = (
        f"Both are computed here: they {'agree' if equal else 'do NOT agree, which is a bug of upscli'}.",
        "In the spectrum of the result, at multiples of 1 / stride, the pattern has an amplitude of"
        f" {number(amplitude)} (root mean square); this also finds patterns of mean 0.",
    )
    return Scene("Measured", pieces, words)


def _cure_scene(cure: Cure, facts: dict[str, Any]) -> Scene:
    title = f"Cure '{cure}': {CURES[cure]}"
    if facts["kernel"] is None:
        return Scene(title, (), (f"It cannot be done here: {facts['note']}.",))
    score_words = f"no score: {facts['note']}" if facts["score"] is None else f"score {number(facts['score'])}"
    pieces = (
        Matrix(f"kernel {size_of(facts['kernel'])}", facts["kernel"]),
        Sign.GIVES,
        Matrix("gains", facts["gains"]),
    )
    return Scene(title, pieces, (score_words,))


def _others(others: dict[str, float | None], stride: int) -> Scene:
    words = tuple(f"{name}: {'none' if value is None else number(value)}" for name, value in others.items())
    return Scene(f"Well-known kernels and their scores, stride {stride}", (), words)
