"""Every mode a file can have is carried over or refused with a sentence, never silently changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from enlarging import enlarged
from numpy.typing import NDArray
from PIL import Image

from upscli.errors import UpscliError
from upscli.pictures import modes
from upscli.pictures.formats import FORMATS, Layout

WIDE = 9
HIGH = 7
LEVELS = np.random.default_rng(5).integers(0, 256, (HIGH, WIDE, 4), np.uint8)
DEEP = np.random.default_rng(6).integers(0, 65536, (HIGH, WIDE, 4), np.uint16)
FLOATS = np.random.default_rng(7).random((HIGH, WIDE), np.float32)

Pixels = NDArray[Any]
Make = Callable[[Path], Pixels]
"""Writes a file and returns the pixels (height, width, channels) that a reader must see."""


def by_pillow(mode: str, pixels: Pixels, seen: Pixels | None = None, **options: Any) -> Make:
    def make(path: Path) -> Pixels:
        flat = pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
        raw = "I;16N" if mode == "I;16" else "F;32NF" if mode == "F" else mode
        size = (flat.shape[1], flat.shape[0])
        picture = Image.frombuffer(mode, size, np.ascontiguousarray(flat), "raw", raw, 0, 1)
        picture.save(path, **options)
        return (pixels if seen is None else seen).reshape(HIGH, WIDE, -1)

    return make


def by_opencv(pixels: Pixels) -> Make:
    """OpenCV writes what Pillow cannot: 16 bits of color."""

    def make(path: Path) -> Pixels:
        order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}[pixels.shape[2]]
        assert cv2.imwrite(str(path), np.ascontiguousarray(pixels[..., order]))
        return pixels

    return make


def one_bit(path: Path) -> Pixels:
    bits = LEVELS[..., 0] > 127
    Image.fromarray(bits).save(path)
    return (bits * np.uint8(255))[..., None]


PALETTE = np.array([[250, 0, 0], [0, 240, 0], [0, 0, 230], [255, 255, 255]], np.uint8)
INDEX = LEVELS[..., 1] % 4


def palette(transparency: bytes | int | None = None) -> Make:
    def make(path: Path) -> Pixels:
        picture = Image.frombytes("P", (WIDE, HIGH), INDEX.tobytes())
        picture.putpalette(PALETTE.tobytes())
        picture.save(path, **({} if transparency is None else {"transparency": transparency}))
        colors = PALETTE[INDEX]
        if transparency is None:
            return colors
        alpha = np.full(4, 255, np.uint8)
        if isinstance(transparency, int):
            alpha[transparency] = 0
        else:
            alpha[: len(transparency)] = np.frombuffer(transparency, np.uint8)
        return np.dstack((colors, alpha[INDEX]))

    return make


def palette_with_alpha(path: Path) -> Pixels:
    picture = Image.new("PA", (WIDE, HIGH))
    picture.putpalette(PALETTE.tobytes())
    for y in range(HIGH):
        for x in range(WIDE):
            picture.putpixel((x, y), (int(INDEX[y, x]), int(LEVELS[y, x, 3])))
    picture.save(path)
    return np.dstack((PALETTE[INDEX], LEVELS[..., 3]))


def keyed(mode: str, key: Any, channels: int) -> Make:
    """One color of the picture is transparent, which PNG calls tRNS."""

    def make(path: Path) -> Pixels:
        pixels = LEVELS[..., :channels] // 64 * 64
        Image.frombytes(mode, (WIDE, HIGH), np.ascontiguousarray(pixels).tobytes()).save(path, transparency=key)
        clear = (pixels == np.array(key)).all(axis=2)
        assert clear.any()
        return np.dstack((pixels, np.where(clear, 0, 255).astype(np.uint8)))

    return make


def keyed16(path: Path) -> Pixels:
    pixels = DEEP[..., 0] // 16384 * 16384
    Image.fromarray(pixels).save(path, transparency=16384)
    data = path.read_bytes()
    if b"tRNS" not in data:
        import struct
        import zlib

        chunk = b"tRNS" + struct.pack(">H", 16384)
        at = data.index(b"IDAT") - 4
        path.write_bytes(data[:at] + struct.pack(">I", 2) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[at:])
    return np.dstack((pixels, np.where(pixels == 16384, 0, 65535).astype(np.uint16)))


def wide_pgm(path: Path) -> Pixels:
    path.write_bytes(b"P5 %d %d 65535\n" % (WIDE, HIGH) + DEEP[..., 0].astype(">u2").tobytes())
    return DEEP[..., :1]


def wide_ppm(path: Path) -> Pixels:
    path.write_bytes(b"P6 %d %d 65535\n" % (WIDE, HIGH) + DEEP[..., :3].astype(">u2").tobytes())
    return DEEP[..., :3]


def gray16_alpha_png(path: Path) -> Pixels:
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    pixels = DEEP[..., :2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", WIDE, HIGH, 16, 4, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return pixels


RGB, RGBA, L, LA = LEVELS[..., :3], LEVELS, LEVELS[..., :1], LEVELS[..., [0, 3]]

CARRIED: dict[str, tuple[str, Make]] = {
    "1 png": ("a.png", one_bit),
    "1 tiff": ("a.tif", one_bit),
    "1 bmp": ("a.bmp", one_bit),
    "1 pbm": ("a.pnm", one_bit),
    "L png": ("a.png", by_pillow("L", L)),
    "L tiff": ("a.tif", by_pillow("L", L)),
    "L bmp": ("a.bmp", by_pillow("L", L)),
    "L pgm": ("a.pgm", by_pillow("L", L)),
    "LA png": ("a.png", by_pillow("LA", LA)),
    "LA tiff": ("a.tif", by_pillow("LA", LA)),
    "RGB png": ("a.png", by_pillow("RGB", RGB)),
    "RGB tiff": ("a.tif", by_pillow("RGB", RGB)),
    "RGB bmp": ("a.bmp", by_pillow("RGB", RGB)),
    "RGB ppm": ("a.ppm", by_pillow("RGB", RGB)),
    "RGB webp": ("a.webp", by_pillow("RGB", RGB, lossless=True)),
    "RGBA png": ("a.png", by_pillow("RGBA", RGBA)),
    "RGBA tiff": ("a.tif", by_pillow("RGBA", RGBA)),
    "RGBA webp": ("a.webp", by_pillow("RGBA", RGBA, lossless=True, exact=True)),
    "P png": ("a.png", palette()),
    "P gif": ("a.gif", palette()),
    "P tiff": ("a.tif", palette()),
    "P bmp": ("a.bmp", palette()),
    "P png, one clear": ("a.png", palette(2)),
    "P gif, one clear": ("a.gif", palette(2)),
    "P png, alpha of each color": ("a.png", palette(bytes([0, 128, 255, 7]))),
    "P png, alpha of some colors": ("a.png", palette(bytes([9]))),
    "PA tiff": ("a.tif", palette_with_alpha),
    "L png, one clear": ("a.png", keyed("L", 64, 1)),
    "RGB png, one clear": ("a.png", keyed("RGB", tuple(int(v) for v in RGB[2, 3] // 64 * 64), 3)),
    "CMYK tiff": ("a.tif", by_pillow("CMYK", LEVELS)),
    "I;16 png": ("a.png", by_pillow("I;16", DEEP[..., :1])),
    "I;16 png, one clear": ("a.png", keyed16),
    "I;16 tiff": ("a.tif", by_pillow("I;16", DEEP[..., :1])),
    "I;16 pgm": ("a.pgm", wide_pgm),
    "F tiff": ("a.tif", by_pillow("F", FLOATS)),
    "16-bit RGB png": ("a.png", by_opencv(DEEP[..., :3])),
    "16-bit RGBA png": ("a.png", by_opencv(DEEP)),
    "16-bit LA png": ("a.png", gray16_alpha_png),
    "16-bit RGB tiff": ("a.tif", by_opencv(DEEP[..., :3])),
    "16-bit RGBA tiff": ("a.tif", by_opencv(DEEP)),
    "16-bit RGB ppm": ("a.ppm", wide_ppm),
}

EXACT = ["png", "tiff", "pnm", "pam", "bmp"]


def opened(path: Path) -> Pixels:
    """The pixels (height, width, channels) of a file that was written, 16-bit color by OpenCV and tifffile."""
    if path.suffix == ".tif":
        with tifffile.TiffFile(path) as file:
            if file.pages[0].dtype != np.float32:
                found = file.asarray()
                return found.reshape(*found.shape[:2], -1)
    if path.suffix == ".pam":  # whose colors OpenCV leaves in their order
        found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        return found.reshape(*found.shape[:2], -1)
    if path.suffix == ".pnm" or (path.suffix == ".png" and path.read_bytes()[24] == 16):
        found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        found = found.reshape(*found.shape[:2], -1)
        return found[..., {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[found.shape[2]]]
    with Image.open(path) as picture:
        if picture.mode == "I":
            return np.asarray(picture).astype(np.uint16)[..., None]
        found = np.asarray(picture)
    return found.reshape(*found.shape[:2], -1)


def doubled(pixels: Pixels) -> Pixels:
    return pixels.repeat(2, 0).repeat(2, 1)


@pytest.mark.parametrize("target", [form for form in FORMATS if form.name in EXACT], ids=lambda form: form.name)
@pytest.mark.parametrize("name", CARRIED)
def test_a_mode_is_carried_bit_for_bit_or_refused(tmp_path: Path, name: str, target: Any) -> None:
    file, make = CARRIED[name]
    source, output = tmp_path / file, tmp_path / f"b{target.extensions[0]}"
    seen = make(source)
    try:
        outcome = enlarged(source, output, method="nearest")
    except UpscliError as error:  # the format cannot hold it
        layout = layout_of(name, seen)
        assert target.refusal(layout), error  # noqa: PT017 - carried or refused
        assert str(error).startswith(f"{source}: ")  # noqa: PT017
        assert not output.exists()
        return
    assert outcome.status == "written", outcome.reason
    expected = doubled(seen)
    found = opened(output)
    if seen.shape[2] == 4 and found.shape[2] == 2:  # 16-bit gray with alpha, as OpenCV shows it
        found = found[..., [0, 0, 0, 1]]
    if seen.shape[2] == 2 and found.shape[2] == 4:
        assert (found[..., 0] == found[..., 1]).all()
        found = found[..., [0, 3]]
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def layout_of(name: str, seen: Pixels) -> Layout:
    color = "cmyk" if name.startswith("CMYK") else "gray" if seen.shape[2] < 3 else "rgb"
    return Layout(color, color != "cmyk" and seen.shape[2] in (2, 4), seen.dtype.name)


@pytest.mark.parametrize("name", [name for name in CARRIED if name.startswith("CMYK")] + ["CMYK jpeg"])
def test_cmyk_goes_to_jpeg_as_cmyk(tmp_path: Path, name: str) -> None:
    source = tmp_path / ("a.jpg" if "jpeg" in name else "a.tif")
    Image.new("CMYK", (WIDE, HIGH), (10, 200, 60, 0)).save(source)
    assert enlarged(source, tmp_path / "b.jpg").status == "written"
    with Image.open(tmp_path / "b.jpg") as picture:
        assert (picture.mode, picture.size) == ("CMYK", (2 * WIDE, 2 * HIGH))
        found = np.asarray(picture).astype(int)
    assert np.abs(found - (10, 200, 60, 0)).max() <= 3


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("L png", ()),
        ("RGBA png", ()),
        ("I;16 png", ()),
        ("1 png", ("became 8-bit gray",)),
        ("1 tiff", ("became 8-bit gray",)),
        ("P png", ("palette colors became RGB",)),
        ("P gif", ("palette colors became RGB",)),
        ("P png, one clear", ("palette colors became RGB",)),
        ("PA tiff", ("palette colors became RGBA",)),
    ],
)
def test_what_reading_changes_is_noted(tmp_path: Path, name: str, note: tuple[str, ...]) -> None:
    file, make = CARRIED[name]
    make(tmp_path / file)
    notes = enlarged(tmp_path / file, tmp_path / "b.png").notes
    assert len(notes) == len(note)
    for found, part in zip(notes, note, strict=True):
        assert part in found


def whole_numbers(path: Path) -> None:
    Image.new("I", (WIDE, HIGH), 100_000).save(path)


def signed(path: Path) -> None:
    tifffile.imwrite(path, np.full((HIGH, WIDE), -5, np.int16))


def white_is_zero(path: Path) -> None:
    tifffile.imwrite(path, FLOATS, photometric="miniswhite")


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "LAB": (lambda path: Image.new("LAB", (WIDE, HIGH)).save(path), "LAB"),
    "32-bit whole numbers": (whole_numbers, "whole numbers of 32 bits"),
    "signed whole numbers": (signed, "whole numbers"),
    "floats, white is 0": (white_is_zero, "floats"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_mode_that_is_not_carried_is_refused(tmp_path: Path, name: str) -> None:
    make, part = REFUSED[name]
    make(tmp_path / "a.tif")
    outcome = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    assert outcome.status == "failed"
    assert outcome.reason.startswith(f"{tmp_path}/a.tif: ")
    assert part in outcome.reason
    assert not (tmp_path / "b.tif").exists()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_an_array_is_turning_the_picture(orientation: int) -> None:
    picture = modes.upright(Image.fromarray(RGB), orientation)
    np.testing.assert_array_equal(np.asarray(picture), modes.turned(RGB, orientation))


@pytest.mark.parametrize("orientation", [0, 1, 9, -1])
def test_no_turn_is_no_turn(orientation: int) -> None:
    np.testing.assert_array_equal(np.asarray(modes.upright(Image.fromarray(RGB), orientation)), RGB)


@pytest.mark.parametrize(
    "layout",
    [Layout("gray", alpha, "uint8") for alpha in (False, True)]
    + [Layout("rgb", alpha, "uint8") for alpha in (False, True)]
    + [Layout("cmyk", False, "uint8"), Layout("gray", False, "uint16"), Layout("gray", False, "float32")],
    ids=str,
)
def test_pixels_cross_over_to_pillow_and_back_unchanged(layout: Layout) -> None:
    source = {"uint8": LEVELS, "uint16": DEEP, "float32": FLOATS[..., None]}[layout.depth]
    pixels = source[..., : layout.channels]
    np.testing.assert_array_equal(modes.to_array(modes.to_image(pixels, layout)), pixels)
