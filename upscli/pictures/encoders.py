"""What an encoder of Pillow's is to be told, beside the pixels and their metadata."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

from upscli.errors import OutputError
from upscli.pictures import extras
from upscli.pictures.formats import Format, Layout

_AS_COLOR = ("qoi", "ico")
"""Formats that know no gray, or whose readers do not."""

_GRAY = Layout("gray", False, "uint8")
_IN_REAL_TIME = 7
"""Of AVIF's speeds. From here on the encoder does not look at later frames: a tenth of the time, half the memory."""

_AS_STILLS = 4
"""Of WebP's methods. For animations Pillow takes 0, which fails on large frames full of detail."""

_RAISES = {"webp": (OSError, RuntimeError, ValueError)}
"""What encoders raise, measured in Pillow 13; the others OSError alone."""


def ready(canvas: Image.Image, form: Format) -> Image.Image:
    """The picture in a mode that the encoder takes. Raises OutputError where the encoder is not installed."""
    if form.extra:
        extras.load(form.extra, OutputError)
    if form.name in _AS_COLOR and canvas.mode in ("L", "LA"):
        return canvas.convert("RGB" if canvas.mode == "L" else "RGBA")
    if form.name == "gif" and canvas.mode not in ("L", "P"):
        from upscli.pictures.indexed import indexed

        return indexed(canvas)
    return canvas


def options_for(
    form: Format, layout: Layout, size: tuple[int, int], quality: int | None, moves: bool = False
) -> dict[str, Any]:
    """Arguments of Pillow's `save`: every color kept at full resolution, and `quality`, or the format's own.

    `moves`: it is an animation.
    """
    options: dict[str, Any] = {}
    if form.quality is not None:
        options["quality"] = form.quality if quality is None else quality
    if form.name == "jpeg":
        options["subsampling"] = 0
    elif form.name == "avif":
        options["subsampling"] = "4:0:0" if layout == _GRAY else "4:4:4"
        options |= {"speed": _IN_REAL_TIME} if moves else {}
    elif form.name == "webp" and moves:
        options |= {"kmax": 0, "method": _AS_STILLS}
    elif form.name == "heif":
        options["chroma"] = 444
    elif form.name == "jxl":
        options["lossless"] = options["quality"] == 100
    elif form.name == "ico":
        options["sizes"] = [size]
    elif form.name == "qoi":
        options["colorspace"] = "sRGB"  # else Pillow writes that the levels are linear
    return options


@contextmanager
def by_encoder(form: Format) -> Iterator[None]:
    """What a format's encoder raises is an OutputError; what the disk raises stays."""
    try:
        yield
    except _RAISES.get(form.name, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise OutputError(f"the {form.name} encoder failed ({error}); give another --quality or --format") from error
