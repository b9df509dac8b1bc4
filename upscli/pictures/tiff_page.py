"""What one table of a TIFF file says about its pixels.

Source: TIFF revision 6.0, https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf; TIFF Technical Note 3
(floating point predictor).
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from upscli.errors import InputError
from upscli.pictures.tiff_tags import Field, Table

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
FILL_ORDER, OFFSETS, ORIENTATION, SAMPLES = 266, 273, 274, 277
ROWS_PER_STRIP, COUNTS, X_RESOLUTION, Y_RESOLUTION = 278, 279, 282, 283
PLANAR, T4_OPTIONS, T6_OPTIONS, RESOLUTION_UNIT = 284, 292, 293, 296
PREDICTOR, COLORS, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_COUNTS = 317, 320, 322, 323, 324, 325
EXTRA, FORMAT, JPEG_TABLES, SUBSAMPLING, ICC = 338, 339, 347, 530, 34675

NONE, LZW, DEFLATE, JPEG, PACKBITS = 1, 5, 8, 7, 32773
_OLD_JPEG = 6
DEFLATES = (8, 32946)
FAX = (2, 3, 4)
BYTES = {LZW: "LZW", PACKBITS: "PackBits", 34925: "LZMA", 50000: "Zstandard"}
"""Compressions of plain bytes that libtiff undoes."""
_KNOWN = {NONE, JPEG, *DEFLATES, *FAX, *BYTES}

WHITE_IS_ZERO, GRAY, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
_COLORS = {WHITE_IS_ZERO: 1, GRAY: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCBCR: 3}

_OTHERS = {-1: "no kind", 8: "LAB", 9: "LAB", 10: "LAB", 32803: "a camera's sensor", 32844: "LogL", 32845: "LogLuv"}

_LARGEST_TILE = 1 << 28


@dataclass(frozen=True)
class TiffPage:
    """One picture of a TIFF file. Its pixels lie in segments: strips (as wide as the picture) or tiles."""

    width: int
    height: int
    bits: int
    """Of each sample."""
    kind: Literal["u", "f"]
    """Whole numbers or floats."""
    samples: int
    """Of each pixel: colors, then extra ones."""
    extra: tuple[int, ...]
    """What they are: 0 unknown, 1 alpha that the colors are multiplied by, 2 alpha."""
    photometric: int
    compression: int
    predictor: int
    planes: int
    """1: samples lie together; else each channel has its own segments."""
    segment: tuple[int, int]
    """(rows, columns) of a segment; the last strip may have fewer."""
    tiled: bool
    offsets: NDArray[Any]
    counts: NDArray[Any]
    order: str
    fill_order: int
    orientation: int
    colors: NDArray[Any] | None
    """Of a palette: uint16 (3, colors)."""
    extras: dict[int, Field]
    """Fields that the decoders of JPEG and fax need."""

    @property
    def color_channels(self) -> int:
        """Samples that are no extra ones."""
        return _COLORS[self.photometric]

    @property
    def across(self) -> int:
        """Segments beside each other."""
        return -(-self.width // self.segment[1])

    @property
    def down(self) -> int:
        """Segments below each other."""
        return -(-self.height // self.segment[0])

    @property
    def together(self) -> int:
        """Samples that lie together."""
        return self.samples // self.planes

    @property
    def row_bytes(self) -> int:
        """Of one row of a segment."""
        return (self.segment[1] * self.together * self.bits + 7) // 8

    def rows_of(self, down: int) -> int:
        """Rows in the segments of that number from the top; tiles are always whole."""
        high = self.segment[0]
        return high if self.tiled else min(high, self.height - down * high)


def is_for_pillow(table: Table) -> bool:
    """8-bit colors of kinds that are rare: YCbCr without JPEG, and JPEG as TIFF 6.0 had it at first."""
    compression = table.number(COMPRESSION, NONE)
    return compression == _OLD_JPEG or (table.number(PHOTOMETRIC, -1) == YCBCR and compression != JPEG)


def page_of(table: Table) -> TiffPage:
    """Understand a table. Raises InputError for what cannot be read right."""
    width, height = table.number(WIDTH, 0), table.number(HEIGHT, 0)
    if not (0 < width < 2**31 and 0 < height < 2**31):
        raise InputError(f"the header says {width} x {height}")
    samples = table.number(SAMPLES, 1)
    bits, kind = _sample(table, samples)
    photometric, compression = table.number(PHOTOMETRIC, -1), table.number(COMPRESSION, NONE)
    _check(photometric, compression, bits, kind)
    extra = _extra(table, samples - _COLORS[photometric])
    planes = samples if table.number(PLANAR, 1) == 2 and samples > 1 else 1
    tiled = TILE_OFFSETS in table
    page = TiffPage(
        width=width,
        height=height,
        bits=bits,
        kind=kind,
        samples=samples,
        extra=extra,
        photometric=photometric,
        compression=compression,
        predictor=table.number(PREDICTOR, 1),
        planes=planes,
        segment=_segment(table, width, height, tiled),
        tiled=tiled,
        offsets=np.array(table.numbers(TILE_OFFSETS if tiled else OFFSETS), np.uint64),
        counts=np.array(table.numbers(TILE_COUNTS if tiled and TILE_COUNTS in table else COUNTS), np.uint64),
        order=table.order,
        fill_order=table.number(FILL_ORDER, 1),
        orientation=_orientation(table),
        colors=_palette(table, bits) if photometric == PALETTE else None,
        extras={
            tag: found for tag in (T4_OPTIONS, T6_OPTIONS, JPEG_TABLES, SUBSAMPLING) if (found := table.field(tag))
        },
    )
    _check_places(page)
    return page


def _sample(table: Table, samples: int) -> tuple[int, Literal["u", "f"]]:
    if not 0 < samples <= 64:
        raise InputError(f"{samples} samples a pixel are not supported")
    bits, formats = set(table.numbers(BITS) or (1,)), set(table.numbers(FORMAT) or (1,))
    if len(bits) > 1 or len(formats) > 1:
        raise InputError("samples of different kinds in one pixel are not supported")
    (bit,), (form,) = bits, formats
    if form in (1, 4) and 0 < bit <= 16:
        return bit, "u"
    if form == 3 and bit in (16, 32, 64):
        return bit, "f"
    names = {1: "whole numbers", 2: "signed whole numbers", 3: "floats"}
    raise InputError(
        f"{names.get(form, 'complex numbers')} of {bit} bits are not supported;"
        " save it with 8 or 16 bits, or as 32-bit float"
    )


def _check(photometric: int, compression: int, bits: int, kind: str) -> None:
    if photometric not in _COLORS:
        name = _OTHERS.get(photometric, f"kind {photometric}")
        raise InputError(f"colors of {name} are not supported; save it as gray, RGB or CMYK")
    if compression not in _KNOWN:
        raise InputError(f"compression {compression} is not supported; save it with deflate or LZW")
    if (compression in FAX and bits != 1) or (compression == JPEG and (bits, kind) != (8, "u")):
        raise InputError(f"compression {compression} with {bits} bits is not supported; save it with deflate or LZW")
    if kind == "f" and photometric not in (GRAY, RGB):
        raise InputError("floats are supported as gray and RGB only, with black as 0")
    if photometric == PALETTE and bits > 8:
        raise InputError(f"a palette of {bits} bits is not supported; save it as RGB")


def _extra(table: Table, count: int) -> tuple[int, ...]:
    """As many as there are samples beyond the colors. Programs that do not say what a fourth one is mean alpha."""
    if count < 0:
        raise InputError("fewer samples than colors")
    told = table.numbers(EXTRA)
    if not told and count == 1:
        return (2,)
    known = {1: 1, 2: 2, 999: 2}  # 999: CorelDRAW's
    return tuple(known.get(what, 0) for what in (*told, *[0] * count)[:count])


def _segment(table: Table, width: int, height: int, tiled: bool) -> tuple[int, int]:
    if not tiled:
        return min(height, table.number(ROWS_PER_STRIP, height) or height), width
    high, wide = table.number(TILE_HEIGHT, 0), table.number(TILE_WIDTH, 0)
    if not (high > 0 and wide > 0 and high * wide <= _LARGEST_TILE):
        raise InputError(f"tiles of {wide} x {high} are not supported")
    return high, wide


def _orientation(table: Table) -> int:
    value = table.number(ORIENTATION, 1)
    return value if 1 <= value <= 8 else 1


def _palette(table: Table, bits: int) -> NDArray[Any]:
    colors = np.array(table.numbers(COLORS))
    if len(colors) != 3 << bits or colors.max() > 65535:
        raise InputError(f"a palette of {len(colors)} numbers")
    return colors.reshape(3, -1)


def _check_places(page: TiffPage) -> None:
    wanted = page.across * page.down * page.planes
    known = len(page.offsets) if page.compression == NONE else min(len(page.offsets), len(page.counts))
    if known < wanted:
        raise InputError(f"it has {known:,} of its {wanted:,} strips or tiles")
