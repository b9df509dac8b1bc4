"""The mountains of the landscape: a height field in the camera's own perspective, lit by a low sun."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .noise import Array, fractal, gradient_noise, hash_unit, ridges, smoothstep

EYE = 0.035
FOCAL = 0.95
NEAR, FAR = 2.7, 15.0
SUN_SLOPE = 0.30

# x and z in kilometres, height, and how far it reaches: where the eye is to rest is no matter of chance.
_PEAKS = (
    (1.55, 9.2, 3.15, 1.75),
    (-2.9, 10.4, 2.35, 1.7),
    (4.9, 10.8, 2.5, 1.8),
    (-0.7, 11.8, 2.3, 1.5),
    (-5.2, 8.2, 1.7, 1.5),
    (3.6, 6.0, 0.95, 1.2),
    (-3.3, 5.3, 0.8, 1.15),
)


@dataclass
class Field:
    """Heights over slices of depth (rows) and columns of the view, wider to the left for its shadows."""

    x: Array
    z: Array
    height: Array
    trees: Array
    wood: Array
    margin: int


def _ground(x: Array, z: Array) -> Array:
    """Height above the lake, in kilometres; negative is under water."""
    bend_x = x + 0.45 * fractal(x * 0.45, z * 0.45, 3, 11)
    bend_z = z + 0.45 * fractal(x * 0.45 + 40, z * 0.45, 3, 21)
    massif = np.zeros_like(x)
    for peak_x, peak_z, top, reach in _PEAKS:
        away = np.hypot(bend_x - peak_x, bend_z - peak_z) / reach
        # A cone rounded only at its foot stays a mountain; a bell would be a hill.
        massif = np.maximum(massif, top * (1.25 * np.exp(-0.85 * away) - 0.25 * np.exp(-3 * away)))
    crest = ridges(bend_x * 0.62 + 5.3, bend_z * 0.62, 10, 31)
    shore = smoothstep(3.25, 5.0, z + 0.55 * fractal(x * 0.8 + 9, z * 0.3, 3, 51) + 0.10 * np.abs(x))
    hills = 0.16 * (fractal(x * 0.9, z * 0.9, 4, 61) + 0.45)
    return shore * (massif * (0.42 + 0.80 * crest) + hills) - 0.012


def _tree_tops(x: Array, z: Array, ground: Array) -> tuple[Array, Array]:
    """How far the nearest conifer of a jittered grid rises over the ground, and how dense the wood is."""
    cell = 0.021
    tops = np.zeros_like(x)
    jitter = hash_unit(3 * 65536, 71).reshape(3, 65536)
    column, row = np.floor(x / cell).astype(np.int64), np.floor(z / cell).astype(np.int64)
    for dz in (-1, 0, 1):
        for dx in (-1, 0, 1):
            at = ((row + dz) & 255) * 256 + ((column + dx) & 255)
            away_x = x / cell - (column + dx + jitter[0].take(at))
            away_z = z / cell - (row + dz + jitter[1].take(at))
            tall = 0.55 + 0.6 * jitter[2].take(at)
            np.maximum(tops, tall * (1 - 1.5 * np.hypot(away_x, away_z)), out=tops)
    line = 0.62 + 0.22 * fractal(x * 1.3, z * 1.3, 4, 81)
    glade = fractal(x * 2.1, z * 2.1, 3, 91) + 0.32
    grows = smoothstep(0.0, -0.16, ground - line) * smoothstep(0.0, 0.12, glade) * (ground > 0.002)
    return tops * grows * 0.034, grows


def field(width: int, slices: int) -> Field:
    """The height field for a picture `width` pixels wide."""
    margin = width // 5
    z = (NEAR * (FAR / NEAR) ** np.linspace(0, 1, slices))[:, None]
    column = np.arange(-margin, width, dtype=np.float64)[None, :]
    x = (column - width / 2 + 0.5) / (FOCAL * width) * z
    z = np.broadcast_to(z, x.shape)
    ground = _ground(x, z)
    trees, wood = _tree_tops(x, z, ground)
    return Field(x, z, ground + trees, trees, wood, margin)


def _slopes(land: Field, height: Array) -> tuple[Array, Array]:
    across = np.gradient(height, axis=1) / (land.x[:, 1] - land.x[:, 0])[:, None]
    along = np.gradient(height, land.z[:, 0], axis=0)
    # A column of the view is no line of constant x: take out what its slant adds.
    return across, along - across * land.x / land.z


def _sunlight(land: Field) -> Array:
    """1 in the sun and 0 in shadow; a sun with some width makes the edge soft."""
    total = np.zeros_like(land.height)
    slopes = SUN_SLOPE * np.array([0.86, 0.95, 1.05, 1.14])
    for slope in slopes:
        ray = land.height + land.x * slope
        over = np.maximum.accumulate(ray, axis=1) - ray
        total += np.exp(-np.clip(over, 0, 1) * 70)
    return total / len(slopes)


def _surface(land: Field, flat: Array) -> Array:
    """The colour of the ground in linear light."""
    x, z = land.x, land.z
    rough = fractal(x * 9, z * 9, 5, 101)
    strata = gradient_noise(x * 1.1 + rough, land.height * 16 + 0.8 * rough, 111)
    rock = np.array([0.120, 0.096, 0.084]) * (1 + 0.5 * strata + 0.6 * rough)[..., None]
    meadow = np.array([0.075, 0.080, 0.026]) * (1 + 0.5 * rough)[..., None]
    green = smoothstep(0.45, 0.80, flat) * smoothstep(1.35, 0.60, land.height + 0.3 * rough)
    colour = rock + (meadow - rock) * green[..., None]
    conifer = np.array([0.020, 0.032, 0.020]) * (1 + 0.6 * rough + 14 * land.trees)[..., None]
    colour += (conifer - colour) * land.wood[..., None]
    cover = land.height - 1.12 + 0.34 * rough + 0.9 * (flat - 0.5)
    snow = smoothstep(-0.06, 0.13, cover) * smoothstep(0.27, 0.43, flat + 0.13 * rough)
    return colour + (np.array([0.80, 0.83, 0.90]) - colour) * snow[..., None]


def lit(land: Field) -> Array:
    """The field's colours in linear light, before haze."""
    across, along = _slopes(land, land.height)
    up = 1 / np.sqrt(1 + across**2 + along**2)
    colour = _surface(land, up)
    sun = np.array([-0.86, SUN_SLOPE, -0.42])
    sun = sun / np.sqrt((sun**2).sum())
    facing = np.clip((-across * sun[0] + sun[1] - along * sun[2]) * up, 0, 1)
    direct = (facing * _sunlight(land))[..., None] * np.array([4.0, 1.85, 0.74])
    # Sky from above, and from the left some of the glow round the sun.
    sky = (0.45 + 0.55 * up)[..., None] * np.array([0.17, 0.28, 0.56])
    glow = np.clip(0.5 + 0.5 * across * up, 0, 1)[..., None] * np.array([0.22, 0.13, 0.09])
    # Little light comes down between the trees.
    deep = 1 - 0.75 * land.wood * (1 - np.clip(land.trees / 0.022, 0, 1))
    return colour * (direct + sky + glow) * deep[..., None]


