"""Training networks in PyTorch: by hand in an environment that has it (`pytest -m torch`)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.torch
torch: Any = pytest.importorskip("torch")

from upscli.errors import ModelError  # noqa: E402
from upscli.learned import alike, network  # noqa: E402
from upscli.learned.modelfile import Header, Model  # noqa: E402
from upscli.learned.pairs import WHITE, Pair  # noqa: E402
from upscli.learned.tiers import Tier  # noqa: E402
from upscli.learned.torch_alike import Alike  # noqa: E402
from upscli.learned.torch_muon import Muon, orthogonal  # noqa: E402
from upscli.learned.torch_network import Network  # noqa: E402
from upscli.learned.torch_training import Course, Training, prepare, reference  # noqa: E402

TIER = Tier("tiny", 8, 2, iterations=12, patch=12, batch=2, rate=2e-3)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """What trainings ask of PyTorch holds for the process: other tests may call what has no such form."""
    yield
    torch.use_deterministic_algorithms(False)


def pairs(scale: int = 2, count: int = 3) -> list[Pair]:
    """Soft shapes in two sizes."""
    made = []
    for number in range(count):
        y, x = np.mgrid[0 : 40 * scale, 0 : 50 * scale] / scale
        large = (np.sin(x / (2 + number)) * np.cos(y / 3) + 1) / 2 * WHITE
        small = large.reshape(40, scale, 50, scale).mean((1, 3))
        made.append(Pair(small.astype(np.uint16), large.astype(np.uint16)))
    return made


def training(seed: int = 0, start: Model | None = None, tier: Tier = TIER, scale: int = 2) -> Training:
    prepare(1)
    return Training(Course(tier, scale, seed=seed, looks=4), pairs(scale), pairs(scale, count=1), start)


def exported(of: Training) -> Model:
    layers, arrays = of.averaged().folded()
    return Model(Header("network", 2, 2 * len(layers) + 1, layers=layers), arrays)


def run(of: Training) -> dict[str, Any]:
    for _ in of.steps():
        pass
    return exported(of).arrays


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    first, again, other = run(training()), run(training()), run(training(seed=1))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not all(np.array_equal(first[name], other[name]) for name in first)


def test_a_training_that_was_left_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    straight = run(training())
    left = training()
    for step in left.steps():
        if step.iteration == 6:
            left.save(tmp_path / "checkpoint")
            break
    on = training()
    on.restore(tmp_path / "checkpoint")
    assert on.iteration == 6
    resumed = run(on)
    assert all(np.array_equal(straight[name], resumed[name]) for name in straight)


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    training().save(tmp_path / "checkpoint")
    with pytest.raises(ModelError, match="another training"):
        training(seed=1).restore(tmp_path / "checkpoint")
    others = training()
    others.course = replace(others.course, key="other pictures")
    with pytest.raises(ModelError, match="another training"):
        others.restore(tmp_path / "checkpoint")
    (tmp_path / "torn").write_bytes((tmp_path / "checkpoint").read_bytes()[:500])
    with pytest.raises(ModelError, match="no checkpoint that can be read"):
        training().restore(tmp_path / "torn")


def test_training_learns() -> None:
    course = training(tier=replace(TIER, iterations=150))
    before = course.psnr()
    for _ in course.steps():
        pass
    assert course.psnr() > before + 0.5


def test_numpy_makes_what_pytorch_makes() -> None:
    trained = training(tier=replace(TIER, iterations=40))
    model = exported(trained) if run(trained) else None
    assert model is not None
    luma = np.random.default_rng(0).random((37, 42), np.float32)
    made: Any = network.ready(model).detail(luma)
    assert np.abs(made - reference(model, luma)).max() < 1e-5


def test_the_folded_kernel_does_what_the_branches_do() -> None:
    torch.manual_seed(0)
    one = Network(TIER, 2).body[0]
    maps = torch.rand(1, 8, 9, 9)
    functional = torch.nn.functional
    wide = functional.conv2d(maps, one.widen)
    branches = functional.conv2d(maps, one.straight, padding=1) + functional.conv2d(wide, one.narrow, padding=1)
    assert torch.allclose(one(maps), branches + maps + one.bias[:, None, None], atol=1e-5)


def test_what_is_trained_treats_mirrored_pictures_alike() -> None:
    trained = training(tier=replace(TIER, iterations=60))
    run(trained)
    assert alike.holds(exported(trained), 8)


@pytest.mark.parametrize("start", [False, True])
def test_a_network_makes_of_a_turned_picture_what_it_makes_of_the_picture_turned(start: bool) -> None:
    torch.manual_seed(3)
    one = Network(TIER, 3)
    if start:
        layers, arrays = Network(TIER, 3).folded()
        one.take_over(Model(Header("network", 3, 2 * len(layers) + 1, layers=layers), arrays))
    picture = torch.rand(1, 1, 14, 17)
    made = one.detail(picture)
    made = torch.nn.functional.pixel_shuffle(made, 3)
    assert made.std() > 1e-3
    for turn in (lambda maps: maps.flip(2), lambda maps: maps.flip(3), lambda maps: maps.transpose(2, 3)):
        again = torch.nn.functional.pixel_shuffle(one.detail(turn(picture)), 3)
        assert torch.allclose(again, turn(made), atol=1e-5)


def test_the_slopes_of_what_is_alike_are_those_of_differences() -> None:
    torch.manual_seed(0)
    keep = Alike(alike.maps(8, 8), alike.luma(8), 3).double()
    weights = torch.rand(8, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(keep, weights)


def test_a_start_is_taken_over() -> None:
    trained = training(tier=replace(TIER, iterations=30))
    run(trained)
    model = exported(trained)
    begun = exported(training(seed=5, start=model))
    assert all(np.abs(begun.arrays[name] - model.arrays[name]).max() < 2e-3 for name in model.arrays)


def test_a_wider_network_makes_at_first_what_the_one_it_begins_from_makes() -> None:
    trained = training(tier=replace(TIER, iterations=30))
    run(trained)
    luma = torch.rand(1, 1, 20, 20)
    wide = training(seed=5, start=exported(trained), tier=replace(TIER, channels=24)).averaged()
    assert torch.allclose(wide(luma), trained.averaged()(luma), atol=1e-3)
    unlike = training(seed=5, tier=replace(TIER, channels=24)).averaged()
    assert not torch.allclose(unlike(luma), trained.averaged()(luma), atol=1e-2)
    mixed = wide.body[0].kernel()
    assert mixed[:8, 8:].abs().max() < 1e-6
    assert mixed[8:, :8].abs().max() > 0.01


def test_a_deeper_network_makes_at_first_nearly_what_the_one_it_begins_from_makes() -> None:
    trained = training(tier=replace(TIER, iterations=60))
    run(trained)
    deep = replace(TIER, depth=4)
    begun, plain = (training(seed=5, start=start, tier=deep) for start in (exported(trained), None))
    luma = torch.rand(1, 1, 20, 20)
    with torch.no_grad():
        wanted, made, other = (one.averaged().detail(luma) for one in (trained, begun, plain))
    assert (made - wanted).std() < 0.3 * wanted.std()
    assert (other - wanted).std() > 0.9 * wanted.std()


def test_the_last_layer_of_another_scale_is_not_taken_over() -> None:
    start = exported(training(seed=5))
    begun = training(seed=5, start=start, scale=3).averaged()
    assert torch.equal(begun.tail.kernel(), training(seed=5, scale=3).averaged().tail.kernel())
    assert torch.allclose(begun.body[0].kernel(), training(seed=5).averaged().body[0].kernel(), atol=2e-3)


def test_the_network_begins_at_bicubic() -> None:
    torch.manual_seed(0)
    begun = Network(TIER, 2)
    for weights in begun.tail.parameters():
        torch.nn.init.zeros_(weights)
    flat = begun(torch.full((1, 1, 20, 20), 0.3))
    assert torch.allclose(flat[..., 8:-8, 8:-8], torch.tensor(0.3), atol=1e-6)
    ramp = torch.arange(20.0).repeat(20, 1)[None, None] / 20
    assert torch.allclose(begun(ramp)[0, 0, 20, 8:12] * 20, torch.tensor([3.75, 4.25, 4.75, 5.25]), atol=1e-4)


def test_the_last_layer_begins_small_even_where_it_has_as_many_results_as_channels() -> None:
    torch.manual_seed(0)
    begun = Network(replace(TIER, channels=16), 4)
    assert begun.tail.straight.shape[:2] == (16, 16)
    assert begun.tail.kernel().abs().max() < 0.05
    assert begun.body[0].kernel().abs().max() > 0.5


def test_orthogonal_matrices_have_singular_values_near_1() -> None:
    torch.manual_seed(0)
    for shape in ((3, 6, 40), (2, 40, 6)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
        assert values.min() > 0.6
        assert values.max() < 1.3


def test_muon_moves_each_of_a_stack_as_if_it_were_alone() -> None:
    torch.manual_seed(0)
    slopes = [[scale * torch.randn(8, 4, 3, 3) for scale in (1, 100, 0.01)] for _ in range(3)]

    def moved(places: list[int]) -> list[torch.Tensor]:
        weights = [torch.nn.Parameter(torch.zeros(8, 4, 3, 3)) for _ in places]
        optimizer = Muon(weights, lr=0.1)
        for step in slopes:
            for one, place in zip(weights, places, strict=True):
                one.grad = step[place].clone()
            optimizer.step()
        return [one.detach() for one in weights]

    for together, place in zip(moved([0, 1, 2]), range(3), strict=True):
        assert together.abs().max() > 0.01
        assert torch.allclose(together, moved([place])[0], atol=2e-3)
