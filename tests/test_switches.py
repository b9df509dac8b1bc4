import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upscli.errors import ModelError
from upscli.kernels.pooling import max_pool
from upscli.switches import Switches, read_switches, write_switches


def switches(size: tuple[int, int] = (7, 9), ceil_mode: bool = False) -> Switches:
    pixels = np.random.default_rng(1).integers(0, 256, (*size, 3))
    return Switches(max_pool(pixels, (2, 3), 2, (1, 0), ceil_mode)[1], size, (2, 3), (2, 2), (1, 0), ceil_mode)


def saved(made: Switches) -> bytes:
    stream = io.BytesIO()
    write_switches(stream, made)
    return stream.getvalue()


def changed(**arrays: Any) -> bytes:
    """A switches file with these arrays instead; None leaves one out."""
    with np.load(io.BytesIO(saved(switches()))) as file:
        held = {**dict(file), **arrays}
    stream = io.BytesIO()
    np.savez(stream, **{name: array for name, array in held.items() if array is not None})
    return stream.getvalue()


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_switches_survive_a_file(ceil_mode: bool, tmp_path: Path) -> None:
    made, path = switches(ceil_mode=ceil_mode), tmp_path / "s.npz"
    path.write_bytes(saved(made))
    found = read_switches(path)
    assert found.places.dtype == np.int64
    assert (found.places == made.places).all()
    for name in ("size", "window", "stride", "padding", "ceil_mode"):
        assert getattr(found, name) == getattr(made, name)


def test_equal_switches_make_equal_bytes_that_numpy_reads_without_pickle() -> None:
    data = saved(switches())
    assert data == saved(switches())
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        assert set(file) == {"kind", "version", "places", "size", "window", "stride", "padding", "ceil_mode"}
        assert file["places"].dtype == np.uint8


BAD = {
    "text": (b"hello", "not an .npz file"),
    "empty": (b"", "not an .npz file"),
    "cut": (saved(switches())[:-30], "not an .npz file"),
    "foreign": (changed(kind=None), "holds no switches"),
    "other kind": (changed(kind=np.array("model")), "holds no switches"),
    "newer": (changed(version=np.array(2)), "format 2, and this upscli reads format 1"),
    "no size": (changed(size=None), "its size is not two whole numbers"),
    "real size": (changed(size=np.array([7.0, 9.0])), "its size is not two whole numbers"),
    "negative": (changed(padding=np.array([-1, 0])), "its padding is not two whole numbers"),
    "vast": (changed(size=np.array([1 << 40, 9])), "is no picture's"),
    "stride 0": (changed(stride=np.array([0, 2])), "its size, window or stride is 0"),
    "other size": (changed(size=np.array([17, 9])), "make 4 x 9 values and it has 4 x 4"),
    "wide padding": (changed(padding=np.array([2, 2])), "more than half of the window"),
    "no places": (changed(places=None), "its places are not whole numbers"),
    "flat places": (changed(places=np.zeros(4, int)), "its places are not whole numbers"),
    "real places": (changed(places=np.zeros((4, 4, 3))), "its places are not whole numbers"),
    "beyond": (changed(places=np.full((4, 4, 3), 63)), "points beyond its picture"),
    "before": (changed(places=np.full((4, 4, 3), -1)), "points beyond its picture"),
    "pickled": (changed(places=np.array([[[None]]], object)), "not plain numbers"),
    "crowd": (changed(**{f"x{n}": np.zeros(1) for n in range(80)}), "are the most it may have"),
}


@pytest.mark.parametrize("name", BAD)
def test_files_that_hold_no_switches_give_a_sentence(name: str, tmp_path: Path) -> None:
    data, words = BAD[name]
    path = tmp_path / "s.npz"
    path.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        read_switches(path)
    said = str(caught.value)
    assert words in said, said
    assert str(path) in said
    assert "\n" not in said


def test_a_declared_size_is_checked_before_anything_is_read(tmp_path: Path) -> None:
    path, header = tmp_path / "s.npz", b"{'descr': '<i8', 'fortran_order': False, 'shape': (1000000, 1000000), }\n"
    for data, words in (
        (
            b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"\0" * 64,
            "declares 8,000,000,000,000 bytes",
        ),
        (b"\x93NUMPY\x02\x00" + struct.pack("<I", 1 << 30) + header, "a header of 1,073,741,824 bytes"),
        (b"not numpy", "is not a NumPy array"),
        (b"\x93NUM", "is not a NumPy array"),
        (b"\x93NUMPY\x01", "not an .npz file"),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("places.npy", data)
        with pytest.raises(ModelError) as caught:
            read_switches(path)
        assert words in str(caught.value)


def test_missing_files_and_folders_give_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(ModelError, match=r"cannot be read|not an \.npz"):
            read_switches(path)


@given(st.binary(min_size=1, max_size=8), st.integers(0, 5000))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_bytes_never_give_another_error(tmp_path: Path, junk: bytes, place: int) -> None:
    data = saved(switches())
    place %= len(data)
    path = tmp_path / "s.npz"
    path.write_bytes(data[:place] + junk + data[place + len(junk) :])
    try:
        found = read_switches(path)
    except ModelError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either way is right
    else:
        assert found.places.shape[:2] == (4, 4)
