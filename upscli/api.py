"""The Python call of the same power as the command."""

from dataclasses import dataclass
from fractions import Fraction
from operator import index
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from upscli import registry, spare
from upscli.errors import InputError, MethodError
from upscli.kernels.axis import Edge
from upscli.options import make_options
from upscli.pictures import labels, modes
from upscli.pictures.formats import Layout
from upscli.pictures.header import Metadata
from upscli.pictures.metadata import icc_of
from upscli.pictures.profile import curves_of
from upscli.recipe import Recipe, check_pixel
from upscli.size import Scale, Wide
from upscli.stages import enlarged

Kind = TypeVar("Kind", NDArray[Any], Image.Image)


def enlarge(
    picture: Kind,
    method: str = "bicubic",
    scale: float | tuple[float, float] | None = None,
    *,
    size: Wide | None = None,
    edge: str = "replicate",
    options: dict[str, Any] | None = None,
    linear: bool = False,
    threads: int = 1,
) -> Kind:
    """Enlarge an array or a Pillow image; the result is of the same kind.

    Args:
        picture: An array (height, width) or (height, width, channels) with 1 to 4 channels, of which
            the last of 2 or 4 is alpha; uint8, uint16, or float (float32 or float64, white is 1, computed
            in float32, never clipped). Or a Pillow image of mode 1, L, LA, P, PA, RGB, RGBA, CMYK, I;16 or F;
            palette images come back as RGB or RGBA, and 1-bit ones as L; methods for labels keep a palette.
        method: A name of `upscli methods`.
        scale: One factor, or (horizontal, vertical). Twice the size unless `size` is given.
        size: (width, height) of the result, instead of `scale`.
        edge: What lies beyond the border: replicate, reflect, wrap or renormalize.
        options: The method's options, such as {"a": -0.75}.
        linear: Resample light, by the sRGB curve, or by the curves of a Pillow image's color profile.
        threads: Tiles made side by side, each on one core, whatever NumPy's matrix products may use elsewhere. The
            result is the same for any number.

    Returns:
        The larger picture, in memory that nothing else refers to. When it is let go, up to 128 MB are kept for the
        next results, which are sooner made there than in fresh memory.

    Raises:
        MethodError: unknown method or option, a value out of range, a factor the method cannot do, `linear` for
            methods that only move samples, floats (they are taken for light) and CMYK.
        InputError: an array of another shape or dtype, or one with a NaN or infinity; a profile without curves.
    """
    if threads < 1:
        raise MethodError(f"threads is {threads}; it must be at least 1")
    wish = _Wish(method, scale, size, _edge(edge), options or {}, linear, threads)
    if isinstance(picture, Image.Image):
        return _enlarged_image(picture, wish)
    pixels = np.asarray(picture)
    layout = _layout_of(pixels)
    with np.errstate(over="ignore"):
        held = pixels.astype(layout.depth, copy=False)
    _check_finite(held)
    held = held.reshape(*pixels.shape[:2], layout.channels)
    result = _enlarged(held, layout, wish)
    return result.reshape(*result.shape[:2], *pixels.shape[2:]).astype(pixels.dtype, copy=False)


@dataclass(frozen=True)
class _Wish:
    method: str
    scale: float | tuple[float, float] | None
    size: Wide | None
    edge: Edge
    options: dict[str, Any]
    linear: bool
    threads: int


def _enlarged_image(picture: Image.Image, wish: _Wish) -> Image.Image:
    if registry.get(wish.method).takes == "colors":
        layout, _ = modes.layout_of(picture)
        pixels = modes.to_array(modes.converted(picture, layout))
        icc = icc_of(picture) if wish.linear else None
        return modes.to_image(_enlarged(pixels, layout, wish, icc), layout)
    layout, _ = modes.labels_of(picture)
    numbers = modes.to_array(modes.numbers(picture, layout))
    larger = modes.to_image(_enlarged(numbers, layout, wish), layout)
    if palette := labels.palette_of(picture):
        labels.with_palette(larger, palette)
        larger.info |= {key: value for key, value in picture.info.items() if key == "transparency"}
    return larger


def _enlarged(pixels: NDArray[Any], layout: Layout, wish: _Wish, icc: bytes | None = None) -> NDArray[Any]:
    source = (pixels.shape[1], pixels.shape[0])
    recipe = Recipe(wish.method, wish.options, wish.edge, layout, source, _target(wish, source), linear=wish.linear)
    check_pixel(recipe)
    out = spare.array((*recipe.target[::-1], layout.channels), layout.depth)
    for _ in enlarged(recipe, iter([pixels]), wish.threads, out, curves_of(Metadata(icc), layout)):
        pass
    return out


def _target(wish: _Wish, source: Wide) -> Wide:
    method = registry.get(wish.method)
    if method.target is not None:
        if wish.scale is not None or wish.size is not None:
            raise MethodError(f"{method.name} decides the size itself; give neither scale nor size")
        return method.target(source, make_options(method.name, method.options, wish.options))
    if wish.scale is not None and wish.size is not None:
        raise MethodError("give scale or size, not both")
    if wish.size is not None:
        return _size(wish.size)
    return _scale(2 if wish.scale is None else wish.scale).of(source)


def _scale(scale: Any) -> Scale:
    factors = tuple(scale) if isinstance(scale, (tuple, list)) else (scale, scale)
    try:
        x, y = (Fraction(str(float(factor))) for factor in factors)
    except (TypeError, ValueError):
        x = y = Fraction(0)
    if x <= 0 or y <= 0:
        raise MethodError(f"scale {scale} is not a factor such as 2, 1.5 or (2, 3)")
    return Scale(x, y)


def _size(size: Any) -> Wide:
    try:
        width, height = (index(side) for side in size)
    except (TypeError, ValueError):
        width = height = 0
    if width < 1 or height < 1:
        raise MethodError(f"size {size} is not (width, height) in pixels")
    return width, height


def _edge(word: str) -> Edge:
    try:
        return Edge(word)
    except ValueError:
        raise MethodError(f"edge '{word}' is not one of {', '.join(Edge)}") from None


def _check_finite(pixels: NDArray[Any]) -> None:
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        bad = np.argwhere(~np.isfinite(pixels))
        raise InputError(f"{len(bad)} samples are NaN, infinite or too large, the first at {tuple(map(int, bad[0]))}")


def _layout_of(pixels: NDArray[Any]) -> Layout:
    shape = pixels.shape
    if len(shape) not in (2, 3) or 0 in shape or (len(shape) == 3 and shape[2] > 4):
        raise InputError(f"an array of shape {shape} is not (height, width) or (height, width, 1 to 4)")
    depth = {"uint8": "uint8", "uint16": "uint16", "float32": "float32", "float64": "float32"}.get(pixels.dtype.name)
    if depth is None:
        raise InputError(f"an array of {pixels.dtype} is not uint8, uint16, or float with white at 1")
    channels = shape[2] if len(shape) == 3 else 1
    return Layout("gray" if channels < 3 else "rgb", channels in (2, 4), depth)
