"""What a file says about its picture: taken from it, and given to the next in so far as that can hold it."""

from collections.abc import Callable
from typing import Any, BinaryIO, cast

from PIL import Image

from upscli.pictures import exif, png_metadata
from upscli.pictures.formats import Format
from upscli.pictures.header import Metadata
from upscli.pictures.png_metadata import chunks_of as png_chunks

__all__ = ["dropped", "icc_of", "keeps_icc", "keeps_palette", "metadata_of", "orientation_of", "png_chunks"]
__all__ += ["save_options"]

_ORIENTATION = 0x0112
_X_RESOLUTION = 0x011A
_CAMERA = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
"""ImageDescription, Make, Model, Software, DateTime, Artist, Copyright."""
_CAMERA_IFDS = (0x8769, 0x8825)
"""Exif, GPS."""

_HOLDS = {
    "icc": ("png", "jpeg", "webp", "tiff", "avif", "heif"),
    "exif": ("png", "jpeg", "webp", "tiff", "avif", "heif", "jxl"),
    "xmp": ("png", "jpeg", "webp", "tiff", "avif", "heif", "jxl"),
    "comment": ("png", "jpeg", "gif"),
    "iptc": ("jpeg", "tiff"),
    "texts": ("png",),
    "colors": ("png",),
}
_WORDS = {
    "icc": "the color profile",
    "exif": "EXIF",
    "xmp": "XMP",
    "comment": "the comment",
    "iptc": "IPTC",
    "texts": "the texts",
    "colors": "what the PNG says of its colors (gamma, primaries)",
}
_JPEG_LONGEST = {"icc": 255 * 65_519, "exif": 65_527, "xmp": 65_504, "comment": 65_533, "iptc": 65_500}
"""Bytes that fit into one marker segment, or for profiles into 255 of them."""
_KEEPS_DPI = ("png", "jpeg", "tiff", "bmp")
_NO_DPI = (72.0, 72.0)
"""What cameras and programs write that mean none."""
_KEEPS_PALETTE = ("png", "gif", "tiff", "bmp")

_IPTC = 0x0404
"""The resource of Photoshop's that holds it."""


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation, 1..8; anything else, or an EXIF block that cannot be read, is 1."""
    if image.format in ("TIFF", "HEIF", "JXL"):  # turned by those who read them
        return 1
    block = _png_chunk(image, b"eXIf") if image.format == "PNG" else _bytes(image, "exif")
    return exif.orientation_of((block or b"").removeprefix(exif.MARK))


def metadata_of(image: Image.Image) -> Metadata:
    """All that is kept of a file, as it stands there."""
    if image.format == "PNG":
        return _of_png(image)
    block = _tiff_exif(image) if image.format == "TIFF" else _bytes(image, "exif")
    return Metadata(
        icc_of(image),
        (block or b"").removeprefix(exif.MARK) or None,
        _dpi(image),
        xmp=_bytes(image, "xmp"),
        comment=_bytes(image, "comment"),
        iptc=_iptc(image),
        notes=_more_xmp(image),
    )


def icc_of(image: Image.Image) -> bytes | None:
    """The color profile, if there is one."""
    return _bytes(image, "icc_profile")


def keeps_icc(target: Format) -> bool:
    """The format can hold a color profile."""
    return target.name in _HOLDS["icc"]


def keeps_palette(target: Format) -> bool:
    """The format can hold a palette."""
    return target.name in _KEEPS_PALETTE


def dropped(metadata: Metadata, target: Format) -> tuple[str, ...]:
    """One sentence for each kind of metadata that the format cannot hold."""
    notes = list(metadata.notes)
    for kind in _HOLDS:
        value = getattr(metadata, kind)
        if not value or (kind == "colors" and (metadata.icc or png_metadata.is_srgb(value))):
            continue
        verb = "are" if kind == "texts" else "is"
        if target.name not in _HOLDS[kind]:
            notes.append(f"{target.name} cannot hold {_WORDS[kind]}, which {verb} dropped")
        elif not _holds(kind, metadata, target):
            notes.append(f"{target.name} cannot hold {len(value):,} bytes of {_WORDS[kind]}, which {verb} dropped")
    if metadata.dpi and metadata.dpi != _NO_DPI and not _holds_dpi(metadata, target):
        notes.append(f"{target.name} cannot hold {metadata.dpi[0]:.4g} x {metadata.dpi[1]:.4g} dpi, which are dropped")
    if metadata.palette and not keeps_palette(target):
        notes.append(f"{target.name} cannot hold the palette, which is dropped; the class numbers are kept")
    elif metadata.palette and metadata.palette.alpha and target.name not in ("png", "gif"):
        notes.append(f"{target.name} cannot hold the palette's transparency, which is dropped")
    return tuple(notes)


def _holds_dpi(metadata: Metadata, target: Format) -> bool:
    """By itself, or in the EXIF block that it comes with."""
    return target.name in _KEEPS_DPI or _holds("exif", metadata, target)


def save_options(metadata: Metadata, target: Format) -> dict[str, Any]:
    """Arguments of Pillow's `save` that write the metadata which the format can hold."""
    writers: dict[str, Callable[[bytes], dict[str, Any]]] = {
        "icc": lambda icc: {"icc_profile": icc},
        # Of animated WebP, Pillow leaves the mark in the file, where it does not belong.
        "exif": lambda block: {"exif": block if target.name == "webp" else exif.MARK + block},
        "xmp": lambda packet: {"xmp": packet},
        "comment": lambda text: {"comment": text},
        "iptc": lambda data: {"extra": _segment(data)},
    }
    options: dict[str, Any] = {}
    for kind, writer in writers.items():
        if _holds(kind, metadata, target):
            options |= writer(getattr(metadata, kind))
    if target.name in _KEEPS_DPI and metadata.dpi:
        options["dpi"] = metadata.dpi
    return options


