"""TIFF files that were written are what tifffile, OpenCV, Pillow and exiftool say they are."""

from __future__ import annotations

import json
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from enlarging import enlarged
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from upscli.pictures import door, tiff_writer
from upscli.pictures.formats import Layout, by_name
from upscli.pictures.header import Limits, Metadata, Palette, Source
from upscli.pictures.tiff_writer import TiffLayout, TiffWriter
from upscli.pictures.write import Encoding, write

TIFF = by_name("tiff")
LAYOUTS = sorted((layout for layout in TIFF.writes if layout.color != "labels"), key=str)
COMPRESSIONS = ("fast", "small", 0, 6)


def samples(layout: Layout, high: int = 211, wide: int = 37) -> Any:
    rng = np.random.default_rng(1)
    shape = (high, wide, layout.channels)
    if layout.depth == "float32":
        return rng.standard_normal(shape).astype(np.float32)
    return rng.integers(0, np.iinfo(layout.depth).max, shape, layout.depth, endpoint=True)


def written(pixels: Any, layout: Layout, height: int = 50, metadata: Metadata | None = None, **more: Any) -> bytes:
    stream = BytesIO()
    bands = (pixels[top : top + height] for top in range(0, len(pixels), height))
    write(bands, Encoding(TIFF, layout, (pixels.shape[1], len(pixels)), metadata or Metadata(), **more), stream)
    return stream.getvalue()


def read(data: bytes) -> Any:
    picture = door.read(Source(Path("stdin"), data), Limits())
    return picture, np.concatenate(list(picture.strips))


def by_tifffile(data: bytes, layout: Layout) -> Any:
    with tifffile.TiffFile(BytesIO(data)) as file:
        (page,) = file.pages
        assert bool(page.extrasamples) == layout.alpha
        if layout.alpha:
            assert page.extrasamples == (2,)
        if page.predictor == 3:  # for which tifffile needs another library
            return None
        found = page.asarray()
        return found.reshape(*found.shape[:2], -1)


