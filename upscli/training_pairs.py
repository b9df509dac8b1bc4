"""Pictures of a folder as pairs to learn from: the picture itself, and what a degradation leaves of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from upscli.errors import InputError
from upscli.kernels import color, depth
from upscli.kernels.degrade import Degradation, cropped
from upscli.learned.pairs import WHITE, Luma, Pair
from upscli.pictures.degraded import degraded
from upscli.pictures.header import Limits, Source
from upscli.whole import Pixels, hold

Watch = Callable[[int], None]
"""Called with how many pictures are read."""


@dataclass(frozen=True)
class Making:
    """How a picture becomes a pair."""

    scale: int
    degradation: Degradation = field(default_factory=Degradation)
    least: int = 1
    """Pixels that the small picture must have along both sides."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Read:
    """Pairs, and a sentence for each picture that gave none."""

    pairs: tuple[Pair, ...]
    refused: tuple[str, ...]


def read_pairs(sources: Iterable[Source], making: Making, watch: Watch | None = None) -> Read:
    """A pair of each picture that can be read and is large enough, in their order."""
    pairs, refused = [], []
    for count, source in enumerate(sources, 1):
        try:
            pairs.append(_pair(source, making))
        except InputError as error:
            refused.append(str(error))
        if watch:
            watch(count)
    return Read(tuple(pairs), tuple(refused))


def _pair(source: Source, making: Making) -> Pair:
    pixels = hold(source, making.limits).pixels
    if min(pixels.shape[:2]) < making.least * making.scale:
        size = f"{pixels.shape[1]} x {pixels.shape[0]}"
        raise InputError(f"{source}: {size} pixels are too few; {making.least * making.scale} a side are needed")
    large = cropped(pixels, making.scale)
    return Pair(_luma(degraded(large, making.scale, making.degradation)), _luma(large))


def _luma(pixels: Pixels) -> Luma:
    gray = pixels[..., 0].astype(np.float64) if pixels.shape[2] == 1 else color.luma(pixels)
    levels = np.round(gray * (WHITE / depth.peak(pixels.dtype)))
    return np.clip(levels, 0, WHITE).astype(np.uint16)
