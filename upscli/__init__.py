"""upscli: every image upsampling operator behind one flag, and one Python call.

    import upscli
    larger = upscli.enlarge(picture, method="lanczos", scale=2)

`import upscli` alone imports nothing else: names are fetched when they are used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from upscli.api import enlarge as enlarge
    from upscli.errors import InputError as InputError
    from upscli.errors import MethodError as MethodError
    from upscli.errors import ModelError as ModelError
    from upscli.errors import OutputError as OutputError
    from upscli.errors import UpscliError as UpscliError
    from upscli.method import Axis as Axis
    from upscli.method import Method as Method
    from upscli.options import option as option

__version__ = "0.1.0"

_HOMES = {
    "enlarge": "upscli.api",
    "UpscliError": "upscli.errors",
    "InputError": "upscli.errors",
    "OutputError": "upscli.errors",
    "MethodError": "upscli.errors",
    "ModelError": "upscli.errors",
    "Axis": "upscli.method",
    "Method": "upscli.method",
    "option": "upscli.options",
}

__all__ = [
    "Axis",
    "InputError",
    "Method",
    "MethodError",
    "ModelError",
    "OutputError",
    "UpscliError",
    "enlarge",
    "option",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'upscli' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
