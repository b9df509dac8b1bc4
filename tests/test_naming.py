"""Names of results: fields, what a template may not do, and what hostile names cannot make it do."""

from __future__ import annotations

from fractions import Fraction
from pathlib import PurePath
from typing import Any

import pytest

from upscli.errors import UpscliError
from upscli.naming import APART, BESIDE, FIELDS, check_template, fill, scale_words
from upscli.size import Exact, Scale

VALUES: dict[str, Any] = {
    "dir": "trip/day1",
    "stem": "lake",
    "ext": ".png",
    "method": "lanczos",
    "scale": "2",
    "width": 640,
    "height": 480,
    "index": 7,
}


def test_every_field_can_be_filled() -> None:
    assert tuple(VALUES) == FIELDS
    template = "_".join("{" + name + "}" for name in FIELDS)
    check_template(template)
    assert str(fill(template, VALUES)) == "trip/day1_lake_.png_lanczos_2_640_480_7"


@pytest.mark.parametrize(
    ("template", "path"),
    [
        (BESIDE, "trip/day1/lake_lanczos_x2.png"),
        (APART, "trip/day1/lake.png"),
        ("{index:04}{ext}", "0007.png"),
        ("{width}x{height}/{stem}.webp", "640x480/lake.webp"),
        ("{{{stem}}}", "{lake}"),
        ("a b\n{stem}", "a b\nlake"),
    ],
)
def test_a_template_becomes(template: str, path: str) -> None:
    check_template(template)
    assert fill(template, VALUES) == PurePath(path)


def test_an_empty_dir_leaves_no_slash() -> None:
    assert fill(APART, VALUES | {"dir": ""}) == PurePath("lake.png")


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("{steam}{ext}", "did you mean 'stem'"),
        ("{stem.__class__}", "no field"),
        ("{0}", "no field '0'"),
        ("{}", "no field ''"),
        ("{stem!r}", "only width, height, index"),
        ("{stem:>9}", "only width, height, index"),
        ("{index:x}", "only width, height, index"),
        ("{index:999999999}", "only width, height, index"),
        ("{index:²}", "only width, height, index"),
        ("{stem", "cannot be read"),
        ("/etc/{stem}", "leaves the output folder"),
        ("../{stem}", "leaves the output folder"),
        ("{dir}/../{stem}", "leaves the output folder"),
        ("same.png", "the same name"),
        ("{stem}/", "the same name"),
        ("", "the same name"),
    ],
)
def test_a_template_is_refused(template: str, part: str) -> None:
    with pytest.raises(UpscliError, match=part):
        check_template(template)


@pytest.mark.parametrize(("template", "stem"), [("{stem}/{index}", ".."), ("{stem}", ".."), ("{stem}", "")])
def test_a_hostile_stem_cannot_lead_out_of_the_folder(template: str, stem: str) -> None:
    with pytest.raises(UpscliError, match="leaves the output folder"):
        fill(template, VALUES | {"stem": stem})


@pytest.mark.parametrize("stem", ["{width}", "%s", "$HOME", "a\nb", "-rf", "\udce9", "\x1b[31m"])
def test_a_stem_is_data(stem: str) -> None:
    assert fill(APART, VALUES | {"stem": stem, "dir": ""}).name == f"{stem}.png"


@pytest.mark.parametrize(
    ("template", "size", "words"),
    [
        (BESIDE, Scale(Fraction(2), Fraction(2)), (BESIDE, "2")),
        (BESIDE, Scale(Fraction(3, 2), Fraction(3)), (BESIDE, "1.5x3")),
        (BESIDE, Exact(640, None), ("{dir}/{stem}_{method}_{scale}{ext}", "640x480")),
        ("x{scale}", Exact(640, None), ("{scale}", "640x480")),
        ("max{scale}", Exact(640, None), ("max{scale}", "640x480")),
    ],
)
def test_the_scale_is_called(template: str, size: Any, words: tuple[str, str]) -> None:
    assert scale_words(template, size, (640, 480)) == words
