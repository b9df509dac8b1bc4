"""Colors by their names."""

from PIL import ImageColor


def named(word: str) -> tuple[int, int, int]:
    """Red, green, blue of `white` or `#336699`. Raises ValueError."""
    red, green, blue = ImageColor.getrgb(word)[:3]
    return red, green, blue
