"""The PNG writer: exact pixels for every reader, the same bytes for any threads and bands."""

import io
import shutil
import subprocess
import threading
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from upscli.pictures.deflate import BACKENDS, RUNS, STDLIB, STORED, Codec, joined_adler32
from upscli.pictures.png_filters import Strip, Workspace, adaptive, filtered
from upscli.pictures.png_reader import PngRows
from upscli.pictures.png_writer import PngLayout, write_png

LAYOUTS = [(channels, depth) for channels in (1, 2, 3, 4) for depth in (8, 16)]
COMPRESSIONS = ["fast", "small", 0, 1, 6, 9]
BACKEND = pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)


def picture(height, width, channels, depth, kind="noise", seed=0):
    dtype = np.uint8 if depth == 8 else np.uint16
    rng = np.random.default_rng(seed)
    if kind == "noise":
        return rng.integers(0, 2**depth, (height, width, channels)).astype(dtype)
    if kind == "flat":
        return np.kron(rng.integers(0, 4, (height, width, channels)) // 3, 1).astype(dtype) * dtype(37)
    y, x, c = np.ogrid[:height, :width, :channels]
    waves = np.sin(x / 9 + c) + np.cos(y / 7) + rng.normal(0, 0.02, (height, width, channels))
    return ((waves + 2.5) / 5 * (2**depth - 1)).astype(dtype)


def written(pixels, compress="fast", threads=1, bands=None, chunks=(), backend=STDLIB):
    height, width, channels = pixels.shape
    layout = PngLayout(width, height, channels, pixels.itemsize * 8, chunks)
    stream = io.BytesIO()
    write_png(stream, layout, bands or [pixels], compress, threads, backend)
    return stream.getvalue()


def read_by_opencv(data):
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    return pixels[:, :, [2, 1, 0, 3][: pixels.shape[2]]] if pixels.shape[2] > 2 else pixels


def read_by_us(data):
    with PngRows(io.BytesIO(data)) as rows:
        return rows.rows(rows.info.height)


def chunks_of(data):
    found, at = [], 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 8 + length]
        assert zlib.crc32(body) == int.from_bytes(data[at + 8 + length : at + 12 + length], "big")
        found.append((body[:4], body[4:]))
        at += 12 + length
    return found


def raw_of(data):
    return zlib.decompress(b"".join(body for kind, body in chunks_of(data) if kind == b"IDAT"))


@BACKEND
@pytest.mark.parametrize(("channels", "depth"), LAYOUTS)
@pytest.mark.parametrize("compress", COMPRESSIONS)
@pytest.mark.parametrize("kind", ["noise", "flat", "waves"])
def test_every_layout_and_compression_comes_back(channels, depth, compress, kind, backend):
    pixels = picture(37, 41, channels, depth, kind)
    data = written(pixels, compress, backend=backend)
    np.testing.assert_array_equal(read_by_us(data), pixels)
    if depth == 8 or channels == 1:
        seen = np.asarray(Image.open(io.BytesIO(data))).reshape(pixels.shape)
        np.testing.assert_array_equal(seen, pixels)
    if channels != 2:
        np.testing.assert_array_equal(read_by_opencv(data), pixels)


@BACKEND
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_odd_sizes_come_back(backend, data):
    draw = data.draw
    height, width = draw(st.integers(1, 20)), draw(st.integers(1, 20))
    channels, depth = draw(st.sampled_from(LAYOUTS))
    pixels = picture(height, width, channels, depth, draw(st.sampled_from(["noise", "flat", "waves"])))
    png = written(pixels, draw(st.sampled_from(COMPRESSIONS)), backend=backend)
    np.testing.assert_array_equal(read_by_us(png), pixels)
    zlib.decompress(b"".join(body for kind, body in chunks_of(png) if kind == b"IDAT"))


@BACKEND
@pytest.mark.parametrize("compress", ["fast", "small", 1])
def test_a_picture_of_many_strips_comes_back_whatever_the_threads_and_bands(compress, backend):
    pixels = picture(1500, 1101, 3, 8, "waves")
    expected = written(pixels, compress, backend=backend)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(expected))), pixels)
    assert sum(kind == b"IDAT" for kind, _ in chunks_of(expected)) > 3
    for threads, height in ((1, 1), (2, 64), (3, 333)):
        bands = (pixels[y : y + height] for y in range(0, 1500, height))
        assert written(pixels, compress, threads, bands, backend=backend) == expected


