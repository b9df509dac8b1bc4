"""Comparisons, made: what is enlarged, what it is held against, and that the numbers are right."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import equal
from material import RGB, noise, recipe, result_of, sample
from PIL import Image

from upscli.compare import ESTIMATED, WHOLE, compare
from upscli.comparison import Comparison
from upscli.contenders import contenders, named
from upscli.errors import InputError, MethodError
from upscli.kernels import metrics
from upscli.kernels.degrade import Degradation
from upscli.pictures.degraded import degraded
from upscli.pictures.header import Source
from upscli.size import Scale
from upscli.trial import Wish, trial

TWO = "nearest,bicubic:a=-0.75"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An odd piece of a landscape."""
    Image.fromarray(sample("landscape.png")[100:221, 60:223]).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def wish(path: Path, methods: str = TWO, scale: str = "2", **more: Any) -> Wish:
    names = (methods,)
    return Wish(Source(path), contenders(names), named(names), Scale.parse(scale), **more)


def made(path: Path, methods: str = TWO, scale: str = "2", threads: int = 1, **more: Any) -> Comparison:
    return compare(trial(wish(path, methods, scale, **more)), threads)


def pixels_of(path: Path) -> Any:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("word", ["bicubic", "box", "gaussian:1.2", "jpeg:80"])
def test_without_a_reference_the_picture_is_made_small_enlarged_back_and_scored(path: Path, word: str) -> None:
    degradation = Degradation.parse(word)
    found = made(path, degradation=degradation, crops=((10, 20, 50, 40),))
    assert (found.size, found.target) == ((81, 60), (162, 120))
    reference = pixels_of(path)[:120, :162]
    small = degraded(reference, Fraction(2), degradation)
    for cell in found.cells:
        result = result_of(recipe(cell.method, small, RGB, 2, options=cell.options), small)
        assert cell.psnr == pytest.approx(metrics.psnr(result, reference), abs=1e-9)
        assert cell.ssim == pytest.approx(metrics.ssim(result, reference), abs=1e-4)
        equal(cell.crops[0], result[20:60, 10:60])
        assert not cell.identical
    assert found.reference is not None
    equal(found.reference[0], reference[20:60, 10:60])
    assert "made 2 times smaller" in found.basis
    assert any("cropped to multiples of 2: 162 x 120" in note for note in found.notes)


def test_a_factor_that_is_not_whole_goes_back_to_the_same_size(path: Path) -> None:
    found = made(path, scale="1.7", degradation=Degradation())
    assert (found.size, found.target) == ((96, 71), (163, 121))
    assert found.cells[0].psnr is not None


def test_a_reference_is_what_scores_are_against(path: Path, tmp_path: Path) -> None:
    high = noise(363, 489)
    Image.fromarray(high).save(tmp_path / "high.png")
    found = made(path, scale="3", reference=Source(tmp_path / "high.png"), crops=((1, 2, 8, 9),))
    low = pixels_of(path)
    result = result_of(recipe("nearest", low, RGB, 3), low)
    assert (found.size, found.target) == ((163, 121), (489, 363))
    assert found.cells[0].psnr == pytest.approx(metrics.psnr(result, high), abs=1e-9)
    assert "high.png" in found.basis
    without_scale = compare(trial(replace(wish(path, reference=Source(tmp_path / "high.png")), scale=None)))
    assert without_scale.cells[0].psnr == found.cells[0].psnr


def test_the_nearest_is_best_and_equals_share_it(path: Path) -> None:
    found = made(path, "nearest,box,bicubic,lanczos", degradation=Degradation())
    assert [cell.label for cell in found.cells if cell.best] == ["lanczos"]
    found = made(path, "nearest,box", degradation=Degradation())
    assert [cell.best for cell in found.cells] == [True, True]


def test_a_result_that_differs_nowhere_is_identical(tmp_path: Path) -> None:
    Image.fromarray(np.full((20, 20, 3), 90, np.uint8)).save(tmp_path / "a.png")
    found = made(tmp_path / "a.png", degradation=Degradation.parse("box"))
    assert [(c.psnr, c.ssim, c.identical, c.best) for c in found.cells] == [(None, 1.0, True, True)] * 2


def test_plain_enlarging_has_no_scores_and_crops_of_the_larger_picture(path: Path) -> None:
    found = made(path, scale="3", crops=((300, 200, 60, 50), None))
    assert (found.size, found.target, found.reference) == ((163, 121), (489, 363), None)
    low = pixels_of(path)
    whole = result_of(recipe("bicubic", low, RGB, 3, options={"a": -0.75}), low)
    equal(found.cells[1].crops[0], whole[200:250, 300:360])
    x, y, wide, high = found.crops[1]
    equal(found.cells[1].crops[1], whole[y : y + high, x : x + wide])
    assert all(cell.psnr is None and cell.ssim is None and not cell.best for cell in found.cells)


