"""Debian's Chromium without a window, and a page in it."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("chromium", "chromedriver")
needs_chromium = pytest.mark.skipif(
    not all(map(shutil.which, PROGRAMS)), reason="chromium and chromedriver are not installed"
)
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)


@contextmanager
def chromium(profile: Path) -> Iterator[Any]:
    """A driver; `profile` is an empty folder. The program's path is given, so that selenium fetches none."""
    webdriver = pytest.importorskip("selenium.webdriver")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which(PROGRAMS[0])
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which(PROGRAMS[1])))
    try:
        yield driver
    finally:
        driver.quit()


class Page:
    """One file, shown."""

    def __init__(self, driver: Any, file: Path, width: int = 1200, height: int = 900, dark: bool = False) -> None:
        self.driver = driver
        self.tell(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        self.prefer("dark" if dark else "light")
        for log in ("browser", "performance"):
            driver.get_log(log)
        driver.get(file.as_uri())

    def tell(self, command: str, **words: Any) -> Any:
        """A command of the Chrome DevTools protocol."""
        return self.driver.execute_cdp_cmd(command, words)

    def prefer(self, scheme: str) -> None:
        self.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def js(self, expression: str, *words: Any) -> Any:
        return self.driver.execute_script(f"return {expression}", *words)

    def until(self, expression: str) -> None:
        """Wait for it to be true."""
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, 60, poll_frequency=0.02).until(lambda _: self.js(expression), expression)

    def settle(self) -> None:
        """Wait until what was asked for is drawn."""
        self.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")

    def at(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def said(self) -> list[str]:
        """What the console has got since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """The addresses asked for since the last call."""
        events = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        return [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
