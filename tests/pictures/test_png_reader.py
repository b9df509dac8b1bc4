"""The strip-wise PNG reader: equal to Pillow on sound files, a short reason on all others."""

import io
import itertools
import struct
import threading
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from upscli.errors import InputError
from upscli.pictures.deflate import BACKENDS
from upscli.pictures.png_filters import Strip, Workspace, filtered
from upscli.pictures.png_reader import PngRows

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
FORMS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8)]
FORMS += [(4, 8), (4, 16), (6, 8), (6, 16)]
BACKEND = pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
FORM = pytest.mark.parametrize(("color", "depth"), FORMS)
SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLORS = bytes(range(256)) * 3


def chunk(kind, data, crc=None):
    crc = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


def header(width, height, color, depth, interlace=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace))


def packed_rows(samples, depth):
    """Samples (rows, width * channels) to the bytes of their rows."""
    if depth == 16:
        return samples.astype(">u2").view(np.uint8)
    if depth == 8:
        return samples.astype(np.uint8)
    bits = (samples[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.reshape(len(samples), -1).astype(np.uint8), axis=1)


def filtered_rows(rows, pixel, kinds):
    lines, above = [], None
    for row, kind in zip(rows, itertools.cycle(kinds)):
        strip = Strip.of(row[None], above, pixel)
        out = np.empty_like(strip.plain)
        filtered(kind, strip, Workspace(), out)
        lines.append(out.tobytes())
        above = row
    return b"".join(lines)


def samples_of(width, height, color, depth, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2**depth, (height, width * CHANNELS[color]))


def encoded(samples, width, color, depth, kinds=(4, 3, 2, 1, 0), pieces=3, extra=b""):
    pixel = max(1, CHANNELS[color] * depth // 8)
    data = zlib.compress(filtered_rows(packed_rows(samples, depth), pixel, kinds))
    step = max(1, len(data) // pieces)
    idat = b"".join(chunk(b"IDAT", data[i : i + step]) for i in range(0, len(data), step))
    palette = chunk(b"PLTE", COLORS[: 3 * 2**depth]) if color == 3 else b""
    head = SIGNATURE + header(width, len(samples), color, depth)
    return head + palette + extra + idat + chunk(b"IEND", b"")


def read(data, count=5, **kinds):
    with PngRows(io.BytesIO(data), **kinds) as rows:
        parts = [rows.rows(count)]
        while len(parts[-1]):
            parts.append(rows.rows(count))
        return np.concatenate(parts)


def refusal(data, **kinds):
    with pytest.raises(InputError) as caught:
        read(data, **kinds)
    return str(caught.value)


def wanted(samples, width, color, depth):
    if color == 0 and depth < 8:
        samples = samples * (255 // (2**depth - 1))
    dtype = np.uint16 if depth == 16 else np.uint8
    return samples.reshape(len(samples), width, CHANNELS[color]).astype(dtype)


SOUND = encoded(samples_of(9, 43, 2, 8), 9, 2, 8)


@FORM
@BACKEND
@pytest.mark.parametrize("width", [1, 7, 8, 33])
def test_every_color_type_depth_and_filter_is_read_exactly(color, depth, backend, width):
    samples = samples_of(width, 23, color, depth)
    data = encoded(samples, width, color, depth)
    result = read(data, backend=backend)
    assert result.dtype == (np.uint16 if depth == 16 else np.uint8)
    np.testing.assert_array_equal(result, wanted(samples, width, color, depth))


@FORM
def test_pillow_sees_the_same(color, depth):
    samples = samples_of(31, 17, color, depth)
    data = encoded(samples, 31, color, depth)
    ours = read(data)
    image = Image.open(io.BytesIO(data))
    if depth == 16 and color != 0:
        ours = ours >> 8  # all that Pillow keeps of these
    if color == 4 and depth == 16:
        image = image.convert("LA")
    if image.mode == "1":
        image = image.convert("L")
    theirs = np.asarray(image).reshape(ours.shape)
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", range(5))
def test_filters_reach_across_the_border_of_strips(kind, threads):
    samples = samples_of(800, 400, 2, 8)
    data = encoded(samples, 800, 2, 8, kinds=[kind])
    np.testing.assert_array_equal(read(data, 77, threads=threads), wanted(samples, 800, 2, 8))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_odd_pictures_are_read_exactly_in_any_portions(data):
    color, depth = data.draw(st.sampled_from(FORMS))
    width, height = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 20))
    kinds = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=5))
    samples = samples_of(width, height, color, depth, data.draw(st.integers(0, 99)))
    png = encoded(samples, width, color, depth, kinds, data.draw(st.integers(1, 9)))
    result = read(png, data.draw(st.integers(1, 25)))
    np.testing.assert_array_equal(result, wanted(samples, width, color, depth))