def test_a_band_may_be_overwritten_once_the_next_is_asked_for():
    pixels = picture(300, 400, 3, 8)
    band = np.empty((7, 400, 3), np.uint8)

    def reused():
        for y in range(0, 300, 7):
            part = band[: len(pixels[y : y + 7])]
            part[:] = pixels[y : y + 7]
            yield part
            part[:] = 0

    np.testing.assert_array_equal(read_by_us(written(pixels, threads=2, bands=reused())), pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_bands_need_not_be_contiguous(dtype):
    pixels = np.arange(20 * 30 * 3).reshape(30, 20, 3).astype(dtype).transpose(1, 0, 2)
    np.testing.assert_array_equal(read_by_us(written(pixels, bands=[pixels[:0], pixels])), pixels)


@pytest.mark.skipif(shutil.which("pngcheck") is None, reason="pngcheck is not installed")
@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_pngcheck_finds_nothing(compress, tmp_path):
    paths = []
    for channels, depth in LAYOUTS:
        paths.append(tmp_path / f"{channels}-{depth}.png")
        paths[-1].write_bytes(written(picture(200, 333, channels, depth, "waves"), compress, 2))
    done = subprocess.run(["pngcheck", "-q", *paths], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_chunks_stand_between_header_and_pixels_in_their_order():
    chunks = ((b"gAMA", b"\0\0\xb1\x8f"), (b"tEXt", b"Title\0x"), (b"pHYs", bytes(9)))
    found = chunks_of(written(picture(3, 3, 1, 8), chunks=chunks))
    assert found[0] == (b"IHDR", b"\0\0\0\3\0\0\0\3\x08\0\0\0\0")
    assert tuple(found[1:4]) == chunks
    assert {kind for kind, _ in found[4:-1]} == {b"IDAT"}
    assert found[-1] == (b"IEND", b"")


def test_a_palette_chunk_makes_a_palette_picture():
    pixels = np.array([[[0], [1], [2]]], np.uint8)
    colors = bytes([255, 0, 0, 0, 255, 0, 0, 0, 255])
    data = written(pixels, chunks=((b"PLTE", colors), (b"tRNS", b"\x80")))
    image = Image.open(io.BytesIO(data))
    assert image.mode == "P"
    assert image.convert("RGBA").getpixel((0, 0)) == (255, 0, 0, 128)


@pytest.mark.parametrize(
    ("bands", "words"),
    [
        ([(3, 5, 3)], "3 rows came, 4 were promised"),
        ([(3, 5, 3), (2, 5, 3)], "5 rows came, 4 were promised"),
        ([(4, 5, 3), (1, 5, 3)], "5 rows came, 4 were promised"),
        ([(4, 6, 3)], "a band is"),
        ([(4, 5, 1)], "a band is"),
        ([(4, 15)], "a band is"),
        ([], "0 rows came"),
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_bands_that_do_not_add_up_are_refused(bands, words, threads):
    with pytest.raises(ValueError, match=words):
        write_png(io.BytesIO(), PngLayout(5, 4, 3), (np.zeros(b, np.uint8) for b in bands), "fast", threads)


@pytest.mark.parametrize("dtype", [np.uint16, np.int8, np.float32, bool])
def test_bands_of_another_type_are_refused(dtype):
    with pytest.raises(ValueError, match="a band is"):
        write_png(io.BytesIO(), PngLayout(5, 4, 3), [np.zeros((4, 5, 3), dtype)])


@pytest.mark.parametrize("compress", ["tiny", -1, 10, 2.5, None])
def test_an_unknown_compression_is_refused(compress):
    with pytest.raises(ValueError, match="compression"):
        written(picture(2, 2, 1, 8), compress)


def test_no_threads_at_all_are_refused():
    with pytest.raises(ValueError, match="0 threads"):
        written(picture(2, 2, 1, 8), threads=0)


@pytest.mark.parametrize(
    "layout",
    [(0, 1, 1), (1, 2**31, 1), (1, 1, 5), (1, 1, 3, 4)]
    + [(1, 1, 3, 8, ((kind, b"x"),)) for kind in (b"abc", b"PLTE", b"ab1d")],
)
def test_a_layout_that_png_cannot_say_is_refused(layout):
    with pytest.raises(ValueError, match=r"PNG|chunk|palette"):
        PngLayout(*layout)


def test_an_error_of_the_producer_passes_and_leaves_no_thread():
    def failing():
        yield np.zeros((900, 500, 3), np.uint8)
        raise RuntimeError("producer")

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="producer"):
        write_png(io.BytesIO(), PngLayout(500, 1000, 3), failing(), "fast", 2)
    assert threading.active_count() == before


@BACKEND
def test_fast_is_not_much_larger_than_the_usual_level_on_a_smooth_picture(backend):
    pixels = picture(400, 600, 3, 8, "waves")
    usual = io.BytesIO()
    Image.fromarray(pixels).save(usual, "png")
    assert len(written(pixels, backend=backend)) < 1.15 * len(usual.getvalue())
    assert len(written(pixels, "small", backend=backend)) < 1.02 * len(usual.getvalue())


@BACKEND
def test_flat_pictures_stay_small(backend):
    pixels = np.kron(picture(30, 40, 3, 8, "flat"), np.ones((16, 16, 1), np.uint8))
    usual = io.BytesIO()
    Image.fromarray(pixels).save(usual, "png")
    assert len(written(pixels, backend=backend)) < 2.5 * len(usual.getvalue())
    assert len(written(pixels, "small", backend=backend)) < 1.1 * len(usual.getvalue())


@BACKEND
@pytest.mark.parametrize("compress", ["fast", "small"])
def test_repeated_glyphs_are_left_unfiltered(compress, backend):
    rng = np.random.default_rng(0)
    glyphs = (rng.random((5, 12, 9, 1)) < 0.3).astype(np.uint8) * rng.integers(1, 255, (5, 12, 9, 3), np.uint8)
    pixels = np.zeros((240, 400, 3), np.uint8)
    for y, x in np.ndindex(10, 20):
        pixels[24 * y : 24 * y + 12, 20 * x : 20 * x + 9] = glyphs[rng.integers(5)]
    kinds = np.frombuffer(raw_of(written(pixels, compress, backend=backend)), np.uint8)[:: 400 * 3 + 1]
    assert not kinds.any()


def test_without_isal_noise_gets_runs_and_patterns_get_matches():
    noisy = picture(200, 300, 3, 8, "waves")
    strip = Strip.of(noisy.reshape(200, -1), None, 3)
    rows = np.empty_like(strip.plain)
    filtered(4, strip, Workspace(), rows)
    assert len(written(noisy)) < len(Codec(1).pack(rows.data)) < len(rows)
    pattern = np.tile(picture(200, 30, 3, 8), (1, 10, 1))
    assert len(written(pattern)) < pattern.size / 4


def test_one_value_everywhere_takes_next_to_nothing():
    assert len(written(np.full((500, 500, 3), 200, np.uint8))) < 10_000


def naive(kind, row, above, pixel):
    """PNG specification, 9.2 and 9.4, one byte after the other."""
    out = [kind]
    for i, x in enumerate(row):
        a = row[i - pixel] if i >= pixel else 0
        c = above[i - pixel] if i >= pixel else 0
        b = above[i]
        p = a + b - c
        nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        out.append((x - (0, a, b, (a + b) // 2, nearest)[kind]) % 256)
    return out


@pytest.mark.parametrize("pixel", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("kind", range(5))
def test_each_filter_is_the_specification_s(kind, pixel):
    rows = np.random.default_rng(kind).integers(0, 256, (5, 3 * pixel), dtype=np.uint8)
    strip = Strip.of(rows[1:], rows[0], pixel)
    out = np.empty_like(strip.plain)
    filtered(kind, strip, Workspace(), out)
    expected = [naive(kind, rows[y].tolist(), rows[y - 1].tolist(), pixel) for y in range(1, 5)]
    np.testing.assert_array_equal(out.reshape(4, -1), expected)


def test_paeth_picks_as_the_specification_does_for_all_triples_of_every_third_left():
    a, b, c = (v.ravel().astype(np.int16) for v in np.meshgrid(np.arange(0, 256, 3), *[np.arange(256)] * 2))
    p = a + b - c
    pa, pb, pc = np.abs(p - a), np.abs(p - b), np.abs(p - c)
    expected = np.where((pa <= pb) & (pa <= pc), a, np.where(pb <= pc, b, c)).astype(np.uint8)
    # One row of pairs (left, x) under (above left, above): with x = 0 the residual is -prediction.
    above = np.stack([c, b], axis=-1).reshape(1, -1).astype(np.uint8)
    row = np.stack([a, np.zeros_like(a)], axis=-1).reshape(1, -1).astype(np.uint8)
    strip = Strip.of(row, above[0], 1)
    out = np.empty_like(strip.plain)
    filtered(4, strip, Workspace(), out)
    np.testing.assert_array_equal(np.uint8(0) - out[2::2], expected)


def test_the_adaptive_choice_has_the_smallest_sum_in_every_row():
    rows = picture(40, 50, 3, 8, "waves").reshape(40, -1)
    strip = Strip.of(rows, None, 3)
    work = Workspace()
    sums = []
    for kind in range(5):
        out = np.empty_like(strip.plain)
        filtered(kind, strip, work, out)
        sums.append(np.abs(out.reshape(40, -1)[:, 1:].view(np.int8).astype(int)).sum(axis=1))
    chosen = np.empty_like(strip.plain)
    adaptive(strip, work, chosen)
    np.testing.assert_array_equal(chosen.reshape(40, -1)[:, 0], np.argmin(sums, axis=0))


def test_small_uses_more_than_one_filter():
    left = picture(64, 64, 3, 8, "waves")
    mixed = np.concatenate([left, np.zeros_like(left) + 9, picture(64, 64, 3, 8)])
    kinds = np.frombuffer(raw_of(written(mixed, "small")), np.uint8)[:: 64 * 3 + 1]
    assert len(set(kinds.tolist())) > 1


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_joined_checksums_are_those_of_the_whole(first, second):
    joined = joined_adler32(zlib.adler32(first), zlib.adler32(second), len(second))
    assert joined == zlib.adler32(first + second)


@BACKEND
def test_pieces_can_be_put_one_after_the_other(backend):
    parts = [bytes(1000), b"", b"abc" * 500, np.random.default_rng(0).bytes(70_000)]
    for codec in (STORED, RUNS, Codec(6), *backend.quick):
        whole = b"".join(codec.pack(part) for part in parts) + b"\x03\x00"
        assert zlib.decompress(whole, -15) == b"".join(parts)
