"""Methods by name: the built-in table, the plugins that are installed, and one `get()`.

A plugin is an entry point of the group `upscli.methods.v1` whose name is the
method's name and whose object is a `Method`. Listing names imports nothing; a
module is imported when its method is first asked for. UPSCLI_PLUGINS=0 ignores
all plugins.
"""

import os
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from upscli.errors import MethodError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from upscli.method import Method

GROUP = "upscli.methods.v1"

BUILTIN = {
    "nearest": "upscli.methods.interpolation:NEAREST",
    "box": "upscli.methods.interpolation:BOX",
    "bilinear": "upscli.methods.interpolation:BILINEAR",
    "hermite": "upscli.methods.interpolation:HERMITE",
    "bicubic": "upscli.methods.interpolation:BICUBIC",
    "catmull-rom": "upscli.methods.interpolation:CATMULL_ROM",
    "mitchell": "upscli.methods.interpolation:MITCHELL",
    "b-spline": "upscli.methods.interpolation:B_SPLINE",
    "lanczos": "upscli.methods.interpolation:LANCZOS",
    "hamming": "upscli.methods.interpolation:HAMMING",
    "gaussian": "upscli.methods.interpolation:GAUSSIAN",
    "magic-kernel-sharp": "upscli.methods.interpolation:MAGIC_KERNEL_SHARP",
    "bed-of-nails": "upscli.methods.unpooling:BED_OF_NAILS",
    "max-unpool": "upscli.methods.unpooling:MAX_UNPOOL",
    "transposed-conv": "upscli.methods.transposed:TRANSPOSED_CONV",
    "resize-conv": "upscli.methods.transposed:RESIZE_CONV",
    "sub-pixel": "upscli.methods.transposed:SUB_PIXEL",
    "labels": "upscli.methods.labels:LABELS",
    "trained": "upscli.methods.learned:TRAINED",
    "learned-linear": "upscli.methods.learned:LEARNED_LINEAR",
    "learned-buckets": "upscli.methods.learned:LEARNED_BUCKETS",
    "learned-fast": "upscli.methods.learned:LEARNED_FAST",
    "learned": "upscli.methods.learned:LEARNED",
    "learned-best": "upscli.methods.learned:LEARNED_BEST",
}


def names() -> list[str]:
    """All names that can be asked for, the built-in ones first. Imports no method."""
    return [*BUILTIN, *sorted(set(_plugins()) - set(BUILTIN))]


def get(name: str) -> "Method":
    """The method of this name. Raises MethodError if there is none, two claim it, or its plugin is broken."""
    if name in BUILTIN:
        module, _, attribute = BUILTIN[name].partition(":")
        method: Method = getattr(import_module(module), attribute)
        return method
    claims = _plugins().get(name, ())
    if not claims:
        from upscli.options import near

        hint = near(name, names()) or "; 'upscli methods' lists them"
        raise MethodError(f"no method '{name}'{hint}")
    if len(claims) > 1:
        packages = " and ".join(sorted(_package(claim) for claim in claims))
        raise MethodError(f"method '{name}' is claimed by two packages, {packages}; uninstall one of them")
    return _load(name, claims[0])


def everything() -> Iterator["tuple[str, Method | MethodError]"]:
    """Every name with its method, or with the reason why it cannot be used."""
    for name in names():
        try:
            yield name, get(name)
        except MethodError as error:
            yield name, error
    for name in sorted(set(_plugins()) & set(BUILTIN)):
        packages = ", ".join(sorted(_package(claim) for claim in _plugins()[name]))
        yield name, MethodError(f"method '{name}' of {packages} is ignored: the name is built in")


@cache
def _plugins() -> "dict[str, tuple[EntryPoint, ...]]":
    if os.environ.get("UPSCLI_PLUGINS") == "0":
        return {}
    from importlib.metadata import entry_points

    found: dict[str, tuple[EntryPoint, ...]] = {}
    for point in entry_points(group=GROUP):
        found[point.name] = (*found.get(point.name, ()), point)
    return found


@cache
def _load(name: str, point: "EntryPoint") -> "Method":
    from upscli.method import Method

    where = f"method '{name}' of {_package(point)}"
    try:
        found = point.load()
    except Exception as error:
        raise MethodError(f"{where} cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(found, Method):
        raise MethodError(f"{where} is a {type(found).__name__}, not an upscli Method")
    if found.name != name:
        raise MethodError(f"{where} calls itself '{found.name}'; both names must be the same")
    return found


def _package(point: "EntryPoint") -> str:
    return point.dist.name if point.dist else point.value
