"""A file appears whole or not at all, whatever happens, in both ways of writing one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from upscli.errors import OutputError
from upscli.pictures import atomic
from upscli.pictures.atomic import new_file

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions, links and signals")
NAMELESS = hasattr(os, "O_TMPFILE") and Path("/proc/self/fd").exists()


@pytest.fixture(params=["nameless", "named"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A temporary file without a name; and the fallback, with a short one."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    elif not NAMELESS:
        pytest.skip("this system has no files without names")
    return str(request.param)


def write(path: Path, data: bytes = b"new", overwrite: bool = False) -> None:
    with new_file(path, overwrite) as stream:
        stream.write(data)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_way_is_the_one_it_says(tmp_path: Path, way: str) -> None:
    with new_file(tmp_path / "a", False):
        assert [name.startswith(".upscli-") for name in names(tmp_path)] == ([] if way == "nameless" else [True])


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_new_file_appears_with_all_its_bytes_and_nothing_beside_it(tmp_path: Path, way: str, overwrite: bool) -> None:
    with new_file(tmp_path / "a", overwrite) as stream:
        stream.write(b"new")
        assert not (tmp_path / "a").exists()
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"new"


def test_folders_on_the_way_are_made(tmp_path: Path, way: str) -> None:
    write(tmp_path / "b" / "c" / "a")
    assert (tmp_path / "b" / "c" / "a").read_bytes() == b"new"


def test_encoders_may_seek_and_read_back(tmp_path: Path, way: str) -> None:
    with new_file(tmp_path / "a", False) as stream:
        stream.write(b"0123456789")
        stream.seek(2)
        assert stream.read(3) == b"234"
        stream.seek(0)
        stream.write(b"X")
    assert (tmp_path / "a").read_bytes() == b"X123456789"


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="this system cannot be asked to")
def test_the_disk_begins_with_what_is_written(tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    begin = os.posix_fadvise

    def noted(descriptor: int, start: int, length: int, advice: int) -> None:
        asked.append((start, length))
        begin(descriptor, start, length, advice)

    monkeypatch.setattr(os, "posix_fadvise", noted)
    piece = os.urandom(300_000)
    with new_file(tmp_path / "a", overwrite=False) as stream:
        for _ in range(10):
            stream.write(piece)
    assert (tmp_path / "a").read_bytes() == piece * 10
    assert len(asked) == 2
    assert all(length >= 1 << 20 for _, length in asked)
    assert asked[1][0] == asked[0][0] + asked[0][1]  # each byte once


def test_a_disk_that_refuses_to_begin_is_written_all_the_same(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: int) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "posix_fadvise", refuse, raising=False)
    monkeypatch.setattr(os, "POSIX_FADV_DONTNEED", 4, raising=False)
    write(tmp_path / "a", bytes(3 << 20))
    assert (tmp_path / "a").read_bytes() == bytes(3 << 20)


def test_a_system_that_cannot_be_asked_to_begin_writes_all_the_same(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    write(tmp_path / "a", bytes(3 << 20))
    assert (tmp_path / "a").read_bytes() == bytes(3 << 20)


def test_an_existing_file_is_refused_and_stays(tmp_path: Path, way: str) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(OutputError, match=r"a exists; use --overwrite"):
        write(tmp_path / "a")
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_an_existing_file_is_replaced_when_asked_for(tmp_path: Path, way: str) -> None:
    (tmp_path / "a").write_bytes(b"old and longer")
    with new_file(tmp_path / "a", True) as stream:
        stream.write(b"new")
        stream.flush()
        assert (tmp_path / "a").read_bytes() == b"old and longer"
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_inside_leaves_nothing(tmp_path: Path, way: str, overwrite: bool, error: type[BaseException]) -> None:
    if overwrite:
        (tmp_path / "a").write_bytes(b"old")
    before = names(tmp_path)
    with pytest.raises(error), new_file(tmp_path / "a", overwrite) as stream:  # noqa: PT012 - the block is the test
        stream.write(b"half")
        raise error
    assert names(tmp_path) == before
    assert not overwrite or (tmp_path / "a").read_bytes() == b"old"


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path, way: str) -> None:
    with pytest.raises(OutputError, match="exists"), new_file(tmp_path / "a", False) as stream:  # noqa: PT012
        stream.write(b"new")
        (tmp_path / "a").write_bytes(b"theirs")
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"theirs"


def test_a_file_that_appears_meanwhile_is_replaced_when_asked_for(tmp_path: Path, way: str) -> None:
    with new_file(tmp_path / "a", True) as stream:
        stream.write(b"new")
        (tmp_path / "a").write_bytes(b"theirs")
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"new"


@POSIX
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_new_file_has_the_permissions_of_any_new_file(
    tmp_path: Path, way: str, umask: int, mode: int, overwrite: bool
) -> None:
    before = os.umask(umask)
    try:
        write(tmp_path / "a", overwrite=overwrite)
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o7777 == mode


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o755])
def test_a_replaced_file_keeps_its_permissions(tmp_path: Path, way: str, mode: int) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(mode)
    write(tmp_path / "a", overwrite=True)
    assert (tmp_path / "a").stat().st_mode & 0o7777 == mode
    assert (tmp_path / "a").read_bytes() == b"new"


@POSIX
def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path: Path, way: str) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "target").write_bytes(b"old")
    (tmp_path / "a").symlink_to("far/target")
    write(tmp_path / "a", overwrite=True)
    assert (tmp_path / "a").is_symlink()
    assert (tmp_path / "far" / "target").read_bytes() == b"new"
    assert names(tmp_path / "far") == ["target"]


@POSIX
@pytest.mark.parametrize("target", ["target", "nowhere"])
def test_a_link_is_refused_without_overwrite(tmp_path: Path, way: str, target: str) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "a").symlink_to(target)
    with pytest.raises(OutputError, match="exists"):
        write(tmp_path / "a")
    assert names(tmp_path) == ["a", "target"]
    assert (tmp_path / "target").read_bytes() == b"old"


def test_names_of_255_bytes_can_be_written_and_replaced(tmp_path: Path, way: str) -> None:
    write(tmp_path / ("n" * 255))
    write(tmp_path / ("n" * 255), b"newer", overwrite=True)
    assert names(tmp_path) == ["n" * 255]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_name_that_is_too_long_is_a_sentence(tmp_path: Path, way: str, overwrite: bool) -> None:
    with pytest.raises(OutputError, match=r"n: cannot be written \(File name too long\)"):
        write(tmp_path / ("n" * 256), overwrite=overwrite)
    assert names(tmp_path) == []


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_is_never_replaced(tmp_path: Path, way: str, overwrite: bool) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OutputError, match="a"):
        write(tmp_path / "a", overwrite=overwrite)
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").is_dir()


@POSIX
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_device_is_written_and_stays_one(way: str, overwrite: bool) -> None:
    write(Path("/dev/null"), overwrite=overwrite)
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_device_is_a_sentence() -> None:
    with pytest.raises(OutputError, match=r"/dev/full: cannot be written \(No space left on device\)"):
        write(Path("/dev/full"))


def test_a_disk_without_files_without_names_takes_the_other_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic, "_open_nameless", lambda folder: None)
    write(tmp_path / "a")
    write(tmp_path / "a", b"newer", overwrite=True)
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"newer"


def test_a_disk_without_links_renames_and_still_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    monkeypatch.setattr(os, "link", refuse)
    write(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"new"
    with pytest.raises(OutputError, match="exists"):
        write(tmp_path / "a", b"newer")
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"new"


VICTIM = """
import os, sys
from pathlib import Path
if sys.argv[2] == "named" and hasattr(os, "O_TMPFILE"):
    del os.O_TMPFILE
