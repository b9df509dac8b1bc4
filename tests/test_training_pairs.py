"""Pairs to learn from: at a picture's own size, and at others."""

from pathlib import Path

import numpy as np
import pytest
from material import noise
from PIL import Image

from upscli.errors import InputError
from upscli.kernels.degrade import Degradation
from upscli.learned.pairs import WHITE
from upscli.pictures.header import Source
from upscli.training_pairs import Making, pairs_of, read_pairs


def source(folder: Path, name: str, high: int, wide: int) -> Source:
    Image.fromarray(noise(high, wide, 3, "uint8", high)).save(folder / name)
    return Source(folder / name)


def test_a_pair_is_a_picture_and_what_a_degradation_leaves_of_it(tmp_path: Path) -> None:
    [pair] = pairs_of(source(tmp_path, "a.png", 25, 36), Making(3))
    assert (pair.small.shape, pair.large.shape) == ((8, 12), (24, 36))
    assert pair.large.max() <= WHITE


def test_a_smaller_size_is_the_whole_picture_and_a_larger_one_its_middle(tmp_path: Path) -> None:
    one = source(tmp_path, "a.png", 40, 60)
    own, smaller, larger = pairs_of(one, Making(2, resize=(0.5, 2.0)))
    assert [pair.large.shape for pair in (own, smaller, larger)] == [(40, 60), (20, 30), (40, 60)]
    assert own.large[::2, ::2].std() > larger.large[::2, ::2].std() * 1.1  # enlarged noise is softer
    with Image.open(one.path) as image:
        gray = image.convert("L").resize((120, 80), Image.Resampling.BICUBIC).crop((30, 20, 90, 60))
    assert np.abs(np.asarray(gray) * 256.0 - larger.large).mean() < 2 * 256
    for pair in (smaller, larger):
        assert pair.small.shape == tuple(side // 2 for side in pair.large.shape)


def test_a_size_that_is_too_small_is_left_out_and_a_picture_that_is_so_is_refused(tmp_path: Path) -> None:
    large, small = source(tmp_path, "a.png", 40, 40), source(tmp_path, "b.png", 18, 40)
    making = Making(2, resize=(0.4,), least=10)
    assert len(pairs_of(large, making)) == 1
    with pytest.raises(InputError, match="40 x 18 pixels are too few; 20 a side are needed"):
        pairs_of(small, making)


def test_a_size_given_twice_counts_twice(tmp_path: Path) -> None:
    made = pairs_of(source(tmp_path, "a.png", 40, 60), Making(2, resize=(0.5, 0.5)))
    assert [pair.large.shape for pair in made] == [(40, 60), (20, 30), (20, 30)]
    assert np.array_equal(made[1].large, made[2].large)


def test_red_and_blue_alone_are_pictures_too_at_every_size(tmp_path: Path) -> None:
    one = source(tmp_path, "a.png", 40, 60)
    made = pairs_of(one, Making(2, resize=(0.5,), colors=True))
    assert [pair.large.shape for pair in made] == [(40, 60), (20, 30), *[(40, 60)] * 2, *[(20, 30)] * 2]
    with Image.open(one.path) as image:
        pixels = np.asarray(image).astype(np.uint16)
        image.getchannel("B").save(tmp_path / "blue.png")
    assert np.array_equal(made[2].large, pixels[..., 0] * 256)
    assert np.array_equal(made[3].large, pixels[..., 2] * 256)
    [blue] = pairs_of(Source(tmp_path / "blue.png"), Making(2, colors=True))
    assert np.array_equal(blue.small, made[3].small)


def test_every_phase_is_what_the_picture_without_its_first_rows_and_columns_gives(tmp_path: Path) -> None:
    pixels = noise(31, 38, 3, "uint8")
    Image.fromarray(pixels).save(tmp_path / "whole.png")
    made = pairs_of(Source(tmp_path / "whole.png"), Making(3, phases=True))
    assert len(made) == 9
    for pair, (top, left) in zip(made, np.ndindex(3, 3), strict=True):
        Image.fromarray(pixels[top:, left:]).save(tmp_path / "part.png")
        [part] = pairs_of(Source(tmp_path / "part.png"), Making(3))
        assert np.array_equal(pair.small, part.small)
        assert np.array_equal(pair.large, part.large)
        assert np.shares_memory(pair.large, made[0].large)


def test_a_phase_that_leaves_too_little_is_left_out(tmp_path: Path) -> None:
    making = Making(2, least=10, phases=True)
    made = pairs_of(source(tmp_path, "a.png", 20, 21), making)
    assert [pair.small.shape for pair in made] == [(10, 10)] * 2
    halved = pairs_of(source(tmp_path, "b.png", 40, 42), Making(2, resize=(0.5,), colors=True, least=10, phases=True))
    assert [pair.small.shape for pair in halved[4:6]] == [(10, 10)] * 2
    assert len(halved) == 3 * (4 + 2)


def test_pictures_are_counted_once_whatever_their_sizes(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    sources = [source(tmp_path, "a.png", 40, 40), Source(tmp_path / "bad.png"), source(tmp_path, "b.png", 30, 40)]
    seen: list[int] = []
    read = read_pairs(sources, Making(2, resize=(0.5, 1.5)), seen.append)
    assert (len(read.pairs), read.pictures, len(read.refused)) == (6, 2, 1)
    assert seen == [1, 2, 3]


def test_pictures_that_give_no_luma_are_refused_one_by_one(tmp_path: Path) -> None:
    pixels = noise(40, 40, 4, "uint8")
    Image.fromarray(pixels, "CMYK").save(tmp_path / "ink.jpg")
    Image.fromarray(pixels).save(tmp_path / "alpha.png")
    Image.fromarray(pixels).convert("LA").save(tmp_path / "gray.png")
    Image.fromarray(pixels[..., :3]).quantize(16).save(tmp_path / "palette.png")
    names = ["alpha.png", "ink.jpg", "gray.png", "palette.png"]
    read = read_pairs([Source(tmp_path / name) for name in names], Making(2))
    assert read.pictures == 3
    said = "models learn from gray and RGB, and this picture is cmyk; convert it first"
    assert read.refused == (f"{tmp_path / 'ink.jpg'}: {said}",)


def test_a_picture_that_jpeg_cannot_hold_is_refused_by_name(tmp_path: Path) -> None:
    Image.fromarray(noise(40, 40, 1, "uint16")[..., 0]).save(tmp_path / "deep.png")
    sources = [Source(tmp_path / "deep.png"), source(tmp_path, "a.png", 40, 40)]
    read = read_pairs(sources, Making(2, Degradation.parse("jpeg:60")))
    assert (len(read.pairs), read.pictures) == (1, 1)
    assert read.refused == (f"{sources[0]}: JPEG holds gray or RGB of 8 bits, not 1 channels of uint16",)