def _holds(kind: str, metadata: Metadata, target: Format) -> bool:
    value = getattr(metadata, kind)
    if not value or target.name not in _HOLDS[kind]:
        return False
    return target.name != "jpeg" or len(value) <= _JPEG_LONGEST[kind]


def _of_png(image: Any) -> Metadata:
    chunks = _png_chunks(image)
    packets = [png_metadata.xmp_of(data) for kind, data in chunks if png_metadata.is_xmp(kind, data)]
    blocks = [data for kind, data in chunks if kind == b"eXIf"]
    return Metadata(
        icc_of(image),
        blocks[0] if blocks else None,
        _dpi(image),
        xmp=next(iter(packets), None),
        texts=tuple(c for c in chunks if c[0] in png_metadata.TEXTS and not png_metadata.is_xmp(*c)),
        colors=tuple(chunk for chunk in chunks if chunk[0] in png_metadata.COLORS),
        notes=("its XMP cannot be read and is left out",) if None in packets else (),
    )


def _png_chunk(image: Any, wanted: bytes) -> bytes | None:
    return next((data for kind, data in _png_chunks(image) if kind == wanted), None)


def _png_chunks(image: Any) -> list[tuple[bytes, bytes]]:
    """None once the pixels are loaded and the file is closed."""
    return png_metadata.found_in(cast(BinaryIO, image.fp)) if image.fp else []


def _bytes(image: Image.Image, key: str) -> bytes | None:
    found = image.info.get(key)
    return found if isinstance(found, bytes) and found else None


def _iptc(image: Image.Image) -> bytes | None:
    resources = image.info.get("photoshop")
    found = resources.get(_IPTC) if isinstance(resources, dict) else None
    return found if isinstance(found, bytes) and found else None


def _segment(iptc: bytes) -> bytes:
    """An APP13 segment. Source: Adobe Photoshop File Formats Specification, Image Resource Blocks."""
    block = b"8BIM" + _IPTC.to_bytes(2, "big") + b"\0\0" + len(iptc).to_bytes(4, "big") + iptc
    data = b"Photoshop 3.0\0" + block + bytes(len(iptc) % 2)
    return b"\xff\xed" + (len(data) + 2).to_bytes(2, "big") + data


def _more_xmp(image: Image.Image) -> tuple[str, ...]:
    split = b"HasExtendedXMP" in (_bytes(image, "xmp") or b"")
    return ("the part of XMP beyond 64 kB is left out",) if split else ()


def _tiff_exif(image: Image.Image) -> bytes | None:
    try:
        found = _camera_tags(image.getexif())
        return found.tobytes() if len(found) else None
    except Exception:  # noqa: BLE001 - a broken table may raise anything and must not cost the picture
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
    if image.format == "TIFF" and _X_RESOLUTION not in cast(Any, image).tag_v2:
        return None  # Pillow makes up 1 x 1
    found: Any = image.info.get("dpi")
    try:
        x, y = (float(value) for value in found)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if 0 < x < 1e6 and 0 < y < 1e6 else None
