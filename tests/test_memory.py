"""Planned memory: what grows it, and that it is near what is measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from enlarging import request
from material import noise, recipe
from PIL import Image

from upscli.jobs import Crew
from upscli.kernels.axis import Edge
from upscli.memory import memory_of
from upscli.pictures.formats import Layout, by_name
from upscli.plan import plan
from upscli.workers import work

PNG, JPEG = by_name("png"), by_name("jpeg")
MEGA = 1_000_000


def planned(width: int, height: int, held: int = 0, result: str = "png", **more: bool) -> int:
    made = replace(
        recipe("bicubic", noise(1, 1), Layout("rgb", False, "uint8")),
        source=(width, height),
        target=(2 * width, 2 * height),
        edge=Edge.WRAP if more.get("wrap") else Edge.REPLICATE,
    )
    return memory_of(made, held, by_name(result), more.get("turned", False), more.get("whole", False))


@pytest.mark.parametrize("result", ["png", "tiff", "pnm", "pam"])
def test_what_is_written_by_rows_does_not_grow_with_the_height(result: str) -> None:
    assert planned(1000, 1000, result=result) == planned(1000, 100_000, result=result)
    assert planned(1000, 1000, result=result) < planned(10_000, 1000, result=result)


def test_what_the_reader_holds_is_counted() -> None:
    assert planned(1000, 1000, held=5 * MEGA) == planned(1000, 1000) + 5 * MEGA


@pytest.mark.parametrize("result", ["jpeg", "webp", "avif", "gif", "bmp"])
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
    (outcome,) = [event for event in work([job], Crew(1)) if event is not job]
    peak = getattr(outcome, "peak_memory", 0)
    if not peak:
        pytest.skip("this system does not tell the peak")
    assert 0.4 * job.memory < peak < 1.25 * job.memory
