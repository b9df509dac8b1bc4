from pathlib import Path
from typing import Any

import numpy as np
import pytest

from upscli.errors import MethodError, ModelError
from upscli.kernels.axis import Axis
from upscli.kernels.pooling import max_pool
from upscli.methods.unpooling import MAX_UNPOOL, UnpoolOptions
from upscli.options import make_options
from upscli.switches import Switches, write_switches


def pooled(path: Path, size: tuple[int, int] = (7, 9), channels: int = 3, dtype: str = "uint8") -> tuple[Any, Any]:
    """A picture and its pooled one; the switches go to a file."""
    pixels = np.random.default_rng(1).integers(0, 256, (*size, channels)).astype(dtype)
    values, places = max_pool(pixels, 2)
    with path.open("wb") as stream:
        write_switches(stream, Switches(places, size, (2, 2), (2, 2)))
    return pixels, values


def unpooled(values: Any, path: Path, target: tuple[int, int], wanted: Any = None) -> Any:
    axes = [
        Axis.piece(n, t, range(t), None, Axis.__dataclass_fields__["edge"].default)
        for n, t in zip(values.shape, target, strict=False)
    ]
    if wanted:
        axes = [Axis(a.size, a.target, a.held, w) for a, w in zip(axes, wanted, strict=True)]
    return MAX_UNPOOL.ready(UnpoolOptions(path))(values, *axes)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_values_return_to_their_places_and_the_size_is_the_originals_also_when_odd(dtype: str, tmp_path: Path) -> None:
    path = tmp_path / "s.npz"
    pixels, values = pooled(path, dtype=dtype)
    options = make_options("max-unpool", MAX_UNPOOL.options, {"switches": str(path)})
    assert MAX_UNPOOL.target is not None
    assert MAX_UNPOOL.target((4, 3), options) == (9, 7)
    result = unpooled(values, path, (7, 9))
    assert result.dtype == dtype
    assert result.shape == pixels.shape
    kept = result != 0
    assert (result[kept] == pixels[kept]).all()
    assert (max_pool(result, 2)[0] == values).all()


def test_a_piece_is_that_piece_of_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "s.npz"
    _, values = pooled(path)
    piece = unpooled(values, path, (7, 9), (range(2, 5), range(1, 9)))
    assert (piece == unpooled(values, path, (7, 9))[2:5, 1:9]).all()


def test_switches_of_another_picture_are_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "s.npz"
    _, values = pooled(path)
    assert MAX_UNPOOL.target is not None
    with pytest.raises(MethodError, match="has switches for 4 x 3 pixels, and this picture is 5 x 3"):
        MAX_UNPOOL.target((5, 3), UnpoolOptions(path))
    with pytest.raises(MethodError, match="has switches for 3 channels, and this picture has 1"):
        unpooled(values[..., :1], path, (7, 9))


def test_missing_switches_are_said(tmp_path: Path) -> None:
    assert MAX_UNPOOL.target is not None
    with pytest.raises(MethodError, match="needs --switches FILE"):
        MAX_UNPOOL.target((4, 3), UnpoolOptions())
    with pytest.raises(ModelError, match="cannot be read"):
        MAX_UNPOOL.target((4, 3), UnpoolOptions(tmp_path / "none.npz"))


def test_a_file_that_is_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "s.npz"
    pooled(path, (7, 9))
    assert MAX_UNPOOL.target is not None
    assert MAX_UNPOOL.target((4, 3), UnpoolOptions(path)) == (9, 7)
    pooled(path, (12, 11))
    assert MAX_UNPOOL.target((5, 6), UnpoolOptions(path)) == (11, 12)
