"""The page of a comparison, as text. `test_comparison_browser.py` opens it."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from urllib.request import urlopen

import numpy as np
import pytest
from comparisons import CELLS, comparison
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from upscli.comparison_page import page


class Parts(HTMLParser):
    """What a browser makes of it: elements, and the texts in some of them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.tags[-1] if self.tags else ("", {})
        key = attributes.get("id") or tag
        self.texts[key] = self.texts.get(key, "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for one, attributes in self.tags if one == tag]


def test_all_but_the_pictures_is_under_60_kb() -> None:
    text = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", page(comparison()))
    assert 10_000 < len(text.encode()) < 60_000


def test_every_picture_is_in_it_pixel_for_pixel() -> None:
    shown = comparison()
    images = Parts(page(shown)).all("img")
    assert shown.reference is not None
    wanted = [(i, j, crop) for i, crops in enumerate([*(c.crops for c in shown.cells), shown.reference])
              for j, crop in enumerate(crops)]  # fmt: skip
    assert len(images) == len(wanted)
    for image, (picture, region, crop) in zip(images, wanted, strict=True):
        assert (image["data-picture"], image["data-region"]) == (str(picture), str(region))
        with urlopen(str(image["src"])) as data:
            assert np.array_equal(np.asarray(Image.open(BytesIO(data.read()))), crop)


def test_nothing_in_it_names_another_file_or_host() -> None:
    parts = Parts(page(comparison()))
    assert "http" not in re.sub(r"http-equiv", "", re.sub(r"base64,[\w+/=]+", "", page(comparison())))
    for tag, attributes in parts.tags:
        for name in ("src", "href", "srcset", "action", "poster", "data"):
            assert (attributes.get(name) or "data:").startswith("data:"), tag


def test_the_table_has_the_scores() -> None:
    values = [one["data-value"] for one in Parts(page(comparison())).all("td") if "data-value" in one]
    assert [float(str(value)) for value in values] == [
        24.5, 0.81, 0.25, 31.25, 0.9375, 0.5, float("inf"), 1.0, 1.5, 0.125
    ]  # fmt: skip


def test_columns_that_nobody_fills_are_not_there() -> None:
    plain = replace(comparison(), reference=None, cells=tuple(
        replace(cell, psnr=None, ssim=None, identical=False, best=False, seconds=None) for cell in CELLS
    ))  # fmt: skip
    text = page(plain)
    assert "Method</button>" in text
    assert "PSNR" not in text
    assert "SSIM" not in text
    assert "Time" not in text


@pytest.mark.parametrize(
    ("best", "reference", "pair"),
    [((2,), True, (0, 2)), ((0,), True, (1, 0)), ((), False, (0, 1)), ((0, 2), True, (1, 0))],
)
def test_the_best_is_on_the_right_at_first(best: tuple[int, ...], reference: bool, pair: tuple[int, int]) -> None:
    cells = tuple(replace(cell, best=i in best) for i, cell in enumerate(CELLS))
    shown = replace(comparison(), cells=cells)
    shown = shown if reference else replace(shown, reference=None)
    facts = json.loads(Parts(page(shown)).texts["facts"])
    assert (facts["left"], facts["right"]) == pair


def test_one_method_is_beside_the_reference_and_alone_beside_itself() -> None:
    one = replace(comparison(), cells=CELLS[:1])
    facts = json.loads(Parts(page(one)).texts["facts"])
    assert (facts["left"], facts["right"]) == (1, 0)
    facts = json.loads(Parts(page(replace(one, reference=None))).texts["facts"])
    assert (facts["left"], facts["right"]) == (0, 0)


HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    '" onload="alert(1)',
    "' autofocus onfocus='alert(1)",
    "]]><svg/onload=alert(1)>",
    "{{script}}{{style hash}}",
    "&lt;&#x3c;\\u003c",
    "a\x00b\x1b[31m\u202egnp.exe\udcff\u2028",
)


def hostile(words: str) -> str:
    cells = tuple(replace(cell, label=words, method=words) for cell in CELLS)
    return page(replace(comparison(), source=words, basis=words, notes=(words,), cells=cells))


def seen(words: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in words)


def shape(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Elements and the names of their attributes."""
    return [(tag, tuple(attributes)) for tag, attributes in Parts(text).tags]


@pytest.mark.parametrize("words", HOSTILE)
def test_a_name_never_becomes_markup(words: str) -> None:
    text = hostile(words)
    text.encode()
    plain = hostile("plain")
    assert shape(text) == shape(plain)
    parts = Parts(text)
    assert parts.texts["script"] == Parts(plain).texts["script"]
    assert json.loads(parts.texts["facts"])["pictures"][:3] == [seen(words)] * 3
    assert parts.texts["h1"].strip() == seen(words)


@given(st.text(max_size=40))
def test_no_text_at_all_becomes_markup(words: str) -> None:
    small = replace(comparison(), cells=CELLS[:1], reference=None)
    text = page(replace(small, source=words, cells=(replace(CELLS[0], label=words),)))
    assert shape(text) == shape(page(replace(small, source="", cells=(replace(CELLS[0], label=""),))))


def test_the_same_comparison_gives_the_same_page() -> None:
    assert page(comparison()) == page(comparison())
