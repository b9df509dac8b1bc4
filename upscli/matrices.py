"""Kernels and small inputs from words and files: `"0 1 0; 1 -4 1; 0 1 0"`, .txt, .csv, .json, .npz -> an array."""

import json
import re
from io import BytesIO
from pathlib import Path
from sys import float_info
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import MethodError, ModelError
from upscli.npz import read_npz, write_npz

Matrix = NDArray[np.float64]

SUFFIXES = (".npz", ".txt", ".csv", ".json")
MOST_BYTES = 1 << 20
"""Of a file. A kernel of 256 x 256 numbers takes less."""
LARGEST = 1e30
"""Of a number: sums of products with levels stay within float32."""
MOST_SIDE = 512
"""Rows or columns."""


def matrix(word: str, what: str = "kernel") -> Matrix:
    """A matrix (rows, columns), float64, from a file if `word` ends as one, else from the word itself.

    Raises MethodError for words that are no matrix and ModelError for such files. `what` names it in sentences.
    """
    path = Path(word)
    return matrix_from_file(path, what) if path.suffix.lower() in SUFFIXES else matrix_from_text(word, what)


def matrix_from_text(text: str, what: str = "kernel") -> Matrix:
    """Rows between `;` or line ends, numbers between blanks or commas. Raises MethodError."""
    rows = [row.replace(",", " ").split() for row in re.split(r"[;\n]", text)]
    rows = [row for row in rows if row]
    if not rows:
        raise MethodError(f'the {what} is empty; write rows of numbers, such as "0 1; 2 3"')
    return _checked([[_number(word, what) for word in row] for row in rows], what)


def matrix_from_file(path: Path, what: str = "kernel") -> Matrix:
    """From .npz (its one array, or that called `kernel`), .json (a list of rows), .csv or .txt. Raises ModelError."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ModelError(f"{path}: a {what} is read from {', '.join(SUFFIXES)}, not from '{suffix}'")
    try:
        if suffix == ".npz":
            return _checked(_only_array(path, what), what)
        text = _text(path)
        return _checked(_json_rows(text), what) if suffix == ".json" else matrix_from_text(_no_comments(text), what)
    except MethodError as error:
        raise ModelError(f"{path}: {error}") from None


def matrix_bytes(values: Matrix, suffix: str) -> bytes:
    """A file of that kind which `matrix_from_file` reads as these very numbers. Raises ModelError."""
    rows = values.tolist()
    if suffix == ".npz":
        stream = BytesIO()
        write_npz(stream, {"kernel": np.asarray(values, np.float64)})
        return stream.getvalue()
    if suffix == ".json":
        return (json.dumps({"kernel": rows}) + "\n").encode()
    if suffix not in SUFFIXES:
        raise ModelError(f"a kernel is written as {', '.join(SUFFIXES)}, not as '{suffix}'")
    between = "," if suffix == ".csv" else " "
    return "".join(between.join(map(repr, row)) + "\n" for row in rows).encode()


def _number(word: str, what: str) -> float:
    try:
        # Python would also take 1_000.
        return float(word) if "_" not in word else float("")
    except ValueError:
        raise MethodError(f"the {what} has '{word}', which is not a number") from None


def _checked(rows: Any, what: str) -> Matrix:
    if isinstance(rows, list):
        lengths = [len(row) for row in rows]
        if len(set(lengths)) > 1:
            odd = next(i for i, length in enumerate(lengths) if length != lengths[0])
            raise MethodError(
                f"row {odd + 1} of the {what} has {lengths[odd]} numbers and row 1 has {lengths[0]}; they must be equal"
            )
    array = np.array(rows, np.float64)
    if array.ndim != 2 or array.size == 0:
        raise MethodError(f"the {what} has shape {array.shape}; it must be rows and columns of at least one number")
    if max(array.shape) > MOST_SIDE:
        raise MethodError(f"the {what} is {array.shape[0]} x {array.shape[1]}; {MOST_SIDE} a side is the most")
    if not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        raise MethodError(
            f"the {what} has {array[row, column]} in row {row + 1}, column {column + 1}; numbers must be finite"
        )
    if np.abs(array).max() > LARGEST:
        raise MethodError(f"the {what} has {np.abs(array).max():g}; numbers up to {LARGEST:g} are taken")
    return array


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error})") from None
    if len(data) > MOST_BYTES:
        raise ModelError(f"{path} is over {MOST_BYTES:,} bytes, too large to be a matrix")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ModelError(f"{path} is not text") from None


def _no_comments(text: str) -> str:
    return "\n".join(line.partition("#")[0] for line in text.splitlines())


def _json_rows(text: str) -> list[list[float]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MethodError(f"it is not JSON ({' '.join(str(error).split())})") from None
    if isinstance(rows, dict):
        rows = rows.get("kernel")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise MethodError("it is not a list of rows, such as [[0, 1], [2, 3]]")
    for value in (value for row in rows for value in row):
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > float_info.max:
            raise MethodError(f"it holds {json.dumps(value)}, which is not a finite number")
    return rows


def _only_array(path: Path, what: str) -> NDArray[Any]:
    arrays = read_npz(path, MOST_BYTES * 4)
    if len(arrays) != 1 and "kernel" not in arrays:
        names = ", ".join(arrays) or "none"
        raise ModelError(f"{path}: it must hold one array, or one called 'kernel' (it has: {names})")
    array = arrays.get("kernel", next(iter(arrays.values())))
    if array.dtype.kind not in "iuf":
        raise ModelError(f"{path}: the {what} holds {array.dtype}, not numbers")
    return array
