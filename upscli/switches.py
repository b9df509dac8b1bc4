"""The switches of a max pooling as a file: what `upscli pool` writes and max unpooling reads. Never pickled."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from upscli.errors import MethodError, ModelError
from upscli.kernels.windows import pooled_size
from upscli.npz import read_npz, write_npz

KIND = "upscli-switches"
VERSION = 1
MOST_BYTES = 1 << 30
"""Declared in the file, all arrays together: enough for 300 million pixels of 3 channels, pooled to half their size."""


@dataclass(frozen=True, eq=False)
class Switches:
    """Where each maximum was, and all that decides the size of the result."""

    places: NDArray[np.int64]
    """(pooled rows, pooled columns, channels): row * width + column."""
    size: tuple[int, int]
    """(height, width) of the picture that was pooled."""
    window: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int] = (0, 0)
    ceil_mode: bool = False


def write_switches(stream: BinaryIO, switches: Switches) -> None:
    """Write them to a binary file. Equal switches make equal bytes."""
    small = np.min_scalar_type(switches.size[0] * switches.size[1])
    arrays: dict[str, NDArray[Any]] = {
        "kind": np.array(KIND),
        "version": np.array(VERSION),
        "places": switches.places.astype(small),
        "size": np.array(switches.size),
        "window": np.array(switches.window),
        "stride": np.array(switches.stride),
        "padding": np.array(switches.padding),
        "ceil_mode": np.array(int(switches.ceil_mode)),
    }
    write_npz(stream, arrays)


def read_switches(path: Path) -> Switches:
    """Switches from a file; the one read last is kept. Raises ModelError for any other, damaged or hostile file."""
    try:
        status = path.stat()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error})") from None
    return _read(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int, _bytes: int) -> Switches:
    arrays = read_npz(path, MOST_BYTES)
    if "kind" not in arrays or str(arrays["kind"]) != KIND:
        raise ModelError(f"{path} holds no switches; 'upscli pool --switches FILE' writes them")
    version = arrays.get("version", np.array(0))
    if version.shape != () or version != VERSION:
        raise ModelError(f"{path} has switches of format {version}, and this upscli reads format {VERSION}")
    pairs = {name: _pair(path, arrays, name) for name in ("size", "window", "stride", "padding")}
    ceil_mode = bool(arrays.get("ceil_mode", np.array(0)).any())
    return _checked(path, Switches(_places(path, arrays), ceil_mode=ceil_mode, **pairs))


def _pair(path: Path, arrays: dict[str, NDArray[Any]], name: str) -> tuple[int, int]:
    value = arrays.get(name)
    if value is None or value.shape != (2,) or value.dtype.kind not in "iu" or value.min() < 0:
        raise ModelError(f"{path}: its {name} is not two whole numbers; pool the picture again")
    if int(value.max()) > 1 << 31:
        raise ModelError(f"{path}: its {name} of {int(value.max()):,} is no picture's; pool the picture again")
    return int(value[0]), int(value[1])


def _places(path: Path, arrays: dict[str, NDArray[Any]]) -> NDArray[np.int64]:
    places = arrays.get("places")
    if places is None or places.ndim != 3 or places.dtype.kind not in "iu" or not places.size:
        raise ModelError(f"{path}: its places are not whole numbers (rows, columns, channels); pool the picture again")
    return places.astype(np.int64)


def _checked(path: Path, switches: Switches) -> Switches:
    if min(*switches.size, *switches.window, *switches.stride) < 1:
        raise ModelError(f"{path}: its size, window or stride is 0; pool the picture again")
    axes = zip(switches.size, switches.window, switches.stride, switches.padding, strict=True)
    try:
        pooled = tuple(pooled_size(*axis, switches.ceil_mode) for axis in axes)
    except MethodError as error:
        raise ModelError(f"{path}: {error}") from None
    if switches.places.shape[:2] != pooled:
        made = " x ".join(map(str, pooled[::-1]))
        held = " x ".join(map(str, switches.places.shape[1::-1]))
        raise ModelError(f"{path}: its window and stride make {made} values and it has {held}; pool the picture again")
    if switches.places.min() < 0 or switches.places.max() >= switches.size[0] * switches.size[1]:
        raise ModelError(f"{path}: a switch points beyond its picture; pool the picture again")
    return switches
