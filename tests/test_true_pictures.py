"""What goes in comes out larger and otherwise unchanged: color x depth x alpha x orientation x format.

Other libraries write the sources and read the results where they can: tifffile, imagecodecs, OpenCV; exiftool reads
the metadata. Each case is enlarged by copying pixels, so that the result is known to the level.
"""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from enlarging import enlarged
from installed import form_param
from PIL import Image, ImageCms

from upscli.errors import InputError
from upscli.pictures import extras, modes
from upscli.pictures.formats import FORMATS, Format, Layout, by_name

ic = pytest.importorskip("imagecodecs")
tifffile = pytest.importorskip("tifffile")

WIDE, HIGH = 20, 14
LOSSY = ("jpeg", "webp", "avif", "heif")
ORIENTED = ("png", "jpeg", "webp", "tiff", "avif")
TURNS: dict[int, Callable[[Any], Any]] = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}


def drawn(layout: Layout) -> Any:
    """Ramps, each channel its own, and alpha that is full, half or none in wide stripes."""
    rows, cols = np.mgrid[:HIGH, :WIDE]
    ramps = [(2 * cols / WIDE + rows / HIGH) / 3, rows / HIGH, (rows + cols) / (WIDE + HIGH), 1 - cols / WIDE][
        : layout.flat().channels
    ]
    if layout.alpha:
        ramps.append(np.select([cols < 8, cols < 14], [1.0, 0.5], 0.0))
    pixels = np.stack(ramps, 2)
    if layout.depth == "float32":
        return pixels.astype(np.float32)
    return np.round(pixels * np.iinfo(layout.depth).max).astype(layout.depth)


def plain(pixels: Any) -> Any:
    """(height, width) of one channel."""
    return np.ascontiguousarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "A maker"
    return tags.tobytes()


OPTIONS: dict[str, dict[str, Any]] = {
    "jpeg": {"quality": 100, "subsampling": 0},
    "webp": {"lossless": True, "exact": True},
    "avif": {"quality": 100, "subsampling": "4:4:4"},
    "heif": {"quality": -1, "chroma": 444},
    "jxl": {"lossless": True},
    "ico": {"sizes": [(WIDE, HIGH)]},
}
"""Of Pillow's encoders: as little loss as can be."""


def by_pillow(form: Format, layout: Layout, pixels: Any, orientation: int) -> bytes:
    stream = BytesIO()
    options: dict[str, Any] = OPTIONS.get(form.name, {})
    options = options | ({"exif": exif(orientation)} if form.name in ORIENTED else {})
    if form.extra:
        extras.load(form.extra, InputError)
    modes.to_image(pixels, layout).save(stream, form.pillow, **options)
    return stream.getvalue()


def png(form: Format, layout: Layout, pixels: Any, orientation: int, late: bool = False) -> bytes:
    """By libpng; its EXIF in a chunk before or after the pixels."""
    data = ic.png_encode(plain(pixels))
    body = b"eXIf" + exif(orientation).removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    place = len(data) - 12 if late else 33
    return bytes(data[:place] + chunk + data[place:])


def tiff(form: Format, layout: Layout, pixels: Any, orientation: int) -> bytes:
    stream = BytesIO()
    color = {"gray": "minisblack", "rgb": "rgb", "cmyk": "separated"}[layout.color]
    more = {"extrasamples": ["unassalpha"]} if layout.alpha else {}
    tifffile.imwrite(
        stream,
        plain(pixels),
        photometric=color,
        planarconfig="contig" if pixels.shape[2] > 1 else None,
        extratags=[(274, "H", 1, orientation, True)],
        metadata=None,
        **more,
    )
    return stream.getvalue()


def by_opencv(form: Format, layout: Layout, pixels: Any, orientation: int) -> bytes:
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[pixels.shape[2]]
    extension = ".pgm" if form.name == "pnm" and pixels.shape[2] == 1 else ".ppm" if form.name == "pnm" else ".pfm"
    return bytes(cv2.imencode(extension, np.ascontiguousarray(pixels[..., order]))[1])


