"""Bands of pixels become a file, whatever the bands' height; and a pipe gets a whole file or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from installed import formats
from PIL import Image

from upscli.errors import OutputError
from upscli.pictures.formats import Layout, by_name
from upscli.pictures.header import Metadata
from upscli.pictures.write import Encoding, standard_output, write

PIXELS = np.random.default_rng(3).integers(0, 256, (23, 17, 4), np.uint8)
RGB = Layout("rgb", False, "uint8")


def bands(pixels: Any, height: int) -> Iterator[Any]:
    """As the tile engine makes them: each band in the memory of the one before."""
    memory = np.empty((height, *pixels.shape[1:]), pixels.dtype)
    for top in range(0, len(pixels), height):
        piece = pixels[top : top + height]
        memory[: len(piece)] = piece
        yield memory[: len(piece)]
        memory[...] = 99


def written(name: str, layout: Layout, pixels: Any, height: int = 5, **more: Any) -> bytes:
    stream = BytesIO()
    encoding = Encoding(by_name(name), layout, (pixels.shape[1], pixels.shape[0]), Metadata(), **more)
    write(bands(pixels, height), encoding, stream)
    return stream.getvalue()


@pytest.mark.parametrize("form", formats())
def test_the_bytes_do_not_depend_on_the_height_of_bands(form: Any) -> None:
    pixels = PIXELS[..., :3]
    assert len({written(form.name, RGB, pixels, height) for height in (1, 5, 23)}) == 1


@pytest.mark.parametrize("threads", [2, 5])
@pytest.mark.parametrize("form", formats())
def test_the_bytes_do_not_depend_on_threads(form: Any, threads: int) -> None:
    pixels = PIXELS[..., :3]
    assert written(form.name, RGB, pixels) == written(form.name, RGB, pixels, threads=threads)


@pytest.mark.parametrize("name", ["png", "tiff", "bmp", "pnm"])
def test_pixels_come_back(name: str) -> None:
    with Image.open(BytesIO(written(name, RGB, PIXELS[..., :3]))) as picture:
        np.testing.assert_array_equal(np.asarray(picture), PIXELS[..., :3])


@pytest.mark.parametrize("name", ["png", "tiff", "webp", "gif", "avif"])
@pytest.mark.parametrize("color", ["gray", "rgb"])
def test_alpha_is_written(name: str, color: str) -> None:
    layout = Layout(color, True, "uint8")
    pixels = PIXELS[..., [0, 3]] if color == "gray" else PIXELS
    with Image.open(BytesIO(written(name, layout, pixels))) as picture:
        assert picture.has_transparency_data


@pytest.mark.parametrize("quality", [0, 100])
@pytest.mark.parametrize("name", ["jpeg", "webp", "avif"])
def test_the_ends_of_quality_can_be_written(name: str, quality: int) -> None:
    with Image.open(BytesIO(written(name, RGB, PIXELS[..., :3], quality=quality))) as picture:
        assert picture.size == (17, 23)


def test_an_encoder_that_fails_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("encoder error -2")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(OutputError, match=r"the jpeg encoder failed \(encoder error -2\)"):
        written("jpeg", RGB, PIXELS[..., :3])


def test_a_disk_that_fails_is_not_the_encoders_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(OSError, match="No space left"):
        written("jpeg", RGB, PIXELS[..., :3])


class Reader(BytesIO):
    """A stream that takes as many bytes as it likes, as unbuffered ones do."""

    def write(self, data: Any) -> int:
        return super().write(bytes(data[:1000]))


@pytest.mark.parametrize("stream", [BytesIO(), Reader()], ids=["buffered", "unbuffered"])
def test_a_pipe_gets_every_byte(stream: BytesIO) -> None:
    data = PIXELS.tobytes() * 20
    with standard_output(stream) as spool:
        spool.write(data)
        spool.seek(4)
        spool.write(data[4:8])
        assert stream.getvalue() == b""
    assert stream.getvalue() == data


def test_after_an_error_a_pipe_has_got_nothing() -> None:
    stream = BytesIO()
    with pytest.raises(ValueError, match="half"), standard_output(stream) as spool:  # noqa: PT012
        spool.write(b"half of it")
        raise ValueError("half")
    assert stream.getvalue() == b""
