"""Pillow's modes and upscli's layouts: which becomes which, and how pixels cross over."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from upscli.errors import InputError
from upscli.pictures import labels, silent
from upscli.pictures.formats import Layout

_PLAIN = {
    "L": Layout("gray", False, "uint8"),
    "LA": Layout("gray", True, "uint8"),
    "RGB": Layout("rgb", False, "uint8"),
    "RGBA": Layout("rgb", True, "uint8"),
    "CMYK": Layout("cmyk", False, "uint8"),
    "I;16": Layout("gray", False, "uint16"),
    "F": Layout("gray", False, "float32"),
}

# Modes that hold the same picture in another way, and the plain mode they become.
_BECOMES = {
    "1": "L",
    "P": "RGB",
    "PA": "RGBA",
    "La": "LA",
    "RGBa": "RGBA",
    "RGBX": "RGB",
    "YCbCr": "RGB",
    "I;16L": "I;16",
    "I;16B": "I;16",
    "I;16N": "I;16",
    "I": "I;16",
}
_SAID = {
    "1": "1-bit black and white became 8-bit gray, so that edges can be smooth",
    "P": "palette colors became RGB, so that new colors can appear",
    "PA": "palette colors became RGBA, so that new colors can appear",
}
_RAW = {"I;16": "I;16N", "F": "F;32NF"}

_PHOTOMETRIC = 0x0106

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def layout_of(image: Image.Image) -> tuple[Layout, tuple[str, ...]]:
    """The layout that the picture is read as, and what that changes. Raises InputError for modes without one."""
    mode = _mode_of(image)
    notes = (_SAID[image.mode],) if image.mode in _SAID else ()
    return _PLAIN[mode], notes + silent.changes(image)


def labels_of(image: Image.Image) -> tuple[Layout, tuple[str, ...]]:
    """The layout of its numbers as labels, and what is to be said of it. Raises InputError for modes without them."""
    mode = _mode_of(image)
    mode = image.mode if image.mode in ("P", "L") else mode  # a clear color makes no other number
    if mode not in ("P", "L", "I;16"):
        raise InputError(labels.refusal(_PLAIN[mode]))
    colors = len(image.palette.palette) // len(image.palette.mode) if mode == "P" and image.palette else 0
    return Layout("labels", False, "uint16" if mode == "I;16" else "uint8"), (labels.promise(colors),)


def numbers(image: Image.Image, layout: Layout) -> Image.Image:
    """The picture in a mode whose pixels are its numbers: palette indices or gray levels."""
    return image if image.mode == "P" else converted(image, layout)


def _mode_of(image: Image.Image) -> str:
    if image.mode == "I" and image.format not in ("PPM", "PNG"):
        raise InputError("32-bit whole numbers are not supported; save it as 16-bit gray or 32-bit float")
    if _is_deeper(image):
        raise InputError(f"{image.format} with 16 bits a color is not supported; save it as 16-bit PNG")
    if image.format == "TIFF" and image.mode in ("I;16", "I;16B", "F") and image.getexif().get(_PHOTOMETRIC) == 0:
        raise InputError("gray of more than 8 bits whose white is 0 is not supported; save it with black as 0")
    mode = _BECOMES.get(image.mode, image.mode)
    if mode not in _PLAIN:
        raise InputError(f"color mode {image.mode} is not supported; save it as gray, RGB or CMYK")
    if ("transparency" in image.info or _has_clear_colors(image)) and mode in ("L", "RGB"):
        return {"L": "LA", "RGB": "RGBA"}[mode]
    return mode


def _has_clear_colors(image: Image.Image) -> bool:
    """The palette of a TGA, DDS or JPEG 2000 may have alpha itself."""
    return image.mode == "P" and image.palette is not None and image.palette.mode == "RGBA"


def _is_deeper(image: Image.Image) -> bool:
    """More bits in the file than in the mode: Pillow would drop them without a word."""
    if image.mode.startswith(("I", "F")):
        return False
    for tile in getattr(image, "tile", ()):
        words = tile.args if isinstance(tile.args, tuple) else (tile.args,)
        if any(isinstance(word, str) and ";16" in word for word in words):
            return True
        if image.format == "PPM" and isinstance(words[-1], int) and words[-1] > 255:
            return True
    return False


def converted(image: Image.Image, layout: Layout) -> Image.Image:
    """The picture in the plain mode of its layout."""
    mode = mode_for(layout)
    if image.format in ("JPEG2000", "HEIF"):
        image = silent.at_full_scale(image)
    if image.mode == mode:
        return image
    if mode == "I;16":
        return Image.fromarray(np.asarray(image).astype(np.uint16))
    if image.mode in ("1", "L", "P") and mode == "LA":
        return image.convert("RGBA").convert("LA") if image.mode == "P" else image.convert("LA")
    return image.convert(mode)


def mode_for(layout: Layout) -> str:
    """Pillow's mode for pixels of this layout; labels are gray. Raises KeyError where it has none (16-bit color)."""
    plain = layout._replace(color="gray") if layout.color == "labels" else layout
    return next(mode for mode, known in _PLAIN.items() if known == plain)


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture turned as its EXIF orientation 1..8 asks."""
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def turned(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """The same for pixels (height, width, channels)."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    rows = -1 if orientation in (3, 4, 7, 8) else 1
    cols = -1 if orientation in (2, 3, 6, 7) else 1
    return pixels[::rows, ::cols]


def to_array(image: Image.Image) -> NDArray[Any]:
    """Pixels (height, width, channels) of a picture in a plain mode."""
    pixels = np.asarray(image)
    return pixels.reshape(pixels.shape[0], pixels.shape[1], -1)


def to_image(pixels: NDArray[Any], layout: Layout) -> Image.Image:
    """A picture of these pixels (height, width, channels)."""
    mode = mode_for(layout)
    size = (pixels.shape[1], pixels.shape[0])
    return Image.frombuffer(mode, size, np.ascontiguousarray(pixels), "raw", _RAW.get(mode, mode), 0, 1)
