from collections.abc import Iterator
from functools import partial
from io import BytesIO
from tempfile import NamedTemporaryFile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from upscli.pictures import jpeg_writer, modes
from upscli.pictures.formats import Layout
from upscli.pictures.jpeg_writer import JpegLayout, write_jpeg

Pixels = NDArray[np.uint8]

LAYOUTS = {"gray": Layout("gray", False, "uint8"), "rgb": Layout("rgb", False, "uint8")}
LAYOUTS["cmyk"] = Layout("cmyk", False, "uint8")


@pytest.fixture(autouse=True)
def low_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jpeg_writer, "_STRIP", 10)


def noise(width: int, height: int, layout: Layout, seed: int = 0) -> Pixels:
    smooth = np.add.outer(np.arange(height) * 3, np.arange(width) * 2)[..., None]
    rough = np.random.default_rng(seed).integers(0, 60, (height, width, layout.channels))
    return ((smooth + rough) % 256).astype(np.uint8)


def layout_of(pixels: Pixels, layout: Layout, quality: int = 90, **metadata: object) -> JpegLayout:
    size = (pixels.shape[1], pixels.shape[0])
    return JpegLayout(size, partial(modes.to_image, layout=layout), {"quality": quality, "subsampling": 0}, metadata)


def written(pixels: Pixels, layout: JpegLayout, band: int = 10_000, threads: int = 1) -> bytes:
    stream = BytesIO()
    write_jpeg(stream, layout, (pixels[top : top + band] for top in range(0, len(pixels), band)), threads)
    return stream.getvalue()


def by_pillow(pixels: Pixels, layout: Layout, quality: int) -> bytes:
    stream = BytesIO()
    modes.to_image(pixels, layout).save(stream, "JPEG", quality=quality, subsampling=0)
    return stream.getvalue()


def decoded(data: bytes) -> Pixels:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image)


@given(
    width=st.integers(1, 90),
    height=st.integers(1, 200),
    color=st.sampled_from(sorted(LAYOUTS)),
    quality=st.sampled_from([0, 1, 10, 50, 95, 100]),
    band=st.integers(1, 64),
)
@settings(max_examples=60, deadline=None)
def test_its_pixels_are_those_of_one_piece(width: int, height: int, color: str, quality: int, band: int) -> None:
    pixels = noise(width, height, LAYOUTS[color])
    data = written(pixels, layout_of(pixels, LAYOUTS[color], quality), band)
    whole = decoded(by_pillow(pixels, LAYOUTS[color], quality))
    assert np.array_equal(decoded(data), whole)


def test_a_picture_of_one_strip_is_the_file_that_pillow_writes() -> None:
    pixels = noise(40, 16, LAYOUTS["rgb"])
    assert written(pixels, layout_of(pixels, LAYOUTS["rgb"])) == by_pillow(pixels, LAYOUTS["rgb"], 90)


def test_bytes_are_the_same_for_any_number_of_threads_and_height_of_bands() -> None:
    pixels = noise(40, 333, LAYOUTS["rgb"])
    layout = layout_of(pixels, LAYOUTS["rgb"])
    assert len({written(pixels, layout, band, threads) for band in (7, 16, 500) for threads in (1, 3)}) == 1


def test_restart_markers_count_from_0_to_7_and_stand_between_strips_only() -> None:
    pixels = noise(40, 16 * 20 + 3, LAYOUTS["rgb"])
    data = written(pixels, layout_of(pixels, LAYOUTS["rgb"]))
    found = [data[at + 1] & 7 for at in range(len(data) - 1) if data[at] == 0xFF and 0xD0 <= data[at + 1] <= 0xD7]
    assert found == [number % 8 for number in range(20)]


def test_metadata_stands_in_the_file_once() -> None:
    pixels = noise(40, 100, LAYOUTS["rgb"])
    data = written(pixels, layout_of(pixels, LAYOUTS["rgb"], comment=b"a comment", dpi=(300, 300)))
    with Image.open(BytesIO(data)) as image:
        assert image.info["comment"] == b"a comment"
        assert image.info["dpi"] == (300, 300)
    assert data.count(b"a comment") == 1


def test_bands_may_use_their_memory_again() -> None:
    pixels = noise(40, 100, LAYOUTS["rgb"])
    layout = layout_of(pixels, LAYOUTS["rgb"])
    memory = np.empty((10, 40, 3), np.uint8)
    stream = BytesIO()

    def bands() -> Iterator[Pixels]:
        for top in range(0, 100, 10):
            memory[:] = pixels[top : top + 10]
            yield memory
            memory[:] = 0

    write_jpeg(stream, layout, bands(), 3)
    assert stream.getvalue() == written(pixels, layout)


@pytest.mark.parametrize("width", [1, 8, 4000, 24_000, 65_500])
def test_a_strip_has_no_more_blocks_than_a_restart_interval_may(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    layout = JpegLayout((width, 65_500), partial(modes.to_image, layout=LAYOUTS["rgb"]), {}, {})
    assert 1 <= layout.blocks <= 65_535


@pytest.mark.peer
@pytest.mark.parametrize("color", ["gray", "rgb"])
def test_opencv_reads_the_same_pixels(color: str) -> None:
    cv2 = pytest.importorskip("cv2")
    pixels = noise(75, 333, LAYOUTS[color])
    one, other = written(pixels, layout_of(pixels, LAYOUTS[color])), by_pillow(pixels, LAYOUTS[color], 90)
    ours, theirs = (cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) for data in (one, other))
    assert np.array_equal(ours, theirs)


def test_a_file_with_a_name_of_its_own_is_written_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows has them: without an extension that Pillow could go by."""
    pixels = noise(40, 100, LAYOUTS["rgb"])
    expected = written(pixels, layout_of(pixels, LAYOUTS["rgb"]))
    monkeypatch.setattr(jpeg_writer, "scratch", NamedTemporaryFile)
    assert written(pixels, layout_of(pixels, LAYOUTS["rgb"])) == expected


def test_a_strip_that_found_no_room_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = noise(70, 90, LAYOUTS["rgb"])
    monkeypatch.setattr(jpeg_writer, "_save", lambda image, file, options: file.write(b"\xff\xd8\xff"))
    with pytest.raises(OSError, match="No space left"):
        written(pixels, layout_of(pixels, LAYOUTS["rgb"]))
