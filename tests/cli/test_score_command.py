"""`upscli score`."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Upscli
from material import noise, written
from PIL import Image
from test_report import assert_described

from upscli.kernels import metrics


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """Two pictures, a.png and b.png."""
    monkeypatch.chdir(tmp_path)
    a = noise(180, 200)
    b = np.clip(a.astype(int) + np.random.default_rng(1).integers(-9, 9, a.shape), 0, 255).astype(np.uint8)
    return written(Path("a.png"), a), written(Path("b.png"), b)


def test_all_usual_metrics_stand_on_stdout(upscli: Upscli, pair: Any) -> None:
    done = upscli("score", "a.png", "b.png")
    assert (done.code, done.err) == (0, "")
    lines = [line.split() for line in done.out.splitlines()]
    assert [line[0] for line in lines] == ["psnr", "ssim", "ms-ssim", "mse", "mae"]
    assert float(lines[0][1]) == pytest.approx(metrics.psnr(*pair), rel=1e-5)
    assert [line[2:] for line in lines] == [["dB"], [], [], [], ["levels"]]


def test_json_is_one_object_with_a_key_for_each_metric(upscli: Upscli, pair: Any) -> None:
    words = ["--metric", "ssim,psnr", "--metric", "checkerboard", "--protocol", "matlab-y", "--border", 3]
    done = upscli("score", "a.png", "b.png", *words, "--json")
    found = json.loads(done.out)
    about = {"upscli": 1, "a": "a.png", "b": "b.png", "protocol": "matlab-y", "border": 3, "identical": False}
    assert {key: found[key] for key in about} == about
    assert set(found) - set(about) == {"ssim", "psnr", "checkerboard", "notes"}
    for other in ("a.png", "b.png"):
        assert_described(json.loads(upscli("score", "a.png", other, "--metric", "all", "--json").out), "A score")


def test_identical_pictures_have_no_psnr_and_are_said_to_be_identical(upscli: Upscli, pair: Any) -> None:
    found = json.loads(upscli("score", "a.png", "a.png", "--json", "--fail-under", "psnr=99").out)
    assert found["psnr"] is None
    assert found["identical"] is True
    done = upscli("score", "a.png", "a.png", "--fail-under", "psnr=99,ssim=0.999", "--fail-over", "mse=0")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "identical"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--fail-under", "psnr=20"], 0),
        (["--fail-under", "psnr=60"], 1),
        (["--fail-under", "psnr=20", "--fail-under", "ssim=0.9999"], 1),
        (["--fail-over", "mse=1000,mae=100"], 0),
        (["--fail-over", "mse=1000,mae=0.5"], 1),
        (["--fail-over", "mse=0"], 1),
    ],
)
def test_a_bound_that_is_not_kept_is_exit_code_1(upscli: Upscli, pair: Any, words: list[str], code: int) -> None:
    done = upscli("score", "a.png", "b.png", *words, "-q")
    assert (done.code, done.out) == (code, "")
    assert len(done.lines) == code


def test_a_value_of_0_is_under_its_bound(upscli: Upscli, pair: Any) -> None:
    written(Path("negative.png"), 255 - pair[0])
    done = upscli("score", "a.png", "negative.png", "--fail-under", "ms-ssim=0.5")
    assert (done.code, done.lines) == (1, ["upscli: ms-ssim is 0, under 0.5"])


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["a.png", "c.png"], 2, "a.png is 200 x 180 and c.png is 10 x 9; only pictures of one size can be compared"),
        (["a.png", "b.png", "--metric", "psnt"], 2, "no metric 'psnt'; did you mean 'psnr'?"),
        (["a.png", "b.png", "--metric", "psnr,"], 2, "no metric ''"),
        (["c.png", "c.png", "--metric", "ssim"], 2, "SSIM needs 11 x 11 pixels, and there are 10 x 9"),
        (["a.png", "b.png", "--border", "90"], 2, "a border of 90 leaves nothing of 200 x 180 pixels"),
        (["a.png", "b.png", "--fail-under", "psnr"], 2, "--fail-under psnr is not NAME=NUMBER"),
        (["a.png", "b.png", "--fail-under", "psnr=nan"], 2, "--fail-under psnr=nan is not NAME=NUMBER"),
        (
            ["a.png", "b.png", "--fail-under", "mse=3"],
            2,
            "mse is smaller for nearer pictures; bound it with --fail-over",
        ),
        (["a.png", "b.png", "--fail-over", "ssim=3"], 2, "ssim is larger for nearer pictures"),
        (["a.png", "b.png", "--fail-under", "sharpness=3"], 2, "no metric 'sharpness'"),
        (["a.png", "b.png", "--stride", "3"], 2, "--stride is for the metric checkerboard"),
        (["a.png", "none.png"], 1, "none.png: no such file"),
        (["a.png", "text.png"], 1, "text.png: not an image that can be read"),
        (["-", "-"], 2, "stdin can be read once only"),
        (["a.png"], 2, "missing argument 'B'"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(
    upscli: Upscli, pair: Any, words: list[str], code: int, sentence: str
) -> None:
    written(Path("c.png"), noise(9, 10))
    Path("text.png").write_text("no picture")
    done = upscli("score", *words)
    assert (done.code, done.out, len(done.lines)) == (code, "", 1)
    assert sentence in done.err


def test_small_pictures_have_the_metrics_that_they_are_large_enough_for(upscli: Upscli, pair: Any) -> None:
    written(Path("c.png"), noise(9, 10))
    done = upscli("score", "c.png", "c.png", "--json")
    found = json.loads(done.out)
    assert (found["ssim"], found["ms-ssim"], found["mse"]) == (None, None, 0)
    assert found["notes"][0] == "SSIM needs 11 x 11 pixels, and there are 10 x 9"
    assert upscli("score", "c.png", "c.png").lines == found["notes"]


def test_transparent_pictures_are_laid_on_a_background(upscli: Upscli, pair: Any) -> None:
    hidden = np.dstack([pair[0], np.zeros(pair[0].shape[:2], np.uint8)])
    written(Path("hidden.png"), hidden)
    written(Path("black.png"), np.zeros_like(pair[0]))
    written(Path("white.png"), np.full_like(pair[0], 255))
    done = upscli("score", "hidden.png", "black.png")
    assert done.out.splitlines()[-1] == "identical"
    assert done.lines == ["hidden.png: what is transparent was laid on black"]
    assert json.loads(upscli("score", "hidden.png", "black.png", "--json").out)["notes"] == done.lines
    assert "identical" in upscli("score", "hidden.png", "white.png", "--background", "white").out
    assert "identical" not in upscli("score", "hidden.png", "white.png").out


def test_one_picture_may_come_from_stdin(pair: Any) -> None:
    stream = io.BytesIO()
    Image.fromarray(pair[0]).save(stream, "BMP")
    words = [sys.executable, "-m", "upscli", "score", "a.png", "-"]
    done = subprocess.run(words, input=stream.getvalue(), capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines()[-1] == b"identical"
