"""`upscli compare`, from words to files."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import Upscli
from PIL import Image


def test_the_table_says_which_is_best_by_how_much_and_how_fast(upscli: Upscli, folder: Path) -> None:
    done = upscli("compare", "landscape.png")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "landscape.png, x2: 240 x 160 to 480 x 320"
    assert "made 2 times smaller by antialiased bicubic" in lines[1]
    assert lines[2].split() == ["method", "PSNR", "behind", "SSIM", "time"]
    assert lines[3].startswith("lanczos ")
    assert lines[3].rstrip().endswith("best")
    assert [line.split()[0] for line in lines[3:9]][-1] == "nearest"
    assert any(line.startswith("Best: lanczos, 28.6") for line in lines)
    assert any("one core" in line for line in lines)
    assert len(list(folder.glob("*"))) == len(list(folder.glob("*.png")))


def test_json_has_every_number(upscli: Upscli, folder: Path) -> None:
    done = upscli("compare", "landscape.png", "-m", "nearest,bicubic:a=-0.75", "-s", 3, "--json")
    told = json.loads(done.out)
    assert (told["upscli"], told["source"], told["size"], told["target"]) == (
        1,
        "landscape.png",
        [160, 106],
        [480, 318],
    )
    first, second = told["cells"]
    assert (second["method"], second["options"], second["label"]) == ("bicubic", {"a": -0.75}, "bicubic a=-0.75")
    assert set(second) == {"method", "options", "label", "seconds", "psnr", "ssim", "identical", "best"}
    assert second["best"]
    assert not first["best"]
    assert first["psnr"] < second["psnr"]
    assert told["verdict"][0].startswith("Best: bicubic a=-0.75")


def test_compare_and_score_agree(upscli: Upscli, folder: Path) -> None:
    upscli("enlarge", "sprite.png", "--background", "white", "-m", "nearest", "-s", 5, "-o", "high.png")
    upscli("enlarge", "sprite.png", "--background", "white", "-s", 5, "-o", "low.png")
    Image.open("sprite.png").convert("RGBA").save("rgba.png")
    [cell] = json.loads(upscli("compare", "rgba.png", "-m", "bicubic", "--reference", "high.png", "--json").out)[
        "cells"
    ]
    told = json.loads(upscli("score", "low.png", "high.png", "--metric", "psnr,ssim", "--json").out)
    assert cell["psnr"] == pytest.approx(told["psnr"], abs=1e-9)
    assert cell["ssim"] == pytest.approx(told["ssim"], abs=1e-4)


@pytest.mark.parametrize("name", ["s.png", "s.jpg", "s.webp", "s.tif"])
def test_a_sheet_is_written_in_any_format(upscli: Upscli, folder: Path, name: str) -> None:
    done = upscli("compare", "landscape.png", "-m", "nearest,lanczos", "-o", name, "--sheet", "dark", "-q")
    assert (done.code, done.out, done.err) == (0, "", "")
    with Image.open(name) as image:
        assert image.width == 1044
        assert max(image.convert("RGB").getpixel((2, 2))) < 40


def test_a_sheet_goes_to_stdout_and_nothing_else_with_it(folder: Path) -> None:
    words = [sys.executable, "-m", "upscli", "compare", "-", "--plain", "-o", "-", "-m", "nearest"]
    done = subprocess.run(words, input=(folder / "sprite.png").read_bytes(), capture_output=True, check=True)
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.format == "PNG"


def test_a_page_holds_more_than_the_region_that_is_told(upscli: Upscli, folder: Path) -> None:
    done = upscli("compare", "landscape.png", "-m", "nearest,lanczos", "--plain", "-s", 4, "--html", "r.html")
    assert done.code == 0
    assert "r.html  page of 2 methods" in done.lines
    [[wide, high]] = re.findall(r'"regions": \[\[\d+, \d+, (\d+), (\d+)]]', Path("r.html").read_text())
    assert int(wide) * int(high) == pytest.approx(1_500_000, rel=0.01)
    told = json.loads(upscli("compare", "landscape.png", "--plain", "-s", 4, "--json", "--html", "s.html").out)
    assert (told["crops"][0][2:], told["html"]) == ([160, 120], "s.html")


def test_crops_are_rows_and_auto_finds_different_ones(upscli: Upscli, folder: Path) -> None:
    words = ["--crop", "auto", "--crop", "10,20,90,70", "--crop", "auto", "--json"]
    crops = json.loads(upscli("compare", "landscape.png", *words).out)["crops"]
    assert crops[1] == [10, 20, 90, 70]
    assert [crop[2:] for crop in crops] == [[90, 70]] * 3
    assert crops[0] != crops[2]


def test_zoom_shows_pixels_as_blocks(upscli: Upscli, folder: Path) -> None:
    words = ("-m", "nearest", "--plain", "-s", 1, "--crop", "100,50,20,10", "--zoom", 12, "-o", "s.png")
    assert upscli("compare", "landscape.png", *words).code == 0
    sheet, source = (np.asarray(Image.open(name).convert("RGB")) for name in ("s.png", "landscape.png"))
    blocks = source[50:60, 100:120].repeat(12, 0).repeat(12, 1)
    places = [top for top in range(len(sheet) - 120) if (sheet[top : top + 120, 24:264] == blocks).all()]
    assert len(places) == 1


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("none.png",), 1, "none.png: no such file"),
        (("landscape.png", "-m", "bicubik"), 2, "no method or family 'bicubik'; did you mean 'bicubic'?"),
        (("landscape.png", "-m", "bicubic:b=1"), 2, "bicubic has no option 'b'"),
        (("landscape.png", "--crop", "470,0,20,20"), 2, "outside the result of 480 x 320"),
        (("landscape.png", "--crop", "half"), 2, "crop 'half' is not X,Y,WIDTH,HEIGHT"),
        (("landscape.png", "--reference", "sprite.png"), 2, "not the shape of landscape.png"),
        (("sprite.png", "--reference", "none.png"), 1, "none.png: no such file"),
        (("landscape.png", "--reference", "sprite.png", "--plain"), 2, "--reference and --plain are both given"),
        (("landscape.png", "--degrade", "blur"), 2, "no degradation 'blur'"),
        (("landscape.png", "--degrade", "box", "--plain"), 2, "--degrade and --plain are both given"),
        (("landscape.png", "--zoom", "2"), 2, "--zoom is for the sheet; give -o FILE"),
        (("landscape.png", "--sheet", "dark", "--html", "a.html"), 2, "--sheet is for the sheet; give -o FILE"),
        (("landscape.png", "-o", "sprite.png"), 2, "sprite.png exists; use --overwrite"),
        (("none.png", "-o", "sprite.png"), 2, "sprite.png exists; use --overwrite"),  # seen before the work
        (("landscape.png", "--html", "sprite.png"), 2, "sprite.png exists; use --overwrite"),
        (("landscape.png", "-o", "landscape.png", "--overwrite"), 2, "landscape.png is the input"),
        (("landscape.png", "-o", "a.png", "--html", "a.png"), 2, "a.png is named for two results"),
        (("landscape.png", "-o", "sheet"), 2, "sheet has no extension of a format"),
        (("landscape.png", "-o", "-", "--json"), 2, "-o - and --json both want stdout"),
        (("landscape.png", "--html", "-"), 2, "--html '-' is no file"),
        (("landscape.png", "-s", "0.5"), 2, "upscli only enlarges"),
        (("landscape.png", "-s", "2x3"), 2, "by one factor"),
        (("landscape.png", "--plain", "-s", "9999"), 1, "over the limit of 2,000,000,000"),
        (("landscape.png", "--max-pixels", "5"), 1, "over the limit of 5"),
        ((), 2, "missing argument 'IMG'"),
    ],
)
def test_a_fault_gives_a_sentence_and_leaves_nothing_behind(
    upscli: Upscli, folder: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    before = sorted(folder.iterdir())
    done = upscli("compare", *words)
    assert (done.code, len(done.lines), done.out) == (code, 1, ""), done.err
    assert done.err.startswith("upscli: ")
    assert sentence in done.err
    assert sorted(folder.iterdir()) == before
