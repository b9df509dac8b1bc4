"""Pictures that the tests enlarge, and the one call that enlarges them in pieces."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from upscli.kernels.axis import Edge
from upscli.kernels.pooling import max_pool
from upscli.learned.linear import bicubic_kernel, kernel_of, phases
from upscli.learned.modelfile import Header, Model, save
from upscli.pictures import door
from upscli.pictures.formats import Layout
from upscli.pictures.header import Limits, Source
from upscli.pictures.png_writer import PngLayout, write_png
from upscli.recipe import Recipe
from upscli.stages import enlarged
from upscli.switches import Switches, write_switches

SAMPLES = Path(__file__).parent.parent / "sample_images"

GRAY, RGB = Layout("gray", False, "uint8"), Layout("rgb", False, "uint8")
GRAY_ALPHA, RGB_ALPHA = Layout("gray", True, "uint8"), Layout("rgb", True, "uint8")
RGB16, RGB_FLOAT = Layout("rgb", False, "uint16"), Layout("rgb", False, "float32")
GRAY16 = Layout("gray", False, "uint16")
GRAY_FLOAT, CMYK = Layout("gray", False, "float32"), Layout("cmyk", False, "uint8")

ONE_TILE = (1 << 20, 1 << 20)


def noise(height: int, width: int, channels: int = 3, dtype: str = "uint8", seed: int = 7) -> NDArray[Any]:
    """Every level there is, side by side: the worst case for borders, seams and rounding. Floats are 0..1."""
    random = np.random.default_rng(seed)
    if dtype.startswith("float"):
        return random.random((height, width, channels)).astype(dtype)
    return random.integers(0, np.iinfo(dtype).max, (height, width, channels), dtype, endpoint=True)


def sample(name: str) -> NDArray[Any]:
    """A sample picture, (height, width, channels)."""
    with Image.open(SAMPLES / name) as picture:
        pixels = np.asarray(picture)
    return pixels.reshape(*pixels.shape[:2], -1)


def written(path: Path, pixels: NDArray[Any]) -> NDArray[Any]:
    """The pixels (h, w, c), 8 or 16 bits, as a PNG."""
    with path.open("wb") as stream:
        size = pixels.shape[1], pixels.shape[0]
        write_png(stream, PngLayout(*size, pixels.shape[2], 8 * pixels.itemsize), iter([pixels]))
    return pixels


def pixels_of(path: Path) -> NDArray[Any]:
    """Of a picture file, as upscli reads it."""
    return np.concatenate(list(door.read(Source(path), Limits()).strips))


def recipe(method: str, pixels: NDArray[Any], layout: Layout, factor: Any = 2, **more: Any) -> Recipe:
    """A recipe for these pixels: `factor` is one number, or (horizontal, vertical)."""
    x, y = factor if isinstance(factor, tuple) else (factor, factor)
    source = (pixels.shape[1], pixels.shape[0])
    target = (int(source[0] * x + 0.5), int(source[1] * y + 0.5))
    given: dict[str, Any] = {"options": {}, "edge": Edge.REPLICATE, "tile": ONE_TILE, **more}
    made = Recipe(method=method, layout=layout, source=source, target=target, **given)
    if method == "max-unpool":
        return made._replace(options={"switches": switches_of(target, (y, x), made.layout_out.channels)})
    if method == "trained":
        return made._replace(options={"model": model_file(), **made.options})
    return made


@cache
def switches_of(size: tuple[int, int], window: tuple[int, int], channels: int) -> Path:
    """Those of a picture of this (width, height), pooled by `window` (down, across), in a file."""
    pixels = noise(size[1], size[0], channels)
    path = Path(_FILES.name) / f"{size}{window}{channels}.npz"
    with path.open("wb") as stream:
        write_switches(stream, Switches(max_pool(pixels, window)[1], pixels.shape[:2], window, window))
    return path


@cache
def model_file() -> Path:
    """A model of x2 that sharpens a little, in a file."""
    random = np.random.default_rng(1).standard_normal((14, 14)) / 100
    weights = phases(sum(np.rot90(one, k) for one in (random, random.T) for k in range(4)), 2)
    weights[:, :, 3, 3] -= weights.sum(axis=(2, 3))
    kernel = (bicubic_kernel(2, 7) + kernel_of(weights)).astype(np.float32)
    path = Path(_FILES.name) / "model.npz"
    with path.open("wb") as stream:
        save(stream, Model(Header("linear", 2, 7), {"kernel": kernel}))
    return path


_FILES = TemporaryDirectory()


def result_of(
    made: Recipe, pixels: NDArray[Any], threads: int = 1, cuts: Sequence[int] = (), into_whole: bool = True
) -> NDArray[Any]:
    """The whole result. The source arrives in strips that end before the rows `cuts`, and cannot be written to."""
    held = pixels.copy()
    held.setflags(write=False)
    strips = iter(np.split(held, list(cuts)))
    layout = made.layout_out
    out = np.empty((made.target[1], made.target[0], layout.channels), layout.depth) if into_whole else None
    bands = [band.copy() for band in enlarged(made, strips, threads, out)]
    return np.concatenate(bands)
