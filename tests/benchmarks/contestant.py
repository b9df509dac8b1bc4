"""A contestant of the rows of arrays, in a process of its own: who uses the one does not have the other in it.

    python contestant.py NAME METHOD FACTOR THREADS PICTURE.npy RESULT.npy

It makes its result, writes it, and says "ready". Then it makes it again for every line from stdin, and says how many
seconds that took. In one process for all, what one does would be measured with another: upscli has the C library keep
memory that was freed (`tiles`), with which Pillow copies pixels three times as fast as it does for its own users.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from timing import OURS, one_core, timed

if TYPE_CHECKING:
    from mosaic import Pixels

Size = tuple[int, int]
"""(width, height)"""


@dataclass(frozen=True)
class Entry:
    """A call, and its result as uint8 (height, width, 3)."""

    run: Callable[[], Any]
    view: Callable[[Any], Any] = lambda result: result


def main() -> None:
    """Read the words, be ready, and run when told to."""
    name, method, factor, threads, picture, result = sys.argv[1:]
    with one_core() if threads == "1" else nullcontext():
        if name == OURS:
            _as_the_program()
        import numpy as np

        pixels = np.load(picture)
        height, width = (round(length * float(factor)) for length in pixels.shape[:2])
        entry = ENTRIES[name](pixels, method, (width, height), int(threads))
        np.save(result, entry.view(entry.run()))
        print("ready", flush=True)
        for _ in sys.stdin:
            print(timed(entry.run), flush=True)


def _as_the_program() -> None:
    """Set what upscli's entry point sets before NumPy is imported."""
    from upscli import __main__ as entry

    entry.prepare_environment()


def _upscli(pixels: Pixels, method: str, size: Size, threads: int) -> Entry:
    import upscli

    return Entry(lambda: upscli.enlarge(pixels, method, size=size, threads=threads))


def _pillow(pixels: Pixels, method: str, size: Size, threads: int) -> Entry:
    """On a picture that Pillow already holds: crossing over from an array costs it nothing here."""
    import numpy as np
    from PIL import Image

    image = Image.fromarray(pixels)
    kernel = Image.Resampling[method.upper()]
    return Entry(lambda: image.resize(size, kernel), np.asarray)


def _opencv(pixels: Pixels, method: str, size: Size, threads: int) -> Entry:
    import cv2

    cv2.setNumThreads(threads)
    names = {"bicubic": "CUBIC", "lanczos": "LANCZOS4", "bilinear": "LINEAR", "nearest": "NEAREST"}
    kernel = getattr(cv2, f"INTER_{names[method]}")
    return Entry(lambda: cv2.resize(pixels, size, interpolation=kernel))


def _skimage(pixels: Pixels, method: str, size: Size, threads: int) -> Entry:
    """Its result stays in floats, which spares it the rounding."""
    import numpy as np
    from skimage.transform import resize

    orders = {"bicubic": 3, "bilinear": 1}
    options = {"order": orders[method], "mode": "edge", "anti_aliasing": False, "preserve_range": True}
    return Entry(lambda: resize(pixels, size[::-1], **options), lambda result: np.rint(result).astype(np.uint8))


def _torch(pixels: Pixels, method: str, size: Size, threads: int) -> Entry:
    """Channels last, as the array lies in memory: its fastest way for pictures of 8 bits."""
    import torch

    torch.set_num_threads(threads)
    batch = torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0)
    call = torch.nn.functional.interpolate
    return Entry(
        lambda: call(batch, size=size[::-1], mode=method, align_corners=False),
        lambda result: result[0].permute(1, 2, 0).numpy(),
    )


ENTRIES = {OURS: _upscli, "Pillow": _pillow, "OpenCV": _opencv, "scikit-image": _skimage, "PyTorch": _torch}

if __name__ == "__main__":
    main()
