"""Batches that are killed, interrupted, starved or crowded: nothing torn, nothing lost, nothing done twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from processes import UPSCLI, alive, children, end, made, pictures, start, until, workers

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def slow(here: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = under_way()
    yield process
    end(process)


def under_way(*words: str) -> subprocess.Popen[bytes]:
    """A batch of some seconds, with two workers at work."""
    pictures("in", 12, 700)
    process = start("in", "-o", "out", "-s", "4", "-j", "2", "--compress", "small", *words)
    until(lambda: made() and len(workers(process.pid)) == 2)
    return process


def whole(folder: str, expected: dict[str, bytes]) -> bool:
    return {name: Path(folder, name).read_bytes() for name in made(folder)} == expected


def reference(*words: str) -> dict[str, bytes]:
    """What a run that nobody disturbs makes."""
    subprocess.run([*UPSCLI, "enlarge", "in", "-o", "ref", "-q", *words], check=True)
    return {name: Path("ref", name).read_bytes() for name in made("ref")}


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_the_bytes_are_the_same_for_any_number_of_jobs(here: Path, jobs: int) -> None:
    pictures("in", 5, 90)
    Image.new("RGB", (80, 60), "teal").save("in/q.jpg")
    expected = reference("-j", "1", "-s", "3")
    subprocess.run([*UPSCLI, "enlarge", "in", "-o", "out", "-q", "-s", "3", "-j", str(jobs)], check=True)
    assert whole("out", expected)


@pytest.mark.parametrize("progress", ["plain", "bar"])
def test_a_worker_killed_from_outside_costs_nothing(here: Path, progress: str) -> None:
    """Its picture is tried once more, and the pool goes on."""
    slow = under_way("--progress", progress)
    os.kill(workers(slow.pid)[0], signal.SIGKILL)
    out, err = slow.communicate(timeout=120)
    assert (slow.returncode, out) == (0, b""), err
    assert b"12 written, 0 skipped, 0 failed" in err
    assert len(made()) == 12


KILLER = """
import os, signal, sys
import upscli.run, upscli.workers
old = upscli.run._made
def deadly(job, *more):
    if job.source.path.stem in ("p0001", "p0003"):
        os.kill(os.getpid(), signal.SIGKILL)
    return old(job, *more)
