"""Every format can be written, and is read back by others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from enlarging import enlarged
from installed import formats
from PIL import Image, JpegImagePlugin

from upscli.errors import OutputError
from upscli.pictures.formats import FORMATS, Layout, by_extension, by_name, by_pillow

SAMPLES = Path(__file__).parents[2] / "sample_images"
RGB = Layout("rgb", False, "uint8")
EXACT = ("png", "tiff", "bmp", "pnm", "pam", "jpeg2000", "qoi", "dds", "tga")
NEAR = {"jpeg": 2.5, "webp": 3.0, "avif": 3.0, "gif": 12.0, "heif": 3.0, "jxl": 2.0}
"""Mean difference in levels that a format may cost."""


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The landscape, twice as large."""
    path = tmp_path_factory.mktemp("reference") / "b.png"
    assert enlarged(SAMPLES / "landscape.png", path).status == "written"
    with Image.open(path) as picture:
        return np.asarray(picture).astype(int)


@pytest.fixture(scope="module", params=formats(lambda form: form.longest >= 960 and RGB in form.writes))
def landscape(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A format, and the landscape twice as large in it."""
    form = request.param
    output = tmp_path_factory.mktemp("formats") / f"b{form.extensions[0]}"
    outcome = enlarged(SAMPLES / "landscape.png", output)
    assert outcome.status == "written", outcome.reason
    return form, output


@pytest.mark.parametrize("reader", ["Pillow", "OpenCV"])
def test_the_landscape_is_read_back_with_its_size_and_colors(
    reference: Any, landscape: tuple[Any, Path], reader: str
) -> None:
    form, output = landscape
    if reader == "Pillow":
        if not form.pillow:
            pytest.skip(f"Pillow has no {form.name}")
        with Image.open(output) as picture:
            assert picture.format == form.pillow
            found = np.asarray(picture.convert("RGB")).astype(int)
    else:
        read = cv2.imread(str(output))
        if read is None:
            pytest.skip(f"this OpenCV does not read {form.name}")
        found = read[..., :: 1 if form.name == "pam" else -1].astype(int)  # OpenCV leaves PAM's colors as they are
    assert found.shape == reference.shape == (640, 960, 3)
    away = np.abs(found - reference)
    if form.name in EXACT:
        assert away.max() == 0
    else:
        assert away.mean() <= NEAR[form.name], (away.mean(), away.max())


def test_gif_says_that_colors_are_reduced(tmp_path: Path) -> None:
    with Image.open(SAMPLES / "landscape.png") as picture:
        picture.crop((200, 100, 300, 200)).save(tmp_path / "a.png")
    outcome = enlarged(tmp_path / "a.png", tmp_path / "b.gif")
    assert "gif holds 256 colors: the picture's colors are reduced" in outcome.notes
    with Image.open(tmp_path / "b.gif") as picture:
        assert len(picture.convert("RGB").getcolors(1 << 20)) <= 256


def test_gif_decides_alpha_and_says_so(tmp_path: Path) -> None:
    ramp = np.dstack([np.full((16, 16), 90, np.uint8)] * 3 + [np.arange(256, dtype=np.uint8).reshape(16, 16)])
    Image.fromarray(ramp).save(tmp_path / "a.png")
    outcome = enlarged(tmp_path / "a.png", tmp_path / "b.gif", method="nearest")
    assert any("half-clear" in note for note in outcome.notes)
    with Image.open(tmp_path / "b.gif") as picture, Image.open(tmp_path / "a.png") as source:
        found = np.asarray(picture.convert("RGBA"))[..., 3]
        expected = np.asarray(source)[..., 3].repeat(2, 0).repeat(2, 1)
    np.testing.assert_array_equal(found, np.where(expected >= 128, 255, 0))


@pytest.mark.parametrize("name", ["lineart.png", "zone-plate.png"])
def test_gray_gif_keeps_every_level(tmp_path: Path, name: str) -> None:
    assert enlarged(SAMPLES / name, tmp_path / "b.gif", method="nearest").notes == ()
    with Image.open(tmp_path / "b.gif") as picture, Image.open(SAMPLES / name) as source:
        found, expected = np.asarray(picture.convert("L")), np.asarray(source)
    np.testing.assert_array_equal(found, expected.repeat(2, 0).repeat(2, 1))


@pytest.mark.parametrize("name", ["png", "webp", "tiff", "avif"])
def test_alpha_survives(tmp_path: Path, name: str) -> None:
    output = tmp_path / f"b{by_name(name).extensions[0]}"
    assert enlarged(SAMPLES / "sprite.png", output, method="nearest").status == "written"
    with Image.open(output) as picture, Image.open(SAMPLES / "sprite.png") as source:
        assert picture.mode == "RGBA"
        found = np.asarray(picture)[..., 3].astype(int)
        expected = np.asarray(source)[..., 3].repeat(2, 0).repeat(2, 1)
    assert np.abs(found - expected).max() <= (0 if name != "avif" else 16)


@pytest.mark.parametrize("name", ["jpeg", "bmp", "pnm"])
def test_a_background_shows_through_what_is_clear(tmp_path: Path, name: str) -> None:
    output = tmp_path / f"b{by_name(name).extensions[0]}"
    outcome = enlarged(SAMPLES / "sprite.png", output, method="nearest", background=(51, 102, 153))
    assert outcome.status == "written"
    with Image.open(output) as picture, Image.open(SAMPLES / "sprite.png") as source:
        assert picture.mode == "RGB"
        found = np.asarray(picture).astype(int)
        clear = (np.asarray(source)[..., 3] == 0).repeat(2, 0).repeat(2, 1)
    assert np.median(np.abs(found[clear] - (51, 102, 153)), axis=0).max() <= 1
    if name != "jpeg":
        assert (found[clear] == (51, 102, 153)).all()


def test_sixteen_bits_survive_where_they_fit(tmp_path: Path) -> None:
    with Image.open(SAMPLES / "gradient16.png") as source:
        expected = np.asarray(source).astype(int).repeat(2, 0).repeat(2, 1)
    for name in ("b.png", "b.tif", "b.pgm"):
        assert enlarged(SAMPLES / "gradient16.png", tmp_path / name, method="nearest").status == "written"
        with Image.open(tmp_path / name) as picture:
            np.testing.assert_array_equal(np.asarray(picture).astype(int), expected)


def tables(path: Path) -> tuple[dict[int, list[int]], int]:
    with Image.open(path) as picture:
        assert isinstance(picture, JpegImagePlugin.JpegImageFile)
        return picture.quantization, JpegImagePlugin.get_sampling(picture)


@pytest.mark.parametrize(("asked", "quality"), [(None, 95), (95, 95), (0, 0), (80, 80), (100, 100)])
def test_jpeg_has_the_quality_asked_for_and_all_its_colors(tmp_path: Path, asked: int | None, quality: int) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "like.jpg", quality=quality, subsampling=0)
    assert enlarged(SAMPLES / "sprite.png", tmp_path / "b.jpg", quality=asked, background=(0, 0, 0)).reason == ""
    assert tables(tmp_path / "b.jpg") == tables(tmp_path / "like.jpg")
    assert tables(tmp_path / "b.jpg")[1] == 0  # 4:4:4


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif"])
def test_less_quality_is_a_smaller_file(tmp_path: Path, name: str) -> None:
    lengths = []
    with Image.open(SAMPLES / "landscape.png") as picture:
        picture.crop((200, 100, 260, 160)).save(tmp_path / "a.png")
    for quality in (5, 50, None, 100):
        output = tmp_path / f"{quality}{by_name(name).extensions[0]}"
        assert enlarged(tmp_path / "a.png", output, quality=quality).reason == ""
        lengths.append(output.stat().st_size)
    assert lengths == sorted(lengths)
    assert len(set(lengths)) == 4


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("png", "png"),
        ("PNG", "png"),
        ("jpg", "jpeg"),
        ("JPEG", "jpeg"),
        ("tif", "tiff"),
        ("ppm", "pnm"),
        ("pgm", "pnm"),
    ],
)
def test_a_format_has_these_names(word: str, name: str) -> None:
    assert by_name(word).name == name
    found = by_extension(f"some/where.v1.{word}")
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("word", ["", "pn", ".png", "eps", "image/png", "png "])
def test_a_format_has_no_such_name(word: str) -> None:
    with pytest.raises(OutputError, match="no format"):
        by_name(word)


@pytest.mark.parametrize("path", ["a", "a.", "png", ".png", "a.png.bak", "a.svg", "dir.png/a"])
def test_a_name_names_no_format(path: str) -> None:
    assert by_extension(path) is None


def test_every_format_is_found_by_each_of_its_names() -> None:
    for form in FORMATS:
        assert by_name(form.name) is form
        assert not form.pillow or by_pillow(form.pillow) is form
        for extension in form.extensions:
            assert by_extension(f"a{extension.upper()}") is form
