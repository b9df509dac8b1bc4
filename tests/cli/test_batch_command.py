"""Many pictures in one command: what is enlarged, where it goes, and what is never touched."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from upscli.journal import NAME


def picture(name: str, size: tuple[int, int] = (6, 4), mode: str = "RGB") -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, sum(map(ord, path.name)) % 200).save(path)
    return path


def files(folder: str | Path = ".") -> list[str]:
    """Names of all files below, but for journals."""
    found = (path.relative_to(folder) for path in Path(folder).rglob("*") if path.is_file() or path.is_symlink())
    return sorted(str(path) for path in found if path.name != NAME)


def snapshot(folder: str | Path = ".") -> dict[str, bytes]:
    return {name: (Path(folder) / name).read_bytes() for name in files(folder)}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("in/a.png", "in/b.jpg", "in/sub/c.png"):
        picture(name)
    Path("in/notes.txt").touch()
    return tmp_path


def test_a_tree_is_mirrored_below_the_output_folder(upscli: Callable[..., Any], tree: Path) -> None:
    said = upscli("enlarge", "in", "-r", "-o", "out")
    assert said.code == 0, said.err
    assert files("out") == ["a.png", "b.jpg", "sub/c.png"]
    assert re.search(
        r"3 written, 0 skipped, 0 failed, 1 files of other kinds; .* megapixels in .* s .*, in out", said.err
    )
    with Image.open("out/sub/c.png") as result:
        assert result.size == (12, 8)


def test_without_an_output_results_lie_beside_and_stay_as_they_are(upscli: Callable[..., Any], tree: Path) -> None:
    assert upscli("enlarge", "in", "-r").code == 0
    first = snapshot()
    assert "in/sub/c_bicubic_x2.png" in first
    assert "in/b_bicubic_x2.jpg" in first
    again = upscli("enlarge", "in", "-r", "--skip-existing")
    assert (again.code, snapshot()) == (0, first)
    assert "0 written, 3 skipped, 0 failed" in again.err
    assert "3 own results left alone" in again.err
    deeper = upscli("enlarge", "in/sub", "-s", "3")
    assert deeper.code == 0
    assert set(snapshot()) - set(first) == {"in/sub/c_bicubic_x3.png"}


def test_results_of_a_subfolders_run_are_known_from_above(upscli: Callable[..., Any], tree: Path) -> None:
    assert upscli("enlarge", "in/sub").code == 0
    said = upscli("enlarge", "in", "-r", "--resume")
    assert said.code == 0, said.err
    assert "2 written, 1 skipped" in said.err
    assert "in/sub/c_bicubic_x2_bicubic_x2.png" not in files()
    said = upscli("enlarge", "in/sub", "--resume")
    assert (said.code, "0 written, 1 skipped" in said.err) == (0, True)


def test_results_in_a_folder_of_their_own_can_be_enlarged_on(upscli: Callable[..., Any], tree: Path) -> None:
    assert upscli("enlarge", "in", "-o", "out").code == 0
    assert upscli("enlarge", "out", "-o", "more").code == 0
    assert files("more") == ["a.png", "b.jpg"]


def test_an_output_folder_inside_the_input_is_not_read(upscli: Callable[..., Any], tree: Path) -> None:
    for _ in range(2):
        assert upscli("enlarge", "in", "-r", "-o", "in/large", "--overwrite").code == 0
    assert files("in/large") == ["a.png", "b.jpg", "sub/c.png"]


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_a_target_that_is_an_input_is_refused_whatever_it_is_called(
    upscli: Callable[..., Any], tree: Path, link: str
) -> None:
    Path("out").mkdir()
    getattr(Path("out/a.png"), link)(Path("in/a.png").resolve())
    before = snapshot()
    said = upscli("enlarge", "in", "-o", "out", "--overwrite")
    assert (said.code, snapshot()) == (2, before)
    assert said.lines == ["upscli: out/a.png is an input, and inputs are never replaced; give -o another name"]


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("words", [[], ["--overwrite"], ["--skip-existing"], ["--resume"]])
def test_a_folder_is_never_enlarged_into_itself(
    upscli: Callable[..., Any], tree: Path, words: list[str], broken: bool
) -> None:
    if broken:
        Path("in/a.png").write_bytes(b"not a picture, but somebody's")
    before = snapshot()
    said = upscli("enlarge", "in", "-o", "in", *words)
    assert (said.code, snapshot()) == (2, before), said.err
    assert "is an input, and inputs are never replaced" in said.err


def test_one_input_never_becomes_another(upscli: Callable[..., Any], tree: Path) -> None:
    """By its number each would take the name of the one before it."""
    for name in ("n/2.png", "n/3.png"):
        picture(name)
    before = snapshot()
    said = upscli("enlarge", "n", "-o", "n", "--template", "{index}{ext}", "--overwrite")
    assert (said.code, snapshot()) == (2, before)
    assert "is an input" in said.err


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (("in/a.jpg", "in/a.png"), ["--format", "png"]),
        (("in/x/a.png", "in/y/a.png"), ["--template", "{stem}{ext}", "-r"]),
    ],
)
def test_collisions_are_found_before_anything_is_touched(
    upscli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: Any, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in inputs:
        picture(name)
    said = upscli("enlarge", "in", "-o", "out", *words)
    assert said.code == 2
    assert len(said.lines) == 1
    assert inputs[0] in said.err
    assert inputs[1] in said.err
    assert "would both become out/a.png" in said.err
    assert not Path("out").exists()


def test_names_that_differ_in_case_collide_where_the_disk_says_so(
    upscli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("in/Straße.png", "in/STRASSE.png"):
        picture(name)
    monkeypatch.setattr("upscli.outputs._folds_case", lambda folder: True)
    said = upscli("enlarge", "in", "-o", "out")
    assert (said.code, len(said.lines), Path("out").exists()) == (2, 1, False)
    assert "in/STRASSE.png and in/Straße.png would both become" in said.err
    monkeypatch.setattr("upscli.outputs._folds_case", lambda folder: False)
    assert upscli("enlarge", "in", "-o", "out").code == 0
    assert len(files("out")) == 2


def test_an_output_that_exists_refuses_all_before_anything_is_touched(upscli: Callable[..., Any], tree: Path) -> None:
    picture("out/b.jpg", (1, 1))
    before = snapshot()
    said = upscli("enlarge", "in", "-r", "-o", "out")
    assert (said.code, snapshot()) == (2, before)
    assert said.lines == ["upscli: out/b.jpg exists; use --overwrite to replace it, or -o for another name"]


def test_what_exists_is_skipped_or_replaced_when_asked_for(upscli: Callable[..., Any], tree: Path) -> None:
    old = picture("out/b.jpg", (1, 1)).read_bytes()
    assert upscli("enlarge", "in", "-o", "out", "--skip-existing").code == 0
    assert Path("out/b.jpg").read_bytes() == old
    assert files("out") == ["a.png", "b.jpg"]
    assert upscli("enlarge", "in", "-o", "out", "--overwrite").code == 0
    assert Path("out/b.jpg").read_bytes() != old


@pytest.mark.parametrize("as_json", [False, True])
def test_a_dry_run_shows_the_plan_and_does_nothing(upscli: Callable[..., Any], tree: Path, as_json: bool) -> None:
    picture("out/a.png")
    Path("in/bad.png").write_bytes(b"bad")
    before = snapshot()
    said = upscli("enlarge", "in", "-o", "out", "-n", "--skip-existing", *(["--json"] if as_json else []))
    assert (said.code, snapshot()) == (1, before)
    if not as_json:
        assert re.search(r"in/b.jpg +out/b.jpg +6 x 4 +12 x 8 +make", said.out)
        assert "in/bad.png: not an image" in said.err
        return
    rows = {row["input"]: row for row in map(json.loads, said.out.splitlines())}
    assert {name: row["action"] for name, row in rows.items()} == {
        "in/a.png": "skip",
        "in/b.jpg": "make",
        "in/bad.png": "fail",
    }
    made = rows["in/b.jpg"]
    assert (made["upscli"], made["output"], made["source"], made["result"]) == (1, "out/b.jpg", [6, 4], [12, 8])
    assert len({tuple(row) for row in rows.values()}) == 1, "all rows have the same fields"


def test_one_bad_file_costs_itself_alone(upscli: Callable[..., Any], tree: Path) -> None:
    Path("in/aa.png").write_bytes(b"bad")
    Path("in/truncated.png").write_bytes(Path("in/a.png").read_bytes()[:-20])
    said = upscli("enlarge", "in", "missing.png", "-r", "-o", "out")
    assert said.code == 1
    assert files("out") == ["a.png", "b.jpg", "sub/c.png"]
    assert "3 written, 0 skipped, 3 failed" in said.lines[-1]
    summary = said.err[said.err.index("3 failed:") :]
    for name in ("in/aa.png: not an image", "in/truncated.png: ", "missing.png: no such file"):
        assert f"  {name}" in summary


def test_fail_fast_stops_at_the_first(upscli: Callable[..., Any], tree: Path) -> None:
    Path("in/aa.png").write_bytes(b"bad")
    said = upscli("enlarge", "in", "-o", "out", "--fail-fast")
    assert (said.code, Path("out").exists()) == (1, False)
    Path("in/aa.png").write_bytes(Path("in/a.png").read_bytes()[:-20])
    Path("in/a.png").unlink()
    said = upscli("enlarge", "in", "-o", "out", "--fail-fast", "-j", "1")
    assert (said.code, files("out")) == (1, [])


@pytest.mark.parametrize(
    ("words", "code", "made"),
    [
        ([], 1, ["a.png", "b.jpg"]),
        (["--if-larger", "fail"], 1, ["a.png", "b.jpg"]),
        (["--if-larger", "skip"], 0, ["a.png", "b.jpg"]),
        (["--if-larger", "copy"], 0, ["a.png", "b.jpg", "large.png"]),
    ],
)
def test_pictures_larger_than_the_size_are_told_apart(
    upscli: Callable[..., Any], tree: Path, words: list[str], code: int, made: list[str]
) -> None:
    large = picture("in/large.png", (99, 9))
    said = upscli("enlarge", "in", "-o", "out", "--fit", "50x50", *words)
    assert (said.code, files("out")) == (code, made), said.err
    if "copy" in words:
        assert Path("out/large.png").read_bytes() == large.read_bytes()


def test_a_copy_in_another_format_keeps_the_size(upscli: Callable[..., Any], tree: Path) -> None:
    picture("in/large.png", (99, 9))
    assert upscli("enlarge", "in", "-o", "out", "--fit", "50x50", "--if-larger", "copy", "--format", "webp").code == 0
    with Image.open("out/large.webp") as result:
        assert result.size == (99, 9)


def test_words_that_no_picture_can_follow_refuse_the_run(upscli: Callable[..., Any], tree: Path) -> None:
    for words in (["-s", "0.5"], ["-m", "bed-of-nails", "-s", "1.5"], ["--format", "png", "--quality", "3"]):
        said = upscli("enlarge", "in", "-o", "out", *words)
        assert (said.code, len(said.lines), Path("out").exists()) == (2, 1, False), said.err


def test_quality_is_for_the_formats_that_have_one(upscli: Callable[..., Any], tree: Path) -> None:
    assert upscli("enlarge", "in", "-o", "out", "--quality", "10").code == 0
    assert upscli("enlarge", "in", "-o", "best", "--quality", "100").code == 0
    assert Path("out/a.png").read_bytes() == Path("best/a.png").read_bytes()
    assert Path("out/b.jpg").read_bytes() != Path("best/b.jpg").read_bytes()


def test_a_template_decides_names_and_format(upscli: Callable[..., Any], tree: Path) -> None:
    words = ["--template", "{dir}/{index:03}-{width}x{height}-{stem}.webp"]
    assert upscli("enlarge", "in", "-r", "-o", "out", *words).code == 0
    assert files("out") == ["001-12x8-a.webp", "002-12x8-b.webp", "sub/003-12x8-c.webp"]
    with Image.open("out/001-12x8-a.webp") as result:
        assert result.format == "WEBP"


def test_lists_come_from_files_and_keep_their_folders(upscli: Callable[..., Any], tree: Path) -> None:
    Path("list").write_text("in/a.png\r\n\nin/sub/c.png\n")
    assert upscli("enlarge", "--files-from", "list", "-o", "out").code == 0
    assert files("out") == ["in/a.png", "in/sub/c.png"]
    assert upscli("enlarge", "--files-from", "list", "--base", "in", "-o", "based").code == 0
    assert files("based") == ["a.png", "sub/c.png"]
    Path("list").write_bytes(b"in/a.png\0in/b.jpg\0")
    assert upscli("enlarge", "--files-from", "list", "--null", "-o", "null").code == 0
    assert files("null") == ["in/a.png", "in/b.jpg"]


NAMES = [
    "with space.png",
    "two\nlines.png",
    "-rf.png",
    "--help.png",
    "\U0001f408 kočka.png",
    "a\x1b[31mred.png",
    "[x]*?.png",
    "{stem}.png",
    "%s$HOME`id`.png",
    "a" * 240 + ".png",
    os.fsdecode(b"caf\xe9.png"),
]


@pytest.mark.skipif(os.name != "posix", reason="names that only POSIX has")
def test_any_name_is_only_a_name(upscli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = picture("plain.png").read_bytes()
    Path("in").mkdir()
    for name in NAMES:
        Path("in", name).write_bytes(source)
    said = upscli("enlarge", "in", "-o", "out", "--json")
    assert said.code == 0, said.err
    assert files("out") == sorted(NAMES)
    assert "\x1b" not in said.err + said.out
    inputs = {row["input"] for row in map(json.loads, said.out.splitlines())}
    assert inputs == {f"in/{name}" for name in NAMES}
    again = upscli("enlarge", "in", "-o", "out", "--resume")
    assert again.code == 0
    assert f"0 written, {len(NAMES)} skipped, 0 failed" in again.err
    monkeypatch.chdir("in")
    assert upscli("enlarge", "-q", "--", *NAMES[2:4]).code == 0
    assert Path("-rf_bicubic_x2.png").exists()


def test_a_name_that_is_too_long_fails_alone(upscli: Callable[..., Any], tree: Path) -> None:
    picture("in/" + "n" * 245 + ".png")
    said = upscli("enlarge", "in")
    assert said.code == 1
    assert "2 written, 0 skipped, 1 failed" in said.err
    assert "File name too long" in said.err


# -- resume


def facts(folder: str) -> dict[str, tuple[int, int]]:
    return {name: ((found := (Path(folder) / name).stat()).st_ino, found.st_mtime_ns) for name in files(folder)}


def test_resume_redoes_what_is_missing_or_torn_and_nothing_else(upscli: Callable[..., Any], tree: Path) -> None:
    for number in range(4):
        picture(f"in/n{number}.png", (30, 30))
    assert upscli("enlarge", "in", "-o", "out").code == 0
    whole, before = snapshot("out"), facts("out")
    Path("out/n0.png").unlink()
    os.truncate("out/n1.png", 40)
    said = upscli("enlarge", "in", "-o", "out", "--resume")
    assert (said.code, snapshot("out")) == (0, whole), said.err
    assert "2 written, 4 skipped, 0 failed" in said.err
    redone = {name for name, fact in facts("out").items() if fact != before[name]}
    assert redone == {"n0.png", "n1.png"}


def test_resume_redoes_what_was_made_otherwise_or_from_another_input(upscli: Callable[..., Any], tree: Path) -> None:
    assert upscli("enlarge", "in", "-o", "out").code == 0
    before = facts("out")
    picture("in/a.png", (9, 9))
    assert upscli("enlarge", "in", "-o", "out", "--resume").code == 0
    assert [name for name, fact in facts("out").items() if fact != before[name]] == ["a.png"]
    before = facts("out")
    assert upscli("enlarge", "in", "-o", "out", "--resume", "-m", "lanczos").code == 0
    assert all(fact != before[name] for name, fact in facts("out").items())
    before = facts("out")
    assert upscli("enlarge", "in", "-o", "out", "--resume", "-m", "lanczos", "-j", "1").code == 0
    assert facts("out") == before


def test_resume_redoes_what_a_changed_kernel_file_made(upscli: Callable[..., Any], tree: Path) -> None:
    Path("kernel.txt").write_text("1 1\n1 1\n")
    words = ["enlarge", "in", "-o", "out", "-m", "transposed-conv", "-O", "kernel=kernel.txt", "--resume"]
    if upscli(*words).code == 2:
        pytest.skip("no method here takes a kernel file")
    before = facts("out")
    assert upscli(*words).code == 0
    assert facts("out") == before
    Path("kernel.txt").write_text("0 1 0\n1 1 1\n0 1 0\n")
    assert upscli(*words).code in (0, 1)
    assert facts("out") != before


@pytest.mark.parametrize("size", [(1, 1), (200, 200)])
def test_resume_never_replaces_a_file_it_does_not_know(upscli: Callable[..., Any], tree: Path, size: Any) -> None:
    """Neither one that was there first, nor one that somebody put in a result's place, larger or smaller."""
    theirs = picture("out/a.png", size).read_bytes()
    said = upscli("enlarge", "in", "-o", "out", "--resume")
    assert said.code == 1
    assert "out/a.png exists, and no journal says that it was made here" in said.err
    assert Path("out/a.png").read_bytes() == theirs
    Path("out/b.jpg").write_bytes(theirs)
    said = upscli("enlarge", "in", "-o", "out", "--resume")
    assert said.code == 2, "nothing else is left to do"
    assert (Path("out/a.png").read_bytes(), Path("out/b.jpg").read_bytes()) == (theirs, theirs)


