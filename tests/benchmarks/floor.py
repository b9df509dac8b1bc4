"""What this machine could do at best, measured, and how far each work is from it."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import kernels
import numpy as np
from mosaic import Mosaic, Pixels
from numpy.typing import NDArray
from PIL import Image
from programs import QUALITY, START, Bench
from startup import BARE
from table import FloorRow, Row, seconds
from timing import best, cores, one_core, tell

import upscli

USED = (4, 5, 4032, 47)
"""Results, window, line and batch of a matrix product as one tile's vertical pass has them."""


@dataclass(frozen=True)
class Rates:
    """Of one core: bytes read and written, operations, and bytes deflated, per second."""

    copy: float
    product: float
    product_used: float
    deflate: float
    codec: str

    @property
    def words(self) -> str:
        """One line for the report."""
        results, window, line, _ = USED
        return (
            f"One core copies {self.copy / 1e9:.1f} GB/s (read + written), multiplies large matrices at"
            f" {self.product / 1e9:.0f} GFLOP/s and blocks of {results}x{window} by {window}x{line} at"
            f" {self.product_used / 1e9:.0f} GFLOP/s, and deflates the Paeth-filtered result at"
            f" {self.deflate / 1e6:.0f} MB/s ({self.codec})."
        )


def rates(picture: Mosaic, quick: bool) -> Rates:
    """Measure them."""
    tell("floor: bandwidth, matrix products, deflate")
    small = 16 if quick else 1
    with one_core():
        result = upscli.enlarge(picture.pixels, "bicubic", 2)
        deflate, codec = _deflate(paeth(result))
        return Rates(_copy((256 << 20) // small), _product(1536 // small), _product_used(), deflate, codec)


def rows(found: list[Row], picture: Mosaic, bench: Bench, measured: Rates) -> list[FloorRow]:
    """The distance of every work among `found` that has a floor."""
    ours = {row.key: row for row in found}
    bound = [_kernel(case, picture, measured, ours[case.key]) for case in kernels.CASES if case.key in ours]
    resampled = _bounds(kernels.CASES[0], picture, measured)[0] / cores()
    for key, parts in (("png", _png), ("jpeg", _jpeg)):
        if key in ours:
            tell(f"floor: {key} decoded and encoded")
            fixed = {START: ours[key].start, "resampled": resampled}
            bound.append(_sum(ours[key], fixed | parts(bench, measured)))
    if "help" in ours:
        bound.append(_sum(ours["help"], {BARE: ours["help"].start}))
    return bound


def paeth(pixels: Pixels) -> NDArray[np.uint8]:
    """The bytes that PNG's filter 4 makes of a picture, row by row; not timed, so written as the specification says."""
    height, width, channels = pixels.shape
    filtered = np.empty((height, 1 + width * channels), np.uint8)
    filtered[:, 0] = 4
    above = np.zeros((width + 1, channels), np.int16)
    for row, out in zip(pixels, filtered, strict=True):
        line = np.zeros_like(above)
        line[1:] = row
        left, up, corner = line[:-1], above[1:], above[:-1]
        guess = left + up - corner
        away = np.stack([np.abs(guess - near) for near in (left, up, corner)])
        nearest = np.choose(away.argmin(axis=0), (left, up, corner))
        out[1:] = (row - nearest).astype(np.uint8).reshape(-1)
        above = line
    return filtered


def _copy(size: int) -> float:
    source, target = np.ones(size, np.uint8), np.ones(size, np.uint8)
    return 2 * size / best(lambda: np.copyto(target, source))


def _product(side: int) -> float:
    one = np.ones((side, side), np.float32)
    out = np.empty_like(one)
    return float(2 * side**3 / best(lambda: np.matmul(one, one, out=out)))


def _product_used() -> float:
    results, window, line, batch = USED
    weights = np.ones((1, results, window), np.float32)
    lines = np.ones((batch, window, line), np.float32)
    out = np.empty((batch, results, line), np.float32)
    return 2 * results * window * line * batch / best(lambda: np.matmul(weights, lines, out=out), 20)


def _deflate(data: NDArray[np.uint8]) -> tuple[float, str]:
    try:
        from isal import isal_zlib
    except ImportError:
        return data.nbytes / best(lambda: zlib.compress(data, 1), 2), "zlib level 1, isal is not installed"
    return data.nbytes / best(lambda: isal_zlib.compress(data, 1), 3), "isal level 1"


def _bounds(case: kernels.Case, picture: Mosaic, measured: Rates) -> tuple[float, float, float]:
    """The larger of: every byte moved once, and the multiplications that the weights cannot do without."""
    width, height = picture.size
    wide, high = (round(length * case.factor) for length in picture.size)
    memory = 3 * (width * height + wide * high) / measured.copy
    products = 2 * 3 * case.taps * (height * wide + high * wide) / measured.product
    return max(memory, products), memory, products


def _kernel(case: kernels.Case, picture: Mosaic, measured: Rates, ours: Row) -> FloorRow:
    bound, memory, products = _bounds(case, picture, measured)
    parts = f"memory {seconds(memory)}" + (f", multiplications {seconds(products)}" if case.taps else "")
    return FloorRow(ours.work, ours.ours, bound, parts)


def _sum(ours: Row, parts: dict[str, float]) -> FloorRow:
    words = " + ".join(f"{name} {seconds(value)}" for name, value in parts.items())
    return FloorRow(ours.work, ours.ours, sum(parts.values()), words)


def _png(bench: Bench, measured: Rates) -> dict[str, float]:
    with Image.open(bench.folder / "upscli.png") as image:
        deflated = 3 * image.width * image.height / measured.deflate / cores()
    size = (bench.folder / "upscli.png").stat().st_size
    written = best(lambda: _kept(bench.folder / "kept", bytes(size)))
    return {"decoded": _decode(bench.folder / "in.png"), "deflated": deflated, "on disk": written}


def _jpeg(bench: Bench, measured: Rates) -> dict[str, float]:
    with Image.open(bench.folder / "upscli.jpg") as image:
        image.load()
        encoded = best(lambda: image.save(BytesIO(), "JPEG", quality=QUALITY, subsampling=0), 3)
    return {"decoded": _decode(bench.folder / "in.jpg"), "encoded": encoded}


def _decode(path: Path) -> float:
    return best(lambda: Image.open(path).load())


def _kept(path: Path, data: bytes) -> None:
    """What a file costs that must survive a power cut."""
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
