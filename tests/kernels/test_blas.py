"""What OpenBLAS tells of itself, where NumPy has it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from threading import Barrier, Thread, Timer

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
    with blas.by_one_thread():
        assert blas.core() == ""


def test_a_block_has_one_thread_and_leaves_as_many_as_there_were(blas_threads: Callable[[], int]) -> None:
    def fails() -> None:
        with blas.by_one_thread():
            with blas.by_one_thread():
                assert blas_threads() == 1
            assert blas_threads() == 1, "the outer block goes on"
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        fails()
    assert blas_threads() == 2


def test_blocks_of_several_threads_may_overlap(blas_threads: Callable[[], int]) -> None:
    first_left, second_came = Barrier(2, timeout=10), Barrier(2, timeout=10)

    def other() -> None:
        with blas.by_one_thread():
            second_came.wait()
            first_left.wait()
            seen.append(blas_threads())

    seen: list[int] = []
    thread = Thread(target=other)
    with blas.by_one_thread():
        thread.start()
        second_came.wait()
    first_left.wait()
    thread.join()
    assert seen == [1], "the first to leave has brought the others' threads back"
    assert blas_threads() == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.usefixtures("blas_threads")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_does_not_wait_for_threads_that_it_does_not_have() -> None:
    blas._turn.acquire()
    Timer(0.2, blas._turn.release).start()
    if (child := os.fork()) == 0:
        signal.alarm(5)
        try:
            with blas.by_one_thread():
                os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
