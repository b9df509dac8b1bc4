"""Animations come out larger and otherwise unchanged: format x color x alpha x result, frame by frame.

Pillow writes the sources and reads the results. What a frame must be is what Pillow shows of the source, enlarged as a
picture of its own.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from animations import saved, seen, shown
from enlarging import enlarged
from PIL import Image

import upscli
from upscli.pictures import modes
from upscli.pictures.formats import FORMATS

WIDE, HIGH, COUNT = 33, 22, 5
MOVING = tuple(form.name for form in FORMATS if "read" in form.frames and not form.pages)
PLAYS = 3
DURATIONS = [40, 250, 70, 1000, 120]
LOSSY = ("webp", "avif")
EXACT: dict[str, dict[str, Any]] = {"webp": {"lossless": True, "exact": True}, "avif": {"quality": 100}}
"""Of Pillow's encoders."""


def drawn(mode: str, number: int) -> Image.Image:
    """A disc that moves over a ramp, or over nothing; few colors."""
    rows, cols = np.mgrid[:HIGH, :WIDE]
    disc = (rows - 11) ** 2 + (cols - 7 - 4 * number) ** 2 < 45
    ramp = np.stack([cols // 9 * 60, rows // 6 * 70, np.full_like(rows, 40 + 40 * number)], 2)
    colors = np.where(disc[..., None], [250, 60, 20], ramp).astype(np.uint8)
    picture = Image.fromarray(colors)
    if mode.startswith("L"):
        picture = picture.convert("L")
    if mode.endswith("A"):
        picture.putalpha(Image.fromarray(np.where(disc | (cols < 12), 255, 0).astype(np.uint8)))
    return picture


@cache
def source(kind: str, mode: str) -> bytes:
    frames = [drawn(mode, number) for number in range(COUNT)]
    loop = {"gif": PLAYS - 1}.get(kind, PLAYS)
    return saved(frames, kind.upper(), duration=DURATIONS, loop=loop, **EXACT.get(kind, {}))


def plays(path: Path) -> int:
    """How often it is played; 0: for ever."""
    with Image.open(path) as image:
        again = int(image.info.get("loop", 0))
    return again + 1 if again and path.suffix == ".gif" else again


CASES = list(product(MOVING, ("RGB", "RGBA", "L", "LA"), MOVING, ("nearest", "bicubic")))


def test_all_that_moves_is_tried() -> None:
    assert MOVING == ("png", "webp", "gif", "avif")
    assert len(CASES) == 128


@pytest.mark.parametrize(("kind", "mode", "target", "method"), CASES)
def test_an_animation_is_larger_and_otherwise_the_same(
    tmp_path: Path, kind: str, mode: str, target: str, method: str
) -> None:
    data = source(kind, mode)
    (tmp_path / f"a.{kind}").write_bytes(data)
    result = tmp_path / f"b.{target}"
    quality = 100 if target in LOSSY else None
    dither = False if target == "gif" else None
    outcome = enlarged(tmp_path / f"a.{kind}", result, method=method, dither=dither, quality=quality)
    assert outcome.status == "written", outcome.reason
    frames, before = shown(result.read_bytes()), shown(data)
    assert [time for _, time in frames] == [time for _, time in before] == DURATIONS
    assert plays(result) == (0 if "avif" in (kind, target) else PLAYS)
    for (found, _), (pixels, _) in zip(frames, before, strict=True):
        many = method == "bicubic" or kind == "avif"
        compare(found, seen(upscli.enlarge(pixels, method=method)), target, many)
    told = [note for note in outcome.notes if "played for ever" in note]
    assert bool(told) == (target == "avif" != kind)


def compare(found: Any, expected: Any, target: str, many: bool) -> None:
    """`many`: there are more colors than a GIF can hold."""
    assert found.shape == expected.shape
    if target == "gif":
        expected = seen(np.concatenate((expected[..., :3], np.where(expected[..., 3:] < 128, 0, 255)), 2))
    np.testing.assert_allclose(found[..., 3].astype(int), expected[..., 3], atol=0 if target != "avif" else 4)
    opaque = expected[..., 3] == 255
    away = np.abs(found[opaque].astype(int) - expected[opaque])
    if target in LOSSY:  # WebP halves the resolution of color
        assert away.mean() <= 5
    elif target == "gif":
        assert away.max() <= (40 if many else 0)
        assert away.mean() <= 3
    else:
        assert away.max() == 0


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
@pytest.mark.parametrize("target", ["jpeg", "tiff", "bmp", "pnm", "qoi"])
def test_a_format_without_motion_is_refused_by_name(tmp_path: Path, target: str, mode: str) -> None:
    (tmp_path / "a.gif").write_bytes(source("gif", mode))
    with pytest.raises(upscli.UpscliError, match=rf"{target} .*5 frames.*--frame N takes one"):
        enlarged(tmp_path / "a.gif", tmp_path / f"b.{target}", format=target, background=(0, 0, 0))


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_depth_stays_in_motion(tmp_path: Path, depth: str) -> None:
    """Pillow writes no animated PNG of 16 bits: two of ours are compared."""
    from upscli.pictures import door
    from upscli.pictures.header import Limits, Source

    picture = Image.new("RGB", (4, 3), (9, 8, 7))
    data = saved([picture, picture.transpose(Image.Transpose.ROTATE_180)], "PNG", duration=50)
    (tmp_path / "a.png").write_bytes(data)
    outcome = enlarged(tmp_path / "a.png", tmp_path / "b.png", depth=depth)
    assert outcome.notes == ()
    again = enlarged(tmp_path / "b.png", tmp_path / "c.png")
    assert again.notes == ()
    assert door.header(Source(tmp_path / "c.png"), Limits()).layout.depth == depth
    assert modes.to_array(Image.open(BytesIO((tmp_path / "c.png").read_bytes()))).shape == (12, 16, 3)
