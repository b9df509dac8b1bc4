"""What a run wrote down, and what a later one makes of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from upscli import journal
from upscli.errors import OutputError
from upscli.journal import NAME, Journal
from upscli.pictures.header import Source


def written(folder: Path, name: str, data: bytes = b"12345", mark: str = "m") -> Path:
    """A result, as a run writes it: its line first."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    journal.append(folder, path, mark, path.stat())
    return path


def state(path: Path, folder: Path, mark: str = "m") -> str:
    return journal.read(folder).state(path, mark)


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        assert journal.read(folder) == Journal(folder)


@pytest.mark.parametrize(
    "name", ["a.png", "sub/a.png", "a\nb.png", "\udce9.png", "-a.png", "\U0001f408.png", "a\x1b.png"]
)
def test_a_result_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name)
    assert state(path, tmp_path) == "whole"
    assert list(journal.read(tmp_path).outputs()) == [path]


def test_a_file_without_a_line_is_somebody_elses(tmp_path: Path) -> None:
    written(tmp_path, "a.png")
    (tmp_path / "b.png").write_bytes(b"12345")
    assert state(tmp_path / "b.png", tmp_path) == "unknown"


def test_other_settings_make_a_result_outdated(tmp_path: Path) -> None:
    assert state(written(tmp_path, "a.png"), tmp_path, "other") == "outdated"


def test_a_file_that_ends_early_is_shorter(tmp_path: Path) -> None:
    path = written(tmp_path, "a.png")
    os.truncate(path, 3)
    assert state(path, tmp_path) == "shorter"


@pytest.mark.parametrize("data", [b"12345", b"123456"])
def test_a_file_of_another_time_or_size_was_changed(tmp_path: Path, data: bytes) -> None:
    path = written(tmp_path, "a.png")
    path.write_bytes(data)
    os.utime(path, ns=(1, 1))
    assert state(path, tmp_path) == "changed"


def test_a_link_that_leads_nowhere_was_changed(tmp_path: Path) -> None:
    path = written(tmp_path, "a.png")
    path.unlink()
    path.symlink_to("nowhere")
    assert state(path, tmp_path) == "changed"


def test_the_old_file_is_known_where_a_kill_came_before_the_new_one(tmp_path: Path) -> None:
    path = written(tmp_path, "a.png", b"the old result")
    other = tmp_path / "other"
    other.write_bytes(b"new")
    journal.append(tmp_path, path, "new", other.stat())
    assert state(path, tmp_path, "m") == "whole"
    assert state(path, tmp_path, "new") == "outdated"


@pytest.mark.parametrize(
    "line",
    [
        b'{"upscli": 1, "output": "b.png", "fing',
        b"\xff\xfe\x00",
        b"[1]",
        b"3",
        b"null",
        b'{"upscli": 2, "output": "b.png", "fingerprint": "m", "size": 5, "mtime_ns": 1}',
        b'{"upscli": 1, "output": 5, "fingerprint": "m", "size": 5, "mtime_ns": 1}',
        b'{"upscli": 1, "output": "b.png", "fingerprint": "m", "size": "5", "mtime_ns": 1}',
        b'{"upscli": 1, "output": "b.png"}',
        b"[" * 100_000,
    ],
)
def test_a_torn_or_foreign_line_costs_no_other(tmp_path: Path, line: bytes) -> None:
    before = written(tmp_path, "a.png")
    with (tmp_path / NAME).open("ab") as stream:
        stream.write(line)
    after = written(tmp_path, "c.png")
    assert list(journal.read(tmp_path).outputs()) == [before, after]


def test_a_journal_that_cannot_be_read_knows_nothing(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    assert journal.read(tmp_path) == Journal(tmp_path)
    with pytest.raises(OutputError, match="cannot be written"):
        journal.begin(tmp_path)


def test_a_journal_never_leads_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / NAME).symlink_to("../precious")
    with pytest.raises(OutputError, match="cannot be written"):
        journal.begin(tmp_path / "out")
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_full_disk_is_an_error_not_a_torn_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda descriptor, data: len(data) - 1)
    with pytest.raises(OSError, match="No space left"):
        journal.append(tmp_path, tmp_path / "a.png", "m", tmp_path.stat())


def test_a_fingerprint_is_of_settings_name_size_and_time(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"12345")
    os.utime(path, ns=(5, 5))
    first = journal.fingerprint({"a": 1}, Source(path))
    assert journal.fingerprint({"a": 1}, Source(path)) == first
    assert journal.fingerprint({"a": 2}, Source(path)) != first
    os.utime(path, ns=(5, 6))
    assert journal.fingerprint({"a": 1}, Source(path)) != first
    path.write_bytes(b"123456")
    os.utime(path, ns=(5, 5))
    assert journal.fingerprint({"a": 1}, Source(path)) != first


def test_a_fingerprint_of_standard_input_is_of_its_bytes() -> None:
    marks = {journal.fingerprint({}, Source(Path("stdin"), data)) for data in (b"1", b"2", b"1")}
    assert len(marks) == 2


def test_fingerprints_are_the_same_where_only_the_public_module_has_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    piped = Source(Path("-"), data=b"bytes")
    found = journal.fingerprint({"scale": 2}, piped)
    monkeypatch.setitem(sys.modules, "_blake2", None)
    assert journal.fingerprint({"scale": 2}, piped) == found
