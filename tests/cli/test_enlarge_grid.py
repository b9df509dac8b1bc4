"""`upscli enlarge --grid`: a sheet beside each result."""

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import Upscli
from PIL import Image

PICTURES = ("landscape.png", "sprite.png", "lineart.png")


def size_of(path: str) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_the_result_stands_beside_nearest_and_bilinear(upscli: Upscli, folder: Path) -> None:
    done = upscli("enlarge", "landscape.png", "-m", "lanczos", "-o", "a.png", "--grid", "grid.png", "--json")
    assert done.code == 0
    assert json.loads(done.out)["grid"] == "grid.png"
    assert json.loads(done.out)["seconds"]["grid"] > 0
    assert done.err.rstrip().endswith("and grid.png")
    assert size_of("grid.png") == (1044, 442)  # three cells
    upscli("enlarge", "landscape.png", "-m", "lanczos", "-o", "b.png")
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()


@pytest.mark.parametrize(
    ("scale", "zoom", "rows", "apart"),
    [
        (2, 3, 96, 0),  # the whole result, by weights that are exact in any order of summation
        (3, 2, 120, 1),  # a piece, made by itself: some BLAS kernels then round a half the other way
    ],
)
def test_the_first_cell_shows_the_result(
    upscli: Upscli, folder: Path, scale: int, zoom: int, rows: int, apart: int
) -> None:
    words = ("-m", "bicubic", "-O", "a=-0.75", "-s", scale, "-o", "a.png", "--grid", "grid.png", "--against", "nearest")
    upscli("enlarge", "sprite.png", "--background", "#336699", *words)
    with Image.open("a.png") as image, Image.open("grid.png") as grid:
        result, sheet = np.asarray(image.convert("RGB")).astype(int), np.asarray(grid)
    high, wide = zoom * rows, zoom * result.shape[1]
    views = [sheet[top : top + high, 24 : 24 + wide] for top in range(len(sheet) - high + 1)]
    shown = [result[top : top + rows].repeat(zoom, 0).repeat(zoom, 1) for top in range(len(result) - rows + 1)]
    distances = [np.abs(view - one) for view in views for one in shown]
    assert sum(each.max() <= apart and np.count_nonzero(each) < 1e-3 * each.size for each in distances) == 1


def test_a_batch_has_a_grid_for_each_picture_by_template(upscli: Upscli, folder: Path) -> None:
    done = upscli("enlarge", *PICTURES, "-o", "out/", "--grid", "grids/{stem}-{method}.png", "--against", "mitchell")
    assert done.code == 0
    assert sorted(path.name for path in Path("grids").iterdir()) == sorted(
        f"{Path(name).stem}-bicubic.png" for name in PICTURES
    )


def test_a_folder_for_grids_mirrors_the_tree(upscli: Upscli, folder: Path) -> None:
    Path("in/deep").mkdir(parents=True)
    Path("sprite.png").rename("in/deep/sprite.png")
    assert upscli("enlarge", "in", "-r", "-o", "out", "--grid", "grids/").code == 0
    assert Path("grids/deep/sprite_grid.png").exists()


def test_resume_draws_the_grids_that_are_missing_or_otherwise_and_no_others(upscli: Upscli, folder: Path) -> None:
    words = ("enlarge", *PICTURES, "-o", "out/", "--grid", "grids/{stem}.png")
    upscli(*words)
    assert "0 written, 3 skipped" in upscli(*words, "--resume").err
    Path("grids/sprite.png").unlink()
    assert "1 written, 2 skipped" in upscli(*words, "--resume").err
    assert Path("grids/sprite.png").exists()
    assert "3 written, 0 skipped" in upscli(*words, "--against", "b-spline", "--resume").err
    Image.new("RGB", (9, 9)).save("grids/sprite.png")
    done = upscli(*words, "--against", "b-spline", "--resume")
    assert "grids/sprite.png was changed since it was made" in done.err
    assert size_of("grids/sprite.png") == (9, 9)


def test_grids_of_an_earlier_run_are_not_enlarged(upscli: Upscli, folder: Path) -> None:
    Path("in").mkdir()
    Path("sprite.png").rename("in/sprite.png")
    upscli("enlarge", "in", "--grid", "in/{stem}-grid.png")
    done = upscli("enlarge", "in", "--grid", "in/{stem}-grid.png", "--resume")
    assert "0 written, 1 skipped" in done.err
    assert len(list(Path("in").glob("*.png"))) == 3


def test_skipping_what_exists_leaves_its_grid_alone(upscli: Upscli, folder: Path) -> None:
    upscli("enlarge", "sprite.png", "-o", "a.png")
    done = upscli("enlarge", "sprite.png", "-o", "a.png", "--grid", "g.png", "--skip-existing")
    assert "skipped: exists" in done.err
    assert not Path("g.png").exists()


def test_overwriting_replaces_the_grid_too(upscli: Upscli, folder: Path) -> None:
    Image.new("RGB", (9, 9)).save("g.png")
    assert upscli("enlarge", "sprite.png", "-o", "a.png", "--grid", "g.png", "--overwrite").code == 0
    assert size_of("g.png") != (9, 9)


def test_the_plan_names_the_grid(upscli: Upscli, folder: Path) -> None:
    done = upscli("enlarge", "sprite.png", "-o", "a.png", "--grid", "g.png", "--dry-run", "--json")
    assert json.loads(done.out)["grid"] == "g.png"
    assert not Path("g.png").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("sprite.png", "--grid", "lineart.png"), "lineart.png exists; use --overwrite"),
        (("sprite.png", "--grid", "sprite.png", "--overwrite"), "sprite.png is an input"),
        (("sprite.png", "--grid", "x.png"), "x.png is the result; give --grid another name"),
        (("sprite.png", "--grid", "grid"), "grid: the extension names no format"),
        (("sprite.png", "--grid", "{stam}.png"), "has no field 'stam'"),
        (("sprite.png", "--grid", "../{stem}/../x.png"), "leaves the output folder"),
        (("sprite.png", "--grid", "{stem}.txt"), "the extension names no format"),
        (("sprite.png", "--grid", "-"), "--grid '-' is no file"),
        (("sprite.png", "--against", "nearest"), "--against is for --grid, which is not given"),
        (("sprite.png", "--grid", "g.png", "--against", "nix"), "no method or family 'nix'"),
        (("gradient16.png", "--grid", "g.png", "-m", "labels"), "labels makes no new colors, so it cannot be set"),
        (("sprite.png", "--grid", "g.png", "-s", "1.5", "--against", "sub-pixel"), "sub-pixel enlarges by whole"),
    ],
)
def test_a_grid_that_cannot_be_is_refused_before_the_work(
    upscli: Upscli, folder: Path, words: tuple[str, ...], sentence: str
) -> None:
    before = sorted(folder.rglob("*"))
    done = upscli("enlarge", *words, "-o", "x.png")
    assert (done.code, len(done.lines)) == (2, 1), done.err
    assert sentence in done.err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("grid", "sentence"),
    [("g.png", "--grid g.png is one file, and more pictures"), ("g/{method}.png", "would both become g/bicubic.png")],
)
def test_two_pictures_never_share_a_grid(upscli: Upscli, folder: Path, grid: str, sentence: str) -> None:
    done = upscli("enlarge", *PICTURES, "-o", "out/", "--grid", grid)
    assert done.code == 2
    assert sentence in done.err
    assert not Path("out").exists()
