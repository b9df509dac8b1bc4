"""WebP and AVIF animations: Pillow's encoders, fed one frame at a time."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image

from upscli.errors import OutputError
from upscli.pictures import modes
from upscli.pictures.formats import Layout
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
        self.ticks = _MILLISECONDS.counter()
        self._frames = frames
        self._layout = layout
        self.seek(0)

    def seek(self, frame: int) -> None:
        """To the next one; back, as writers go when they have ended, nothing happens."""
        if frame >= self.n_frames:
            raise EOFError
        while len(self.durations) <= frame:
            taken = next(self._frames)
            self.durations.append(self.ticks(taken.seconds))
            image = modes.to_image(taken.pixels, self._layout)
            self.im, self._mode, self._size = image.im, image.mode, image.size

    def tell(self) -> int:
        """The frame at hand."""
        return len(self.durations) - 1


def write_reel(reel: Reel, kind: str, options: dict[str, Any], stream: BinaryIO) -> bool:
    """Write a whole animation in the format that Pillow calls `kind`; whether all durations are exact.

    Raises OutputError where the encoder fails.
    """
    try:
        reel.save(stream, kind, save_all=True, duration=reel.durations, **options)
    except OSError as error:
        if error.errno is not None:
            raise
        raise OutputError(f"the {kind.lower()} encoder failed ({error})") from error
    return reel.ticks.exact
