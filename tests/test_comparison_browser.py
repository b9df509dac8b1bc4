"""The page of a comparison, opened in Chromium and used with mouse, finger and keyboard."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from math import floor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import Page, chromium, needs_chromium
from comparisons import CELLS, REGIONS, comparison
from test_comparison_page import HOSTILE, hostile

from upscli.comparison import Comparison
from upscli.comparison_page import page

pytestmark = needs_chromium

Open = Callable[..., Page]
READY = "document.querySelector('#stage').dataset.scale && bitmaps.flat().length === document.images.length"


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def show(driver: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a page. At the end its console must be empty, and nothing may have been asked for."""
    pages: list[Page] = []

    def call(shown: Comparison | str | None = None, **words: Any) -> Page:
        file = tmp_path / "report.html"
        file.write_text(shown if isinstance(shown, str) else page(shown or comparison()), "utf-8")
        pages.append(Page(driver, file, **words))
        pages[-1].until(READY)
        pages[-1].settle()
        return pages[-1]

    yield call
    [opened] = pages
    assert opened.said() == []
    asked = [address for address in opened.requests() if not address.startswith("data:")]
    assert asked == [(tmp_path / "report.html").as_uri()]


def row_of(opened: Page, x: int, y: int, width: int, canvas: str = "#canvas") -> list[list[int]]:
    """Red, green, blue of `width` places of a canvas, from (x, y) to the right, once all is drawn."""
    opened.settle()
    # Through a canvas of its own: reading changes how a browser keeps a canvas, and it says so on the console.
    flat = opened.driver.execute_script(
        """const [source, x, y, width] = arguments, copy = new OffscreenCanvas(width, 1);
        const pen = copy.getContext("2d", { willReadFrequently: true });
        pen.drawImage(document.querySelector(source), -x, -y);
        return [...pen.getImageData(0, 0, width, 1).data];""",
        canvas, x, y, width,
    )  # fmt: skip
    return [flat[i : i + 3] for i in range(0, len(flat), 4)]


def pixel(opened: Page, x: int, y: int, canvas: str = "#canvas") -> list[int]:
    """Red, green, blue: the place in the picture that is drawn there, and which picture."""
    return row_of(opened, x, y, 1, canvas)[0]