def test_left_overs_of_killed_runs_are_removed(upscli: Callable[..., Any], tree: Path) -> None:
    Path("out").mkdir()
    Path("out/.upscli-0123456789ab.part").write_bytes(b"half")
    Path("out/.upscli-notes.txt").write_bytes(b"theirs")
    assert upscli("enlarge", "in", "-o", "out").code == 0
    assert files("out") == [".upscli-notes.txt", "a.png", "b.jpg"]


# -- what is told


def test_each_progress_has_its_lines(upscli: Callable[..., Any], tree: Path) -> None:
    Path("in/bad.png").write_bytes(b"bad")
    said = {
        mode: upscli("enlarge", "in", "-o", f"out-{mode}", "--progress", mode) for mode in ("plain", "json", "none")
    }
    assert all(one.code == 1 and one.out == "" for one in said.values())
    assert any("out-plain/a.png  6 x 4 -> 12 x 8  bicubic" in line for line in said["plain"].lines)
    events = [json.loads(line) for line in said["json"].lines]
    assert sorted(event["input"] for event in events) == ["in/a.png", "in/b.jpg", "in/bad.png"]
    assert {(event["event"], event["of"]) for event in events} == {("ended", 3)}
    assert [line[:8] for line in said["none"].lines] == ["1 failed", "  in/bad", "2 writte"]


