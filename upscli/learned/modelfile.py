"""A trained model as a file: an .npz of plain numbers with a header of JSON, every field of it checked. Never pickled.

The entry `header` holds UTF-8 JSON as bytes; all other entries are the arrays. The header's SHA-256 is that of the
arrays, so a damaged number is found, and its sizes are known before memory is taken.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from upscli.errors import ModelError
from upscli.learned.fields import Credit, Header, header_of
from upscli.npz import read_npz, write_npz

FORMAT = "upscli-model"
VERSION = 1
MOST_BYTES = 64 << 20
"""Declared in a file, all arrays together, and of the file itself."""
MOST_ARRAYS = 1024
MOST_HEADER = 1 << 18
"""Bytes of JSON."""
DTYPES = ("<f2", "<f4", "|i1", "|u1", "<i2", "<u2", "<i4")
"""Of arrays. Half floats save room; all arithmetic is in float32."""
HEADER = "header"

__all__ = ["Credit", "Header", "Model", "load", "save"]


@dataclass(frozen=True, eq=False)
class Model:
    """A header and the numbers it speaks of."""

    header: Header
    arrays: Mapping[str, NDArray[Any]]
    """By name, read-only, of one of `DTYPES`."""

    def array(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """An array of that shape, as float32. Raises ModelError if the model has none."""
        found = self.arrays.get(name)
        if found is None:
            raise ModelError(f"the model has no array '{name}', which {self.header.kind} models need")
        if found.shape != shape:
            raise ModelError(f"the model's '{name}' has shape {found.shape}; its header says {shape}")
        return found.astype(np.float32)

    def size(self, name: str) -> int:
        """A whole number of the settings. Raises ModelError if it is not one from 1 to 4096."""
        found = self.header.settings.get(name)
        if not isinstance(found, int) or isinstance(found, bool) or not 1 <= found <= 4096:
            raise ModelError(f"its setting '{name}' is {found!r:.40}, not a whole number from 1 to 4096")
        return found


def load(path: Path) -> Model:
    """The model of a file; the ones read last are kept. Raises ModelError for a damaged, foreign or hostile file."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error})") from None
    return _load(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _load(path: Path, _changed: int, size: int) -> Model:
    if not path.is_file():
        raise ModelError(f"{path} is not a file; a model is an .npz that 'upscli train' writes")
    if size > MOST_BYTES:
        raise ModelError(f"{path} has {size:,} bytes, over the limit of {MOST_BYTES:,} for a model")
    _refuse_pickles(path)
    arrays = read_npz(path, MOST_BYTES, MOST_ARRAYS + 1)
    text = arrays.pop(HEADER, None)
    if text is None or text.dtype != np.uint8 or text.ndim != 1 or text.size > MOST_HEADER:
        raise ModelError(f"{path} holds no model; 'upscli train' writes them")
    try:
        return Model(_header(text.tobytes(), arrays), {name: _checked(name, array) for name, array in arrays.items()})
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None


def _refuse_pickles(path: Path) -> None:
    """The usual files of other programs, by their content. Pickled files can run code, so none is ever opened."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4096)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error})") from None
    if (start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05") or b"data.pkl" in start:
        raise ModelError(
            f"{path} is pickled, as PyTorch's files are, and could run code; use a model of 'upscli train'"
        )


def _header(text: bytes, arrays: Mapping[str, NDArray[Any]]) -> Header:
    try:
        fields = json.loads(text.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ModelError("its header is not JSON; train the model again") from None
    if not isinstance(fields, dict) or fields.pop("format", None) != FORMAT:
        raise ModelError(f"its header is not that of an {FORMAT}; 'upscli train' writes them")
    version = fields.pop("version", None)
    if version != VERSION or isinstance(version, bool):
        raise ModelError(f"it has format version {version!r:.40}, and this upscli reads {VERSION}")
    header = header_of(fields)
    if header.sha256 != digest(arrays):
        raise ModelError("its numbers are not those it was saved with (SHA-256 differs); copy or train it again")
    return header


def _no_number(word: str) -> float:
    raise ValueError(word)


def _checked(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.str not in DTYPES:
        raise ModelError(f"its array '{name}' holds {array.dtype}, not one of {', '.join(DTYPES)}")
    if array.ndim > 6 or not array.size:
        raise ModelError(f"its array '{name}' has shape {array.shape}, which no model has")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ModelError(f"its array '{name}' holds a NaN or infinity")
    return array


def digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of names, types, shapes and numbers, in the order of the names."""
    made = sha256()
    for name in sorted(arrays):
        array = arrays[name]
        made.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        made.update(np.ascontiguousarray(array).tobytes())
    return made.hexdigest()


def save(stream: BinaryIO, model: Model) -> None:
    """Write a model to a binary file, with the digest of its arrays. Equal models make equal bytes.

    Raises ModelError for what `load` would refuse.
    """
    arrays = {name: _checked(name, model.arrays[name]) for name in sorted(model.arrays)}
    header = replace(model.header, sha256=digest(arrays))
    fields = {"format": FORMAT, "version": VERSION, **asdict(header)}
    try:
        text = json.dumps(fields, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False).encode()
    except (ValueError, TypeError) as error:
        raise ModelError(f"its header cannot be written as JSON ({error})") from None
    _header(text, arrays)
    write_npz(stream, {HEADER: np.frombuffer(text, np.uint8), **arrays})
