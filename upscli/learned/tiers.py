"""The sizes of network that `upscli train --kind network` makes, and how each is trained."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tier:
    """A plain stack of 3x3 convolutions, and the course that trains it well."""

    name: str
    channels: int
    depth: int
    """Convolutions between the first and the last."""
    iterations: int
    patch: int
    """Source pixels along each side of a training patch."""
    batch: int
    rate: float
    """Largest learning rate."""
    alike: int = 8
    """Positions of a picture that are treated alike: 8 of the square, or 4 that are mirrored (`alike`)."""

    @property
    def reach(self) -> int:
        """Source pixels that the network looks at on each side."""
        return self.depth + 2


TIERS = {
    tier.name: tier
    for tier in (
        Tier("fast", 16, 7, iterations=20_000, patch=40, batch=16, rate=2e-3, alike=4),
        Tier("balanced", 48, 8, iterations=16_000, patch=40, batch=16, rate=1e-3),
        Tier("best", 64, 16, iterations=18_000, patch=48, batch=8, rate=5e-4),
    )
}
