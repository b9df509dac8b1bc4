"""The JSON objects are as REPORT.md says."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from enlarging import enlarged, requested
from PIL import Image

from upscli.cli.plan_table import plan_objects
from upscli.outputs import Existing
from upscli.pictures.header import Source
from upscli.plan import plan
from upscli.report import FORMAT, Outcome, Report

DOCUMENT = Path(__file__).parent.parent / "upscli" / "REPORT.md"

TYPES: dict[str, Any] = {
    "integer": int,
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


def described(heading: str) -> dict[str, list[str]]:
    """Field -> the types that the document gives it."""
    part = DOCUMENT.read_text().split(f"## {heading}")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \| ([a-z, ]+) \|", part, re.M)
    return {name: types.split(", ") for names, types in rows for name in re.findall(r"`([\w.-]+)`", names)}


def flat(value: dict[str, Any]) -> dict[str, Any]:
    """`{"source": {"width": 3}}` -> `{"source.width": 3}`; options are data."""
    fields = {}
    for key, inner in value.items():
        nested = isinstance(inner, dict) and key != "options"
        fields |= {f"{key}.{name}": item for name, item in inner.items()} if nested else {key: inner}
    return fields


def assert_described(value: dict[str, Any], heading: str) -> None:
    types, fields = described(heading), flat(json.loads(json.dumps(value)))
    assert set(fields) <= set(types)
    assert {name for name in set(types) - set(fields) if not name.startswith("seconds.")} == set()
    for name, item in fields.items():
        right = tuple(TYPES[word] for word in types[name])
        assert any(isinstance(item, kind) for kind in right), f"{name} is {item!r}"


@pytest.fixture
def outcomes(tmp_path: Path) -> list[Outcome]:
    """Written, with everything there is; copied; skipped; failed before and while it was done."""
    Image.new("RGBA", (6, 4), (9, 9, 9, 90)).save(tmp_path / "a.png")
    Image.new("L", (6, 4)).save(tmp_path / "b.png")
    (tmp_path / "bad.png").write_bytes(b"bad")
    (tmp_path / "torn.png").write_bytes((tmp_path / "b.png").read_bytes()[:-20])
    made = [
        enlarged(tmp_path / name, tmp_path / f"result-{name}", measured=True) for name in ("a.png", "b.png", "bad.png")
    ]
    made.append(enlarged(tmp_path / "torn.png", tmp_path / "result-torn.png"))
    return [*made, Outcome("c.png", "", "skipped", "larger than the size asked for")]


def test_the_object_of_a_picture_is_as_described(outcomes: list[Outcome]) -> None:
    assert [outcome.status for outcome in outcomes] == ["written", "written", "failed", "failed", "skipped"]
    for outcome in outcomes:
        assert_described(outcome.json(), "A picture")


def test_the_object_of_a_run_is_as_described(outcomes: list[Outcome]) -> None:
    report = Report(outcomes, others=3, own=1).json(1.5)
    assert_described(report, "A run")
    assert (report["written"], report["skipped"], report["failed"]) == (2, 1, 2)
    assert (report["others"], report["own"], report["seconds"]) == (3, 1, 1.5)
    assert report["megapixels"] == pytest.approx(2 * 96e-6)


def test_the_object_of_a_plan_is_as_described(tmp_path: Path) -> None:
    for name in "abc":
        Image.new("L", (6, 4)).save(tmp_path / f"{name}.png")
    (tmp_path / "bad.png").write_bytes(b"bad")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.png").touch()
    sources = [Source(tmp_path / f"{name}.png") for name in ("a", "b", "bad")]
    request = requested(sources, f"{tmp_path}/out", existing=Existing.SKIP)
    rows = plan_objects(plan(request))
    assert sorted(row["action"] for row in rows) == ["fail", "make", "skip"]
    for row in rows:
        assert_described(row, "A plan")


def test_a_picture_says_what_was_asked_and_what_was_done(outcomes: list[Outcome]) -> None:
    said = outcomes[0].json()
    assert (said["asked"], said["factor"], said["status"]) == ("scale 2", [2.0, 2.0], "written")
    assert said["source"] == {"width": 6, "height": 4, "pixel": "8-bit rgb with alpha", "orientation": 1}
    assert said["result"] == {"width": 12, "height": 8, "pixel": "8-bit rgb with alpha", "format": "png"}
    assert said["options"] == {"a": -0.5}
    assert "premultiplied" in said["alpha"]
    assert set(said["seconds"]) == {"all", "read", "enlarge", "write"}


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
def test_the_seconds_of_the_stages_make_up_most_of_all(tmp_path: Path, kind: str) -> None:
    Image.effect_noise((900, 700), 80).convert("RGB").save(tmp_path / f"a.{kind}")
    seconds = enlarged(tmp_path / f"a.{kind}", tmp_path / f"b.{kind}").json()["seconds"]
    parts = [value for name, value in seconds.items() if name != "all"]
    assert min(parts) > 0.0002
    assert 0.6 * seconds["all"] < sum(parts) <= seconds["all"]


@pytest.mark.parametrize("kind", ["png", "gif"])
def test_writing_ends_when_the_result_is_on_the_disk(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = os.fsync
    monkeypatch.setattr("os.fsync", lambda number: (sleep(0.2), flush(number))[1])
    frames = [Image.new("L", (6, 4), level) for level in (0, 200)]
    frames[0].save(tmp_path / f"a.{kind}", save_all=True, append_images=frames[1:] if kind == "gif" else [])
    seconds = enlarged(tmp_path / f"a.{kind}", tmp_path / f"b.{kind}").json()["seconds"]
    assert 0.2 <= seconds["write"] <= seconds["all"] - seconds["read"] - seconds["enlarge"]


@pytest.mark.parametrize("measured", [True, False])
def test_what_takes_time_to_find_is_said_where_it_is_asked_for(tmp_path: Path, measured: bool) -> None:
    Image.new("L", (6, 4)).save(tmp_path / "a.png")
    said = enlarged(tmp_path / "a.png", tmp_path / "b.png", measured=measured).json()
    assert bool(said["sha256"]) == measured
    assert bool(said["peak_memory"]) == (measured and Path("/proc/self/status").exists())


def test_the_version_is_the_documents(outcomes: list[Outcome]) -> None:
    assert f"now {FORMAT}." in DOCUMENT.read_text()
    assert outcomes[0].json()["upscli"] == FORMAT


def test_names_of_any_bytes_become_json() -> None:
    said = json.loads(json.dumps(Outcome("caf\udce9\n\x1b.png", "", "failed").json()))
    assert said["input"] == "caf\udce9\n\x1b.png"
