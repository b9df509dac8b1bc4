"""Sheets with numbers that never change, and their goldens: `python tests/sheets.py` draws those again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from upscli.comparison import Cell, Comparison
from upscli.pictures import drawing
from upscli.sheet import Look, sheet_of

GOLDENS = Path(__file__).parent / "goldens" / "sheets"


def rings(blur: float, places: tuple[int, int], size: tuple[int, int] = (64, 32)) -> NDArray[np.uint8]:
    """Rings round a point, fading by `blur`, in few colors: their files are small."""
    rows, columns = np.mgrid[: size[1], : size[0]].astype(float)
    away = np.hypot(columns - places[0], rows - places[1])
    waves = np.cos(away * away / 18) * np.exp(-blur * away)
    steps = np.floor(4 * waves + 0.5)
    return np.stack([128 + 28 * steps, 128 + 25 * steps, 150 - 23 * steps], axis=2).astype(np.uint8)


PLACES = ((20, 20), (50, 10))


def cell(label: str, blur: float, psnr: float | None, best: bool = False) -> Cell:
    method, *words = label.split(" ", 1)
    options = dict(word.split("=", 1) for word in words)
    crops = tuple(rings(blur, place) for place in PLACES)
    ssim = None if psnr is None else psnr / 40
    return Cell(method, options, label, 0.0024 + blur, psnr, ssim, False, best, crops)


SCORED = Comparison(
    source="rings.png",
    size=(200, 150),
    target=(400, 300),
    basis="The picture was made 2 times smaller by antialiased bicubic, enlarged back, and scored against itself.",
    crops=((10, 20, 64, 32), (200, 100, 64, 32)),
    cells=(
        cell("nearest", 0.09, 24.5),
        cell("bilinear", 0.06, 26.25),
        cell("bicubic a=-0.75", 0.03, 29.75, best=True),
        cell("transposed-conv kernel=1 2 1; 2 4 2; 1 2 1 normalize=True", 0.05, 27.5),
    ),
    reference=tuple(rings(0.0, place) for place in PLACES),
    notes=("A note.",),
    timing="Seconds are those of one core.",
)
PLAIN = replace(
    SCORED,
    basis="No scores: the picture was only enlarged.",
    crops=SCORED.crops[:1],
    cells=tuple(replace(one, psnr=None, ssim=None, best=False, crops=one.crops[:1]) for one in SCORED.cells),
    reference=None,
)

SHEETS = {
    "light": (SCORED, Look()),
    "dark": (SCORED, Look(theme="dark")),
    "difference": (SCORED, Look(difference=True)),
    "spectrum": (SCORED, Look(theme="dark", difference=True, spectrum=True)),
    "mean": (PLAIN, Look(difference=True)),
    "narrow": (PLAIN, Look(zoom=1, columns=1)),
    "wide": (PLAIN, Look(zoom=10)),
}


def drawn(name: str) -> NDArray[np.uint8]:
    """The pixels of a sheet."""
    return drawing.pixels_of(sheet_of(*SHEETS[name]))


if __name__ == "__main__":
    GOLDENS.mkdir(parents=True, exist_ok=True)
    for name in SHEETS:
        Image.fromarray(drawn(name)).save(GOLDENS / f"{name}.png", optimize=True)