def test_quiet_tells_failures_only(upscli: Callable[..., Any], tree: Path) -> None:
    assert upscli("enlarge", "in", "-o", "out", "-q").err == ""
    Path("in/bad.png").write_bytes(b"bad")
    said = upscli("enlarge", "in", "-o", "other", "-q")
    assert (said.code, len(said.lines)) == (1, 1)
    assert said.err.startswith("upscli: in/bad.png: ")


def test_the_report_and_the_objects_say_the_same(upscli: Callable[..., Any], tree: Path) -> None:
    said = upscli("enlarge", "in", "-o", "out", "--json", "--report", "report.json", "-q")
    report = json.loads(Path("report.json").read_text())
    objects = [json.loads(line) for line in said.out.splitlines()]
    assert report["pictures"] == objects
    assert (report["upscli"], report["written"], report["skipped"], report["failed"]) == (1, 2, 0, 0)
    import hashlib

    for one in objects:
        assert one["sha256"] == hashlib.sha256(Path(one["output"]).read_bytes()).hexdigest()
        assert one["peak_memory"] is None or one["peak_memory"] > 10_000_000
        assert sum(value for name, value in one["seconds"].items() if name != "all") <= one["seconds"]["all"]


def test_a_report_never_replaces_a_picture(upscli: Callable[..., Any], tree: Path) -> None:
    assert upscli("enlarge", "in/a.png", "-o", "out/").code == 0
    Path("in/bad.png").write_bytes(b"bad")
    before = snapshot()
    words = ("in/a.png", "in/bad.png", "in/b.jpg", "-o", "out/", "--skip-existing", "--report")
    for report in ("in/a.png", "in/bad.png", "out/a.png", "in/sub/c.png"):
        said = upscli("enlarge", *words, report)
        assert said.code == 2, report
        assert "is a picture of this run" in said.err or f"{report} exists" in said.err
    assert snapshot() == before


