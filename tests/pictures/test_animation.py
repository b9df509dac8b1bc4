"""Animations read and written, held against Pillow's own decoding."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from animations import Part, gif, random_frames, random_gif, saved, seen, shown
from hypothesis import example, given
from hypothesis import strategies as st
from material import noise
from PIL import Image

from upscli.errors import InputError, OutputError
from upscli.pictures import door
from upscli.pictures.animation_writer import Timing, write_animation
from upscli.pictures.formats import Layout, by_name
from upscli.pictures.header import Animation, Frame, Header, Limits, Metadata, Source
from upscli.pictures.write import Encoding

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
COLORS = np.array([RED, GREEN, BLUE, (0, 0, 0)])


def source(data: bytes, frame: int | None = None) -> Source:
    return Source(Path("stdin"), data, frame)


def read(data: bytes) -> Animation:
    return door.read_animation(source(data), Limits())


def taken(data: bytes) -> list[tuple[Any, float]]:
    """As `shown`, by our own reader."""
    return [(full(frame.pixels), float(1000 * frame.seconds)) for frame in read(data).frames()]


def full(pixels: Any) -> Any:
    """RGBA, clear pixels black."""
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[pixels.shape[2]]
    plain = pixels[..., 0] if mode == "L" else np.ascontiguousarray(pixels)
    return seen(np.asarray(Image.fromarray(plain).convert("RGBA")))


def same(ours: Sequence[tuple[Any, float]], theirs: Sequence[tuple[Any, float]]) -> None:
    assert len(ours) == len(theirs)
    for (pixels, duration), (expected, wanted) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(pixels, expected)
        assert duration == pytest.approx(wanted)


@pytest.mark.parametrize("seed", range(40))
def test_gif_frames_of_all_kinds_are_composed_as_pillow_does(seed: int) -> None:
    same(taken(random_gif(seed)), shown(random_gif(seed)))


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L", "LA"])
@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_what_pillow_writes_is_read_as_pillow_reads_it(kind: str, mode: str) -> None:
    duration = [100, 20, 3000, 70, 10, 250, 990, 40, 60]
    more: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    data = saved(random_frames(5, 9, mode=mode), kind, duration=duration, loop=3, **more)
    same(taken(data), shown(data))
    assert read(data).plays == {"GIF": 4, "PNG": 3, "WEBP": 3, "AVIF": 0}[kind]


@pytest.mark.parametrize(("disposal", "blend"), [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)])
def test_png_frames_are_disposed_of_and_blended(disposal: int, blend: int) -> None:
    data = saved(random_frames(8, 9), "PNG", duration=50, disposal=disposal, blend=blend)
    same(taken(data), shown(data))


def test_a_png_frame_that_goes_back_is_blended_over_what_was_there() -> None:
    """Pillow forgets what was there once a frame is blended; the specification does not."""
    frames = [Image.new("RGBA", (2, 1), color) for color in ("red", "blue", "green")]
    frames[1].putpixel((1, 0), (0, 0, 0, 0))
    frames[2].putpixel((1, 0), (0, 0, 0, 0))
    data = saved(frames, "PNG", duration=50, disposal=[0, 2, 0], blend=[0, 1, 1])
    assert [pixels[0, 1].tolist() for pixels, _ in taken(data)] == [[255, 0, 0, 255]] * 3


def test_half_clear_png_frames_are_laid_over_each_other_by_the_rule_of_the_specification() -> None:
    frames = [Image.new("RGBA", (1, 1), (200, 0, 0, 100)), Image.new("RGBA", (1, 1), (0, 0, 200, 51))]
    data = saved(frames, "PNG", duration=50, blend=[0, 1])
    alpha = 51 / 255 + 100 / 255 * (1 - 51 / 255)
    red, blue = 200 * 100 / 255 * (1 - 51 / 255) / alpha, 200 * 51 / 255 / alpha
    result = [round(value) for value in (red, 0, blue, 255 * alpha)]
    assert [list(pixels[0, 0]) for pixels, _ in taken(data)][1] == result


def test_the_picture_for_viewers_without_animation_is_left_out_with_a_note() -> None:
    frames = random_frames(3, 5)
    data = saved(frames, "PNG", duration=50, default_image=True)
    animation = read(data)
    assert animation.header.frames == 4
    assert any("none of the frames" in note for note in animation.header.notes)
    same(taken(data), shown(data))


def test_16_bits_stay_16_bits() -> None:
    frames = [noise(5, 7, 4, "uint16", seed) for seed in range(4)]
    data = written("png", frames, Layout("rgb", True, "uint16"))
    assert all((frame.pixels == wanted).all() for frame, wanted in zip(read(data).frames(), frames, strict=True))


def test_a_clear_index_that_only_spares_what_is_below_makes_no_transparency() -> None:
    parts = [Part(np.zeros((2, 2)), disposal=1), Part(np.array([[1, 3], [3, 3]]), clear=3)]
    data = gif((2, 2), COLORS, parts)
    assert not read(data).header.layout.alpha
    assert list(read(data).frames())[1].pixels.tolist() == [[[*GREEN], [*RED]], [[*RED], [*RED]]]


def test_what_is_cleared_is_clear_though_the_first_frame_has_no_clear_index() -> None:
    """As browsers show it; Pillow shows the clear index's color."""
    parts = [Part(np.zeros((1, 2)), disposal=2), Part(np.array([[1]]), clear=3)]
    assert taken(gif((2, 1), COLORS, parts))[1][0].tolist() == [[[*GREEN, 255], [0, 0, 0, 0]]]


