"""What is decided before any pixel is read."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from enlarging import request, requested
from installed import formats
from PIL import Image, ImageFile

from upscli.errors import InputError, MethodError, OutputError
from upscli.kernels.axis import Edge
from upscli.pictures.formats import Layout
from upscli.pictures.header import Limits, Source
from upscli.plan import Plan, plan
from upscli.size import Exact, Fit, LongEdge, Scale


def scale(x: float, y: float | None = None) -> Scale:
    return Scale(Fraction(str(x)), Fraction(str(x if y is None else y)))


def header_only(path: Path, width: int, height: int, bits: int = 8, color: int = 2) -> Path:
    """A PNG with a good header, whose pixels are nonsense: whoever reads them fails."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"nonsense"))
    return path


@pytest.fixture
def big(tmp_path: Path) -> Path:
    return header_only(tmp_path / "big.png", 12_000, 8_000)


def test_a_plan_opens_no_pixels(big: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", opened.append)
    (job,) = plan(request(big)).jobs
    assert (job.header.width, job.header.height) == (12_000, 8_000)
    assert job.recipe.target == (24_000, 16_000)
    assert job.output == str(big.with_name("big_bicubic_x2.png"))
    assert job.format.name == "png"
    assert job.recipe.layout == Layout("rgb", False, "uint8")
    assert opened == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "PPM", "AVIF"])
def test_a_plan_opens_no_pixels_of_any_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    Image.new("RGB", (9, 7)).save(tmp_path / "a", kind)
    opened: list[object] = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", opened.append)
    assert len(plan(request(tmp_path / "a")).jobs) == 1
    assert opened == []


def test_a_plan_touches_no_file(big: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in big.parent.iterdir()}
    plan(request(big, f"{big.parent}/out/"))
    assert {path: path.stat().st_mtime_ns for path in big.parent.iterdir()} == before


def test_a_job_says_all_that_decides_the_result(big: Path) -> None:
    (job,) = plan(
        request(big, big.with_name("b.png"), method="lanczos", options={"lobes": "4"}, edge=Edge.WRAP, size=scale(1.5))
    ).jobs
    assert job.recipe.method == "lanczos"
    assert dict(job.recipe.options)["lobes"] == 4
    assert job.recipe.edge is Edge.WRAP
    assert (job.recipe.source, job.recipe.target) == ((12_000, 8_000), (18_000, 12_000))


def test_a_job_can_be_sent_to_another_process(big: Path) -> None:
    import pickle

    (job,) = plan(request(big)).jobs
    assert pickle.loads(pickle.dumps(job)) == job


@pytest.mark.parametrize(
    ("size", "target"),
    [
        (None, (14, 10)),
        (scale(1), (7, 5)),
        (scale(1.5), (11, 8)),  # 10.5 and 7.5: ties go up
        (scale(1.1), (8, 6)),  # 7.7 and 5.5
        (scale(1, 3), (7, 15)),
        (Exact(70, 5), (70, 5)),
        (Exact(20, None), (20, 14)),  # 14.29
        (Exact(None, 20), (28, 20)),
        (Fit(21, 100), (21, 15)),
        (Fit(100, 20), (28, 20)),
        (LongEdge(21), (21, 15)),
    ],
)
def test_the_target_is(tmp_path: Path, size: Any, target: tuple[int, int]) -> None:
    (job,) = plan(request(header_only(tmp_path / "a.png", 7, 5), size=size)).jobs
    assert job.recipe.target == target


@pytest.mark.parametrize(
    ("limits", "option"),
    [
        (Limits(pixels=95_999_999), "--max-pixels"),
        (Limits(output_pixels=383_999_999), "--max-output-pixels"),
        (Limits(pixels=1, output_pixels=0), "--max-pixels"),
    ],
)
def test_over_a_limit_only_that_picture_is_refused(big: Path, limits: Limits, option: str) -> None:
    planned = plan(request(big, limits=limits))
    assert planned.jobs == []
    (outcome,) = planned.refused
    assert (outcome.status, outcome.input, outcome.output) == ("failed", str(big), "")
    assert outcome.reason.startswith(f"{big}: ")
    assert option in outcome.reason
    assert "0: no limit" in outcome.reason


@pytest.mark.parametrize(
    "limits", [Limits(pixels=96_000_000, output_pixels=384_000_000), Limits(pixels=0, output_pixels=0)]
)
def test_at_a_limit_nothing_is_refused(big: Path, limits: Limits) -> None:
    assert len(plan(request(big, limits=limits)).jobs) == 1


def test_without_limits_sixty_thousand_squared_can_be_planned(tmp_path: Path) -> None:
    bomb = header_only(tmp_path / "a.png", 60_000, 60_000)
    assert "60000 x 60000" in plan(request(bomb)).refused[0].reason
    (job,) = plan(request(bomb, limits=Limits(pixels=0, output_pixels=0))).jobs
    assert job.recipe.target == (120_000, 120_000)


