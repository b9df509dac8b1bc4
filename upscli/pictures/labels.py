"""Label maps in files: pictures whose numbers are class numbers or palette indices, and are never mixed."""

from typing import TYPE_CHECKING, Any

from PIL import Image

from upscli.pictures.formats import Layout
from upscli.pictures.header import Palette

if TYPE_CHECKING:
    from upscli.pictures.png_chunks import PngInfo


def refusal(layout: Layout) -> str:
    """Why a picture of this layout is no label map."""
    return f"labels are one whole number a pixel, and this picture is {layout}; save it as gray, or with a palette"


def promise(colors: int) -> str:
    """What is said of a label map; `colors` of its palette, 0 if it has none."""
    return f"the class numbers are kept{f' (a palette of {colors} colors)' if colors else ''}"


def png_palette(info: "PngInfo") -> Palette | None:
    """The colors of a PNG's numbers, if it has a palette."""
    return None if info.palette is None else Palette(info.palette, info.transparency or b"")


def palette_of(image: Image.Image) -> Palette | None:
    """The colors of a picture's numbers, if it has a palette. Loads the pixels."""
    if image.mode != "P":
        return None
    colors = bytes(image.getpalette("RGB") or ())
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        clear = b"\xff" * clear + b"\0"
    return Palette(colors, clear if isinstance(clear, bytes) else b"")


def with_palette(canvas: Image.Image, palette: Palette) -> dict[str, Any]:
    """Give a gray picture this palette, its numbers unchanged. Arguments of `save` for formats of one clear color."""
    canvas.putpalette(palette.colors)
    clear = palette.alpha.find(b"\0")
    return {"transparency": clear} if clear >= 0 else {}
