"""Where results go, what collides, and what may be replaced."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from upscli import journal, outputs
from upscli.errors import OutputError
from upscli.inputs import Entry
from upscli.outputs import Existing, Place, check_collisions, decide, results_among
from upscli.pictures.formats import Layout, by_name
from upscli.pictures.header import Header, Source
from upscli.size import Scale

TWO = Scale(Fraction(2), Fraction(2))


def entry(path: Path | str, base: Path | str = "in", below: str = "", found: bool = True) -> Entry:
    return Entry(Source(Path(path)), Path(base), below, found)


def placed(place: Place, path: str = "in/sub/a.jpg", form: str = "jpeg") -> str:
    return place.path_for(entry(path, "in", "sub"), "box", TWO, (4, 6), by_name(form), 3)


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (Place(), "in/sub/a_box_x2.jpg"),
        (Place("out/"), "out/sub/a.jpg"),
        (Place("out", many=True), "out/sub/a.jpg"),
        (Place("out", template="{index:02}_{width}x{height}{ext}"), "out/03_4x6.jpg"),
        (Place(template="{stem}{ext}"), "in/a.jpg"),
        (Place("b.png"), "b.png"),
        (Place("-"), "-"),
    ],
)
def test_a_result_lies_at(place: Place, path: str) -> None:
    assert placed(place) == path


def test_the_extension_is_kept_unless_the_format_changes() -> None:
    assert placed(Place("out/"), "in/sub/a.JPG") == "out/sub/a.JPG"
    assert placed(Place("out/"), "in/sub/a.jpeg", "webp") == "out/sub/a.webp"
    assert placed(Place("out/"), "in/sub/a") == "out/sub/a.jpg"


def test_the_format_is_as_asked_then_as_named_then_the_inputs() -> None:
    header = Header(2, 3, Layout("rgb", False, "uint8"), by_name("tiff"))
    for place, name in [
        (Place(), "tiff"),
        (Place("out/"), "tiff"),
        (Place("b.webp"), "webp"),
        (Place("-", format="bmp"), "bmp"),
        (Place("out/", template="{stem}.png"), "png"),
        (Place("out/", template="{stem}{ext}"), "tiff"),
    ]:
        assert place.format_for(header).name == name


def test_two_that_become_one_are_both_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"x/a\.jpg and y/a\.png would both become out/a\.png"):
        check_collisions([(Source(Path("x/a.jpg")), "out/a.png"), (Source(Path("y/a.png")), "out/a.png")], [])


@pytest.mark.parametrize(("one", "other"), [("out/a.png", "link/a.png"), ("out/a.png", "out/../out/a.png")])
def test_two_roads_to_one_file_collide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one: str, other: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("out").mkdir()
    Path("link").symlink_to("out")
    with pytest.raises(OutputError, match="would both become"):
        check_collisions([(Source(Path("a")), one), (Source(Path("b")), other)], [])


@pytest.mark.parametrize(("one", "other"), [("a", "A"), ("straße", "STRASSE"), ("e\u0301", "\u00c9")])
@pytest.mark.parametrize("folds", [True, False])
def test_names_that_a_folding_disk_takes_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one: str, other: str, folds: bool
) -> None:
    monkeypatch.setattr(outputs, "_folds_case", lambda folder: folds)
    names = [outputs._folded(tmp_path / name, str(tmp_path)) for name in (one, other)]
    assert (names[0] == names[1]) is folds


def test_the_disk_is_asked_whether_it_folds(tmp_path: Path) -> None:
    Path(tmp_path / "Letters").mkdir()
    folds = (tmp_path / "lETTERS").exists()
    assert outputs._folds_case(tmp_path / "Letters" / "not-yet") is folds


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_a_target_that_is_an_input_by_a_link_is_refused(tmp_path: Path, link: str) -> None:
    (tmp_path / "a.png").touch()
    getattr(tmp_path / "b.png", link)(tmp_path / "a.png")
    others = [Source(tmp_path / "a.png")]
    with pytest.raises(OutputError, match=r"b\.png is an input"):
        check_collisions([(Source(tmp_path / "c.png"), str(tmp_path / "b.png"))], others)


def test_devices_and_stdout_never_collide() -> None:
    for output in ("-", os.devnull):
        check_collisions([(Source(Path("a")), output), (Source(Path("b")), output)], [])


def test_results_among_what_was_found(tmp_path: Path) -> None:
    found, named = entry(tmp_path / "a_x2.png"), entry(tmp_path / "b_x2.png", found=False)
    results = [(Source(tmp_path / "a.png"), str(tmp_path / "a_x2.png")), (None, str(tmp_path / "b_x2.png"))]
    assert results_among([found, named], results) == {str(tmp_path / "a_x2.png")}
    itself = [(Source(tmp_path / "a_x2.png"), str(tmp_path / "a_x2.png"))]
    assert results_among([found], itself) == set()


@pytest.mark.parametrize("existing", list(Existing))
def test_what_does_not_exist_is_made(tmp_path: Path, existing: Existing) -> None:
    assert decide(str(tmp_path / "a.png"), existing, [], "m") == "make"
    assert decide("-", existing, [], "m") == "make"


@pytest.mark.parametrize(
    ("existing", "decision"), [(Existing.REFUSE, "refuse"), (Existing.OVERWRITE, "replace"), (Existing.SKIP, "skip")]
)
def test_what_exists_is_treated_as_asked(tmp_path: Path, existing: Existing, decision: str) -> None:
    for name in ("file", "link"):
        (tmp_path / "file").touch()
        (tmp_path / "link").unlink(missing_ok=True)
        (tmp_path / "link").symlink_to("nowhere")
        assert decide(str(tmp_path / name), existing, [], "m") == decision


def test_resume_asks_all_journals(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "a.png"
    path.parent.mkdir()
    path.write_bytes(b"12345")
    journal.append(tmp_path, path, "m", path.stat())
    known: list[Any] = [journal.read(tmp_path / "sub"), journal.read(tmp_path)]
    assert decide(str(path), Existing.RESUME, known, "m") == "skip"
    assert decide(str(path), Existing.RESUME, known, "other") == "replace"
    os.truncate(path, 2)
    assert decide(str(path), Existing.RESUME, known, "m") == "replace"
    with pytest.raises(OutputError, match="no journal says"):
        decide(str(path), Existing.RESUME, known[:1], "m")


@pytest.mark.skipif(os.name != "posix", reason="names of POSIX")
def test_a_name_that_the_disk_refuses_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="File name too long"):
        decide(str(tmp_path / ("n" * 300)), Existing.SKIP, [], "m")
