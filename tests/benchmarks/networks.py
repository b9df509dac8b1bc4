"""Networks on NumPy against PyTorch (channels last) and ONNX Runtime: the same weights, threads and megapixel of luma.

    python tests/benchmarks/networks.py [MODEL.npz ...] [--threads N] [--repeats N]

Without model files it takes the bundled ones of x2. Needs PyTorch; ONNX Runtime and onnx where they are installed.
Results are compared before anything is timed. Ratios are theirs / upscli's of the same round.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from timing import OURS, rounds

import upscli
from upscli.hands import hired, room
from upscli.learned import network
from upscli.learned.modelfile import Model, load
from upscli.tiles import fitting

SIDE = 1024
"""Source pixels along each side of the picture."""
WEIGHTS = Path(upscli.__file__).parent / "learned" / "weights"

Run = Callable[[], np.ndarray]


def ours(model: Model, luma: np.ndarray, threads: int) -> Run:
    """In tiles by several hands, as the program runs it. `luma` has the model's halo round it."""
    detail, reach, scale = network.ready(model).detail, model.header.reach, model.header.scale
    high, wide = fitting(reach, (SIDE, SIDE), scale)
    high, wide = high // scale, wide // scale
    corners = [(top, left) for top in range(0, SIDE, high) for left in range(0, SIDE, wide)]

    def run() -> np.ndarray:
        result = room((SIDE * scale, SIDE * scale), np.float32)

        def work(number: int, share: int) -> None:
            for top, left in corners[share::threads]:
                bottom, right = min(top + high, SIDE), min(left + wide, SIDE)
                held = luma[top : bottom + 2 * reach, left : right + 2 * reach]
                result[top * scale : bottom * scale, left * scale : right * scale] = detail(held)

        if threads == 1:
            work(0, 0)
            return result
        with hired(threads, work, 0) as team:
            team.wait()
        return result

    return run


def pytorch(model: Model, luma: np.ndarray, threads: int) -> Run:
    import torch
    from torch.nn import functional

    torch.set_num_threads(threads)
    last = torch.channels_last
    maps = torch.from_numpy(luma)[None, None].contiguous(memory_format=last)
    layers = [
        (torch.from_numpy(kernel).contiguous(memory_format=last), torch.from_numpy(bias), leaky)
        for kernel, bias, leaky in numbers(model)
    ]

    def run() -> np.ndarray:
        with torch.inference_mode():
            made = maps
            for kernel, bias, leaky in layers:
                made = functional.conv2d(made, kernel, bias)
                made = functional.leaky_relu(made, network.SLOPE, inplace=True) if leaky else made
            return functional.pixel_shuffle(made, model.header.scale)[0, 0].numpy()

    return run


def onnx(model: Model, luma: np.ndarray, threads: int) -> Run:
    import onnx as onnx_format
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    nodes, weights, name = [], [], "luma"
    for number, (kernel, bias, leaky) in enumerate(numbers(model)):
        weights += [numpy_helper.from_array(kernel, f"k{number}"), numpy_helper.from_array(bias, f"b{number}")]
        nodes.append(helper.make_node("Conv", [name, f"k{number}", f"b{number}"], [name := f"c{number}"]))
        if leaky:
            nodes.append(helper.make_node("LeakyRelu", [name], [name := f"a{number}"], alpha=network.SLOPE))
    nodes.append(helper.make_node("DepthToSpace", [name], ["made"], blocksize=model.header.scale, mode="CRD"))
    ends = [helper.make_tensor_value_info(end, TensorProto.FLOAT, [1, 1, None, None]) for end in ("luma", "made")]
    graph = helper.make_graph(nodes, "network", ends[:1], ends[1:], weights)
    built = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx_format.checker.check_model(built)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(built.SerializeToString(), options, providers=["CPUExecutionProvider"])
    held = luma[np.newaxis, np.newaxis]
    return lambda: session.run(None, {"luma": held})[0][0, 0]


def numbers(model: Model) -> list[tuple[np.ndarray, np.ndarray, bool]]:
    """Kernels, biases, and whether a leaky ReLU follows."""
    return [
        (*(np.array(model.arrays[f"{name}{n}"], np.float32) for name in ("kernel", "bias")), bool(layer["leaky"]))
        for n, layer in enumerate(model.header.layers)
    ]


def row(path: Path, threads: int, repeats: int) -> str:
    model = load(path)
    reach = model.header.reach
    luma = np.random.default_rng(0).random((SIDE + 2 * reach, SIDE + 2 * reach), np.float32)
    contestants: dict[str, Any] = {OURS: ours(model, luma, threads), "PyTorch": pytorch(model, luma, threads)}
    if find_spec("onnx") and find_spec("onnxruntime"):
        contestants["ONNX Runtime"] = onnx(model, luma, threads)
    results = {name: run() for name, run in contestants.items()}
    apart = max(float(np.abs(result - results[OURS]).max()) for result in results.values())
    times = rounds(contestants, repeats)
    megapixels = SIDE * SIDE / 1e6
    ratios = [times.ratio(name) for name in contestants if name != OURS]
    shown = " | ".join(f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})" for ratio in ratios)
    return f"| {path.stem} | {times.median(OURS) / megapixels:.2f} s | {shown} | {apart:.1g} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    told = parser.parse_args()
    if not find_spec("torch"):
        sys.exit("PyTorch is not installed; pip install 'upscli[train]'")
    models = told.models or sorted(path for path in WEIGHTS.glob("*x2.npz") if load(path).header.kind == "network")
    peers = ["PyTorch"] + (["ONNX Runtime"] if find_spec("onnx") and find_spec("onnxruntime") else [])
    print(f"| network | upscli, a megapixel | {' | '.join(peers)} | largest difference |")
    print("| --- " * (len(peers) + 3) + "|")
    for path in models:
        print(row(path, told.threads, told.repeats), flush=True)


if __name__ == "__main__":
    main()
