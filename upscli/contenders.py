"""Methods that are set side by side, from words: `bicubic`, `bicubic:a=-0.75`, a family, or `all`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from upscli import registry
from upscli.errors import MethodError
from upscli.options import as_values, describe, make_options, near

if TYPE_CHECKING:
    from upscli.method import Method

ALL = "all"


@dataclass(frozen=True)
class Contender:
    """A method with options."""

    method: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """Those that were given, as values."""

    def __hash__(self) -> int:
        return hash(self.label)

    @property
    def label(self) -> str:
        """What it is called beside others: `bicubic a=-0.75`."""
        return " ".join([self.method, *(f"{key}={value}" for key, value in self.options.items())])

    def resolved(self) -> "tuple[Method, Any]":
        """The method, and an instance of its options. Raises MethodError."""
        method = registry.get(self.method)
        return method, make_options(method.name, method.options, self.options)


def contenders(words: Sequence[str]) -> tuple[Contender, ...]:
    """All that the words name, each once, in their order.

    A word is a list `NAME:key=value:key=value,NAME2`, where a NAME without options may also be a family, or `all`:
    those that make new colors at a size that is asked for. Raises MethodError for what there is not.
    """
    found: dict[str, Contender] = {}
    for word in words:
        for part in word.split(","):
            for one in _named(part.strip()):
                found.setdefault(one.label, one)
    return tuple(found.values())


def named(words: Sequence[str]) -> frozenset[str]:
    """The names in those lists, families and `all` among them."""
    return frozenset(part.partition(":")[0].strip() for word in words for part in word.split(","))


def check_comparable(method: "Method") -> None:
    """Raise MethodError for a method whose results cannot be held against those of others."""
    if not _comparable(method):
        reason = "makes no new colors" if method.takes == "labels" else "decides the size itself"
        raise MethodError(f"{method.name} {reason}, so it cannot be set beside others")


def _named(part: str) -> list[Contender]:
    name, *pairs = part.split(":")
    if not name:
        raise MethodError("a method without a name; give a list such as bicubic,lanczos:lobes=4")
    if name in registry.names():
        method = registry.get(name)
        check_comparable(method)
        return [Contender(name, _options(part, method, pairs))]
    group = [method for method in _able() if name in (ALL, method.family)]
    if not group:
        families = sorted({method.family for method in _able()})
        hint = near(name, [*registry.names(), *families, ALL]) or f" (families: {', '.join(families)}; or all)"
        raise MethodError(f"no method or family '{name}'{hint}")
    if pairs:
        raise MethodError(f"'{part}': {name} is several methods, and options are for one")
    return [Contender(method.name) for method in group]


def _able() -> "list[Method]":
    """All that can be set beside others, but for those that need a file of the user's."""
    found = [method for _, method in registry.everything() if not isinstance(method, MethodError)]
    return [method for method in found if _comparable(method) and not _needs_file(method)]


def _needs_file(method: "Method") -> bool:
    return any(row["type"] == "path" and row["default"] is None for row in describe(method.options))


def _comparable(method: "Method") -> bool:
    """It makes new colors, at a size that is asked for."""
    return method.takes == "colors" and method.target is None


def _options(part: str, method: "Method", pairs: Sequence[str]) -> dict[str, Any]:
    given = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise MethodError(f"'{part}': '{pair}' is not KEY=VALUE, as in bicubic:a=-0.75")
        if key in given:
            raise MethodError(f"'{part}': {key} is given twice")
        given[key] = value
    values = as_values(make_options(method.name, method.options, given))
    return {key: values[key] for key in given}
