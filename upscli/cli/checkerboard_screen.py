"""A checkerboard's numbers for people: plain lines, or a screen with the pattern in colors."""

from typing import TYPE_CHECKING, Any

from upscli.cli.terminal import is_watched, printable, show_table

if TYPE_CHECKING:
    from rich.text import Text

    from upscli.checkerboards import Finding, Pattern, Remedy

_MOST = 8
"""Phases a side that a terminal has room for."""


def lines_of(found: "Finding", remedy: "Remedy | None") -> list[str]:
    """All that is known, without colors."""
    gains = _rows("gains" if found.kind != "picture" else "means", found.pattern.gains)
    return [title(found), *gains, *_below(found, remedy)]


def _below(found: "Finding", remedy: "Remedy | None") -> list[str]:
    """What stands below the gains."""
    lines = [f"{name:<10}{value}" for name, value in _facts(found)]
    lines += ["cures"] if found.remedies else []
    for each in found.remedies:
        told = _told(each.pattern) if each.pattern else each.note
        size = "" if each.kernel is None else f", {' x '.join(map(str, each.kernel.shape))}"
        lines.append(f"  {each.cure.value:<8}{told}{size}")
    lines += _advice(found)
    if remedy and remedy.kernel is not None:
        lines += _rows(f"after {remedy.cure.value}", remedy.kernel, "\n")
    return lines


def draw(found: "Finding", remedy: "Remedy | None") -> bool:
    """The same on a terminal, in colors; False if stdout is none, or the pattern too large."""
    if not is_watched() or max(found.pattern.gains.shape) > _MOST:
        return False
    from rich.console import Group
    from rich.text import Text

    shown = [found.pattern] + ([remedy.pattern] if remedy and remedy.pattern else [])
    below = (Text(printable(line)) for line in _below(found, remedy))
    show_table(Group(Text(printable(title(found))), Text(), _blocks(shown), Text(), *below))
    return True


def _blocks(patterns: list["Pattern"]) -> "Text":
    """Two periods of each pattern: a block of color for each phase, with its gain in the first period."""
    from rich.text import Text

    from upscli.heatmap import colors_of

    text = Text()
    words = [[_number(gain) for gain in pattern.gains.flat] for pattern in patterns]
    wide = max(len(word) for each in words for word in each) + 2
    high, across = patterns[0].gains.shape
    for row in range(2 * high):
        for index, pattern in enumerate(patterns):
            text.append("  ->  " if index and row == high else "      " if index else "")
            colors = colors_of(pattern.gains)
            for column in range(2 * across):
                i, j = row % high, column % across
                red, green, blue = (int(level) for level in colors[i, j])
                word = words[index][i * across + j] if row < high and column < across else ""
                ink = "black" if 0.3 * red + 0.6 * green + 0.1 * blue > 130 else "white"
                text.append(word.center(wide), style=f"{ink} on rgb({red},{green},{blue})")
        text.append("\n" if row < 2 * high - 1 else "")
    return text


def title(found: "Finding") -> str:
    """What was looked at."""
    down, across = found.stride
    stride = str(down) if down == across else f"{across}x{down}"
    size = "" if found.kernel is None else f", {' x '.join(map(str, found.kernel.shape))}"
    return f"{found.kind} {found.name}{size}, stride {stride}".replace("kernel kernel", "kernel")


def _facts(found: "Finding") -> list[tuple[str, str]]:
    facts = [("score", _told(found.pattern))]
    if found.constant is not None and found.kernel is not None:
        facts.append(("measured", f"{_told(found.constant)} on a constant"))
    if found.picture is not None:
        facts.append(("" if found.kernel is not None else "measured", f"{_told(found.picture)} on a picture"))
    spectrum = found.spectrum
    facts.append(
        ("spectrum", f"{spectrum.share:.1%} of the fine structure, {_number(spectrum.amplitude)} levels of 255")
    )
    return facts


def _advice(found: "Finding") -> list[str]:
    lines = [*found.notes]
    if found.suggested is not None:
        cure = found.suggested
        lines.append(f"suggested: --fix {cure.cure.value}, {'all gains equal' if cure.pattern else cure.note}")
    elif found.kernel is not None:
        lines.append("clean: all gains are equal")
    elif found.kind == "picture":
        strong = found.spectrum.share >= 0.2 and found.spectrum.amplitude >= 0.5
        lines.append("a pattern of this stride shows" if strong else "no pattern of this stride shows")
    return lines


def _told(pattern: "Pattern") -> str:
    value = pattern.score.value
    if value is None:
        return "none; all gains are 0" if pattern.even else "none"
    return _number(value)


def _rows(name: str, values: Any, between: str = "") -> list[str]:
    """A matrix with its columns in line, `name` before its first row or, with `between`, above it."""
    words = [[_number(value) for value in row] for row in values]
    wide = max(len(word) for row in words for word in row)
    rows = ["  ".join(word.rjust(wide) for word in row) for row in words]
    if between:
        return [name, *(f"  {row}" for row in rows)]
    return [f"{name if not index else '':<10}{row}" for index, row in enumerate(rows)]


def _number(value: float) -> str:
    return f"{value:.5g}"
