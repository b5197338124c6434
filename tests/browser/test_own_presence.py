"""An open card follows what its owner says elsewhere, in Chromium: without a reload, and not while he writes."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

_PATIENCE = 30_000
_SAY = """async (state) => (await fetch("/api/v1/presence", {
  method: "PUT",
  headers: {
    "Content-Type": "application/json",
    "X-CSRF-Token": document.querySelector("input[name=csrf]").value,
  },
  body: JSON.stringify({ state }),
})).status"""


def say(page: Page, state: str) -> None:
    """As a program of his does it."""
    answer = page.evaluate(_SAY, state)
    assert answer in {200, 204}, answer


def test_the_button_follows_what_is_said_elsewhere(visit: Visit) -> None:
    card, other = visit("/card"), visit("/presence")
    frames: list[str] = []
    # Of whichever socket: the one the page had may open as late as while it is read again.
    card.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))))
    card.reload()
    button = card.locator("#own-presence summary")
    say(other, "break")
    expect(button).to_contain_text("on a break", timeout=_PATIENCE)

    button.click()
    card.fill("#own-presence #reason", "half written")
    frames.clear()
    say(other, "online")
    give_up = time.monotonic() + _PATIENCE / 1000
    while not any('"presence"' in frame for frame in frames):
        assert time.monotonic() < give_up, "nothing was told of it"
        card.wait_for_timeout(20)
    expect(card.locator("#own-presence #reason")).to_have_value("half written")
    button.click()
    expect(button).to_contain_text("online", timeout=_PATIENCE)
