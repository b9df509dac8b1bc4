"""Options of methods: words and values in, a checked dataclass out."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscli.errors import MethodError
from upscli.method import NoOptions
from upscli.methods.transposed import KernelOptions, Normalize
from upscli.methods.unpooling import UnpoolOptions
from upscli.options import as_values, describe, make_options, near, option


class Cut(Enum):
    SHARP = "sharp"
    SOFT = "soft"


@dataclass(frozen=True)
class Every:
    """One of each kind."""

    amount: float = option(0.5, "how much", 0.0, 1.0)
    count: int = option(3, "how many", 2, 5)
    dither: bool = option(False, "whether")
    cut: Cut = option(Cut.SOFT, "which")
    model: Path = option(Path("m.npz"), "where")
    label: str = option("a", "what")
    free: float = option(0.0, "no bounds")


def made(**given: Any) -> Every:
    result: Every = make_options("every", Every, given)
    return result


# What must not change


def test_no_words_give_the_defaults() -> None:
    assert made() == Every()


def test_values_pass_as_they_are() -> None:
    values = {
        "amount": 0.25, "count": 4, "dither": True, "cut": Cut.SHARP, "model": Path("x/y"), "label": "b", "free": -3.5,
    }  # fmt: skip
    assert asdict(made(**values)) == values


@given(st.floats(0, 1), st.integers(2, 5), st.booleans(), st.sampled_from(Cut), st.floats(-1e300, 1e300))
def test_values_and_their_words_give_the_same_options(
    amount: float, count: int, dither: bool, cut: Cut, free: float
) -> None:
    values = made(amount=amount, count=count, dither=dither, cut=cut, free=free)
    assert made(**asdict(values)) == values
    words = {key: str(value.value if isinstance(value, Enum) else value) for key, value in asdict(values).items()}
    assert made(**words) == values


# What must become


@pytest.mark.parametrize(
    ("given", "key", "value"),
    [
        ("0.75", "amount", 0.75),
        (".5", "amount", 0.5),
        ("1", "amount", 1.0),
        (1, "amount", 1.0),
        (" 5e-1 ", "amount", 0.5),
        ("4", "count", 4),
        (4.0, "count", 4),
        ("true", "dither", True),
        ("Yes", "dither", True),
        ("1", "dither", True),
        (1, "dither", True),
        ("FALSE", "dither", False),
        ("no", "dither", False),
        ("0", "dither", False),
        ("sharp", "cut", Cut.SHARP),
        ("a/b.npz", "model", Path("a/b.npz")),
        ("x=y", "label", "x=y"),
        (7, "label", "7"),
    ],
)
def test_words_become_values(given: Any, key: str, value: Any) -> None:
    found = getattr(made(**{key: given}), key)
    assert found == value
    assert type(found) is type(value) or isinstance(found, Path)


@pytest.mark.parametrize(
    ("key", "word", "sentence"),
    [
        ("amount", "wide", "option 'amount' of every is 'wide', which is not a number"),
        ("amount", "", "option 'amount' of every is '', which is not a number"),
        ("amount", "nan", "option 'amount' of every is 'nan', which is not a number"),
        ("free", "inf", "option 'free' of every is 'inf', which is not a number"),
        ("free", float("nan"), "option 'free' of every is 'nan', which is not a number"),
        ("amount", True, "option 'amount' of every is 'True', which is not a number"),
        ("amount", None, "option 'amount' of every is 'None', which is not a number"),
        ("amount", [1], "option 'amount' of every is '[1]', which is not a number"),
        ("count", "3.5", "option 'count' of every is '3.5', which is not a whole number"),
        ("count", 3.5, "option 'count' of every is '3.5', which is not a whole number"),
        ("count", float("inf"), "option 'count' of every is 'inf', which is not a whole number"),
        ("count", True, "option 'count' of every is 'True', which is not a whole number"),
        ("dither", "maybe", "option 'dither' of every is 'maybe', which is not true or false"),
        ("dither", 2, "option 'dither' of every is '2', which is not true or false"),
        ("cut", "blunt", "option 'cut' of every is 'blunt', which is not one of sharp, soft"),
    ],
)
def test_words_of_another_kind_are_refused_with_what_is_expected(key: str, word: Any, sentence: str) -> None:
    with pytest.raises(MethodError) as caught:
        made(**{key: word})
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("key", "value"), [("amount", "1.0001"), ("amount", -0.1), ("count", 1), ("count", "6")])
def test_values_out_of_range_are_refused_with_the_range(key: str, value: Any) -> None:
    bounds = {"amount": ("0", "1"), "count": ("2", "5")}[key]
    with pytest.raises(MethodError, match=f"option '{key}' of every is .*{bounds[0]}.*{bounds[1]}"):
        made(**{key: value})


@pytest.mark.parametrize(("key", "value"), [("amount", 0), ("amount", "1"), ("count", 2), ("count", "5")])
def test_the_ends_of_a_range_belong_to_it(key: str, value: Any) -> None:
    made(**{key: value})


def test_an_unknown_key_is_refused_with_the_nearest_and_all_others() -> None:
    with pytest.raises(MethodError) as caught:
        made(cout="3")
    said = str(caught.value)
    assert said.startswith("every has no option 'cout'; did you mean 'count'?")
    assert all(key in said for key in ("amount", "count", "dither", "cut", "model", "label", "free"))


def test_a_method_without_options_says_so() -> None:
    with pytest.raises(MethodError, match=r"^nearest has no options, so 'a' cannot be set$"):
        make_options("nearest", NoOptions, {"a": "1"})


WORDS = st.text("0123456789.+-_eEnaifty =\n\x00\u0663\u202e", max_size=8)


@given(WORDS, WORDS)
def test_any_words_give_options_or_a_method_error(key: str, word: str) -> None:
    for name in (key, "amount", "count", "dither", "cut"):
        with suppress(MethodError):
            made = make_options("every", Every, {name: word})
            assert make_options("every", Every, asdict(made)) == made


def test_near_offers_only_what_is_near() -> None:
    assert near("bicubik", ["bicubic", "box"]) == "; did you mean 'bicubic'?"
    assert near("zzz", ["bicubic", "box"]) == ""


def test_options_are_described_for_tables_and_json() -> None:
    rows = {row["name"]: row for row in describe(Every)}
    assert list(rows) == ["amount", "count", "dither", "cut", "model", "label", "free"]
    assert rows["amount"] == {
        "name": "amount", "type": "float", "default": 0.5, "range": [0.0, 1.0], "choices": None, "help": "how much",
    }  # fmt: skip
    assert [rows[key]["type"] for key in rows] == ["float", "int", "bool", "choice", "path", "str", "float"]
    assert rows["cut"]["choices"] == ["sharp", "soft"]
    assert rows["cut"]["default"] == "soft"
    assert rows["free"]["range"] == [None, None]


def test_methods_without_options_have_an_empty_description() -> None:
    assert describe(NoOptions) == []


def test_options_become_plain_values_that_json_has_and_that_make_the_same_options_again() -> None:
    for options in (UnpoolOptions(Path("a b.npz")), UnpoolOptions(), KernelOptions("box", Normalize.PHASE)):
        values = json.loads(json.dumps(as_values(options)))
        assert make_options("", type(options), values) == options
    assert as_values(UnpoolOptions(Path("a.npz"))) == {"switches": "a.npz"}
    assert describe(UnpoolOptions)[0]["default"] is None
