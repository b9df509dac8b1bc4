"""Methods against each other on folders of pictures: what is planned, what is done, and what a megapixel costs."""

from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from material import GRAY, RGB16, noise, sample, written

import upscli
from upscli import bouts, contest, registry
from upscli.bouts import Setting, Stopped, photograph, seconds_per_megapixel
from upscli.contenders import Contender, contenders
from upscli.contest import Plan
from upscli.errors import InputError, MethodError, ModelError
from upscli.evaluation import Evaluation, Request
from upscli.kernels import color, metrics
from upscli.kernels.degrade import Degradation, Way, cropped, matlab_bicubic, reduced
from upscli.pictures.formats import by_name
from upscli.pictures.header import Metadata
from upscli.score import Protocol
from upscli.whole import Held


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures: 95 x 61 and 64 x 64 pixels."""
    written(tmp_path / "a.png", sample("landscape.png")[:61, :95])
    written(tmp_path / "b.png", sample("landscape.png")[200:264, 100:164])
    return tmp_path


def request(folder: Path, words: str = "bicubic,lanczos", scales: tuple[int, ...] = (2, 3), **more: Any) -> Request:
    return Request(str(folder), contenders([words]), scales, **more)


def done(wanted: Request, jobs: int = 2) -> Evaluation:
    return contest.carry_out(wanted, contest.plan(wanted), jobs, lambda what, steps: None)


def by_hand(pixels: Any, method: str, scale: int, border: int) -> tuple[float | None, float]:
    """PSNR and SSIM on MATLAB's Y, step by step."""
    large = cropped(pixels, scale)
    result = upscli.enlarge(matlab_bicubic(large, scale), method, scale)
    inside = np.s_[border:-border, border:-border]
    planes = [color.matlab_y(one)[inside] for one in (result, large)]
    return metrics.psnr(*planes), metrics.ssim(*planes)


def test_rows_are_by_scale_then_method_and_score_every_picture_as_papers_do(folder: Path) -> None:
    made = done(request(folder))
    assert [(row.scale, row.contender.method) for row in made.rows] == [
        (2, "bicubic"),
        (2, "lanczos"),
        (3, "bicubic"),
        (3, "lanczos"),
    ]
    pictures = [sample("landscape.png")[:61, :95], sample("landscape.png")[200:264, 100:164]]
    for row in made.rows:
        expected = [by_hand(pixels, row.contender.method, row.scale, row.scale) for pixels in pictures]
        assert [Path(entry.picture).name for entry in row.entries] == ["a.png", "b.png"]
        assert [(entry.psnr, entry.ssim) for entry in row.entries] == [pytest.approx(each) for each in expected]
        assert row.psnr == pytest.approx(np.mean([psnr for psnr, _ in expected]))
        assert row.ssim == pytest.approx(np.mean([ssim for _, ssim in expected]))
        assert row.seconds > 0


def test_options_reach_the_method_and_all_of_them_are_reported(folder: Path) -> None:
    rows = done(request(folder, "bicubic:a=-0.75,bicubic,mitchell:b=0.2", (2,))).rows
    assert [dict(row.options) for row in rows] == [{"a": -0.75}, {"a": -0.5}, {"b": 0.2, "c": pytest.approx(1 / 3)}]
    assert rows[0].psnr != rows[1].psnr


