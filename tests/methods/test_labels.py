from typing import Any

import numpy as np
import pytest

from upscli.errors import MethodError
from upscli.kernels.axis import Axis, Edge
from upscli.kernels.taps import border
from upscli.methods import interpolation
from upscli.methods.labels import LABELS, Kernel, LabelOptions

KERNELS = list(Kernel)


def enlarged(labels: Any, target: tuple[int, int], kernel: Kernel = Kernel.BILINEAR, wanted: Any = None) -> Any:
    options = LabelOptions(kernel)
    sizes = zip(labels.shape, target, wanted or (range(target[0]), range(target[1])), strict=True)
    rows, cols = (Axis.piece(n, t, w, LABELS.reach_with(options), Edge.REPLICATE) for n, t, w in sizes)
    held = labels[border(rows.held, rows.size, rows.edge)][:, border(cols.held, cols.size, cols.edge)]
    return LABELS.ready(options)(held[..., np.newaxis], rows, cols)[..., 0]


def blobs(dtype: str = "uint8") -> Any:
    """A disc and a bar of large class numbers on a ground."""
    rows, cols = np.mgrid[:20, :24]
    labels = np.where((rows - 9) ** 2 + (cols - 9) ** 2 < 40, 200, 7)
    labels[:, 18:20] = 201
    return labels.astype(dtype)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("target", [(40, 48), (50, 61)])
def test_no_class_is_invented(kernel: Kernel, target: tuple[int, int]) -> None:
    result = enlarged(blobs(), target, kernel)
    assert result.shape == target
    assert result.dtype == np.uint8
    assert set(np.unique(result)) == {7, 200, 201}


def test_class_numbers_of_16_bits_are_kept() -> None:
    labels = blobs("uint16") * np.uint16(300)
    assert set(np.unique(enlarged(labels, (40, 48)))) == {2100, 60000, 60300}


@pytest.mark.parametrize("kernel", [Kernel.BILINEAR, Kernel.HERMITE, Kernel.BICUBIC, Kernel.LANCZOS])
def test_kernels_that_interpolate_keep_every_pixel_at_odd_factors(kernel: Kernel) -> None:
    labels = np.random.default_rng(1).integers(0, 5, (9, 8)).astype(np.uint8)
    assert (enlarged(labels, (27, 24), kernel)[1::3, 1::3] == labels).all()


def test_two_classes_are_those_of_the_interpolated_share() -> None:
    labels = np.random.default_rng(2).integers(0, 2, (12, 13)).astype(np.uint8)
    rows, cols = Axis.whole(12, 36, 2), Axis.whole(13, 39, 2)
    held = labels[border(rows.held, 12, rows.edge)][:, border(cols.held, 13, cols.edge)]
    share = interpolation.BICUBIC.function(
        held[..., np.newaxis].astype(np.float32), rows, cols, interpolation.BicubicOptions()
    )[..., 0]
    sure = np.abs(share - 0.5) > 1e-5
    assert (enlarged(labels, (36, 39), Kernel.BICUBIC) == (share > 0.5))[sure].all()


def test_outlines_are_smoother_than_those_of_nearest() -> None:
    """A disc: the nearest neighbor's steps are as large as the factor."""

    def disc(height: int, width: int, scale: int) -> Any:
        rows, cols = np.indices((height * scale, width * scale))
        away = np.hypot((rows + 0.5) / scale - 15.2, (cols + 0.5) / scale - 19.7)
        return (away < 10.3).astype(np.uint8)

    labels, true = disc(30, 40, 1), disc(30, 40, 4)
    nearest = np.kron(labels, np.ones((4, 4), np.uint8))
    assert (enlarged(labels, true.shape, Kernel.BICUBIC) != true).sum() < 0.9 * (nearest != true).sum()


def test_a_piece_is_that_piece_of_the_whole() -> None:
    whole = enlarged(blobs(), (50, 61), Kernel.LANCZOS)
    piece = enlarged(blobs(), (50, 61), Kernel.LANCZOS, (range(11, 30), range(20, 61)))
    assert (piece == whole[11:30, 20:]).all()


def test_mirrored_labels_give_mirrored_results() -> None:
    labels = np.random.default_rng(3).integers(0, 4, (8, 9)).astype(np.uint8)
    assert (enlarged(labels[:, ::-1], (16, 18))[:, ::-1] == enlarged(labels, (16, 18))).all()


def test_of_equal_shares_the_lower_number_wins() -> None:
    labels = np.array([[5, 3], [5, 3]], np.uint8)
    assert enlarged(labels, (3, 3))[:, 1].tolist() == [3, 3, 3]
    assert enlarged(labels[:, ::-1], (3, 3))[:, 1].tolist() == [3, 3, 3]


def test_pictures_of_several_channels_are_refused() -> None:
    axis = Axis.whole(4, 8, 1)
    with pytest.raises(MethodError, match="has 3 channels"):
        LABELS.ready(LabelOptions())(np.zeros((6, 6, 3), np.uint8), axis, axis)