upscli.run._made = deadly
from upscli.cli import run
sys.exit(run(sys.argv[1:]))
"""


def test_a_picture_that_kills_twice_fails_alone(here: Path) -> None:
    pictures("in", 6)
    words = [sys.executable, "-c", KILLER, "enlarge", "in", "-o", "out", "-j", "2", "-q"]
    done = subprocess.run(words, capture_output=True, timeout=60)
    assert done.returncode == 1
    lines = sorted(done.stderr.decode().splitlines())
    died = "the process that worked on it died (signal 9, often for want of memory), 2 times"
    assert lines == [f"upscli: in/p000{number}.png: {died}" for number in (1, 3)]
    assert made() == ["p0000.png", "p0002.png", "p0004.png", "p0005.png"]


def test_workers_end_when_their_parent_is_killed(slow: subprocess.Popen[bytes]) -> None:
    below = children(slow.pid)
    assert len(below) == 2
    slow.kill()
    until(lambda: not any(map(alive, below)), 5)
    assert not list(Path("out").glob("*.part"))


@pytest.mark.parametrize(
    ("number", "code", "how"), [(signal.SIGINT, 130, b"interrupted"), (signal.SIGTERM, 143, b"terminated")]
)
@pytest.mark.parametrize("whom", ["the whole group", "the parent"])
def test_a_signal_ends_a_batch_within_about_a_second(
    slow: subprocess.Popen[bytes], number: signal.Signals, code: int, how: bytes, whom: str
) -> None:
    below = children(slow.pid)
    began = time.monotonic()
    os.killpg(slow.pid, number) if whom == "the whole group" else slow.send_signal(number)
    _, err = slow.communicate(timeout=30)
    assert time.monotonic() - began < 2, "a second, on a machine that has nothing else to do"
    assert slow.returncode == code
    last = err.splitlines()[-1]
    assert last.startswith(b"upscli: " + how + b"; ")
    assert last.endswith(b" of 12 written; the same command with --resume goes on")
    assert b"Traceback" not in err
    assert all(name.startswith("p") for name in made())
    until(lambda: not any(map(alive, below)), 5)


def test_a_second_ctrl_c_leaves_at_once(slow: subprocess.Popen[bytes]) -> None:
    below = children(slow.pid)
    for worker in workers(slow.pid):
        os.kill(worker, signal.SIGSTOP)  # they do not hear that they should end
    slow.send_signal(signal.SIGINT)
    time.sleep(0.2)
    assert slow.poll() is None
    began = time.monotonic()
    slow.send_signal(signal.SIGINT)
    assert slow.wait(10) == 130
    assert time.monotonic() - began < 0.4
    for pid in filter(alive, below):
        os.kill(pid, signal.SIGCONT)
    until(lambda: not any(map(alive, below)), 5)


def test_an_interrupted_batch_is_resumed_without_doing_anything_twice(slow: subprocess.Popen[bytes]) -> None:
    slow.send_signal(signal.SIGINT)
    slow.communicate(timeout=30)
    before = {name: Path("out", name).stat().st_ino for name in made()}
    assert 0 < len(before) < 12
    words = [*UPSCLI, "enlarge", "in", "-o", "out", "-s", "4", "--compress", "small", "--resume"]
    done = subprocess.run(words, capture_output=True, check=True)
    assert f"{12 - len(before)} written, {len(before)} skipped, 0 failed".encode() in done.stderr
    assert all(Path("out", name).stat().st_ino == inode for name, inode in before.items())


def test_a_picture_over_its_time_fails_alone(here: Path) -> None:
    pictures("in", 3, 10)
    Image.effect_noise((1500, 1500), 90).save("in/slow.png")
    words = ["in", "-o", "out", "-s", "8", "--compress", "9", "--timeout", "1.5", "-j", "2", "-q"]
    process = start(*words)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.splitlines() == [b"upscli: in/slow.png: took longer than 1.5 s (--timeout)"]
    assert made() == ["p0000.png", "p0001.png", "p0002.png"]


def test_a_memory_limit_refuses_what_alone_is_too_much_and_queues_the_rest(here: Path) -> None:
    pictures("in", 4, 64)
    Image.new("RGB", (3000, 3000)).save("in/huge.webp", lossless=True)
    process = start("in", "-o", "out", "-s", "2", "--memory-limit", "150M", "-j", "2", "-q")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.startswith(b"upscli: in/huge.webp: needs about ")
    assert b"over the limit of 150 MB; raise it with --memory-limit" in err
    assert len(made()) == 4


def test_nobody_who_reads_the_objects_is_no_noise(here: Path) -> None:
    pictures("in", 40)
    line = f"{' '.join(UPSCLI)} enlarge in -o out --json -q | head -n 1; echo ${{PIPESTATUS[0]}} > code"
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=60)
    assert (done.stderr, done.stdout.count(b"\n"), Path("code").read_text()) == (b"", 1, "141\n")
    assert all(name.startswith("p") for name in made())


def test_two_runs_at_once_into_one_folder(here: Path) -> None:
    """Different files: both are fine. The same: each file is written by one, and the other says so."""
    for folder in ("in", "other"):
        pictures(folder, 40)
    for path in Path("other").iterdir():
        path.rename(path.with_name("q" + path.name))
    both = [start(folder, "-o", "out", "-q") for folder in ("in", "other")]
    assert [(process.communicate(timeout=60), process.returncode) for process in both] == [((b"", b""), 0)] * 2
    assert len(made()) == 80

    same = [start("in", "-o", "same", "-q") for _ in range(2)]
    said = [process.communicate(timeout=60)[1].decode() for process in same]
    assert len(made("same")) == 40
    assert set(made("same")) == {f"p{number:04}.png" for number in range(40)}
    for text in said:
        assert all("exists; use --overwrite" in line for line in text.splitlines()), text
    assert whole("same", reference())


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root")
def test_a_disk_that_fills_up_leaves_no_stumps(here: Path) -> None:
    pictures("in", 12, 100)
    Path("disk").mkdir()
    line = (
        "mount -t tmpfs -o size=300k none disk && "
        f"{' '.join(UPSCLI)} enlarge in -o disk/out -q -j 2 --compress 0; echo $? > code;"
        "cp -r disk/out saved; rm -f disk/out/p0000.png disk/out/p0001.png;"
        "mount -o remount,size=9m disk &&"
        f"{' '.join(UPSCLI)} enlarge in -o disk/out -q -j 2 --compress 0 --resume; cp -r disk/out resumed"
    )
    done = subprocess.run(["unshare", "-m", "bash", "-c", line], capture_output=True, timeout=60)
    if b"unshare failed" in done.stderr or b"permission denied" in done.stderr.lower():
        pytest.skip("mounting is not allowed here")
    assert Path("code").read_text() == "1\n", done.stderr
    lines = done.stderr.decode().splitlines()
    assert lines
    assert all("cannot be written (No space left on device)" in line for line in lines), lines
    for name in made("saved"):
        with Image.open(f"saved/{name}") as result:
            result.load()
    assert len(made("saved")) + len(lines) == 12
    assert whole("resumed", reference("--compress", "0"))


# -- long


@pytest.mark.slow
def test_killed_at_thirty_random_moments_and_resumed_every_file_is_right_and_none_is_redone(here: Path) -> None:
    pictures("in", 200, 48)
    words = ("-s", "8", "--compress", "small")
    expected = reference(*words)
    moments = random.Random(4)
    inodes: dict[str, tuple[int, int]] = {}
    left = []
    for _ in range(30):
        process = start("in", "-o", "out", "--resume", "-q", *words)
        # So many files later, and within the work on the next: a clock alone would miss the work on a busy machine.
        enough = len(inodes) + moments.randrange(12)
        until(lambda enough=enough, run=process: len(made()) > enough or run.poll() is not None, 60)  # type: ignore[misc]
        time.sleep(moments.uniform(0.0, 0.1))
        process.kill()
        below = children(process.pid)
        end(process)
        until(lambda below=below: not any(map(alive, below)), 5)  # type: ignore[misc]
        left.append(200 - len(inodes))
        for name in made():
            if name.startswith(".upscli-"):  # removed by the next run
                continue
            assert Path("out", name).read_bytes() == expected[name], f"{name} is torn"
            found = Path("out", name).stat()
            fact = (found.st_ino, found.st_mtime_ns)
            assert inodes.setdefault(name, fact) == fact, f"{name} was made twice"
    done = subprocess.run([*UPSCLI, "enlarge", "in", "-o", "out", "--resume", *words], capture_output=True)
    assert done.returncode == 0, done.stderr
    assert whole("out", expected)
    assert sum(0 < number < 200 for number in left) > 5, f"the kills came too early or too late: {left}"
    assert all(Path("out", name).stat().st_ino == fact[0] for name, fact in inodes.items())


@pytest.mark.slow
def test_ten_thousand_files_with_one_in_a_hundred_broken(here: Path) -> None:
    pictures("one", 1, 8)
    good = Path("one/p0000.png").read_bytes()
    Path("in").mkdir()
    for number in range(10_000):
        Path(f"in/{number:05}.png").write_bytes(good[: None if number % 100 else 60])
    measured = (
        "import resource, subprocess, sys, time; began = time.monotonic();"
        f"code = subprocess.call({[*UPSCLI, 'enlarge', 'in', '-o', 'out', '--report', 'r.json']!r});"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss;"
        "print(code, time.monotonic() - began, peak // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", measured], capture_output=True, timeout=600)
    code, seconds, megabytes = map(float, done.stdout.split())
    assert code == 1
    assert b"9,900 written, 0 skipped, 100 failed" in done.stderr
    assert len(made()) == 9_900
    assert seconds < 240
    assert megabytes < 400
