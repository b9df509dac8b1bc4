"""Color profile, EXIF and resolution: taken from a file, and given to the next."""

import zlib
from typing import Any

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from upscli.pictures.formats import Format
from upscli.pictures.header import Metadata

_ORIENTATION = 0x0112
_X_RESOLUTION = 0x011A
_CAMERA = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
"""ImageDescription, Make, Model, Software, DateTime, Artist, Copyright."""
_CAMERA_IFDS = (0x8769, 0x8825)
"""Exif, GPS."""
_MARK = b"Exif\0\0"
_PIXELS_PER_METER = 39.37007874

_KEEPS_ICC_AND_EXIF = ("png", "jpeg", "webp", "tiff", "avif", "heif")
_KEEPS_DPI = ("png", "jpeg", "tiff", "bmp")
_KEEPS_PALETTE = ("png", "gif", "tiff", "bmp")


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation, 1..8; anything else, or an EXIF block that cannot be read, is 1."""
    if image.format in ("TIFF", "HEIF", "JXL"):  # turned by those who read them
        return 1
    if image.format == "PNG" and "exif" not in image.info:  # Pillow would read all pixels to look behind them
        return 1
    try:
        value = image.getexif().get(_ORIENTATION)
    except Exception:  # noqa: BLE001 - a broken EXIF block may raise anything and must not cost the picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def metadata_of(image: Image.Image) -> Metadata:
    """What is kept of a file. What cannot be written again is left out."""
    return Metadata(icc_of(image), _upright_exif(image), _dpi(image))


def icc_of(image: Image.Image) -> bytes | None:
    """The color profile, if there is one."""
    icc = image.info.get("icc_profile")
    return icc if isinstance(icc, bytes) and icc else None


def keeps_icc(target: Format) -> bool:
    """The format can hold a color profile."""
    return target.name in _KEEPS_ICC_AND_EXIF


def keeps_palette(target: Format) -> bool:
    """The format can hold a palette."""
    return target.name in _KEEPS_PALETTE


def dropped(metadata: Metadata, target: Format) -> tuple[str, ...]:
    """One sentence for each kind of metadata that the format cannot hold."""
    notes = []
    if target.name not in _KEEPS_ICC_AND_EXIF:
        notes += [f"{target.name} cannot hold the color profile, which is dropped"] if metadata.icc else []
        notes += [f"{target.name} cannot hold EXIF, which is dropped"] if metadata.exif else []
    if metadata.palette and not keeps_palette(target):
        notes.append(f"{target.name} cannot hold the palette, which is dropped; the class numbers are kept")
    elif metadata.palette and metadata.palette.alpha and target.name not in ("png", "gif"):
        notes.append(f"{target.name} cannot hold the palette's transparency, which is dropped")
    return tuple(notes)


def save_options(metadata: Metadata, target: Format) -> dict[str, Any]:
    """Arguments of Pillow's `save` that write the metadata which the format can hold."""
    options: dict[str, Any] = {}
    if target.name in _KEEPS_ICC_AND_EXIF:
        options |= {"icc_profile": metadata.icc} if metadata.icc else {}
        options |= {"exif": _MARK + metadata.exif} if metadata.exif else {}
    if target.name in _KEEPS_DPI and metadata.dpi:
        options["dpi"] = metadata.dpi
    return options


def png_chunks(metadata: Metadata) -> tuple[tuple[bytes, bytes], ...]:
    """The same as PNG chunks. Source: PNG specification, 11.3."""
    chunks = []
    if metadata.icc:
        chunks.append((b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc)))
    if metadata.palette:
        chunks.append((b"PLTE", metadata.palette.colors))
        chunks += [(b"tRNS", metadata.palette.alpha)] if metadata.palette.alpha else []
    if metadata.dpi:
        x, y = (round(dots * _PIXELS_PER_METER) for dots in metadata.dpi)
        chunks.append((b"pHYs", x.to_bytes(4, "big") + y.to_bytes(4, "big") + b"\x01"))
    if metadata.exif:
        chunks.append((b"eXIf", metadata.exif))
    return tuple(chunks)


def _upright_exif(image: Image.Image) -> bytes | None:
    if "exif" not in image.info and image.format != "TIFF":
        return None
    try:
        exif = image.getexif()
        if image.format == "TIFF":
            exif = _camera_tags(exif)
        if _ORIENTATION in exif:
            exif[_ORIENTATION] = 1
        return exif.tobytes().removeprefix(_MARK) if len(exif) else None
    except Exception:  # noqa: BLE001 - see orientation_of
        return None


def _camera_tags(tags: Image.Exif) -> Image.Exif:
    """Those that would be EXIF elsewhere. A TIFF's others describe the layout of the file."""
    kept = Image.Exif()
    for tag in _CAMERA:
        if tag in tags:
            kept[tag] = tags[tag]
    for tag in _CAMERA_IFDS:
        if found := tags.get_ifd(tag):
            kept.get_ifd(tag).update(found)
    return kept


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    if isinstance(image, TiffImageFile) and _X_RESOLUTION not in image.tag_v2:
        return None  # Pillow makes up 1 x 1
    found: Any = image.info.get("dpi")
    try:
        x, y = (float(value) for value in found)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if 0 < x < 1e6 and 0 < y < 1e6 else None