@pytest.mark.parametrize("form", formats(lambda form: form.longest < 100_000))
def test_a_side_longer_than_the_format_allows_is_refused(tmp_path: Path, form: Any) -> None:
    source = header_only(tmp_path / "a.png", 10, 10)
    output = tmp_path / f"b{form.extensions[0]}"
    for size in (Exact(form.longest, 10), Exact(10, form.longest)):
        assert len(plan(request(source, output, size=size)).jobs) == 1
    for size in (Exact(form.longest + 1, 10), Exact(10, form.longest + 1)):
        with pytest.raises(OutputError, match=f"{form.name} ends at {form.longest:,} pixels a side"):
            plan(request(source, output, size=size))


@pytest.mark.parametrize("form", formats())
@pytest.mark.parametrize("layout", ["gray", "gray alpha", "rgb", "rgb alpha", "gray 16", "rgb 16"])
def test_a_format_takes_a_layout_or_names_one_that_can(tmp_path: Path, form: Any, layout: str) -> None:
    bits = 16 if "16" in layout else 8
    color = {"gray": 0, "gray alpha": 4, "rgb": 2, "rgb alpha": 6}[layout.removesuffix(" 16")]
    source = header_only(tmp_path / "a.png", 10, 10, bits, color)
    try:
        (job,) = plan(request(source, tmp_path / f"b{form.extensions[0]}")).jobs
    except OutputError as error:
        assert str(error).startswith(f"{source}: {form.name} cannot hold ")  # noqa: PT017 - taken or refused
        assert "png" in str(error)  # noqa: PT017
    else:
        assert job.format is form
        assert job.recipe.layout_out in form.writes


def test_a_background_takes_the_alpha_away(tmp_path: Path) -> None:
    source = header_only(tmp_path / "a.png", 10, 10, 8, 6)
    (job,) = plan(request(source, tmp_path / "b.jpg", background=(1, 2, 3))).jobs
    assert job.recipe.layout_out == Layout("rgb", False, "uint8")
    assert job.recipe.background == (1, 2, 3)


def test_a_background_without_alpha_changes_nothing(big: Path) -> None:
    assert plan(request(big, background=(1, 2, 3))).jobs == plan(request(big)).jobs


def test_one_missing_picture_does_not_cost_the_others(big: Path) -> None:
    planned = plan(requested([Source(Path("missing.png")), Source(big)]))
    assert [job.source.path for job in planned.jobs] == [big]
    assert [outcome.reason for outcome in planned.refused] == ["missing.png: no such file"]


def test_two_inputs_that_become_one_output_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    inputs = [header_only(tmp_path / "a.png", 4, 4), header_only(tmp_path / "b" / "a.png", 4, 4)]
    with pytest.raises(OutputError, match="would both become"):
        plan(requested(map(Source, inputs), f"{tmp_path}/out/"))


def test_two_inputs_make_the_output_a_folder(tmp_path: Path) -> None:
    inputs = [header_only(tmp_path / f"{name}.png", 4, 4) for name in "ab"]
    planned = plan(requested(map(Source, inputs), f"{tmp_path}/out"))
    assert [job.output for job in planned.jobs] == [f"{tmp_path}/out/a.png", f"{tmp_path}/out/b.png"]


def test_an_output_that_another_job_reads_is_refused_even_when_overwriting(tmp_path: Path) -> None:
    inputs = [header_only(tmp_path / "a.png", 4, 4), header_only(tmp_path / "a_bicubic_x2.png", 4, 4)]
    with pytest.raises(OutputError, match="is an input, and inputs are never replaced"):
        plan(requested(map(Source, inputs), overwrite=True))


@pytest.mark.parametrize(
    ("more", "error", "part"),
    [
        ({"method": "bicubik"}, MethodError, "did you mean 'bicubic'"),
        ({"options": {"b": 1}}, MethodError, "no option 'b'"),
        ({"options": {"a": 1}}, MethodError, "must be"),
        ({"format": "tif3"}, OutputError, "no format 'tif3'"),
        ({"size": scale(0.5)}, MethodError, "smaller"),
        ({"method": "bed-of-nails", "size": scale(2.5)}, MethodError, "whole numbers only"),
        ({"quality": 3}, OutputError, "--quality"),
    ],
)
def test_wrong_wishes_are_refused_for_the_whole_run(big: Path, more: Any, error: type, part: str) -> None:
    with pytest.raises(error, match=part):
        plan(request(big, **more))


def test_words_are_checked_before_files(tmp_path: Path) -> None:
    with pytest.raises(MethodError):
        plan(request(tmp_path / "missing.png", method="bicubik"))


def test_standard_input_and_output_have_no_names_to_collide(big: Path) -> None:
    data = big.read_bytes()
    planned = plan(requested([Source(Path("stdin"), data)], "-"))
    assert isinstance(planned, Plan)
    assert planned.jobs[0].output == "-"
    with pytest.raises(OutputError, match="give -o FILE"):
        plan(requested([Source(Path("stdin"), data)]))


def test_an_unreadable_header_is_an_input_error_of_the_door(tmp_path: Path) -> None:
    from upscli.pictures import door

    (tmp_path / "a.png").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"a\.png: not an image"):
        door.header(Source(tmp_path / "a.png"), Limits())
