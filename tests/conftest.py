"""Settings of all tests. Being here also puts this folder on the path: `from compare import assert_close`."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from upscli.kernels import blas

# The machines that run tests are shared: time is no property of an example there.
settings.register_profile("upscli", deadline=None, derandomize=True)
settings.load_profile("upscli")


@pytest.fixture
def blas_threads() -> Iterator[Callable[[], int]]:
    """How many threads OpenBLAS would use now: two, unless somebody tells it."""
    ask, tell = blas._function("openblas_get_num_threads"), blas._function("openblas_set_num_threads")
    if ask is None:
        pytest.skip("NumPy's BLAS is not OpenBLAS")
    before = ask()
    tell(2)
    yield ask
    tell(before)
