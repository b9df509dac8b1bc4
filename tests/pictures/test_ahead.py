"""What is decoded ahead is what would have been read, or it is not used."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from upscli.errors import InputError
from upscli.pictures import ahead, door
from upscli.pictures.header import Limits, Source


@pytest.fixture
def photo(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "photo.jpg"
    noise = np.random.default_rng(5).integers(0, 256, (40, 60, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise).save(path, quality=90, exif=exif)
    yield path
    ahead._begun.clear()


def pixels_of(path: Path) -> Any:
    return np.concatenate(list(door.read(Source(path), Limits()).strips))


def is_used(path: Path) -> bool:
    with path.open("rb") as stream:
        return ahead.taken(stream) is not None


def test_a_picture_decoded_ahead_is_the_same_picture(photo: Path) -> None:
    plain, known = pixels_of(photo), door.read(Source(photo), Limits())
    ahead.begin(photo)
    found = door.read(Source(photo), Limits())
    assert not ahead._begun
    assert found.header == known.header
    assert found.metadata == known.metadata
    assert np.array_equal(np.concatenate(list(found.strips)), plain)


def test_it_is_taken_once(photo: Path) -> None:
    ahead.begin(photo)
    assert [is_used(photo), is_used(photo)] == [True, False]


def test_a_file_that_changed_since_is_read_anew(photo: Path) -> None:
    ahead.begin(photo)
    ahead._begun[0].join()
    Image.new("RGB", (60, 40), "red").save(photo)
    os.utime(photo, ns=(1, 1))
    assert not is_used(photo)


def test_another_file_is_read(photo: Path, tmp_path: Path) -> None:
    Image.new("RGB", (60, 40), "red").save(tmp_path / "other.jpg")
    ahead.begin(photo)
    assert pixels_of(tmp_path / "other.jpg")[0, 0, 0] > 250


def test_a_torn_file_fails_as_it_would_have(photo: Path) -> None:
    photo.write_bytes(photo.read_bytes()[:-900])
    with pytest.raises(InputError) as plain:
        pixels_of(photo)
    ahead.begin(photo)
    with pytest.raises(InputError) as found:
        pixels_of(photo)
    assert str(found.value) == str(plain.value)


def test_a_file_that_cannot_be_read_is_left_to_the_reader(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    for name in ("text.jpg", "missing.jpg", "."):
        ahead.begin(tmp_path / name)
    assert not ahead._begun


@pytest.mark.parametrize("why", ["large", "progressive"])
def test_what_may_take_long_is_not_begun(photo: Path, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if why == "large":
        monkeypatch.setattr(ahead, "MOST", 60 * 40 - 1)
    else:
        with Image.open(photo) as image:
            image.save(photo, progressive=True)
    ahead.begin(photo)
    assert not ahead._begun


def test_pixels_from_stdin_are_never_those_of_a_file(photo: Path) -> None:
    ahead.begin(photo)
    data = photo.read_bytes()
    source = Source(Path("stdin"), data)
    assert np.concatenate(list(door.read(source, Limits()).strips)).shape == (60, 40, 3)


def test_a_pipe_is_left_unread(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    ahead.begin(tmp_path / "pipe.jpg")
    assert not ahead._begun
