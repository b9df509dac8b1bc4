"""The benchmark runs and says what it measured. How fast anything is, no test asks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent / "benchmarks" / "run.py"
SAMPLES = Path(__file__).parent.parent / "sample_images"
WORKS = (
    "resample bicubic x2, 1 thread",
    "resample Lanczos 3 x2, 1 thread",
    "resample bilinear x2, 1 thread",
    "resample bicubic x1.7, 1 thread",
    "resample bicubic x4, 1 thread",
    "resample nearest x2, 1 thread",
    "whole process, PNG to PNG",
    "size of that PNG",
    "whole process, JPEG to JPEG",
    "`upscli --help`",
)


def quick(path: Path, *words: str) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "UPSCLI_DATA"} | {"PATH": str(path)}
    done = subprocess.run([sys.executable, RUN, "--quick", *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def program(folder: Path, name: str, says: str) -> None:
    path = folder / name
    path.write_text(f"#!{sys.executable}\nprint({says!r})\n")
    path.chmod(0o755)


needs_scripts = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are scripts")


@needs_scripts
def test_every_work_has_its_rows_and_a_stand_in_is_left_out(tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    program(tmp_path, "convert", "convert 1.0, in place of ImageMagick")
    printed = quick(tmp_path, "--markdown", str(tmp_path / "report.md"))
    table = [line for line in printed.splitlines() if line.startswith("| ")]
    assert (tmp_path / "report.md").read_text().strip() == printed.strip()
    for work in WORKS:
        rows = [line for line in table if line.startswith(f"| {work}")]
        assert rows, work
        assert "differ" not in "".join(rows), rows
    assert "sample_images/landscape.png" in printed
    peers = next(line for line in printed.splitlines() if "left out, not installed" in line)
    here, left_out = peers.split("; left out")
    assert "Pillow" in here
    assert "OpenCV" in here
    assert all(name in left_out for name in ("vips", "ImageMagick", "GraphicsMagick"))
    assert not any("| ImageMagick |" in line for line in table)


@needs_scripts
def test_a_peer_counts_when_its_version_names_it_and_any_folder_of_pngs_will_do(tmp_path: Path) -> None:
    program(tmp_path, "gm", "GraphicsMagick 9.9.9 2030-01-01 Q16")
    program(tmp_path, "vips", "vim 9")
    printed = quick(tmp_path, "--only", "help", "--data", str(SAMPLES))
    here, left_out = next(line for line in printed.splitlines() if "; left out" in line).split("; left out")
    assert "GraphicsMagick 9.9.9" in here
    assert "vips" in left_out
    assert "photographs from sample_images" in printed


def test_an_unknown_row_is_answered_with_those_there_are() -> None:
    done = subprocess.run([sys.executable, RUN, "--quick", "--only", "speed"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "bicubic, lanczos" in done.stderr
