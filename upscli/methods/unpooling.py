"""Operators that undo pooling by placing values and leaving the rest 0."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from upscli.errors import MethodError
from upscli.kernels.pooling import max_unpool
from upscli.method import Axis, Method, NoOptions, Pixels
from upscli.options import option
from upscli.switches import Switches, read_switches


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


@dataclass(frozen=True)
class UnpoolOptions:
    """Where the values go."""

    switches: Path = option(Path(), "the file that 'upscli pool --switches FILE' wrote")


def _switches(options: UnpoolOptions) -> Switches:
    if options.switches == Path():
        raise MethodError("max-unpool needs --switches FILE, which 'upscli pool' writes")
    return read_switches(options.switches)


def _original_size(size: tuple[int, int], options: UnpoolOptions) -> tuple[int, int]:
    switches = _switches(options)
    pooled = switches.places.shape[1::-1]
    if size != pooled:
        raise MethodError(
            f"{options.switches} has switches for {pooled[0]} x {pooled[1]} pixels, and this picture is"
            f" {size[0]} x {size[1]}; take the file written with it"
        )
    return switches.size[1], switches.size[0]


def _max_unpool(pixels: Pixels, rows: Axis, cols: Axis, options: UnpoolOptions, switches: Switches) -> Pixels:
    if pixels.shape != switches.places.shape:
        raise MethodError(
            f"{options.switches} has switches for {switches.places.shape[2]} channels, and this picture has"
            f" {pixels.shape[2]}; take the file written with it"
        )
    whole = max_unpool(pixels, switches.places, switches.size)
    return whole[rows.wanted.start : rows.wanted.stop, cols.wanted.start : cols.wanted.stop]


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
MAX_UNPOOL = Method(
    name="max-unpool",
    summary="Values back to where max pooling found them, zeros elsewhere",
    family="unpooling",
    function=_max_unpool,
    source="M. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, ECCV 2014 (switches)",
    options=UnpoolOptions,
    reach=None,
    exact=True,
    linear=True,
    constant=False,
    load=_switches,
    target=_original_size,
)
