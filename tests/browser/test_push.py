"""The card's service worker in Chromium: permission by a click, a notification by a push, and the way back to the card.

A push service is on the internet: the message is handed to the worker as DevTools do it.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.test_pages import serious

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

_SHOWN = """async () => (await (await navigator.serviceWorker.getRegistration('/card')).getNotifications())
    .map(({title, body, tag}) => ({title, body, tag}))"""


@pytest.fixture
def card(chromium: Browser, demo: str) -> Iterator[Page]:
    """The card of an administrator with an extension, who may be asked for notifications."""
    with chromium.new_context(base_url=demo, locale="en", viewport={"width": 1440, "height": 900}) as context:
        context.grant_permissions(["notifications"])
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto("/login")
        page.fill("#login", "admin")
        page.fill("#password", "trunkline demo")
        page.keyboard.press("Enter")
        page.wait_for_selector(".sidebar")
        page.goto("/card")
        yield page


def registered(page: Page) -> tuple[CDPSession, str]:
    """The worker, running, and the id of its registration."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []

    def note(event: dict[str, Any]) -> None:
        found.extend(one["registrationId"] for one in event["registrations"] if not one["isDeleted"])

    session.on("ServiceWorker.workerRegistrationUpdated", note)
    session.send("ServiceWorker.enable")
    page.evaluate(
        """async () => {
            await navigator.serviceWorker.register('/card/worker.js', {scope: '/card'});
            await navigator.serviceWorker.ready;
        }"""
    )
    for _ in range(100):
        if found:
            return session, found[0]
        page.wait_for_timeout(50)
    pytest.fail("no service worker was registered")


def deliver(page: Page, session: CDPSession, registration: str, letter: dict[str, str]) -> None:
    origin = "/".join(page.url.split("/")[:3])
    message = {"origin": origin, "registrationId": registration, "data": json.dumps(letter)}
    session.send("ServiceWorker.deliverPushMessage", message)


def shown(page: Page, *bodies: str) -> None:
    """Wait until these notifications are shown."""
    for _ in range(200):
        found = page.evaluate(_SHOWN)
        if [one["body"] for one in found] == list(bodies):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"shown: {found}")


def test_a_push_shows_a_notification_and_its_end_replaces_it(card: Page) -> None:
    session, registration = registered(card)
    ring = {"kind": "ring", "call": "c-1", "title": "Rings: Ivanov", "body": "+7 916 123-45-67", "url": "/card"}
    deliver(card, session, registration, ring)
    shown(card, "+7 916 123-45-67")
    assert card.evaluate(_SHOWN) == [{"title": "Rings: Ivanov", "body": "+7 916 123-45-67", "tag": "call-c-1"}]

    # The card is seen: what is over is taken away. Seen by nobody it says so in the same place.
    over = ring | {"kind": "over", "body": "A colleague answered"}
    deliver(card, session, registration, over)
    shown(card)
    deliver(card, session, registration, ring | {"call": "c-2"})
    shown(card, "+7 916 123-45-67")
    card.goto("/missed")
    deliver(card, session, registration, over | {"call": "c-2"})
    shown(card, "A colleague answered")


def test_the_button_asks_and_says_what_came_of_it(card: Page) -> None:
    """Without the internet no push service can be had: that is told, and the button can be tried again."""
    button = card.locator("#card-push")
    expect(button).to_have_text("Notify me when this tab is hidden")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert serious(card) == []
    button.click()
    expect(card.locator(".toast, #card-push[aria-pressed=true]").first).to_be_visible()
    expect(button).to_be_enabled()
    assert serious(card) == []
