"""What `upscli formats --json` says of animation and of limits, tried by the command itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from animations import random_frames, saved
from conftest import Upscli
from installed import formats
from PIL import Image

from upscli.pictures.formats import Format

COUNT = 4


def said_of(upscli: Upscli, form: Format) -> dict[str, Any]:
    (said,) = json.loads(upscli("formats", form.name, "--json").out)
    return dict(said)


@pytest.mark.parametrize("form", formats())
def test_several_pictures_are_written_and_read_where_it_is_said_and_refused_elsewhere(
    upscli: Upscli, folder: Path, form: Format
) -> None:
    source = "a.tif" if form.pages else "a.png"
    (folder / source).write_bytes(saved(random_frames(4, COUNT, mode="RGB"), "TIFF" if form.pages else "PNG"))
    output = f"b{form.extensions[0]}"
    done = upscli("enlarge", source, "-o", output, "--format", form.name)
    animation = said_of(upscli, form)["animation"]
    if "write" not in animation:
        assert done.code == 2
        assert f"{form.name} holds one picture, and these are {COUNT} frames" in done.err
        assert not (folder / output).exists()
        return
    assert done.code == 0
    assert animation == ["read", "write"]
    told = json.loads(upscli("enlarge", output, "-n", "--json", "-o", f"c{form.extensions[0]}").out)
    assert told["frames"] == COUNT
    with Image.open(folder / output) as image:
        assert getattr(image, "n_frames", 1) == COUNT


@pytest.mark.parametrize("form", formats(lambda form: form.longest < 10**9))
def test_the_longest_side_is_planned_and_one_pixel_more_is_refused(upscli: Upscli, folder: Path, form: Format) -> None:
    Image.new("RGB", (2, 2)).save(folder / "a.bmp")
    longest = said_of(upscli, form)["longest_side"]
    free = ("--max-output-pixels", 0, "--memory-limit", 0, "-n", "--format", form.name, "-o", f"b{form.extensions[0]}")
    for size in (f"{longest}x2", f"2x{longest}"):
        assert upscli("enlarge", "a.bmp", "--size", size, *free).code == 0
    for size in (f"{longest + 1}x2", f"2x{longest + 1}"):
        said = upscli("enlarge", "a.bmp", "--size", size, *free)
        assert said.code == 2
        assert f"{form.name} ends at {longest:,} pixels a side" in said.err


@pytest.mark.parametrize("form", formats(lambda form: bool(form.largest)))
def test_the_pixels_in_all_are_a_bound(upscli: Upscli, folder: Path, form: Format) -> None:
    Image.new("RGB", (2, 2)).save(folder / "a.bmp")
    most = said_of(upscli, form)["most_pixels"]
    free = ("--max-output-pixels", 0, "--memory-limit", 0, "-n", "-o", f"b{form.extensions[0]}")
    assert upscli("enlarge", "a.bmp", "--size", f"16384x{most // 16384}", *free).code == 0
    said = upscli("enlarge", "a.bmp", "--size", f"16384x{most // 16384 + 1}", *free)
    assert said.code == 2
    assert f"{form.name} ends at {most:,} pixels in all" in said.err
    assert "use --format png" in said.err
