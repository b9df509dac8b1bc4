"""What is fitted in closed form, from sizes to the arrays of a model file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upscli.errors import MethodError
from upscli.learned import fit
from upscli.learned.buckets import BLOCKS
from upscli.learned.fit import Normals
from upscli.learned.hashing import Floats, Hash
from upscli.learned.linear import bicubic_kernel, kernel_of
from upscli.learned.symmetry import SIDES

WINDOWS = {"linear": tuple(range(5, 32, 2)), "buckets": tuple(side + BLOCKS - 1 for side in SIDES)}
"""That each kind can have."""
USUAL = {"linear": 11, "buckets": 9}
COMPONENTS = 24
ANCHORS = {2: (24, 20), 3: (20, 16)}
"""Coarse ones and finer ones below each, by scale: larger patches have longer filters, and fewer windows to learn."""
RANKS = {2: 24, 3: 40, 4: 56}
"""Numbers that stand for a predicted patch; more changed the score by less than 0.01 dB."""


@dataclass(frozen=True)
class Sizes:
    """What decides how much is fitted."""

    kind: str
    """`linear` or `buckets`"""
    scale: int
    window: int
    """Source pixels along each axis that a result is made from."""
    anchors: tuple[int, int] | None = None
    """Of the kind `buckets`: coarse ones, and finer ones below each. None: the usual ones."""

    def check(self) -> None:
        """Raise MethodError for a window that the kind cannot have."""
        able = WINDOWS[self.kind]
        if self.window not in able:
            raise MethodError(
                f"window {self.window} is not one of {', '.join(map(str, able))}, which {self.kind} can have"
            )

    @property
    def side(self) -> int:
        """Pixels a side of the windows that are looked at: those of buckets overlap."""
        return self.window - (BLOCKS - 1 if self.kind == "buckets" else 0)

    @property
    def coarse(self) -> int:
        """Anchors of the first step."""
        return (self.anchors or ANCHORS.get(self.scale, (16, 16)))[0]

    @property
    def fine(self) -> int:
        """Anchors below each of them."""
        return (self.anchors or ANCHORS.get(self.scale, (16, 16)))[1]

    @property
    def components(self) -> int:
        """Of a window, that the anchors know."""
        return min(COMPONENTS, self.side**2 - 1)

    @property
    def rank(self) -> int:
        """Numbers that stand for a patch of results."""
        return min(RANKS.get(self.scale, 72), (BLOCKS * self.scale) ** 2)

    @property
    def equations(self) -> tuple[int, int, int]:
        """Filters, numbers of a window, and results."""
        if self.kind == "linear":
            return 1, self.side**2, self.scale**2
        return self.coarse * self.fine, self.side**2, (BLOCKS * self.scale) ** 2

    @property
    def settings(self) -> dict[str, Any]:
        """Of the header."""
        if self.kind == "linear":
            return {}
        names = ("side", "components", "coarse", "fine", "rank")
        return {name: getattr(self, name) for name in names}

    def normals(self, small: Floats, large: Floats, hash_: Hash | None) -> Normals:
        """What one picture adds to the equations: luma 0..1, (h, w) and (scale h, scale w)."""
        if hash_ is None:
            return fit.linear_normals(small, large, self.scale, self.window)
        return fit.bucket_normals(small, large, self.scale, hash_)


def arrays_of(sizes: Sizes, normals: Normals, hash_: Hash | None) -> Mapping[str, NDArray[Any]]:
    """The arrays of the model file, rounded as they are kept there."""
    if hash_ is None:
        added = fit.solved_linear(normals, sizes.scale)
        return {"kernel": (bicubic_kernel(sizes.scale, sizes.window) + kernel_of(added)).astype(np.float32)}
    filters, decode = fit.solved_buckets(normals, sizes.fine, sizes.rank)
    # One scale for each filter and number: bytes then cost less than 0.01 dB, and a quarter of the room of floats.
    gains = (np.abs(filters).max(axis=1, keepdims=True) / 127).astype(np.float16).astype(np.float64)
    parts = np.divide(filters, gains, out=np.zeros_like(filters), where=gains > 0)
    whole = np.clip(np.rint(parts), -127, 127).astype(np.int8)
    return {**hash_.arrays(), "filters": whole, "gains": gains.astype(np.float16), "decode": decode.astype(np.float16)}
