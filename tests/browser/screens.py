"""A screen somebody looks at and types on: a page of Chromium or Firefox, with the same few things to do on both."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Any, Protocol
from urllib.parse import urljoin

from playwright.sync_api import Browser, Error, Page

from tests.e2e.asterisk.waiting import until

_DRIVER = Path(__file__).parent / "hands.mjs"
_FIREFOX = "/usr/bin/firefox-esr"
_ANSWER_SECONDS = 60.0
_MOST_TABS = 80

Cookie = dict[str, str]


class Screen(Protocol):
    """One page of one browser."""

    browser: str

    def evaluate(self, expression: str) -> Any:
        """What JavaScript makes of it there."""

    def reload(self) -> None:
        """As F5 does."""

    def press(self, key: str, selector: str = "") -> None:
        """A key, at what has the focus or gets it first."""

    def type(self, text: str) -> None:
        """Keys, one after the other, at what has the focus."""

    def click(self, selector: str) -> None:
        """The mouse, in the middle of it, where nothing lies over it."""

    def choose(self, selector: str, value: str) -> None:
        """An option of a list; what opens it belongs to the system, not to the page."""

    def close(self) -> list[str]:
        """Close it; returns what the page complained of."""


class ChromiumScreen:
    """A page of Playwright's."""

    browser = "Chromium"

    def __init__(self, chromium: Browser, address: str, cookies: list[Cookie], watch: str, width: int) -> None:
        self._context = chromium.new_context(locale="ru", viewport={"width": width, "height": 900})
        everywhere = urljoin(address, "/")
        self._context.add_cookies([{**cookie, "url": everywhere} for cookie in cookies])  # type: ignore[typeddict-item]  # name, value and url
        self._complaints: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("pageerror", lambda error: self._complaints.append(str(error)))
        self.page.add_init_script(watch)
        self.page.goto(address)

    def evaluate(self, expression: str) -> Any:
        try:
            return self.page.evaluate(expression)
        except Error as gone:
            if "navigation" not in str(gone):
                raise
            self.page.wait_for_load_state()
            return self.page.evaluate(expression)

    def reload(self) -> None:
        self.page.reload()

    def press(self, key: str, selector: str = "") -> None:
        if selector:
            self.page.focus(selector)
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def click(self, selector: str) -> None:
        self.page.click(selector)

    def choose(self, selector: str, value: str) -> None:
        self.page.select_option(selector, value)

    def close(self) -> list[str]:
        self._context.close()
        return self._complaints


class Firefox:
    """One Firefox, held by hands.mjs; it opens screens until it is ended."""

    def __init__(self) -> None:
        self._hands = subprocess.Popen(
            ["node", str(_DRIVER), _FIREFOX],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._opened = 0

    def open(self, address: str, cookies: list[Cookie], watch: str, width: int) -> "FirefoxScreen":
        """A page in a context of its own."""
        self._opened += 1
        self.order("open", id=self._opened, address=address, cookies=cookies, watch=watch, width=width)
        return FirefoxScreen(self, self._opened)

    def order(self, order: str, **what: Any) -> Any:
        """Have something done; raises AssertionError with what Firefox says when it cannot be."""
        assert self._hands.stdin is not None
        assert self._hands.stdout is not None
        late = Timer(_ANSWER_SECONDS, self._kill)
        late.start()
        try:
            print(json.dumps({"order": order, **what}), file=self._hands.stdin, flush=True)
            line = self._hands.stdout.readline()
        finally:
            late.cancel()
        assert line, f"Firefox is gone, or did not {order} within {_ANSWER_SECONDS:g} s"
        answer = json.loads(line)
        assert "failed" not in answer, f"{order}: {answer['failed']}"
        return answer["done"]

    def end(self) -> None:
        """Close it, whatever it does."""
        assert self._hands.stdin is not None
        with suppress(OSError):
            self._hands.stdin.close()
        try:
            self._hands.wait(20)
        except subprocess.TimeoutExpired:
            self._kill()
            self._hands.wait(10)
        if self._hands.stdout is not None:
            self._hands.stdout.close()

    def _kill(self) -> None:
        """Node and the browser it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._hands.pid, signal.SIGKILL)


class FirefoxScreen:
    """A page of Firefox's."""

    browser = "Firefox"

    def __init__(self, firefox: Firefox, number: int) -> None:
        self._order: Callable[..., Any] = lambda order, **what: firefox.order(order, id=number, **what)

    def evaluate(self, expression: str) -> Any:
        return self._order("evaluate", expression=expression)

    def reload(self) -> None:
        self._order("reload")

    def press(self, key: str, selector: str = "") -> None:
        self._order("press", key=key, selector=selector)

    def type(self, text: str) -> None:
        self._order("type", text=text)

    def click(self, selector: str) -> None:
        self._order("click", selector=selector)

    def choose(self, selector: str, value: str) -> None:
        self._order("choose", selector=selector, value=value)

    def close(self) -> list[str]:
        complaints: list[str] = self._order("close")
        return complaints


def shown(screen: Screen, expression: str, what: str, within: float = 15.0) -> Any:
    """Wait until `expression` is true there; returns what it is then."""
    return until(lambda: screen.evaluate(expression), f"{what} in {screen.browser}", within)


def tab_to(screen: Screen, selector: str, key: str = "Tab") -> None:
    """Go on by the keyboard until something of that kind has the focus."""
    for _ in range(_MOST_TABS):
        if screen.evaluate(f"document.activeElement.matches('{selector}')"):
            return
        screen.press(key)
    raise AssertionError(f"{selector} is not reached with {key} in {screen.browser}")
