"""TIFF files of every kind, written by tifffile, OpenCV and Pillow, are read exactly or refused with a sentence."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from upscli.errors import InputError
from upscli.pictures import door, tiff_reader
from upscli.pictures.formats import Layout
from upscli.pictures.header import Limits, Picture, Source

HIGH, WIDE = 45, 37
COLORS = {"gray": 1, "gray with alpha": 2, "rgb": 3, "rgb with alpha": 4}
PLACES: dict[str, dict[str, Any]] = {
    "one strip": {"rowsperstrip": HIGH},
    "strips": {"rowsperstrip": 7},
    "a row a strip": {"rowsperstrip": 1},
    "tiles": {"tile": (16, 32)},
    "a large tile": {"tile": (64, 48)},
}
DEPTHS = ("uint8", "uint16", "float16", "float32", "float64")


def samples(depth: str, channels: int, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    if depth.startswith("float"):
        return (rng.random((HIGH, WIDE, channels)) * 1.5 - 0.2).astype(np.float16).astype(depth)
    return rng.integers(0, np.iinfo(depth).max, (HIGH, WIDE, channels), depth, endpoint=True)


def made(pixels: Any, **how: Any) -> bytes:
    """By tifffile."""
    stream = BytesIO()
    channels = pixels.shape[2]
    how.setdefault("photometric", "minisblack" if channels < 3 else "rgb")
    planar = how.pop("planar", False)
    if channels in (2, 4):
        how.setdefault("extrasamples", ("unassalpha",))
    data = pixels[..., 0] if channels == 1 else np.ascontiguousarray(np.moveaxis(pixels, 2, 0)) if planar else pixels
    if channels > 1:
        how["planarconfig"] = "separate" if planar else "contig"
    tifffile.imwrite(stream, data, **how)
    return stream.getvalue()


def read(data: bytes, threads: int = 2, as_labels: bool = False) -> tuple[Picture, Any]:
    picture = door.read(Source(Path("stdin"), data), Limits(), threads, as_labels)
    pixels = np.concatenate(list(picture.strips))
    header = picture.header
    assert pixels.shape == (header.height, header.width, header.layout.channels)
    assert pixels.dtype == header.layout.depth
    return picture, pixels


def check(data: bytes, expected: Any) -> Picture:
    picture, found = read(data)
    np.testing.assert_array_equal(found, expected.reshape(found.shape))
    return picture


@pytest.fixture(params=[1 << 22, 1000], ids=["usual pieces", "small pieces"])
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small ones make every picture one that is read in parts."""
    monkeypatch.setattr(tiff_reader, "_PIECE", request.param)


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("color", COLORS)
@pytest.mark.parametrize("depth", DEPTHS)
def test_every_depth_color_and_place_is_read_exactly(depth: str, color: str, place: str) -> None:
    channels = COLORS[color]
    pixels = samples(depth, channels)
    kept = pixels.astype(np.float32) if depth.startswith("float") else pixels
    for planar, compression, order, big in product((False, True), (None, "deflate"), "<>", (False, True)):
        if planar and channels == 1:
            continue
        how = PLACES[place] | {"planar": planar, "compression": compression, "byteorder": order, "bigtiff": big}
        picture = check(made(pixels, **how), kept)
        assert str(picture.header.layout).endswith(color)
        noted = () if depth not in ("float16", "float64") else (f"{depth[5:]}-bit floats became 32-bit floats",)
        assert picture.header.notes == noted


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_the_horizontal_predictor_is_undone(depth: str, place: str) -> None:
    for channels, planar, order in product((1, 3, 4), (False, True), "<>"):
        pixels = samples(depth, channels)
        if planar and channels == 1:
            continue
        check(made(pixels, **PLACES[place], planar=planar, byteorder=order, compression="deflate", predictor=2), pixels)


@pytest.mark.parametrize("code", [1, 5, 8, 32773, 32946])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_what_opencv_writes_is_read_exactly(tmp_path: Path, depth: str, channels: int, code: int) -> None:
    pixels = samples(depth, channels)
    order = [0] if channels == 1 else [2, 1, 0, 3][:channels]
    path = tmp_path / "a.tif"
    predictor = {"uint8": 2, "uint16": 2, "float32": 3}[depth] if code in (5, 8, 32946) else 1
    how = [cv2.IMWRITE_TIFF_COMPRESSION, code, cv2.IMWRITE_TIFF_PREDICTOR, predictor]
    assert cv2.imwrite(str(path), np.ascontiguousarray(pixels[..., order]), how)
    check(path.read_bytes(), pixels)


