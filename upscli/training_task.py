"""What a training of any kind is given: pictures, where the model goes, and what its card says."""

from dataclasses import dataclass, field
from pathlib import Path

from upscli.kernels.degrade import Degradation
from upscli.learned.modelfile import Credit
from upscli.pictures.header import Source


@dataclass(frozen=True)
class Task:
    """The part of an order that does not depend on the kind of model."""

    pictures: tuple[Source, ...]
    validation: tuple[Source, ...]
    """May be empty: some of the pictures are then held out."""
    output: Path
    degradation: Degradation = field(default_factory=Degradation)
    seed: int = 0
    threads: int = 1
    overwrite: bool = False
    credits: tuple[Credit, ...] = ()
    licence: str = ""
    command: str = ""
    tried: tuple[str, ...] = ()

    @property
    def checkpoint(self) -> Path:
        """Beside the output; it is removed when that is written."""
        return self.output.with_name(self.output.name + ".checkpoint")
