"""`upscli evaluate`."""

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Upscli
from material import noise, sample, written
from PIL import Image
from test_report import assert_described

needs_data = pytest.mark.skipif("UPSCLI_DATA" not in os.environ, reason="UPSCLI_DATA names no folder of pictures")


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `set` of two pictures."""
    monkeypatch.chdir(tmp_path)
    folder = Path("set")
    folder.mkdir()
    written(folder / "a.png", sample("landscape.png")[:80, :90])
    written(folder / "b.png", sample("landscape.png")[200:264, 100:164])
    return folder


def told(upscli: Upscli, *words: object) -> Any:
    done = upscli("evaluate", *words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


@needs_data
@pytest.mark.slow
def test_bicubic_on_set5_gives_the_published_figures(upscli: Upscli) -> None:
    folder = Path(os.environ["UPSCLI_DATA"]) / "eval"
    rows = told(upscli, folder / "Set5", "-m", "bicubic", "-s", "2,3,4")["rows"]
    assert [row["scale"] for row in rows] == [2, 3, 4]
    assert [row["psnr"] for row in rows] == pytest.approx([33.66, 30.39, 28.42], abs=0.04)
    assert [row["ssim"] for row in rows] == pytest.approx([0.930, 0.868, 0.810], abs=0.002)
    given = told(upscli, folder / "Set5", "-s", "2,3,4", "--low", folder / "Set5_LRbicx{scale}")["rows"]
    assert [row["pictures"] for row in given] == [row["pictures"] for row in rows]


def test_the_object_has_all_that_is_known(upscli: Upscli, pictures: Path) -> None:
    found = told(upscli, "set", "-m", "bicubic,lanczos:lobes=4", "-s", "2,3", "-j", 1)
    expected = {"upscli": 1, "folder": "set", "low": None, "degradation": "bicubic", "protocol": "matlab-y"}
    assert {key: found[key] for key in expected} == expected
    assert (found["border"], found["threads"], found["failures"], found["notes"]) == (None, 1, [], [])
    assert found["timed_on"] == "a.png, mirrored to 1024 x 1024"
    assert [(row["method"], row["options"], row["scale"]) for row in found["rows"]] == [
        ("bicubic", {"a": -0.5}, 2),
        ("lanczos", {"lobes": 4}, 2),
        ("bicubic", {"a": -0.5}, 3),
        ("lanczos", {"lobes": 4}, 3),
    ]
    assert_described(found, "An evaluation")
    for row in found["rows"]:
        assert_described(row, "A row of an evaluation")
        assert row["seconds_per_megapixel"] > 0
        assert [one["picture"] for one in row["pictures"]] == ["set/a.png", "set/b.png"]
        assert row["psnr"] == pytest.approx(np.mean([one["psnr"] for one in row["pictures"]]))
        assert row["ssim"] == pytest.approx(np.mean([one["ssim"] for one in row["pictures"]]))


def test_the_table_has_a_line_for_each_row_and_pictures_when_asked(upscli: Upscli, pictures: Path) -> None:
    done = upscli("evaluate", "set", "-m", "nearest,bicubic")
    assert done.code == 0
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0] == ["method", "scale", "PSNR", "SSIM", "s/MP"]
    assert [line[:2] for line in lines[1:]] == [["nearest", "x2"], ["bicubic", "x2"]]
    cores = os.cpu_count()
    assert done.lines == [f"seconds per megapixel of source: a.png, mirrored to 1024 x 1024, {cores} threads"]
    more = upscli("evaluate", "set", "-m", "nearest,bicubic", "-v").out.splitlines()
    assert [line for line in more if line.endswith(".png")] == ["a.png", "b.png"]
    assert len(more) == 3 + 2 * (2 + 3)


def test_csv_has_a_line_for_each_picture_and_mean(upscli: Upscli, pictures: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(upscli("evaluate", "set", "-m", "bicubic", "-s", "2,3", "--csv").out)))
    assert [(row["scale"], row["picture"]) for row in rows] == [
        (scale, name) for scale in "23" for name in ("set/a.png", "set/b.png", "mean")
    ]
    assert rows[0]["options"] == "a=-0.5"
    assert float(rows[2]["psnr"]) == pytest.approx((float(rows[0]["psnr"]) + float(rows[1]["psnr"])) / 2)
    assert [bool(row["seconds_per_megapixel"]) for row in rows[:3]] == [False, False, True]


def test_markdown_marks_the_best_of_each_scale(upscli: Upscli, pictures: Path) -> None:
    lines = upscli("evaluate", "set", "-m", "nearest,lanczos", "-s", "2,3", "--markdown").out.splitlines()
    assert lines[:2] == ["| method | scale | PSNR | SSIM | s/MP |", "|---|---:|---:|---:|---:|"]
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| nearest", "| lanczos"] * 2
    assert ["**" in line for line in lines[2:]] == [False, True, False, True]


def test_the_plot_is_a_png_and_never_replaces_anything_unasked(upscli: Upscli, pictures: Path) -> None:
    done = upscli("evaluate", "set", "-m", "nearest,bicubic", "-o", "plot.png")
    assert done.code == 0
    assert "plot.png  quality over time" in done.lines
    with Image.open("plot.png") as plot:
        assert plot.size == (860, 680)
    before = Path("plot.png").read_bytes()
    refused = upscli("evaluate", "set", "-o", "plot.png")
    assert (refused.code, refused.out) == (2, "")
    assert "plot.png exists; use --overwrite" in refused.err
    assert Path("plot.png").read_bytes() == before
    assert upscli("evaluate", "set", "-o", "plot.png", "--overwrite", "-q").lines == []
    assert Path("plot.png").read_bytes() != before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-m", "bicubik"], "no method or family 'bicubik'; did you mean 'bicubic'?"),
        (["-m", "max-unpool"], "max-unpool decides the size itself"),
        (["-m", "labels"], "labels makes no new colors"),
        (["-s", "1"], "-s 1 is not a list of whole factors from 2 to 16"),
        (["-s", "2,1.5"], "-s 2,1.5 is not a list of whole factors"),
        (["-s", "17"], "-s 17 is not a list"),
        (["-s", ""], "-s  is not a list"),
        (["--degrade", "blur"], "no degradation 'blur'"),
        (["--low", "set", "--degrade", "box"], "--low gives the small pictures"),
        (["--json", "--csv"], "--json, --csv and --markdown all want stdout"),
        (["-o", "plot.jpg"], "plot.jpg is not a .png"),
        (["-o", "set/a.png"], "set/a.png is the input"),
        (["-o", "set/a.png", "--overwrite"], "inputs are never replaced"),
        (["-s", "2", "--low", "low", "-o", "low/c.png", "--overwrite"], "inputs are never replaced"),
        (["-O", "a=1"], "no such option"),
    ],
)
def test_words_that_cannot_be_followed_are_refused_before_any_work(
    upscli: Upscli, pictures: Path, words: list[str], sentence: str
) -> None:
    Path("low").mkdir()
    Image.new("RGB", (40, 45)).save("low/c.png")
    done = upscli("evaluate", "set", *words)
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert sentence.lower() in done.err.lower()


def test_a_folder_without_pictures_or_none_at_all_is_one_sentence(upscli: Upscli, pictures: Path) -> None:
    Path("empty").mkdir()
    done = upscli("evaluate", "empty")
    assert (done.code, done.out, done.lines) == (1, "", ["upscli: no pictures in empty"])
    done = upscli("evaluate", "none")
    assert (done.code, done.out, done.lines) == (1, "", ["upscli: none: no such file"])
    done = upscli("evaluate", "none", "--json")
    assert (done.code, done.lines) == (1, ["upscli: none: no such file"])
    assert json.loads(done.out)["failures"] == ["none: no such file"]


def test_an_unreadable_picture_costs_itself_and_the_exit_code(upscli: Upscli, pictures: Path) -> None:
    Path("set/c.png").write_bytes(b"no picture")
    done = upscli("evaluate", "set", "--json", "-q")
    assert done.code == 1
    assert done.lines == ["upscli: set/c.png: not an image that can be read (none of the formats that upscli knows)"]
    found = json.loads(done.out)
    assert [f"upscli: {failure}" for failure in found["failures"]] == done.lines
    assert len(found["rows"][0]["pictures"]) == 2


def test_the_object_tells_the_failures_where_no_picture_can_be_scored(upscli: Upscli, pictures: Path) -> None:
    Path("tiny").mkdir()
    Image.new("RGB", (8, 8)).save("tiny/a.png")
    done = upscli("evaluate", "tiny", "--json")
    assert done.code == 1
    found = json.loads(done.out)
    assert (found["rows"], len(found["failures"])) == ([], 1)
    assert upscli("evaluate", "tiny", "--csv").out == ""


@pytest.mark.parametrize("mode", ["plain", "json", "none", "auto"])
def test_progress_is_told_on_stderr_as_asked(upscli: Upscli, pictures: Path, mode: str) -> None:
    done = upscli("evaluate", "set", "--progress", mode, "--csv")
    steps = [line for line in done.lines if not line.startswith("seconds")]
    if mode == "plain":
        assert sorted(line.split(": ")[1] for line in steps) == ["bicubic x2", "set/a.png x2", "set/b.png x2"]
        assert [line.split(": ")[0] for line in steps] == ["1 of 3", "2 of 3", "3 of 3"]
    elif mode == "json":
        assert [json.loads(line)["done"] for line in steps] == [1, 2, 3]
    else:
        assert steps == []
    assert upscli("evaluate", "set", "--progress", mode, "--csv", "-q").err == ""


def test_a_bar_is_drawn_on_a_terminal_and_is_gone_at_the_end(pictures: Path) -> None:
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "upscli", "evaluate", "set", "-s", "2,3"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    drawn = b""
    with suppress(OSError):  # the end of a terminal
        while part := os.read(ours, 4096):
            drawn += part
    os.close(ours)
    assert process.wait(60) == 0
    assert b"/6" in drawn
    assert b"MP/s" not in drawn
    assert b"\x1b[2K" in drawn


def test_names_that_would_move_the_cursor_are_shown_harmless(upscli: Upscli, pictures: Path) -> None:
    written(pictures / "e\x1b[2J.png", noise(40, 40))
    done = upscli("evaluate", "set", "-v", "--progress", "plain")
    assert done.code == 0
    assert "\x1b" not in done.out + done.err
    assert "e\\x1b[2J.png" in done.out


@pytest.mark.slow
def test_ctrl_c_ends_it_soon(pictures: Path) -> None:
    for number in range(8):
        written(pictures / f"large{number}.png", noise(900, 900))
    words = [sys.executable, "-m", "upscli", "evaluate", "set", "-m", "all", "-s", "2,3,4", "--progress", "plain"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("1 of")
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "upscli: interrupted"
    assert time.monotonic() - started < 30
