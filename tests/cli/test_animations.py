"""`upscli enlarge` on animations and files of several pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from animations import random_frames, random_gif, saved, shown
from conftest import Upscli
from material import noise
from PIL import Image, ImageSequence


def film(path: Path, kind: str = "PNG", count: int = 5, **more: Any) -> Path:
    path.write_bytes(saved(random_frames(4, count, mode="RGB"), kind, duration=[20 * n for n in range(1, count + 1)]))
    return path


def document(path: Path) -> list[Any]:
    """Pages of five sizes and kinds."""
    pages = [noise(20, 30), noise(11, 7, 1), noise(9, 8, 4), noise(5, 6, 1, "uint16"), noise(12, 5, 1, "float32")]
    images = [Image.fromarray(page[..., 0] if page.shape[2] == 1 else page) for page in pages]
    images[0].save(path, save_all=True, append_images=images[1:])
    return pages


@pytest.mark.parametrize("kind", ["png", "gif"])
def test_every_frame_is_enlarged_as_a_still_would_be(upscli: Upscli, folder: Path, kind: str) -> None:
    film(folder / "a.png")
    said = upscli("enlarge", "a.png", "-m", "nearest", "-s", 3, "-o", f"b.{kind}")
    assert said.code == 0
    assert f"b.{kind}  23 x 17 -> 69 x 51  5 frames  nearest" in said.lines[-1]
    before, after = shown((folder / "a.png").read_bytes()), shown((folder / f"b.{kind}").read_bytes())
    assert [time for _, time in before] == [time for _, time in after]
    if kind == "png":
        for (pixels, _), (larger, _) in zip(before, after, strict=True):
            np.testing.assert_array_equal(larger, pixels.repeat(3, axis=0).repeat(3, axis=1))


def test_one_frame_becomes_a_still(upscli: Upscli, folder: Path) -> None:
    (folder / "a.gif").write_bytes(random_gif(3))
    assert upscli("enlarge", "a.gif", "--frame", 4, "-m", "nearest", "-s", 2, "-o", "b.png").code == 0
    wanted = shown((folder / "a.gif").read_bytes())[3][0].repeat(2, axis=0).repeat(2, axis=1)
    found = np.asarray(Image.open(folder / "b.png"))
    visible = wanted[..., 3] == 255
    np.testing.assert_array_equal(found[visible], wanted[visible])
    assert (found[~visible][:, 3] == 0).all()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "a.gif -o b.jpg",
            "a.gif: jpeg holds one picture, and these are 12 frames; --format png or webp or gif or avif",
        ),
        ("a.gif -o b.tif", "a.gif: tiff holds pages, and these are 12 frames;"),
        ("p.tif -o b.gif", "p.tif: gif holds an animation, and these are 5 pages; --format tiff can hold them, and"),
        ("a.gif --frame 13", "a.gif: it has 12 frames or pages, so there is no --frame 13"),
        ("sprite.png --frame 2", "sprite.png: it has one picture, so there is no --frame 2"),
        ("sprite.png --palette frame", "--palette is for gif, and the result is png"),
        ("sprite.png --dither none", "--dither is for gif, and the result is png"),
        ("a.gif --grid g.png -o b.gif", "a.gif: --grid is of one picture, and these are 12; --frame N takes one"),
        ("a.gif -m labels --frame 2 -o b.png", "frames are composed of colors"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(upscli: Upscli, folder: Path, words: str, told: str) -> None:
    (folder / "a.gif").write_bytes(random_gif(3))
    document(folder / "p.tif")
    before = sorted(folder.iterdir())
    said = upscli("enlarge", *words.split())
    assert told in said.err
    assert said.code == (1 if "labels" in words else 2)
    assert sorted(folder.iterdir()) == before


def test_a_still_gif_stays_a_still(upscli: Upscli, folder: Path) -> None:
    Image.open(folder / "sprite.png").convert("RGB").save(folder / "a.gif")
    assert upscli("enlarge", "a.gif", "--dither", "ordered", "-o", "b.gif").code == 0
    assert upscli("enlarge", "a.gif", "-o", "c.gif").code == 0
    assert upscli("enlarge", "a.gif", "--frame", 1, "-o", "d.gif").code == 0
    for name in "bcd":
        with Image.open(folder / f"{name}.gif") as image:
            assert getattr(image, "n_frames", 1) == 1
    assert (folder / "b.gif").read_bytes() != (folder / "c.gif").read_bytes()
    assert (folder / "c.gif").read_bytes() == (folder / "d.gif").read_bytes()


def test_more_frames_than_the_limit_are_refused(upscli: Upscli, folder: Path) -> None:
    (folder / "a.gif").write_bytes(random_gif(3))
    said = upscli("enlarge", "a.gif", "--max-frames", 11)
    assert said.code == 1
    assert "a.gif: more than 11 frames, over the limit of 11; raise it with --max-frames (0: no limit)" in said.err
    assert upscli("enlarge", "a.gif", "--max-frames", 11, "--frame", 12, "-o", "b.png").code == 0
    assert upscli("enlarge", "a.gif", "--max-frames", 0).code == 0


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF", "TIFF"])
def test_a_truncated_file_gives_one_sentence_and_no_result(upscli: Upscli, folder: Path, kind: str) -> None:
    frames = random_frames(4, 5, mode="RGB")
    name = f"a.{kind.lower()}"
    data = saved(frames, kind)
    (folder / name).write_bytes(data[: len(data) * 3 // 4])
    before = sorted(folder.iterdir())
    said = upscli("enlarge", name, "-o", f"b.{kind.lower()}")
    assert said.code == 1
    assert len(said.lines) == 1
    assert said.err.startswith(f"upscli: {name}: ")
    assert sorted(folder.iterdir()) == before


def test_frames_are_counted_in_plan_and_report(upscli: Upscli, folder: Path) -> None:
    film(folder / "a.png")
    assert json.loads(upscli("enlarge", "a.png", "-n", "--json").out)["frames"] == 5
    report = json.loads(upscli("enlarge", "a.png", "--json").out)
    assert report["frames"] == 5
    assert upscli("enlarge", "sprite.png", "-n", "--json").out.count('"frames": 1') == 1


def test_bytes_are_the_same_for_any_number_of_cores(upscli: Upscli, folder: Path) -> None:
    (folder / "a.gif").write_bytes(random_gif(3, 6, (300, 200)))
    for kind in ("gif", "png", "webp"):
        results = []
        for jobs in (1, 3):
            assert upscli("enlarge", "a.gif", "-j", jobs, "-o", f"b{jobs}.{kind}", "-s", 4).code == 0
            results.append((folder / f"b{jobs}.{kind}").read_bytes())
        assert results[0] == results[1]


def test_a_batch_of_animations_resumes(upscli: Upscli, folder: Path) -> None:
    (folder / "in").mkdir()
    for number in range(3):
        (folder / f"in/{number}.gif").write_bytes(random_gif(number))
    document(folder / "in/p.tif")
    assert "4 written" in upscli("enlarge", "in", "-o", "out").err
    assert "4 skipped" in upscli("enlarge", "in", "-o", "out", "--resume").err
    torn = folder / "out/1.gif"
    torn.write_bytes(torn.read_bytes()[:-9])
    said = upscli("enlarge", "in", "-o", "out", "--resume").err
    assert "1 written, 3 skipped" in said
    assert "3 written, 1 skipped" in upscli("enlarge", "in", "-o", "out", "--resume", "--palette", "frame").err
    assert "4 written" in upscli("enlarge", "in", "-o", "out", "--resume", "--frame", 2, "--palette", "frame").err


def test_a_deadline_ends_an_animation(upscli: Upscli, folder: Path) -> None:
    (folder / "a.gif").write_bytes(random_gif(1, 40, (400, 400)))
    said = upscli("enlarge", "a.gif", "-s", 8, "--timeout", 0.3, "-o", "b.gif")
    assert said.code == 1
    assert "a.gif: took longer than 0.3 s (--timeout)" in said.err
    assert not (folder / "b.gif").exists()


def test_an_animation_that_needs_too_much_memory_is_refused(upscli: Upscli, folder: Path) -> None:
    film(folder / "a.png")
    said = upscli("enlarge", "a.png", "-s", 300, "--memory-limit", "500M")
    assert said.code == 1
    assert "over the limit of 500 MB" in said.err


def test_pages_keep_their_sizes_and_kinds(upscli: Upscli, folder: Path) -> None:
    pages = document(folder / "p.tif")
    said = upscli("enlarge", "p.tif", "-m", "nearest", "-s", 2, "-o", "q.tif")
    assert said.code == 0
    assert "5 pages" in said.lines[-1]
    with Image.open(folder / "q.tif") as image:
        found = [np.asarray(page) for page in ImageSequence.Iterator(image)]
    assert len(found) == 5
    for result, page in zip(found, pages, strict=True):
        wanted = page.repeat(2, axis=0).repeat(2, axis=1)
        np.testing.assert_array_equal(result.reshape(wanted.shape), wanted)
        assert result.dtype == page.dtype


def test_one_page_is_taken(upscli: Upscli, folder: Path) -> None:
    pages = document(folder / "p.tif")
    assert upscli("enlarge", "p.tif", "--frame", 4, "-m", "nearest", "-s", 2, "-o", "q.png").code == 0
    wanted = pages[3].repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(np.asarray(Image.open(folder / "q.png")), wanted[..., 0])


def test_smaller_copies_in_a_tiff_are_no_pages(upscli: Upscli, folder: Path) -> None:
    large, small = Image.fromarray(noise(20, 30)), Image.fromarray(noise(10, 15))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    large.save(folder / "p.tif", save_all=True, append_images=[small])
    said = upscli("enlarge", "p.tif", "-o", "q.tif")
    assert said.code == 0
    assert "1 smaller copy or mask beside its pages are left out" in said.err
    with Image.open(folder / "q.tif") as image:
        assert image.n_frames == 1
    assert upscli("enlarge", "p.tif", "-o", "q.png").code == 0


def test_other_commands_take_the_first_frame_and_say_so(upscli: Upscli, folder: Path) -> None:
    film(folder / "a.png")
    said = upscli("convolve", "a.png", "--kernel", "sharpen", "-o", "b.png")
    assert said.code == 0
    assert "the first of its 5 frames" in said.err


def test_films_of_explain_are_enlarged(upscli: Upscli, folder: Path) -> None:
    assert upscli("explain", "nearest", "--input", "1 2; 3 4", "-o", "a.gif").code == 0
    assert upscli("enlarge", "a.gif", "-m", "nearest", "-s", 2, "-o", "b.gif").code == 0
    before, after = shown((folder / "a.gif").read_bytes()), shown((folder / "b.gif").read_bytes())
    assert [time for _, time in before] == [time for _, time in after]
    for (pixels, _), (larger, _) in zip(before, after, strict=True):
        np.testing.assert_array_equal(larger, pixels.repeat(2, axis=0).repeat(2, axis=1))
