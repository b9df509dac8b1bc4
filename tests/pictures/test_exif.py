"""EXIF blocks are edited in place: corrected, and without what must go; hostile ones never crash."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from upscli.pictures.exif import MARK, edited, orientation_of

EXIF, GPS, INTEROPERABILITY = 0x8769, 0x8825, 0xA005
ORIENTATION, WIDTH, HEIGHT, MAKE, ARTIST, HOST = 0x0112, 0x0100, 0x0101, 0x010F, 0x013B, 0x013C
X, Y, ISO, MAKER_NOTE, OWNER, BODY, LENS, COMMENT = 0xA002, 0xA003, 0x8827, 0x927C, 0xA430, 0xA431, 0xA435, 0x9286
SECRET = b"top-secret-"


def block(order: str = "little") -> bytes:
    """With a bit of everything."""
    made = Image.Exif()
    made.endian = "<" if order == "little" else ">"
    made[ORIENTATION], made[WIDTH], made[HEIGHT] = 6, 10, 20
    made[MAKE], made[ARTIST], made[HOST] = "a camera", "an artist", "top-secret-host"
    inner = made.get_ifd(EXIF)
    inner[X], inner[Y], inner[ISO], inner[COMMENT] = 10, 20, 400, b"a comment of the user"
    inner[MAKER_NOTE] = SECRET + b"maker" * 20
    inner[OWNER], inner[BODY], inner[LENS] = "top-secret-owner", "top-secret-body", "top-secret-lens"
    place = made.get_ifd(GPS)
    place[1], place[2] = "N", (1.0, 2.0, 3.0)
    return made.tobytes().removeprefix(MARK)


def with_thumbnail(exif: bytes) -> bytes:
    """A second directory and its picture at the end, as cameras write it. Little-endian."""
    count = struct.unpack_from("<H", exif, 8)[0]
    start = len(exif)
    picture = b"\xff\xd8 an old small picture \xff\xd9"
    directory = struct.pack("<HHHIIHHIII", 2, 0x0201, 4, 1, start + 30, 0x0202, 4, 1, len(picture), 0)
    link = struct.pack("<I", start)
    at = 8 + 2 + 12 * count
    return exif[:at] + link + exif[at + 4 :] + directory + picture


def read(exif: bytes) -> Any:
    made = Image.Exif()
    made.load(MARK + exif)
    return made


@pytest.mark.parametrize("order", ["little", "big"])
def test_orientation_and_sizes_are_corrected_and_all_else_stays(order: str) -> None:
    found = read(edited(block(order), (300, 70_000)))
    assert dict(found) | {EXIF: 0, GPS: 0} == {
        ORIENTATION: 1,
        WIDTH: 300,
        HEIGHT: 70_000,
        MAKE: "a camera",
        ARTIST: "an artist",
        HOST: "top-secret-host",
        EXIF: 0,
        GPS: 0,
    }
    inner = found.get_ifd(EXIF)
    assert (inner[X], inner[Y], inner[ISO]) == (300, 70_000, 400)
    assert inner[MAKER_NOTE] == SECRET + b"maker" * 20
    assert found.get_ifd(GPS) == {1: "N", 2: (1.0, 2.0, 3.0)}


def test_a_maker_note_keeps_its_place() -> None:
    """It may hold offsets that count from the start of the block."""
    before = block()
    assert edited(before, (3, 3)).index(SECRET + b"maker") == before.index(SECRET + b"maker")


@pytest.mark.parametrize("order", ["little", "big"])
def test_of_what_is_private_not_a_byte_is_left(order: str) -> None:
    found = edited(block(order), (300, 200), private=True)
    assert SECRET not in found
    parsed = read(found)
    assert sorted(parsed) == sorted((ORIENTATION, WIDTH, HEIGHT, MAKE, ARTIST, EXIF))
    assert sorted(parsed.get_ifd(EXIF)) == sorted((X, Y, ISO, COMMENT))
    assert parsed.get_ifd(GPS) == {}
    degrees = struct.pack("<II" if order == "little" else ">II", 3, 1)
    assert degrees in block(order)
    assert degrees not in found


def test_the_thumbnail_goes() -> None:
    before = with_thumbnail(block())
    count = struct.unpack_from("<H", before, 8)[0]
    assert struct.unpack_from("<I", before, 10 + 12 * count)[0] == len(block())
    for private in (False, True):
        found = edited(before, (3, 3), private)
        assert b"old small picture" not in found
        assert len(found) <= len(block())
        left = struct.unpack_from("<H", found, 8)[0]
        assert found[10 + 12 * left : 14 + 12 * left] == bytes(4)


def test_a_thumbnail_between_things_that_stay_is_overwritten() -> None:
    picture = b"\xff\xd8 an old small picture \xff\xd9"
    name = b"a camera of a long name\0"
    head = struct.pack("<HHHIII", 1, MAKE, 2, len(name), 56 + len(picture), 26)
    second = struct.pack("<HHHIIHHIII", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, len(picture), 0)
    exif = b"II*\0\x08\0\0\0" + head + second + picture + name
    found = edited(exif, (3, 3))
    assert b"old small picture" not in found
    assert dict(read(found)) == {MAKE: "a camera of a long name"}


def test_edits_can_be_repeated() -> None:
    for private in (False, True):
        once = edited(with_thumbnail(block()), (30, 20), private)
        assert edited(once, (30, 20), private) == once


def test_entries_that_cannot_be_read_are_taken_out() -> None:
    entries = [
        struct.pack("<HHII", MAKE, 2, 8, 0xFFFFFF),  # outside
        struct.pack("<HHII", ARTIST, 99, 1, 7),  # no type
        struct.pack("<HHII", 0x0128, 3, 1, 2),
    ]
    found = edited(b"II*\0\x08\0\0\0" + struct.pack("<H", 3) + b"".join(entries) + bytes(4), (3, 3))
    assert dict(read(found)) == {0x0128: 2}


def test_a_block_whose_entries_all_go_is_empty() -> None:
    only_gps = Image.Exif()
    only_gps.get_ifd(GPS)[1] = "N"
    assert edited(only_gps.tobytes().removeprefix(MARK), (3, 3), private=True) == b""


def test_directories_in_a_circle_end() -> None:
    loop = b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, EXIF, 4, 1, 8) + bytes(4)
    assert edited(loop, (3, 3)) == b""


@pytest.mark.parametrize("bad", [b"", b"II", b"garbage of some length", b"II*\0\xff\xff\xff\x7f", block()[:30]])
def test_what_is_no_block_is_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match="EXIF"):
        edited(bad, (3, 3))
    assert orientation_of(bad) == 1


@pytest.mark.parametrize("value", range(1, 9))
def test_the_orientation_is_read(value: int) -> None:
    made = Image.Exif()
    made[ORIENTATION] = value
    assert orientation_of(made.tobytes().removeprefix(MARK)) == value


@given(st.lists(st.tuples(st.integers(8, 600), st.binary(min_size=1, max_size=12)), max_size=12), st.booleans())
def test_hostile_blocks_give_a_block_or_one_kind_of_error(patches: list[tuple[int, bytes]], private: bool) -> None:
    data = bytearray(with_thumbnail(block()))
    for place, patch in patches:
        if place < len(data):
            data[place : place + len(patch)] = patch
    assert 1 <= orientation_of(bytes(data)) <= 8
    try:
        found = edited(bytes(data), (30, 20), private)
    except ValueError:
        return
    assert orientation_of(found) == 1 if found else True
    assert len(found) <= len(data) + 4
