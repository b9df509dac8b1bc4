"""Networks of model files: layers that fit each other, and what they make."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from upscli import registry
from upscli.errors import ModelError
from upscli.kernels.winograd import Stack, convolved_reference
from upscli.kernels.winograd_layers import Layer
from upscli.learned import network
from upscli.learned.modelfile import Header, Model
from upscli.tiles import fitting


def conv(inputs: Any, outputs: Any, leaky: bool = True) -> dict[str, Any]:
    return {"kind": "conv", "inputs": inputs, "outputs": outputs, "leaky": leaky}


def small(scale: int = 2) -> Model:
    random = np.random.default_rng(0)
    channels = [1, 6, 6, scale * scale]
    arrays: dict[str, Any] = {}
    for number, (inputs, outputs) in enumerate(pairwise(channels)):
        arrays[f"kernel{number}"] = (random.normal(size=(outputs, inputs, 3, 3)) / 10).astype(np.float16)
        arrays[f"bias{number}"] = (random.normal(size=outputs) / 10).astype(np.float32)
    layers = (conv(1, 6), conv(6, 6), conv(6, scale * scale, False))
    return Model(Header("network", scale, 7, layers=layers), arrays)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_phase_p_q_is_channel_scale_p_plus_q(scale: int) -> None:
    model = small(scale)
    luma = np.random.default_rng(1).random((16, 21), np.float32)
    made = network.ready(model).detail(luma)
    layers: Any = [
        (model.arrays[f"kernel{n}"].astype(np.float32), model.arrays[f"bias{n}"], 0.1 if n < 2 else None)
        for n in range(3)
    ]
    maps = convolved_reference(luma, layers)
    for phase, made_of_flat in enumerate(network.flat(model)):
        maps[:, phase] -= np.interp(luma[3:-3, 3:-3], network.KNOTS, made_of_flat)
    assert made.shape == (10 * scale, 15 * scale)
    for p, q in np.ndindex(scale, scale):
        assert np.abs(made[p::scale, q::scale] - maps[:, scale * p + q]).max() < 1e-5


def test_areas_of_one_level_get_nothing_added() -> None:
    detail = network.ready(small()).detail
    for level in (0, 0.2, 0.5, 0.7654, 1):
        assert np.abs(detail(np.full((12, 12), level, np.float32))).max() < 1e-6
    assert np.abs(network.flat(small())).max() > 0.01


def test_a_tile_of_another_size_gets_memory_of_its_own() -> None:
    detail = network.ready(small()).detail
    luma = np.random.default_rng(2).random((30, 30), np.float32)
    whole = detail(luma)
    detail(luma[:13])
    assert np.abs(detail(luma[:20]) - whole[:28]).max() < 1e-6


@pytest.mark.parametrize("name", ["learned-fast", "learned", "learned-best"])
def test_tiles_are_as_wide_as_matrix_products_like_best(name: str) -> None:
    reach = registry.get(name).reach
    assert isinstance(reach, int)
    side = fitting(reach, (9, 9), 1)[1] + 2 * reach
    blocks = Stack((Layer.of(np.zeros((4, 1, 3, 3), np.float32), np.zeros(4, np.float32), None),), (side, side)).blocks
    assert blocks == 96
    assert 4 * blocks == side + 4  # none for nothing


BROKEN: dict[str, tuple[Any, str]] = {
    "no layers": ((), "without layers"),
    "another kind": (({"kind": "attention"},), "layer 1: it is of a kind"),
    "a field too many": (({**conv(1, 4, False), "stride": 2},), "layer 1: it is of a kind"),
    "channels that do not meet": ((conv(1, 6), conv(5, 4, False)), "layer 2: it expects 5 channels and gets 6"),
    "no number": ((conv(1, "6"),), "layer 1: it has '6' outputs"),
    "too many": ((conv(1, 10**9),), "layer 1: it has 1000000000 outputs"),
    "another shape": ((conv(1, 7), conv(7, 6), conv(6, 4, False)), "layer 1: the model's 'kernel0' has shape"),
    "a missing array": ((conv(1, 6), conv(6, 6), conv(6, 6), conv(6, 4, False)), "kernel2"),
    "results that are no block": ((conv(1, 6), conv(6, 6)), "the last layer makes 6 results"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_layers_that_do_not_fit_are_refused(name: str) -> None:
    layers, sentence = BROKEN[name]
    model = small()
    with pytest.raises(ModelError, match=sentence.replace("(", r"\(")):
        network.ready(Model(replace(model.header, layers=layers), model.arrays))


def test_a_window_that_the_layers_do_not_have_is_refused() -> None:
    model = small()
    with pytest.raises(ModelError, match="look 3 pixels far, and the header says 4"):
        network.ready(Model(replace(model.header, window=9), model.arrays))
