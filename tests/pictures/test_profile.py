"""A color profile's curves are read as littlecms reads them, and one without curves is refused in words."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from upscli.errors import InputError
from upscli.kernels.light import srgb
from upscli.pictures.formats import Layout
from upscli.pictures.header import Metadata
from upscli.pictures.profile import color_of, curves_of, no_light

GRAY, RGB = Layout("gray", False, "uint8"), Layout("rgb", False, "uint8")
LEVELS = np.arange(256) / 255


def curv(*words: int) -> bytes:
    return struct.pack(f">4sxxxxI{len(words)}H", b"curv", len(words), *words)


def para(kind: int, *values: float) -> bytes:
    return struct.pack(f">4sxxxxHxx{len(values)}i", b"para", kind, *(round(value * 65536) for value in values))


def xyz(*values: float) -> bytes:
    return struct.pack(">4sxxxx3i", b"XYZ ", *(round(value * 65536) for value in values))


def profile(color: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A display profile of these tags. Source: ICC.1:2022, 7."""
    white = xyz(0.9642, 1.0, 0.8249)
    text = struct.pack(">4sxxxxI", b"desc", 2) + b"a\0" + bytes(78)
    rights = b"text\0\0\0\0none\0"
    every = {b"desc": text, b"cprt": rights, b"wtpt": white, **tags}
    table, data, start = b"", b"", 132 + 12 * len(every)
    for name, value in every.items():
        table += struct.pack(">4sII", name, start + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    body = struct.pack(">I", len(every)) + table + data
    head = struct.pack(">I4sI4s4s4s12x4s", 128 + len(body), b"lcms", 0x02100000, b"mntr", color, b"XYZ ", b"acsp")
    return head.ljust(68, b"\0") + white[8:] + bytes(48) + body


def gray_profile(curve: bytes) -> bytes:
    return profile(b"GRAY", {b"kTRC": curve})


def rgb_profile(red: bytes, green: bytes, blue: bytes) -> bytes:
    """With the primaries of sRGB."""
    primaries = {
        b"rXYZ": xyz(0.43607, 0.22249, 0.01392),
        b"gXYZ": xyz(0.38515, 0.71687, 0.09708),
        b"bXYZ": xyz(0.14307, 0.06061, 0.71410),
    }
    return profile(b"RGB ", {**primaries, b"rTRC": red, b"gTRC": green, b"bTRC": blue})


CURVES: dict[str, tuple[bytes, Any]] = {
    "identity": (curv(), lambda x: x),
    "gamma 1.8": (curv(round(1.8 * 256)), lambda x: x ** (461 / 256)),
    "a table": (curv(*(round(65535 * (i / 32) ** 2.2) for i in range(33))), None),
    "a formula of 1": (para(0, 2.2), lambda x: x**2.2),
    "a formula of 3": (para(1, 2.0, 0.9, 0.1), lambda x: (0.9 * x + 0.1) ** 2),
    "a formula of 4": (para(2, 2.0, 0.8, 0.1, 0.1), lambda x: (0.8 * x + 0.1) ** 2 + 0.1),
    "a formula of 5": (para(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045), srgb),
    "a formula of 7": (
        para(4, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0.0, 0.0),
        srgb,
    ),
}


@pytest.mark.parametrize("name", [name for name in CURVES if CURVES[name][1]])
def test_curves_are_those_of_the_specification(name: str) -> None:
    data, expected = CURVES[name]
    [found] = curves_of(Metadata(gray_profile(data)), GRAY)
    np.testing.assert_allclose(found(LEVELS), expected(LEVELS), atol=1e-4)


def by_littlecms(icc: bytes, mode: str) -> Any:
    """The light of gray levels, through littlecms: turned into levels of sRGB and these into light."""
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(1, -1)).convert(mode)
    source = ImageCms.ImageCmsProfile(BytesIO(icc))
    turned = ImageCms.profileToProfile(
        ramp,
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.NOOPTIMIZE | ImageCms.Flags.HIGHRESPRECALC,
    )
    assert turned is not None
    return np.asarray(turned)[0, :, 1]


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("name", CURVES)
def test_curves_are_those_that_littlecms_uses(name: str, mode: str) -> None:
    data, _ = CURVES[name]
    icc = gray_profile(data) if mode == "L" else rgb_profile(data, data, data)
    [found] = curves_of(Metadata(icc), GRAY if mode == "L" else RGB)
    light = found(LEVELS)
    expected = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 255
    away = np.abs(by_littlecms(icc, mode) - expected)
    assert away.max() <= 2
    assert away.mean() <= 0.6


