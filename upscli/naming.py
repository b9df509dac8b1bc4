"""Names of results: a template of named fields, filled for each picture."""

from collections.abc import Mapping
from pathlib import PurePath
from re import fullmatch, sub
from string import Formatter

from upscli.errors import UpscliError
from upscli.options import near
from upscli.size import Scale, Size, Wide

BESIDE = "{dir}/{stem}_{method}_x{scale}{ext}"
"""Where results lie beside their sources."""
APART = "{dir}/{stem}{ext}"
"""Where results have a folder of their own."""

FIELDS = ("dir", "stem", "ext", "method", "scale", "width", "height", "index")
_NUMBERS = ("width", "height", "index")


def check_template(template: str) -> None:
    """Raise UpscliError for a template that has other fields than FIELDS, or that leaves the output folder."""
    try:
        pieces = list(Formatter().parse(template))
    except ValueError as error:
        raise UpscliError(f"template '{template}' cannot be read ({error}); a field is written {{stem}}") from None
    for _, name, spec, conversion in pieces:
        if name is None:
            continue
        if name not in FIELDS:
            raise UpscliError(f"template '{template}' has no field '{name}'{near(name, list(FIELDS))} ({_known()})")
        if conversion or (spec and (name not in _NUMBERS or not fullmatch("[0-9]{1,2}", spec))):
            raise UpscliError(f"template '{template}': only {', '.join(_NUMBERS)} take digits, such as {{index:04}}")
    if PurePath(template).is_absolute() or ".." in PurePath(template).parts:
        raise UpscliError(f"template '{template}' leaves the output folder; -o names the folder")
    if template.endswith("/") or not any(name for _, name, _, _ in pieces):
        raise UpscliError(f"template '{template}' gives every picture the same name; use {_known()}")


def fill(template: str, fields: Mapping[str, str | int]) -> PurePath:
    """The path below the output folder. Raises UpscliError where the fields lead out of it."""
    path = PurePath(template.format_map(fields).lstrip("/"))
    if ".." in path.parts or not path.name:
        raise UpscliError(f"template '{template}' gives '{path}', which leaves the output folder")
    return path


def scale_words(template: str, size: Size, target: Wide) -> tuple[str, str]:
    """The template, and what {scale} is in it: `2`, `1.5`, `2x3`.

    After an exact size it is `1920x1080`, and an `x` right before the field is dropped.
    """
    label = size.label(target)
    if isinstance(size, Scale):
        return template, label[1:]
    return sub(r"(?<![A-Za-z0-9}])x\{scale\}", "{scale}", template), label


def _known() -> str:
    return ", ".join("{" + name + "}" for name in FIELDS)
