"""`upscli convolve`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import assert_close, equal
from conftest import Upscli
from material import noise, pixels_of, written

from upscli.filters import FILTERS
from upscli.kernels.convolve import convolve_reference

EDGE = FILTERS["edge"]


def rounded(sums: Any, dtype: str = "uint8") -> Any:
    return np.floor(np.clip(sums, 0, np.iinfo(dtype).max) + 0.5).astype(dtype)


def test_the_worked_example_comes_out_of_pictures_too(upscli: Upscli, folder: Path) -> None:
    rows = [[0, 1, 0, 1, 1], [0, 0, 1, 1, 0], [1, 1, 0, 1, 0], [0, 1, 0, 0, 1], [0, 0, 1, 1, 0]]
    written(folder / "a.png", 20 * np.array(rows, np.uint8)[..., np.newaxis])
    done = upscli("convolve", "a.png", "--kernel", "edge", "--padding", 0, "--show", "signed", "-o", "b.png")
    assert done.code == 0, done.err
    expected = np.array([[3, -3, -1], [-2, 3, -3], [-3, 2, 3]])
    assert (pixels_of(folder / "b.png")[..., 0] == 128 + 10 * expected).all()


@pytest.mark.parametrize(("show", "rule"), [("abs", np.abs), ("signed", lambda v: 128 + v / 2), ("clip", lambda v: v)])
def test_values_beyond_the_levels_are_shown_as_asked(upscli: Upscli, folder: Path, show: str, rule: Any) -> None:
    pixels = written(folder / "a.png", noise(20, 17))
    for word, kernel in (("edge", EDGE), ("1 2 0; -3 4 1; 0.5 0 7", [[1, 2, 0], [-3, 4, 1], [0.5, 0, 7]])):
        done = upscli("convolve", "a.png", "--kernel", word, "--show", show, "-o", "b.png", "--overwrite")
        assert done.code == 0, done.err
        sums = convolve_reference(pixels, np.array(kernel), padding=1)
        assert_close(pixels_of(folder / "b.png"), rounded(rule(sums)), most=1, share=0.01)


def test_kernels_that_cancel_out_are_shown_without_their_sign_and_all_others_are_cut(
    upscli: Upscli, folder: Path
) -> None:
    for name in FILTERS:
        done = upscli("convolve", "sprite.png", "--kernel", name, "-o", f"{name}.png", "--json")
        expected = "abs" if name in ("edge", "sobel-x", "sobel-y") else "clip"
        assert json.loads(done.out)["options"]["show"] == expected, name


@pytest.mark.parametrize("word", ["edge", "1 2", "1; 2; 3; 4", "1 2 3 4; 5 6 7 8"])
@pytest.mark.parametrize("dilation", [1, 3])
def test_the_size_is_kept_unless_padding_is_given(upscli: Upscli, folder: Path, word: str, dilation: int) -> None:
    written(folder / "a.png", noise(20, 17))
    done = upscli("convolve", "a.png", "--kernel", word, "--dilation", dilation, "-o", "b.png")
    assert done.code == 0, done.err
    assert pixels_of(folder / "b.png").shape == (20, 17, 3)


def test_stride_padding_and_dilation_are_those_of_the_layer(upscli: Upscli, folder: Path) -> None:
    pixels = written(folder / "a.png", noise(23, 30, 1, "uint16"))
    words = ("--stride", "2x3", "--padding", "1x2", "--dilation", "2x1", "--kernel", "0 .1 0; .2 .3 .1; .1 0 .2")
    done = upscli("convolve", "a.png", *words, "-o", "b.png")
    assert done.code == 0, done.err
    kernel = np.array([[0, 0.1, 0], [0.2, 0.3, 0.1], [0.1, 0, 0.2]])
    expected = convolve_reference(pixels, kernel, stride=(3, 2), padding=(2, 1), dilation=(1, 2))
    assert_close(pixels_of(folder / "b.png"), rounded(expected, "uint16"), most=1, share=0.01)


@pytest.mark.parametrize(("edge", "mode"), [("replicate", "edge"), ("reflect", "symmetric"), ("wrap", "wrap")])
def test_the_edge_says_what_lies_beyond_the_border(upscli: Upscli, folder: Path, edge: str, mode: Any) -> None:
    pixels = written(folder / "a.png", noise(12, 9))
    done = upscli("convolve", "a.png", "--kernel", "blur", "--edge", edge, "-o", "b.png")
    assert done.code == 0, done.err
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode)
    assert_close(pixels_of(folder / "b.png"), rounded(convolve_reference(padded, FILTERS["blur"])), most=0)


def test_kernels_from_files_equal_those_in_words(upscli: Upscli, folder: Path) -> None:
    (folder / "k.json").write_text("[[0, 1, 0], [1, -4, 1], [0, 1, 0]]")
    (folder / "k.txt").write_text("0 1 0 # the Laplacian\n1 -4 1\n0 1 0\n")
    np.savez(folder / "k.npz", kernel=EDGE)
    made = []
    for word in ("edge", "0 1 0; 1 -4 1; 0 1 0", "k.json", "k.txt", "k.npz"):
        assert upscli("convolve", "sprite.png", "--kernel", word, "-o", f"{len(made)}.png").code == 0
        made.append((folder / f"{len(made)}.png").read_bytes())
    assert len(set(made)) == 1


def test_nothing_changes_under_the_kernel_of_one_1(upscli: Upscli, folder: Path) -> None:
    pixels = written(folder / "a.png", noise(9, 14, 3, "uint16"))
    upscli("convolve", "a.png", "--kernel", "1", "-o", "b.png")
    equal(pixels_of(folder / "b.png"), pixels)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--kernel", "eddge"), 2, "no kernel 'eddge'; did you mean 'edge'?"),
        (("--kernel", "1 2; 3"), 2, "row 2 of the kernel has 1 numbers and row 1 has 2"),
        (("--kernel", ""), 2, "the kernel is empty"),
        (("--kernel", "none.json"), 2, "none.json cannot be read"),
        (("--kernel", "1e39"), 2, "the kernel has 1e+39; numbers up to 1e+30"),
        (("--kernel", "1 1", "--padding", "0", "--dilation", "999"), 2, "the kernel spans 1000 and the padded input"),
        (("--kernel", "edge", "--padding", "999999"), 1, "over the limit of 2,000,000,000"),
        (("--kernel", "edge", "--stride", "0"), 2, "stride is (0, 0)"),
        (("--kernel", "edge", "--background", "blurple"), 2, "--background blurple is not a color"),
        (("--kernel", "edge", "--format", "jpgg"), 2, "no format 'jpgg'; did you mean 'jpeg'?"),
        ((), 2, "missing option '--kernel'"),
    ],
)
def test_a_fault_gives_a_sentence_and_no_file(
    upscli: Upscli, folder: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    done = upscli("convolve", "sprite.png", *words, "-o", "b.png")
    assert (done.code, len(done.lines)) == (code, 1), done.err
    assert sentence in done.err
    assert not (folder / "b.png").exists()
