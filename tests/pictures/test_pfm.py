"""PFM, float and upside down, against OpenCV and Pillow; what is not whole is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from enlarging import enlarged
from PIL import Image

from upscli.errors import InputError
from upscli.pictures import door
from upscli.pictures.header import Limits, Source

GRAY = np.random.default_rng(1).random((70, 9), np.float32)
COLOR = np.random.default_rng(2).random((70, 9, 3), np.float32)


def pixels(path: Path) -> Any:
    return np.concatenate(list(door.read(Source(path), Limits()).strips))


def file(tmp_path: Path, data: bytes) -> Path:
    (tmp_path / "a.pfm").write_bytes(data)
    return tmp_path / "a.pfm"


@pytest.mark.parametrize("picture", [GRAY, COLOR], ids=["gray", "color"])
def test_what_opencv_wrote_is_read(tmp_path: Path, picture: Any) -> None:
    cv2.imwrite(str(tmp_path / "a.pfm"), picture if picture.ndim == 2 else picture[..., ::-1])
    np.testing.assert_array_equal(pixels(tmp_path / "a.pfm").reshape(picture.shape), picture)


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_orders_of_bytes_are_read(tmp_path: Path, order: str) -> None:
    head = f"Pf\n9 70\n{-1.0 if order == '<' else 1.0}\n".encode()
    path = file(tmp_path, head + GRAY[::-1].astype(f"{order}f4").tobytes())
    np.testing.assert_array_equal(pixels(path)[..., 0], GRAY)


def test_opencv_reads_the_result_and_pillow_reads_gray(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.pfm"), COLOR[..., ::-1])
    assert enlarged(tmp_path / "a.pfm", tmp_path / "b.pfm", method="nearest").reason == ""
    found = cv2.imread(str(tmp_path / "b.pfm"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(found[..., ::-1], COLOR.repeat(2, 0).repeat(2, 1))
    cv2.imwrite(str(tmp_path / "c.pfm"), GRAY)
    assert enlarged(tmp_path / "c.pfm", tmp_path / "d.pfm", method="nearest").reason == ""
    with Image.open(tmp_path / "d.pfm") as image:
        np.testing.assert_array_equal(np.asarray(image), GRAY.repeat(2, 0).repeat(2, 1))


def test_many_rows_are_taken_in_pieces(tmp_path: Path) -> None:
    tall = np.random.default_rng(3).random((5000, 100), np.float32)
    path = file(tmp_path, b"Pf\n100 5000\n-1.0\n" + tall[::-1].tobytes())
    strips = list(door.read(Source(path), Limits()).strips)
    assert len(strips) > 1
    np.testing.assert_array_equal(np.concatenate(strips)[..., 0], tall)


def test_a_scale_is_told(tmp_path: Path) -> None:
    path = file(tmp_path, b"Pf\n9 70\n-2.5\n" + GRAY.tobytes())
    assert "its scale of 2.5 is left out: the samples stay as they are" in door.header(Source(path), Limits()).notes


@pytest.mark.parametrize(
    "data",
    [
        b"Pf\n9 70\n-1.0\n" + GRAY.tobytes()[:-4],
        b"Pf\n9 70\n0.0\n" + GRAY.tobytes(),
        b"Pf\n9 70\nnan\n" + GRAY.tobytes(),
        b"Pf\n9 70\n--1\n" + GRAY.tobytes(),
        b"Pf\n0 70\n-1.0\n",
        b"Pf\n9 -70\n-1.0\n" + GRAY.tobytes(),
        b"Pf\n9",
    ],
)
def test_what_is_no_whole_pfm_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match=r"a\.pfm: (no header|truncated)"):
        pixels(file(tmp_path, data))
