"""`upscli pool`, and the way back by max unpooling."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from compare import equal
from conftest import Upscli
from material import noise, pixels_of, written
from PIL import Image

from upscli.kernels.pooling import max_pool


@pytest.mark.parametrize("size", [(12, 10), (13, 11), (3, 2)], ids=str)
@pytest.mark.parametrize(("channels", "dtype"), [(1, "uint8"), (3, "uint8"), (1, "uint16"), (3, "uint16")])
def test_the_values_return_to_their_places_in_the_originals_size(
    upscli: Upscli, folder: Path, size: tuple[int, int], channels: int, dtype: str
) -> None:
    pixels = written(folder / "a.png", noise(*size, channels, dtype))
    assert upscli("pool", "a.png", "-o", "s.png", "--switches", "s.npz").code == 0
    assert upscli("enlarge", "s.png", "-m", "max-unpool", "--switches", "s.npz", "-o", "b.png").code == 0
    values, places = max_pool(pixels, 2)
    equal(pixels_of(folder / "s.png"), values)
    back = pixels_of(folder / "b.png")
    expected = np.zeros_like(pixels)
    for channel in range(channels):
        expected[..., channel].flat[places[..., channel].ravel()] = values[..., channel].ravel()
    equal(back, expected)
    equal(max_pool(back, 2)[0], values)


def test_the_option_of_its_own_is_the_same_as_the_methods_option(upscli: Upscli, folder: Path) -> None:
    upscli("pool", "landscape.png", "-o", "s.png", "--switches", "s.npz")
    upscli("enlarge", "s.png", "-m", "max-unpool", "--switches", "s.npz", "-o", "one.png")
    done = upscli("enlarge", "s.png", "-m", "max-unpool", "-O", "switches=s.npz", "-o", "two.png", "--json")
    assert (folder / "one.png").read_bytes() == (folder / "two.png").read_bytes()
    assert json.loads(done.out)["options"] == {"switches": "s.npz"}


def test_windows_strides_and_padding_are_those_of_the_kernel(upscli: Upscli, folder: Path) -> None:
    pixels = written(folder / "a.png", noise(31, 22))
    words = ("--window", "3x5", "--stride", 2, "--padding", "1x2", "--ceil-mode")
    done = upscli("pool", "a.png", *words, "-o", "s.png", "--json")
    equal(pixels_of(folder / "s.png"), max_pool(pixels, (5, 3), 2, (2, 1), True)[0])
    told = json.loads(done.out)
    assert told["options"]["window"] == [5, 3]
    assert told["result"]["width"] == 12


def test_layers_see_colors_only_and_a_note_says_what_became_of_alpha(upscli: Upscli, folder: Path) -> None:
    pixels = noise(8, 8, 4)
    pixels[:4, :, 3], pixels[4:, :, 3] = 0, 255
    written(folder / "a.png", pixels)
    done = upscli("pool", "a.png", "-o", "s.png")
    assert "a.png: what is transparent was laid on black" in done.lines
    laid = np.where(pixels[..., 3:] > 0, pixels[..., :3], np.uint8(0))
    equal(pixels_of(folder / "s.png"), max_pool(laid, 2)[0])
    done = upscli("pool", "a.png", "-o", "w.png", "--background", "white")
    assert "was laid on #ffffff" in done.err
    assert (pixels_of(folder / "w.png")[:2] == 255).all()


def test_a_picture_comes_from_stdin_and_goes_to_stdout(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "upscli", "pool", "-", "-o", "-"],
        input=(folder / "landscape.png").read_bytes(),
        capture_output=True,
        check=True,
    )
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.size == (240, 160)


def test_a_lossy_result_with_switches_is_said(upscli: Upscli, folder: Path) -> None:
    done = upscli("pool", "landscape.png", "-o", "s.jpg", "--switches", "s.npz")
    assert done.code == 0
    assert "jpeg changes levels" in done.err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("none.png", "-o", "s.png"), 1, "none.png: no such file"),
        (("landscape.png", "-o", "landscape.png", "--overwrite"), 2, "landscape.png is the input"),
        (("landscape.png", "-o", "s.png", "--switches", "s.png"), 2, "s.png is named for two results"),
        (("landscape.png", "-o", "sprite.png"), 2, "sprite.png exists; use --overwrite"),
        (("none.png", "-o", "sprite.png"), 2, "sprite.png exists; use --overwrite"),  # seen before the work
        (("landscape.png", "-o", "s.png", "--switches", "sprite.png"), 2, "sprite.png exists; use --overwrite"),
        (("landscape.png", "-o", "s.png", "--window", "0"), 2, "window is (0, 0); it must be"),
        (("landscape.png", "-o", "s.png", "--window", "two"), 2, "two is not a whole number such as 2"),
        (("landscape.png", "-o", "s.png", "--window", "999"), 2, "the window is 999 and the padded input only 320"),
        (("landscape.png", "-o", "s.png", "--padding", "2"), 2, "padding 2 is more than half of the window 2"),
        (("landscape.png", "-o", "s"), 2, "s has no extension of a format"),
        (("landscape.png", "-o", "-", "--json"), 2, "-o - and --json both want stdout"),
        (("gradient16.png", "-o", "s.jpg"), 2, "jpeg cannot hold 16-bit"),
        (("landscape.png",), 2, "missing option '-o'"),
    ],
)
def test_a_fault_gives_a_sentence_and_leaves_nothing_behind(
    upscli: Upscli, folder: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    before = sorted(folder.iterdir())
    done = upscli("pool", *words)
    assert (done.code, len(done.lines)) == (code, 1), done.err
    assert done.err.startswith("upscli: ")
    assert sentence in done.err
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "max-unpool needs --switches FILE"),
        (("--switches", "none.npz"), "none.npz cannot be read"),
        (("--switches", "landscape.png"), "landscape.png is not an .npz file"),
        (("--switches", "s.npz"), "s.npz has switches for 24 x 24 pixels, and this picture is 480 x 320"),
        (("--switches", "s.npz", "-s", "2"), "max-unpool decides the size itself"),
        (("--switches", "s.npz", "-O", "switches=s.npz"), "-O switches is given twice"),
        (("--switches", "s.npz", "-m", "bicubic"), "bicubic has no option 'switches'"),
    ],
)
def test_wrong_or_foreign_switches_are_refused_before_anything_is_written(
    upscli: Upscli, folder: Path, words: tuple[str, ...], sentence: str
) -> None:
    upscli("pool", "sprite.png", "-o", "s.png", "--switches", "s.npz")
    done = upscli("enlarge", "landscape.png", "-m", "max-unpool", *words, "-o", "b.png")
    assert (done.code, len(done.lines)) == (2, 1), done.err
    assert sentence in done.err
    assert not (folder / "b.png").exists()


def test_switches_of_other_channels_are_refused(upscli: Upscli, folder: Path) -> None:
    upscli("pool", "sprite.png", "-o", "s.png", "--switches", "s.npz")
    Image.open(folder / "s.png").convert("L").save(folder / "gray.png")
    done = upscli("enlarge", "gray.png", "-m", "max-unpool", "--switches", "s.npz", "-o", "b.png")
    assert "has switches for 3 channels, and this picture has 1" in done.err
    assert done.code != 0
    assert not (folder / "b.png").exists()


def test_the_switches_file_is_the_same_for_the_same_work(upscli: Upscli, folder: Path) -> None:
    for name in ("one", "two"):
        upscli("pool", "sprite.png", "-o", f"{name}.png", "--switches", f"{name}.npz")
    assert (folder / "one.npz").read_bytes() == (folder / "two.npz").read_bytes()


@pytest.mark.parametrize("name", ["-", ""])
def test_switches_go_to_a_file_with_a_name(upscli: Upscli, folder: Path, name: str) -> None:
    before = sorted(folder.iterdir())
    said = upscli("pool", "sprite.png", "-o", "small.png", "--switches", name)
    assert (said.code, f"--switches '{name}' is no file" in said.err) == (2, True)
    assert sorted(folder.iterdir()) == before


def test_what_memory_cannot_hold_is_one_sentence(upscli: Upscli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("upscli.network_layers.max_pool", full)
    said = upscli("pool", "sprite.png", "-o", "small.png")
    assert (said.code, said.lines) == (1, ["upscli: not enough memory for what was asked for; make it smaller"])
