"""Whole processes, file to file: start-up, decoding, resampling, encoding, and whatever else a user waits for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import numpy as np
from agree import agreement
from mosaic import Mosaic, Pixels
from peers import Peers
from PIL import Image
from table import Row, Target, megabytes
from timing import OURS, rounds

QUALITY = 95
START = "Python, NumPy and Pillow started"

PILLOW = """
import sys
from PIL import Image
image = Image.open(sys.argv[1])
size = 2 * image.width, 2 * image.height
image.resize(size, Image.Resampling.BICUBIC).save(sys.argv[2]{options})
"""
OPENCV = """
import sys
import cv2
image = cv2.imread(sys.argv[1])
cv2.imwrite(sys.argv[2], cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC){options})
"""
OPENCV_JPEG = (
    f", [cv2.IMWRITE_JPEG_QUALITY, {QUALITY}, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]"
)


@dataclass(frozen=True)
class Case:
    """Files of one format."""

    key: str
    suffix: str
    work: str
    targets: dict[str, Target] = field(default_factory=dict)


CASES = (
    Case(
        "png",
        ".png",
        "whole process, PNG to PNG",
        {
            "Pillow script": Target(10, 14),
            "vips": Target(3.5, 5),
            "OpenCV script": Target(2, 2.7),
            "ImageMagick": Target(15, 22),
        },
    ),
    Case(
        "jpeg",
        ".jpg",
        f"whole process, JPEG to JPEG (all at quality {QUALITY}, 4:4:4)",
        {"Pillow script": Target(0.9, 1.1), "OpenCV script": Target(1, 1.2), "vips": Target(1, 1.3)},
    ),
)
TOLD_THE_SAME = {
    "Pillow script": "--edge renormalize",
    "ImageMagick": "--edge renormalize",
    "GraphicsMagick": "--edge renormalize",
    "OpenCV script": "-O a=-0.75",
}
"""What ours is told when results are compared, never when it is timed."""
PNG_SIZE = Target(1.2, 1.1, at_most=True, unit="x")


@dataclass(frozen=True)
class Bench:
    """Where files lie, what may be started, and the environment it gets."""

    folder: Path
    peers: Peers
    environment: dict[str, str]
    repeats: int

    def start(self, command: list[str]) -> Callable[[], None]:
        """A call that runs the command to its end and fails with what it said."""

        def run() -> None:
            done = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True)
            if done.returncode:
                raise RuntimeError(
                    f"{Path(command[0]).name} left with {done.returncode}: {done.stderr.decode()[-500:]}"
                )

        return run


def upscli_program() -> str:
    """The command that was installed for this Python."""
    path = Path(sys.executable).with_name("upscli" + Path(sys.executable).suffix)
    if not path.exists():
        raise SystemExit("upscli is not installed beside this Python: pip install -e .")
    return str(path)


def rows(case: Case, picture: Mosaic, bench: Bench) -> list[Row]:
    """Time one format against every peer, and compare what they wrote."""
    source = bench.folder / f"in{case.suffix}"
    Image.fromarray(picture.pixels).save(source, quality=QUALITY, subsampling=0)
    results = {name: bench.folder / f"{name}{case.suffix}".replace(" ", "-") for name in (OURS, *_names(bench.peers))}
    runs = {name: bench.start(_command(name, bench.peers, source, result)) for name, result in results.items()}
    for run in runs.values():
        run()
    outputs = _compared(case, source, results, bench)
    times = rounds(runs | {START: bench.start([sys.executable, "-c", "import numpy, PIL.Image"])}, bench.repeats)
    start = times.median(START)
    made = []
    for name in results.keys() - {OURS}:
        ratio = times.ratio(name)
        took = times.median(name), times.median(OURS)
        row = Row(case.key, case.work, name, *took, ratio.median, case.targets.get(name), ratio, outputs[name])
        made.append(replace(row, start=start))
    return sorted(made, key=lambda row: list(results).index(row.peer))


def size_row(bench: Bench) -> list[Row]:
    """The size of our PNG against that of the same pixels from Pillow at its default."""
    ours = bench.folder / f"{OURS}.png"
    default = BytesIO()
    Image.open(ours).save(default, "PNG")
    size, theirs = ours.stat().st_size, len(default.getvalue())
    default.seek(0)
    outputs = agreement(_decoded(ours), np.asarray(Image.open(default)))
    row = Row(
        "png-size",
        "size of that PNG (smaller is better)",
        "Pillow's default",
        theirs,
        size,
        size / theirs,
        PNG_SIZE,
        outputs=outputs,
        show=megabytes,
    )
    return [row]


def _names(peers: Peers) -> list[str]:
    scripts = [f"{name} script" for name in ("Pillow", "OpenCV") if name in peers]
    return scripts + [name for name in ("vips", "ImageMagick", "GraphicsMagick") if name in peers]


def _command(name: str, peers: Peers, source: Path, result: Path) -> list[str]:
    files = [str(source), str(result)]
    jpeg = result.suffix == ".jpg"
    if name == OURS:
        quality = ["--quality", str(QUALITY)] if jpeg else []
        return [upscli_program(), "enlarge", files[0], "-o", files[1], "--overwrite", *quality]
    if name == "Pillow script":
        options = f", quality={QUALITY}, subsampling=0" if jpeg else ""
        return [sys.executable, "-c", PILLOW.format(options=options), *files]
    if name == "OpenCV script":
        return [sys.executable, "-c", OPENCV.format(options=OPENCV_JPEG if jpeg else ""), *files]
    path = peers.paths[name]
    if name == "vips":
        options = f"[Q={QUALITY},subsample_mode=off]" if jpeg else ""
        return [path, "resize", files[0], files[1] + options, "2", "--kernel", "cubic"]
    convert = [path, "convert"] if name == "GraphicsMagick" else [path]
    quality = (
        ["-quality", str(QUALITY), "-sampling-factor", "4:4:4" if name == "ImageMagick" else "1x1"] if jpeg else []
    )
    return [*convert, files[0], "-filter", "Catrom", "-resize", "200%", *quality, files[1]]


def _compared(case: Case, source: Path, results: dict[str, Path], bench: Bench) -> dict[str, str]:
    """The agreement of each peer's file with ours, told the same where the peer means something else."""
    ours = {"": _decoded(results[OURS])}
    words = {}
    for name in results.keys() - {OURS}:
        told = TOLD_THE_SAME.get(name, "")
        if told not in ours:
            same = bench.folder / f"same{case.suffix}"
            bench.start([*_command(OURS, bench.peers, source, same), *told.split()])()
            ours[told] = _decoded(same)
        words[name] = agreement(ours[told], _decoded(results[name])) + (f" with `{told}`" if told else "")
    return words


def _decoded(path: Path) -> Pixels:
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
