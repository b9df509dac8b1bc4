"""scikit-image's resize of order 1 (its order 3 is another thing: a B-spline that is fitted first), and its metrics."""

import numpy as np
import pytest
from compare import assert_close
from material import noise

import upscli
from upscli.kernels import metrics

transform = pytest.importorskip("skimage.transform")
peer = pytest.importorskip("skimage.metrics")
pytestmark = pytest.mark.peer


@pytest.mark.parametrize(("edge", "mode"), [("replicate", "edge"), ("reflect", "symmetric")])
@pytest.mark.parametrize("factor", [2, 3, 1.5, 2.7])
def test_bilinear_equals_order_1(factor: float, edge: str, mode: str) -> None:
    pixels = noise(41, 53).astype(np.float32)
    shape = tuple(int(side * factor + 0.5) for side in pixels.shape[:2])
    expected = transform.resize(pixels, shape, order=1, mode=mode, anti_aliasing=False, preserve_range=True)
    result = upscli.enlarge(pixels, "bilinear", size=shape[::-1], edge=edge)
    assert_close(result, expected.astype(np.float32), most=1e-3, what=f"x{factor} {edge}")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("dtype", "peak"), [("uint8", 255.0), ("uint16", 65535.0), ("float32", 1.0)])
def test_metrics_are_equal(channels: int, dtype: str, peak: float) -> None:
    a = noise(61, 83, channels, dtype)
    b = (a * 0.9 + noise(61, 83, channels, dtype, seed=5) * 0.1).astype(dtype)
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "channel_axis": -1}
    # In the pictures' own float32 the peer would round more than what is compared.
    x, y = a.astype(np.float64), b.astype(np.float64)
    assert metrics.ssim(a, b, peak) == pytest.approx(
        peer.structural_similarity(x, y, data_range=peak, **settings), abs=1e-6
    )
    assert metrics.psnr(a, b, peak) == pytest.approx(peer.peak_signal_noise_ratio(x, y, data_range=peak), abs=1e-9)
    assert metrics.mse(a, b) == pytest.approx(peer.mean_squared_error(x, y), rel=1e-9)
