"""`upscli formats`: its table, its objects and its sentences say what the formats' records say."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from upscli.pictures.formats import FORMATS


def table(out: str) -> dict[str, dict[str, str]]:
    """The cells of each row by heading, found by the places of the headings."""
    lines = out.split("\n\n")[0].splitlines()
    headings = ["name", "extensions", "read", "write", "gray", "rgb", "cmyk", "labels", "alpha", "animation"]
    places = [lines[0].index(heading) for heading in headings] + [len(lines[0])]
    rows = [line for line in lines[1:] if not line.startswith(" ")]
    cut = [[line[start:end].strip() for start, end in itertools.pairwise(places)] for line in rows]
    return {row[0]: dict(zip(headings, row, strict=True)) for row in cut}


def test_the_table_has_every_format_in_its_order(upscli: Callable[..., Any]) -> None:
    said = upscli("formats")
    assert (said.code, said.err) == (0, "")
    assert list(table(said.out)) == [form.name for form in FORMATS]


def test_the_depths_of_the_table_are_those_of_the_records(upscli: Callable[..., Any]) -> None:
    bits = {"8": "uint8", "16": "uint16", "float": "float32"}
    rows = table(upscli("formats").out)
    for form in FORMATS:
        for color in ("gray", "rgb", "cmyk", "labels", "alpha"):
            read, written = set(), set()
            for word in rows[form.name][color].replace("-", "").split():
                depth = bits[word.rstrip("rw")]
                read |= set() if word.endswith("w") else {depth}
                written |= set() if word.endswith("r") else {depth}
            for said, layouts in ((read, form.reads), (written, form.writes)):
                true = {one.depth for one in layouts if (one.alpha if color == "alpha" else one.color == color)}
                assert said == true, (form.name, color)


def test_limits_extras_and_what_is_only_read_are_told_below(upscli: Callable[..., Any]) -> None:
    below = upscli("formats").out.split("\n\n")[1]
    assert "avif:      at most 268,435,456 pixels in all" in below
    assert "pnm:       .pbm is only read" in below
    for form in FORMATS:
        assert form.remark in below
        if form.extra:
            assert f"{form.name + ':':<10} needs upscli[{form.extra}], which is" in below


@pytest.mark.parametrize("here", [True, False])
def test_a_format_whose_extra_is_missing_is_neither_read_nor_written(
    upscli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, here: bool
) -> None:
    monkeypatch.setattr("upscli.pictures.extras.find_spec", lambda _: object() if here else None)
    said = upscli("formats")
    for form in FORMATS:
        row = table(said.out)[form.name]
        assert row["read"] == row["write"] == ("yes" if here or not form.extra else "no")
    assert f"needs upscli[heif], which {'is' if here else 'is not'} installed" in said.out
    installed = {one["name"]: one["installed"] for one in json.loads(upscli("formats", "--json").out)}
    assert installed["heif"] == installed["jxl"] == here
    assert installed["png"]


def test_json_has_every_fact(upscli: Callable[..., Any]) -> None:
    said = upscli("formats", "--json")
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert [one["name"] for one in found] == [form.name for form in FORMATS]
    for one, form in zip(found, FORMATS, strict=True):
        assert one["extensions"] == list(form.extensions)
        assert one["longest_side"] == form.longest
        assert {(a["color"], a["alpha"], a["depth"]) for a in one["writes"]} == {
            (a.color, a.alpha, a.depth) for a in form.writes
        }
        assert len(one["reads"]) == len(form.reads)
        assert one["animation"] == form.frames.split()
        assert (one["most_pixels"], one["most_bytes"]) == (form.largest or None, form.bytes or None)


@pytest.mark.parametrize("word", ["webp", "jpg", "TIF"])
def test_one_format_is_told_by_any_of_its_names(upscli: Callable[..., Any], word: str) -> None:
    (name,) = table(upscli("formats", word).out)
    assert name == {"webp": "webp", "jpg": "jpeg", "TIF": "tiff"}[word]


def test_a_wrong_name_gets_the_nearest_right_one(upscli: Callable[..., Any]) -> None:
    said = upscli("formats", "webpp")
    assert (said.code, said.out) == (2, "")
    assert "no format 'webpp'; did you mean 'webp'?" in said.err
