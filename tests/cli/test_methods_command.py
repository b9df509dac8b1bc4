"""`upscli methods`, `--help`, `--version`, and the nearest word for a wrong one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import upscli as package
from upscli import registry


def test_the_table_has_every_method(upscli: Callable[..., Any]) -> None:
    said = upscli("methods")
    assert (said.code, said.err) == (0, "")
    first = [line.split()[0] for line in said.out.splitlines() if not line.startswith(" ")]
    assert first == ["name", *registry.names()]
    assert said.out.splitlines()[0].split() == ["name", "family", "factors", "summary"]


def test_json_has_every_method_with_its_fields(upscli: Callable[..., Any]) -> None:
    said = upscli("methods", "--json")
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert [method["name"] for method in found] == registry.names()
    for method in found:
        assert {"name", "family", "scales", "summary", "options", "source"} <= set(method)
        assert method["summary"]
        assert method["source"]
        for option in method["options"]:
            assert {"name", "type", "default"} <= set(option)
    by_name = {method["name"]: method for method in found}
    assert by_name["bed-of-nails"]["scales"] == "integer"
    assert by_name["bicubic"]["options"][0]["name"] == "a"
    assert by_name["bicubic"]["options"][0]["default"] == -0.5
    assert by_name["lanczos"]["options"][0]["range"] == [2, 5]


@pytest.mark.parametrize("name", registry.BUILTIN)
def test_one_method_is_told_in_words_and_as_a_list_of_one(upscli: Callable[..., Any], name: str) -> None:
    words, objects = upscli("methods", name), upscli("methods", name, "--json")
    assert (words.code, objects.code, words.err, objects.err) == (0, 0, "", "")
    (method,) = json.loads(objects.out)
    assert method["name"] == name
    assert words.out.startswith(f"{name}: {method['summary']}")
    for told in (method["source"], method["family"], *(option["name"] for option in method["options"])):
        assert told in words.out


def test_the_factors_are_those_of_the_model_that_is_given(upscli: Callable[..., Any]) -> None:
    model = Path(package.__file__).parent / "learned" / "weights" / "learned-linear-x3.npz"
    (method,) = json.loads(upscli("methods", "trained", "-O", f"model={model}", "--json").out)
    assert method["scales"] == [3]
    assert [card["scale"] for card in method["cards"]] == [3]


@pytest.mark.parametrize("name", ["learned-linear", "learned-best"])
def test_what_the_cards_of_its_models_say_is_told_once(upscli: Callable[..., Any], name: str) -> None:
    lines = upscli("methods", name).out.splitlines()
    cards = json.loads(upscli("methods", name, "--json").out)[0]["cards"]
    assert len(cards) == 3
    for card in cards:
        assert any(f"  model    {card['file']}: " in line for line in lines)
        assert f"    {card['command']}" in lines
        assert all(lines.count(f"    {note}") == 1 for note in card["tried"])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["methods", "lancos"], "no method 'lancos'; did you mean 'lanczos'?"),
        (["methods", "lancos", "--json"], "no method 'lancos'; did you mean 'lanczos'?"),
        (["methods", "qqqq"], "no method 'qqqq'; 'upscli methods' lists them"),
        (["enlarge", "sprite.png", "-m", "bicubik"], "no method 'bicubik'; did you mean 'bicubic'?"),
        (["enlarg", "sprite.png"], "no command 'enlarg'; did you mean 'enlarge'?"),
        (["method"], "no command 'method'; did you mean 'methods'?"),
        (["qqqq"], "no command 'qqqq'; it is one of enlarge, compare, "),
        (["enlarge", "sprite.png", "--scal", "2"], "--scale"),
        (["enlarge", "sprite.png", "--overwite"], "--overwrite"),
        (["methods", "--jsn"], "--json"),
        (["--verson"], "--version"),
        (["enlarge", "sprite.png", "--format", "pngg"], "no format 'pngg'; did you mean 'png'?"),
        (["enlarge", "sprite.png", "--edge", "wrp"], "'wrap'"),
    ],
)
def test_a_wrong_word_gets_the_nearest_right_one(
    upscli: Callable[..., Any], folder: Any, words: list[str], expected: str
) -> None:
    said = upscli(*words)
    assert (said.code, said.out) == (2, "")
    assert len(said.lines) == 1
    assert expected in said.err


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", [[], ["enlarge"], ["methods"], ["formats"]])
def test_help_has_examples(upscli: Callable[..., Any], command: list[str], flag: str) -> None:
    said = upscli(*command, flag)
    assert (said.code, said.err) == (0, "")
    examples = re.findall(r"^ +(?:cat a.png \| )?upscli \w+.*$", said.out, re.MULTILINE)
    assert len(examples) >= 3, said.out
    assert all(len(line) <= 80 for line in said.out.splitlines()), said.out


def test_help_lists_the_commands(upscli: Callable[..., Any]) -> None:
    said = upscli("--help")
    for name in ("enlarge", "methods", "completion"):
        assert re.search(rf"^  {name}  +\w", said.out, re.MULTILINE)


def test_no_words_at_all_show_the_help_in_lines_and_are_refused(upscli: Callable[..., Any]) -> None:
    said = upscli()
    assert (said.code, said.out) == (2, "")
    assert said.lines[0].lower().startswith("usage: upscli")
    assert len(said.lines) > 10


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_the_version_is_told(upscli: Callable[..., Any], flag: str) -> None:
    said = upscli(flag)
    assert (said.code, said.out, said.err) == (0, f"upscli {package.__version__}\n", "")


def test_a_command_that_lacks_its_input_says_so(upscli: Callable[..., Any]) -> None:
    said = upscli("enlarge")
    assert (said.code, said.out, len(said.lines)) == (2, "", 1)
    assert "INPUT" in said.err
    assert "upscli enlarge --help" in said.err
