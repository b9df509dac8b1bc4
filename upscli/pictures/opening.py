"""Files -> Pillow's images: only formats of the list are opened, each by the reader that knows it best."""

from io import BytesIO
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from upscli.errors import InputError
from upscli.pictures import extras, marks
from upscli.pictures.formats import FORMATS
from upscli.pictures.header import Limits

READABLE = tuple(form.pillow for form in FORMATS if form.pillow and not form.extra)
"""A closed list keeps hostile files away from rarely used decoders."""

_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
_AVIF = (b"avif", b"avis")
_TGA_END = b"TRUEVISION-XFILE.\0"


def image(stream: BinaryIO, name: str, limits: Limits) -> Image.Image:
    """The image that begins in `stream`. What its reader decodes at once is held against `limits` before.

    `name` is that of the file. `info["bits"]` is the depth in the file where it may be more than Pillow gives.
    Raises InputError, and whatever Pillow may.
    """
    mark = stream.read(64)
    stream.seek(0)
    if mark.startswith(marks.JPEG):
        return _jpeg(stream)
    if mark.startswith((marks.JXL_BARE, marks.JXL_BOXED)):
        return _jxl(stream, limits)
    if mark.startswith(marks.ICO):
        return _icon(stream)
    if _is_heif(mark):
        extras.load("heif", InputError)
        found = Image.open(stream, formats=("HEIF",))
        found.info["bits"] = found.info["bit_depth"]
        return found
    known = [kind for kind in READABLE if kind not in ("ICO", "TGA")]
    if _may_be_tga(stream, name):
        known.append("TGA")
    found = Image.open(stream, formats=known)
    if found.format in ("AVIF", "JPEG2000"):
        from upscli.pictures import boxes

        found.info["bits"] = boxes.avif_bits(stream) if found.format == "AVIF" else boxes.jpeg2000_bits(stream)
    return found


def _jpeg(stream: BinaryIO) -> Image.Image:
    """Without `Image.open`, which imports the readers of four other formats before it looks.

    Nor does it look for more pictures, as in an MPO: the second is its camera's own affair.
    """
    from PIL.JpegImagePlugin import JpegImageFile

    try:
        return JpegImageFile(stream)
    except SyntaxError:
        raise UnidentifiedImageError from None


def _is_heif(mark: bytes) -> bool:
    """A box `ftyp` names the kinds that a file is of; an AVIF may be called by the name of its family first."""
    if mark[4:8] != b"ftyp":
        return False
    kinds = [mark[at : at + 4] for at in range(8, min(len(mark), int.from_bytes(mark[:4], "big")), 4)]
    return kinds[0] in _HEIF and not any(kind in _AVIF for kind in kinds)


def _icon(stream: BinaryIO) -> Image.Image:
    from upscli.pictures import ico

    best, count = ico.best_icon(stream)
    found = Image.open(BytesIO(best.alone()), formats=("ICO",))
    found.info["icons"] = count
    return found


def _jxl(stream: BinaryIO, limits: Limits) -> Image.Image:
    """The plug-in decodes while it opens: what is too large must not come so far."""
    from upscli.pictures import boxes, jxl_header

    head = jxl_header.head_of(stream.read(jxl_header.WITHIN))
    stream.seek(0)
    limits.check(head.width, head.height)
    extras.load("jxl", InputError)
    packet = boxes.first_box(stream, b"xml ")
    stream.seek(0)
    found = Image.open(stream, formats=("JXL",))
    found.info |= {"xmp": packet} if packet else {}  # the plug-in writes it and does not read it
    if _is_made_up(found.info.get("icc_profile", b"")):
        del found.info["icc_profile"]
    found.info["bits"] = head.bits
    found.info["moves"] = head.is_animated
    return found


def _is_made_up(profile: bytes) -> bool:
    """A profile that the decoder wrote for a file that has none: it says sRGB, as its absence does."""
    words = (word.encode("utf-16-be") for word in ("sRGB", "Gra_D65_Rel_SRG"))
    return profile[4:8] == b"jxl " and any(word in profile for word in words)


def _may_be_tga(stream: BinaryIO, name: str) -> bool:
    """Nothing marks the beginning of a TGA: any bytes could be one. It has its name, or its end."""
    if name.lower().endswith((".tga", ".icb", ".vda", ".vst")):
        return True
    try:
        stream.seek(-len(_TGA_END), 2)
        return stream.read() == _TGA_END
    except OSError:
        return False
    finally:
        stream.seek(0)
