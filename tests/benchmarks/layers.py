"""The layers' kernels against PyTorch, one thread, on a picture of 2000 x 1500 RGB in float32.

    python tests/benchmarks/layers.py [--repeats N]

PyTorch runs channels first and channels last, and the faster counts. Results are compared before anything is timed.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import sys
from collections.abc import Callable, Iterator
from statistics import median
from time import thread_time
from typing import Any

import numpy as np

from upscli.kernels.convolve import convolve, transposed_convolve
from upscli.kernels.pooling import max_pool

Contest = tuple[str, Callable[[], Any], Callable[[Any], Any]]
"""What is done, upscli's way, and PyTorch's way for a tensor in either layout."""


def contests(pixels: np.ndarray) -> Iterator[Contest]:
    import torch
    from torch.nn import functional

    def weights(size: int) -> tuple[np.ndarray, Any]:
        kernel = np.random.default_rng(size).random((size, size), np.float32)
        return kernel, torch.from_numpy(kernel).expand(3, 1, size, size).contiguous()

    for size in (3, 5, 7, 11, 16):
        kernel, tensor = weights(size)
        yield (
            f"convolution {size} x {size}",
            lambda kernel=kernel: convolve(pixels, kernel),
            lambda x, tensor=tensor: functional.conv2d(x, tensor, groups=3),
        )
    for size in (3, 4, 8, 16):
        kernel, tensor = weights(size)
        yield (
            f"transposed convolution {size} x {size}, stride 2",
            lambda kernel=kernel: transposed_convolve(pixels, kernel, stride=2),
            lambda x, tensor=tensor: functional.conv_transpose2d(x, tensor, stride=2, groups=3),
        )
    for size in (2, 3, 5, 16):
        yield (
            f"max pooling with switches, window {size}",
            lambda size=size: max_pool(pixels, size)[0],
            lambda x, size=size: functional.max_pool2d(x, size, return_indices=True)[0],
        )


def seconds(work: Callable[[], Any]) -> float:
    started = thread_time()
    work()
    return thread_time() - started


def row(contest: Contest, layouts: list[Any], pixels: np.ndarray, repeats: int) -> str:
    name, ours, theirs = contest
    expected = theirs(layouts[0])[0].permute(1, 2, 0).numpy()
    difference = float(np.abs(ours() - expected).max())
    rounds = [(seconds(ours), *(seconds(lambda x=x: theirs(x)) for x in layouts)) for _ in range(repeats)]
    ratios = [min(others) / own for own, *others in rounds]
    return (
        f"| {name} | {median(own for own, *_ in rounds) * 1e3:.0f} ms | {median(ratios):.2f}"
        f" ({min(ratios):.2f} to {max(ratios):.2f}) | {difference:.1g} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    try:
        import torch
    except ImportError:
        sys.exit("PyTorch is not installed: pip install -e '.[train]'")
    torch.set_num_threads(1)
    pixels = np.random.default_rng(1).random((1500, 2000, 3), np.float32)
    first = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]
    layouts = [first, first.contiguous(memory_format=torch.channels_last)]
    print(f"NumPy {np.__version__}, PyTorch {torch.__version__}, one thread\n")
    print("| kernel | upscli | PyTorch / upscli | largest difference |")
    print("|---|---|---|---|")
    with torch.no_grad():
        for contest in contests(pixels):
            print(row(contest, layouts, pixels, repeats), flush=True)


if __name__ == "__main__":
    main()