def pictures(opened: Page) -> tuple[int, int]:
    """Which pictures are seen near the left and the right end of the stage; 40 levels of blue are one picture."""
    width, height = stage(opened)
    return (pixel(opened, 20, height // 2)[2] // 40, pixel(opened, width - 20, height // 2)[2] // 40)


def stage(opened: Page) -> tuple[int, int]:
    return opened.js("[canvas.width, canvas.height]")  # type: ignore[no-any-return]


def middle(opened: Page) -> tuple[float, float, float]:
    """The view: x and y of its middle, and its scale."""
    return tuple(float(opened.js(f"stage.dataset.{name}")) for name in ("x", "y", "scale"))  # type: ignore[return-value]


def drag(opened: Page, selector: str, right: int, down: int = 0, start: tuple[int, int] = (0, 0)) -> None:
    from selenium.webdriver import ActionChains

    hand = ActionChains(opened.driver, duration=20).move_to_element_with_offset(opened.at(selector), *start)
    hand.click_and_hold().move_by_offset(right, down).release().perform()
    opened.settle()


def press(opened: Page, selector: str, *names: str) -> None:
    """Keys by name, with the element in focus."""
    from selenium.webdriver import Keys

    opened.js("document.querySelector(arguments[0]).focus({preventScroll: true})", selector)
    opened.at(selector).send_keys("".join(getattr(Keys, name, name) for name in names))
    opened.settle()


def now(opened: Page) -> int:
    return int(opened.at("#divider").get_attribute("aria-valuenow"))


def select(opened: Page, selector: str, text: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(opened.at(selector)).select_by_visible_text(text)
    opened.settle()


def test_the_line_parts_two_pictures_and_moves_by_drag(show: Open) -> None:
    opened = show()
    assert now(opened) == 50
    assert pictures(opened) == (0, 2)
    width, _ = stage(opened)
    assert pixel(opened, width // 2 - 5, 50)[2] // 40 == 0
    drag(opened, "#divider", -width // 4)
    assert now(opened) == 25
    assert pixel(opened, width // 2 - 5, 50)[2] // 40 == 2
    assert pixel(opened, width // 4 - 5, 50)[2] // 40 == 0
    drag(opened, "#divider", 2 * width // 4)
    assert now(opened) == 75
    assert pixel(opened, 3 * width // 4 - 5, 50)[2] // 40 == 0


def test_the_line_moves_by_keys_and_says_where_it_is(show: Open) -> None:
    opened = show()
    press(opened, "#divider", "ARROW_RIGHT", "ARROW_RIGHT", "ARROW_UP")
    assert now(opened) == 53
    press(opened, "#divider", "ARROW_LEFT", "ARROW_DOWN", "PAGE_DOWN")
    assert now(opened) == 41
    assert opened.at("#divider").get_attribute("aria-valuetext") == "41 % nearest, 59 % lanczos lobes=4"
    press(opened, "#divider", "HOME", "ARROW_LEFT")
    assert (now(opened), pictures(opened)) == (0, (2, 2))
    press(opened, "#divider", "END")
    assert (now(opened), pictures(opened)) == (100, (0, 0))


def touch(opened: Page, kind: str, *points: tuple[float, float]) -> None:
    fingers = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
    opened.tell("Input.dispatchTouchEvent", type=kind, touchPoints=fingers)


def box(opened: Page, selector: str) -> dict[str, float]:
    found: dict[str, float] = opened.js(
        "document.querySelector(arguments[0]).getBoundingClientRect().toJSON()", selector
    )
    return found


def test_the_line_moves_by_touch_and_two_fingers_zoom(show: Open) -> None:
    opened = show(width=360, height=740)
    opened.tell("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
    place = box(opened, "#stage")
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    touch(opened, "touchStart", (x, y))
    for step in range(1, 11):
        touch(opened, "touchMove", (x - step * place["width"] / 40, y))
    touch(opened, "touchEnd")
    assert 24 <= now(opened) <= 26
    before = middle(opened)
    touch(opened, "touchStart", (x - 20, y), (x + 20, y))
    touch(opened, "touchMove", (x - 60, y), (x + 60, y))
    touch(opened, "touchEnd")
    opened.tell("Emulation.setTouchEmulationEnabled", enabled=False)
    opened.settle()
    assert middle(opened) == pytest.approx((*before[:2], 3 * before[2]), abs=2)
    assert now(opened) in (24, 25, 26)


def test_any_two_pictures_can_be_chosen_and_change_sides(show: Open) -> None:
    opened = show()
    select(opened, "#left", "reference")
    select(opened, "#right", "bicubic a=-0.75")
    assert pictures(opened) == (4, 1)
    opened.at("#swap").click()
    assert pictures(opened) == (1, 4)
    opened.at('#all [data-picture="3"][data-side="left"]').click()
    assert pictures(opened) == (3, 4)
    assert opened.js("[left.value, right.value]") == ["3", "4"]
    pressed = opened.js("[...document.querySelectorAll('[aria-pressed=true]')].map((one) => one.ariaLabel)")
    assert sorted(pressed) == ["b-spline on the left", "reference on the right"]
    assert opened.at("#canvas").get_attribute("aria-label") == "Left: b-spline. Right: reference."


def test_the_page_begins_where_it_was_asked_for_and_goes_to_other_places(show: Open) -> None:
    opened = show(replace(comparison(), focus=((100, 60, 40, 30), (100, 310, 240, 20))))
    width, height = stage(opened)
    assert middle(opened) == (120, 75, floor(0.6 * min(width / 40, height / 30)))
    select(opened, "#place", "100, 310")
    assert middle(opened) == (120, 80, 4)
    assert pixel(opened, 20, 200)[2] == 1


def test_the_line_goes_through_the_place_that_is_shown(show: Open) -> None:
    opened = show(replace(comparison(), focus=((60, 60, 40, 30), (0, 0, 10, 10))))
    width, _ = stage(opened)
    x, _, scale = middle(opened)
    assert now(opened) == pytest.approx(50 + (80 - x) * scale / width * 100, abs=0.5)
    select(opened, "#place", "0, 0")
    assert now(opened) == 20


def test_another_place_is_shown_in_all_pictures(show: Open) -> None:
    opened = show()
    select(opened, "#place", "100, 300")
    assert [pixel(opened, x, 200)[2] % 40 for x in (20, stage(opened)[0] - 20)] == [1, 1]
    assert pixel(opened, 50, 50, '#all canvas[data-picture="3"]')[2] == 121
    assert opened.at("#where").text == "x 220, y 380"


def source(place: int, length: int, middle_: float, scale: float) -> int:
    """The pixel of the picture that belongs at a place of a canvas."""
    return floor((place - floor(length / 2 - middle_ * scale + 0.5)) / scale)


def in_step(opened: Page) -> None:
    """Both sides, and every small picture, show the view that the page tells of, each pixel as a whole square."""
    x, y, scale = middle(opened)
    width, height = stage(opened)
    for across, down in ((31, 33), (width - 31, 33), (31, height - 33), (width - 31, height - 33)):
        picture = 0 if across < width / 2 else 2
        wanted = [source(across, width, x, scale), source(down, height, y, scale), 40 * picture]
        assert pixel(opened, across, down) == wanted
    first = "document.querySelector('#all canvas')"
    width, height = opened.js(f"[{first}.width, {first}.height]")
    for picture in range(5):
        wanted = [source(9, width, x, scale), source(11, height, y, scale), 40 * picture]
        assert pixel(opened, 9, 11, f'#all canvas[data-picture="{picture}"]') == wanted


def test_both_sides_zoom_and_pan_in_step(show: Open) -> None:
    opened = show()
    in_step(opened)
    for _ in range(2):
        opened.at("#in").click()
    x, y, scale = middle(opened)
    assert scale == 8
    assert opened.at("#scale").text == "800 %"
    in_step(opened)
    drag(opened, "#stage", 160, 80, (-200, 20))
    assert middle(opened) == (x - 20, y - 10, 8)
    assert now(opened) == 50
    in_step(opened)
    press(opened, "#stage", "ARROW_RIGHT", "ARROW_DOWN")
    assert middle(opened) == pytest.approx((x - 20 + stage(opened)[0] / 80, y - 10 + stage(opened)[0] / 80, 8))
    press(opened, "#stage", "1")
    assert middle(opened)[2] == 1
    opened.at("#fit").click()
    assert middle(opened) == (120, 80, min(stage(opened)[0] // 240, stage(opened)[1] // 160))
    press(opened, "#stage", "+", "+", "-")
    assert middle(opened)[2] == 4
    press(opened, "#stage", *["ARROW_LEFT"] * 30, *["ARROW_UP"] * 30)
    assert pixel(opened, 1, 1)[:2] == [0, 0]


def test_a_fitted_picture_stays_fitted_when_the_window_changes(show: Open) -> None:
    opened = show()
    opened.at("#fit").click()
    assert middle(opened) == (120, 80, 3)
    opened.tell("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=1, mobile=False)
    opened.until("stage.dataset.scale === '1'")
    assert middle(opened) == (120, 80, 1)
    opened.tell("Emulation.setDeviceMetricsOverride", width=390, height=740, deviceScaleFactor=3, mobile=True)
    opened.until("stage.dataset.scale === '4'")
    assert stage(opened) == [3 * 340, 3 * 390]


def wheel(opened: Page, by: int) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

    ActionChains(opened.driver).scroll_from_origin(
        ScrollOrigin.from_element(opened.at("#stage"), -150, -90), 0, by
    ).perform()
    opened.settle()


def test_the_wheel_zooms_round_the_pointer_and_scrolls_the_page_at_the_end(show: Open) -> None:
    opened = show()
    width, height = stage(opened)
    under = pixel(opened, width // 2 - 150, height // 2 - 90)
    wheel(opened, -100)
    assert middle(opened)[2] == 6
    assert pixel(opened, width // 2 - 150, height // 2 - 90) == pytest.approx(under, abs=1)
    assert opened.js("scrollY") == 0
    for _ in range(6):
        wheel(opened, 100)
    assert middle(opened)[2] == 1
    opened.until("scrollY > 0")


def test_enlarged_pixels_have_sharp_edges(show: Open) -> None:
    board = np.repeat(np.indices((160, 240)).sum(0)[..., None] % 2 * 255, 3, 2).astype(np.uint8)
    cells = tuple(replace(cell, crops=(board, board)) for cell in CELLS)
    opened = show(replace(comparison(), cells=cells, reference=None))
    press(opened, "#stage", *["+"] * 8)
    assert middle(opened)[2] == 32
    row = [red for red, _, _ in row_of(opened, 0, 20, 320)]
    edges = [x for x in range(1, 320) if row[x] != row[x - 1]]
    assert set(row) == {0, 255}
    assert {after - before for before, after in pairwise(edges)} == {32}
    # 13 pixels of 20 dots.
    row = [red for red, _, _ in row_of(opened, 0, 0, 260, "#loupe-left")]
    assert [x for x in range(1, 260) if row[x] != row[x - 1]] == list(range(20, 260, 20))
    styles = opened.js("[...document.querySelectorAll('canvas')].map((one) => getComputedStyle(one).imageRendering)")
    assert set(styles) == {"pixelated"}


def values(opened: Page, row: str) -> list[int]:
    cells = opened.driver.find_elements("css selector", f"#values-{row} td")
    return [int(cell.text.replace("\N{MINUS SIGN}", "-")) for cell in cells]


def test_the_loupe_shows_one_place_in_both_with_its_values(show: Open) -> None:
    from selenium.webdriver import ActionChains

    opened = show()
    x, y, scale = middle(opened)
    ActionChains(opened.driver, duration=0).move_to_element_with_offset(opened.at("#stage"), -201, -101).perform()
    opened.settle()
    at = [int(x - 201 / scale), int(y - 101 / scale)]
    assert values(opened, "left") == pytest.approx([*at, 0], abs=1)
    at = values(opened, "left")[:2]
    assert values(opened, "right") == [*at, 80]
    assert values(opened, "difference") == [0, 0, 80]
    assert opened.at("#where").text == f"x {at[0]}, y {at[1]}"
    for side, blue in (("left", 0), ("right", 80)):
        # 13 x 9 pixels round the place, 20 dots each.
        assert pixel(opened, 5, 5, f"#loupe-{side}") == [at[0] - 6, at[1] - 4, blue]
        assert pixel(opened, 255, 175, f"#loupe-{side}") == [at[0] + 6, at[1] + 4, blue]
    opened.at("#swap").click()
    opened.settle()
    assert values(opened, "difference") == [0, 0, -80]


def test_the_loupe_moves_by_keys_and_its_values_are_told(show: Open) -> None:
    from selenium.webdriver import ActionChains, Keys

    opened = show()
    opened.js("stage.focus()")
    ActionChains(opened.driver).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT * 3 + Keys.ARROW_UP).key_up(
        Keys.SHIFT
    ).perform()
    opened.settle()
    assert values(opened, "left") == [123, 79, 0]
    assert opened.js("said.textContent") == "x 123, y 79: left 123 79 0, right 123 79 80"


def column(opened: Page, number: int) -> list[str]:
    rows = "[...document.querySelectorAll('#scores tbody tr')]"
    return list(opened.js(f"{rows}.map((row) => row.cells[arguments[0]].firstChild.textContent)", number))


def orders(opened: Page) -> list[str | None]:
    return list(
        opened.js("[...document.querySelectorAll('#scores thead th')].map((one) => one.getAttribute('aria-sort'))")
    )


def test_the_table_sorts_by_click_and_what_has_no_value_stays_last(show: Open) -> None:
    opened = show()
    assert column(opened, 0) == [cell.label for cell in CELLS]
    heads = opened.driver.find_elements("css selector", "#scores thead button")
    assert orders(opened) == [None] * 4
    heads[1].click()
    assert column(opened, 1) == ["identical", "31.25", "24.50", "\N{EN DASH}"]
    assert orders(opened) == [None, "descending", None, None]
    heads[1].click()
    assert column(opened, 1) == ["24.50", "31.25", "identical", "\N{EN DASH}"]
    assert orders(opened) == [None, "ascending", None, None]
    heads[3].click()
    assert column(opened, 3) == ["125 ms", "250 ms", "500 ms", "1.50 s"]
    assert orders(opened) == [None, None, None, "ascending"]


def test_the_table_sorts_by_keyboard(show: Open) -> None:
    opened = show()
    press(opened, "#scores thead th:nth-child(1) button", "ENTER")
    assert column(opened, 0) == ["b-spline", "bicubic a=-0.75", "lanczos lobes=4", "nearest"]
    press(opened, "#scores thead th:nth-child(3) button", "SPACE")
    assert column(opened, 2) == ["1.0000", "0.9375", "0.8100", "\N{EN DASH}"]


def ground(opened: Page) -> str:
    return str(opened.js("getComputedStyle(document.body).backgroundColor"))


LIGHT, DARK = "rgb(238, 241, 245)", "rgb(18, 22, 28)"


def test_light_and_dark_follow_the_system_until_the_switch_is_used(show: Open) -> None:
    opened = show(dark=True)
    switch = opened.at("#theme")
    assert (ground(opened), switch.get_attribute("aria-checked")) == (DARK, "true")
    opened.prefer("light")
    opened.settle()
    assert (ground(opened), switch.get_attribute("aria-checked")) == (LIGHT, "false")
    press(opened, "#theme", "ENTER")
    assert (ground(opened), switch.get_attribute("aria-checked")) == (DARK, "true")
    opened.prefer("dark")
    opened.prefer("light")
    opened.settle()
    assert (ground(opened), switch.get_attribute("aria-checked")) == (DARK, "true")
    switch.click()
    assert (ground(opened), switch.get_attribute("aria-checked")) == (LIGHT, "false")


def test_the_page_is_no_wider_than_a_phone(show: Open) -> None:
    words = "a_name_without_a_place_to_break_" * 5
    cells = tuple(replace(cell, label=words + cell.label) for cell in CELLS)
    opened = show(replace(comparison(), source=words, basis=words, cells=cells), width=360, height=740)
    assert opened.js("document.documentElement.scrollWidth") == 360
    outside = "[...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > 360.5)"
    assert opened.js(f"{outside}.map((one) => one.outerHTML.slice(0, 90))") == []
    # Fingers need room.
    low = "[...document.querySelectorAll('button, select')].filter((one) => one.offsetParent && one.offsetHeight < 28)"
    assert opened.js(f"{low}.map((one) => one.outerHTML)") == []


def test_everything_that_can_be_used_or_seen_has_a_name(show: Open) -> None:
    opened = show()
    nodes = opened.tell("Accessibility.getFullAXTree")["nodes"]
    roles: dict[str, list[str]] = {}
    for node in nodes:
        if not node["ignored"]:
            roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
    for role in ("button", "slider", "combobox", "image", "switch", "table", "columnheader", "rowheader", "group"):
        assert roles.get(role), role
        if role != "table":
            assert "" not in [name.strip() for name in roles[role]], role
    assert len(roles["image"]) == 3 + 5


@pytest.mark.parametrize("words", HOSTILE[:4])
def test_a_hostile_name_is_shown_as_it_is_and_does_nothing(show: Open, words: str) -> None:
    opened = show(hostile(words))
    assert opened.at("h1").text == words
    assert opened.js("left.selectedOptions[0].textContent") == words
    assert opened.at("#loupe-left-name").text == words
    assert opened.js("document.scripts.length") == 2


def test_the_page_could_not_load_or_run_anything_else_if_it_wanted_to(driver: Any, tmp_path: Path) -> None:
    extra = (
        "<style>h1 { display: none; }</style><script>document.title = 'run'</script>"
        "<img src='http://127.0.0.1:9/a.png' onerror='document.title = 1'>"
    )
    text = page(comparison()).replace("</main>", extra + "</main>")
    (tmp_path / "report.html").write_text(text)
    opened = Page(driver, tmp_path / "report.html")
    opened.until(READY.replace("document.images.length", "document.images.length - 1"))
    said = opened.said()
    assert sum("Content Security Policy" in line for line in said) >= 3, said
    assert opened.at("h1").is_displayed()
    assert driver.title == "map.png: methods compared"


def test_without_scripts_the_table_and_the_pictures_are_seen(driver: Any, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(page(comparison()))
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened = Page(driver, tmp_path / "report.html")
        assert opened.at("#scores").is_displayed()
        images = driver.find_elements("css selector", "#all img")
        assert len(images) == 5 * len(REGIONS)
        assert all(image.is_displayed() and image.size["height"] > 100 for image in images)
        for hidden in ("#viewer", "#theme", ".sides", "#all canvas"):
            assert not opened.at(hidden).is_displayed()
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
