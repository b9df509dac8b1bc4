"""Real processes: pipes, closed and full streams, and signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

UPSCLI = [sys.executable, "-m", "upscli"]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs the pipes and signals of POSIX")


def shell(words: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    """A line of shell in which $U is the command; its exit code is that of $U, kept in the file `code`."""
    environment = {**os.environ, "U": f"{sys.executable} -m upscli", "P": sys.executable, **more}
    return subprocess.run(["bash", "-c", words], capture_output=True, env=environment, timeout=60, check=False)


def test_a_pipe_gives_the_bytes_of_the_file_route(folder: Path) -> None:
    copy = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    done = shell(f'cat sprite.png | $U enlarge - -o - -q | $P -c "{copy}"')
    assert done.stderr == b""
    filed = shell("$U enlarge sprite.png -o b.png")
    assert (filed.returncode, filed.stdout) == (0, b"")
    assert done.stdout == Path("b.png").read_bytes()


def test_a_pipe_carries_the_picture_and_stderr_the_words(folder: Path) -> None:
    done = shell("$U enlarge - -o - < sprite.png")
    assert done.returncode == 0
    assert done.stdout.startswith(b"\x89PNG")
    assert done.stdout.endswith(b"IEND\xaeB`\x82")
    assert done.stderr.startswith(b"stdout  48 x 48 -> 96 x 96")


def test_a_pipe_keeps_the_inputs_format_or_takes_another(folder: Path) -> None:
    done = shell("$U enlarge landscape.png -o - --format jpeg -q | $U enlarge - -o - -q")
    assert done.stdout.startswith(b"\xff\xd8\xff")
    assert done.stderr == b""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_early_ends_the_work_quietly(folder: Path, unbuffered: str) -> None:
    done = shell(
        "$U enlarge landscape.png -o - -q | head -c 10; echo ${PIPESTATUS[0]} > code", PYTHONUNBUFFERED=unbuffered
    )
    assert (done.stdout, done.stderr) == (b"\x89PNG\r\n\x1a\n\0\0", b"")
    assert Path("code").read_text() == "141\n"


@pytest.mark.parametrize("words", ["methods", "methods --json", "--help"])
def test_words_that_nobody_reads_end_quietly(folder: Path, words: str) -> None:
    done = shell(f"mkfifo p; (exec 3<p) & (exec 4>p; wait; $U {words} >&4); echo $? > code")
    assert done.stderr == b""
    assert Path("code").read_text() == "141\n"


@pytest.mark.parametrize("words", ["enlarge sprite.png -o -", "methods"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_stdout_is_told(folder: Path, words: str) -> None:
    done = shell(f"$U {words} > /dev/full")
    assert done.returncode == 1
    assert done.stderr == b"upscli: stdout: cannot be written (No space left on device)\n"


def test_a_closed_stderr_leaves_the_picture_as_it_is(folder: Path) -> None:
    shown = shell("$U enlarge sprite.png -o - -q")
    closed = shell("$U enlarge sprite.png -o - 2>&-")
    assert closed.returncode == 0
    assert closed.stdout == shown.stdout


def test_a_closed_stderr_keeps_the_exit_codes(folder: Path) -> None:
    assert shell("$U enlarge missing.png 2>&-").returncode == 1
    assert shell("$U enlarge sprite.png -s 0 2>&-").returncode == 2
    assert shell("$U 2>&-").returncode == 2


def test_a_closed_stdout_is_no_obstacle_to_a_file(folder: Path) -> None:
    done = shell("$U enlarge sprite.png -o b.png -q >&-")
    assert (done.returncode, done.stderr) == (0, b"")
    assert Path("b.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("words", "stream"), [("sprite.png -o - >&-", b"stdout"), ("- -o b.png <&-", b"stdin")])
def test_a_closed_stream_that_is_needed_is_refused(folder: Path, words: str, stream: bytes) -> None:
    done = shell(f"$U enlarge {words}")
    assert done.returncode == 2
    assert done.stderr.startswith(b"upscli: " + stream + b" is closed")
    assert done.stderr.count(b"\n") == 1
    assert not Path("b.png").exists()


def test_stdin_has_no_folder_to_write_beside(folder: Path) -> None:
    done = shell("$U enlarge - < sprite.png")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"upscli: stdin has no folder to write beside; give -o")


@pytest.mark.parametrize(("data", "reason"), [(b"", b"stdin: "), (b"not a picture", b"stdin: ")])
def test_broken_stdin_is_refused_and_stdout_gets_nothing(folder: Path, data: bytes, reason: bytes) -> None:
    Path("data").write_bytes(data)
    done = shell("$U enlarge - -o - < data")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"upscli: " + reason)
    assert done.stderr.count(b"\n") == 1


def test_truncated_stdin_is_refused_and_stdout_gets_nothing(folder: Path) -> None:
    done = shell("head -c 200000 landscape.png | $U enlarge - -o -")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.count(b"\n") == 1


def test_the_words_survive_a_terminal_of_few_letters(folder: Path) -> None:
    Path("sprite.png").rename("kočka.png")
    done = shell("$U enlarge kočka.png && $U methods && $U enlarge --help", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0, done.stderr
    assert Path("kočka_bicubic_x2.png").exists()


def started(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A job of some seconds, once its work has begun."""
    marked = (
        "import sys, upscli.run as work; from upscli.cli import run; old = work.enlarged\n"
        "def enlarged(*words):\n"
        "    for count, band in enumerate(old(*words)):\n"
        "        yield band\n"
        "        if count == 1: open('begun', 'w').close()\n"
        "work.enlarged = enlarged\n"
        "sys.exit(run(sys.argv[1:]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", marked, "enlarge", "landscape.png", "-s", "24", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 30
    while not Path("begun").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    Path("begun").unlink()
    return process


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGTERM, 143, b""), (signal.SIGINT, 130, b"upscli: interrupted")],
    ids=["SIGTERM", "Ctrl-C"],
)
@pytest.mark.parametrize("output", ["old.png", "-"])
def test_a_signal_ends_a_large_job_and_leaves_nothing(
    folder: Path, number: signal.Signals, code: int, said: bytes, output: str
) -> None:
    Path("old.png").write_bytes(b"old")
    before = set(folder.iterdir())
    process = started(folder, "-o", output, "--overwrite")
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.strip()) == (code, b"", said)
    assert set(folder.iterdir()) == before
    assert Path("old.png").read_bytes() == b"old"


def test_a_kill_in_a_large_job_leaves_the_old_file_and_nothing_else(folder: Path) -> None:
    Path("old.png").write_bytes(b"old")
    before = set(folder.iterdir())
    process = started(folder, "-o", "old.png", "--overwrite")
    process.kill()
    process.communicate(timeout=30)
    assert set(folder.iterdir()) == before
    assert Path("old.png").read_bytes() == b"old"
