"""Pictures per second of whole folders: upscli beside what people use for many pictures.

    python tests/benchmarks/batch.py FOLDER [--repeats N]

FOLDER holds photographs (PNG); 100 pieces of 512x512 are cut from them. Programs that are not installed are left out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from PIL import Image

COUNT, SIDE = 100, 512

PILLOW = """
import sys
from multiprocessing import Pool
from pathlib import Path
from PIL import Image
def enlarge(path):
    with Image.open(path) as image:
        size = (image.width * 2, image.height * 2)
        more = {"quality": 95, "subsampling": 0} if path.suffix == ".jpg" else {}
        image.resize(size, Image.Resampling.BICUBIC).save(Path(sys.argv[2], path.name), **more)
if __name__ == "__main__":
    with Pool() as pool:
        pool.map(enlarge, sorted(Path(sys.argv[1]).iterdir()))
"""


def photographs(data: Path, folder: Path, extension: str) -> None:
    """`COUNT` pieces of `SIDE` pixels, cut from the photographs in turn."""
    folder.mkdir(parents=True)
    sources = sorted(data.rglob("*.png"))
    made = turn = 0
    while made < COUNT:
        with Image.open(sources[turn % len(sources)]) as image:
            photo = image.convert("RGB")
        photo = photo if min(photo.size) >= SIDE else photo.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        lap = turn // len(sources)
        left, top = ((lap * 97) % (side - SIDE + 1) for side in photo.size)
        piece = photo.crop((left, top, left + SIDE, top + SIDE))
        piece.save(folder / f"{made:03}.{extension}", **({"quality": 92} if extension == "jpg" else {}))
        made, turn = made + 1, turn + 1


def contestants(inputs: Path, out: Path, extension: str) -> dict[str, list[str]]:
    """Name -> command line that enlarges the folder `inputs` twice into `out`."""
    cores = str(os.cpu_count() or 1)
    jpeg = extension == "jpg"
    upscli = [str(Path(sys.executable).parent / "upscli"), "enlarge", str(inputs), "-o", str(out), "-q", "-j"]
    twice = f"-filter Catrom -resize 200% {'-quality 95 ' if jpeg else ''}*.{extension}"
    vips = f"env VIPS_CONCURRENCY=1 vips resize F {out}/F{'[Q=95,no-subsample]' if jpeg else ''} 2 --kernel cubic"
    words = {
        "upscli -j 1": [*upscli, "1"],
        f"upscli -j {cores}": [*upscli, cores],
        "Pillow, all cores": [sys.executable, "-c", PILLOW, str(inputs), str(out)],
    }
    if shutil.which("mogrify"):
        words["mogrify"] = _in(inputs, f"mogrify -path {out} {twice}")
    if shutil.which("gm"):
        words["gm mogrify"] = _in(inputs, f"gm mogrify -output-directory {out} {twice}")
    if shutil.which("vips"):
        words["vips, xargs -P"] = _in(inputs, f"ls | xargs -P {cores} -I F {vips}")
    return words


def _in(folder: Path, line: str) -> list[str]:
    return ["bash", "-c", f"cd {folder} && {line}"]


def rates(data: Path, extension: str, repeats: int) -> dict[str, float]:
    """Pictures per second of each; the contestants take turns, so that a busy machine is busy for all."""
    with tempfile.TemporaryDirectory() as place:
        inputs, out = Path(place, "in"), Path(place, "out")
        photographs(data, inputs, extension)
        commands = contestants(inputs, out, extension)
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(repeats):
            for name, command in commands.items():
                seconds[name].append(timed(lambda command=command: subprocess.run(command, check=True), out))
        return {name: COUNT / median(times) for name, times in seconds.items()}


def timed(run: Callable[[], object], out: Path) -> float:
    """Seconds for a run into a new folder; all results must be there."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    began = perf_counter()
    run()
    seconds = perf_counter() - began
    found = len([path for path in out.iterdir() if not path.name.startswith(".")])
    if found != COUNT:
        raise RuntimeError(f"{found} of {COUNT} results")
    return seconds


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="FOLDER")
    parser.add_argument("--repeats", type=int, default=3)
    told = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # programs that are installed have their bytecode, upscli too
    columns = {"PNG": rates(told.data, "png", told.repeats), "JPEG": rates(told.data, "jpg", told.repeats)}
    print("| pictures per second | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for name in columns["PNG"]:
        print(f"| {name} | " + " | ".join(f"{column[name]:.1f}" for column in columns.values()) + " |")


if __name__ == "__main__":
    main()
