"""Color profiles: for which colors they are, and how much light their levels mean.

The curves are read from the profile itself: ImageCms computes with at most 8 bits in and out, too few for 16-bit
pictures. A test holds them against it. Source: ICC.1:2022, 7.2, 10.6 curveType, 10.18 parametricCurveType.
"""

import struct
from functools import partial

import numpy as np
from numpy.typing import NDArray

from upscli.errors import InputError
from upscli.kernels.light import Curve, srgb
from upscli.pictures.formats import Layout
from upscli.pictures.header import Metadata
from upscli.pictures.png_metadata import gamma_of, is_srgb

Values = NDArray[np.float64]

_MOST_TAGS = 1000
_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}

SRGB: tuple[Curve, ...] = (srgb,)


def color_of(icc: bytes) -> str:
    """`gray`, `rgb`, `cmyk`, or the profile's own word for others."""
    word = icc[16:20].decode("latin-1").strip()
    return {"GRAY": "gray", "RGB": "rgb", "CMYK": "cmyk"}.get(word, word)


def curves_of(metadata: Metadata, layout: Layout) -> tuple[Curve, ...]:
    """How much light the levels of such a picture mean: one curve for all its colors, or one for each.

    Without a profile it is the gamma of a PNG, or sRGB's curve. Raises InputError for what says it otherwise.
    """
    if metadata.icc is None:
        return _without_profile(metadata)
    try:
        tags = _tags(metadata.icc)
        names = (b"kTRC",) if b"kTRC" in tags else (b"rTRC", b"gTRC", b"bTRC")
        found = [tags[name] for name in names]
        curves = [_curve(data) for data in dict.fromkeys(found)]
    except (KeyError, IndexError, struct.error, ValueError, ZeroDivisionError):
        raise InputError("its color profile has no curves from levels to light; leave out --linear") from None
    if len(curves) == 1:
        return (curves[0],)
    if layout.color == "gray":
        raise InputError("a gray picture whose color profile has a curve for each of three colors; leave out --linear")
    return tuple(curves[list(dict.fromkeys(found)).index(data)] for data in found)


def no_light(metadata: Metadata, layout: Layout) -> str:
    """Why the levels of such a picture do not say how much light they mean; nothing if they do."""
    try:
        curves_of(metadata, layout)
    except InputError as error:
        return str(error)
    return ""


def in_words(metadata: Metadata) -> str:
    """Where the curves come from."""
    if metadata.icc:
        return "by the color profile's curves"
    return "by the sRGB curve" if _without_profile(metadata) is SRGB else "by the PNG's gamma"


def _without_profile(metadata: Metadata) -> tuple[Curve, ...]:
    known = dict(metadata.colors)
    if is_srgb(metadata.colors) or b"sRGB" in known:
        return SRGB
    if b"cICP" in known:
        raise InputError("its cICP chunk says that its levels are no sRGB; leave out --linear")
    gamma = gamma_of(metadata.colors)
    if gamma is None or abs(gamma - 1 / 2.2) < 0.01:  # sRGB's own, as it is written for readers that know no other
        return SRGB
    return (partial(_power, (1 / gamma,), 0),)


def _tags(icc: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", icc, 128)
    tags = {}
    for number in range(min(count, _MOST_TAGS)):
        name, offset, size = struct.unpack_from(">4sII", icc, 132 + 12 * number)
        tags[name] = icc[offset : offset + size]
    return tags


def _curve(data: bytes) -> Curve:
    """Raises struct.error, KeyError and ValueError for what is no rising curve."""
    curve = _table(data) if data[:4] == b"curv" else _formula(data)
    with np.errstate(all="ignore"):
        light = curve(np.arange(256) / 255)
    rises = np.isfinite(light).all() and (np.diff(light) >= 0).all() and light[-1] - light[0] > 0.5
    if not rises or not 0 <= light[0] <= light[-1] < 2:
        raise ValueError("no curve that rises from black to white")
    return curve


def _table(data: bytes) -> Curve:
    (count,) = struct.unpack_from(">I", data, 8)
    if count == 0:
        return partial(_power, (1.0,), 0)
    if count == 1:
        return partial(_power, (struct.unpack_from(">H", data, 12)[0] / 256,), 0)
    light = np.frombuffer(data, ">u2", count, 12) / 65535
    return partial(_between, np.linspace(0.0, 1.0, count), light)


def _formula(data: bytes) -> Curve:
    if data[:4] != b"para":
        raise ValueError(data[:4])
    (kind,) = struct.unpack_from(">H", data, 8)
    words = struct.unpack_from(f">{_PARAMETERS[kind]}i", data, 12)
    return partial(_power, tuple(word / 65536 for word in words), kind)


def _between(places: Values, light: Values, encoded: Values) -> Values:
    return np.interp(encoded, places, light)


def _power(words: tuple[float, ...], kind: int, encoded: Values) -> Values:
    """(a x + b)^g + e from x = d on, c x + f below it."""
    g, a, b, c, d, e, f = words + (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)[len(words) :]
    if kind in (1, 2):
        d = -b / a
        e = f = c if kind == 2 else 0.0
        c = 0.0
    upper = np.power(np.maximum(a * encoded + b, 0.0), g) + e
    return np.clip(np.where(encoded >= d, upper, c * encoded + f), 0.0, 1.0)
