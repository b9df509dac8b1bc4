"""Pictures that are read and written by rows, in real processes: pipes, and memory that does not grow with height."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

UPSCLI = [sys.executable, "-m", "upscli", "enlarge"]
BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "huge.py"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs the pipes of POSIX")


def pnm(wide: int, high: int, channels: int = 3, most: int = 255) -> bytes:
    levels = np.arange(wide * high * channels, dtype=np.uint32) * 7919 >> 5
    samples = (levels & most).astype(">u2" if most > 255 else np.uint8)
    return b"P%d\n%d %d\n%d\n" % (5 if channels == 1 else 6, wide, high, most) + samples.tobytes()


def piped(data: bytes, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*UPSCLI, "-", *words], input=data, capture_output=True, timeout=300, check=False)


@pytest.mark.parametrize("words", [[], ["-m", "nearest", "-s", "3"], ["--timeout", "100"], ["--edge", "wrap"]])
@pytest.mark.parametrize("most", [255, 65535])
def test_pnm_in_a_pipe_gives_what_the_file_gives(tmp_path: Path, most: int, words: list[str]) -> None:
    data = pnm(211, 301, 3, most)
    (tmp_path / "a.ppm").write_bytes(data)
    done = piped(data, "-o", str(tmp_path / "b.ppm"), *words)
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    subprocess.run([*UPSCLI, tmp_path / "a.ppm", "-o", tmp_path / "c.ppm", *words], check=True, capture_output=True)
    assert (tmp_path / "b.ppm").read_bytes() == (tmp_path / "c.ppm").read_bytes()


def test_pnm_goes_from_pipe_to_pipe() -> None:
    data = pnm(211, 301)
    done = piped(data, "-o", "-", "-m", "nearest")
    assert done.stdout.startswith(b"P6\n422 602\n255\n")
    assert len(done.stdout) == 15 + 422 * 602 * 3
    assert done.stderr.startswith(b"stdout  211 x 301 -> 422 x 602")


def test_a_pipe_that_ends_early_leaves_nothing(tmp_path: Path) -> None:
    done = piped(pnm(211, 301)[:150_000], "-o", str(tmp_path / "b.png"))
    assert done.returncode == 1
    assert done.stderr == b"upscli: stdin: truncated after row 236 of 301\n"
    assert list(tmp_path.iterdir()) == []


def test_limits_hold_for_pipes_and_say_how_they_are_lifted(tmp_path: Path) -> None:
    done = piped(pnm(211, 301), "-o", str(tmp_path / "b.png"), "--max-pixels", "1000")
    assert done.returncode == 1
    assert b"raise it with --max-pixels (0: no limit)" in done.stderr
    done = piped(pnm(211, 301), "-o", str(tmp_path / "b.png"), "--max-output-pixels", "1000")
    assert b"raise it with --max-output-pixels (0: no limit)" in done.stderr


def peak(done: subprocess.CompletedProcess[bytes]) -> int:
    assert done.returncode == 0, done.stderr
    (said,) = [json.loads(line) for line in done.stdout.splitlines()]
    if not said["peak_memory"]:
        pytest.skip("this system does not tell the peak")
    return int(said["peak_memory"])


@pytest.mark.slow
@pytest.mark.parametrize("result", ["b.pgm", "b.png", "b.tif"])
@pytest.mark.parametrize("source", ["pipe", "plain.tif", "deflate.tif", "one strip.tif", "tiles.tif", "a.pgm"])
def test_memory_does_not_grow_with_the_height(tmp_path: Path, source: str, result: str) -> None:
    wide, high = 1000, 120_000
    data = pnm(wide, high, 1)
    pixels = np.frombuffer(data, np.uint8, offset=len(data) - wide * high).reshape(high, wide)
    words = ["-m", "nearest", "-s", "1", "-o", str(tmp_path / result), "--json", "-q", "-j", "2"]
    if source == "pipe":
        held = peak(piped(data, *words))
    else:
        how = {
            "plain.tif": {"rowsperstrip": high},
            "deflate.tif": {"rowsperstrip": high, "compression": "zlib", "compressionargs": {"level": 1}},
            "one strip.tif": {"rowsperstrip": 16},
            "tiles.tif": {"tile": (128, 128)},
        }
        path = tmp_path / source
        if path.suffix == ".tif":
            tifffile.imwrite(path, pixels, **how[source])
        else:
            path.write_bytes(data)
        held = peak(subprocess.run([*UPSCLI, path, *words], capture_output=True, timeout=300, check=False))
    assert held < 110_000_000, f"{held:,} bytes for a picture of {pixels.nbytes:,}"


@pytest.mark.slow
def test_the_benchmark_of_huge_pictures_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, BENCHMARK, "--quick", "--folder", tmp_path], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 8
    assert list(tmp_path.iterdir()) == []