def test_the_report_of_a_run_that_goes_on_is_replaced(upscli: Callable[..., Any], tree: Path) -> None:
    words = ("enlarge", "in", "-o", "out", "--report", "report.json")
    assert upscli(*words).code == 0
    assert upscli(*words, "--skip-existing").code == 0
    assert json.loads(Path("report.json").read_text())["skipped"] == 2


@pytest.mark.parametrize("output", ["out/b.png", "b.png"])
def test_a_named_result_is_resumed_from_the_journal_beside_it(
    upscli: Callable[..., Any], tree: Path, output: str
) -> None:
    words = ("enlarge", "in/a.png", "-o", output, "--resume")
    Path("out").mkdir()
    assert upscli(*words).code == 0
    assert (Path(output).parent / NAME).exists()
    assert not Path("in", NAME).exists()
    made = Path(output).read_bytes()
    said = upscli(*words)
    assert (said.code, Path(output).read_bytes()) == (0, made), said.err
    assert upscli(*words, "-s", 3).code == 0
    assert Path(output).read_bytes() != made


def test_results_that_a_glob_of_the_shell_names_are_left_alone_when_resumed(
    upscli: Callable[..., Any], tree: Path
) -> None:
    def named() -> list[str]:
        return sorted(map(str, [*Path("in").glob("*.png"), *Path("in").glob("*.jpg")]))

    assert upscli("enlarge", *named()).code == 0
    before = snapshot("in")
    said = upscli("enlarge", *named(), "--resume")
    assert (said.code, snapshot("in")) == (0, before), said.err
    assert "0 written, 2 skipped, 0 failed, 2 own results left alone" in said.err
    Path("in/a_bicubic_x2.png").unlink()
    assert upscli("enlarge", *named(), "--resume").code == 0
    assert snapshot("in") == before
    assert upscli("enlarge", *named()).code == 2, "it is not said that they are results"
    assert upscli("enlarge", "in/a_bicubic_x2.png", "--resume").code == 0
    assert Path("in/a_bicubic_x2_bicubic_x2.png").exists(), "it was named alone"


