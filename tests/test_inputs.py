"""Which pictures words name: files, folders, globs and lists."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from upscli.inputs import Gathering, Inputs, add_listed, gather
from upscli.pictures.header import Source

TREE = ("a.png", "b.jpg", "notes.txt", ".hidden.png", "sub/c.png", "sub/deep/d.webp", "sub/.dark/e.png", ".dark/f.png")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in TREE:
        path = Path("in", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def names(inputs: Inputs) -> list[str]:
    return [str(entry.source.path) for entry in inputs.entries]


def listed(lines: Iterable[str], how: Gathering | None = None) -> Inputs:
    inputs = Inputs()
    add_listed(inputs, lines, how or Gathering())
    return inputs


def test_a_folder_gives_its_pictures_and_counts_the_rest(tree: Path) -> None:
    inputs = gather(["in"], Gathering())
    assert names(inputs) == ["in/a.png", "in/b.jpg"]
    assert (inputs.others, inputs.folders, inputs.refused) == (1, 1, [])
    assert all(entry.found and entry.base == Path("in") and not entry.below for entry in inputs.entries)


def test_subfolders_come_with_their_path_below_the_folder(tree: Path) -> None:
    inputs = gather(["in"], Gathering(recursive=True))
    assert [(entry.source.path.name, entry.below) for entry in inputs.entries] == [
        ("a.png", ""),
        ("b.jpg", ""),
        ("c.png", "sub"),
        ("d.webp", "sub/deep"),
    ]


def test_hidden_files_and_folders_come_when_asked_for(tree: Path) -> None:
    found = names(gather(["in"], Gathering(recursive=True, hidden=True)))
    assert {"in/.hidden.png", "in/.dark/f.png", "in/sub/.dark/e.png"} < set(found)
    assert len(found) == 7


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (Gathering(True, include=("*.png",)), ["in/a.png", "in/sub/c.png"]),
        (Gathering(True, exclude=("*.png",)), ["in/b.jpg", "in/sub/deep/d.webp"]),
        (Gathering(True, exclude=("sub/*",)), ["in/a.png", "in/b.jpg"]),
        (Gathering(True, include=("sub/*",), exclude=("*.webp",)), ["in/sub/c.png"]),
        (Gathering(True, include=("*.png", "*.jpg")), ["in/a.png", "in/b.jpg", "in/sub/c.png"]),
    ],
)
def test_patterns_hold_against_names_and_paths(tree: Path, how: Gathering, expected: list[str]) -> None:
    assert names(gather(["in"], how)) == expected


def test_files_folders_and_globs_mix_and_each_picture_comes_once(tree: Path) -> None:
    inputs = gather(["in/b.jpg", "in", "in/*.png", "./in/../in/a.png"], Gathering())
    assert names(inputs) == ["in/b.jpg", "in/a.png"]
    assert inputs.entries[0].found is False


def test_a_picture_found_first_and_named_later_counts_as_named(tree: Path) -> None:
    assert [entry.found for entry in gather(["in", "in/b.jpg"], Gathering()).entries] == [True, False]


def test_a_link_to_a_picture_is_the_same_picture(tree: Path) -> None:
    Path("in/link.png").symlink_to("a.png")
    assert names(gather(["in"], Gathering())) == ["in/a.png", "in/b.jpg"]


def test_a_quoted_glob_names_files_and_passes_over_other_kinds(tree: Path) -> None:
    inputs = gather(["in/*"], Gathering())
    assert names(inputs) == ["in/a.png", "in/b.jpg"]
    assert inputs.others == 1
    assert names(gather(["in/**/*.png"], Gathering())) == ["in/a.png", "in/sub/c.png"]
    assert [entry.below for entry in gather(["in/sub/*.png"], Gathering()).entries] == [""]


def test_a_glob_that_matches_nothing_is_told(tree: Path) -> None:
    (outcome,) = gather(["in/*.tif"], Gathering()).refused
    assert outcome.reason == "in/*.tif: no file matches"


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tree: Path) -> None:
    Path("in/[x]*.png").touch()
    assert names(gather(["in/[x]*.png"], Gathering())) == ["in/[x]*.png"]


def test_links_that_lead_round_in_circles_end(tree: Path) -> None:
    Path("in/sub/round").symlink_to("..")
    Path("in/self.png").symlink_to("self.png")
    found = names(gather(["in"], Gathering(recursive=True)))
    assert found == ["in/a.png", "in/b.jpg", "in/self.png", "in/sub/c.png", "in/sub/deep/d.webp"]


def test_a_tree_of_a_thousand_levels_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(1100):
        Path("d").mkdir()
        os.chdir("d")
    Path("deep.png").touch()
    monkeypatch.chdir(tmp_path)
    try:
        found = gather(["d"], Gathering(recursive=True))
        assert [entry.source.path.name for entry in found.entries] == ["deep.png"]
    finally:  # tools that clean up go down call by call
        subprocess.run(["rm", "-rf", "d"], check=True)


def test_the_folder_of_the_results_is_not_read_again(tree: Path) -> None:
    assert names(gather(["in"], Gathering(recursive=True), Path("in/sub"))) == ["in/a.png", "in/b.jpg"]


def test_the_folder_of_the_results_is_read_where_it_is_named(tree: Path) -> None:
    assert names(gather(["in"], Gathering(), Path("in"))) == ["in/a.png", "in/b.jpg"]
    assert names(gather(["in/sub"], Gathering(), Path("in"))) == ["in/sub/c.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_a_folder_is_not_waited_for(tree: Path) -> None:
    os.mkfifo("in/pipe.png")
    inputs = gather(["in"], Gathering())
    assert names(inputs) == ["in/a.png", "in/b.jpg"]
    assert inputs.others == 2


def test_listed_files_lie_below_the_current_folder(tree: Path) -> None:
    inputs = listed(["in/a.png", "./in/sub/c.png", str(tree / "in/b.jpg"), "/elsewhere/x.png", "in/../../y.png"])
    assert [entry.below for entry in inputs.entries] == ["in", "in/sub", "in", "", ""]
    assert not any(entry.found for entry in inputs.entries)


def test_listed_files_lie_below_the_base_that_is_given(tree: Path) -> None:
    inputs = listed(["in/a.png", "in/sub/c.png"], Gathering(base=Path("in")))
    assert [(entry.base, entry.below) for entry in inputs.entries] == [(Path("in"), ""), (Path("in"), "sub")]


def test_a_list_parted_by_nul_is_not_taken_for_names(tree: Path) -> None:
    inputs = listed(["in/a.png\0in/b.jpg\0"])
    assert inputs.entries == []
    assert "--null" in inputs.refused[0].reason


def test_standard_input_is_never_a_file_that_was_seen(tree: Path) -> None:
    inputs = gather(["in/a.png"], Gathering())
    for data in (b"1", b"2"):
        inputs.add(inputs.entries[0].__class__(Source(Path("stdin"), data), Path()))
    assert len(inputs.entries) == 3