def by_pillow(mode: str, compression: str, **how: Any) -> tuple[bytes, Any]:
    image = Image.effect_noise((WIDE, HIGH), 90).convert("RGB").rotate(30).convert(mode)
    stream = BytesIO()
    image.save(stream, "TIFF", compression=compression, **how)
    return stream.getvalue(), np.asarray(Image.open(BytesIO(stream.getvalue())))


@pytest.mark.parametrize(
    "compression", ["raw", "tiff_lzw", "packbits", "tiff_adobe_deflate", "tiff_deflate", "lzma", "zstd"]
)
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK"])
def test_what_pillow_compresses_is_read_exactly(mode: str, compression: str) -> None:
    try:
        data, seen = by_pillow(mode, compression)
    except OSError:
        pytest.skip(f"this Pillow has no {compression}")
    check(data, seen)


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt", "packbits", "tiff_lzw", "raw"])
def test_bits_are_spread_and_fax_is_undone(compression: str) -> None:
    try:
        data, seen = by_pillow("1", compression)
    except OSError:
        pytest.skip(f"this Pillow has no {compression}")
    picture = check(data, seen * np.uint8(255))
    assert picture.header.notes == ("1-bit gray became 8-bit gray, so that edges can be smooth",)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_in_tiff_is_what_pillow_sees(mode: str) -> None:
    data, seen = by_pillow(mode, "jpeg")
    check(data, seen)