def test_a_named_file_that_no_journal_knows_is_no_result(upscli: Callable[..., Any], tree: Path) -> None:
    picture("in/a_bicubic_x2.png")
    before = snapshot("in")
    said = upscli("enlarge", "in/a.png", "in/a_bicubic_x2.png", "--resume")
    assert (said.code, "a_bicubic_x2.png is an input" in said.err) == (2, True), said.err
    assert snapshot("in") == before


def test_a_report_never_replaces_what_the_run_reads(upscli: Callable[..., Any], tree: Path) -> None:
    Path("list.txt").write_text("in/a.png\n")
    Path("k.json").write_text("[[1, 1], [1, 1]]")
    before = snapshot()
    kernel = ("in/a.png", "-m", "transposed-conv", "-O", "kernel=k.json", "-o", "a2.png", "--report", "k.json")
    for words in (("--files-from", "list.txt", "-o", "out/", "--report", "list.txt"), kernel):
        said = upscli("enlarge", *words, "--overwrite")
        assert (said.code, "or what it reads; give --report another name" in said.err) == (2, True), said.err
    assert snapshot() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_in_the_place_of_a_journal_is_waited_for_by_nobody(upscli: Callable[..., Any], tree: Path) -> None:
    Path("out").mkdir()
    os.mkfifo(Path("out", NAME))
    said = upscli("enlarge", "in", "-o", "out", "--resume")
    assert said.code != 0
    assert "cannot be written" in said.err
