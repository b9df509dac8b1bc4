"""`upscli formats` is true line by line: what it says can be written and read is, and what it denies is refused."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from installed import form_param, formats
from PIL import Image

from upscli.errors import InputError, OutputError
from upscli.pictures import door, modes, opening
from upscli.pictures.formats import FORMATS, Format, Layout, by_name
from upscli.pictures.header import Limits, Metadata, Source
from upscli.pictures.write import Encoding, write

WIDE, HIGH = 32, 24
EVERY = [
    Layout(color, alpha, depth)
    for color, alpha, depth in product(("gray", "rgb", "cmyk", "labels"), (False, True), ("uint8", "uint16", "float32"))
    if not (alpha and color == "labels") and not (color == "labels" and depth == "float32")
]
LOSSY = {"jpeg": 6, "webp": 6, "avif": 6, "heif": 6}
"""Levels of 255 that a smooth picture may lose on its way."""


def smooth(layout: Layout) -> Any:
    """Ramps that every encoder holds well; alpha of 0 and full for those that know no other."""
    rows, cols = np.mgrid[:HIGH, :WIDE]
    channels = [cols / WIDE, rows / HIGH, (rows + cols) / (WIDE + HIGH), 1 - cols / WIDE][: layout.flat().channels]
    if layout.alpha:
        channels.append(((rows + cols) % 50 < 35).astype(float))
    pixels = np.stack(channels, 2)
    if layout.color == "labels":
        return (pixels * 200).astype(layout.depth)
    if layout.depth == "float32":
        return pixels.astype(np.float32)
    return np.round(pixels * np.iinfo(layout.depth).max).astype(layout.depth)


def written(form: Format, layout: Layout, pixels: Any) -> bytes:
    stream = BytesIO()
    quality = 100 if form.quality is not None else None
    write(iter([pixels]), Encoding(form, layout, (WIDE, HIGH), Metadata(), quality), stream)
    return stream.getvalue()


def named(form: Format, data: bytes) -> Source:
    return Source(Path(f"a{form.extensions[0]}"), data)


def read(source: Source, as_labels: bool = False) -> tuple[Layout, Any]:
    picture = door.read(source, Limits(), as_labels=as_labels)
    assert picture.header.format.extensions[0] == source.path.suffix
    return picture.header.layout, np.concatenate([np.array(strip) for strip in picture.strips])


def as_color(layout: Layout, pixels: Any) -> Any:
    """Gray as red, green and blue."""
    if layout.color != "gray":
        return pixels
    return np.concatenate([pixels[..., :1]] * 3 + [pixels[..., 1:]], 2)


CLAIMED = [form_param(form, layout) for form in FORMATS for layout in sorted(form.writes, key=str)]


@pytest.mark.parametrize(("form", "layout"), CLAIMED)
def test_what_can_be_written_comes_back(form: Format, layout: Layout) -> None:
    pixels = smooth(layout)
    if form.name == "gif" and layout.color == "rgb":
        pixels[..., :3] //= 64
        pixels[..., :3] *= 64  # few colors are all kept
    if form.name == "gif" and layout == Layout("gray", True, "uint8"):
        pixels[..., 0] //= 2
        pixels[..., 0] *= 2
    found, back = read(named(form, written(form, layout, pixels)), layout.color == "labels")
    assert found in form.reads or layout.color == "labels"
    assert (found.alpha, found.depth) == (layout.alpha, layout.depth)
    if found.color != layout.color:
        assert (layout.color, found.color) == ("gray", "rgb")
        assert layout not in form.reads or "gray is written as color" in form.remark
        pixels = as_color(layout, pixels)
    if layout.alpha:
        away = np.abs(back[..., -1].astype(float) - pixels[..., -1])
        assert away.max() <= (2 if form.name == "heif" else 0)
        shown = pixels[..., -1] > 0
        back, pixels = back[shown][..., :-1], pixels[shown][..., :-1]
    if form.name in LOSSY:
        away = np.abs(back.astype(int) - pixels.astype(int))
        assert away.max() <= LOSSY[form.name] * 4
        assert away.mean() <= LOSSY[form.name] / 3
    else:
        np.testing.assert_array_equal(back, pixels)


@pytest.mark.parametrize(
    ("form", "layout"), [form_param(form, layout) for form in FORMATS for layout in EVERY if layout not in form.writes]
)
def test_what_cannot_be_written_is_refused_with_a_sentence(form: Format, layout: Layout) -> None:
    refusal = form.refusal(layout)
    assert refusal is not None
    assert refusal.startswith(f"{form.name} cannot hold ")
    able = [other.name for other in FORMATS if layout in other.writes]
    named_ones = [name for name in able if name in refusal.replace(";", "").split()]
    assert named_ones or "--background" in refusal or not able


def bmp_with_alpha(pixels: Any) -> bytes:
    """32 bits with a mask for each channel (BITMAPV4HEADER)."""
    import struct

    rows = np.ascontiguousarray(pixels[::-1, :, [2, 1, 0, 3]]).tobytes()
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    head = struct.pack("<I2i2H6I4I", 108, WIDE, HIGH, 1, 32, 3, len(rows), 0, 0, 0, 0, *masks) + bytes(52)
    return b"BM" + struct.pack("<I2HI", 14 + 108 + len(rows), 0, 0, 14 + 108) + head + rows


def heif_of_12_bits(pixels: Any) -> bytes:
    heif = pytest.importorskip("pillow_heif", reason="the extra heif is not installed")
    stream = BytesIO()
    heif.encode("L;16", (WIDE, HIGH), (pixels & 0xFFF0).tobytes(), stream, quality=-1)
    return stream.getvalue()


ONLY_READ: dict[tuple[str, str], Callable[[Any], bytes]] = {
    ("bmp", "8-bit rgb with alpha"): bmp_with_alpha,
    ("heif", "16-bit gray"): heif_of_12_bits,
}


def test_all_that_is_only_read_is_tried_below() -> None:
    only = {(form.name, str(layout)) for form in FORMATS for layout in form.reads - form.writes}
    assert only == set(ONLY_READ)


@pytest.mark.parametrize(("form", "layout"), ONLY_READ)
def test_what_is_only_read_is_read(form: str, layout: str) -> None:
    wanted = next(one for one in EVERY if str(one) == layout)
    pixels = smooth(wanted)
    found, back = read(named(by_name(form), ONLY_READ[form, layout](pixels)))
    assert found == wanted
    assert np.abs(back.astype(int) - pixels.astype(int)).max() <= (0 if form == "bmp" else 64)


@pytest.mark.parametrize("form", formats(lambda form: form.longest < 100_000))
def test_a_side_as_long_as_is_claimed_can_be_written_and_read(form: Format) -> None:
    high = 64 if form.name == "heif" else 2
    for size in ((form.longest, high), (high, form.longest)):
        stream = BytesIO()
        band = np.full((size[1], size[0], 3), 200, np.uint8)
        write(iter([band]), Encoding(form, Layout("rgb", False, "uint8"), size, Metadata()), stream)
        header = door.header(named(form, stream.getvalue()), Limits())
        assert (header.width, header.height) == size


@pytest.mark.parametrize("name", ["jpeg", "webp", "gif", "ico", "tga"])
def test_a_side_longer_than_is_claimed_cannot_be_encoded(name: str) -> None:
    form = by_name(name)
    size = (form.longest + 1, 1)
    with pytest.raises((OutputError, ValueError, OverflowError)):
        write(
            iter([np.zeros((1, form.longest + 1, 3), np.uint8)]),
            Encoding(form, Layout("rgb", False, "uint8"), size, Metadata()),
            BytesIO(),
        )


def test_an_avif_of_more_pixels_than_is_claimed_could_not_be_read_again() -> None:
    form = by_name("avif")
    data = bytearray(written(form, Layout("rgb", False, "uint8"), smooth(Layout("rgb", False, "uint8"))))
    place = data.index(b"ispe") + 8
    for width, fits in ((16384, True), (16385, False), (32769, False)):
        data[place : place + 8] = width.to_bytes(4, "big") + (16384).to_bytes(4, "big")
        if fits:
            assert door.header(named(form, bytes(data)), Limits(0)).width == width
            assert form.too_large((width, 16384), Layout("rgb", False, "uint8")) is None
        else:
            with pytest.raises(InputError):
                door.header(named(form, bytes(data)), Limits(0))
            assert "avif ends at" in str(form.too_large((width, 16384), Layout("rgb", False, "uint8")))


def test_a_bmp_ends_at_four_gigabytes() -> None:
    form, layout = by_name("bmp"), Layout("rgb", False, "uint8")
    assert form.too_large((37_000, 37_000), layout) is None
    assert "bmp ends at 4,294,967,295 bytes" in str(form.too_large((38_000, 38_000), layout))
    assert "use --format png or jpeg or tiff" in str(form.too_large((38_000, 38_000), layout))
    assert form.too_large((38_000, 38_000), Layout("gray", False, "uint8")) is None


def test_a_format_that_is_too_small_names_only_those_that_are_not() -> None:
    layout = Layout("rgb", False, "uint8")
    said = str(by_name("webp").too_large((40_000, 40_000), layout))
    assert said == "webp ends at 16,383 pixels a side, and 40000 x 40000 is more; use --format png or jpeg or tiff"
    said = str(by_name("jpeg").too_large((70_000, 70_000), layout))
    assert "use --format png or tiff or pnm" in said


@pytest.mark.parametrize("name", ["heif", "jxl"])
def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setattr("upscli.pictures.extras.find_spec", lambda _: None)
    form = by_name(name)
    sentence = f"{name} needs a package that is not installed; pip install 'upscli[{name}]' brings it"
    assert form.refusal(Layout("rgb", False, "uint8")) == sentence
    mark = {"heif": b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "jxl": b"\xff\x0a\xf8\x7f" + bytes(60)}[name]
    with pytest.raises(InputError, match=f"pip install 'upscli.{name}.'"):
        door.header(named(form, mark), Limits())
    assert name not in str(by_name("jpeg").refusal(Layout("gray", False, "float32")))


def test_what_is_not_in_the_table_is_never_opened() -> None:
    Image.init()
    allowed = {form.pillow for form in FORMATS}
    layout = Layout("rgb", False, "uint8")
    tried = 0
    for kind in sorted(set(Image.SAVE) - allowed - {"DIB", "MPO"}):
        stream = BytesIO()
        try:
            modes.to_image(smooth(layout), layout).save(stream, kind)
        except Exception:  # noqa: BLE001 - not all can save RGB
            continue
        tried += 1
        for suffix in ("png", kind.lower()):
            with pytest.raises(InputError):
                door.header(Source(Path(f"a.{suffix}"), stream.getvalue()), Limits())
    assert tried >= 6
    assert set(opening.READABLE) <= allowed
