"""`upscli train --kind network`: what is refused without PyTorch, and a small training with it."""

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

from upscli import train_network
from upscli.cli import main
from upscli.errors import ModelError
from upscli.learned.kinds import WEIGHTS
from upscli.learned.modelfile import Header, Model, load, save
from upscli.training_pairs import Making
from upscli.training_task import Task

HAS_TORCH = importlib.util.find_spec("torch") is not None


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        soft = random.integers(0, 256, (14, 14, 3), np.uint8)
        Image.fromarray(soft).resize((140, 140), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
    return folder


def refused(*words: str) -> str:
    """The sentence of a command that ends with 2."""
    result = CliRunner().invoke(main, ["train", *words])
    error = result.exception
    assert error is not None
    return str(error.args[0] if error.args else result.output) + result.output


def test_without_pytorch_the_sentence_says_what_to_install(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_network, "find_spec", lambda name: None)
    said = refused(str(pictures), "-o", str(tmp_path / "n.npz"), "--kind", "network")
    assert "pip install 'upscli[train]'" in said
    assert not (tmp_path / "n.npz").exists()


@pytest.mark.parametrize(
    "words",
    [
        *[("--tier", "fast"), ("--iterations", "5"), ("--channels", "16"), ("--depth", "2")],
        *[("--from", "x.npz"), ("--half",), ("--resize", "2"), ("--colors",), ("--phases",), ("--teacher", "x.npz")],
    ],
)
def test_filters_take_no_words_of_networks(pictures: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    said = refused(str(pictures), "-o", str(tmp_path / "n.npz"), *words)
    assert f"{words[0]} is for --kind network" in said


def test_networks_take_no_words_of_filters(pictures: Path, tmp_path: Path) -> None:
    said = refused(str(pictures), "-o", str(tmp_path / "n.npz"), "--kind", "network", "--window", "5")
    assert "--window is for --kind linear or buckets" in said


@pytest.mark.parametrize("word", ["half", "1", "0.8,1", "0", "-2", "9", "nan", "0.8,,2"])
def test_impossible_sizes_are_refused(pictures: Path, tmp_path: Path, word: str) -> None:
    said = refused(str(pictures), "-o", str(tmp_path / "n.npz"), "--kind", "network", f"--resize={word}")
    assert f"--resize {word}: give factors from 0.125 to 8 other than 1" in said


def test_channels_that_make_no_groups_are_refused(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_network, "find_spec", lambda name: True)
    said = refused(str(pictures), "-o", str(tmp_path / "n.npz"), "--kind", "network", "--channels", "50")
    assert "--channels 50: tier balanced has its channels in groups of 8" in said


def start_of(path: Path, kernels: Sequence[NDArray[Any]]) -> Path:
    """A network without biases."""
    shapes = [kernel.shape[1::-1] for kernel in kernels]
    layers = tuple(
        {"kind": "conv", "inputs": inputs, "outputs": outputs, "leaky": number < len(kernels) - 1}
        for number, (inputs, outputs) in enumerate(shapes)
    )
    arrays = {f"kernel{number}": kernel.astype(np.float16) for number, kernel in enumerate(kernels)}
    arrays |= {f"bias{number}": np.zeros(len(kernel), np.float32) for number, kernel in enumerate(kernels)}
    with path.open("wb") as stream:
        save(stream, Model(Header("network", 2, 2 * len(layers) + 1, layers=layers), arrays))
    return path


def test_a_start_that_does_not_treat_mirrored_pictures_alike_is_refused(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_network, "find_spec", lambda name: True)
    random = np.random.default_rng(0)
    start = start_of(tmp_path / "start.npz", (random.random((8, 1, 3, 3)), random.random((4, 8, 3, 3))))
    words = ["-o", str(tmp_path / "n.npz"), "--kind", "network", "--from", str(start)]
    said = refused(str(pictures), *words)
    assert f"{start} does not treat mirrored pictures alike" in said
    assert not (tmp_path / "n.npz").exists()


@pytest.mark.parametrize(
    ("middle", "said"),
    [
        ([], "is no network to start from; give one made by --kind network"),
        ([48, 56, 48], "has 56 channels, and 48 cannot hold them; try --channels 56"),
        ([8] * 11, "has 10 layers between first and last, and 8 cannot hold them; try --depth 10"),
    ],
)
def test_a_start_that_does_not_fit_is_refused(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, middle: list[int], said: str
) -> None:
    monkeypatch.setattr(train_network, "find_spec", lambda name: True)
    sizes = zip([1, *middle], [*middle, 4], strict=True)
    start = start_of(tmp_path / "start.npz", [np.ones((outputs, inputs, 3, 3)) for inputs, outputs in sizes])
    words = ["-o", str(tmp_path / "n.npz"), "--kind", "network", "--from", str(start)]
    assert f"{start} {said}" in refused(str(pictures), *words)
    assert not (tmp_path / "n.npz").exists()


def test_a_broken_start_is_refused_by_name(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_network, "find_spec", lambda name: True)
    start = start_of(tmp_path / "start.npz", [np.ones((8, 1, 3, 3)), np.ones((5, 8, 3, 3))])
    words = ["-o", str(tmp_path / "n.npz"), "--kind", "network", "--from", str(start)]
    assert f"{start}: the last layer makes 5 results" in refused(str(pictures), *words)


def test_a_teacher_of_another_scale_is_refused(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_network, "find_spec", lambda name: True)
    teacher = str(WEIGHTS / "learned-fast-x3.npz")
    said = refused(str(pictures), "-o", str(tmp_path / "n.npz"), "--kind", "network", "--teacher", teacher)
    assert f"{teacher} makes pictures 3 times as large; it cannot teach x2" in said
    assert not (tmp_path / "n.npz").exists()


def test_every_phase_is_learned_from_if_asked_for(tmp_path: Path) -> None:
    order = train_network.Order(Task((), (), tmp_path / "n.npz"), "fast", 3)
    assert order.making == Making(3, least=40)
    assert replace(order, phases=True).making == Making(3, phases=True, least=40)


@pytest.mark.torch
@pytest.mark.skipif(not HAS_TORCH, reason="PyTorch is not installed")
def test_a_network_is_trained_told_of_and_used(pictures: Path, tmp_path: Path) -> None:
    output = tmp_path / "n.npz"
    words = [str(pictures), "-o", str(output), "--kind", "network", "--tier", "fast", "--iterations", "4", "-j", "1"]
    result = CliRunner().invoke(main, ["train", *words, "--credit", "mine: CC0", "--json"], catch_exceptions=False)
    facts = json.loads(result.stdout)
    assert facts["kind"] == "network"
    assert facts["pictures"] == 2
    assert facts["difference"] < 1e-4
    header = load(output).header
    assert "--kind network --tier fast --iterations 4" in header.command
    assert not list(tmp_path.glob("*.checkpoint"))
    more = ["--from", str(output), "--channels", "24", "--depth", "9", "--scale", "3"]
    more += ["--resize", "0.9,1.5", "--colors", "--phases", "--teacher", str(WEIGHTS / "learned-linear-x3.npz")]
    more += ["--credit", "yours: CC0", "--quiet"]
    words = [str(pictures), "-o", str(tmp_path / "m.npz"), *words[3:], *more]
    again = CliRunner().invoke(main, ["train", *words], catch_exceptions=False)
    assert again.stderr == ""
    header = load(tmp_path / "m.npz").header
    assert header.scale == 3
    assert [layer["outputs"] for layer in header.layers] == [24] * 10 + [9]
    assert "--tier fast --channels 24 --depth 9 --iterations 4" in header.command
    assert "--resize 0.9,1.5 --colors --phases --teacher learned-linear-x3.npz" in header.command
    names = [credit.name for credit in header.training]
    assert names[:2] == ["yours", "mine"]
    assert set(names[2:]) == {credit.name for credit in load(WEIGHTS / "learned-linear-x3.npz").header.training}


@pytest.mark.torch
@pytest.mark.skipif(not HAS_TORCH, reason="PyTorch is not installed")
def test_a_training_goes_on_with_the_teachers_it_had_alone(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["-o", str(tmp_path / "n.npz"), "--kind", "network", "--tier", "fast", "--iterations", "2", "-j", "1"]

    def broken(*_: object) -> float:
        raise ModelError("not this time")

    with monkeypatch.context() as patch:
        patch.setattr(train_network, "_write", broken)
        refused(str(pictures), *words, "--teacher", str(WEIGHTS / "learned-linear-x2.npz"))
    assert (tmp_path / "n.npz.checkpoint").exists()
    said = refused(str(pictures), *words, "--teacher", str(WEIGHTS / "learned-buckets-x2.npz"))
    assert "is the checkpoint of another training" in said
    again = ["train", str(pictures), *words, "--teacher", str(WEIGHTS / "learned-linear-x2.npz")]
    result = CliRunner().invoke(main, again, catch_exceptions=False)
    assert "going on from iteration 2" in result.stderr
    assert (tmp_path / "n.npz").exists()
