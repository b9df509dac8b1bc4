"""Color profile, EXIF and resolution of a TIFF: read from its table, and as fields for a new one."""

from io import BytesIO

import numpy as np

from upscli.errors import InputError
from upscli.pictures.header import Metadata, Palette
from upscli.pictures.tiff_page import COLORS, ICC, RESOLUTION_UNIT, X_RESOLUTION, Y_RESOLUTION
from upscli.pictures.tiff_tags import RATIONAL, SHORT, Field, Fields, Table, TiffFile, block, raw, shorts

_CAMERA = (
    *(0x010D, 0x010E, 0x010F, 0x0110, 0x011D, 0x0131, 0x0132, 0x013B, 0x013C, 0x4746, 0x4749, 0x8298),
    *range(0x9C9B, 0x9CA0),
)
"""DocumentName, ImageDescription, Make, Model, PageName, Software, DateTime, Artist, HostComputer, Rating (2),
Copyright, XPTitle to XPSubject: what tables of EXIF and of TIFF files share. Others tell how pixels are stored."""
_BELOW = {0x8769: (0xA005,), 0x8825: ()}
"""Exif and its interoperability table; GPS."""
_MAP = (33550, 34264, 33922, 34735)
"""What GeoTIFF has: pixel scale, transformation, tie points, keys."""
_XMP = 700
_IPTC = 33723
_IPTC_MARK = b"\x1c"
_CENTIMETERS = 2.54


def metadata_of(table: Table) -> Metadata:
    """What is kept of a file; what cannot be read is left out."""
    profile = _field(table, ICC)
    exif, packet = _shared(table), _field(table, _XMP)
    return Metadata(
        profile.data if profile and len(profile.data) else None,
        block(exif) if exif else None,
        _dpi(table),
        xmp=packet.data if packet and len(packet.data) else None,
        iptc=_iptc(table),
    )


def left_out(table: Table) -> tuple[str, ...]:
    """What is not kept though it matters, one sentence each."""
    if any(tag in table for tag in _MAP):
        return ("the place on the map (GeoTIFF) is left out: it is for pixels of another size",)
    return ()


def fields_of(metadata: Metadata) -> dict[int, Field | Fields]:
    """The metadata as fields of a new file."""
    fields: dict[int, Field | Fields] = {}
    if metadata.exif:
        try:
            fields |= _shared(next(TiffFile(BytesIO(metadata.exif)).pages()))
        except InputError:  # it was read from a file, and need not be right
            fields = {}
    if metadata.icc:
        fields[ICC] = raw(metadata.icc)
    if metadata.xmp:
        fields[_XMP] = raw(metadata.xmp)
    if metadata.iptc:
        fields[_IPTC] = raw(metadata.iptc)
    if metadata.dpi:
        fields[X_RESOLUTION], fields[Y_RESOLUTION] = (_rational(dots) for dots in metadata.dpi)
        fields[RESOLUTION_UNIT] = shorts(2)
    if metadata.palette:
        fields[COLORS] = _colors(metadata.palette)
    return fields


def _iptc(table: Table) -> bytes | None:
    """Its bytes. Some programs say that they are longer numbers, and write them in the order of the file's."""
    found = _field(table, _IPTC)
    orders = (found.units, found.units.byteswap()) if found else ()
    return next((data for each in orders if (data := each.tobytes()).startswith(_IPTC_MARK)), None)


def _shared(table: Table) -> dict[int, Field | Fields]:
    """Fields that mean the same in EXIF and in a TIFF file, with the tables they point to."""
    fields: dict[int, Field | Fields] = {}
    fields |= {tag: found for tag in _CAMERA if (found := _field(table, tag))}
    return fields | {tag: inner for tag, deeper in _BELOW.items() if (inner := _below(table, tag, deeper))}


def _below(table: Table, tag: int, deeper: tuple[int, ...]) -> Fields:
    try:
        inner = table.below(tag)
    except InputError:
        return {}
    if inner is None:
        return {}
    fields: dict[int, Field | Fields] = {each: found for each in inner if (found := _field(inner, each))}
    return fields | {each: lower for each in deeper if (lower := _below(inner, each, ()))}


def _field(table: Table, tag: int) -> Field | None:
    try:
        return table.field(tag)
    except InputError:
        return None


def _dpi(table: Table) -> tuple[float, float] | None:
    unit = _field(table, RESOLUTION_UNIT) or shorts(2)
    factor = {2: 1.0, 3: _CENTIMETERS}.get(unit.units[0]) if unit.count else None
    if factor is None:
        return None
    found = []
    for field in (_field(table, tag) for tag in (X_RESOLUTION, Y_RESOLUTION)):
        if field is None or field.kind != RATIONAL or field.count < 1 or not field.units[1]:
            return None
        found.append(float(field.units[0]) / float(field.units[1]) * factor)
    return (found[0], found[1]) if all(0 < dots < 1e6 for dots in found) else None


def _rational(value: float) -> Field:
    scale = 1 if value == round(value) else 1000
    return Field(RATIONAL, np.array([round(value * scale), scale], np.uint32))


def _colors(palette: Palette) -> Field:
    """Those that are missing are black."""
    colors = np.zeros((256, 3), np.uint16)
    known = np.frombuffer(palette.colors, np.uint8).reshape(-1, 3)
    colors[: len(known)] = known
    return Field(SHORT, (colors * np.uint16(257)).T.reshape(-1))
