"""Lists of methods from words."""

import pytest

from upscli import registry
from upscli.contenders import Contender, contenders
from upscli.errors import MethodError


def labels(*words: str) -> list[str]:
    return [one.label for one in contenders(words)]


def test_a_list_gives_its_methods_in_their_order_each_once() -> None:
    assert labels("lanczos, bicubic", "nearest,lanczos") == ["lanczos", "bicubic", "nearest"]


def test_options_stand_behind_colons_and_become_values() -> None:
    assert contenders(["bicubic:a=-0.75"]) == (Contender("bicubic", {"a": -0.75}),)
    assert labels("mitchell:b=0.2:c=0.4,mitchell") == ["mitchell b=0.2 c=0.4", "mitchell"]
    assert labels("transposed-conv:kernel=1 1; 1 1") == ["transposed-conv kernel=1 1; 1 1"]


def test_a_family_gives_its_methods() -> None:
    assert labels("network layers,bicubic") == ["transposed-conv", "resize-conv", "sub-pixel", "bicubic"]


def test_all_gives_every_method_that_makes_colors_at_a_size_asked_for() -> None:
    found = labels("all")
    assert set(registry.BUILTIN) - set(found) == {"max-unpool", "labels", "trained"}
    assert found[0] == "nearest"


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("bicubik", "no method or family 'bicubik'; did you mean 'bicubic'?"),
        ("qqq", r"no method or family 'qqq' \(families: interpolation, learned, network layers, unpooling; or all\)"),
        ("bicubic,", "a method without a name"),
        ("", "a method without a name"),
        ("bicubic:0.5", "'0.5' is not KEY=VALUE"),
        ("bicubic:a=-1:a=-0.5", "a is given twice"),
        ("bicubic:b=1", "bicubic has no option 'b'"),
        ("bicubic:a=x", "'x', which is not a number"),
        ("max-unpool", "max-unpool decides the size itself, so it cannot be set beside others"),
        ("labels", "labels makes no new colors"),
        ("all:a=1", "all is several methods"),
    ],
)
def test_other_words_are_refused(word: str, sentence: str) -> None:
    with pytest.raises(MethodError, match=sentence):
        contenders([word])