def test_rows_end_with_the_picture():
    with PngRows(io.BytesIO(SOUND)) as rows:
        assert rows.rows(0).shape == (0, 9, 3)
        assert rows.rows(40).shape == (40, 9, 3)
        assert rows.rows(40).shape == (3, 9, 3)
        assert rows.rows(40).shape == (0, 9, 3)


def test_a_stream_that_gives_one_byte_at_a_time_is_read():
    class Drip(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 1))

    with PngRows(Drip(SOUND)) as rows:
        np.testing.assert_array_equal(rows.rows(43), read(SOUND))


def test_what_stands_before_and_behind_the_pixels_is_told():
    before = chunk(b"gAMA", b"\0\0\xb1\x8f") + chunk(b"tRNS", b"\0\1\0\2\0\3")
    data = encoded(samples_of(4, 4, 2, 8), 4, 2, 8, extra=before)
    data = data[:-12] + chunk(b"tEXt", b"a\0b") + chunk(b"fdAT", b"frame") + data[-12:]
    with PngRows(io.BytesIO(data)) as rows:
        assert (rows.info.width, rows.info.height, rows.info.color_type) == (4, 4, 2)
        assert rows.info.transparency == b"\0\1\0\2\0\3"
        rows.rows(4)
        assert [kind for kind, _ in rows.info.chunks] == [b"gAMA", b"tRNS", b"tEXt"]
        assert rows.info.damaged == []


def test_palette_and_transparency_are_told():
    data = encoded(samples_of(4, 4, 3, 2), 4, 3, 2, extra=chunk(b"tRNS", b"\1\2"))
    with PngRows(io.BytesIO(data)) as rows:
        assert rows.info.palette == COLORS[:12]
        assert rows.info.transparency == b"\1\2"


@pytest.mark.parametrize("extra", [chunk(b"tEXt", b"a\0b", crc=1), chunk(b"tRNS", b"12345")])
def test_a_broken_ancillary_chunk_is_left_out_and_named(extra):
    data = encoded(samples_of(4, 4, 2, 8), 4, 2, 8, extra=extra)
    with PngRows(io.BytesIO(data)) as rows:
        assert rows.info.chunks == []
        assert rows.info.transparency is None
        assert rows.info.damaged == [extra[4:8]]
        assert len(rows.rows(9)) == 4


ADAM7 = np.array([list("16462646"), ["7"] * 8, list("56565656"), ["7"] * 8, list("36463646")])[[0, 1, 2, 3, 4, 1, 2, 3]]
"""The pass of each pixel of a block, as the specification draws them."""