@pytest.mark.parametrize("jobs", [1, 5])
def test_the_result_is_the_same_for_any_number_of_jobs_and_order_of_their_ends(
    folder: Path, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("broken", "crushed"):
        (folder / f"{name}.png").write_bytes((folder / "a.png").read_bytes()[:900])
    made = done(request(folder), 2)
    monkeypatch.setattr(contest, "as_completed", lambda futures: reversed(list(futures)))
    other = done(request(folder), jobs)
    assert [row.entries for row in made.rows] == [row.entries for row in other.rows]
    assert (made.failures, made.notes, made.timed_on) == (other.failures, other.notes, other.timed_on)


def test_protocol_border_and_degradation_are_those_that_are_asked_for(folder: Path) -> None:
    (folder / "b.png").unlink()
    pixels = sample("landscape.png")[:60, :94]
    small = reduced(pixels, 2, Degradation(Way.BOX))
    result = upscli.enlarge(small, "bicubic", 2)
    setting = Setting(Degradation(Way.BOX), Protocol.RGB, 5)
    row = done(request(folder, "bicubic", (2,), setting=setting)).rows[0]
    assert row.psnr == pytest.approx(metrics.psnr(result[5:-5, 5:-5], pixels[5:-5, 5:-5]))


def test_gray_and_16_bit_pictures_are_scored_too(tmp_path: Path) -> None:
    gray = noise(48, 48, 1)
    written(tmp_path / "gray.png", gray)
    deep = sample("landscape.png")[200:248, 100:148].astype(np.uint16) * 257
    written(tmp_path / "deep.png", deep)
    rows = done(request(tmp_path, "bicubic", (2,))).rows
    deeper, plain = rows[0].entries
    result = upscli.enlarge(matlab_bicubic(gray, 2), "bicubic", 2)
    assert plain.psnr == pytest.approx(metrics.psnr(result[2:-2, 2:-2], gray[2:-2, 2:-2]))
    assert deeper.psnr == pytest.approx(by_hand(deep // 257, "bicubic", 2, 2)[0], abs=0.02)


@pytest.mark.parametrize("name", ["a", "ax2", "a_x2"])
def test_given_small_pictures_are_found_by_name(folder: Path, name: str) -> None:
    (folder / "b.png").unlink()
    expected = done(request(folder, "bicubic", (2,))).rows[0]
    low = folder / "low x2"
    low.mkdir()
    written(low / f"{name}.png", matlab_bicubic(sample("landscape.png")[:60, :94], 2))
    row = done(request(folder, "bicubic", (2,), low=str(folder / "low x{scale}"))).rows[0]
    assert row.entries == expected.entries
    written(low / f"{name}.png", noise(30, 47))
    assert done(request(folder, "bicubic", (2,), low=str(low))).rows[0].psnr < 15


def test_small_pictures_that_do_not_fit_cost_their_picture(folder: Path) -> None:
    low = folder / "low"
    low.mkdir()
    for side in (30, 33):
        written(low / "b.png", noise(side, 32))
        planned = contest.plan(request(folder, "bicubic", (2,), low=str(low)))
        assert planned.bouts == []
        assert planned.failures == [
            f"{folder}/a.png: no small picture for x2; it would be called a or ax2 or a_x2",
            f"{low}/b.png: 32 x {side} times 2 is not the 64 x 64 of {folder}/b.png",
        ]
    with pytest.raises(InputError, match="no such folder of small pictures"):
        contest.plan(request(folder, "bicubic", (2,), low=str(folder / "none")))


def test_a_method_of_other_factors_takes_two_steps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method = registry.get("lanczos")
    narrow = method.__class__(**{**vars(method), "scales": (3, 4)})
    monkeypatch.setattr("upscli.methods.interpolation.LANCZOS", narrow)
    made = done(request(folder))
    expected = [(scale, name) for scale in (2, 3) for name in ("bicubic", "lanczos")]
    assert [(row.scale, row.contender.method) for row in made.rows] == expected
    assert all(row.psnr is not None for row in made.rows)


def test_a_broken_picture_costs_itself_alone(folder: Path) -> None:
    (folder / "broken.png").write_bytes((folder / "a.png").read_bytes()[:900])
    (folder / "none.png").write_bytes(b"no picture")
    written(folder / "tiny.png", noise(14, 99))
    made = done(request(folder, "bicubic", (2,)))
    assert [Path(entry.picture).name for entry in made.rows[0].entries] == ["a.png", "b.png"]
    assert [failure.partition(": ")[0] for failure in made.failures] == [
        f"{folder}/{name}.png" for name in ("none", "tiny", "broken")
    ]
    assert "too small for x2, which must leave 11 x 11 pixels inside a border of 2" in made.failures[1]


def test_a_method_that_fails_on_a_picture_lacks_it_and_the_others_do_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = registry.get("lanczos")

    def picky(pixels: Any, rows: Any, cols: Any, options: Any) -> Any:
        if rows.size == 32:
            raise MethodError("32 rows are too many")
        return method.function(pixels, rows, cols, options)

    monkeypatch.setattr("upscli.methods.interpolation.LANCZOS", method.__class__(**{**vars(method), "function": picky}))
    made = done(request(folder, scales=(2,)))
    assert [len(row.entries) for row in made.rows] == [2, 1]
    assert made.failures == [f"{folder}/b.png: x2, lanczos: 32 rows are too many"]


def test_a_model_that_cannot_be_loaded_ends_the_run_before_it_begins(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(options: Any) -> Any:
        raise ModelError("edge.npz: damaged")

    method = registry.get("lanczos")
    monkeypatch.setattr("upscli.methods.interpolation.LANCZOS", method.__class__(**{**vars(method), "load": load}))
    wanted, seen = request(folder), []
    with pytest.raises(ModelError, match="damaged"):
        contest.carry_out(wanted, contest.plan(wanted), 2, lambda what, steps: seen.append(what))
    assert seen == []


def test_what_methods_say_of_themselves_is_noted(folder: Path) -> None:
    notes = contest.plan(request(folder, "transposed-conv:kernel=1 1 1; 1 1 1; 1 1 1", (2,))).notes
    assert notes
    assert all(note.startswith("transposed-conv kernel=1 1 1; 1 1 1; 1 1 1, x2: ") for note in notes)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none")
    with pytest.raises(InputError, match=r"no pictures in .* \(1 files of other kinds\)"):
        contest.plan(request(tmp_path))
    assert contest.plan(request(tmp_path / "none")).failures == [f"{tmp_path}/none: no such file"]


def test_subfolders_are_read_when_asked_for(folder: Path) -> None:
    (folder / "deep").mkdir()
    written(folder / "deep" / "c.png", noise(40, 40))
    assert len(contest.plan(request(folder, scales=(2,))).bouts) == 2
    assert len(contest.plan(request(folder, scales=(2,), recursive=True)).bouts) == 3


def test_every_step_is_watched(folder: Path) -> None:
    wanted, seen = request(folder), []
    planned = contest.plan(wanted)
    contest.carry_out(wanted, planned, 2, lambda what, steps: seen.append((what, steps)))
    assert len(seen) == planned.steps == 8
    assert {steps for _, steps in seen} == {8}
    assert {what for what, _ in seen[:4]} == {f"{folder}/{name}.png x{scale}" for name in "ab" for scale in (2, 3)}
    assert [what for what, _ in seen[4:]] == ["bicubic x2", "lanczos x2", "bicubic x3", "lanczos x3"]


def test_a_bout_that_is_not_wanted_any_more_ends_soon(folder: Path) -> None:
    planned: Plan = contest.plan(request(folder))
    stop = Event()
    stop.set()
    with pytest.raises(Stopped):
        bouts.fight(planned.bouts[0], planned.able[2], Setting(), 1, stop)


def held(pixels: Any, layout: Any) -> Held:
    return Held(pixels, layout, by_name("png"), Metadata(), ())


def test_a_large_picture_is_timed_on_its_middle_rows() -> None:
    pixels = noise(1000, 1200, 3)
    middle, mirrored = photograph(held(pixels, RGB16))
    assert not mirrored
    assert middle.shape == (834, 1200, 3)
    assert middle.dtype == np.uint8
    middle, _ = photograph(held(pixels, bouts.RGB))
    np.testing.assert_array_equal(middle, pixels[83:917])


def test_a_small_picture_is_mirrored_to_a_megapixel_to_time_on() -> None:
    pixels = noise(300, 200, 1)
    large, mirrored = photograph(held(pixels, GRAY))
    assert mirrored
    assert large.shape == (1024, 1024, 3)
    np.testing.assert_array_equal(large[:300, :200], np.repeat(pixels, 3, 2))
    np.testing.assert_array_equal(large[300:600, 200:400], np.repeat(pixels[::-1, ::-1], 3, 2))


def test_seconds_are_for_a_megapixel_of_the_small_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 100, 2))
    monkeypatch.setattr(bouts, "perf_counter", lambda: next(clock))
    found = seconds_per_megapixel(Contender("bicubic"), 2, noise(500, 1000), 1)
    assert found == pytest.approx(2 / 0.5)
