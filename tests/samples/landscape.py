"""A mountain lake in the evening: the one picture that has to look like a photograph."""

from __future__ import annotations

import numpy as np
from PIL import Image

from . import terrain
from .conifers import plant
from .noise import Array, fractal, gradient_noise, smoothstep
from .reduce import levels, reduced, srgb

WIDTH, HEIGHT, SCALE = 480, 320, 3
HORIZON, SHORE, BANK = 196, 199, 226
SLICES = 640


def _directions(rows: int) -> tuple[Array, Array]:
    """Sideways and upwards slope of every view ray over the horizon."""
    focal = terrain.FOCAL * WIDTH * SCALE
    side = (np.arange(WIDTH * SCALE) + 0.5 - WIDTH * SCALE / 2) / focal
    up = (HORIZON * SCALE - np.arange(rows) - 0.5) / focal
    return np.meshgrid(side, up)


def _clear_sky(side: Array, up: Array) -> Array:
    """Blue overhead, gold where the sun goes down to the left, rose opposite."""
    up = np.clip(up, 0, 1)
    zenith, middle = np.array([0.030, 0.095, 0.27]), np.array([0.20, 0.31, 0.50])
    gold, rose = np.array([1.25, 0.55, 0.16]), np.array([0.58, 0.34, 0.33])
    west = smoothstep(0.55, -0.60, side)[..., None]
    low = gold * west + rose * (1 - west)
    lift = up[..., None]
    sky = zenith + (middle - zenith) * np.exp(-lift * 4.8) + (low - middle) * np.exp(-lift * 9.5)
    away = np.hypot(side + 0.60, 1.25 * (up - 0.05))
    return sky + np.exp(-away / 0.20)[..., None] * np.array([1.9, 0.80, 0.16])


def _cloud(u: Array, v: Array) -> Array:
    streak = fractal(u * 0.55 + 0.22 * v, v * 0.95, 6, 301)
    banks = gradient_noise(u * 0.21 + 4.3, v * 0.33 + 1.7, 311)
    return 1.25 * streak + 1.1 * banks + 0.26


def _sky(rows: int) -> Array:
    """The sky with its clouds: a flat layer seen in perspective, lit from beneath and the left."""
    side, up = _directions(rows)
    sky = _clear_sky(side, up)
    far = 1 / (np.clip(up, 0, 1) + 0.075)
    u, v = side * far * 1.35, far
    thick = _cloud(u, v)
    towards = _cloud(u - 0.30, v + 0.12)
    cover = smoothstep(0.02, 0.62, thick) * smoothstep(0.0, 0.10, up) * 0.92
    shine = np.clip(0.52 + 0.95 * (thick - towards) - 0.35 * (thick - 0.3), 0, 1)
    west = smoothstep(0.6, -0.55, side)
    warm = np.array([1.05, 0.52, 0.36]) + west[..., None] * np.array([0.75, 0.32, 0.02])
    shade = np.array([0.205, 0.205, 0.30]) + west[..., None] * np.array([0.12, 0.03, -0.02])
    cloud = shade + (warm - shade) * shine[..., None] ** 1.2
    return sky + (cloud - sky) * cover[..., None]


def _mirror(scene: Array, shore: Array, cover: Array) -> Array:
    """What still water would show below the far shore: the scene and the near shore, upside down."""
    rows = np.arange(SHORE * SCALE, HEIGHT * SCALE)
    image = scene[np.clip(2 * SHORE * SCALE - 1 - rows, 0, None)]
    below = rows >= BANK * SCALE
    source = 2 * BANK * SCALE - 1 - rows[below]
    veil = cover[source][..., None]
    image[below] += veil * (shore[source] - image[below])
    return image


def _water(mirror: Array) -> Array:
    """The lake: the mirror image, moved by ripples, darker the steeper one looks down into it."""
    rows, width, _ = mirror.shape
    row = np.arange(rows, dtype=np.float64)[:, None] / SCALE
    column = np.arange(width, dtype=np.float64)[None, :] / SCALE
    depth = 60.0 / (row + (SHORE - HORIZON) + 1.0)
    u, v = (column - WIDTH / 2) * depth * 0.045, depth * 9.0 + column * 0
    breeze = smoothstep(-0.15, 0.55, gradient_noise(u * 0.10 + 2.2, v * 0.16, 401) + 0.25)
    wave = fractal(u * 0.9, v * 1.5, 3, 411)
    # Waves stretch the image up and down far more than sideways.
    sway = wave * (0.6 + 0.022 * row) * (0.4 + 1.0 * breeze) * SCALE
    from_row = np.clip(np.floor(np.arange(rows)[:, None] + 2.4 * sway + 0.5), 0, rows - 1).astype(np.int64)
    from_column = np.floor(np.arange(width)[None, :] + 0.5 * sway + 0.5)
    image = mirror[from_row, np.clip(from_column, 0, width - 1).astype(np.int64)]
    bright = 0.80 - 0.34 * (row / (HEIGHT - SHORE))[..., None] - 0.10 * wave[..., None] * breeze[..., None]
    water = image * bright + np.array([0.006, 0.018, 0.026])
    streak = smoothstep(0.30, 0.75, fractal(u * 0.05 + 7, v * 0.55, 3, 421)) * np.exp(-row / 22)
    return water + (np.array([0.62, 0.50, 0.46]) - water) * (0.30 * streak)[..., None]


def _graded(linear: Array) -> Array:
    """Light as film takes it: a soft shoulder, a little contrast, darker corners."""
    rows = np.linspace(-1, 1, linear.shape[0])[:, None]
    columns = np.linspace(-1, 1, linear.shape[1])[None, :]
    corner = 1 - 0.16 * (rows**2 + columns**2) ** 1.5 / 2
    light = linear * (1.12 * corner)[..., None]
    film = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    grey = film @ np.array([0.2126, 0.7152, 0.0722])
    return np.clip(grey[..., None] + 1.08 * (film - grey[..., None]), 0, 1)


def draw() -> Image.Image:
    """Evening sun on a snowy massif beyond a lake, conifers framing it; fine texture beside smooth sky."""
    rows = SHORE * SCALE + 12
    scene = _sky(rows)
    land, covered = terrain.view(WIDTH * SCALE, HORIZON * SCALE, rows, SLICES)
    scene += covered[..., None] * (land - scene)
    shore, cover = plant(WIDTH, BANK, SCALE)
    picture = np.empty((HEIGHT * SCALE, WIDTH * SCALE, 3))
    picture[SHORE * SCALE :] = _water(_mirror(scene, shore, cover))
    # The far shore is no straight line: it covers what the water begins with.
    picture[: SHORE * SCALE] = scene[: SHORE * SCALE]
    near = picture[SHORE * SCALE : rows]
    near += covered[SHORE * SCALE :][..., None] * (scene[SHORE * SCALE :] - near)
    upper = picture[: BANK * SCALE]
    upper += cover[..., None] * (shore - upper)
    return Image.fromarray(levels(srgb(reduced(_graded(picture), SCALE))))