def test_a_gray_frame_before_colored_ones_is_kept() -> None:
    """Pillow loses the canvas there."""
    gray = np.arange(256).repeat(3).reshape(256, 3)
    parts = [Part(np.array([[7, 9]]), disposal=1), Part(np.array([[1]]), palette=COLORS)]
    assert list(read(gif((2, 1), gray, parts)).frames())[1].pixels.tolist() == [[[*GREEN], [9, 9, 9]]]


def test_frames_beyond_the_canvas_are_cut_off() -> None:
    parts = [Part(np.zeros((2, 2))), Part(np.ones((2, 2)), left=1, top=1)]
    pixels = list(read(gif((2, 2), COLORS, parts)).frames())[1].pixels
    assert pixels.tolist() == [[[*RED], [*RED]], [[*RED], [*GREEN]]]


def test_a_frame_far_larger_than_the_canvas_is_refused() -> None:
    data = gif((2, 2), COLORS, [Part(np.zeros((2, 2))), Part(np.ones((30, 30)))])
    with pytest.raises(InputError, match="frame 2 is 30 x 30, far larger than the canvas"):
        list(read(data).frames())


@pytest.mark.parametrize(("loop", "plays"), [(None, 1), (0, 0), (1, 2), (65535, 65536)])
def test_a_gif_repeats_once_more_than_it_says(loop: int | None, plays: int) -> None:
    assert read(gif((1, 1), COLORS, [Part(np.zeros((1, 1)))] * 2, loop)).plays == plays


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
@given(part=st.floats(0.02, 0.98))
def test_what_is_truncated_is_an_error_or_whole(kind: str, part: float) -> None:
    more: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    data = saved(random_frames(2, 6), kind, duration=50, **more)
    with pytest.raises(InputError, match="stdin: "):
        list(read(data[: int(len(data) * part)]).frames())


def test_a_gif_that_ends_between_two_frames_is_truncated() -> None:
    data = gif((2, 2), COLORS, [Part(np.zeros((2, 2)))] * 3)
    with pytest.raises(InputError, match="truncated after frame 3"):
        door.header(source(data[:-1]), Limits())


def test_a_broken_last_frame_is_named() -> None:
    parts = [Part(np.zeros((9, 9))), Part(np.ones((9, 9)))]
    data = gif((9, 9), COLORS, parts)
    at = data.rindex(b",") + 10
    length = data[at + 1]
    with pytest.raises(InputError, match="frame 2 cannot be read"):
        list(read(data[: at + 1] + bytes([3]) + data[at + 2 : at + 5] + data[at + 2 + length :]).frames())


