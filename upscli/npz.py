"""Reading .npz files that may be damaged, hostile or something else: numbers only, sizes known before they are read."""

import ast
import struct
import zipfile
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from upscli.errors import ModelError

HEADER_BYTES = 10_000
"""More than any header of plain numbers has."""


def read_npz(path: Path, limit: int, entries: int = 64) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz file, of plain numbers or text, nothing pickled.

    Raises ModelError if it cannot be read, is no such file, or declares more than `limit` bytes or `entries` arrays.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = archive.infolist()
            _check_sizes(path, found, limit, entries)
            return {entry.filename.removesuffix(".npy"): _array(path, archive, entry) for entry in found}
    except ModelError:
        raise
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error})") from None
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, KeyError, struct.error, RuntimeError) as error:
        raise ModelError(f"{path} is not an .npz file that can be read ({_line(error)})") from None
    except (NotImplementedError, SyntaxError, TypeError, MemoryError, RecursionError, OverflowError) as error:
        raise ModelError(f"{path} is not an .npz file that can be read ({_line(error)})") from None


def _check_sizes(path: Path, found: list[zipfile.ZipInfo], limit: int, entries: int) -> None:
    if len(found) > entries:
        raise ModelError(f"{path} holds {len(found)} arrays, and {entries} are the most it may have")
    for entry in found:
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ModelError(f"{path}: '{entry.filename}' is compressed in a way that NumPy never uses")
    declared = sum(entry.file_size for entry in found)
    if declared > limit:
        raise ModelError(f"{path} declares {declared:,} bytes, over the limit of {limit:,}")


def _array(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(entry) as stream:
        shape, dtype = _header(path, stream, entry.filename)
        if dtype.hasobject or dtype.kind not in "biufU":
            raise ModelError(f"{path}: '{entry.filename}' holds {dtype}, not plain numbers; such files are refused")
        need = prod(shape) * dtype.itemsize
        if min(shape, default=0) < 0 or need > entry.file_size:
            raise ModelError(f"{path}: '{entry.filename}' declares {need:,} bytes and has {entry.file_size:,}")
        data = stream.read(need)
    if len(data) < need:
        raise ModelError(f"{path}: '{entry.filename}' ends after {len(data):,} of {need:,} bytes")
    return np.frombuffer(data, dtype).reshape(shape)


def _header(path: Path, stream: Any, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    if stream.read(6) != b"\x93NUMPY":
        raise ModelError(f"{path}: '{name}' is not a NumPy array; such files are refused")
    major, _ = stream.read(2)
    form = "<H" if major == 1 else "<I"
    (length,) = struct.unpack(form, stream.read(struct.calcsize(form)))
    if length > HEADER_BYTES:
        raise ModelError(f"{path}: '{name}' has a header of {length:,} bytes; such files are refused")
    fields = ast.literal_eval(stream.read(length).decode("latin-1").strip())
    if fields["fortran_order"]:
        raise ModelError(f"{path}: '{name}' is stored by columns; save np.ascontiguousarray of it")
    return tuple(int(n) for n in fields["shape"]), np.dtype(fields["descr"])


def write_npz(stream: BinaryIO, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as a compressed .npz, nothing pickled. Raises ValueError for arrays of objects."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays.items():
            # A fixed date: equal arrays make equal files.
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array, order="C"), allow_pickle=False)


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
