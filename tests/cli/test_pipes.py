"""Real processes: pipes, closed and full streams, and signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

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


@pytest.mark.parametrize(
    "words",
    [
        "enlarge sprite.png -o -",
        "methods",
        "pool sprite.png --format png -o -",
        "explain max-pooling --format png -o -",
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_stdout_is_told(folder: Path, words: str) -> None:
    done = shell(f"$U {words} > /dev/full")
    assert done.returncode == 1
    assert done.stderr == b"upscli: stdout: cannot be written (No space left on device)\n"


@pytest.mark.parametrize("kind", ["jpg", "bmp", "dds", "jp2", "tga", "qoi", "webp", "avif", "gif", "png", "tif", "ppm"])
def test_a_file_whose_end_finds_no_room_is_no_result(folder: Path, kind: str) -> None:
    assert shell(f"$U enlarge landscape.png -o whole.{kind}").returncode == 0
    room = (Path(f"whole.{kind}").stat().st_size - 1) // 1024
    done = shell(f"ulimit -f {room}; $U enlarge landscape.png -o b.{kind} -q")
    assert (done.returncode, done.stderr) == (1, f"upscli: b.{kind}: cannot be written (File too large)\n".encode())
    assert not Path(f"b.{kind}").exists()


@pytest.mark.parametrize(
    "words",
    [
        "compare sprite.png -m nearest,bicubic -o b.out.png",
        "pool sprite.png --format bmp -o b.out",
        "convolve sprite.png --kernel blur --format bmp -o b.out",
        "explain max-pooling --format png -o b.out",
        "train . -o b.npz",
    ],
)
def test_every_command_says_with_its_code_that_the_disk_was_full(folder: Path, words: str) -> None:
    name = words.rpartition(" ")[2]
    done = shell(f"ulimit -f 1; $U {words}")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"upscli: {name}: cannot be written (File too large)".encode()
    assert not Path(name).exists()


@pytest.mark.parametrize("words", ["enlarge sprite.png -o -", "methods", "methods lanczos", "--help"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_stdout_that_can_only_be_read_is_told(folder: Path, words: str, unbuffered: str) -> None:
    done = shell(f"$U {words} 1< sprite.png", PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 1
    assert done.stderr == b"upscli: stdout: cannot be written (Bad file descriptor)\n"


@pytest.mark.parametrize("words", ["methods", "methods lanczos"])
def test_a_terminal_that_is_gone_is_told(words: str) -> None:
    ours, theirs = os.openpty()
    os.close(ours)
    done = subprocess.run([*UPSCLI, *words.split()], stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (1, b"upscli: stdout: cannot be written (Input/output error)\n")


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


@pytest.mark.parametrize(
    "words",
    [
        "enlarge sprite.png -o b.png --json",
        "enlarge sprite.png -n",
        "compare sprite.png -m nearest,bicubic -o b.png --json",
        "pool sprite.png -o b.png --json",
        "pool sprite.png -o - --format png",
        "explain nearest",
        "explain nearest -o - --format png",
        "checkerboard box --stride 2 -o b.png",
        "compare sprite.png -m nearest,bicubic -o b.png",
        "evaluate . -s 2 -o b.png",
        "score sprite.png sprite.png",
        "train . -o b.npz",
        "train . -o b.npz --json",
        "methods",
        "formats --json",
    ],
)
def test_what_cannot_be_told_is_refused(folder: Path, words: str) -> None:
    before = sorted(folder.iterdir())
    done = shell(f"$U {words} >&-")
    assert done.returncode == 2
    assert done.stderr.startswith(b"upscli: stdout is closed; send it to a file or a pipe ('upscli ")
    assert done.stderr.count(b"\n") == 1
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("words", ["compare sprite.png -m nearest,bicubic -q -o b.png", "pool sprite.png -q -o b.png"])
def test_a_closed_stdout_is_no_obstacle_to_who_wants_no_words(folder: Path, words: str) -> None:
    done = shell(f"$U {words} >&-")
    assert (done.returncode, done.stderr) == (0, b"")
    assert Path("b.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("closed", ["", ">&-"])
def test_a_training_that_is_to_be_quiet_is(folder: Path, closed: str) -> None:
    done = shell(f"$U train . -q -o b.npz {closed}")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert Path("b.npz").stat().st_size


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


def test_classic_pipes_carry_pnm_both_ways(folder: Path) -> None:
    with Image.open("landscape.png") as image:
        image.convert("RGB").save("a.ppm")
        image.convert("L").save("a.pgm")
    for kind, magic in (("ppm", b"P6"), ("pgm", b"P5")):
        done = shell(f"cat a.{kind} | $U enlarge - -o - -q | $U enlarge - -m nearest -o - -q")
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.startswith(magic + b"\n1920 1280\n255\n")


def test_a_picture_from_a_pipe_is_read_twice_for_its_grid(folder: Path) -> None:
    Image.effect_noise((400, 300), 80).save("a.pgm")
    done = shell("cat a.pgm | $U enlarge - -o b.png --grid g.png")
    assert done.returncode == 0, done.stderr
    with Image.open("g.png") as grid:
        assert grid.width > 800


@pytest.mark.parametrize("words", ["enlarge <(cat sprite.png) -o b.png", "score <(cat sprite.png) sprite.png"])
def test_a_pipe_with_a_name_is_told_from_a_broken_picture(folder: Path, words: str) -> None:
    done = shell(f"$U {words}")
    assert done.returncode == 1
    assert b": a pipe, which cannot be read twice; send it to stdin, and give -" in done.stderr


def test_a_list_comes_through_a_pipe(folder: Path) -> None:
    Path("two\nlines.png").write_bytes(Path("sprite.png").read_bytes())
    done = shell("find . -name 's*.png' -print0 -o -name 'two*' -print0 | $U enlarge --files-from - --null -o out/ -q")
    assert (done.returncode, done.stderr) == (0, b"")
    assert sorted(path.name for path in Path("out").glob("[!.]*")) == ["sprite.png", "two\nlines.png"]


def test_objects_go_to_stderr_where_stdout_carries_a_picture(folder: Path) -> None:
    done = shell("$U enlarge sprite.png -o - --json -q")
    assert done.stdout.startswith(b"\x89PNG")
    said = json.loads(done.stderr)
    assert (said["output"], said["sha256"]) == ("stdout", sha256(done.stdout).hexdigest())


def test_raw_frames_flow_from_one_program_to_the_next(folder: Path) -> None:
    frames = [bytes([level]) * (6 * 5 * 3) for level in (0, 99, 255)]
    Path("frames").write_bytes(b"".join(frames))
    done = shell("cat frames | $U enlarge --raw 6x5x3 - -s 2x3 -o - | cat")
    assert (done.returncode, done.stderr) == (0, b"3 frames  6 x 5 -> 12 x 15  bicubic\n")
    assert done.stdout == b"".join(bytes([level]) * (12 * 15 * 3) for level in (0, 99, 255))
    short = shell("head -c 100 frames | $U enlarge --raw 6x5x3 - -s 2x3 -o -")
    assert (short.returncode, short.stdout) == (1, done.stdout[: 12 * 15 * 3])
    assert short.stderr == b"upscli: stdin ends inside frame 2: 10 of 90 bytes\n"
    early = shell("cat frames frames | $U enlarge --raw 6x5x3 - -s 99 -o - | head -c 5; echo ${PIPESTATUS[1]} > code")
    assert (early.stdout, early.stderr, Path("code").read_text()) == (bytes(5), b"", "141\n")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("--raw 6x5 - -o -", "raw '6x5' is not WIDTHxHEIGHTxCHANNELS"),
        ("--raw 6x5x3 a.png -o -", "--raw goes from stdin to stdout"),
        ("--raw 6x5x3 - -o a.png", "--raw goes from stdin to stdout"),
        ("--raw 6x5x3 - -o - --json", "--json has no meaning for raw frames"),
        ("--raw 6x5x3 - -o - -n", "--dry-run has no meaning for raw frames"),
        ("--raw 6x5x3 - -o - --format png", "--format has no meaning for raw frames"),
        ("--raw 6x5x3 - -o - --progress json", "--progress has no meaning for raw frames"),
        ("--raw 6x5x3 - -o - -v", "--verbose has no meaning for raw frames"),
        ("--raw 6x5x3 - -o - -s 0.5", "is smaller than"),
        ("--raw 6x5x3 - -o - -s 9 --max-output-pixels 99", "--max-output-pixels"),
    ],
)
def test_raw_refuses_what_means_nothing(folder: Path, words: str, part: str) -> None:
    done = shell(f"$U enlarge {words} < /dev/null")
    assert (done.returncode in (1, 2), done.stdout, done.stderr.count(b"\n")) == (True, b"", 1), done.stderr
    assert part in done.stderr.decode()


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
