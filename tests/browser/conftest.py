"""The demo company as `trunkline demo --calls` serves it, and a Chromium that notes every complaint of its console."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.screens import Firefox
from tests.browser.served import Served, demo_company

_CHROMIUM = "/usr/bin/chromium"

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """A demo company with calls coming."""
    with demo_company() as served:
        yield served


@pytest.fixture(scope="session")
def demo(served: Served) -> str:
    """Its address."""
    return served.address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; as root it runs without its sandbox."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=arguments)
        expect.set_options(timeout=30_000)  # as patient as the driver itself: a sign-in is meant to cost work
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, demo: str) -> list[dict[str, object]]:
    """The cookies of an administrator."""
    with chromium.new_context(base_url=demo, locale="en") as context:
        page = context.new_page()
        page.goto("/login")
        page.fill("#login", "admin")
        page.fill("#password", "trunkline demo")
        page.click("main button[type=submit]")
        page.wait_for_selector(".sidebar")
        return [dict(cookie) for cookie in context.cookies()]


@pytest.fixture
def visit(chromium: Browser, demo: str, signed_in: list[dict[str, object]]) -> Iterator[Visit]:
    """Opens pages: `visit("/calls", width=390, theme="dark")`; what the console complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            complaints.append(message.text)

    def open_page(
        path: str, *, width: int = 1440, theme: str = "light", language: str = "en", known: bool = True
    ) -> Page:
        context = chromium.new_context(
            base_url=demo,
            locale=language,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
        )
        contexts.append(context)
        if known:
            context.add_cookies(signed_in)  # type: ignore[arg-type]  # its own cookies, as it gave them
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def firefox() -> Iterator[Firefox]:
    """One Firefox for all tests that type in it."""
    browser = Firefox()
    yield browser
    browser.end()