def by_opencv(data: bytes, layout: Layout) -> Any:
    """None for what OpenCV makes something else of: CMYK, alpha of 8 bits and of gray."""
    if layout.color == "cmyk" or (layout.alpha and (layout.depth == "uint8" or layout.color == "gray")):
        return None
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    found = found.reshape(*found.shape[:2], -1)
    return found[..., {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[found.shape[2]]]


@pytest.mark.parametrize("compress", COMPRESSIONS)
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_every_layout_is_read_back_by_others(layout: Layout, compress: Any) -> None:
    pixels = samples(layout)
    data = written(pixels, layout, compress=compress)
    picture, found = read(data)
    assert picture.header.layout == layout
    assert picture.header.notes == ()
    readers = [found, by_tifffile(data, layout), by_opencv(data, layout)]
    assert sum(each is not None for each in readers) > 1 or layout in SEEN_BY_NONE
    for each in readers:
        if each is not None:
            assert each.dtype == layout.depth
            np.testing.assert_array_equal(each, pixels)


SEEN_BY_NONE = {Layout("gray", True, "float32")}
"""OpenCV has no gray with alpha. Without compression, tifffile reads it."""


@settings(max_examples=100)
@given(
    layout=st.sampled_from(LAYOUTS),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    height=st.integers(1, 40),
    threads=st.integers(1, 3),
    compress=st.sampled_from(COMPRESSIONS),
)
def test_what_is_written_comes_back(layout: Layout, size: Any, height: int, threads: int, compress: Any) -> None:
    pixels = samples(layout, *size)
    _, found = read(written(pixels, layout, height, threads=threads, compress=compress))
    np.testing.assert_array_equal(found, pixels)


@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_the_bytes_depend_neither_on_bands_nor_on_threads(monkeypatch: pytest.MonkeyPatch, compress: Any) -> None:
    monkeypatch.setattr(tiff_writer, "_STRIP_BYTES", 2000)
    layout = Layout("rgb", False, "uint16")
    pixels = samples(layout)
    files = {
        written(pixels, layout, height, compress=compress, threads=threads)
        for height in (1, 7, 300)
        for threads in (1, 3)
    }
    assert len(files) == 1


@pytest.mark.parametrize("layout", [Layout("gray", False, "uint8"), Layout("rgb", True, "float32")], ids=str)
def test_a_large_one_becomes_a_bigtiff(monkeypatch: pytest.MonkeyPatch, layout: Layout) -> None:
    pixels = samples(layout)
    assert written(pixels, layout)[:4] == b"II*\0"
    monkeypatch.setattr(tiff_writer, "_MOST", pixels.nbytes)
    assert written(pixels, layout)[:4] == b"II*\0"
    monkeypatch.setattr(tiff_writer, "_MOST", pixels.nbytes - 1)
    for compress in COMPRESSIONS:
        data = written(pixels, layout, compress=compress, metadata=Metadata(icc=b"profile", dpi=(72, 72)))
        assert data[:4] == b"II+\0"
        picture, found = read(data)
        np.testing.assert_array_equal(found, pixels)
        assert (picture.metadata.icc, picture.metadata.dpi) == (b"profile", (72, 72))
        with tifffile.TiffFile(BytesIO(data)) as file:
            assert file.is_bigtiff
            assert file.pages[0].tags[34675].value == b"profile"


@pytest.mark.parametrize("big", [False, True])
def test_pages_follow_each_other(big: bool) -> None:
    stream = BytesIO()
    writer = TiffWriter(stream, 2**33 if big else 0)
    pages = [Layout("rgb", False, "uint16"), Layout("gray", False, "uint8"), Layout("gray", True, "uint16")]
    for layout in pages:
        pixels = samples(layout, 31, 17)
        writer.page(TiffLayout((17, 31), layout), [pixels])
    stream.seek(0)
    with tifffile.TiffFile(stream) as file:
        assert len(file.pages) == 3
        for page, layout in zip(file.pages, pages, strict=True):
            np.testing.assert_array_equal(page.asarray().reshape(31, 17, -1), samples(layout, 31, 17))


@pytest.mark.parametrize("broken", [lambda p: [p, p[:1]], lambda p: [p[:5]], lambda p: [p[:, :3]], lambda p: [p * 1.0]])
def test_other_rows_than_promised_are_an_error(broken: Any) -> None:
    layout = Layout("gray", False, "uint8")
    with pytest.raises(ValueError, match="rows"):
        TiffWriter(BytesIO(), 0).page(TiffLayout((17, 31), layout), broken(samples(layout, 31, 17)))


def test_an_unknown_compression_is_an_error() -> None:
    with pytest.raises(ValueError, match="compression 'none'"):
        TiffWriter(BytesIO(), 0).page(TiffLayout((1, 1), Layout("gray", False, "uint8"), "none"), [])  # type: ignore[arg-type]


def test_labels_keep_their_palette() -> None:
    palette = Palette(bytes(range(30)))
    numbers = samples(Layout("labels", False, "uint8")) % 10
    data = written(numbers, Layout("labels", False, "uint8"), metadata=Metadata(palette=palette))
    with Image.open(BytesIO(data)) as image:
        assert image.mode == "P"
        np.testing.assert_array_equal(np.asarray(image), numbers[..., 0])
        assert bytes(image.getpalette() or ())[:30] == palette.colors
    picture = door.read(Source(Path("stdin"), data), Limits(), as_labels=True)
    assert picture.metadata.palette is not None
    assert picture.metadata.palette.colors[:30] == palette.colors


def facts(path: Path) -> dict[str, Any]:
    said = subprocess.run(["exiftool", "-j", "-n", "-G1", path], capture_output=True, text=True, check=True)
    return dict(json.loads(said.stdout)[0])


@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.png"])
def test_exif_reaches_the_tables_of_a_tiff(tmp_path: Path, name: str) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x8298] = "Maker", 1, "Somebody"
    exif.get_ifd(0x8769).update({0x829A: 0.01, 0x8827: 400, 0x9003: "2026:01:02 03:04:05"})
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 30.0, 15.5)})
    Image.new("RGB", (20, 10), "teal").save(tmp_path / name, exif=exif.tobytes(), dpi=(300, 300))
    assert enlarged(tmp_path / name, tmp_path / "b.tif").status == "written"
    with Image.open(tmp_path / "b.tif") as image:
        found = image.getexif()
        assert (found[0x010F], found[0x8298]) == ("Maker", "Somebody")
        inner = found.get_ifd(0x8769)
        assert (float(inner[0x829A]), inner[0x8827], inner[0x9003]) == (0.01, 400, "2026:01:02 03:04:05")
        assert [float(part) for part in found.get_ifd(0x8825)[2]] == [48.0, 30.0, 15.5]
        assert image.info["dpi"] == pytest.approx((300, 300), rel=1e-5)
    if shutil.which("exiftool"):
        said = facts(tmp_path / "b.tif")
        assert "ExifTool:Warning" not in said
        assert (said["ExifIFD:ISO"], said["IFD0:Make"], said["IFD0:ImageWidth"]) == (400, "Maker", 40)


def test_a_pipe_gets_a_whole_tiff(tmp_path: Path) -> None:
    class Pipe(BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: Any) -> int:
            raise OSError(29, "Illegal seek")

    pixels = samples(Layout("rgb", False, "uint16"))
    pipe = Pipe()
    write(iter([pixels]), Encoding(TIFF, Layout("rgb", False, "uint16"), (37, 211), Metadata()), pipe)
    np.testing.assert_array_equal(read(pipe.getvalue())[1], pixels)
