"""What another process reads ahead is what would have been read, or it is not used."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from upscli import forks
from upscli.errors import InputError
from upscli.pictures import rows_ahead
from upscli.pictures.png_reader import PngRows

pytestmark = pytest.mark.skipif(not forks.FORKS, reason="reads ahead on Linux only")

JUNK = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rJUNK\0\0\0\1\0\0\0\1\10" + bytes(40)

READER = """
import contextlib, hashlib, os, sys, threading
from pathlib import Path
from upscli.pictures import rows_ahead
from upscli.errors import InputError
path = Path(sys.argv[1])
exec(sys.argv[2])
rows_ahead.begin(path)
exec(sys.argv[3])
with path.open("rb") as stream:
    try:
        reading = rows_ahead.taken(stream)
    except InputError as error:
        sys.exit(f"refused: {error}")
    assert rows_ahead.taken(stream) is None
    if reading is None:
        sys.exit("read as usual")
    digest = hashlib.sha256()
    with contextlib.closing(reading) as rows:
        try:
            while len(part := rows.rows(7)):
                digest.update(part.tobytes())
        except InputError as error:
            sys.exit(f"refused: {error}")
assert not Path(f"/proc/{reading._process}").exists()
sys.exit(digest.hexdigest())
"""


def ahead(path: Path, before: str = "", meanwhile: str = "") -> str:
    """What a process says that begins to read ahead and takes what was read; a reading that waits for ever fails."""
    words = [sys.executable, "-c", READER, str(path), before, meanwhile]
    return subprocess.run(words, capture_output=True, text=True, timeout=60).stderr.strip()


def as_usual(path: Path) -> str:
    try:
        with path.open("rb") as stream, PngRows(stream) as rows:
            return hashlib.sha256(rows.rows(1 << 30).tobytes()).hexdigest()
    except InputError as error:
        return f"refused: {error}"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    noise = np.random.default_rng(3).integers(0, 256, (211, 190, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    return tmp_path / "a.png"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
def test_plain_rows_are_read_without_numpy(picture: Path, mode: str) -> None:
    image = Image.open(picture).convert(mode)
    image.save(picture)
    program = (
        "import mmap, sys; sys.modules['numpy'] = None; from pathlib import Path;"
        " from upscli.pictures.rows_ahead import _fill; room = mmap.mmap(-1, int(sys.argv[2]));"
        " told = list(_fill(room, Path(sys.argv[1]))); assert told[-1] == 211, told; sys.stdout.buffer.write(room[:])"
    )
    size = len(image.tobytes())
    words = [sys.executable, "-c", program, str(picture), str(size)]
    assert subprocess.run(words, capture_output=True, check=True).stdout == image.tobytes()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_its_rows_are_the_same(picture: Path, mode: str) -> None:
    image = Image.open(picture).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 211)
    image.save(picture)
    assert ahead(picture) == as_usual(picture)


@pytest.mark.parametrize("length", [40, 60_000, -30])
def test_what_is_wrong_with_it_is_said_as_usual(picture: Path, length: int) -> None:
    picture.write_bytes(picture.read_bytes()[:length])
    assert as_usual(picture).startswith("refused: ")
    assert ahead(picture) == as_usual(picture)


def test_a_wrong_checksum_is_said_as_usual(picture: Path) -> None:
    data = bytearray(picture.read_bytes())
    data[40_000] ^= 1
    picture.write_bytes(data)
    assert as_usual(picture).startswith("refused: ")
    assert ahead(picture) == as_usual(picture)


@pytest.mark.parametrize(
    "meanwhile",
    [
        "os.utime(path, ns=(1, 1))",
        "new = path.with_name('b'); new.write_bytes(path.read_bytes()); new.replace(path)",
    ],
)
def test_a_file_that_changed_since_is_read_anew(picture: Path, meanwhile: str) -> None:
    assert ahead(picture, "", meanwhile) == "read as usual"


def test_a_reader_that_dies_is_told_of(picture: Path) -> None:
    before = "rows_ahead._serve = lambda *_: os._exit(9)"
    assert ahead(picture, before) == ("refused: the process that read it died, often for want of memory; try -j 1")


def test_a_reader_that_nobody_counts_is_closed_without_a_word(picture: Path) -> None:
    before = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
    assert ahead(picture, before) == as_usual(picture)


def test_the_command_counts_its_children_though_its_parent_ignores_them(picture: Path) -> None:
    ignore = "import os, sys; from signal import *; signal(SIGCHLD, SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    words = [sys.executable, "-m", "upscli", "enlarge", str(picture), "-o", str(picture.with_name("b.png")), "-q"]
    done = subprocess.run([sys.executable, "-c", ignore, *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    # And no child's number is another's before it asks for it.
    asked = "from signal import *; from upscli.cli import run; run(['-V']); print(getsignal(SIGCHLD).name)"
    done = subprocess.run([sys.executable, "-c", ignore, sys.executable, "-c", asked], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "SIG_DFL"


@pytest.mark.parametrize(
    "before",
    [
        "rows_ahead.MOST = 190 * 211 - 1",
        "threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "path = path.parent",
    ],
    ids=["large", "beside threads", "a folder"],
)
def test_what_is_not_read_ahead(picture: Path, before: str) -> None:
    end = "path = Path(sys.argv[1])"
    assert ahead(picture, before, end) == "read as usual"


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(60), JUNK])
def test_other_files_are_left_alone(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.png").write_bytes(data)
    assert ahead(tmp_path / "a.png") == "read as usual"


def test_the_program_reads_ahead_and_writes_the_same(picture: Path) -> None:
    made: list[Any] = []
    for jobs in ("1", "2"):
        out = picture.with_name(f"{jobs}.png")
        words = [sys.executable, "-m", "upscli", "enlarge", str(picture), "-o", str(out), "-j", jobs, "-q"]
        subprocess.run(words, check=True, capture_output=True)
        made.append(out.read_bytes())
    assert made[0] == made[1]
    # Seen by what it makes of a reader that dies.
    code = "import os, sys\nfrom upscli.pictures import rows_ahead\nrows_ahead._serve = lambda *_: os._exit(9)\n"
    code += "from upscli.cli import run\nsys.exit(run(sys.argv[1:]))"
    words = [sys.executable, "-c", code, "enlarge", str(picture), "-o", str(picture.with_name("3.png")), "-j", "2"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"upscli: {picture}: the process that read it died, often for want of memory; try -j 1\n"
    assert not picture.with_name("3.png").exists()


def test_what_nobody_took_ends_with_the_next_and_is_left_alone_by_forks(picture: Path) -> None:
    again = "old = rows_ahead._begun[0]; fork = os.fork()\nif fork == 0: old.close(); os._exit(0)\n"
    again += "assert os.waitpid(fork, 0)[1] == 0 and Path(f'/proc/{old._process}').exists(); rows_ahead.begin(path)\n"
    again += "assert not Path(f'/proc/{old._process}').exists()"
    assert ahead(picture, "", again) == as_usual(picture)


def test_where_the_system_gives_no_more_processes_it_is_read_as_usual(picture: Path) -> None:
    before = "def refuse(): raise BlockingIOError(11, 'no more')\nos.fork = refuse; had = os.listdir('/proc/self/fd')"
    assert ahead(picture, before, "assert os.listdir('/proc/self/fd') == had") == "read as usual"


def test_it_is_not_begun_where_nothing_forks(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "FORKS", False)
    rows_ahead.begin(picture)
    assert not rows_ahead._begun
