"""The header of a model file: its fields, and the check of each as it comes from JSON."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from upscli.errors import ModelError

KINDS = ("linear", "buckets", "network")
LARGEST_SCALE = 8
LARGEST_WINDOW = 511
MOST_LAYERS = 512
MOST_ITEMS = 512
"""Credits, scores, or rows of what was tried."""
LARGEST_NUMBER = 1e9
LONGEST_TEXT = 4000
"""Characters."""

Layer = Mapping[str, Any]
"""What one layer is: words, numbers, and lists of whole numbers."""


@dataclass(frozen=True)
class Credit:
    """Pictures that a model was trained on, of one source and licence."""

    name: str
    licence: str
    pictures: int


@dataclass(frozen=True)
class Header:
    """What a model is, where it comes from, and what it is worth: its card."""

    kind: str
    """One of `KINDS`."""
    scale: int
    """The factor it enlarges by."""
    window: int
    """Source pixels, an odd number, that a block of `scale` x `scale` results is made from, along each axis."""
    color: str = "y"
    """`y`: the model makes the luma, and bicubic the rest."""
    layers: tuple[Layer, ...] = ()
    """Of a network, in the order of the work."""
    settings: Layer = field(default_factory=dict)
    """Of the other kinds: what the arrays alone do not say."""
    training: tuple[Credit, ...] = ()
    licence: str = ""
    """Under which the weights may be used."""
    command: str = ""
    """That made it."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """What was measured (such as `PSNR of Set5, x2`) -> the number."""
    tried: tuple[str, ...] = ()
    """What else was tried and what came of it, one line each."""
    sha256: str = ""
    """Of the arrays, as `modelfile.digest` makes it; set when the model is saved."""

    @property
    def reach(self) -> int:
        """Source pixels that it looks at on each side."""
        return self.window // 2


def header_of(given: Mapping[str, Any]) -> Header:
    """A header from the fields of a file. Raises ModelError, naming the field, for whatever no model has."""
    known = {one.name for one in fields(Header)}
    for name in given:
        if name not in known:
            raise ModelError(f"its header has a field '{name:.40}', which this upscli does not know")
    made = {}
    for name, check in _CHECKS.items():
        if name not in given:
            raise ModelError(f"its header lacks '{name}'")
        try:
            made[name] = check(given[name])
        except ValueError as error:
            raise ModelError(f"'{name}' in its header {error}") from None
    return Header(**made)


def _one_of(*words: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError(f"is {value!r:.40}, not one of {', '.join(words)}")
        return value

    return check


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"is {value!r:.40}, not a whole number from {low} to {high}")
        return value

    return check


def _window(value: Any) -> int:
    if _whole(1, LARGEST_WINDOW)(value) % 2 == 0:
        raise ValueError(f"is {value}, which is even")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(f"is not a text of at most {LONGEST_TEXT} characters")
    if any(0xD800 <= ord(letter) < 0xE000 for letter in value):
        raise ValueError("holds half a character")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_NUMBER:
        raise ValueError(f"is {value!r:.40}, not a number")
    return value


def _many(check: Callable[[Any], Any], most: int = MOST_ITEMS) -> Callable[[Any], tuple[Any, ...]]:
    def checked(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) > most:
            raise ValueError(f"is not a list of at most {most}")
        return tuple(check(item) for item in value)

    return checked


def _table(check: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    def checked(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > MOST_ITEMS:
            raise ValueError(f"is not an object of at most {MOST_ITEMS} entries")
        return {_text(key): check(item) for key, item in value.items()}

    return checked


def _value(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return _text(value)
    return list(_many(_number)(value)) if isinstance(value, list | tuple) else _number(value)


def _credit(value: Any) -> Credit:
    if not isinstance(value, dict) or set(value) != {"name", "licence", "pictures"}:
        raise ValueError("holds something else than name, licence and pictures")
    return Credit(_text(value["name"]), _text(value["licence"]), _whole(0, 10**9)(value["pictures"]))


def _sha256(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise ValueError("is not a SHA-256")
    return value


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "kind": _one_of(*KINDS),
    "scale": _whole(2, LARGEST_SCALE),
    "window": _window,
    "color": _one_of("y"),
    "layers": _many(_table(_value), MOST_LAYERS),
    "settings": _table(_value),
    "training": _many(_credit),
    "licence": _text,
    "command": _text,
    "scores": _table(_number),
    "tried": _many(_text),
    "sha256": _sha256,
}
