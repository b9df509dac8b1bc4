"""Model files: what is saved comes back, and nothing else is believed."""

import io
import json
import pickle
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upscli.errors import ModelError
from upscli.learned.modelfile import Credit, Header, Model, digest, load, save

HEADER = Header(
    kind="network",
    scale=2,
    window=5,
    layers=({"kind": "conv", "weights": "w0", "padding": [1, 1], "slope": 0.1}, {"kind": "shuffle"}),
    settings={"colors": "ä"},
    training=(Credit("own pictures", "CC0", 3),),
    licence="MIT",
    command="upscli train pictures -o my.npz",
    scores={"Set5 x2": 35.25},
    tried=("window 7: 35.1",),
)
ARRAYS: dict[str, Any] = {
    "w0": np.arange(24, dtype=np.float16).reshape(2, 3, 4),
    "bias": np.array([0.5, -1], np.float32),
    "tree": np.array([[1, -2], [3, 4]], np.int16),
}


def saved(model: Model) -> bytes:
    stream = io.BytesIO()
    save(stream, model)
    return stream.getvalue()


GOOD = saved(Model(HEADER, ARRAYS))


def rewritten(arrays: dict[str, Any] | None = None, drop: str = "", **fields: Any) -> bytes:
    """The good file with other fields or arrays and a digest that fits them."""
    with np.load(io.BytesIO(GOOD)) as file:
        held = dict(file) | (arrays or {})
    header = json.loads(held.pop("header").tobytes())
    header = {name: value for name, value in header.items() if name != drop}
    header |= {"sha256": digest(held)} | fields
    stream = io.BytesIO()
    np.savez(stream, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **held)
    return stream.getvalue()


def test_a_model_survives_a_file(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(GOOD)
    found = load(path)
    assert replace(found.header, sha256="") == HEADER
    assert found.header.sha256 == digest(ARRAYS)
    assert found.header.reach == 2
    for name, array in ARRAYS.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)
        assert not found.arrays[name].flags.writeable


def test_equal_models_make_equal_bytes_that_hold_no_pickle() -> None:
    assert saved(Model(HEADER, dict(reversed(ARRAYS.items())))) == GOOD
    with np.load(io.BytesIO(GOOD), allow_pickle=False) as file:
        assert set(file) == {"header", *ARRAYS}


def test_an_array_is_given_in_the_shape_asked_for_as_float32() -> None:
    model = Model(HEADER, ARRAYS)
    assert model.array("w0", (2, 3, 4)).dtype == np.float32
    with pytest.raises(ModelError, match=r"'w0' has shape \(2, 3, 4\)"):
        model.array("w0", (24,))
    with pytest.raises(ModelError, match="no array 'w9'"):
        model.array("w9", (1,))


class Evil:
    """Would make a file if it were unpickled."""

    def __reduce__(self) -> Any:
        return open, ("evil.txt", "w")


def checkpoint() -> bytes:
    """As PyTorch's are: a zip with a pickle in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Evil()))
    return stream.getvalue()


def objects() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, header=np.array([Evil()], object))
    return stream.getvalue()


def bomb() -> bytes:
    """Small on disk, and 1 GB when it is opened."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as member:
        for _ in range(1024):
            member.write(bytes(1 << 20))
    return stream.getvalue()


