"""Methods that were trained: models of luma from files, the program's own or the user's."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from upscli.errors import MethodError
from upscli.learned import kinds, luma, modelfile
from upscli.learned.luma import LumaModel
from upscli.learned.modelfile import Header
from upscli.method import Axis, Method, NoOptions, Pixels
from upscli.options import option

SCALES = (2, 3, 4)
"""Factors that each bundled method has a model for."""

Models = Callable[[int], LumaModel]
"""The model of a factor."""


def _enlarged(pixels: Pixels, rows: Axis, cols: Axis, options: Any, models: Models) -> Pixels:
    return luma.enlarged(pixels, rows, cols, models(rows.target // rows.size))


@dataclass(frozen=True)
class TrainedOptions:
    """Which model."""

    model: Path = option(Path(), "file that 'upscli train' wrote")


def _header(options: TrainedOptions) -> Header:
    if options.model == Path():
        raise MethodError("trained needs -O model=FILE, which 'upscli train' writes")
    return modelfile.load(options.model).header


def _trained_models(options: TrainedOptions) -> Models:
    scale = _header(options).scale
    made = kinds.ready(modelfile.load(options.model), options.model)
    return {scale: made}.__getitem__


def _trained_scales(options: TrainedOptions) -> tuple[int, ...]:
    return SCALES if options.model == Path() else (_header(options).scale,)


def _trained_reach(options: TrainedOptions) -> int:
    return 1 if options.model == Path() else max(1, _header(options).reach)


def _trained_busy(options: TrainedOptions) -> bool:
    return options.model != Path() and _header(options).kind == "buckets"


def _card(file: Path) -> dict[str, Any]:
    """The header of a model file as plain values, and what it takes."""
    header = modelfile.load(file).header
    fields = asdict(header)
    fields["layers"] = len(header.layers)
    return {"file": file.name, "bytes": file.stat().st_size, **fields}


def _trained_cards(options: TrainedOptions) -> tuple[dict[str, Any], ...]:
    return () if options.model == Path() else (_card(options.model),)


TRAINED = Method(
    name="trained",
    summary="A model of your own, which 'upscli train' makes from your pictures",
    family="learned",
    function=_enlarged,
    source="the model file's header",
    options=TrainedOptions,
    reach=_trained_reach,
    scales=_trained_scales,
    busy=_trained_busy,
    trained=True,
    load=_trained_models,
    cards=_trained_cards,
)


def weights(name: str, scale: int) -> Path:
    """The file of a bundled model."""
    return kinds.WEIGHTS / f"{name}-x{scale}.npz"


def _bundled(name: str, summary: str, source: str, reach: int, busy: bool = False) -> Method:
    """The record of a method whose models come with the program, all of that reach or less."""

    @cache
    def model(scale: int) -> LumaModel:
        file = weights(name, scale)
        return kinds.ready(modelfile.load(file), file)

    def models(options: NoOptions) -> Models:
        return model

    def cards(options: NoOptions) -> tuple[dict[str, Any], ...]:
        return tuple(_card(weights(name, scale)) for scale in SCALES)

    return Method(
        name=name,
        summary=summary,
        family="learned",
        function=_enlarged,
        source=source,
        reach=reach,
        scales=SCALES,
        busy=busy,
        trained=True,
        load=models,
        cards=cards,
    )


LEARNED_LINEAR = _bundled(
    "learned-linear",
    "One learned transposed convolution: sharper than bicubic, nearly as fast",
    "least squares over windows of small pictures; its file's header",
    reach=5,
)
LEARNED_BUCKETS = _bundled(
    "learned-buckets",
    "A learned filter for each kind of edge and texture: sharper still",
    "R. Timofte et al., A+: Adjusted anchored neighborhood regression, ACCV 2014; its file's header",
    reach=4,
    busy=True,
)
NETWORK = "a stack of 3x3 convolutions and a sub-pixel layer (W. Shi et al., arXiv 1609.05158); its file's header"
LEARNED_FAST = _bundled(
    "learned-fast", "A small network: crisp edges at little more than a filter's cost", NETWORK, reach=9
)
LEARNED_BEST = _bundled("learned-best", "A deep network: the sharpest, where time matters less", NETWORK, reach=18)
LEARNED = _bundled("learned", "A network for every day: sharp, a second or two a megapixel", NETWORK, reach=10)
