"""The most memory that a whole run holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import numpy as np
from mosaic import Mosaic
from PIL import Image
from programs import Bench, upscli_program
from table import Row, Target, megabytes
from timing import tell

SIDE = 12_000
QUICK_SIDE = 300
EXTRA = Target(250, 120, at_most=True, unit=" MB")

# A child counts the memory of the process that started it as its own until it becomes another program. So a small
# process in between starts it and reads the kernel's account.
MEASURE = """
import json, os, resource, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss]))
"""


def peak(command: list[str], environment: dict[str, str], stdin: IO[bytes] | None = None) -> int:
    """Bytes that the command held at most. Raises RuntimeError if it fails."""
    measured = subprocess.run(
        [sys.executable, "-I", "-S", "-c", MEASURE, *command],
        env=environment,
        capture_output=True,
        check=True,
        text=True,
        stdin=stdin,
    )
    code, size = json.loads(measured.stdout.splitlines()[-1])
    if code:
        raise RuntimeError(f"{Path(command[0]).name} left with {code}: {measured.stderr[-500:]}")
    return int(size) * (1 if sys.platform == "darwin" else 1024)


def rows(picture: Mosaic, bench: Bench, side: int) -> list[Row]:
    """The peak of enlarging side x side to twice that, against the bytes of the decoded input."""
    if not hasattr(os, "posix_spawn"):
        tell("memory: left out, this system keeps no such account")
        return []
    source, result = bench.folder / "large.png", bench.folder / "larger.png"
    _write_large(picture, side, source)
    command = [upscli_program(), "enlarge", str(source), "-o", str(result), "--overwrite"]
    held = peak(command, bench.environment)
    bare = peak([sys.executable, "-c", "import numpy, PIL.Image"], bench.environment)
    Image.MAX_IMAGE_PIXELS = None  # the result is as large as it is meant to be
    with Image.open(result) as image:
        outputs = f"{image.width}x{image.height}, {megabytes(result.stat().st_size)}"
    for path in (source, result):
        path.unlink()
    decoded = 3 * side * side
    alone = f"Python, NumPy and Pillow alone: {megabytes(bare)}"
    work = f"peak memory over the decoded input, {side}x{side} RGB PNG x2 ({alone})"
    extra = (held - decoded) / 1e6
    return [Row("memory", work, "the decoded input", decoded, held, extra, EXTRA, outputs=outputs, show=megabytes)]


def _write_large(picture: Mosaic, side: int, path: Path) -> None:
    width, height = picture.size
    # Each column of mosaics is rolled by other rows: equal ones side by side would be matches for deflate.
    columns = range(-(-side // width))
    line = np.concatenate([np.roll(picture.pixels, 211 * column, axis=0) for column in columns], axis=1)[:, :side]
    large = np.tile(line, (-(-side // height), 1, 1))[:side]
    Image.fromarray(np.ascontiguousarray(large)).save(path, compress_level=1)
