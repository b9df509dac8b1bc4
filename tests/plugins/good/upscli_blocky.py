"""A plugin as a third party would write it: two methods, one of which reads a file and decides the size."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from upscli import Axis, Method, option


def blocky(pixels, rows: Axis, cols: Axis, options):
    """Nearest neighbor, from the axes alone."""

    def index(axis: Axis):
        position = (np.arange(axis.wanted.start, axis.wanted.stop) + 0.5) * axis.size / axis.target
        return np.floor(position).astype(int) - axis.held.start

    return pixels[index(rows)][:, index(cols)]


BLOCKY = Method(
    name="blocky",
    summary="Blocks, from a package of its own",
    family="plugin",
    function=blocky,
    source="a test of upscli",
    reach=1,
)


@dataclass(frozen=True)
class PosterOptions:
    width: int = option(32, "of the result, in pixels", 8, 4096)


def poster(pixels, rows: Axis, cols: Axis, options: PosterOptions, level: float):
    """One gray everywhere; what it is, a file says."""
    return np.full((len(rows.wanted), len(cols.wanted), pixels.shape[2]), level, np.float32)


def poster_size(size: tuple[int, int], options: PosterOptions) -> tuple[int, int]:
    return options.width, options.width * size[1] // size[0]


def poster_level(options: PosterOptions) -> float:
    return float(Path(__file__).with_name("upscli_blocky_level.txt").read_text())


POSTER = Method(
    name="poster",
    summary="One gray at a size of its own",
    family="plugin",
    function=poster,
    source="a test of upscli",
    options=PosterOptions,
    constant=False,
    load=poster_level,
    target=poster_size,
)
