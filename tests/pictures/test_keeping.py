"""What a file says about its picture reaches the result, in each pair of formats, as exiftool and Pillow read it."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from enlarging import enlarged
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from upscli.pictures import door
from upscli.pictures.exif import MARK
from upscli.pictures.formats import Layout, by_name
from upscli.pictures.header import Limits, Metadata, Source
from upscli.pictures.keeping import kept

HOLD = ("png", "jpeg", "webp", "tiff", "avif")
SOURCES = ("png", "jpeg", "webp", "tiff", "avif")
needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RGB = Layout("rgb", False, "uint8")

XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    b' xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"'
    b' xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    b' tiff:Orientation="6" exif:PixelXDimension="48" exif:PixelYDimension="32" xmp:Rating="4"'
    b' exif:GPSLatitude="52,30.5N" aux:SerialNumber="77123"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def exif() -> bytes:
    made = Image.Exif()
    made[0x0112], made[0x010F], made[0x8298] = 6, "a camera", "somebody"
    inner = made.get_ifd(0x8769)
    inner[0x8827], inner[0xA002], inner[0xA003] = 400, 48, 32
    inner[0xA430], inner[0xA431], inner[0x927C] = "an owner", "77123", b"maker note"
    place = made.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (52.0, 30.0, 30.0), "E", (13.0, 24.0, 0.0)
    return made.tobytes()


def saved(path: Path, kind: str, **more: Any) -> Path:
    given = {"exif": exif(), "xmp": XMP, "icc_profile": SRGB, **more}
    if kind == "png":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", given.pop("xmp").decode())
        given["pnginfo"] = info
    if kind == "tiff":
        tags = Image.Exif()
        tags.load(given.pop("exif"))
        tags[700] = given.pop("xmp")
        del tags[0x0112]
        given["exif"] = tags
    Image.new("RGB", (48, 32), (200, 100, 50)).save(path, kind, **given)
    return path


def told(path: Path) -> Any:
    done = subprocess.run(["exiftool", "-json", "-G", "-n", str(path)], capture_output=True, text=True, check=False)
    return json.loads(done.stdout)[0]


def output(folder: Path, target: str) -> Path:
    return folder / f"b{by_name(target).extensions[0]}"


@needs_exiftool
@pytest.mark.parametrize("target", HOLD)
@pytest.mark.parametrize("kind", SOURCES)
def test_all_that_both_formats_hold_survives_and_is_corrected(tmp_path: Path, kind: str, target: str) -> None:
    source = saved(tmp_path / f"a.{kind}", kind)
    outcome = enlarged(source, output(tmp_path, target))
    assert outcome.status == "written", outcome.reason
    assert outcome.notes == ()
    found = told(output(tmp_path, target))
    wide = (96, 64) if kind == "tiff" else (64, 96)
    assert (found["File:ImageWidth"] if "File:ImageWidth" in found else wide[0]) == wide[0]
    assert (found["EXIF:ExifImageWidth"], found["EXIF:ExifImageHeight"]) == wide
    assert (found["XMP:ExifImageWidth"], found["XMP:ExifImageHeight"]) == wide
    assert found.get("EXIF:Orientation", 1) == 1
    assert found["XMP:Orientation"] == 1
    assert (found["EXIF:Make"], found["EXIF:Copyright"], found["EXIF:ISO"]) == ("a camera", "somebody", 400)
    assert found["EXIF:GPSLatitude"] == pytest.approx(52.508333)
    assert found["XMP:Rating"] == 4
    assert found["XMP:GPSLatitude"] == pytest.approx(52.508333)
    assert str(found["EXIF:SerialNumber"]) == "77123"
    assert found["ICC_Profile:ProfileDescription"].startswith("sRGB")
    assert "ExifTool:Warning" not in found


@needs_exiftool
@pytest.mark.parametrize("target", HOLD)
@pytest.mark.parametrize("kind", SOURCES)
def test_private_things_can_be_left_out(tmp_path: Path, kind: str, target: str) -> None:
    source = saved(tmp_path / f"a.{kind}", kind)
    assert enlarged(source, output(tmp_path, target), strip="private").notes == ()
    found = told(output(tmp_path, target))
    text = json.dumps(found)
    for word in ("GPS", "77123", "an owner", "maker note", "Warning"):
        assert word not in text, word
    assert (found["EXIF:Make"], found["EXIF:Copyright"], found["XMP:Rating"]) == ("a camera", "somebody", 4)
    assert b"77123" not in output(tmp_path, target).read_bytes()
    assert "ICC_Profile:ProfileDescription" in found


@needs_exiftool
@pytest.mark.parametrize("target", HOLD)
def test_all_can_be_left_out_but_what_changes_the_colors(tmp_path: Path, target: str) -> None:
    source = saved(tmp_path / "a.jpg", "jpeg", dpi=(300, 300), comment=b"a comment")
    assert enlarged(source, output(tmp_path, target), strip="all").notes == ()
    found = told(output(tmp_path, target))
    groups = {name.split(":")[0] for name in found}
    assert "ICC_Profile" in groups
    assert not groups & {"EXIF", "XMP", "IPTC", "MakerNotes"} or target == "tiff"
    text = json.dumps(found)
    for word in ("GPS", "77123", "a camera", "Rating", "a comment", "300"):
        assert word not in text, word


def test_private_things_are_left_out_of_pictures_that_are_large_enough(tmp_path: Path) -> None:
    from upscli.size import Exact

    source = saved(tmp_path / "a.jpg", "jpeg")
    outcome = enlarged(source, tmp_path / "b.jpg", size=Exact(10, 10), if_larger="copy", strip="private")
    assert outcome.status == "written"
    assert b"77123" not in (tmp_path / "b.jpg").read_bytes()


# -- PNG


def with_chunks(path: Path, *chunks: tuple[bytes, bytes], behind: bool = False) -> Path:
    Image.new("RGB", (4, 3), (200, 100, 50)).save(path, "png")
    data = path.read_bytes()
    made = b"".join(
        struct.pack(">I", len(text)) + kind + text + struct.pack(">I", zlib.crc32(kind + text)) for kind, text in chunks
    )
    at = data.index(b"IEND") - 4 if behind else 33
    path.write_bytes(data[:at] + made + data[at:])
    return path


TEXTS = (
    (b"tEXt", b"Author\0somebody"),
    (b"zTXt", b"Description\0\0" + zlib.compress(b"of a picture")),
    (b"iTXt", "Titel\0\0\0de\0Titel\0schön".encode()),
)


@pytest.mark.parametrize("behind", [False, True])
def test_texts_are_kept_wherever_they_stand(tmp_path: Path, behind: bool) -> None:
    source = with_chunks(tmp_path / "a.png", *TEXTS, behind=behind)
    assert enlarged(source, tmp_path / "b.png").notes == ()
    with Image.open(tmp_path / "b.png") as picture:
        assert isinstance(picture, Image.Image)
        picture.load()
        assert picture.info["Author"] == "somebody"
        assert picture.info["Description"] == "of a picture"
        assert picture.info["Titel"] == "schön"
    assert enlarged(source, tmp_path / "b.webp").notes == ("webp cannot hold the texts, which are dropped",)


def test_texts_about_places_and_owners_are_private(tmp_path: Path) -> None:
    keywords = (b"exif:GPSLatitude", b"Raw profile type exif", b"Owner", b"Location")
    private = [(b"tEXt", key + b"\0secret") for key in keywords]
    source = with_chunks(tmp_path / "a.png", *TEXTS, *private)
    enlarged(source, tmp_path / "b.png", strip="private")
    data = (tmp_path / "b.png").read_bytes()
    assert b"secret" not in data
    assert b"Author\0somebody" in data


def test_an_orientation_behind_the_pixels_is_applied(tmp_path: Path) -> None:
    source = with_chunks(tmp_path / "a.png", (b"eXIf", exif().removeprefix(MARK)), behind=True)
    outcome = enlarged(source, tmp_path / "b.png")
    assert outcome.target_size == (6, 8)
    with Image.open(tmp_path / "b.png") as picture:
        assert picture.getexif()[0x0112] == 1


COLORS = (
    (b"gAMA", struct.pack(">I", 100_000)),
    (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)),
)


def test_what_a_png_says_of_its_colors_is_kept_or_its_loss_is_said(tmp_path: Path) -> None:
    source = with_chunks(tmp_path / "a.png", *COLORS)
    assert enlarged(source, tmp_path / "b.png", strip="all").notes == ()
    with Image.open(tmp_path / "b.png") as picture:
        assert picture.info["gamma"] == 1
        assert picture.info["chromaticity"][4] == 0.21
    [note] = enlarged(source, tmp_path / "b.jpg").notes
    assert note == "jpeg cannot hold what the PNG says of its colors (gamma, primaries), which is dropped"


def test_that_a_png_is_srgb_needs_no_words(tmp_path: Path) -> None:
    usual = ((b"sRGB", b"\0"), (b"gAMA", struct.pack(">I", 45_455)))
    assert enlarged(with_chunks(tmp_path / "a.png", *usual), tmp_path / "b.jpg").notes == ()
    assert enlarged(with_chunks(tmp_path / "c.png", usual[1]), tmp_path / "d.jpg").notes == ()


def test_light_is_resampled_by_the_gamma_of_a_png(tmp_path: Path) -> None:
    checks = np.indices((12, 12)).sum(0) % 2 * 255
    Image.fromarray(checks.astype(np.uint8)).save(tmp_path / "plain.png")
    data = (tmp_path / "plain.png").read_bytes()
    gamma = b"gAMA" + struct.pack(">I", 100_000)
    chunk = struct.pack(">I", 4) + gamma + struct.pack(">I", zlib.crc32(gamma))
    (tmp_path / "a.png").write_bytes(data[:33] + chunk + data[33:])
    for name, level in (("plain", 188), ("a", 128)):
        outcome = enlarged(tmp_path / f"{name}.png", tmp_path / "b.png", method="bilinear", linear=True, overwrite=True)
        assert outcome.light == ("by the sRGB curve" if name == "plain" else "by the PNG's gamma")
        with Image.open(tmp_path / "b.png") as picture:
            assert abs(float(np.asarray(picture)[10:14, 10:14].mean()) - level) < 60
            assert np.asarray(picture).max() <= 255
    assert door.header(Source(tmp_path / "a.png"), Limits()).no_light == ""


# -- other blocks


def iptc_segment() -> bytes:
    city = b"\x1c\x02\x5a\x00\x06Berlin"
    data = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(city)) + city + b"\0"
    return b"\xff\xed" + struct.pack(">H", len(data) + 2) + data


@needs_exiftool
def test_comments_and_iptc_are_kept_where_they_can_be(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", comment=b"a comment", extra=iptc_segment())
    assert enlarged(tmp_path / "a.jpg", tmp_path / "b.jpg").notes == ()
    found = told(tmp_path / "b.jpg")
    assert (found["File:Comment"], found["IPTC:City"]) == ("a comment", "Berlin")
    assert enlarged(tmp_path / "a.jpg", tmp_path / "b.png").notes == ("png cannot hold IPTC, which is dropped",)
    assert told(tmp_path / "b.png")["PNG:Comment"] == "a comment"
    notes = enlarged(tmp_path / "a.jpg", tmp_path / "b.webp").notes
    assert notes == ("webp cannot hold the comment, which is dropped", "webp cannot hold IPTC, which is dropped")
    assert enlarged(tmp_path / "a.jpg", tmp_path / "c.jpg", strip="private").notes == ()
    assert "IPTC:City" not in told(tmp_path / "c.jpg")


@needs_exiftool
def test_animations_keep_exif_and_comments(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), (200, 60 * index, 0)) for index in range(3)]
    comment = b"a comment " * 40
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], comment=comment)
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:], exif=exif())
    enlarged(tmp_path / "a.gif", tmp_path / "b.gif")
    assert (told(tmp_path / "b.gif")["File:Comment"], told(tmp_path / "b.gif")["GIF:FrameCount"]) == (
        comment.decode(),
        3,
    )
    enlarged(tmp_path / "a.png", tmp_path / "b.webp")
    assert told(tmp_path / "b.webp")["EXIF:Make"] == "a camera"
    assert "ExifTool:Warning" not in told(tmp_path / "b.webp")
    with Image.open(tmp_path / "b.gif") as picture:
        assert getattr(picture, "n_frames", 1) == 3


@pytest.mark.parametrize("dither", [None, True], ids=["plain", "dithered"])
def test_a_gif_keeps_its_comment_unless_it_is_left_out(tmp_path: Path, dither: bool | None) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.gif", comment=b"a comment")
    for name, strip in (("b.gif", "none"), ("c.gif", "all")):
        assert enlarged(tmp_path / "a.gif", tmp_path / name, dither=dither, strip=strip).status == "written"
    with Image.open(tmp_path / "b.gif") as kept_, Image.open(tmp_path / "c.gif") as stripped:
        assert (kept_.info["comment"], stripped.info.get("comment")) == (b"a comment", None)


def test_what_is_too_long_for_a_jpeg_is_said(tmp_path: Path) -> None:
    large = Image.Exif()
    large.get_ifd(0x8769)[0x9286] = bytes(70_000)
    packet = XMP.replace(b"<x:xmpmeta", b" " * 70_000 + b"<x:xmpmeta")
    source = saved(tmp_path / "a.png", "png", exif=large.tobytes(), xmp=packet)
    first, second = enlarged(source, tmp_path / "b.jpg").notes
    assert first.startswith("jpeg cannot hold 70,")
    assert first.endswith(" bytes of EXIF, which is dropped")
    assert second == f"jpeg cannot hold {len(packet):,} bytes of XMP, which is dropped"


def test_broken_exif_and_xmp_are_left_out_with_a_word(tmp_path: Path) -> None:
    source = saved(tmp_path / "a.jpg", "jpeg", exif=b"Exif\0\0garbage", xmp=b"\xff\xfe\0")
    assert enlarged(source, tmp_path / "b.jpg").notes == (
        "its EXIF cannot be read and is left out",
        "its XMP is not UTF-8 and is left out",
    )


@pytest.mark.parametrize("target", HOLD)
def test_exif_that_pillow_cannot_write_again_is_left_out_with_a_word(tmp_path: Path, target: str) -> None:
    made = Image.Exif()
    made.endian, made[0x010F] = "<", "a camera"
    broken = made.tobytes().replace(b"\x0f\x01\x02\0", b"\x02\x01\x02\0")  # BitsPerSample in letters
    source = saved(tmp_path / "a.jpg", "jpeg", exif=broken)
    assert enlarged(source, output(tmp_path, target)).notes == ("its EXIF cannot be read and is left out",)


# -- profiles


def test_a_wide_profile_survives(tmp_path: Path) -> None:
    wide = ImageCms.ImageCmsProfile(BytesIO(SRGB)).tobytes().replace(struct.pack(">i", 28578), struct.pack(">i", 39000))
    for kind in ("png", "jpeg", "tiff", "webp", "avif"):
        source = saved(tmp_path / f"a.{kind}", kind, icc_profile=wide)
        assert enlarged(source, output(tmp_path, kind)).icc
        with Image.open(output(tmp_path, kind)) as picture:
            assert picture.info["icc_profile"] == wide


def gray_profile() -> bytes:
    return SRGB[:16] + b"GRAY" + SRGB[20:]


@pytest.mark.parametrize("target", ["png", "jpeg", "tiff", "avif"])
def test_a_gray_profile_survives_where_gray_does(tmp_path: Path, target: str) -> None:
    Image.new("L", (8, 8), 100).save(tmp_path / "a.png", icc_profile=gray_profile())
    outcome = enlarged(tmp_path / "a.png", output(tmp_path, target))
    assert (outcome.notes, outcome.icc) == ((), True)
    with Image.open(output(tmp_path, target)) as picture:
        assert picture.info["icc_profile"] == gray_profile()


def test_a_gray_profile_is_never_put_on_colors(tmp_path: Path) -> None:
    Image.new("L", (8, 8), 100).save(tmp_path / "a.png", icc_profile=gray_profile())
    outcome = enlarged(tmp_path / "a.png", tmp_path / "b.webp")
    assert outcome.notes == ("webp stores this gray as color and cannot hold its gray color profile, which is dropped",)
    assert not outcome.icc
    with Image.open(tmp_path / "b.webp") as picture:
        assert "icc_profile" not in picture.info


@pytest.mark.parametrize("target", ["jpeg", "tiff"])
def test_cmyk_stays_cmyk_with_its_profile_and_is_not_inverted(tmp_path: Path, target: str) -> None:
    ink = np.zeros((32, 32, 4), np.uint8)
    ink[..., 0], ink[:16, :, 1], ink[..., 3] = 200, 90, 30
    profile = SRGB[:16] + b"CMYK" + SRGB[20:]
    Image.fromarray(ink, "CMYK").save(tmp_path / "a.jpg", quality=100, subsampling=0, icc_profile=profile)
    outcome = enlarged(tmp_path / "a.jpg", output(tmp_path, target), method="nearest")
    assert (outcome.notes, outcome.icc) == ((), True)
    with Image.open(output(tmp_path, target)) as picture, Image.open(tmp_path / "a.jpg") as before:
        assert picture.mode == "CMYK"
        assert picture.info["icc_profile"] == profile
        expected = np.asarray(before).repeat(2, 0).repeat(2, 1).astype(int)
        assert np.abs(np.asarray(picture).astype(int) - expected).max() <= 4


def test_the_metadata_of_a_result_can_be_kept_again_unchanged() -> None:
    first = Metadata(SRGB, exif().removeprefix(MARK), (300, 300), xmp=XMP, texts=TEXTS)
    form = by_name("png")
    once = kept(first, form, RGB, (30, 20), "none")
    assert kept(once, form, RGB, (30, 20), "none") == once
