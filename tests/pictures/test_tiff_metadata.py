"""What TIFF files say beside their pixels: IPTC stays, a place on the map is left out with a sentence."""

from __future__ import annotations

import json
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from enlarging import enlarged
from PIL import Image

from upscli.errors import InputError
from upscli.pictures.tiff_metadata import metadata_of
from upscli.pictures.tiff_tags import TiffFile, block, longs, raw

tifffile = pytest.importorskip("tifffile")

CAPTION = b"\x1c\x02\x78\x00\x05words\x1c\x02\x69\x00\x05title"
"""IPTC: a caption and a headline."""
IPTC = 33723


def tiff(path: Path, *tags: Any, order: str = "<") -> Path:
    pixels = np.full((6, 8, 3), 90, np.uint8)
    tifffile.imwrite(path, pixels, photometric="rgb", metadata=None, byteorder=order, extratags=tags)
    return path


def fields(path: Path) -> Any:
    with path.open("rb") as stream:
        return metadata_of(next(TiffFile(stream).pages()))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["B", "I"])
def test_iptc_stays_whatever_numbers_it_is_said_to_be(tmp_path: Path, order: str, kind: str) -> None:
    padded = CAPTION + bytes(-len(CAPTION) % 4)
    units = np.frombuffer(padded, f"{order}u4") if kind == "I" else np.frombuffer(padded, "u1")
    source = tiff(tmp_path / "a.tif", (IPTC, kind, len(units), units.tolist(), True), order=order)
    for name in ("b.tif", "b.jpg"):
        assert enlarged(source, tmp_path / name).notes == ()
    assert fields(tmp_path / "b.tif").iptc == padded
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.info["photoshop"][0x0404] == padded
    assert enlarged(source, tmp_path / "b.png").notes == ("png cannot hold IPTC, which is dropped",)


@pytest.mark.parametrize("order", ["<", ">"])
def test_iptc_in_longs_of_either_order_is_found(order: str) -> None:
    padded = CAPTION + bytes(-len(CAPTION) % 4)
    data = block({IPTC: longs(*np.frombuffer(padded, f"{order}u4").tolist())})
    assert metadata_of(next(TiffFile(BytesIO(data)).pages())).iptc == padded


@pytest.mark.parametrize("data", [b"", b"garbage!"])
def test_what_is_no_iptc_is_left_out(data: bytes) -> None:
    table = next(TiffFile(BytesIO(block({IPTC: raw(data)}))).pages())
    assert metadata_of(table).iptc is None


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize(("first", "second"), [("a.jpg", "b.tif"), ("a.tif", "b.jpg"), ("a.tif", "b.tif")])
def test_exiftool_finds_the_words_of_iptc_again_and_none_that_are_private(
    tmp_path: Path, first: str, second: str
) -> None:
    Image.new("RGB", (8, 6)).save(tmp_path / first)
    command = ["exiftool", "-q", "-overwrite_original", "-IPTC:Caption-Abstract=words", "-IPTC:City=Bern"]
    subprocess.run([*command, tmp_path / first], check=True)
    assert enlarged(tmp_path / first, tmp_path / second).notes == ()
    assert enlarged(tmp_path / first, tmp_path / f"p{second}", strip="private").notes == ()
    found = [
        json.loads(subprocess.run(["exiftool", "-j", "-IPTC:all", path], capture_output=True, check=True).stdout)[0]
        for path in (tmp_path / second, tmp_path / f"p{second}")
    ]
    assert (found[0]["Caption-Abstract"], found[0]["City"]) == ("words", "Bern")
    assert set(found[1]) == {"SourceFile"}


@pytest.mark.parametrize(
    ("tag", "values"),
    [
        (33550, [1.0, 1.0, 0.0]),
        (33922, [0.0] * 6),
        (34264, [1.0] * 16),
    ],
)
@pytest.mark.parametrize("target", ["b.tif", "b.png"])
def test_a_place_on_the_map_is_left_out_with_a_sentence(
    tmp_path: Path, tag: int, values: list[float], target: str
) -> None:
    source = tiff(tmp_path / "a.tif", (tag, "d", len(values), values, True))
    outcome = enlarged(source, tmp_path / target)
    assert outcome.notes == ("the place on the map (GeoTIFF) is left out: it is for pixels of another size",)
    if target.endswith("tif"):
        with (tmp_path / target).open("rb") as stream:
            assert tag not in next(TiffFile(stream).pages())


def test_a_table_that_is_cut_is_an_input_error() -> None:
    with pytest.raises(InputError):
        next(TiffFile(BytesIO(block({IPTC: raw(CAPTION)})[:12])).pages())
