"""A picture made small, through a file format too where that is asked for."""

from fractions import Fraction
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from upscli.errors import MethodError
from upscli.kernels import degrade
from upscli.kernels.degrade import Degradation, Way

Pixels = NDArray[Any]


def degraded(pixels: Pixels, factor: float | Fraction, degradation: Degradation) -> Pixels:
    """`pixels` (h, w, c) made `factor` times smaller; the same dtype.

    Raises MethodError where JPEG cannot hold the picture: it holds 1 or 3 channels of 8 bits.
    """
    small = degrade.reduced(pixels, factor, degradation)
    return _through_jpeg(small, int(degradation.amount)) if degradation.way is Way.JPEG else small


def _through_jpeg(pixels: Pixels, quality: int) -> Pixels:
    channels = pixels.shape[2]
    if pixels.dtype != np.uint8 or channels not in (1, 3):
        raise MethodError(f"JPEG holds gray or RGB of 8 bits, not {channels} channels of {pixels.dtype}")
    stream = BytesIO()
    Image.fromarray(pixels.reshape(pixels.shape[:2]) if channels == 1 else pixels).save(stream, "JPEG", quality=quality)
    with Image.open(stream) as image:
        return np.asarray(image).reshape(pixels.shape)
