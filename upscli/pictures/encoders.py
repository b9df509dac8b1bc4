"""What an encoder of Pillow's is to be told, beside the pixels and their metadata."""

from typing import Any

from PIL import Image

from upscli.errors import OutputError
from upscli.pictures import extras
from upscli.pictures.formats import Format

_AS_COLOR = ("qoi", "ico")
"""Formats that know no gray, or whose readers do not."""


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


def options_for(form: Format, size: tuple[int, int], quality: int | None) -> dict[str, Any]:
    """Arguments of Pillow's `save`: every color kept at full resolution, and `quality`, or the format's own."""
    options: dict[str, Any] = {}
    if form.quality is not None:
        options["quality"] = form.quality if quality is None else quality
    if form.name == "jpeg":
        options["subsampling"] = 0
    elif form.name == "avif":
        options["subsampling"] = "4:4:4"
    elif form.name == "heif":
        options["chroma"] = 444
    elif form.name == "jxl":
        options["lossless"] = options["quality"] == 100
    elif form.name == "ico":
        options["sizes"] = [size]
    elif form.name == "qoi":
        options["colorspace"] = "sRGB"  # else Pillow writes that the levels are linear
    return options