def pam(form: Format, layout: Layout, pixels: Any, orientation: int) -> bytes:
    kind = {1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA"}[pixels.shape[2]]
    most = np.iinfo(pixels.dtype).max
    head = f"P7\nWIDTH {WIDE}\nHEIGHT {HIGH}\nDEPTH {pixels.shape[2]}\nMAXVAL {most}\nTUPLTYPE {kind}\nENDHDR\n"
    return head.encode() + pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()


def jpeg2000(form: Format, layout: Layout, pixels: Any, orientation: int) -> bytes:
    if layout.color == "cmyk" or layout.alpha:
        return by_pillow(form, layout, pixels, orientation)
    return bytes(ic.jpeg2k_encode(plain(pixels), codecformat="jp2", reversible=True, level=0))


def qoi(form: Format, layout: Layout, pixels: Any, orientation: int) -> bytes:
    return bytes(ic.qoi_encode(np.ascontiguousarray(pixels)))


MAKERS: dict[str, Callable[..., bytes]] = {
    "png": png,
    "tiff": tiff,
    "pnm": by_opencv,
    "pfm": by_opencv,
    "pam": pam,
    "jpeg2000": jpeg2000,
    "qoi": qoi,
}
NOT_MADE = {
    ("gif", "rgb"),  # of few colors: tests/pictures/test_formats.py
    ("gif", "rgb with alpha"),
    ("gif", "gray with alpha"),
    ("bmp", "rgb with alpha"),  # tests/pictures/test_format_claims.py
    ("heif", "16-bit gray"),
    ("jpeg2000", "16-bit gray with alpha"),
}


def pam_samples(data: bytes) -> Any:
    head, samples = data.split(b"ENDHDR\n", 1)
    said = dict(line.split() for line in head.decode().splitlines()[1:])
    kind = ">u2" if int(said["MAXVAL"]) > 255 else "u1"
    found = np.frombuffer(samples, kind).reshape(int(said["HEIGHT"]), int(said["WIDTH"]), int(said["DEPTH"]))
    return found.astype(found.dtype.newbyteorder("="))


def second_reader(path: Path) -> Any:
    """(height, width, channels) by a library that is not the one that wrote it; None where there is none."""
    form, data = by_name(path.suffix[1:]).name, path.read_bytes()
    if form == "tiff":
        found = tifffile.imread(path)
    elif form == "pam":
        return pam_samples(data)
    elif form in ("bmp", "pnm", "pfm"):
        found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        found = found[..., [2, 1, 0]] if found.ndim == 3 else found
    else:
        decoder = {
            "png": ic.png_decode,
            "webp": ic.webp_decode,
            "avif": ic.avif_decode,
            "qoi": ic.qoi_decode,
            "jpeg2000": ic.jpeg2k_decode,
            "jxl": ic.jpegxl_decode,
        }.get(form)
        if decoder is None:
            return None
        found = decoder(data)
    return found.reshape(*found.shape[:2], -1)


def by_pillow_again(path: Path) -> Any:
    with Image.open(path) as image:
        found = np.asarray(image.convert("RGB") if image.mode == "P" else image)
    return found.reshape(*found.shape[:2], -1)


def cases() -> Iterator[Any]:
    """(source format, layout, orientation, result format)."""
    for form in FORMATS:
        for layout in sorted(form.reads, key=str):
            said = str(layout).removeprefix("8-bit ")
            if layout.color == "labels" or (form.name, said) in NOT_MADE:
                continue
            for orientation in TURNS if form.name in ORIENTED else (1,):
                for target in dict.fromkeys((form, by_name("png"), by_name("tiff"))):
                    if layout in target.writes:
                        yield form_param(form, layout, orientation, target.name)


def by_color(pixels: Any, layout: Layout, found: Any) -> Any:
    """The expected pixels as the reader shows them: gray as color where it does."""
    if found.shape[2] - pixels.shape[2] == 2:
        return np.concatenate([pixels[..., :1]] * 3 + [pixels[..., 1:]], 2)
    return pixels


@pytest.mark.parametrize(("form", "layout", "orientation", "target"), list(cases()))
def test_a_picture_is_larger_and_otherwise_the_same(
    tmp_path: Path, form: Format, layout: Layout, orientation: int, target: str
) -> None:
    pixels = drawn(layout)
    source = tmp_path / f"a{form.extensions[0]}"
    source.write_bytes(MAKERS.get(form.name, by_pillow)(form, layout, pixels, orientation))
    output = tmp_path / f"b{'.pgm' if target == 'pnm' and layout.color == 'gray' else by_name(target).extensions[0]}"
    quality = 100 if by_name(target).quality is not None else None
    outcome = enlarged(source, output, method="nearest", quality=quality)
    assert outcome.status == "written", outcome.reason
    expected = TURNS[orientation](pixels).repeat(2, 0).repeat(2, 1)
    found = second_reader(output)
    if found is None:
        found = by_pillow_again(output)
    if target == "jpeg" and layout.color == "cmyk":
        assert found.shape[2] == 4
    assert found.dtype == layout.depth
    compare(found, by_color(expected, layout, found), layout, bool({form.name, target} & set(LOSSY)))


def compare(found: Any, expected: Any, layout: Layout, lossy: bool) -> None:
    assert found.shape == expected.shape
    if layout.alpha:
        np.testing.assert_allclose(found[..., -1].astype(float), expected[..., -1], atol=3 if lossy else 0)
        shown = expected[..., -1] > 0
        found, expected = found[shown][..., :-1], expected[shown][..., :-1]
    if not lossy:
        np.testing.assert_array_equal(found, expected)
        return
    away = np.abs(found.astype(int) - expected)
    assert away.mean() <= 4
    assert np.percentile(away, 99) <= 24


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("layout", [Layout("rgb", False, "uint8"), Layout("gray", True, "uint16")], ids=str)
def test_an_orientation_behind_the_pixels_of_a_png_counts_too(tmp_path: Path, layout: Layout, orientation: int) -> None:
    pixels = drawn(layout)
    (tmp_path / "a.png").write_bytes(png(by_name("png"), layout, pixels, orientation, late=True))
    assert enlarged(tmp_path / "a.png", tmp_path / "b.png", method="nearest").reason == ""
    expected = TURNS[orientation](pixels).repeat(2, 0).repeat(2, 1)
    found = second_reader(tmp_path / "b.png")
    np.testing.assert_array_equal(found, expected)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_finds_the_maker_and_no_turn_in_any_result(tmp_path: Path) -> None:
    layout = Layout("rgb", False, "uint8")
    for name in ORIENTED:
        form = by_name(name)
        for orientation in TURNS:
            source = tmp_path / f"{name}{orientation}{form.extensions[0]}"
            source.write_bytes(by_pillow(form, layout, drawn(layout), orientation))
            for target in ORIENTED:
                output = tmp_path / f"{name}{orientation}-{target}{by_name(target).extensions[0]}"
                assert enlarged(source, output).reason == ""
            source.unlink()
    found = subprocess.run(
        ["exiftool", "-j", "-n", "-fast0", "-Orientation", "-Make", "-ImageSize", tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    facts = json.loads(found.stdout)
    assert len(facts) == len(ORIENTED) ** 2 * len(TURNS)
    for fact in facts:
        turned = int(Path(fact["SourceFile"]).name.split("-")[0][-1]) >= 5
        wide = (2 * HIGH, 2 * WIDE) if turned else (2 * WIDE, 2 * HIGH)
        assert fact.get("Orientation", 1) == 1, fact
        assert fact["Make"] == "A maker", fact
        assert fact["ImageSize"] == "{} {}".format(*wide), fact


NARROWED = {
    "an AVIF of 10 bits": ("a.avif", lambda d: ic.avif_encode(d >> 6, level=100, bitspersample=10), "10-bit AVIF"),
    "an AVIF of 12 bits": ("a.avif", lambda d: ic.avif_encode(d >> 4, level=100, bitspersample=12), "12-bit AVIF"),
    "a JPEG XL of 16 bits": ("a.jxl", lambda d: ic.jpegxl_encode(d, lossless=True), "16-bit JPEG XL"),
    "a JPEG XL of floats": (
        "a.jxl",
        lambda d: ic.jpegxl_encode((d / 65535).astype(np.float32), lossless=True),
        "32-bit JPEG XL",
    ),
}
REFUSED = {
    "a JPEG 2000 of 16 bits": ("a.jp2", lambda d: ic.jpeg2k_encode(d, codecformat="jp2", level=0, reversible=True)),
    "a bare codestream of 16 bits": ("a.j2k", lambda d: ic.jpeg2k_encode(d, codecformat="j2k", level=0)),
    "a JPEG 2000 of 12 bits": ("a.jp2", lambda d: ic.jpeg2k_encode(d >> 4, codecformat="jp2", bitspersample=12)),
    "a JPEG XL of deep gray with alpha": ("a.jxl", lambda d: ic.jpegxl_encode(d[..., :2], lossless=True)),
}
DEEP = drawn(Layout("rgb", False, "uint16"))


@pytest.mark.parametrize("name", NARROWED)
def test_fewer_bits_than_the_file_has_are_told(tmp_path: Path, name: str) -> None:
    file, make, word = NARROWED[name]
    if file.endswith(".jxl"):
        pytest.importorskip("pillow_jxl", reason="the extra jxl is not installed")
    (tmp_path / file).write_bytes(make(DEEP))
    outcome = enlarged(tmp_path / file, tmp_path / "b.png", method="nearest")
    assert f"{word} was read as 8 bits: its finer levels are lost" in outcome.notes
    found = second_reader(tmp_path / "b.png")
    assert np.abs(found - (DEEP.repeat(2, 0).repeat(2, 1) / 257.0)).max() <= 6


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_come_out_wrong_is_refused(tmp_path: Path, name: str) -> None:
    file, make = REFUSED[name]
    if file.endswith(".jxl"):
        pytest.importorskip("pillow_jxl", reason="the extra jxl is not installed")
    (tmp_path / file).write_bytes(make(DEEP))
    outcome = enlarged(tmp_path / file, tmp_path / "b.png")
    assert outcome.status == "failed"
    assert "bits" in outcome.reason
    assert "save it as 16-bit PNG" in outcome.reason


@pytest.mark.parametrize("bits", [4, 7, 10, 12, 15])
@pytest.mark.parametrize("kind", ["jp2", "j2k"])
def test_the_white_of_odd_depths_is_white(tmp_path: Path, bits: int, kind: str) -> None:
    levels = np.linspace(0, 2**bits - 1, WIDE * HIGH).round().reshape(HIGH, WIDE).astype("u2" if bits > 8 else "u1")
    data = ic.jpeg2k_encode(levels, codecformat=kind, bitspersample=bits, reversible=True, level=0)
    (tmp_path / f"a.{kind}").write_bytes(data)
    assert enlarged(tmp_path / f"a.{kind}", tmp_path / "b.png", method="nearest").reason == ""
    found = second_reader(tmp_path / "b.png")[::2, ::2, 0]
    peak = 65535 if bits > 8 else 255
    assert found.dtype == (np.uint16 if bits > 8 else np.uint8)
    np.testing.assert_array_equal(found, np.floor(levels * (peak / (2**bits - 1)) + 0.5))


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("mode", ["L;16", "RGB;16"])
def test_the_white_of_deep_heic_is_white_and_its_lost_levels_are_told(tmp_path: Path, bits: int, mode: str) -> None:
    heif = pytest.importorskip("pillow_heif", reason="the extra heif is not installed")
    stream = BytesIO()
    white = np.full((HIGH, WIDE, 1 if mode[0] == "L" else 3), 65535, np.uint16)
    heif.encode(mode, (WIDE, HIGH), white.tobytes(), stream, quality=-1, save_to_12bit=bits == 12)
    (tmp_path / "a.heic").write_bytes(stream.getvalue())
    outcome = enlarged(tmp_path / "a.heic", tmp_path / "b.png", method="nearest")
    found = second_reader(tmp_path / "b.png")
    assert found.min() == np.iinfo(found.dtype).max
    assert found.dtype == (np.uint16 if mode == "L;16" else np.uint8)
    told = any("-bit HEIC was read as 8 bits" in note for note in outcome.notes)
    assert told == (mode == "RGB;16")


def test_jpeg_xl_keeps_exif_and_xmp_and_says_that_it_has_no_profile(tmp_path: Path) -> None:
    pytest.importorskip("pillow_jxl", reason="the extra jxl is not installed")
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>words</a></x:xmpmeta>'
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = Image.new("RGB", (WIDE, HIGH))
    source.save(tmp_path / "a.jpg", exif=exif(6), xmp=packet, icc_profile=profile)
    outcome = enlarged(tmp_path / "a.jpg", tmp_path / "b.jxl")
    assert outcome.notes == ("jxl cannot hold the color profile, which is dropped",)
    assert enlarged(tmp_path / "b.jxl", tmp_path / "c.jxl").notes == ()
    with Image.open(tmp_path / "c.jxl") as image:
        assert image.size == (HIGH * 4, WIDE * 4)
        assert image.getexif()[0x010F] == "A maker"
        assert image.getexif().get(0x0112, 1) == 1
    assert b"words" in (tmp_path / "c.jxl").read_bytes()


def icon(*pictures: bytes) -> bytes:
    """An ICO file of PNGs, its directory wrong about their sizes."""
    place = 6 + 16 * len(pictures)
    entries = b""
    for data in pictures:
        entries += struct.pack("<4B2H2I", 16, 16, 0, 0, 1, 32, len(data), place)
        place += len(data)
    return b"\0\0\1\0" + struct.pack("<H", len(pictures)) + entries + b"".join(pictures)


def test_the_best_picture_of_an_icon_is_taken_whatever_its_directory_says(tmp_path: Path) -> None:
    large, small = (drawn(Layout("rgb", True, "uint8"))[: side // 2, :side] for side in (WIDE, 8))
    (tmp_path / "a.ico").write_bytes(icon(ic.png_encode(small), ic.png_encode(large), ic.png_encode(small)))
    outcome = enlarged(tmp_path / "a.ico", tmp_path / "b.png", method="nearest")
    assert "the largest of its 3 pictures is enlarged" in outcome.notes
    found = second_reader(tmp_path / "b.png")
    np.testing.assert_array_equal(found[..., 3], large.repeat(2, 0).repeat(2, 1)[..., 3])


def test_a_bomb_in_an_icon_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    stream = BytesIO()
    Image.new("L", (5000, 5000)).save(stream, "PNG")
    (tmp_path / "a.ico").write_bytes(icon(stream.getvalue()))
    outcome = enlarged(tmp_path / "a.ico", tmp_path / "b.png")
    assert "an icon of 5000 x 5000 pixels, and icons end at 256" in outcome.reason


def test_a_bomb_of_jpeg_xl_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upscli.pictures.extras.load", lambda *_: pytest.fail("it was opened"))
    (tmp_path / "a.jxl").write_bytes(ic.jpegxl_encode(np.zeros((20_000, 20_000), np.uint8), effort=1))
    assert "20000 x 20000 is 400,000,000 pixels" in enlarged(tmp_path / "a.jxl", tmp_path / "b.png").reason
