"""Max pooling that remembers where each maximum was, and max unpooling, which goes back there."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.kernels.pooling import max_pool, max_unpool
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

Switches = NDArray[np.int64]


def max_pooling(input: Floats, window: int, stride: int | None, padding: int) -> Lesson:  # noqa: A002
    """Raises MethodError for windows that may hold no number."""
    stride = stride or window
    output, switches = max_pool(input, window, stride, padding)
    check_numbers(output.size, window * window)
    steps = [_window_step(input, window, stride, padding, position, switches) for position in np.ndindex(*output.shape)]
    scenes = [_pooled(input, output, switches)]
    scenes += [_pool_scene(input, output, switches, i, steps) for i in range(min(len(steps), MOST_SCENES))]
    facts = {
        "topic": "max-pooling",
        "input": input,
        "window": window,
        "stride": stride,
        "padding": padding,
        "steps": steps,
        "output": output,
        "switches": switches,
    }
    words = (
        f"From each window of {window} x {window}, {stride} apart, only the maximum is kept; of equal ones the first.",
        "Its place is remembered, too: the switch is row * width + column of the input, counted from 0. It says"
        " WHERE, and max unpooling needs it.",
        *(("The padding is never the maximum.",) if padding else ()),
        *left_out(len(steps)),
    )
    return Lesson("max-pooling", "Max pooling: the maximum, and where it was", words, tuple(scenes), plain(facts))


def max_unpooling(input: Floats, window: int, stride: int | None, padding: int) -> Lesson:  # noqa: A002
    """The input is pooled first. Raises MethodError for windows that may hold no number."""
    stride = stride or window
    pooled, switches = max_pool(input, window, stride, padding)
    output = max_unpool(pooled, switches, (input.shape[0], input.shape[1]))
    steps = [_return_step(input, pooled, switches, position) for position in np.ndindex(*pooled.shape)]
    scenes = [_returned(input, pooled, switches, output)]
    scenes += [_unpool_scene(pooled, switches, output, i, steps) for i in range(min(len(steps), MOST_SCENES))]
    scenes.append(_kept(input, output, window, stride, padding))
    facts = {
        "topic": "max-unpooling",
        "input": input,
        "window": window,
        "stride": stride,
        "padding": padding,
        "pooled": pooled,
        "switches": switches,
        "steps": steps,
        "output": output,
    }
    words = (
        "Each max unpooling is the partner of a max pooling: every value goes to the place that was remembered for"
        " it, all others are 0. The size is the pooled picture's, also if it was odd.",
        *_claims(stride, window),
        *left_out(len(steps)),
    )
    return Lesson("max-unpooling", "Max unpooling: back to where it was", words, tuple(scenes), plain(facts))


def _claims(stride: int, window: int) -> tuple[str, ...]:
    if stride >= window:
        return ()
    return ("These windows overlap, so two values can claim one place: the larger wins.",)


def _window_step(
    input_: Floats, window: int, stride: int, padding: int, position: tuple[int, ...], switches: Switches
) -> dict[str, Any]:
    spans = [
        range(max(where * stride - padding, 0), min(where * stride - padding + window, n))
        for where, n in zip(position, input_.shape, strict=True)
    ]
    found = divmod(int(switches[position]), input_.shape[1])
    return {
        "position": position,
        "rows": [spans[0].start, spans[0].stop],
        "columns": [spans[1].start, spans[1].stop],
        "window": input_[spans[0].start : spans[0].stop, spans[1].start : spans[1].stop],
        "maximum": input_[found],
        "place": found,
        "switch": switches[position],
    }


def _return_step(input_: Floats, pooled: Floats, switches: Switches, position: tuple[int, ...]) -> dict[str, Any]:
    return {
        "from": position,
        "value": pooled[position],
        "switch": switches[position],
        "place": divmod(int(switches[position]), input_.shape[1]),
    }


def _so_far(values: NDArray[Any], count: int) -> Floats:
    """The first `count` values, row by row, and no number elsewhere."""
    held = np.full(values.size, np.nan)
    held[:count] = values.reshape(-1)[:count]
    return held.reshape(values.shape)


def _pooled(input_: Floats, output: Floats, switches: Switches) -> Scene:
    pieces = (
        Matrix(f"input {size_of(input_)}", input_, _at_switches(input_, switches, Tone.READ)),
        Sign.GIVES,
        Matrix(f"result {size_of(output)}", output),
        Sign.BESIDE,
        Matrix("switches", switches.astype(np.float64)),
    )
    return Scene("All at once", pieces, ("The maxima are marked.",))


def _at_switches(values: Floats, switches: Switches, tone: Tone) -> Any:
    rows, columns = np.divmod(switches.reshape(-1), values.shape[1])
    return marked(values.shape, ((rows, columns), tone))


def _pool_scene(input_: Floats, output: Floats, switches: Switches, index: int, steps: list[dict[str, Any]]) -> Scene:
    step = steps[index]
    window = slice(*step["rows"]), slice(*step["columns"])
    new = marked(output.shape, (step["position"], Tone.MADE))
    pieces = (
        Matrix("input", input_, marked(input_.shape, (window, Tone.READ), (step["place"], Tone.MADE))),
        Sign.GIVES,
        Matrix("result", _so_far(output, index + 1), new),
        Sign.BESIDE,
        Matrix("switches", _so_far(switches, index + 1), new),
    )
    row, column = step["place"]
    words = (
        f"the maximum is {number(step['maximum'])} at {place(row, column)};"
        f" its switch is {row} * {input_.shape[1]} + {column} = {step['switch']}",
    )
    title = f"Step {index + 1} of {len(steps)}: the window of result {place(*step['position'])}"
    return Scene(title, pieces, words, is_step=True)


def _returned(input_: Floats, pooled: Floats, switches: Switches, output: Floats) -> Scene:
    pieces = (
        Matrix(f"input {size_of(input_)}", input_, _at_switches(input_, switches, Tone.READ)),
        Sign.GIVES,
        Matrix("pooled", pooled),
        Sign.BESIDE,
        Matrix("switches", switches.astype(np.float64)),
        Sign.GIVES,
        Matrix(f"unpooled {size_of(output)}", output, _at_switches(output, switches, Tone.MADE)),
    )
    return Scene("All at once: pool, then unpool", pieces)


def _unpool_scene(pooled: Floats, switches: Switches, output: Floats, index: int, steps: list[dict[str, Any]]) -> Scene:
    step = steps[index]
    so_far = max_unpool(pooled.reshape(-1, 1)[: index + 1], switches.reshape(-1, 1)[: index + 1], output.shape)
    source = marked(pooled.shape, (step["from"], Tone.READ))
    pieces = (
        Matrix("pooled", pooled, source),
        Sign.BESIDE,
        Matrix("switches", switches.astype(np.float64), source),
        Sign.GIVES,
        Matrix("result", so_far, marked(output.shape, (step["place"], Tone.MADE))),
    )
    row, column = step["place"]
    words = [f"switch {step['switch']} = {row} * {output.shape[1]} + {column}: row {row}, column {column}"]
    if so_far[row, column] != step["value"]:
        words.append(f"{number(so_far[row, column])} is there already and larger: it stays")
    title = f"Step {index + 1} of {len(steps)}: {number(step['value'])} goes to {place(row, column)}"
    return Scene(title, pieces, tuple(words), is_step=True)


def _kept(input_: Floats, output: Floats, window: int, stride: int, padding: int) -> Scene:
    again, _ = max_pool(output, window, stride, padding)
    pieces = (
        Matrix("input", input_),
        Sign.BESIDE,
        Matrix("unpooled", output),
        Sign.GIVES,
        Matrix("pooled again", again),
    )
    words = ("What was not a maximum is lost: one value of each window is left, and it stands where it stood.",)
    return Scene("What is kept", pieces, words)
