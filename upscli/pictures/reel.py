"""WebP and AVIF animations: Pillow's encoders, fed one frame at a time."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from upscli.pictures import modes
from upscli.pictures.encoders import by_encoder
from upscli.pictures.formats import Format, Layout
from upscli.pictures.header import Frame
from upscli.pictures.ticks import Ticks

_MILLISECONDS = Ticks(1000, 2**24 - 1)


class Reel(Image.Image):
    """Frames that are made when Pillow's writers turn to them, in order; none is held longer than that."""

    is_animated = True

    def __init__(self, frames: Iterator[Frame], count: int, layout: Layout) -> None:
        super().__init__()
        self.n_frames = count
        self.durations: list[int] = []
        """Milliseconds, of the frames so far."""
        self.alike = 0
        """Frames that are the same as the one before."""
        self.ticks = _MILLISECONDS.counter()
        self._frames = frames
        self._layout = layout
        self._before: NDArray[Any] | None = None
        self.seek(0)

    def seek(self, frame: int) -> None:
        """To the next one; back, as writers go when they have ended, nothing happens."""
        if frame >= self.n_frames:
            raise EOFError
        while len(self.durations) <= frame:
            taken = next(self._frames)
            self.durations.append(self.ticks(taken.seconds))
            self.alike += self._before is not None and np.array_equal(self._before, taken.pixels)
            self._before = taken.pixels
            image = modes.to_image(taken.pixels, self._layout)
            if image.mode == "L":  # of gray, Pillow's AVIF writer looks through all frames before it writes the first
                image = image.convert("RGB")
            self.im, self._mode, self._size = image.im, image.mode, image.size

    def tell(self) -> int:
        """The frame at hand."""
        return len(self.durations) - 1


def write_reel(reel: Reel, form: Format, options: dict[str, Any], stream: BinaryIO) -> bool:
    """Write a whole animation; whether all durations are exact. Raises OutputError where the encoder fails."""
    with by_encoder(form):
        reel.save(stream, form.pillow, save_all=True, duration=reel.durations, **options)
    return reel.ticks.exact
