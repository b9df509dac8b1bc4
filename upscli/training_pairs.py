"""Pictures of a folder as pairs to learn from: the picture itself, and what a degradation leaves of it."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import InputError, MethodError
from upscli.kernels import color, depth
from upscli.kernels.axis import Axis
from upscli.kernels.degrade import Degradation, cropped, matlab_bicubic
from upscli.learned.luma import LumaModel, bicubic, enlarged
from upscli.learned.pairs import WHITE, Luma, Pair
from upscli.pictures.degraded import degraded
from upscli.pictures.header import Limits, Source
from upscli.whole import Pixels, hold

HELD_OUT = 12
"""Without pictures to score on, every so many-th one is not learned from."""

Watch = Callable[[int], None]
"""Called with how many pictures are read."""


@dataclass(frozen=True)
class Making:
    """How a picture becomes a pair."""

    scale: int
    degradation: Degradation = field(default_factory=Degradation)
    resize: tuple[float, ...] = ()
    """Factors. A pair is also made of the picture at each of these sizes: what is sharp to the pixel becomes softer or
    sharper still, as pictures of other cameras and sites are. A factor given twice counts twice: patches are drawn by
    area, and of a picture at half its size there is a quarter."""
    colors: bool = False
    """Whether pairs are also made of its red and of its blue alone, as if each were a gray picture: many pictures from
    few keep a large network from learning them by heart."""
    phases: bool = False
    """Whether pairs are made of every place that the grid of the small picture can have on the large one: scale * scale
    of them, which together are about as large as the picture. An edge is learned from wherever the grid may cut it."""
    least: int = 1
    """Pixels that the small picture must have along both sides."""
    limits: Limits = field(default_factory=Limits)


def key_of(settings: Sequence[Any], pictures: Iterable[Source]) -> str:
    """What a checkpoint must have been made from: settings, as JSON has them, and files."""
    files = [(str(one), (found := one.path.stat()).st_size, found.st_mtime_ns) for one in pictures]
    return sha256(json.dumps([*settings, files]).encode()).hexdigest()


@dataclass(frozen=True)
class Read:
    """Pairs, and a sentence for each picture that gave none."""

    pairs: tuple[Pair, ...]
    pictures: int
    """That they were made of."""
    refused: tuple[str, ...]


def read_pairs(sources: Iterable[Source], making: Making, watch: Watch | None = None) -> Read:
    """The pairs of each picture that can be read and is large enough, in their order."""
    pairs: list[Pair] = []
    refused: list[str] = []
    count = 0
    for count, source in enumerate(sources, 1):
        try:
            pairs += pairs_of(source, making)
        except InputError as error:
            refused.append(str(error))
        if watch:
            watch(count)
    return Read(tuple(pairs), count - len(refused), tuple(refused))


def pair_of(source: Source, making: Making) -> Pair:
    """One picture's at its own size. Raises InputError if it cannot be read or is too small."""
    return pairs_of(source, replace(making, resize=(), phases=False))[0]


def pairs_of(source: Source, making: Making) -> list[Pair]:
    """One picture's, the first of its own size.

    Raises InputError if it cannot be read, is too small, has no luma, or cannot be degraded in this way.
    """
    least = making.least * making.scale
    pixels = _read(source, making.limits, least)
    resized = [_resized(pixels, factor) for factor in making.resize]
    sizes = [each for each in (pixels, *resized) if min(each.shape[:2]) >= least]
    colored = making.colors and pixels.shape[2] >= 3
    alone = [each[..., channel : channel + 1] for each in sizes for channel in (0, 2)] if colored else []
    try:
        return [pair for each in (*sizes, *alone) for pair in _pairs(each, making)]
    except MethodError as error:
        raise InputError(f"{source}: {error}") from None


def _read(source: Source, limits: Limits, least: int) -> Pixels:
    held = hold(source, limits)
    if (kind := held.layout.color) not in ("gray", "rgb"):
        raise InputError(f"{source}: models learn from gray and RGB, and this picture is {kind}; convert it first")
    high, wide = held.pixels.shape[:2]
    if min(high, wide) < least:
        raise InputError(f"{source}: {wide} x {high} pixels are too few; {least} a side are needed")
    return held.pixels


def _resized(pixels: Pixels, factor: float) -> Pixels:
    """Of what became larger the middle, so that no size weighs more than the picture's own."""
    made = matlab_bicubic(pixels, 1 / factor)
    rows, cols = (
        slice(max(0, (new - old) // 2), max(0, (new - old) // 2) + old)
        for new, old in zip(made.shape, pixels.shape[:2], strict=False)
    )
    return made[rows, cols]


def _pairs(pixels: Pixels, making: Making) -> Iterator[Pair]:
    """Of one size: one for each phase, their large pictures parts of one array."""
    scale, luma = making.scale, _luma(pixels)
    phases = range(scale if making.phases else 1)
    for top, left in product(phases, phases):
        part = pixels[top:, left:]
        if min(part.shape[:2]) < making.least * scale:
            continue
        part = cropped(part, scale)
        high, wide = part.shape[:2]
        yield Pair(_luma(degraded(part, scale, making.degradation)), luma[top : top + high, left : left + wide])


def held_out(
    pictures: tuple[Source, ...], validation: tuple[Source, ...]
) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """What to learn from and what to score on: if nothing is given for that, every so many-th picture, or the last."""
    if validation or len(pictures) < 2:
        return pictures, validation
    kept = set(pictures[HELD_OUT - 1 :: HELD_OUT]) or {pictures[-1]}
    return tuple(one for one in pictures if one not in kept), tuple(one for one in pictures if one in kept)


def floats(pair: Pair) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Small and large, white at 1."""
    return pair.small.astype(np.float32) / np.float32(WHITE), pair.large.astype(np.float32) / np.float32(WHITE)


def made_of(small: NDArray[np.float32], scale: int, model: LumaModel | None) -> NDArray[np.float32]:
    """What a model, or bicubic, makes of (h, w): (scale h, scale w), white at 1 and not yet clipped."""
    reach = max(1, model.reach) if model else 1
    rows, cols = (Axis.whole(size, size * scale, reach) for size in small.shape)
    sides = [(-axis.held.start, axis.held.stop - axis.size) for axis in (rows, cols)]
    pixels = np.pad(small[..., np.newaxis], [*sides, (0, 0)], mode="edge")
    made = enlarged(pixels, rows, cols, model) if model else bicubic(pixels, rows, cols)
    return made[..., 0]


def psnr(pair: Pair, scale: int, model: LumaModel | None) -> float:
    """Of a model's luma, or bicubic's, against the large picture; as papers score, without `scale` pixels a side."""
    small, large = floats(pair)
    inner = slice(scale, -scale)
    error = (made_of(small, scale, model).clip(0, 1) - large)[inner, inner] * 219
    return float(10 * np.log10(255**2 / max(float(np.mean(error * error)), 1e-12)))


def _luma(pixels: Pixels) -> Luma:
    gray = pixels[..., 0].astype(np.float64) if pixels.shape[2] == 1 else color.luma(pixels)
    levels = np.round(gray * (WHITE / depth.peak(pixels.dtype)))
    return np.clip(levels, 0, WHITE).astype(np.uint16)
