"""The library that makes NumPy's matrix products, where it is OpenBLAS."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL, c_char_p
from functools import cache
from threading import Lock
from typing import Any

from numpy.linalg import _umath_linalg

_PREFIXES_AND_SUFFIXES = (("scipy_", "64_"), ("scipy_", ""), ("", "64_"), ("", ""))
"""Of its functions' names, as NumPy's own builds and those of Linux distributions have them."""
_THREADS, _COUNT, _CORE = "openblas_set_num_threads", "openblas_get_num_threads", "openblas_get_corename"

_turn = Lock()
_before: list[int] = []
"""How many threads there were when each block of `by_one_thread` was entered: none but the first says more than one."""
if hasattr(os, "register_at_fork"):
    # Else a fork made while another thread has its turn would wait for it for ever.
    os.register_at_fork(before=_turn.acquire, after_in_parent=_turn.release, after_in_child=_turn.release)


def find() -> None:
    """Look up what the others call. A fork that found it by itself would take a lock of the system's loader."""
    for name in (_THREADS, _COUNT, _CORE):
        _function(name)


@contextmanager
def by_one_thread() -> Iterator[None]:
    """Have each product made by one thread within a block, and afterwards as before. Blocks may overlap.

    Others may be at work beside this one. And several threads share the rows of a product out among them, at whose ends
    some kernels (those for AVX2) add up in another order: results would depend on the number of threads.
    """
    tell, ask = _function(_THREADS), _function(_COUNT)
    if tell is None or ask is None:
        yield
        return
    with _turn:
        _before.append(ask())
        if _before[-1] > 1:
            tell(1)
    try:
        yield
    finally:
        with _turn:
            if (before := _before.pop()) > 1:  # the first block's number, of the last to be left
                tell(before)


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
