"""Kernels that treat a picture and its mirror images alike: families of weights, and what networks of them make."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from upscli.learned import alike, network
from upscli.learned.modelfile import Header, Model, load
from upscli.methods.learned import weights


def model(scale: int, order: int) -> Model:
    """Random layers of 16 channels, made alike in the first `order` positions."""
    random = np.random.default_rng(scale)
    moved = [alike.luma(order), alike.maps(16, order), alike.maps(16, order), alike.block(scale, order)]
    arrays: dict[str, Any] = {}
    layers = []
    for number, (inputs, outputs) in enumerate(pairwise(moved)):
        count = outputs.shape[1], inputs.shape[1]
        members, of = alike.families(outputs, inputs, 3)
        weights = random.normal(size=(count[0], 3, 3, count[1])) / 5
        kernel = weights.ravel()[members].mean(0)[of].reshape(weights.shape).transpose(0, 3, 1, 2)
        arrays[f"kernel{number}"] = kernel.astype(np.float16)
        arrays[f"bias{number}"] = np.zeros(count[0], np.float32)
        layers.append({"kind": "conv", "inputs": count[1], "outputs": count[0], "leaky": number < 2})
    return Model(Header("network", scale, 7, layers=tuple(layers)), arrays)


def worst(of: Model, transposed: bool) -> float:
    """The largest difference between what a network makes of a turned picture, and of the picture, turned."""
    detail = network.ready(of).detail
    luma = np.random.default_rng(0).random((15, 22), np.float32)
    plain = detail(luma).copy()
    assert plain.std() > 1e-3
    differences = []
    for rows, cols in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        turned = luma[::rows, ::cols]
        made = detail(np.ascontiguousarray(turned.T if transposed else turned))
        differences.append(np.abs((made.T if transposed else made)[::rows, ::cols] - plain).max())
    return float(max(differences))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_network_of_them_makes_of_a_turned_picture_what_it_makes_of_the_picture_turned(scale: int) -> None:
    assert worst(model(scale, 8), transposed=False) < 1e-5
    assert worst(model(scale, 8), transposed=True) < 1e-5
    assert alike.holds(model(scale, 8), 8)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_in_fours_it_holds_for_mirrored_pictures_only(scale: int) -> None:
    assert worst(model(scale, 4), transposed=False) < 1e-5
    assert worst(model(scale, 4), transposed=True) > 1e-3
    assert alike.holds(model(scale, 4), 4)
    assert not alike.holds(model(scale, 4), 8)


@pytest.mark.parametrize("order", [4, 8])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_in_two_parts_a_network_makes_the_same(scale: int, order: int, monkeypatch: pytest.MonkeyPatch) -> None:
    luma = np.random.default_rng(1).random((33, 40), np.float32)
    one = network.ready(model(scale, order)).detail(luma)
    monkeypatch.setattr(network, "_WORTH_PARTING", 16)
    parted = model(scale, order)
    parted.arrays["bias1"][:] = 0.1
    parted.arrays["bias2"][:] = -0.2
    two = network.ready(parted).detail(luma)
    assert {layer.parts for layer in network._layers(parted, network._parting(parted))} == {2}
    assert np.abs(two - one).max() > 1e-3
    monkeypatch.setattr(network, "_WORTH_PARTING", 17)
    assert np.abs(two - network.ready(parted).detail(luma)).max() < 1e-5


@pytest.mark.parametrize("name", ["kernel1", "bias1"])
def test_a_network_not_alike_to_the_last_bit_is_not_parted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_WORTH_PARTING", 16)
    other = model(2, 4)
    assert alike.moved(other) is not None
    other.arrays[name][(0,) * other.arrays[name].ndim] += 0.001
    assert alike.moved(other) is None
    assert {layer.parts for layer in network._layers(other, network._parting(other))} == {1}


def test_other_networks_are_not_alike() -> None:
    assert worst(model(2, 1), transposed=False) > 1e-3
    assert not alike.holds(model(2, 1), 4)


@pytest.mark.parametrize("name", ["learned", "learned-best"])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_networks_that_come_with_the_program_are_alike(name: str, scale: int) -> None:
    bundled = load(weights(name, scale))
    assert alike.holds(bundled, 8)
    assert {layer.parts for layer in network._layers(bundled, network._parting(bundled))} == {2}


def test_each_weight_is_of_one_family_and_families_between_maps_have_eight() -> None:
    members, of = alike.families(alike.maps(16, 8), alike.maps(8, 8), 3)
    assert sorted(members.ravel()) == list(range(16 * 8 * 9))
    assert (of[members] == np.arange(members.shape[1])).all()


def test_a_weight_in_the_middle_of_a_block_is_a_family_of_its_own() -> None:
    members, of = alike.families(alike.block(3, 8), alike.luma(8), 1)
    assert sorted(len(set(column)) for column in members.T) == [1, 4, 4]
    assert len(set(of)) == 3


def test_channels_come_in_eights_or_fours() -> None:
    with pytest.raises(ValueError, match="12 channels are no multiple of 8"):
        alike.maps(12, 8)
    layers = ({"kind": "conv", "inputs": 1, "outputs": 6, "leaky": True}, {"kind": "conv", "outputs": 4})
    assert not alike.holds(Model(Header("network", 2, 5, layers=layers), {}), 4)
