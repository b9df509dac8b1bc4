"""What a result says about itself: what its source said, corrected where it is another picture now."""

import re
from typing import Literal

from PIL import Image

from upscli.pictures import exif, png_metadata, profile
from upscli.pictures.formats import Format, Layout
from upscli.pictures.header import Metadata

Strip = Literal["none", "private", "all"]
"""What is left out: nothing; places, serial numbers, owners and maker notes; all but what colors mean."""

_PRIVATE_TEXT = re.compile("gps|serial|owner|location|l(at|ong)itude|maker ?note|host ?computer|raw profile", re.I)
"""Texts about these. The last are other programs' copies of EXIF, IPTC and XMP."""


def kept(metadata: Metadata, form: Format, layout: Layout, size: tuple[int, int], strip: Strip) -> Metadata:
    """The metadata for an upright picture of this layout and (width, height); what cannot be kept is noted."""
    metadata = _with_right_profile(metadata, form, layout)
    if strip == "all":
        return Metadata(metadata.icc, palette=metadata.palette, colors=metadata.colors, notes=metadata.notes)
    private = strip == "private"
    notes = list(metadata.notes)
    try:
        block = exif.edited(metadata.exif, size, private) if metadata.exif else None
        _check(block)
    except Exception:  # noqa: BLE001 - Pillow may raise anything, and then could not write it either
        block = None
        notes.append("its EXIF cannot be read and is left out")
    try:
        packet = _edited_xmp(metadata.xmp, size, private) if metadata.xmp else None
    except ValueError as error:
        packet = None
        notes.append(str(error))
    texts = metadata.texts
    if private:
        texts = tuple(text for text in texts if not _PRIVATE_TEXT.search(png_metadata.keyword_of(text[1])))
    iptc = None if private else metadata.iptc
    return metadata._replace(exif=block or None, xmp=packet, texts=texts, iptc=iptc, notes=tuple(notes))


def _check(block: bytes | None) -> None:
    """Only what Pillow reads and writes again is passed on: some of its encoders do."""
    if block:
        read = Image.Exif()
        read.load(exif.MARK + block)
        read.tobytes()


def _edited_xmp(packet: bytes, size: tuple[int, int], private: bool) -> bytes | None:
    from upscli.pictures import xmp  # few pictures have any

    return xmp.edited(packet, size, private)


def _with_right_profile(metadata: Metadata, form: Format, layout: Layout) -> Metadata:
    """Without a gray profile where gray is stored as color."""
    colored = form.name == "webp" or (form.name in ("avif", "heif") and layout.alpha)
    if not (metadata.icc and layout.color == "gray" and colored and profile.color_of(metadata.icc) == "gray"):
        return metadata
    note = f"{form.name} stores this gray as color and cannot hold its gray color profile, which is dropped"
    return metadata._replace(icc=None, notes=tuple(dict.fromkeys((*metadata.notes, note))))
