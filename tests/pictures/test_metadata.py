"""Orientation is applied, and what a file says about its pixels survives."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from enlarging import enlarged
from PIL import Image, ImageCms

from upscli.pictures import door
from upscli.pictures.formats import by_name
from upscli.pictures.header import Limits, Metadata, Source
from upscli.pictures.metadata import dropped, png_chunks, save_options

ORIENTATION, MAKE, COPYRIGHT, EXIF_IFD, ISO = 0x0112, 0x010F, 0x8298, 0x8769, 0x8827
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

# Four corners that cannot be mistaken: red, green, blue, white.
CORNERS = np.zeros((32, 48, 3), np.uint8)
CORNERS[:16, :24], CORNERS[:16, 24:], CORNERS[16:, :24], CORNERS[16:, 24:] = (
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 255),
)

# EXIF 2.32, 4.6.4: where row 0 and column 0 of the stored picture are seen.
UPRIGHT = {
    1: CORNERS,
    2: CORNERS[:, ::-1],
    3: CORNERS[::-1, ::-1],
    4: CORNERS[::-1],
    5: CORNERS.swapaxes(0, 1),
    6: np.rot90(CORNERS, -1),
    7: CORNERS[::-1, ::-1].swapaxes(0, 1),
    8: np.rot90(CORNERS),
}

LOSSLESS: dict[str, dict[str, Any]] = {
    "png": {},
    "tiff": {},
    "webp": {"lossless": True},
    "jpeg": {"quality": 100, "subsampling": 0},
}


def exif(orientation: Any) -> bytes:
    made = Image.Exif()
    made[ORIENTATION] = orientation
    made[MAKE] = "a camera"
    made[COPYRIGHT] = "somebody"
    made.get_ifd(EXIF_IFD)[ISO] = 400
    return made.tobytes()


def saved(path: Path, kind: str, **more: Any) -> Path:
    picture = Image.fromarray(CORNERS)
    picture.save(path, kind, **LOSSLESS.get(kind, {}), **more)
    return path


def pixels(path: Path) -> Any:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


@pytest.mark.parametrize("kind", LOSSLESS)
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_the_orientation_is_applied(tmp_path: Path, kind: str, orientation: int) -> None:
    source = saved(tmp_path / "a", kind, exif=exif(orientation))
    outcome = enlarged(source, tmp_path / "b.png", method="nearest")
    expected = UPRIGHT[orientation].repeat(2, 0).repeat(2, 1)
    assert outcome.target_size == (expected.shape[1], expected.shape[0])
    found = pixels(tmp_path / "b.png")
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 3


@pytest.mark.parametrize("kind", LOSSLESS)
@pytest.mark.parametrize("orientation", [0, 9, 77, 65535])
def test_an_orientation_that_is_nonsense_is_none(tmp_path: Path, kind: str, orientation: int) -> None:
    source = saved(tmp_path / "a", kind, exif=exif(orientation))
    assert enlarged(source, tmp_path / "b.png", method="nearest").status == "written"
    assert np.abs(pixels(tmp_path / "b.png") - CORNERS.repeat(2, 0).repeat(2, 1)).max() <= 3


def raw_exif(kind: int, count: int, value: bytes) -> bytes:
    """An EXIF block whose only tag is an orientation of another type."""
    head = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHI", ORIENTATION, kind, count)
    if len(value) <= 4:
        return head + value.ljust(4, b"\0") + bytes(4)
    return head + struct.pack("<I", 26) + bytes(4) + value


BROKEN_EXIF = {
    "text": raw_exif(2, 2, b"6\0"),
    "a fraction": raw_exif(5, 1, struct.pack("<II", 6, 1)),
    "a fraction over nothing": raw_exif(5, 1, struct.pack("<II", 6, 0)),
    "a float": raw_exif(11, 1, struct.pack("<f", 6.0)),
    "nothing": raw_exif(3, 0, b""),
    "an unknown type": raw_exif(99, 1, b"\6"),
    "an offset beyond the end": b"Exif\0\0II*\0\xff\xff\xff\x7f",
    "cut": raw_exif(3, 1, b"\6\0")[:14],
    "garbage": b"Exif\0\0" + bytes(range(200)),
    "empty": b"Exif\0\0",
}


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("name", BROKEN_EXIF)
def test_broken_exif_does_not_cost_the_picture(tmp_path: Path, kind: str, name: str) -> None:
    source = saved(tmp_path / "a", kind, exif=BROKEN_EXIF[name])
    for target in ("b.png", "b.jpg", "b.webp", "b.tif"):
        outcome = enlarged(source, tmp_path / target, method="nearest")
        assert outcome.status == "written", outcome.reason
        assert outcome.target_size in ((96, 64), (64, 96))
        assert np.abs(pixels(tmp_path / target)[:8, :8] - UPRIGHT[1][0, 0]).max() <= 40


@pytest.mark.parametrize("target", ["png", "jpeg", "webp", "tiff", "avif"])
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "tiff"])
def test_the_color_profile_survives(tmp_path: Path, kind: str, target: str) -> None:
    source = saved(tmp_path / "a", kind, icc_profile=PROFILE)
    output = tmp_path / f"b{by_name(target).extensions[0]}"
    assert enlarged(source, output).notes == ()
    with Image.open(output) as picture:
        assert picture.info["icc_profile"] == PROFILE


@pytest.mark.parametrize("target", ["png", "jpeg", "webp", "tiff", "avif"])
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "tiff"])
def test_exif_survives_and_says_upright(tmp_path: Path, kind: str, target: str) -> None:
    source = saved(tmp_path / "a", kind, exif=exif(6))
    output = tmp_path / f"b{by_name(target).extensions[0]}"
    assert enlarged(source, output).status == "written"
    with Image.open(output) as picture:
        found = picture.getexif()
        assert found.get(ORIENTATION, 1) == 1
        assert found.get(MAKE) == "a camera"
        assert found.get(COPYRIGHT) == "somebody"
        assert found.get_ifd(EXIF_IFD).get(ISO) == 400
        assert picture.size == (64, 96)


@pytest.mark.parametrize("target", ["png", "jpeg", "tiff", "bmp"])
@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "bmp"])
def test_the_resolution_survives(tmp_path: Path, kind: str, target: str) -> None:
    source = saved(tmp_path / "a", kind, dpi=(300, 150))
    output = tmp_path / f"b{by_name(target).extensions[0]}"
    assert enlarged(source, output).status == "written"
    with Image.open(output) as picture:
        assert picture.info["dpi"] == pytest.approx((300, 150), abs=0.1)


@pytest.mark.parametrize("target", ["png", "jpeg", "tiff"])
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "tiff"])
def test_what_a_file_does_not_say_is_not_made_up(tmp_path: Path, kind: str, target: str) -> None:
    source = saved(tmp_path / "a", kind)
    output = tmp_path / f"b{by_name(target).extensions[0]}"
    assert enlarged(source, output).notes == ()
    with Image.open(output) as picture:
        assert "icc_profile" not in picture.info
        assert target == "tiff" or "exif" not in picture.info
        assert picture.info.get("dpi", (1, 1)) == (1, 1) if target == "tiff" else "dpi" not in picture.info


@pytest.mark.parametrize("target", ["gif", "bmp", "pnm"])
def test_what_a_format_cannot_hold_is_noted(tmp_path: Path, target: str) -> None:
    source = saved(tmp_path / "a", "png", icc_profile=PROFILE, exif=exif(1))
    notes = enlarged(source, tmp_path / f"b{by_name(target).extensions[0]}").notes
    assert f"{target} cannot hold the color profile, which is dropped" in notes
    assert f"{target} cannot hold EXIF, which is dropped" in notes


def test_metadata_is_read_as_it_is_written(tmp_path: Path) -> None:
    source = saved(tmp_path / "a", "jpeg", icc_profile=PROFILE, exif=exif(6), dpi=(72, 72))
    found = door.read(Source(source), Limits()).metadata
    assert found.icc == PROFILE
    assert found.dpi == (72, 72)
    assert found.exif is not None
    assert not found.exif.startswith(b"Exif")


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "tiff", "avif", "gif", "bmp", "pnm"])
def test_no_metadata_asks_for_nothing(name: str) -> None:
    assert save_options(Metadata(), by_name(name)) == {}
    assert dropped(Metadata(), by_name(name)) == ()
    assert png_chunks(Metadata()) == ()


def test_png_chunks_are_those_of_the_specification() -> None:
    chunks = dict(png_chunks(Metadata(b"profile", b"II*\0", (254.0, 127.0))))
    assert list(chunks) == [b"iCCP", b"pHYs", b"eXIf"]
    assert chunks[b"pHYs"] == struct.pack(">IIB", 10000, 5000, 1)
    assert chunks[b"eXIf"] == b"II*\0"


@pytest.mark.parametrize("name", ["webp", "gif", "avif", "pnm"])
def test_a_resolution_that_is_lost_is_told_if_it_means_something(name: str) -> None:
    said = f"{name} cannot hold 300 x 299.9 dpi, which are dropped"
    assert dropped(Metadata(dpi=(299.9994, 299.9)), by_name(name)) == (said,)
    assert dropped(Metadata(dpi=(72, 72)), by_name(name)) == ()
    in_exif = dropped(Metadata(dpi=(300, 300), exif=b"II*\0\x08\0\0\0\0\0\0\0\0\0"), by_name(name))
    assert any("dpi" in note for note in in_exif) == (name in ("gif", "pnm"))
    assert dropped(Metadata(dpi=(300, 300)), by_name("jpeg")) == ()
