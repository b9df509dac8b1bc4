"""The one door to picture files: what comes through it, and that only InputError comes out of it."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from upscli.errors import InputError
from upscli.pictures import door, png_picture
from upscli.pictures.formats import FORMATS, Layout
from upscli.pictures.header import Limits, Picture, Source
from upscli.pictures.opening import READABLE

SAMPLES = Path(__file__).parents[2] / "sample_images"


def pixels(picture: Picture) -> Any:
    return np.concatenate([np.array(strip) for strip in picture.strips])


def source(data: bytes) -> Source:
    return Source(Path("stdin"), data)


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.png")))
def test_samples_are_read_as_pillow_reads_them(name: str) -> None:
    picture = door.read(Source(SAMPLES / name), Limits())
    with Image.open(SAMPLES / name) as image:
        expected = np.asarray(image)
    found = pixels(picture)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    assert found.dtype == picture.header.layout.depth
    assert found.shape == (picture.header.height, picture.header.width, picture.header.layout.channels)


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.png")))
def test_bytes_are_read_like_the_file_that_holds_them(name: str) -> None:
    from_file = door.read(Source(SAMPLES / name), Limits())
    from_bytes = door.read(source((SAMPLES / name).read_bytes()), Limits())
    assert from_file.header == from_bytes.header
    np.testing.assert_array_equal(pixels(from_file), pixels(from_bytes))


@pytest.mark.parametrize("threads", [1, 3])
def test_the_header_and_the_picture_agree(threads: int) -> None:
    where = Source(SAMPLES / "sprite.png")
    assert door.header(where, Limits()) == door.read(where, Limits(), threads).header


def test_a_picture_that_is_never_used_leaves_nothing_open(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        door.read(Source(SAMPLES / "sprite.png"), Limits())
        next(door.read(Source(SAMPLES / "sprite.png"), Limits()).strips)


def test_an_interlaced_png_is_read_whole() -> None:
    """Pillow writes none, so one is made by hand: 2 x 2, passes 1, 6 and 7 of Adam7."""
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"\0\x0a" + b"\0\x14" + b"\0\x1e\x28"
    header = struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 1)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    picture = door.read(source(b"\x89PNG\r\n\x1a\n" + data), Limits())
    assert pixels(picture)[..., 0].tolist() == [[10, 20], [30, 40]]


def test_an_interlaced_png_of_16_bit_color_is_exact() -> None:
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 1)
    row = b"\0" + struct.pack(">3H", 1000, 2000, 3000)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")
    picture = door.read(source(b"\x89PNG\r\n\x1a\n" + data), Limits())
    assert pixels(picture).tolist() == [[[1000, 2000, 3000]]]


def test_only_the_first_frame_of_a_gif_is_read() -> None:
    frames = [Image.new("L", (4, 3), level) for level in (10, 200)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (pixels(door.read(source(data), Limits())) == 10).all()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "PNG", "AVIF"])
def test_frames_and_pages_are_counted(kind: str) -> None:
    frames = [Image.new("RGB", (6, 5), color) for color in ("red", "blue", "green")]
    several = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    assert door.header(source(several), Limits()).frames == 3
    assert door.read(source(several), Limits()).header == door.header(source(several), Limits())
    assert door.header(source(encoded(frames[0], kind)), Limits()).frames == 1


def test_an_mpo_is_the_jpeg_that_it_begins_with() -> None:
    left, right = (Image.linear_gradient("L").rotate(turn).convert("RGB") for turn in (0, 90))
    data = encoded(left, "MPO", save_all=True, append_images=[right], quality=90)
    with Image.open(BytesIO(data)) as image:
        assert (image.format, getattr(image, "n_frames", 1)) == ("MPO", 2)
        expected = np.asarray(image)
    picture = door.read(source(data), Limits())
    assert (picture.header.format.name, picture.header.frames, picture.header.notes) == ("jpeg", 1, ())
    assert picture.header == door.header(source(data), Limits())
    np.testing.assert_array_equal(pixels(picture), expected)


def test_a_disk_that_fails_while_rows_are_taken_is_told_of_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        yield np.zeros((1, 2, 3), np.uint8)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(png_picture, "_strips", fail)
    path = SAMPLES / "landscape.png"
    with pytest.raises(InputError, match=r"landscape\.png: cannot be read \(Input/output error\)"):
        pixels(door.read(Source(path), Limits()))


def test_no_format_beside_the_table_is_opened() -> None:
    common = {"PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "PPM", "AVIF"}
    assert set(READABLE) == common | {"JPEG2000", "ICO", "QOI", "DDS", "TGA"}
    assert {form.pillow for form in FORMATS} - set(READABLE) == {"HEIF", "JXL", ""}


@pytest.mark.parametrize("error", [AttributeError, KeyError, IndexError, MemoryError, RecursionError, OSError, Warning])
def test_whatever_pillow_raises_becomes_an_input_error(monkeypatch: pytest.MonkeyPatch, error: type) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise error("two\nlines")

    monkeypatch.setattr(ImageFile.ImageFile, "load", broken)
    data = encoded(Image.new("L", (4, 3)), "BMP")
    with pytest.raises(InputError, match=r"^stdin: [^\n]*$"):
        door.read(source(data), Limits())


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_the_wish_to_stop_passes_through(monkeypatch: pytest.MonkeyPatch, error: type[BaseException]) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(ImageFile.ImageFile, "load", stop)
    with pytest.raises(error):
        door.read(source(encoded(Image.new("L", (4, 3)), "BMP")), Limits())


def test_limits_are_checked_before_pixels_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *_: pytest.fail("pixels were read"))
    data = encoded(Image.new("L", (40, 30)), "BMP")
    for look in (door.header, door.read):
        with pytest.raises(InputError, match=r"40 x 30 is 1,200 pixels, over the limit of 1,199.*--max-pixels"):
            look(source(data), Limits(pixels=1199))


def test_pillows_own_limit_is_never_shown() -> None:
    assert Image.MAX_IMAGE_PIXELS is None


WHOLE = {
    kind: encoded(Image.effect_noise((9, 7), 90), kind) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "PPM")
}


@settings(max_examples=150)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(WHOLE)))
    broken = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(broken)))
    limits = Limits(pixels=1_000_000)
    try:
        picture = door.read(source(bytes(broken[:end])), limits)
        found = pixels(picture)
    except InputError as error:
        assert str(error).startswith("stdin: ")  # noqa: PT017 - either is right
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert found.shape[:2] == (picture.header.height, picture.header.width)


@pytest.mark.parametrize("kind", sorted(set(WHOLE) - {"JPEG", "GIF"}))
def test_a_file_that_is_cut_anywhere_before_its_last_pixels_is_refused(kind: str) -> None:
    whole = WHOLE[kind]
    for end in range(0, len(whole) - 40, 7):
        with pytest.raises(InputError):
            pixels(door.read(source(whole[:end]), Limits()))


def test_layouts_say_what_they_are() -> None:
    assert str(Layout("rgb", True, "uint16")) == "16-bit rgb with alpha"
    assert Layout("cmyk", False, "uint8").channels == 4
    assert Layout("gray", True, "uint8").flat() == Layout("gray", False, "uint8")
