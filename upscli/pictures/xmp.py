"""XMP packets: what they say of orientation and size is corrected in the text, and what is private is taken out of it.

Nothing is parsed as XML: a hostile packet is text like any other. Source: ISO 16684-1 (XMP), and Adobe's XMP
Specification Part 2 for the names.
"""

import re

_PRIVATE = (
    r"GPS\w*|\w*SerialNumber|OwnerName|CameraOwnerName|Location\w*|City|State|SubLocation|Sublocation|Country\w*"
    r"|Latitude|Longitude|Altitude|MakerNote\w*|HostComputer|Regions|RegionInfo\w*"
)
"""Names of properties, whatever their prefix."""

_LONGEST = 1 << 22
_NAME = r"[A-Za-z_][\w.\-]*"
_VALUES = {
    r"Orientation": 0,
    r"(?:ImageWidth|PixelXDimension)": 1,
    r"(?:ImageLength|PixelYDimension)": 2,
}


def edited(xmp: bytes, size: tuple[int, int], private: bool = False) -> bytes:
    """The packet for an upright picture of this (width, height); `private`: without places, owners, serial numbers.

    Raises ValueError, with a sentence, for a packet that cannot be corrected or cleaned.
    """
    if len(xmp) > _LONGEST:
        raise ValueError("its XMP is too long to be corrected and is left out")
    try:
        text = xmp.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("its XMP is not UTF-8 and is left out") from None
    if "\0" in text.rstrip("\0"):
        raise ValueError("its XMP is not UTF-8 and is left out")
    for name, number in _VALUES.items():
        value = str((1, *size)[number])
        text = re.sub(rf'\b((?:tiff|exif):{name}\s*=\s*["\'])\s*\d+\s*(?=["\'])', rf"\g<1>{value}", text)
        text = re.sub(rf"(<(?:tiff|exif):{name}\s*>)\s*\d+\s*(?=</)", rf"\g<1>{value}", text)
    text = _without(text, r"xmp:Thumbnails")
    if private:
        text = _without(text, rf"{_NAME}:(?:{_PRIVATE})")
        if re.search(rf"[<:](?:{_PRIVATE})\b", text):
            raise ValueError("its XMP has private parts that cannot be taken out and is left out")
    return text.encode("utf-8")


def _without(text: str, name: str) -> str:
    """Without the elements and attributes of this name. Raises ValueError for an element without an end."""
    parts, place = [], 0
    for start in re.finditer(rf"<({name})(?=[\s>/])[^<>]*>", text):
        if start.start() < place:
            continue
        parts.append(text[place : start.start()])
        place = start.end()
        if not start[0].endswith("/>"):
            end = re.compile(rf"</{re.escape(start[1])}\s*>").search(text, place)
            if end is None:
                raise ValueError("its XMP has an element that does not end and is left out")
            place = end.end()
    parts.append(text[place:])
    return re.sub(rf"""\s{name}\s*=\s*(?:"[^"<]*"|'[^'<]*')""", "", "".join(parts))
