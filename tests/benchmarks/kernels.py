"""Arrays to arrays, in this process: the resampling alone, everybody on one thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from agree import agreement
from mosaic import Mosaic, Pixels
from peers import Peers
from PIL import Image
from table import Row, Target
from timing import OURS, Times, cores, one_core, rounds, tell

import upscli


@dataclass(frozen=True)
class Case:
    """A method at a factor. `targets` are ratios; peers without one are shown all the same."""

    key: str
    method: str
    factor: float = 2
    taps: int = 4
    words: str = ""
    targets: dict[str, Target] = field(default_factory=dict)


CASES = (
    Case("bicubic", "bicubic", targets={"Pillow": Target(5, 8), "OpenCV": Target(0.7, 1.0)}),
    Case("lanczos", "lanczos", taps=6, words="Lanczos 3", targets={"Pillow": Target(5, 7), "OpenCV": Target(4, 6)}),
    Case("bilinear", "bilinear", taps=2, targets={"Pillow": Target(4, 7)}),
    Case("bicubic-1.7", "bicubic", 1.7, targets={"Pillow": Target(4, 6)}),
    Case("bicubic-4", "bicubic", 4, targets={"Pillow": Target(4, 6)}),
    Case("nearest", "nearest", taps=0, targets={"Pillow": Target(1, 3)}),
)
THREADS = Target(1.7, 1.9)

# Where a peer's kernel of that name has another shape, or stops at the border, the results compared are those of
# ours told the same; what is timed is the default.
TOLD_THE_SAME: dict[tuple[str, str], dict[str, Any]] = {
    ("OpenCV", "bicubic"): {"options": {"a": -0.75}},
    ("PyTorch", "bicubic"): {"options": {"a": -0.75}},
    ("OpenCV", "lanczos"): {"options": {"lobes": 4}},
    ("Pillow", "bicubic"): {"edge": "renormalize"},
    ("Pillow", "lanczos"): {"edge": "renormalize"},
}


@dataclass(frozen=True)
class Entry:
    """A peer's call, and its result as uint8 (height, width, 3)."""

    run: Callable[[], Any]
    view: Callable[[Any], Pixels] = np.asarray


def rows(case: Case, picture: Mosaic, peers: Peers, repeats: int) -> list[Row]:
    """Time one case against every peer that can do it."""
    width, height = (round(length * case.factor) for length in picture.size)
    makers = {"Pillow": _pillow, "OpenCV": _opencv, "scikit-image": _skimage, "PyTorch": _torch}
    made = {name: make(picture.pixels, case.method, (width, height)) for name, make in makers.items() if name in peers}
    entries = {name: entry for name, entry in made.items() if entry is not None}
    with one_core():
        outputs = {name: _compared(name, case, picture, entry) for name, entry in entries.items()}
        ours = {OURS: lambda: upscli.enlarge(picture.pixels, case.method, case.factor, threads=1)}
        times = rounds(ours | {name: entry.run for name, entry in entries.items()}, repeats)
    work = f"resample {case.words or case.method} x{case.factor:g}, 1 thread"
    return [_row(case, work, name, times, outputs[name]) for name in entries]


def threads_row(picture: Mosaic, threads: int, repeats: int) -> list[Row]:
    """Several threads of ours against one."""
    if cores() < threads:
        tell(f"threads: left out, only {cores()} core may be used")
        return []
    runs = {
        f"{count} threads": lambda count=count: upscli.enlarge(picture.pixels, "bicubic", 2, threads=count)
        for count in (1, threads)
    }
    one, many = (run() for run in runs.values())
    times = rounds(runs, repeats)
    ours, alone = f"{threads} threads", "1 threads"
    ratio = times.ratio(alone, ours)
    took = times.median(alone), times.median(ours)
    target = THREADS if threads == 2 else None
    work = f"resample bicubic x2, {threads} threads"
    return [Row("threads", work, "upscli, 1 thread", *took, ratio.median, target, ratio, agreement(many, one))]


def _row(case: Case, work: str, name: str, times: Times, outputs: str) -> Row:
    ratio = times.ratio(name)
    took = times.median(name), times.median(OURS)
    return Row(case.key, work, name, *took, ratio.median, case.targets.get(name), ratio, outputs)


def _compared(name: str, case: Case, picture: Mosaic, entry: Entry) -> str:
    """The agreement of the results; also everybody's call before the clock runs."""
    told = TOLD_THE_SAME.get((name, case.method), {})
    ours = upscli.enlarge(picture.pixels, case.method, case.factor, threads=1, **told)
    words = {**told, **told.get("options", {})}
    words.pop("options", None)
    return agreement(ours, entry.view(entry.run())) + "".join(f" with {key}={value}" for key, value in words.items())


def _pillow(pixels: Pixels, method: str, size: tuple[int, int]) -> Entry:
    """On a picture that Pillow already holds: crossing over from an array costs it nothing here."""
    image = Image.fromarray(pixels)
    kernel = Image.Resampling[method.upper()]
    return Entry(lambda: image.resize(size, kernel))


def _opencv(pixels: Pixels, method: str, size: tuple[int, int]) -> Entry:
    import cv2

    cv2.setNumThreads(1)
    names = {"bicubic": "CUBIC", "lanczos": "LANCZOS4", "bilinear": "LINEAR", "nearest": "NEAREST"}
    kernel = getattr(cv2, f"INTER_{names[method]}")
    return Entry(lambda: cv2.resize(pixels, size, interpolation=kernel))


def _skimage(pixels: Pixels, method: str, size: tuple[int, int]) -> Entry | None:
    """Its result stays in floats, which spares it the rounding. At other factors it would run for minutes."""
    from skimage.transform import resize

    orders = {"bicubic": 3, "bilinear": 1}
    if method not in orders or size[0] != 2 * pixels.shape[1]:
        return None
    options = {"order": orders[method], "mode": "edge", "anti_aliasing": False, "preserve_range": True}
    return Entry(lambda: resize(pixels, size[::-1], **options), lambda result: np.rint(result).astype(np.uint8))


def _torch(pixels: Pixels, method: str, size: tuple[int, int]) -> Entry | None:
    """Channels last, as the array lies in memory: its fastest way for pictures of 8 bits."""
    import torch

    torch.set_num_threads(1)
    if method not in ("bicubic", "bilinear"):
        return None
    batch = torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0)
    call = torch.nn.functional.interpolate
    return Entry(
        lambda: call(batch, size=size[::-1], mode=method, align_corners=False),
        lambda result: result[0].permute(1, 2, 0).numpy(),
    )
