"""Learning from what other models make."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from upscli.errors import ModelError
from upscli.learned.kinds import WEIGHTS, ready
from upscli.learned.luma import LumaModel
from upscli.learned.modelfile import load
from upscli.learned.pairs import WHITE, Pair
from upscli.teaching import TRUTH, taught, teachers_of
from upscli.training_pairs import psnr

SCALE = 2


def pair(seed: int, level: int | None = None) -> Pair:
    random = np.random.default_rng(seed)
    small = random.integers(0, WHITE + 1, (9, 12)).astype(np.uint16)
    if level is not None:
        small[:] = level
    return Pair(small, random.integers(0, WHITE + 1, (18, 24)).astype(np.uint16))


def adding(amount: float) -> LumaModel:
    """Adds so much, white at 1, to bicubic interpolation."""

    def detail(luma: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.full(tuple(SCALE * (size - 2) for size in luma.shape), amount, np.float32)

    return LumaModel(SCALE, 1, detail)


def test_the_large_picture_is_mixed_with_the_mean_of_what_teachers_make() -> None:
    before = pair(1, level=WHITE // 2)
    (after,) = taught([before], [adding(0.1), adding(0.3)])
    made = (WHITE // 2 / WHITE + 0.2) * WHITE
    wanted = TRUTH * before.large + (1 - TRUTH) * made
    assert np.array_equal(after.small, before.small)
    assert np.abs(after.large - wanted).max() <= 1


def test_what_teachers_make_beyond_white_is_white() -> None:
    (after,) = taught([pair(1, level=WHITE)], [adding(0.4)])
    assert np.abs(after.large - (TRUTH * pair(1).large + (1 - TRUTH) * WHITE)).max() <= 1


@pytest.mark.parametrize("amount", [np.inf, np.nan])
def test_what_overflows_teaches_nothing(amount: float) -> None:
    with pytest.raises(ModelError, match="sums overflow"):
        list(taught([pair(1)], [adding(0.1), adding(amount)]))


def test_every_pair_is_taught_and_told_of() -> None:
    done: list[int] = []
    pairs = [pair(seed) for seed in range(3)]
    teacher = ready(load(WEIGHTS / "learned-fast-x2.npz"), Path("x"))
    after = list(taught(pairs, [teacher], done.append))
    assert done == [1, 2, 3]
    assert all(psnr(new, SCALE, teacher) > psnr(old, SCALE, teacher) + 9 for old, new in zip(pairs, after, strict=True))


def test_a_teacher_of_another_scale_is_refused(tmp_path: Path) -> None:
    (teacher,) = teachers_of([WEIGHTS / "learned-buckets-x3.npz"], 3)
    assert (teacher.header.kind, teacher.model.scale) == ("buckets", 3)
    file = WEIGHTS / "learned-fast-x3.npz"
    with pytest.raises(ModelError, match=r"learned-fast-x3.npz makes pictures 3 times as large; it cannot teach x2"):
        teachers_of([file], 2)
    (tmp_path / "no.npz").write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"no\.npz"):
        teachers_of([tmp_path / "no.npz"], 3)
