"""Encoder and decoder: a picture contracted to 1/8, and brought back by each operator in turn."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.lessons.board import Floats, Lesson, Photo, Scene, Sign, plain
from upscli.lessons.decoders import FACTOR, SMOOTH, Level, Way, encoded, unpooled, ways_back
from upscli.lessons.photo import photo_of
from upscli.lessons.scenery import scene

SMALLER = 0.75
"""Of the pictures of the way down, beside those of the way back."""
DETAIL = 24
"""Pixels a side of the piece that is shown on terminals."""


def lesson(image: Path | None = None) -> Lesson:
    """Of a picture, or of a scene drawn here. Raises InputError, and MethodError for a picture that is too small."""
    picture, note = (scene().astype(np.float64), "") if image is None else photo_of(image, FACTOR)
    levels = encoded(picture)
    ways = ways_back(picture, levels)
    measures = {way.name: _measures(picture, way.pixels, levels) for way in ways}
    sizes = [_size(picture)]
    for level in levels:
        sizes += [_size(level.convolved), _size(level.pooled)]
    facts = {
        "topic": "encoder-decoder",
        "kernel": SMOOTH,
        "factor": FACTOR,
        "sizes": sizes,
        "steps": [{"operator": way.name, "how": way.how, **measures[way.name]} for way in ways],
    }
    words = (
        "The way down: three times a convolution and a max pooling of 2 x 2, which remembers its switches. The"
        " picture gets smaller and smaller; in a network it says better and better WHAT is there.",
        "The way up: the result must have the size of the input again, so that each answer stands WHERE it belongs."
        f" Each operator below starts from the same {_wide(levels[-1].pooled)} pixels.",
        *((note,) if note else ()),
    )
    scenes = (_down(picture, levels), _up(picture, ways, measures))
    return Lesson("encoder-decoder", "Encoder and decoder: there and back", words, scenes, plain(facts))


def _measures(picture: Floats, result: Floats, levels: list[Level]) -> dict[str, Any]:
    """How far places (pixels) and areas (levels) are off, 0 is perfect; and the PSNR, None if nothing differs."""
    error = float(np.square(picture - np.clip(result, 0, 255)).mean())
    areas = _blocks(picture).mean(axis=-1) - _blocks(result).mean(axis=-1)
    # Ones instead of values: black ones, too, have a place.
    remembered = unpooled([*levels[:-1], replace(levels[-1], pooled=np.ones_like(levels[-1].pooled))])
    away = _brightest(result) - _brightest(remembered)
    return {
        "where": float(np.hypot(*away).mean()),
        "what": float(np.abs(areas).mean()),
        "psnr": float(10 * np.log10(255**2 / error)) if error else None,
    }


def _blocks(pixels: Floats) -> Floats:
    """(rows, columns, channels, numbers of one block)"""
    high, wide = (n // FACTOR for n in pixels.shape[:2])
    blocks = pixels.reshape(high, FACTOR, wide, FACTOR, -1).transpose(0, 2, 4, 1, 3)
    return blocks.reshape(*blocks.shape[:3], -1)


def _brightest(pixels: Floats) -> Floats:
    """Where the brightest pixel of each block stands in it: (2, rows, columns, channels); of several, their middle."""
    blocks = _blocks(pixels)
    share = (blocks >= blocks.max(axis=-1, keepdims=True) - 1e-3).astype(np.float64)
    share /= share.sum(axis=-1, keepdims=True)
    down, across = np.divmod(np.arange(FACTOR**2), FACTOR)
    return np.stack([share @ down, share @ across])


def _size(pixels: Floats) -> list[int]:
    return [pixels.shape[1], pixels.shape[0]]


def _wide(pixels: Floats) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"


def _levels8(pixels: Floats) -> NDArray[np.uint8]:
    return np.floor(np.clip(pixels, 0, 255) + 0.5).astype(np.uint8)


def _detail_place(picture: Floats) -> tuple[slice, slice]:
    """The piece that terminals show: whole blocks, where neighbors differ most."""
    side = DETAIL // FACTOR
    deviation = _blocks(picture).std(axis=-1).sum(axis=-1)
    sums = np.lib.stride_tricks.sliding_window_view(deviation, (side, side)).sum(axis=(2, 3))
    top, left = (int(n) * FACTOR for n in np.unravel_index(sums.argmax(), sums.shape))
    return slice(top, top + DETAIL), slice(left, left + DETAIL)


def _down(picture: Floats, levels: list[Level]) -> Scene:
    pieces: list[Any] = [Photo("input", _levels8(picture), (_wide(picture),), show=SMALLER)]
    for halved, level in enumerate(levels, 1):
        for name, pixels in (("convolution", level.convolved), (f"pooling: 1/{2**halved}", level.pooled)):
            share = SMALLER * pixels.shape[1] / picture.shape[1]
            pieces += [Sign.GIVES, Photo(name, _levels8(pixels), (_wide(pixels),), show=share)]
    chain = " -> ".join([_wide(picture), *(_wide(level.pooled) for level in levels)])
    return Scene("The way down: convolution, then max pooling, three times", tuple(pieces), (chain,))


def _up(picture: Floats, ways: list[Way], measures: dict[str, dict[str, float]]) -> Scene:
    """All ways together, beside the input."""
    place, pixels = _detail_place(picture), _levels8(picture)
    photos: list[Any] = [Photo("input", pixels, (_wide(picture),), detail=pixels[place])]
    for way in ways:
        found = measures[way.name]
        caption = (
            way.how,
            f"WHERE: {way.where} (off by {found['where']:.1f} pixels)",
            f"WHAT: {way.what} (off by {found['what']:.0f} levels)",
        )
        pixels = _levels8(way.pixels)
        photos += [Sign.BESIDE, Photo(way.name, pixels, caption, detail=pixels[place])]
    words = (
        "WHERE is measured as the distance from the brightest pixel of each block to the place that the encoder took"
        f" it from; WHAT as the difference of the means of {FACTOR} x {FACTOR} areas, in levels of 255.",
        "A decoder is not the encoder's inverse: what pooling took away is gone, unless it was remembered or learned.",
    )
    return Scene(f"The way back: x {FACTOR} by each operator", tuple(photos), words)
