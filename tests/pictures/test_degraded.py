"""Pictures made small, and through JPEG."""

from io import BytesIO

import numpy as np
import pytest
from compare import equal
from material import noise, sample
from PIL import Image

from upscli.errors import MethodError
from upscli.kernels.degrade import Degradation, Way, matlab_bicubic
from upscli.pictures.degraded import degraded


@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_is_bicubic_then_a_jpeg_of_that_quality(channels: int) -> None:
    pixels = sample("landscape.png")[..., :channels]
    small = matlab_bicubic(pixels, 2)
    stream = BytesIO()
    Image.fromarray(small.squeeze()).save(stream, "JPEG", quality=40)
    expected = np.asarray(Image.open(stream)).reshape(small.shape)
    equal(degraded(pixels, 2, Degradation(Way.JPEG, 40)), expected)
    assert not np.array_equal(small, expected)


def test_without_jpeg_it_is_the_kernel_alone() -> None:
    pixels = noise(20, 30, 4, "uint16")
    equal(degraded(pixels, 2, Degradation()), matlab_bicubic(pixels, 2))


@pytest.mark.parametrize(("channels", "dtype"), [(4, "uint8"), (3, "uint16"), (1, "float32")])
def test_jpeg_refuses_what_it_cannot_hold(channels: int, dtype: str) -> None:
    with pytest.raises(MethodError, match=f"not {channels} channels of {dtype}"):
        degraded(noise(8, 8, channels, dtype), 2, Degradation(Way.JPEG, 80))