def test_each_color_has_its_own_curve_and_equal_ones_are_one() -> None:
    icc = rgb_profile(curv(256), curv(512), curv(256))
    red, green, blue = curves_of(Metadata(icc), RGB)
    assert (red(LEVELS) == blue(LEVELS)).all()
    np.testing.assert_allclose(green(LEVELS), LEVELS**2)
    assert len(curves_of(Metadata(rgb_profile(curv(512), curv(512), curv(512))), RGB)) == 1


def test_without_a_profile_it_is_srgb() -> None:
    assert curves_of(Metadata(None), RGB) == (srgb,)
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    [found] = curves_of(Metadata(made), RGB)
    np.testing.assert_allclose(found(LEVELS), srgb(LEVELS), atol=1e-4)


REFUSED = {
    "nothing": b"",
    "a header alone": bytes(132),
    "tables instead of curves": profile(b"RGB ", {b"A2B0": b"mft2" + bytes(40)}),
    "two curves of three": profile(b"RGB ", {b"rTRC": curv(256), b"gTRC": curv(256)}),
    "a curve cut short": gray_profile(curv(1, 2, 3, 65535))[:-6],
    "a curve of a false length": gray_profile(struct.pack(">4sxxxxI", b"curv", 2**31)),
    "a falling curve": gray_profile(curv(*range(65535, 0, -257))),
    "a flat curve": gray_profile(curv(0, 0, 0, 0)),
    "a gamma of 0": gray_profile(curv(0)),
    "an unknown formula": gray_profile(para(9, 1, 1, 1, 1)),
    "a formula over nothing": gray_profile(para(1, 2.2, 0, 0.1)),
    "another kind of tag": gray_profile(xyz(1, 1, 1)),
    "a tag beyond the end": b"\0" * 128 + struct.pack(">I4sII", 1, b"kTRC", 2**31, 2**31),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_profile_without_curves_is_refused_in_words(name: str) -> None:
    with pytest.raises(InputError, match="no curves from levels to light; leave out --linear"):
        curves_of(Metadata(REFUSED[name]), GRAY)
    assert "leave out --linear" in no_light(Metadata(REFUSED[name]), GRAY)


def test_a_gray_picture_with_three_different_curves_is_refused() -> None:
    icc = rgb_profile(curv(256), curv(512), curv(256))
    assert "a curve for each of three colors" in no_light(Metadata(icc), GRAY)
    assert no_light(Metadata(rgb_profile(curv(256), curv(256), curv(256))), GRAY) == ""


@given(st.binary(max_size=400), st.integers(0, 400))
def test_hostile_profiles_give_curves_or_one_sentence(noise: bytes, place: int) -> None:
    icc = bytearray(rgb_profile(curv(256, 3000, 65535), para(3, 2.4, 0.9, 0.1, 0.1, 0.04), curv(512)))
    icc[place : place + len(noise)] = noise
    try:
        curves = curves_of(Metadata(bytes(icc)), RGB)
    except InputError:
        return
    assert all(np.isfinite(curve(LEVELS)).all() for curve in curves)


def test_the_color_of_a_profile_is_in_its_header() -> None:
    assert color_of(gray_profile(curv())) == "gray"
    assert color_of(rgb_profile(curv(), curv(), curv())) == "rgb"
    assert color_of(b"") == ""
