"""The library that makes NumPy's matrix products, where it is OpenBLAS."""

from ctypes import CDLL, c_char_p
from functools import cache
from typing import Any

from numpy.linalg import _umath_linalg

_PREFIXES_AND_SUFFIXES = (("scipy_", "64_"), ("scipy_", ""), ("", "64_"), ("", ""))
"""Of its functions' names, as NumPy's own builds and those of Linux distributions have them."""
_THREADS, _CORE = "openblas_set_num_threads", "openblas_get_corename"


def find() -> None:
    """Look up what the others call. A fork that found it by itself would take a lock of the system's loader."""
    _function(_THREADS)
    _function(_CORE)


def one_thread() -> None:
    """Have each product made by one thread from now on: others are at work beside this one."""
    if (tell := _function(_THREADS)) is not None:
        tell(1)


def core() -> str:
    """The processor that its products are written for, such as Haswell or SkylakeX; empty if nobody tells."""
    if (tell := _function(_CORE)) is None:
        return ""
    tell.restype = c_char_p
    name: bytes = tell() or b""
    return name.decode("ascii", "replace")


@cache
def _function(name: str) -> Any:
    """None if it is another library, or if the system does not find it from here."""
    library = _loaded()
    names = (f"{before}{name}{after}" for before, after in _PREFIXES_AND_SUFFIXES)
    return next((getattr(library, each) for each in names if hasattr(library, each)), None)


def _loaded() -> CDLL | None:
    """NumPy's module of linear algebra: functions are looked for in the libraries that it needs, too."""
    try:
        return CDLL(_umath_linalg.__file__)
    except OSError:  # modules that are no files
        return None