from upscli.pictures.atomic import new_file
with new_file(Path(sys.argv[1]), True) as stream:
    stream.write(b"half" * 100_000)
    stream.flush()
    print("half", flush=True)
    sys.stdin.read()
"""


@POSIX
@pytest.mark.parametrize("old", [True, False])
def test_a_kill_in_the_middle_leaves_the_old_file_or_none(tmp_path: Path, way: str, old: bool) -> None:
    if old:
        (tmp_path / "a").write_bytes(b"old")
    process = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(tmp_path / "a"), way], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"half\n"
    process.kill()
    process.communicate()
    left = names(tmp_path)
    assert ("a" in left) == old
    assert not old or (tmp_path / "a").read_bytes() == b"old"
    others = [name for name in left if name != "a"]
    if way == "nameless":
        assert others == []
    else:  # what cannot be helped there: one file whose name says whose it is
        assert [name.startswith(".upscli-") and name.endswith(".part") for name in others] == [True]


FULL = """
mount -t tmpfs -o size=1m none "$0" || exit 77
printf old > "$0/old"
"$1" -c '
import os, sys
from pathlib import Path
if sys.argv[2] == "named" and hasattr(os, "O_TMPFILE"):
    del os.O_TMPFILE
from upscli.errors import OutputError
from upscli.pictures.atomic import new_file
for name in ("new", "old"):
    try:
        with new_file(Path(sys.argv[1]) / name, name == "old") as stream:
            stream.write(bytes(3_000_000))
    except OutputError as error:
        print(error)
print(sorted(os.listdir(sys.argv[1])), (Path(sys.argv[1]) / "old").read_bytes())
' "$0" "$2"
"""


@POSIX
def test_a_full_disk_is_a_sentence_and_leaves_the_old_file(tmp_path: Path, way: str) -> None:
    try:
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", FULL, str(tmp_path), sys.executable, way],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("needs unshare")
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("needs the right to mount a small disk")
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"{tmp_path}/new: cannot be written (No space left on device)",
        f"{tmp_path}/old: cannot be written (No space left on device)",
        "['old'] b'old'",
    ]


@POSIX
@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="root can become somebody whom permissions hold back"
)
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_may_be_written_but_not_read_is_good_enough(way: str, overwrite: bool) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        os.chown(folder, 65534, -1)
        folder.chmod(0o333)
        os.seteuid(65534)
        write(folder / "a", b"old", overwrite)
        if overwrite:
            write(folder / "a", b"new", overwrite)
    finally:
        os.seteuid(0)
        folder.chmod(0o777)
        found = {path.name: path.read_bytes() for path in folder.iterdir()}
        shutil.rmtree(folder)
    assert found == {"a": b"new" if overwrite else b"old"}


@POSIX
def test_left_overs_are_swept_and_files_under_way_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    dead = tmp_path / ".upscli-0123.part"
    dead.write_bytes(b"half")
    (tmp_path / "theirs.part").touch()
    with new_file(tmp_path / "a", False) as stream:
        stream.write(b"new")
        atomic.sweep(tmp_path)
        assert not dead.exists()
        assert len(names(tmp_path)) == 2
    assert names(tmp_path) == ["a", "theirs.part"]
