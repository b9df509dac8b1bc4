"""What OpenBLAS tells of itself, where NumPy has it."""

import os
import subprocess
import sys

import numpy as np
import pytest

from upscli.kernels import blas


def test_it_is_found_wherever_numpy_says_that_it_has_it() -> None:
    config = np.show_config(mode="dicts")
    if sys.platform != "linux" or "openblas" not in config["Build Dependencies"]["blas"]["name"]:
        pytest.skip("functions of other libraries, and on other systems, are not looked for")
    assert blas.core().isalnum()


@pytest.mark.skipif(blas.core() not in {"Haswell", "Zen", "SkylakeX", "Cooperlake", "Sapphirerapids"}, reason="no AVX2")
def test_it_tells_the_processor_that_it_was_told_to_take() -> None:
    words = "from upscli.kernels import blas; print(blas.core())"
    said = subprocess.run(
        [sys.executable, "-c", words],
        env={**os.environ, "OPENBLAS_CORETYPE": "Haswell"},
        capture_output=True,
        text=True,
    )
    assert said.stdout.strip() == "Haswell", said.stderr


def test_a_library_that_has_no_such_functions_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas, "_loaded", lambda: None)
    monkeypatch.setattr(blas, "_function", blas._function.__wrapped__)
    blas.one_thread()
    assert blas.core() == ""