def test_chunks_out_of_order_are_refused() -> None:
    data = saved(random_frames(2, 4), "PNG", duration=50)
    at = data.index(b"fdAT") + 4
    body = data[at : at + struct.unpack(">I", data[at - 8 : at - 4])[0]]
    from zlib import crc32

    wrong = struct.pack(">I", 7) + body[4:]
    with pytest.raises(InputError, match="out of order"):
        list(read(data[:at] + wrong + struct.pack(">I", crc32(b"fdAT" + wrong)) + data[at + len(body) + 4 :]).frames())


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_more_frames_than_the_limit_are_refused_from_the_header(kind: str) -> None:
    data = saved(random_frames(2, 6), kind, duration=50)
    with pytest.raises(InputError, match=r"frames, over the limit of 5; raise it with --max-frames"):
        door.header(source(data), Limits(frames=5))
    assert door.header(source(data), Limits(frames=6)).frames == 6
    assert door.header(source(data), Limits(frames=0)).frames == 6


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_one_frame_is_taken_composed(kind: str) -> None:
    data = saved(random_frames(2, 6), kind, duration=50)
    for number, (expected, _) in enumerate(shown(data), 1):
        picture = door.read(source(data, number), Limits(frames=2))
        assert picture.header.frames == 1
        np.testing.assert_array_equal(full(np.concatenate(list(picture.strips))), expected)


def test_an_animation_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    frames = random_frames(2, 3, (5, 3), "RGB")
    data = saved(frames, "WEBP", duration=50, lossless=True, exif=exif)
    animation = read(data)
    assert (animation.header.width, animation.header.height) == (3, 5)
    for frame, image in zip(animation.frames(), frames, strict=True):
        np.testing.assert_array_equal(frame.pixels[..., :3], np.rot90(np.asarray(image), -1))


def test_labels_are_of_one_frame() -> None:
    data = gif((2, 1), COLORS, [Part(np.array([[2, 1]]))] * 2)
    with pytest.raises(InputError, match="--frame 1 takes the first"):
        door.header(source(data), Limits(), as_labels=True)
    picture = door.read(source(data, 1), Limits(), as_labels=True)
    assert np.concatenate(list(picture.strips)).tolist() == [[[2], [1]]]


def written(
    kind: str, frames: Sequence[Any], layout: Layout, seconds: Sequence[Fraction] = (), plays: int = 0, **more: Any
) -> bytes:
    durations = seconds or [Fraction(1, 10)] * len(frames)
    encoding = Encoding(by_name(kind), layout, frames[0].shape[1::-1], Metadata(), **more)
    stream = BytesIO()
    moments = [Frame(pixels, shown) for pixels, shown in zip(frames, durations, strict=True)]
    write_animation(lambda: iter(moments), encoding, Timing(len(frames), plays), stream)
    return stream.getvalue()


