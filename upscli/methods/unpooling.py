"""Operators that undo pooling by placing values and leaving the rest 0."""

import numpy as np

from upscli.method import Axis, Method, NoOptions, Pixels


def _bed_of_nails(pixels: Pixels, rows: Axis, cols: Axis, options: NoOptions) -> Pixels:
    result = np.zeros((len(rows.wanted), len(cols.wanted), pixels.shape[2]), pixels.dtype)
    top, row = _nails(rows)
    left, col = _nails(cols)
    result[top :: rows.target // rows.size, left :: cols.target // cols.size] = pixels[row, col]
    return result


def _nails(axis: Axis) -> tuple[int, slice]:
    """Where the first nail stands in the wanted results, and which held samples are the nails."""
    factor = axis.target // axis.size
    first = -(-axis.wanted.start // factor)
    last = -(-axis.wanted.stop // factor)
    return first * factor - axis.wanted.start, slice(first - axis.held.start, last - axis.held.start)


BED_OF_NAILS = Method(
    name="bed-of-nails",
    summary="Value to the top-left of its block, zeros elsewhere",
    family="unpooling",
    function=_bed_of_nails,
    source="A. Dosovitskiy, J. Springenberg, T. Brox, Learning to generate chairs, CVPR 2015 (unpooling)",
    scales="integer",
    exact=True,
    linear=True,
    constant=False,
)
