"""Formats that Pillow knows only by another package: which extra of upscli brings them, and whether it is here."""

from importlib import import_module
from importlib.util import find_spec

from upscli.errors import UpscliError

MODULES = {"heif": "pillow_heif", "jxl": "pillow_jxl"}
"""Extra -> the module that it installs."""


def is_installed(extra: str) -> bool:
    """Without importing it; formats of Pillow's own need nothing."""
    return not extra or find_spec(MODULES[extra]) is not None


def missing(extra: str, kind: type[UpscliError]) -> UpscliError:
    """The error for a format whose extra is not installed."""
    return kind(f"{extra} needs a package that is not installed; pip install 'upscli[{extra}]' brings it")


def load(extra: str, kind: type[UpscliError]) -> None:
    """Make Pillow know the format. Raises `kind` where the extra is not installed."""
    if not is_installed(extra):
        raise missing(extra, kind)
    module = import_module(MODULES[extra])  # pillow_jxl tells Pillow by being imported
    if extra == "heif":
        module.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
