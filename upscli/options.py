"""Options of a method: fields of a frozen dataclass, read from `key=value` words and checked."""

import dataclasses
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any, get_type_hints

from upscli.errors import MethodError

_FALSE_TRUE = {"false": False, "no": False, "0": False, "true": True, "yes": True, "1": True}


def option(default: Any, help: str, low: float | None = None, high: float | None = None) -> Any:  # noqa: A002 - the word that Click uses
    """A dataclass field that `-O` can set: its default, one line about it, and its inclusive range."""
    return dataclasses.field(default=default, metadata={"help": help, "low": low, "high": high})


def describe(options: type) -> list[dict[str, Any]]:
    """One dictionary for each option: name, type, default, range or choices, help."""
    hints = _hints(options)
    rows = []
    for field in dataclasses.fields(options):
        kind = hints[field.name]
        row: dict[str, Any] = {"name": field.name, "type": _kind(kind)}
        row["default"] = _plain(field.default) or None if kind is Path else _plain(field.default)
        row["range"] = [field.metadata.get("low"), field.metadata.get("high")]
        row["choices"] = [member.value for member in kind] if issubclass(kind, Enum) else None
        row["help"] = field.metadata.get("help", "")
        rows.append(row)
    return rows


def make_options(name: str, options: type, given: Mapping[str, Any]) -> Any:
    """An instance of `options` for method `name`, from words (`{"a": "-0.75"}`) or values (`{"a": -0.75}`).

    Raises MethodError for an unknown key, a value of the wrong type, or one out of range.
    """
    hints = _hints(options)
    fields = {field.name: field for field in dataclasses.fields(options)}
    values = {}
    for key, word in given.items():
        if key not in fields:
            raise MethodError(_unknown(name, key, list(fields)))
        values[key] = _convert(f"option '{key}' of {name}", word, hints[key])
        _check_range(f"option '{key}' of {name}", values[key], fields[key].metadata)
    return options(**values)


@cache
def _hints(options: type) -> dict[str, Any]:
    return get_type_hints(options)


def as_values(options: Any) -> dict[str, Any]:
    """The options as text, numbers and truth values: what reports say, and what `make_options` takes again."""
    return {key: _plain(value) for key, value in dataclasses.asdict(options).items()}


def near(word: str, known: list[str]) -> str:
    """`; did you mean 'x'?` for the nearest of the known words, or nothing."""
    from difflib import get_close_matches  # only mistakes ask for it

    found = get_close_matches(word, known, n=1)
    return f"; did you mean '{found[0]}'?" if found else ""


def _unknown(name: str, key: str, known: list[str]) -> str:
    if not known:
        return f"{name} has no options, so '{key}' cannot be set"
    return f"{name} has no option '{key}'{near(key, known)} (it has: {', '.join(known)})"


def _kind(kind: type) -> str:
    return "choice" if issubclass(kind, Enum) else "path" if issubclass(kind, Path) else kind.__name__


def _plain(value: Any) -> Any:
    """Enums and paths in words; a path that was not given is the empty word."""
    if isinstance(value, Path):
        return "" if value == Path() else str(value)
    return value.value if isinstance(value, Enum) else value


def _convert(where: str, word: Any, kind: type) -> Any:
    try:
        return _VALUES.get(kind, kind)(word)
    except (ValueError, KeyError, TypeError, OverflowError):
        expected = {int: "a whole number", float: "a number", bool: "true or false"}.get(kind, _kind(kind))
        if issubclass(kind, Enum):
            expected = "one of " + ", ".join(str(member.value) for member in kind)
        raise MethodError(f"{where} is '{word}', which is not {expected}") from None


def _bool(word: Any) -> bool:
    return word if isinstance(word, bool) else _FALSE_TRUE[str(word).lower()]


def _int(word: Any) -> int:
    if isinstance(word, bool) or (isinstance(word, float) and word != int(word)):
        raise ValueError(word)
    return int(word)


def _float(word: Any) -> float:
    if isinstance(word, bool) or not isfinite(float(word)):
        raise ValueError(word)
    return float(word)


_VALUES: dict[type, Callable[[Any], Any]] = {bool: _bool, int: _int, float: _float}


def _check_range(where: str, value: Any, limits: Mapping[str, Any]) -> None:
    low, high = limits.get("low"), limits.get("high")
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = (
            f"{low} to {high}" if None not in (low, high) else f"at least {low}" if high is None else f"at most {high}"
        )
        raise MethodError(f"{where} is {value}; it must be {bounds}")
