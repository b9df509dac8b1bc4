"""Lessons over many settings against the loops of the kernels, the methods, and PyTorch."""

import numpy as np
import pytest
from numpy.typing import NDArray

import upscli
from upscli.errors import MethodError
from upscli.kernels.convolve import convolve_reference, transposed_convolve_reference
from upscli.kernels.matrix_form import convolution_matrix_reference
from upscli.kernels.pooling import max_pool_reference, max_unpool_reference
from upscli.lessons.topics import make

Floats = NDArray[np.float64]


def words(values: Floats) -> str:
    return "; ".join(" ".join(f"{value:g}" for value in row) for row in values)


def drawn(seed: int) -> tuple[Floats, Floats, dict[str, int]]:
    """An input, a kernel and a geometry that fit."""
    random = np.random.default_rng(seed)
    input_ = random.integers(-9, 10, random.integers(1, 6, 2)) / random.choice([1, 4])
    kernel = random.integers(-5, 6, random.integers(1, 5, 2)) / random.choice([1, 2])
    geometry = {
        "stride": int(random.integers(1, 5)),
        "padding": int(random.integers(0, 3)),
        "dilation": int(random.integers(1, 4)),
    }
    return input_, kernel, geometry


def leaves_something(input_: Floats, kernel: Floats, geometry: dict[str, int], more: int) -> bool:
    stride, padding, dilation = geometry.values()
    pairs = zip(input_.shape, kernel.shape, strict=True)
    return all((n - 1) * stride - 2 * padding + dilation * (k - 1) + more + 1 >= 1 for n, k in pairs)


def has_room(input_: Floats, kernel: Floats, geometry: dict[str, int]) -> bool:
    _, padding, dilation = geometry.values()
    return all(dilation * (k - 1) + 1 <= n + 2 * padding for n, k in zip(input_.shape, kernel.shape, strict=True))


SEEDS = range(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_transposed_convolution_is_the_sum_of_its_steps(seed: int) -> None:
    input_, kernel, geometry = drawn(seed)
    more = seed % max(geometry["stride"], geometry["dilation"])
    given = {"input": words(input_), "kernel": words(kernel), **geometry, "output-padding": more}
    if not leaves_something(input_, kernel, geometry, more):
        with pytest.raises(MethodError, match="nothing is left"):
            make("transposed-convolution", given)
        return
    facts = make("transposed-convolution", given).facts
    expected = transposed_convolve_reference(input_, kernel, **geometry, output_padding=more)
    np.testing.assert_allclose(facts["output"], expected, rtol=1e-9, atol=1e-9)
    assert facts["agree"]
    high, wide = ((n - 1) * geometry["stride"] + 1 + more for n in input_.shape)
    assert np.shape(facts["expanded"]) == (high, wide)
    assert len(facts["steps"]) == input_.size
    canvas = np.zeros(np.shape(facts["steps"][-1]["canvas"]))
    for step, value in zip(facts["steps"], input_.reshape(-1), strict=True):
        (top, left), scaled = step["position"], np.array(step["scaled"])
        assert step["value"] == value
        canvas[top : top + scaled.shape[0], left : left + scaled.shape[1]] += scaled
        np.testing.assert_allclose(step["canvas"], canvas, atol=1e-9)
    pad = geometry["padding"]
    cropped = canvas[pad : canvas.shape[0] - pad, pad : canvas.shape[1] - pad]
    np.testing.assert_allclose(cropped, expected, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_convolution_and_its_matrix(seed: int) -> None:
    input_, kernel, geometry = drawn(seed)
    given = {"input": words(input_), "kernel": words(kernel), **geometry}
    if not has_room(input_, kernel, geometry):
        with pytest.raises(MethodError, match="the kernel spans"):
            make("convolution", given)
        return
    facts = make("convolution", given).facts
    expected = convolve_reference(input_, kernel, **geometry)
    np.testing.assert_allclose(facts["output"], expected, atol=1e-9)
    assert np.shape(facts["back"]) == input_.shape
    for step in facts["steps"]:
        assert np.sum(np.multiply(step["window"], kernel)) == pytest.approx(step["sum"])
        assert facts["output"][step["position"][0]][step["position"][1]] == pytest.approx(step["sum"])
    unrolled = make("matrix", given).facts
    matrix = convolution_matrix_reference((input_.shape[0], input_.shape[1]), kernel, **geometry)
    np.testing.assert_array_equal(unrolled["matrix"], matrix)
    np.testing.assert_array_equal(unrolled["transpose"], matrix.T)
    np.testing.assert_allclose(matrix @ unrolled["unrolled_input"], np.ravel(unrolled["output"]), atol=1e-9)
    np.testing.assert_allclose(matrix.T @ np.ravel(unrolled["output"]), np.ravel(unrolled["back"]), atol=1e-9)
    assert unrolled["checks"]["matrix_times_input_is_convolution"]
    assert unrolled["checks"]["transpose_times_output_is_transposed_convolution"]
    if geometry["stride"] == 1:
        assert unrolled["checks"]["transpose_is_ordinary_convolution"]


@pytest.mark.parametrize("seed", SEEDS)
def test_pooling_and_unpooling(seed: int) -> None:
    random = np.random.default_rng(seed)
    input_ = random.integers(-9, 10, random.integers(3, 8, 2)).astype(np.float64)
    window = int(random.integers(1, 4))
    given = {
        "input": words(input_),
        "window": window,
        "stride": int(random.integers(1, 4)),
        "padding": int(random.integers(0, window // 2 + 1)),
    }
    facts, back = make("max-pooling", given).facts, make("max-unpooling", given).facts
    values, switches = max_pool_reference(input_, window, given["stride"], given["padding"])
    np.testing.assert_array_equal(facts["output"], values)
    np.testing.assert_array_equal(facts["switches"], switches)
    assert [step["maximum"] for step in facts["steps"]] == values.reshape(-1).tolist()
    assert all(np.max(step["window"]) == step["maximum"] for step in facts["steps"])
    np.testing.assert_array_equal(back["output"], max_unpool_reference(values, switches, input_.shape))  # type: ignore[arg-type]


@pytest.mark.parametrize("factor", [1, 2, 3, 5])
@pytest.mark.parametrize("topic", ["nearest", "bed-of-nails", "bilinear", "bicubic"])
def test_lessons_and_methods_give_the_same(topic: str, factor: int) -> None:
    input_ = np.random.default_rng(factor).integers(0, 10, (3, 4)).astype(np.float64)
    facts = make(topic, {"input": words(input_), "factor": factor}).facts
    expected = upscli.enlarge(input_, topic, factor)
    np.testing.assert_allclose(facts["output"], expected, rtol=0, atol=1e-5)


@pytest.mark.peer
@pytest.mark.torch
@pytest.mark.parametrize("seed", SEEDS)
def test_transposed_convolution_equals_pytorch(seed: int) -> None:
    torch = pytest.importorskip("torch")
    input_, kernel, geometry = drawn(seed)
    more = seed % max(geometry["stride"], geometry["dilation"])
    given = {"input": words(input_), "kernel": words(kernel), **geometry, "output-padding": more}
    if not leaves_something(input_, kernel, geometry, more):
        return
    facts = make("transposed-convolution", given).facts
    layer = torch.nn.ConvTranspose2d(1, 1, kernel.shape, **geometry, output_padding=more, bias=False).double()
    layer.weight.data = torch.from_numpy(kernel)[None, None]
    expected = layer(torch.from_numpy(input_)[None, None])[0, 0].detach().numpy()
    np.testing.assert_allclose(facts["output"], expected, atol=1e-9)