def lzma() -> bytes:
    """Another compression, whose memory the file itself decides."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("header.npy", bytes(99))
    return stream.getvalue()


def array_of(**header: Any) -> bytes:
    """An entry whose header promises what is not there."""
    text = repr({"descr": "<f4", "fortran_order": False, "shape": (1,), **header}).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(64))
    return stream.getvalue()


BAD = {
    "text": (b"hello", "not an .npz file"),
    "empty": (b"", "not an .npz file"),
    "truncated": (GOOD[:-30], "not an .npz file"),
    "pickle": (pickle.dumps(Evil()), "could run code"),
    "checkpoint": (checkpoint(), "could run code"),
    "objects": (objects(), "such files are refused"),
    "bomb": (bomb(), "over the limit"),
    "lzma": (lzma(), "in a way that NumPy never uses"),
    "promises much": (array_of(shape=(1 << 40,)), "declares"),
    "negative shape": (array_of(shape=(-1, -4)), "declares"),
    "odd type": (array_of(descr="|V4"), "such files are refused"),
    "other arrays": (array_of(), "holds no model"),
    "version": (rewritten(version=2), "format version 2"),
    "version of truth": (rewritten(version=True), "format version True"),
    "format": (rewritten(format="other"), "not that of an upscli-model"),
    "missing field": (rewritten(drop="scale"), "lacks 'scale'"),
    "unknown field": (rewritten(extra=1), "field 'extra'"),
    "kind": (rewritten(kind="magic"), "'kind' in its header is 'magic'"),
    "kind of a list": (rewritten(kind=["linear"]), "not one of linear"),
    "scale": (rewritten(scale=0), "not a whole number from 2 to 8"),
    "scale of truth": (rewritten(scale=True), "not a whole number"),
    "scale of 10**300": (rewritten(scale=10**300), "not a whole number"),
    "window": (rewritten(window=4), "which is even"),
    "color": (rewritten(color="rgb"), "not one of y"),
    "layers": (rewritten(layers=[["conv"]]), "'layers' in its header is not an object"),
    "layer of depth": (rewritten(layers=[{"a": [[1]]}]), "not a number"),
    "scores": (rewritten(scores={"a": float("nan")}), "not JSON"),
    "large score": (rewritten(scores={"a": 10**400}), "not a number"),
    "training": (rewritten(training=[{"name": "a"}]), "something else than name"),
    "long text": (rewritten(licence="a" * 5000), "not a text"),
    "half a character": (rewritten(licence="\ud800"), "half a character"),
    "sha256": (rewritten(sha256="0" * 64), "SHA-256 differs"),
    "no sha256": (rewritten(sha256=5), "not a SHA-256"),
    "doubles": (rewritten({"w0": np.ones(3)}), "holds float64"),
    "big-endian": (rewritten({"w0": np.ones(3, ">f4")}), "holds >f4"),
    "nan": (rewritten({"bias": np.array([np.nan], np.float32)}), "NaN or infinity"),
    "no numbers": (rewritten({"bias": np.empty((0, 2), np.float32)}), "which no model has"),
}


@pytest.mark.parametrize("name", BAD)
def test_other_damaged_and_hostile_files_give_a_sentence(name: str, tmp_path: Path) -> None:
    data, message = BAD[name]
    path = tmp_path / "bad.npz"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_file_gives_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        load(tmp_path / "none.npz")
    with pytest.raises(ModelError, match="is not a file"):
        load(tmp_path)
    with pytest.raises(ModelError, match="cannot be read"):
        load(Path("a\0b"))


def test_a_file_over_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "large.npz"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(ModelError, match="over the limit"):
        load(path)


def test_what_could_not_be_loaded_is_not_saved() -> None:
    with pytest.raises(ModelError, match="not a whole number"):
        saved(Model(replace(HEADER, scale=9), ARRAYS))
    with pytest.raises(ModelError, match="NaN"):
        saved(Model(HEADER, {"a": np.array([np.inf], np.float32)}))
    with pytest.raises(ModelError, match="JSON"):
        saved(Model(replace(HEADER, scores={"a": float("nan")}), ARRAYS))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(1, 255)), min_size=1, max_size=4))
def test_flipped_bytes_are_found_or_harmless(tmp_path: Path, flips: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for place, change in flips:
        data[place] ^= change
    assert_found_or_harmless(tmp_path / "flipped.npz", bytes(data))


STORED = rewritten()  # uncompressed: flips reach the headers of arrays and the JSON


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(STORED) - 1), st.integers(1, 255)), min_size=1, max_size=4))
def test_flipped_bytes_of_a_stored_file_are_found_or_harmless(tmp_path: Path, flips: list[tuple[int, int]]) -> None:
    data = bytearray(STORED)
    for place, change in flips:
        data[place] ^= change
    assert_found_or_harmless(tmp_path / "flipped.npz", bytes(data))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([*json.loads(np.load(io.BytesIO(GOOD))["header"].tobytes())]), JSON)
def test_any_value_in_any_field_is_refused_or_right(tmp_path: Path, name: str, value: Any) -> None:
    assert_found_or_harmless(tmp_path / "odd.npz", rewritten(**{name: value}), same=False)


def assert_found_or_harmless(path: Path, data: bytes, same: bool = True) -> None:
    """The file is refused with a sentence, or holds the same numbers."""
    path = path.with_stem(sha256(data).hexdigest())  # a model is kept by its file's name, size and time
    path.write_bytes(data)
    try:
        found = load(path)
    except ModelError as error:
        assert "\n" not in str(error)  # noqa: PT017 - an error is one of two good ends
        return
    assert digest(found.arrays) == digest(ARRAYS)
    if same:
        assert found.header.kind in ("linear", "buckets", "network")


def test_a_header_nested_without_end_gives_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "deep.npz"
    with path.open("wb") as stream:
        np.savez(stream, header=np.frombuffer(b"[" * 100_000, np.uint8))
    with pytest.raises(ModelError, match="not JSON"):
        load(path)
