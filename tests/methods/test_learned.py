"""The records of what was trained."""

import pytest

from upscli import registry
from upscli.methods.learned import TrainedOptions, weights
from upscli.options import make_options


@pytest.mark.parametrize("name", ["learned-linear", "learned-buckets"])
def test_a_model_file_is_as_busy_as_the_method_that_comes_with_such(name: str) -> None:
    trained, bundled = registry.get("trained"), registry.get(name)
    own = make_options("trained", TrainedOptions, {"model": str(weights(name, 2))})
    assert trained.busy_with(own) == bundled.busy_with(bundled.options())
    assert not trained.busy_with(TrainedOptions())


def test_buckets_alone_are_busy() -> None:
    busy = {name for name in registry.names() if (method := registry.get(name)).busy_with(method.options())}
    assert busy == {"learned-buckets"}