def interlaced(samples, width, color, depth, extra=b""):
    channels = CHANNELS[color]
    pixels = samples.reshape(len(samples), width, channels)
    passes = np.tile(ADAM7, (-(-len(samples) // 8), -(-width // 8)))[: len(samples), :width]
    stream = b""
    for number in "1234567":
        mine = passes == number
        rows = [row[here].reshape(1, -1) for row, here in zip(pixels, mine, strict=True) if here.any()]
        if rows:
            pixel = max(1, channels * depth // 8)
            stream += filtered_rows(packed_rows(np.concatenate(rows), depth), pixel, (4, 3, 2, 1, 0))
    palette = chunk(b"PLTE", COLORS[: 3 * 2**depth]) if color == 3 else b""
    head = SIGNATURE + header(width, len(samples), color, depth, interlace=1)
    return head + palette + extra + chunk(b"IDAT", zlib.compress(stream)) + chunk(b"IEND", b"")


@FORM
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("width", [1, 4, 5, 33])
def test_interlaced_pictures_are_read_exactly(color, depth, width, threads):
    samples = samples_of(width, 23, color, depth)
    result = read(interlaced(samples, width, color, depth), threads=threads)
    np.testing.assert_array_equal(result, wanted(samples, width, color, depth))


@pytest.mark.parametrize("height", range(1, 10))
def test_interlaced_pictures_of_few_rows_are_read_exactly(height):
    for width in range(1, 10):
        samples = samples_of(width, height, 2, 16)
        np.testing.assert_array_equal(read(interlaced(samples, width, 2, 16)), wanted(samples, width, 2, 16))


@FORM
def test_opencv_sees_the_same_interlaced_picture(color, depth):
    if depth < 8 or color == 3:
        pytest.skip("OpenCV makes something else of these")
    data = interlaced(samples_of(31, 17, color, depth), 31, color, depth)
    theirs = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    ours = read(data)
    theirs = theirs.reshape(*ours.shape[:2], -1)
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[theirs.shape[2]]
    theirs = theirs[..., order]
    np.testing.assert_array_equal(ours, theirs[..., [0, 3]] if color == 4 else theirs)


def test_an_interlaced_picture_that_is_cut_is_refused():
    data = interlaced(samples_of(33, 23, 2, 16), 33, 2, 16)
    for end in range(60, len(data) - 12, 97):
        assert "truncated" in refusal(data[:end])


@BACKEND
@pytest.mark.parametrize("threads", [1, 2])
def test_a_file_cut_anywhere_is_refused(backend, threads):
    for end in range(0, len(SOUND), 1 if threads == 1 else 41):
        words = refusal(SOUND[:end], backend=backend, threads=threads)
        assert "truncated" in words or words == "not a PNG"


def test_a_cut_in_the_pixels_names_the_row():
    data = zlib.compress(bytes(43 * 28), 0)
    png = SIGNATURE + header(9, 43, 2, 8) + chunk(b"IDAT", data)
    rows_in_half = (len(png) - 500 - 33 - 8 - 7) // 28
    assert refusal(png[:-500]) == f"truncated after row {rows_in_half} of 43"


@BACKEND
@pytest.mark.parametrize("rows", [0, 20, 42])
def test_a_sound_stream_that_ends_early_is_refused(backend, rows):
    data = chunk(b"IDAT", zlib.compress(bytes(28 * rows + 27)))
    png = SIGNATURE + header(9, 43, 2, 8) + data + chunk(b"IEND", b"")
    assert refusal(png, backend=backend) == f"truncated after row {rows} of 43"


@BACKEND
@pytest.mark.parametrize("last", [b"", chunk(b"IEND", b"")])
def test_a_missing_adler_or_end_is_refused(backend, last):
    pixels = zlib.compress(bytes(43 * 28))
    start = SIGNATURE + header(9, 43, 2, 8)
    assert "truncated" in refusal(start + chunk(b"IDAT", pixels[:-2]) + last, backend=backend)
    if not last:
        assert "truncated" in refusal(start + chunk(b"IDAT", pixels), backend=backend)


@BACKEND
def test_a_wrong_adler_is_refused(backend):
    pixels = zlib.compress(bytes(43 * 28))
    wrong = pixels[:-1] + bytes([pixels[-1] ^ 1])
    png = SIGNATURE + header(9, 43, 2, 8) + chunk(b"IDAT", wrong) + chunk(b"IEND", b"")
    assert refusal(png, backend=backend).startswith("broken pixel data (incorrect ")


@BACKEND
def test_pixel_data_that_is_no_zlib_stream_is_refused(backend):
    png = SIGNATURE + header(9, 43, 2, 8) + chunk(b"IDAT", b"hello, world") + chunk(b"IEND", b"")
    assert refusal(png, backend=backend).startswith("broken pixel data (")


@BACKEND
def test_surplus_pixel_data_is_not_looked_at(backend):
    png = SIGNATURE + header(9, 43, 2, 8) + chunk(b"IDAT", zlib.compress(bytes(50 * 28))) + chunk(b"IEND", b"")
    assert read(png, backend=backend).shape == (43, 9, 3)


def test_bytes_behind_the_end_are_not_looked_at():
    assert read(SOUND + b"more").shape == (43, 9, 3)


def test_a_wrong_checksum_in_any_critical_chunk_is_refused():
    at = 8
    while at < len(SOUND):
        length, kind = struct.unpack_from(">I4s", SOUND, at)
        at += 12 + length
        data = bytearray(SOUND)
        data[at - 1] ^= 1
        assert refusal(bytes(data)) == f"wrong checksum in chunk {kind.decode()}"


IHDR = header(9, 43, 2, 8)
IDAT = chunk(b"IDAT", zlib.compress(bytes(43 * 28)))
IEND = chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (IDAT + IEND, "no header"),
        (IHDR + IEND, "no pixel data"),
        (IHDR + chunk(b"ABCD", b"") + IDAT + IEND, "chunk ABCD is unknown or out of place"),
        (IHDR + IDAT + chunk(b"tEXt", b"") + IDAT + IEND, "chunk IDAT is unknown or out of place"),
        (IHDR + IDAT + chunk(b"PLTE", b"abc") + IEND, "chunk PLTE is unknown or out of place"),
        (IHDR + IHDR + IDAT + IEND, "chunk IHDR is unknown or out of place"),
        (IHDR + b"\xff\xff\xff\xffIDAT", "chunk IDAT says it has 4294967295 bytes"),
        (IHDR + b"\x7f\xff\xff\xfftEXt", "truncated in chunk tEXt"),
        (IHDR + b"\x7f\xff\xff\xffPLTE", "chunk PLTE says it has 2147483647 bytes"),
        (IHDR + b"\0\0\0\0\0\1\2\3" + bytes(4), "broken between two chunks"),
        (header(0, 43, 2, 8) + IDAT, "the header says 0 x 43"),
        (header(2**31, 43, 2, 8) + IDAT, "the header says 2147483648 x 43"),
        (header(2**31 - 1, 43, 6, 16) + IDAT, "rows of 2147483647 pixels are too long"),
        (header(9, 43, 2, 4) + IDAT, "the header says color type 2 with 4 bits"),
        (header(9, 43, 5, 8) + IDAT, "the header says color type 5 with 8 bits"),
        (header(9, 43, 2, 8, 2) + IDAT, "the header asks for methods that PNG does not have"),
        (header(9, 43, 3, 8) + IDAT, "no palette"),
        (header(9, 43, 3, 8) + chunk(b"PLTE", b"abcd") + IDAT, "a palette of 4 bytes"),
        (header(1, 1, 3, 8) + chunk(b"PLTE", b"abc") + chunk(b"IDAT", zlib.compress(b"\0\1")) + IEND,
         "palette index 1 of 1 colors"),
        (header(1, 2, 0, 8) + chunk(b"IDAT", zlib.compress(b"\0\1\5\1")) + IEND, "unknown filter type 5 in row 2"),
        (header(2**20, 2**31 - 1, 6, 16) + IDAT, "truncated after row 0 of 2147483647"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_few_words(body, words):
    assert refusal(SIGNATURE + body) == words


@pytest.mark.parametrize("threads", [1, 2])
def test_reading_may_stop_early_and_leaves_no_thread(threads):
    before = threading.active_count()
    with PngRows(io.BytesIO(encoded(samples_of(800, 400, 2, 8), 800, 2, 8, [0])), threads) as rows:
        rows.rows(1)
    assert threading.active_count() == before
    with pytest.raises(InputError, match="ended"):
        rows.rows(400)


def test_rows_asked_for_again_after_an_error_are_refused_again():
    rows = PngRows(io.BytesIO(SOUND[:-20]))
    for _ in range(2):
        with pytest.raises(InputError):
            rows.rows(43)


def test_ancillary_data_beyond_16_mib_is_left_out():
    extra = chunk(b"tEXt", bytes(9 << 20)) * 2
    with PngRows(io.BytesIO(encoded(samples_of(4, 4, 2, 8), 4, 2, 8, extra=extra))) as rows:
        assert len(rows.info.chunks) == 1
        assert rows.info.damaged == [b"tEXt"]


def resealed(data):
    """The same file with every checksum made right, so that damage gets past them."""
    out, at = [data[:8]], 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        out.append(chunk(kind, data[at + 8 : at + 8 + length]))
        at += 12 + length
    return b"".join(out)


def outcome(data, backend):
    """The words of a refusal, or none."""
    try:
        read(data, 3, backend=backend)
    except InputError as error:
        return str(error)
    return ""


@BACKEND
@settings(max_examples=150, deadline=None)
@given(
    form=st.sampled_from(FORMS),
    damage=st.lists(st.tuples(st.integers(8, 400), st.integers(0, 255)), max_size=4),
    end=st.integers(0, 900),
    seal=st.booleans(),
)
def test_damage_gives_rows_or_an_input_error_and_nothing_else(backend, form, damage, end, seal):
    data = bytearray(encoded(samples_of(7, 9, *form), 7, *form, extra=chunk(b"tRNS", b"\0\0")))
    for at, value in damage:
        data[at % len(data)] = value
    data = data[: max(end, 60)]
    words = outcome(resealed(bytes(data)) if seal else bytes(data), backend)
    assert words.isprintable()
