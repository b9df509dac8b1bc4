"""XMP packets are corrected as text, and private things are taken out of them whole or not passed on at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscli.pictures.xmp import edited

BEGIN = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description '
END = b"</rdf:Description></rdf:RDF></x:xmpmeta>"
PLAIN = BEGIN + b'dc:creator="somebody">' + b"<xmp:Rating>3</xmp:Rating>" + END


def test_a_packet_without_sizes_and_places_stays_as_it_is() -> None:
    assert edited(PLAIN, (30, 20)) == PLAIN
    assert edited(PLAIN, (30, 20), private=True) == PLAIN


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'tiff:Orientation="6"', b'tiff:Orientation="1"'),
        (b"tiff:Orientation='8'", b"tiff:Orientation='1'"),
        (b'tiff:ImageWidth = "10"', b'tiff:ImageWidth = "30"'),
        (b'exif:PixelYDimension="7"', b'exif:PixelYDimension="20"'),
    ],
)
def test_attributes_are_corrected(before: bytes, after: bytes) -> None:
    assert edited(BEGIN + before + b">" + END, (30, 20)) == BEGIN + after + b">" + END


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<tiff:Orientation>6</tiff:Orientation>", b"<tiff:Orientation>1</tiff:Orientation>"),
        (b"<exif:PixelXDimension> 4 </exif:PixelXDimension>", b"<exif:PixelXDimension>30</exif:PixelXDimension>"),
        (b"<tiff:ImageLength>4</tiff:ImageLength>", b"<tiff:ImageLength>20</tiff:ImageLength>"),
        (b"<xmp:Thumbnails><rdf:Alt>/9j/4AAQ</rdf:Alt></xmp:Thumbnails>", b""),
    ],
)
def test_elements_are_corrected(before: bytes, after: bytes) -> None:
    assert edited(BEGIN + b">" + before + END, (30, 20)) == BEGIN + b">" + after + END


SECRETS = [
    b' exif:GPSLatitude="secret">',
    b" exif:GPSLatitude = 'secret'>",
    b' aux:SerialNumber="secret" aux:LensSerialNumber="secret" aux:OwnerName="secret">',
    b"><exif:GPSLongitude>secret</exif:GPSLongitude>",
    b'><exifEX:BodySerialNumber a="b">secret</exifEX:BodySerialNumber>',
    b"><Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li>secret</rdf:li></rdf:Bag></Iptc4xmpExt:LocationShown>",
    b"><photoshop:City>secret</photoshop:City><photoshop:Country>secret</photoshop:Country>",
    b"><mwg-rs:Regions rdf:parseType='Resource'>secret</mwg-rs:Regions>",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_what_is_private_is_taken_out_and_the_rest_stays(secret: bytes) -> None:
    found = edited(BEGIN + b'dc:title="stays"' + secret + b"<xmp:Rating>3</xmp:Rating>" + END, (3, 3), private=True)
    assert b"secret" not in found
    assert b'dc:title="stays"' in found
    assert b"<xmp:Rating>3</xmp:Rating>" in found


@pytest.mark.parametrize(
    "packet",
    [
        BEGIN + b"><exif:GPSInfo>secret" + END,
        BEGIN + b"><exif:GPSInfo>a<exif:GPSInfo>b</exif:GPSInfo>secret</exif:GPSInfo>" + END,
        BEGIN + b"exif:GPSLatitude=secret>" + END,
        PLAIN.decode().encode("utf-16"),
        b"\xff\xfe",
        b" " * (1 << 23),
    ],
)
def test_where_that_cannot_be_done_nothing_is_passed_on(packet: bytes) -> None:
    with pytest.raises(ValueError, match=r"its XMP .* is left out"):
        edited(packet, (3, 3), private=True)


@given(st.text(alphabet="<>/=\"' \0exif:GPSLatitudeOrntw0123", max_size=200), st.booleans())
def test_hostile_packets_give_a_packet_or_one_kind_of_error(text: str, private: bool) -> None:
    try:
        found = edited(text.encode(), (30, 20), private)
    except ValueError:
        return
    assert not private or b":GPSLatitude" not in found