@pytest.mark.parametrize("bits", [1, 2, 4, 6, 7, 9, 10, 12, 14])
def test_levels_of_few_bits_are_spread_over_8_or_16(bits: int) -> None:
    levels = np.random.default_rng(bits).integers(0, 2**bits, (5, 11))
    digits = ["".join(f"{level:0{bits}b}" for level in row) for row in levels]
    data = b"".join(int(row.ljust(-(-len(row) // 8) * 8, "0"), 2).to_bytes(-(-len(row) // 8), "big") for row in digits)
    peak = 255 if bits < 8 else 65535
    expected = np.floor(levels * (peak / (2**bits - 1)) + 0.5)
    picture, found = read(hand_made({256: 11, 257: 5, 258: bits, 262: 1}, data))
    np.testing.assert_array_equal(found[..., 0], expected)
    assert len(picture.header.notes) == 1
    _, found = read(hand_made({256: 11, 257: 5, 258: bits, 262: 0}, data))
    np.testing.assert_array_equal(found[..., 0], np.floor((2**bits - 1 - levels) * (peak / (2**bits - 1)) + 0.5))


def hand_made(numbers: dict[int, int], data: bytes, more: dict[int, tuple[int, ...]] | None = None) -> bytes:
    """A TIFF of one strip, its fields as told."""
    fields = {**{tag: (number,) for tag, number in numbers.items()}, **(more or {}), 273: (8,), 279: (len(data),)}
    table = struct.pack("<H", len(fields))
    behind = b""
    place = 8 + len(data) + len(data) % 2
    for tag, values in sorted(fields.items()):
        packed = struct.pack(f"<{len(values)}I", *values)
        if len(packed) > 4:
            at = place + 6 + 12 * len(fields) + len(behind)
            behind, packed = behind + packed, struct.pack("<I", at)
        table += struct.pack("<HHI", tag, 4, len(values)) + packed
    body = data + bytes(len(data) % 2)
    return struct.pack("<2sHI", b"II", 42, place) + body + table + bytes(4) + behind


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_white_that_is_zero_is_turned_to_white(depth: str) -> None:
    pixels = samples(depth, 1)
    check(made(pixels, photometric="miniswhite"), np.iinfo(depth).max - pixels)


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_premultiplied_colors_are_divided_and_it_is_said(depth: str) -> None:
    plain = samples(depth, 4, seed=3).astype(np.float64)
    peak = 1.0 if depth == "float32" else np.iinfo(depth).max
    plain[..., :3] = np.clip(plain[..., :3], 0, peak)
    plain[..., 3] = np.clip(plain[..., 3], 0, peak)
    plain[:5, :, 3] = 0
    plain[5:9, :, 3] = peak
    held = plain.copy()
    held[..., :3] *= plain[..., 3:] / peak
    held = held.astype(np.float32) if depth == "float32" else np.round(held).astype(depth)
    picture, found = read(made(held, extrasamples=("assocalpha",)))
    assert picture.header.notes == ("colors that were multiplied by alpha were divided by it",)
    assert (found[:5, :, :3] == 0).all()
    np.testing.assert_array_equal(found[5:9], held[5:9])
    np.testing.assert_array_equal(found[..., 3], held[..., 3])
    alpha = plain[9:, :, 3:] / peak
    seen = alpha[..., 0] > 0.05
    exact = np.minimum(held[9:, :, :3][seen] / alpha[seen], peak)
    away = np.abs(found[9:, :, :3][seen] - exact)
    assert away.max() <= (0.5 + 1e-6 if depth != "float32" else 1e-5)


def test_channels_beyond_alpha_are_left_out_and_it_is_said() -> None:
    pixels = samples("uint16", 5)
    data = made(pixels, photometric="rgb", extrasamples=("unspecified", "unassalpha"))
    picture = check(data, pixels[..., [0, 1, 2, 4]])
    assert picture.header.notes == ("1 extra channel is left out",)
    picture = check(made(pixels[..., :4], extrasamples=("unspecified",)), pixels[..., :3])
    assert picture.header.notes == ("1 extra channel is left out",)
    check(hand_made({256: 1, 257: 1, 262: 2, 277: 4}, b"abcd", {258: (8,) * 4}), np.frombuffer(b"abcd", np.uint8))


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_orientation_is_applied(depth: str, orientation: int) -> None:
    pixels = samples(depth, 3)
    turned = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    turned = turned[:: -1 if orientation in (3, 4, 7, 8) else 1, :: -1 if orientation in (2, 3, 6, 7) else 1]
    picture, found = read(made(pixels, rowsperstrip=7, extratags=[(274, 3, 1, orientation, True)]))
    np.testing.assert_array_equal(found, turned)
    assert picture.header.orientation == orientation


@pytest.mark.parametrize(("factor", "depth"), [(257, "uint8"), (256, "uint8"), (1, "uint8"), (251, "uint16")])
def test_a_palette_keeps_its_colors_in_the_depth_they_have(factor: int, depth: str) -> None:
    colors = np.random.default_rng(1).integers(0, 256, (3, 256), np.uint16)
    index = samples("uint8", 1)
    data = made(index, photometric="palette", colormap=colors * factor)
    picture = check(data, (colors * (factor if depth == "uint16" else 1)).T[index[..., 0]].astype(depth))
    assert picture.header.layout == Layout("rgb", False, depth)
    labels, numbers = read(data, as_labels=True)
    np.testing.assert_array_equal(numbers, index)
    assert labels.metadata.palette is not None
    if depth == "uint8":
        assert labels.metadata.palette.colors == colors.T.astype(np.uint8).tobytes()


def test_pages_after_the_first_are_counted() -> None:
    stream = BytesIO()
    pixels = samples("uint16", 3)
    with tifffile.TiffWriter(stream) as writer:
        for page in (pixels, pixels[::-1]):
            writer.write(page, photometric="rgb")
    picture = check(stream.getvalue(), pixels)
    assert picture.header.frames == 2


def test_pictures_of_the_map_say_that_the_place_is_left_out() -> None:
    data = made(samples("uint8", 1), extratags=[(33550, 12, 3, (1.0, 1.0, 0.0), True)])
    assert any("GeoTIFF" in note for note in read(data)[0].header.notes)


REFUSED: dict[str, tuple[dict[int, int], bytes, str]] = {
    "no kind of color": ({256: 2, 257: 1, 258: 8}, b"ab", "colors of no kind"),
    "no size": ({257: 1, 258: 8, 262: 1}, b"ab", "the header says 0 x 1"),
    "a compression nobody knows": ({256: 2, 257: 1, 258: 8, 262: 1, 259: 999}, b"ab", "compression 999"),
    "32-bit whole numbers": ({256: 1, 257: 1, 258: 32, 262: 1}, b"abcd", "whole numbers of 32 bits"),
    "complex numbers": ({256: 1, 257: 1, 258: 64, 262: 1, 339: 6}, b"abcdefgh", "complex numbers"),
    "fewer samples than colors": ({256: 1, 257: 1, 258: 8, 262: 2, 277: 2}, b"ab", "fewer samples"),
    "a palette of 16 bits": ({256: 1, 257: 1, 258: 16, 262: 3}, b"ab", "palette of 16 bits"),
    "no palette": ({256: 1, 257: 1, 258: 8, 262: 3}, b"a", "palette of 0"),
    "a tile of no size": ({256: 1, 257: 1, 258: 8, 262: 1, 324: 8, 325: 1}, b"a", "tiles of 0 x 0"),
    "too few bytes": ({256: 9000, 257: 9000, 258: 8, 262: 1}, b"ab", "truncated"),
    "too few deflated bytes": ({256: 2, 257: 1, 258: 8, 262: 1, 259: 8}, b"ab", "broken deflate data"),
    "strips that are missing": ({256: 2, 257: 3, 258: 8, 262: 1, 278: 1}, b"ab", "1 of its 3"),
    "4:4:4 bits": ({256: 2, 257: 1, 258: 4, 262: 1, 317: 2, 259: 8}, b"x\x9cc\x00\x00\x00\x01\x00\x01", "predictor"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_right_is_refused_with_a_sentence(name: str) -> None:
    numbers, data, part = REFUSED[name]
    with pytest.raises(InputError, match=part) as caught:
        read(hand_made(numbers, data))
    assert str(caught.value).startswith("stdin: ")


KINDS = {
    "plain": made(samples("uint16", 3), rowsperstrip=9),
    "tiles": made(samples("uint8", 4), tile=(16, 16), compression="deflate", predictor=2),
    "big": made(samples("float32", 1), bigtiff=True, byteorder=">"),
    "planes": made(samples("uint8", 3), planar=True, compression="deflate"),
    "lzw": by_pillow("RGB", "tiff_lzw")[0],
    "fax": by_pillow("1", "group4")[0],
    "jpeg": by_pillow("RGB", "jpeg")[0],
    "palette": by_pillow("P", "packbits")[0],
}


@settings(max_examples=400, deadline=None)
@given(kind=st.sampled_from(sorted(KINDS)), data=st.data())
def test_a_damaged_tiff_is_read_or_refused_and_nothing_else(kind: str, data: st.DataObject) -> None:
    broken = bytearray(KINDS[kind])
    table = int.from_bytes(broken[4:8], "little") if kind != "big" else 16
    for _ in range(data.draw(st.integers(1, 4))):
        near = st.integers(table, min(table + 300, len(broken) - 1))
        broken[data.draw(st.one_of(near, st.integers(0, len(broken) - 1)))] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([len(broken), len(broken) // 2, len(broken) - 9]))
    try:
        picture = door.read(Source(Path("stdin"), bytes(broken[:end])), Limits(pixels=1_000_000))
        for _ in picture.strips:
            pass
    except InputError as error:
        assert str(error).startswith("stdin: ")  # noqa: PT017 - either is right
        assert "\n" not in str(error)  # noqa: PT017


def test_bits_may_stand_in_bytes_from_the_lowest() -> None:
    """FillOrder 2, with which compressed bytes are turned, too."""
    plain = b"\x05\x80"
    squeezed = bytes(int(f"{byte:08b}"[::-1], 2) for byte in zlib.compress(bytes([0xA0, 0x01])))
    for compression, data in ((1, plain), (8, squeezed)):
        _, found = read(hand_made({256: 16, 257: 1, 258: 1, 262: 1, 259: compression, 266: 2}, data))
        assert (found[0, :, 0] // 255).tolist() == [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_a_high_strip_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiff_reader, "_PIECE", 1000)
    for compression in (None, "deflate"):
        data = made(samples("uint16", 3), rowsperstrip=HIGH, compression=compression)
        picture = door.read(Source(Path("stdin"), data), Limits())
        assert max(len(strip) for strip in picture.strips) <= 1000 // (WIDE * 6)
