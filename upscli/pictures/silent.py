"""What Pillow and its plug-ins change without a word: here it is said, put right, or refused."""

import numpy as np
from PIL import Image

from upscli.errors import InputError
from upscli.pictures.levels import spread

_FLOATS = ("BC6H", "BC6HS")


def changes(image: Image.Image) -> tuple[str, ...]:
    """What reading changes, one sentence each. Raises InputError for what would come out wrong."""
    bits = image.info.get("bits", 8)
    deep = bits > 8 and not image.mode.startswith(("I", "F"))
    if deep and image.format == "JPEG2000":  # measured in Pillow 13: white becomes black
        raise InputError(f"JPEG 2000 with {bits} bits a color is not supported; save it as 16-bit PNG or TIFF")
    if deep and image.format == "JXL" and image.mode == "LA":  # measured in pillow-jxl-plugin 1.3: bytes are mixed up
        raise InputError(f"JPEG XL of gray with alpha and {bits} bits is not supported; save it as 16-bit PNG")
    notes = []
    if deep:
        name = {"JXL": "JPEG XL", "HEIF": "HEIC"}.get(str(image.format), str(image.format))
        notes.append(f"{bits}-bit {name} was read as 8 bits: its finer levels are lost")
    notes += _of_icons(image)
    notes += _of_textures(image)
    if image.info.get("moves"):
        notes.append("only the first of its pictures is enlarged")
    return tuple(notes)


def at_full_scale(image: Image.Image) -> Image.Image:
    """White at the top: levels of JPEG 2000 and HEIC are shifted up to 8 or 16 bits, which leaves a gap above them."""
    bits = image.info.get("bits", 8)
    whole = 16 if image.mode == "I;16" else 8
    if bits >= whole or image.mode == "P":
        return image
    full = spread(np.asarray(image) >> (whole - bits), 2**bits - 1)
    return Image.frombytes(image.mode, image.size, full.tobytes())


def _of_icons(image: Image.Image) -> list[str]:
    count = image.info.get("icons", 1)
    return [f"the largest of its {count} pictures is enlarged"] if count > 1 else []


def _of_textures(image: Image.Image) -> list[str]:
    if image.format != "DDS":
        return []
    if getattr(image, "pixel_format", "") in _FLOATS:
        raise InputError("DDS of float colors is not supported; save it as float TIFF")
    for tile in image.tile:  # type: ignore[attr-defined]
        if tile.codec_name == "dds_rgb" and any(mask.bit_count() > 8 for mask in tile.args[1]):
            raise InputError("DDS with more than 8 bits a color is not supported; save it as 16-bit PNG")
    return []