def test_seconds_say_whether_they_were_measured_or_estimated(path: Path) -> None:
    assert made(path, scale="2").timing == WHOLE
    assert made(path, scale="7").timing == ESTIMATED
    assert made(path, degradation=Degradation()).timing == WHOLE
    assert all(cell.seconds and cell.seconds > 0 for cell in made(path, scale="7").cells)


def test_any_number_of_threads_gives_the_same(path: Path) -> None:
    one, four = (made(path, "all", degradation=Degradation(), threads=threads) for threads in (1, 4))
    assert one.crops == four.crops
    assert [(cell.psnr, cell.ssim) for cell in one.cells] == [(cell.psnr, cell.ssim) for cell in four.cells]


def test_pictures_of_a_few_pixels_have_psnr_but_no_ssim(tmp_path: Path) -> None:
    Image.fromarray(noise(6, 9)).save(tmp_path / "a.png")
    found = made(tmp_path / "a.png", degradation=Degradation())
    assert [cell.ssim for cell in found.cells] == [None, None]
    assert found.cells[0].psnr is not None
    assert any("too small for SSIM" in note for note in found.notes)


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "CMYK", "P", "1", "I;16", "F"])
def test_pictures_of_every_kind_are_compared(mode: str, tmp_path: Path) -> None:
    gray = Image.fromarray(sample("landscape.png")[:60, :60]).convert("L")
    image = Image.fromarray(np.asarray(gray).astype(np.uint16) * 257) if mode == "I;16" else gray.convert(mode)
    if mode == "F":
        image = image.point(lambda level: level * (1 / 255))
    image.save(tmp_path / "a.tif")
    found = made(tmp_path / "a.tif", degradation=Degradation())
    assert found.cells[1].psnr is not None
    assert found.cells[1].crops[0].dtype == np.uint8
    assert found.cells[1].crops[0].shape[2] == 3
    assert any("was laid on #ffffff" in note for note in found.notes) == (mode in ("LA", "RGBA"))


def test_a_family_leaves_out_what_cannot_and_a_name_is_refused(path: Path) -> None:
    found = made(path, "all", scale="1.5")
    assert "bed-of-nails" not in [cell.method for cell in found.cells]
    assert any("left out: bed-of-nails, " in note for note in found.notes)
    with pytest.raises(MethodError, match=r"bed-of-nails enlarges by whole numbers only"):
        trial(wish(path, "bicubic,bed-of-nails", scale="1.5"))


@pytest.mark.parametrize(
    ("name", "why"), [("labels", "makes no new colors"), ("max-unpool", "decides the size itself")]
)
def test_methods_of_another_kind_are_refused(path: Path, name: str, why: str) -> None:
    with pytest.raises(MethodError, match=why):
        trial(wish(path, name))


@pytest.mark.parametrize(
    ("size", "mode", "scale", "sentence"),
    [
        ((300, 300), "RGB", None, "not the shape of"),
        ((326, 242), "RGB", "3", "enlarged by 3 is 489 x 363"),
        ((82, 61), "RGB", None, "are the two exchanged"),
        ((326, 242), "L", None, "save both in the same way"),
    ],
)
def test_references_that_do_not_fit_are_refused(
    path: Path, tmp_path: Path, size: tuple[int, int], mode: str, scale: str | None, sentence: str
) -> None:
    Image.new(mode, size).save(tmp_path / "ref.png")
    asked = replace(wish(path, reference=Source(tmp_path / "ref.png")), scale=scale and Scale.parse(scale))
    with pytest.raises(MethodError, match=sentence):
        trial(asked)


def test_what_cannot_degrade_itself_is_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(MethodError, match="by one factor"):
        trial(wish(path, scale="2x3", degradation=Degradation()))
    with pytest.raises(InputError, match="cannot be made 200 times smaller"):
        trial(wish(path, scale="200", degradation=Degradation()))
    with pytest.raises(MethodError, match="only enlarges"):
        trial(wish(path, scale="0.5", degradation=Degradation()))
    Image.new("CMYK", (20, 20)).save(tmp_path / "a.tif")
    with pytest.raises(MethodError, match="which JPEG cannot hold"):
        trial(wish(tmp_path / "a.tif", degradation=Degradation.parse("jpeg:80")))


def test_a_picture_that_changes_meanwhile_is_noticed(path: Path) -> None:
    planned = trial(wish(path, degradation=Degradation()))
    Image.fromarray(noise(30, 30)).save(path)
    with pytest.raises(InputError, match="changed while the work was planned"):
        compare(planned)


def test_light_is_resampled_where_it_is_asked_for(path: Path) -> None:
    usual, light = (made(path, "nearest,bilinear", scale="4", linear=linear) for linear in (False, True))
    equal(usual.cells[0].crops[0], light.cells[0].crops[0])
    assert (usual.cells[1].crops[0] != light.cells[1].crops[0]).any()
