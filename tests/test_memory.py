"""Planned memory: what grows it, and that it is near what is measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from animations import saved
from enlarging import request
from material import noise, recipe
from PIL import Image

from upscli.errors import OutputError
from upscli.kernels.axis import Edge
from upscli.memory import check_disk, memory_of, memory_of_frames
from upscli.pictures.formats import Layout, by_name
from upscli.plan import plan
from upscli.tiles import TILE, lowered

PNG, JPEG = by_name("png"), by_name("jpeg")
MEGA = 1_000_000


def measured(source: Path, result: Path, *words: str) -> int:
    """Peak memory in bytes of a worker of the program, which holds what the program holds and nothing of the tests."""
    words = (str(source), "-o", str(result), "--timeout", "200", "--json", "-q", *words)
    said = subprocess.run([sys.executable, "-m", "upscli", "enlarge", *words], capture_output=True, check=True)
    peak: int | None = json.loads(said.stdout)["peak_memory"]
    if not peak:
        pytest.skip("this system does not tell the peak")
    return peak


def planned(width: int, height: int, held: int = 0, result: str = "png", **more: bool) -> int:
    made = recipe("bicubic", noise(1, 1), Layout("rgb", False, "uint8"))._replace(
        source=(width, height),
        target=(2 * width, 2 * height),
        tile=TILE,
        edge=Edge.WRAP if more.get("wrap") else Edge.REPLICATE,
    )
    return memory_of(made, held, by_name(result), more.get("turned", False), more.get("whole", False))


@pytest.mark.parametrize("result", ["png", "jpeg", "tiff", "pnm", "pam"])
def test_what_is_written_by_rows_does_not_grow_with_the_height(result: str) -> None:
    assert planned(1000, 1000, result=result) == planned(1000, 100_000, result=result)
    assert planned(1000, 1000, result=result) < planned(10_000, 1000, result=result)


@pytest.mark.parametrize(("width", "rows"), [(1000, 192), (170_000, 192), (180_000, 96), (10**7, 48)])
def test_very_wide_results_are_made_in_lower_bands(width: int, rows: int) -> None:
    assert lowered(TILE, 3 * width) == (rows, TILE[1])
    if width < 10**6:
        assert planned(width // 2, 1000) < 900 * MEGA


def test_what_the_reader_holds_is_counted() -> None:
    assert planned(1000, 1000, held=5 * MEGA) == planned(1000, 1000) + 5 * MEGA


@pytest.mark.parametrize("result", ["webp", "avif", "gif", "bmp"])
def test_other_formats_hold_the_whole_result(result: str) -> None:
    assert planned(3000, 2000, result=result) >= planned(3000, 2000) + 24 * MEGA * 3


@pytest.mark.parametrize("why", ["turned", "whole", "wrap"])
def test_what_needs_the_whole_source_holds_it(why: str) -> None:
    assert planned(3000, 2000, **{why: True}) >= planned(3000, 2000) + 18 * MEGA


@pytest.mark.parametrize(
    ("name", "result"), [("a.png", "png"), ("a.png", "jpeg"), ("a.jpg", "jpeg"), ("a.jpg", "webp")]
)
def test_the_plan_is_near_what_is_measured(tmp_path: Path, name: str, result: str) -> None:
    Image.effect_noise((1800, 1200), 80).convert("RGB").save(tmp_path / name)
    (job,) = plan(request(tmp_path / name, tmp_path / f"b.{result}")).jobs
    peak = measured(tmp_path / name, tmp_path / f"b.{result}")
    assert 0.4 * job.memory < peak < 1.25 * job.memory


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("result", ["gif", "png", "webp", "avif"])
def test_the_plan_of_an_animation_is_a_bound_that_is_not_far_away(tmp_path: Path, result: str, mode: str) -> None:
    frames = [Image.effect_noise((480, 360), 30 + number).convert(mode) for number in range(6)]
    (tmp_path / "a.png").write_bytes(saved(frames, "PNG", duration=50))
    (job,) = plan(request(tmp_path / "a.png", tmp_path / f"b.{result}")).jobs
    peak = measured(tmp_path / "a.png", tmp_path / f"b.{result}")
    assert 0.4 * job.memory < peak < job.memory


def test_what_an_encoder_keeps_of_each_frame_is_counted() -> None:
    made = recipe("bicubic", noise(400, 300), Layout("rgb", False, "uint8"))
    for name, kept in {"png": 0, "gif": 0, "webp": 1.5, "avif": 1.5}.items():
        grown = memory_of_frames(made, 110, by_name(name), False) - memory_of_frames(made, 10, by_name(name), False)
        assert grown == kept * 100 * made.target[0] * made.target[1]


def test_the_maps_of_a_network_are_in_the_plan(tmp_path: Path) -> None:
    Image.effect_noise((900, 700), 80).convert("RGB").save(tmp_path / "a.png")
    (job,) = plan(request(tmp_path / "a.png", tmp_path / "b.png")._replace(method="learned")).jobs
    assert planned(1800, 1400) + 100 * MEGA <= job.memory <= planned(1800, 1400) + 12 * 100 * MEGA
    peak = measured(tmp_path / "a.png", tmp_path / "b.png", "-m", "learned", "-j", "2")
    assert 0.3 * job.memory < peak < 1.25 * max(job.memory, planned(1800, 1400) + 200 * MEGA)


@pytest.mark.parametrize(("name", "words"), [("b.ppm", {}), ("b.pam", {}), ("b.bmp", {}), ("b.tif", {"compress": 0})])
def test_a_result_that_the_disk_cannot_hold_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, words: dict[str, Any]
) -> None:
    Image.new("RGB", (100, 50)).save(tmp_path / "a.png")
    asked = request(tmp_path / "a.png", tmp_path / name)._replace(**words)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=200 * 100 * 3))
    assert len(plan(asked).jobs) == 1
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=200 * 100 * 3 - 1))
    with pytest.raises(OutputError, match=rf"{name}: needs 1 MB, and the disk has 0 MB free"):
        plan(asked)
    assert len(plan(request(tmp_path / "a.png", tmp_path / "b.png")).jobs) == 1  # how small it will be, nobody knows


def test_a_device_has_no_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    check_disk(Path(os.devnull), 10**15)
    with pytest.raises(OutputError):
        check_disk(tmp_path / "not there" / "b.ppm", 1)
