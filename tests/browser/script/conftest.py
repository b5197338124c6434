"""A server of the wire, and a visitor whose browser is watched for complaints."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.script.pages import PATIENCE, Open
from tests.calltracking.script.wire import Wire, serving, table

GIVEN = {"main": {"number": "+74997654321", "kind": "exclusive"}}


@pytest.fixture(scope="module")
def running() -> Iterator[Wire]:
    with serving() as wire:
        yield wire


@pytest.fixture
def wire(running: Wire) -> Wire:
    """One placement, leased; the server gives a number."""
    running.reset()
    running.table = table({"main": "+74951234567"})
    running.shown = dict(GIVEN)
    return running


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    with chromium.new_context(viewport={"width": 1000, "height": 700}) as context:
        context.set_default_timeout(PATIENCE)
        yield context


@pytest.fixture
def visit(visitor: BrowserContext) -> Iterator[Open]:
    """Opens an address in a tab of one visitor; what the console complains of fails the test."""
    complaints: list[str] = []

    def go(address: str, **how: Any) -> Page:
        page = visitor.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address, **how)
        return page

    yield go
    assert [text for text in complaints if "Failed to load resource" not in text] == []