def haze(colour: Array, x: Array, z: Array, height: Array) -> Array:
    """Air before the land: blue with distance, warm towards the sun, thick over the water."""
    side = np.clip(0.5 - 0.9 * x / z, 0, 1)[..., None]
    air = np.array([0.25, 0.31, 0.47]) + side**1.5 * np.array([0.75, 0.34, 0.04])
    mist = 0.45 * np.exp(-np.clip(height, 0, 9) / 0.30) * smoothstep(3.6, 7.5, z)
    thick = 1 - np.exp(-0.044 * (z - 2.0) * np.exp(-np.clip(height, 0, 9) * 0.30)) * (1 - mist)
    # A thin veil lies in patches over the far shore.
    patch = smoothstep(-0.40, 0.45, gradient_noise(x * 1.1 + 3.0, z * 1.1, 121))
    veil = np.exp(-((height - 0.05) ** 2) / 0.0040) * smoothstep(3.2, 4.2, z)
    thick = np.maximum(thick, 0.62 * patch * veil)
    return colour + (air - colour) * thick[..., None]


def view(width: int, horizon: int, rows: int, slices: int) -> tuple[Array, Array]:
    """The land in the first `rows` rows of the picture and, 0 or 1, where it covers them."""
    land = field(width, slices)
    colour = haze(lit(land), land.x, land.z, land.height)
    height = land.height[:, land.margin :]
    rise = (np.maximum(height, 0) - EYE) / land.z[:, land.margin :] * FOCAL * width
    rise = np.maximum.accumulate(rise, axis=0)
    picture = np.zeros((rows, width, 3))
    covered = np.zeros((rows, width))
    above = horizon - np.arange(rows) - 0.5
    for column in range(width):
        reached = np.searchsorted(rise[:, column], above)
        hit = np.clip(reached, 1, slices - 1)
        low, high = rise[hit - 1, column], rise[hit, column]
        part = np.clip((above - low) / np.maximum(high - low, 1e-9), 0, 1)[:, None]
        strip = colour[:, column + land.margin]
        picture[:, column] = strip[hit - 1] + (strip[hit] - strip[hit - 1]) * part
        covered[:, column] = (reached < slices) & (height[hit, column] > 0)
    return picture, covered
