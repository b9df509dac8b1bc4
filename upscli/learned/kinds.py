"""The kinds of models, and how each becomes one that can be used."""

from collections.abc import Callable, Mapping
from pathlib import Path

from upscli.errors import ModelError
from upscli.learned import buckets, linear, network
from upscli.learned.luma import LumaModel
from upscli.learned.modelfile import Model

READY: Mapping[str, Callable[[Model], LumaModel]] = {
    "linear": linear.ready,
    "buckets": buckets.ready,
    "network": network.ready,
}
"""By the kind that the header names."""

WEIGHTS = Path(__file__).parent / "weights"
"""Of the models that come with the program."""


def ready(model: Model, where: Path) -> LumaModel:
    """The model of a file, checked as a whole. Raises ModelError, naming the file."""
    try:
        return READY[model.header.kind](model)
    except ModelError as error:
        raise ModelError(f"{where}: {error}") from None
