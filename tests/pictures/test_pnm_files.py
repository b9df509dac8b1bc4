"""PGM, PPM and PAM, by rows, from files and pipes."""

from __future__ import annotations

import time
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from enlarging import enlarged
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from upscli.errors import InputError
from upscli.pictures import door, pnm
from upscli.pictures.formats import Layout, by_name
from upscli.pictures.header import Limits, Metadata, Source
from upscli.pictures.write import Encoding, write

PAM, PNM = by_name("pam"), by_name("pnm")


def samples(layout: Layout, high: int = 23, wide: int = 17) -> Any:
    most = np.iinfo(layout.depth).max
    return np.random.default_rng(2).integers(0, most, (high, wide, layout.channels), layout.depth, endpoint=True)


def written(name: str, layout: Layout, pixels: Any) -> bytes:
    stream = BytesIO()
    encoding = Encoding(by_name(name), layout, (pixels.shape[1], len(pixels)), Metadata())
    write(iter([pixels[:5], pixels[5:]]), encoding, stream)
    return stream.getvalue()


def read(data: bytes, as_labels: bool = False) -> tuple[Any, Any]:
    picture = door.read(Source(Path("stdin"), data), Limits(), 1, as_labels)
    return picture.header, np.concatenate(list(picture.strips))


@pytest.mark.parametrize("form", [PNM, PAM], ids=["pnm", "pam"])
@pytest.mark.parametrize("piece", [1 << 20, 100])
def test_every_layout_comes_back(monkeypatch: pytest.MonkeyPatch, form: Any, piece: int) -> None:
    monkeypatch.setattr(pnm, "_PIECE", piece)
    for layout in form.writes:
        if layout.color == "labels":
            continue
        pixels = samples(layout)
        header, found = read(written(form.name, layout, pixels))
        np.testing.assert_array_equal(found, pixels)
        assert (header.layout, header.format, header.notes) == (layout, form, ())


@pytest.mark.parametrize("layout", [Layout("gray", False, "uint8"), Layout("rgb", False, "uint8")], ids=str)
def test_pillow_sees_the_same(layout: Layout) -> None:
    pixels = samples(layout)
    with Image.open(BytesIO(written("pnm", layout, pixels))) as image:
        np.testing.assert_array_equal(np.asarray(image).reshape(pixels.shape), pixels)
    stream = BytesIO()
    Image.fromarray(pixels.squeeze()).save(stream, "PPM")
    np.testing.assert_array_equal(read(stream.getvalue())[1], pixels)


@pytest.mark.parametrize(
    "head",
    [
        b"P5\n3 2\n255\n",
        b"P5 3 2 255 ",
        b"P5 # a comment\n# and another\r\n3# here\n 2 255\n",
        b"P5\n3\n2\n255# last\n\n",
        b"P7\nWIDTH 3\nHEIGHT 2\nDEPTH 1\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\n",
        b"P7\n# a comment\nMAXVAL 255\nDEPTH 1\n\nHEIGHT 2\nWIDTH 3\nENDHDR\n",
    ],
)
def test_headers_are_read_as_they_may_be_written(head: bytes) -> None:
    assert read(head + b"abcdef")[1][..., 0].tolist() == [[97, 98, 99], [100, 101, 102]]


@pytest.mark.parametrize(("most", "data", "expected"), [(1, b"\0\1", [0, 255]), (100, b"\x32\x64", [128, 255])])
def test_levels_are_spread_and_it_is_said(most: int, data: bytes, expected: list[int]) -> None:
    header, found = read(b"P5 2 1 %d\n" % most + data)
    assert found[0, :, 0].tolist() == expected
    assert header.notes == (f"levels up to {most} became levels up to 255",)
    _, numbers = read(b"P5 2 1 %d\n" % most + data, as_labels=True)
    assert numbers.tobytes() == data


def test_twelve_bits_become_sixteen() -> None:
    header, found = read(b"P5 3 1 4095\n" + np.array([0, 2048, 4095], ">u2").tobytes())
    assert found[0, :, 0].tolist() == [0, round(2048 * 65535 / 4095), 65535]
    assert header.layout.depth == "uint16"


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"P5 3 2 255\nabc", "truncated after row 1 of 2"),
        (b"P5 0 2 255\nabc", "the header says 0 x 2"),
        (b"P5 2 2 70000\nabc", "levels up to 70000"),
        (b"P5 2 x", "no header"),
        (b"P5 2 1 100\nzz", "a level of 122"),
        (b"P7\nWIDTH 3\n", "no header of a PAM"),
        (b"P7\nWIDTH 3\nENDHDR\n", "lacks a number"),
        (b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\nabcde", "5 samples"),
        (b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nTUPLTYPE CMY\nENDHDR\nabc", "kind CMY"),
        (b"P6 2 1 255\nabcdef", "labels"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, part: str) -> None:
    with pytest.raises(InputError, match=part) as caught:
        read(data, as_labels=part == "labels")
    assert str(caught.value).startswith("stdin: ")


def test_pictures_after_the_first_are_told_of_in_pnm() -> None:
    one = b"P5 2 1 255\nab"
    assert read(one + one)[0].notes == ("only the first of its pictures is enlarged",)
    assert read(one + b"\n")[0].notes == ()


@pytest.mark.parametrize("line", [b"\n", b" ", b"P7\n", b"#\n", b"# #", b"ENDHDR", b"1\n", b"1"])
@pytest.mark.parametrize("kind", [b"P5", b"P6", b"P7", b"P7\n"])
def test_a_header_that_never_ends_is_refused_at_once(kind: bytes, line: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(InputError):
        read(kind + line * (pnm.HEAD // len(line)))
    assert time.perf_counter() - began < 1  # and not a minute


@given(st.binary(max_size=60), st.sampled_from([b"P5", b"P6", b"P7"]))
def test_any_bytes_are_read_or_refused(data: bytes, magic: bytes) -> None:
    try:
        found = door.read(Source(Path("stdin"), magic + data), Limits(pixels=10_000))
        for _ in found.strips:
            pass
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right


@pytest.mark.parametrize("head", [b"P6 999999999 999999999 255\n", b"P5 2000000000 2000000000 65535\n"])
def test_a_size_that_no_file_reaches_is_over_the_limit(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "a.ppm").write_bytes(head + bytes(100))
    assert "pixels, over the limit of 300,000,000" in enlarged(tmp_path / "a.ppm", tmp_path / "b.png").reason