def few_colors(frames: Sequence[Image.Image]) -> list[Any]:
    """The same, with so few colors that a GIF can hold them."""
    arrays = [np.asarray(image).reshape(image.height, image.width, -1) // 86 * 86 for image in frames]
    return [np.where(a[..., -1:] >= 128, a, 0) if a.shape[2] in (2, 4) else a for a in arrays]


def opaque(pixels: Any) -> Any:
    """With alpha of 0 or 255 alone."""
    if pixels.shape[2] in (2, 4):
        pixels = pixels.copy()
        pixels[..., -1] = np.where(pixels[..., -1] >= 128, 255, 0)
    return pixels


LAYOUTS = {"RGBA": Layout("rgb", True, "uint8"), "RGB": Layout("rgb", False, "uint8")} | {
    "L": Layout("gray", False, "uint8"),
    "LA": Layout("gray", True, "uint8"),
}
SETTINGS = [("png", {}), ("gif", {}), ("gif", {"palettes": "frame"}), ("gif", {"dither": True})]


@pytest.mark.parametrize("mode", list(LAYOUTS))
@pytest.mark.parametrize(("kind", "more"), SETTINGS, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_frames_read_back_are_those_written(kind: str, more: dict[str, Any], mode: str, seed: int) -> None:
    frames = [opaque(pixels) for pixels in few_colors(random_frames(seed, 9, mode=mode))]
    frames.insert(4, frames[3])  # two alike stay two
    seconds = [Fraction(n * n % 37, 100) for n in range(10)]
    data = written(kind, frames, LAYOUTS[mode], seconds, 3, **more)
    wanted = [(full(pixels), 1000 * float(time)) for pixels, time in zip(frames, seconds, strict=True)]
    same(shown(data), wanted)
    same(taken(data), wanted)
    assert read(data).plays == 3


@pytest.mark.parametrize("kind", ["webp", "avif"])
def test_lossy_frames_keep_their_time(kind: str) -> None:
    frames = [np.asarray(image) for image in random_frames(1, 6, (32, 32), "RGB")]
    frames.insert(3, frames[2])
    seconds = [Fraction(n, 50) for n in (1, 4, 2, 5, 3, 9, 6)]
    data = written(kind, frames, LAYOUTS["RGB"], seconds, 2)
    times = [frame.seconds for frame in read(data).frames()]
    joined = [*seconds[:2], seconds[2] + seconds[3], *seconds[4:]]  # WebP's encoder makes one of two alike
    assert times == (joined if kind == "webp" else seconds)
    assert sum(times) == sum(seconds)
    assert read(data).plays == {"webp": 2, "avif": 0}[kind]


@pytest.mark.parametrize(("kind", "told"), [("webp", 1), ("avif", 0), ("png", 0), ("gif", 0)])
def test_frames_that_webp_joins_are_told(kind: str, told: int) -> None:
    frames = [np.full((4, 4, 3), level, np.uint8) for level in (9, 80, 80, 9)]
    encoding = Encoding(by_name(kind), LAYOUTS["RGB"], (4, 4), Metadata())
    moments = [Frame(pixels, Fraction(1, 10)) for pixels in frames]
    stream = BytesIO()
    notes = write_animation(lambda: iter(moments), encoding, Timing(4, 0), stream)
    joined = "webp joins frames that are alike: 1 fewer, and all as long as before"
    assert notes.count(joined) == told
    assert read(stream.getvalue()).header.frames == 4 - told


@pytest.mark.slow
def test_large_frames_full_of_detail_are_no_trouble_for_webp() -> None:
    """By the method that Pillow takes for animations, the encoder ends with its error 6."""
    grain = np.random.default_rng(0).normal(128, 12, (2000, 3000)).clip(0, 255).astype(np.uint8)
    first = np.asarray(Image.fromarray(grain).resize((6000, 4000)).convert("RGB"))
    frames = [first, first.copy()]
    frames[1][:9, :9] = 0
    assert len(list(read(written("webp", frames, LAYOUTS["RGB"])).frames())) == 2


@pytest.mark.parametrize("error", [RuntimeError("6"), ValueError("6"), OSError("6")])
def test_what_an_encoder_raises_is_one_sentence(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("upscli.pictures.reel.Reel.save", fail)
    with pytest.raises(OutputError, match=r"the webp encoder failed \(6\); give another --quality or --format"):
        written("webp", [np.zeros((2, 2, 3), np.uint8)] * 2, LAYOUTS["RGB"])


@pytest.mark.parametrize("palettes", ["global", "frame"])
@pytest.mark.parametrize("dither", [False, True])
@pytest.mark.parametrize("alpha", [False, True])
def test_what_stands_still_keeps_its_colors(palettes: str, dither: bool, alpha: bool) -> None:
    """A disc that moves over a photograph's many colors: all else is the same in every frame."""
    ground = noise(48, 64)
    still = np.ones((48, 64), bool)
    frames = []
    for step in range(8):
        rows, cols = np.ogrid[:48, :64]
        disc = (rows - 24) ** 2 + (cols - 8 - 6 * step) ** 2 < 64
        still &= ~disc
        frames.append(np.where(disc[..., None], np.array([250, 20 * step, 30], np.uint8), ground))
        if alpha:  # behind it nothing is left
            clear = np.where(disc & (step % 2 == 1), 0, 255).astype(np.uint8)
            frames[-1] = np.concatenate((frames[-1], clear[..., None]), axis=2)
    layout = LAYOUTS["RGBA" if alpha else "RGB"]
    results = [pixels for pixels, _ in shown(written("gif", frames, layout, palettes=palettes, dither=dither))]
    assert len(results) == 8
    for pixels in results[1:]:
        np.testing.assert_array_equal(pixels[still], results[0][still])


def test_one_palette_for_each_frame_is_nearer_than_one_for_all() -> None:
    frames = [noise(24, 32, seed=seed) // 4 + 60 * seed for seed in range(4)]
    away = {}
    for palettes in ("global", "frame"):
        pixels = [found[..., :3] for found, _ in shown(written("gif", frames, LAYOUTS["RGB"], palettes=palettes))]
        away[palettes] = np.abs(np.stack(pixels).astype(int) - np.stack(frames)).mean()
    assert away["frame"] < 0.8 * away["global"]


def test_a_gif_of_256_colors_keeps_them_all() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    frames = [ramp, ramp[::-1], ramp.swapaxes(0, 1)]
    wanted = [(full(pixels), 100.0) for pixels in frames]
    same(shown(written("gif", frames, LAYOUTS["RGB"])), wanted)


@pytest.mark.parametrize(("level", "left"), [(127, 0), (128, 255)])
def test_half_opaque_is_the_border_of_clear(level: int, left: int) -> None:
    frames = [np.full((2, 2, 4), (9, 8, 7, level), np.uint8), np.full((2, 2, 4), (1, 2, 3, 255), np.uint8)]
    assert shown(written("gif", frames, LAYOUTS["RGBA"]))[0][0][0, 0, 3] == left


@given(st.lists(st.fractions(0, 3, max_denominator=1000), min_size=2, max_size=12))
@example([Fraction(1, 400)] * 9 + [Fraction(1)])
def test_durations_are_rounded_without_losing_their_sum(seconds: list[Fraction]) -> None:
    frames = [np.full((1, 1, 3), number, np.uint8) for number in range(len(seconds))]
    times = [frame.seconds for frame in read(written("gif", frames, LAYOUTS["RGB"], seconds)).frames()]
    for time, wanted in zip(times, seconds, strict=True):
        assert time == 0 if wanted == 0 else time >= Fraction(1, 100)
        assert abs(time - wanted) <= Fraction(1, 100)
    if all(wanted == 0 or wanted >= Fraction(1, 100) for wanted in seconds):
        assert abs(sum(times) - sum(seconds)) <= Fraction(1, 200)


def test_a_duration_that_gif_cannot_say_is_refused() -> None:
    frames = [np.zeros((1, 1, 3), np.uint8)] * 2
    with pytest.raises(OutputError, match=r"frame 2 is shown for 700 s, and the format ends at 655.35 s"):
        written("gif", frames, LAYOUTS["RGB"], [Fraction(1), Fraction(700)])


def test_png_says_fractions_of_a_second() -> None:
    frames = [np.full((1, 1, 3), number, np.uint8) for number in range(3)]
    seconds = [Fraction(1, 30), Fraction(1001, 30000), Fraction(65535)]
    times = [frame.seconds for frame in read(written("png", frames, LAYOUTS["RGB"], seconds)).frames()]
    assert times == seconds


def test_header_and_animation_agree() -> None:
    data = random_gif(1)
    assert isinstance(door.header(source(data), Limits()), Header)
    assert door.header(source(data), Limits()) == read(data).header
