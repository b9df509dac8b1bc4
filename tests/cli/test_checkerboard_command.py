"""`upscli checkerboard`."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Upscli
from material import written
from PIL import Image

from upscli.kernels.checkerboard import Cure, cured, gains, score
from upscli.matrices import matrix

ONES3, ONES4 = "1 1 1; 1 1 1; 1 1 1", "; ".join(["1 1 1 1"] * 4)
ONES5 = "; ".join(["1 1 1 1 1"] * 5)
EDGE = "0 1 0; 1 -4 1; 0 1 0"


def told(upscli: Upscli, *words: object) -> Any:
    done = upscli("checkerboard", *words, "--json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


@pytest.mark.parametrize(
    ("kernel", "expected", "value"),
    [
        (ONES3, [[4, 2], [2, 1]], 4 / 3),
        (ONES5, [[9, 6], [6, 4]], 0.8),
        (ONES4, [[4, 4], [4, 4]], 0),
        ("0.25 0.5 0.25; 0.5 1 0.5; 0.25 0.5 0.25", [[1, 1], [1, 1]], 0),
        ("bilinear", [[1, 1], [1, 1]], 0),
    ],
    ids=["ones3", "ones5", "ones4", "bilinear3", "bilinear"],
)
def test_gains_and_scores_are_those_of_the_worked_examples(
    upscli: Upscli, kernel: str, expected: Any, value: float
) -> None:
    found = told(upscli, kernel)
    assert found["gains"] == expected
    assert found["score"] == pytest.approx(value, abs=1e-12)
    assert np.abs(np.array(found["measured"]["constant"]["gains"]) - expected).max() < 1e-6
    assert found["measured"]["constant"]["score"] == pytest.approx(value, abs=1e-6)
    assert found["measured"]["picture"]["score"] == pytest.approx(value, abs=0.02)


def test_the_text_has_the_gains_in_rows_and_the_score_in_five_digits(upscli: Upscli) -> None:
    lines = upscli("checkerboard", ONES3).out.splitlines()
    assert lines[:4] == ["kernel, 3 x 3, stride 2", "gains     4  2", "          2  1", "score     1.3333"]
    assert "suggested: --fix phase, all gains equal" in lines
    assert "clean: all gains are equal" in upscli("checkerboard", ONES4).out


@pytest.mark.parametrize("kernel", ["1", "1 2", "1; 2; 3; 4; 5", "3 1 2; 5 6 1", ONES5])
@pytest.mark.parametrize("stride", [1, 2, 3, "2x3", 5])
def test_predicted_is_measured_for_kernels_and_strides_of_all_sizes(upscli: Upscli, kernel: str, stride: Any) -> None:
    found = told(upscli, kernel, "--stride", stride)
    across, down = (int(word) for word in str(stride).split("x")) if "x" in str(stride) else (stride, stride)
    assert np.array(found["gains"]).shape == (down, across)
    assert np.allclose(found["gains"], gains(matrix(kernel), (down, across)))
    assert np.allclose(found["measured"]["constant"]["gains"], found["gains"], atol=1e-6)


def test_a_mean_gain_of_0_has_no_score_but_a_sentence(upscli: Upscli) -> None:
    found = told(upscli, "edge")
    assert found["score"] is None
    assert found["gains"] == [[0, 2], [2, -4]]
    assert "the mean gain is 0" in found["notes"][0]
    assert found["notes"][1] == "phase (0, 0) has gain 0 and cannot be divided by it"
    assert found["suggested"] == "box"
    assert "score     none" in upscli("checkerboard", EDGE).out


def test_every_cure_is_told_with_its_score(upscli: Upscli) -> None:
    cures = {row["cure"]: row for row in told(upscli, "1 2 3; 4 5 6; 7 8 9")["cures"]}
    assert list(cures) == ["phase", "icnr", "box", "resize"]
    assert [row["score"] for row in cures.values()] == [0, 0, 0, 0]
    cures = {row["cure"]: row for row in told(upscli, "1 1 1")["cures"]}
    assert cures["phase"]["score"] is None
    assert "has gain 0" in cures["phase"]["note"]


@pytest.mark.parametrize("kernel", ["edge", "0.1 0.2 -0.3", "0.7 -0.1; -0.2 -0.4"])
@pytest.mark.parametrize("stride", [2, 3, 4])
def test_rounding_of_weights_that_cancel_out_is_no_pattern(upscli: Upscli, kernel: str, stride: int) -> None:
    found = told(upscli, kernel, "--stride", stride)
    assert found["score"] is None
    for row in found["cures"]:
        if row["cure"] == "phase":
            assert row["note"] or row["gains"] == np.ones((stride, stride)).tolist()
        else:
            assert row["score"] is None
            assert not np.any(row["gains"])


@pytest.mark.parametrize("cure", ["phase", "icnr", "box", "resize"])
@pytest.mark.parametrize("suffix", [".npz", ".json", ".txt", ".csv"])
def test_the_cured_kernel_is_written_and_read_to_the_last_bit(
    upscli: Upscli, folder: Path, cure: str, suffix: str
) -> None:
    kernel = "0.1 0.7 0.3; 0.2 0.9 0.4; 1 3 7"
    done = upscli("checkerboard", kernel, "--fix", cure, "-o", f"clean{suffix}")
    assert done.code == 0, done.err
    expected = cured(matrix(kernel), 2, Cure(cure))
    assert (matrix(str(folder / f"clean{suffix}")) == expected).all()
    assert score(gains(matrix(str(folder / f"clean{suffix}")), 2)).value == 0
    assert told(upscli, folder / f"clean{suffix}")["score"] == 0
    done = upscli("enlarge", "sprite.png", "-m", "transposed-conv", "-O", f"kernel=clean{suffix}", "-o", "b.png")
    assert done.code == 0
    assert "checkerboard" not in done.err


def test_the_heat_map_shows_the_pattern_and_what_a_cure_leaves_of_it(upscli: Upscli, folder: Path) -> None:
    upscli("checkerboard", ONES3, "-o", "one.png")
    upscli("checkerboard", ONES3, "--fix", "box", "-o", "two.png")
    one, two = (np.asarray(Image.open(folder / name)).astype(int) for name in ("one.png", "two.png"))
    assert one.shape == (512, 512, 3)
    strong, mean, weak = one[32, 32], one[32, 96], one[96, 96]
    assert strong[0] > strong[2] + 100  # red: brighter than the mean
    assert weak[2] > weak[0] + 50  # blue: darker
    assert np.ptp(mean) < np.ptp(weak)
    assert (two[:, :512] == one).all()
    assert np.ptp(two[:, 560:]) == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("nearest",), 0),
        (("bicubic",), 0),
        (("bed-of-nails",), 4),
        (("transposed-conv",), 0),
        (("transposed-conv", "-O", f"kernel={ONES3}"), 4 / 3),
        (("sub-pixel", "-O", f"kernel={ONES5}"), 0.8),
        (("resize-conv", "-O", f"kernel={ONES3}"), 0),
    ],
    ids=str,
)
def test_any_method_is_measured_on_a_constant(upscli: Upscli, words: tuple[str, ...], expected: float) -> None:
    found = told(upscli, "--method", *words)
    assert found["score"] == pytest.approx(expected, abs=1e-5)
    assert found["measured"]["picture"]["score"] == pytest.approx(expected, abs=0.05)
    assert (found["spectrum"]["share"] > 0.9) == (expected > 0) or words == ("nearest",)


def test_a_pattern_is_found_in_a_picture_and_a_picture_without_it_is_clean(upscli: Upscli, folder: Path) -> None:
    upscli("enlarge", "landscape.png", "-m", "transposed-conv", "-O", f"kernel={ONES3}", "-o", "bad.png")
    upscli("enlarge", "landscape.png", "-m", "transposed-conv", "-o", "good.png")
    bad, good = told(upscli, "bad.png"), told(upscli, "good.png")
    assert bad["kind"] == "picture"
    assert bad["spectrum"]["share"] > 0.9 > 0.01 > good["spectrum"]["share"]
    assert "a pattern of this stride shows" in upscli("checkerboard", "bad.png").out
    for name in ("good.png", "landscape.png", "lineart.png", "sprite.png", "interface.png", "gradient16.png"):
        assert "no pattern of this stride shows" in upscli("checkerboard", name).out, name


def test_patterns_of_mean_0_are_found_by_the_spectrum(upscli: Upscli, folder: Path) -> None:
    rows, cols = np.indices((64, 64))
    sign = np.where(rows < 32, 1, -1) * ((rows + cols) % 2 * 2 - 1)
    written(folder / "a.png", (100 + 3 * sign).astype(np.uint8)[..., np.newaxis])
    found = told(upscli, "a.png")
    assert found["score"] < 0.001
    assert found["spectrum"]["share"] > 0.8


def test_kernels_and_methods_are_measured_on_a_picture_of_ones_own(upscli: Upscli, folder: Path) -> None:
    usual, own = told(upscli, ONES3), told(upscli, ONES3, "--image", "landscape.png")
    assert usual["spectrum"] != own["spectrum"]
    assert own["measured"]["picture"]["score"] == pytest.approx(4 / 3, abs=0.02)


def test_methods_are_measured_on_a_picture_in_ink_unless_they_do_not_know_it(upscli: Upscli, folder: Path) -> None:
    Image.open("landscape.png").convert("CMYK").save("ink.jpg")
    assert told(upscli, "--method", "nearest", "--image", "ink.jpg")["measured"]["picture"]["score"] < 0.02
    done = upscli("checkerboard", "--method", "learned-linear", "--image", "ink.jpg")
    assert (done.code, len(done.lines)) == (2, 1)
    assert "was trained on gray and RGB pictures, and this one is cmyk" in done.err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "give one of KERNEL, IMG, and --method NAME"),
        ((ONES3, "--method", "bicubic"), 2, "give one of KERNEL, IMG, and --method NAME"),
        (("--method", "bicubik"), 2, "no method 'bicubik'; did you mean 'bicubic'?"),
        (("--method", "max-unpool"), 2, "max-unpool decides the size itself"),
        (("--method", "labels"), 2, "labels makes no new colors"),
        ((ONES3, "-O", "a=1"), 2, "-O is for --method"),
        (("1 2; 3",), 2, "row 2 of the kernel has 1 numbers"),
        (("ones",), 2, "no kernel 'ones'"),
        (("none.png",), 1, "none.png: no such file"),
        (("none.npz",), 2, "none.npz cannot be read"),
        ((ONES3, "--stride", "0"), 2, "stride is (0, 0)"),
        ((ONES3, "-o", "k.npz"), 2, "k.npz is for a cured kernel; give --fix"),
        ((ONES3, "-o", "k.doc"), 2, "k.doc is neither a picture"),
        ((ONES3, "-o", "sprite.png"), 2, "sprite.png exists; use --overwrite"),
        (("1 1 1", "--fix", "phase"), 2, "has gain 0, so it cannot be divided by it; use icnr, box or resize"),
        (("sprite.png", "--fix", "phase"), 2, "--fix cures kernels, and sprite.png is a picture"),
        (("sprite.png", "-o", "sprite.png", "--overwrite"), 2, "sprite.png is the input"),
        (("sprite.png", "--stride", "99"), 2, "48 x 48 pixels are fewer than the stride of 99 x 99"),
        (("1 1; 1 1", "--stride", "20000"), 2, "stride is 20000 x 20000; 64 each way is the most"),
        (("box", "--image", "sprite.png", "--max-output-pixels", "9215"), 1, "96 x 96 is 9,216 pixels, over the limit"),
        (("box", "--image", "landscape.png", "--stride", "32"), 1, "pixels, over the limit of 50,000,000; raise it"),
        (("--method", "bicubic", "--stride", "2x65"), 2, "stride is 2 x 65; 64 each way is the most"),
    ],
)
def test_a_fault_gives_a_sentence_and_leaves_nothing_behind(
    upscli: Upscli, folder: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    before = sorted(folder.iterdir())
    done = upscli("checkerboard", *words)
    assert (done.code, done.out, len(done.lines)) == (code, "", 1), done.err
    assert sentence in done.err
    assert sorted(folder.iterdir()) == before


def on_terminal(*words: str) -> str:
    """What the command shows on a terminal of true colors."""
    main, other = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "upscli", "checkerboard", *words]
    done = subprocess.run(command, stdout=other, env=environment, check=True)
    os.close(other)
    shown = b""
    try:
        while piece := os.read(main, 1 << 16):
            shown += piece
    except OSError:  # all is read, and nobody holds the other end
        pass
    os.close(main)
    assert done.returncode == 0
    return shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals")
def test_a_terminal_shows_the_pattern_in_blocks_of_color() -> None:
    shown = on_terminal(ONES3, "--fix", "box")
    assert "48;2;178;24;43" in shown  # the red of the largest gain
    assert "->" in shown
    for words in ("score     1.3333", "1.3333 on a constant", "on a picture", "suggested: --fix phase"):
        assert words in shown
