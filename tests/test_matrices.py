import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from upscli.errors import MethodError, ModelError
from upscli.matrices import SUFFIXES, matrix, matrix_bytes, matrix_from_file, matrix_from_text


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("0 1 0; 1 -4 1; 0 1 0", [[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        ("0 1;2 3", [[0, 1], [2, 3]]),
        ("0, 1\n2, 3\n", [[0, 1], [2, 3]]),
        (" 1e-1\t-.5 ;; ", [[0.1, -0.5]]),
        ("7", [[7]]),
    ],
)
def test_words_become_rows_of_numbers(text: str, rows: Any) -> None:
    made = matrix(text)
    assert made.dtype == np.float64
    assert made.tolist() == rows


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.floats(-1e9, 1e9)))
def test_numbers_survive_as_text(values: Any) -> None:
    assert matrix_from_text("; ".join(" ".join(map(repr, row)) for row in values.tolist())).tolist() == values.tolist()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the kernel is empty"),
        (" ; ;", "the kernel is empty"),
        ("1 2; 3", "row 2 of the kernel has 1 numbers and row 1 has 2"),
        ("1 two", "the kernel has 'two', which is not a number"),
        ("1_0", "'1_0', which is not a number"),
        ("1 nan", "nan in row 1, column 2; numbers must be finite"),
        ("1; -inf", "-inf in row 2, column 1"),
        ("1 " * 600, "512 a side is the most"),
    ],
)
def test_bad_words_give_a_sentence(text: str, words: str) -> None:
    with pytest.raises(MethodError, match=words) as caught:
        matrix(text)
    assert "\n" not in str(caught.value)


def test_the_sentence_says_what_was_to_be_read() -> None:
    with pytest.raises(MethodError, match="the input is empty"):
        matrix("", "input")


def test_files_of_every_kind_are_read(tmp_path: Path) -> None:
    rows = [[0.0, 1.0], [2.0, 3.5]]
    (tmp_path / "a b.txt").write_text("# a kernel\n0 1 # first\n2 3.5\n")
    (tmp_path / "k.csv").write_text("\ufeff0,1\r\n2,3.5\r\n", "utf-8")
    (tmp_path / "k.json").write_text(json.dumps(rows))
    (tmp_path / "named.json").write_text(json.dumps({"kernel": rows, "note": "x"}))
    np.savez(tmp_path / "one.npz", np.array(rows))
    np.savez(tmp_path / "named.npz", other=np.zeros(3), kernel=np.array(rows))
    np.savez_compressed(tmp_path / "whole.NPZ.npz", np.array(rows, np.float32))
    for path in tmp_path.iterdir():
        assert matrix(str(path)).tolist() == rows, path


def hostile(folder: Path) -> list[tuple[Path, str]]:
    """Files that are no matrices, and what is said of them."""
    files: dict[str, tuple[bytes, str]] = {
        "ragged.txt": (b"1 2\n3\n", "row 2 of the kernel has 1"),
        "words.csv": (b"a,b\n", "'a', which is not a number"),
        "empty.txt": (b"", "is empty"),
        "binary.txt": (b"\xff\xfe\x00", "is not text"),
        "large.txt": (b"1 " * (1 << 20), "too large to be a matrix"),
        "broken.json": (b"[[1, 2", "is not JSON"),
        "flat.json": (b"[1, 2]", "not a list of rows"),
        "ragged.json": (b"[[1, 2], [3]]", "row 2 of the kernel has 1"),
        "words.json": (b'[["a"]]', 'holds "a", which is not a finite number'),
        "true.json": (b"[[true]]", "holds true"),
        "nan.json": (b"[[NaN]]", "must be finite"),
        "huge.json": (b"[[1" + b"0" * 400 + b"]]", "not a finite number"),
        "deep.json": (b"[" * 100_000, "is not JSON"),
        "none.json": (b"[]", "shape"),
        "text.npz": (b"1 2 3", "not an .npz file"),
        "empty.npz": (b"", "not an .npz file"),
        "k.npy": (b"", "not from '.npy'"),
    }
    for name, (data, _) in files.items():
        (folder / name).write_bytes(data)
    np.savez(folder / "pickled.npz", np.array([[object()]], object))
    np.savez(folder / "two.npz", a=np.ones((2, 2)), b=np.ones((2, 2)))
    np.savez(folder / "cube.npz", np.ones((2, 2, 2)))
    np.savez(folder / "letters.npz", np.array([["a"]]))
    np.savez_compressed(folder / "bomb.npz", np.zeros((3000, 3000)))
    named = {"pickled": "not plain numbers", "two": "one array, or one called 'kernel'", "cube": "shape"}
    named |= {"letters": "not numbers", "bomb": "over the limit"}
    made = [(folder / name, words) for name, (_, words) in files.items()]
    return [
        *made,
        *((folder / f"{name}.npz", words) for name, words in named.items()),
        (folder / "gone.csv", "cannot be read"),
    ]


def test_files_that_are_no_matrices_give_a_sentence(tmp_path: Path) -> None:
    for path, words in hostile(tmp_path):
        with pytest.raises(ModelError) as caught:
            matrix_from_file(path)
        said = str(caught.value)
        assert words in said, said
        assert path.name in said
        assert "\n" not in said


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_matrix_that_was_written_is_read_to_the_last_bit(suffix: str, tmp_path: Path) -> None:
    values = np.random.default_rng(1).standard_normal((5, 3)) * [1e-9, 1, 1e9]
    (tmp_path / f"k{suffix}").write_bytes(matrix_bytes(values, suffix))
    assert (matrix(str(tmp_path / f"k{suffix}")) == values).all()


def test_a_matrix_is_written_in_the_known_formats_only() -> None:
    with pytest.raises(ModelError, match=r"not as '\.doc'"):
        matrix_bytes(np.ones((2, 2)), ".doc")


def test_numbers_whose_products_with_levels_would_overflow_are_refused() -> None:
    with pytest.raises(MethodError, match=r"the kernel has 1e\+31; numbers up to 1e\+30 are taken"):
        matrix("1 -1e31")
