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


class Worker:
    """The card's service worker as DevTools see it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._registration = registered(self._session, page)
        self._done = 0
        self._session.on("BackgroundService.backgroundServiceEventReceived", self._note)
        self._session.send("BackgroundService.startObserving", {"service": "pushMessaging"})
        self._session.send("BackgroundService.setRecording", {"shouldRecord": True, "service": "pushMessaging"})

    def _note(self, event: dict[str, Any]) -> None:
        self._done += event["backgroundServiceEvent"]["eventName"] == "Push event completed"

    def deliver(self, *letters: dict[str, str]) -> None:
        """Hand it these at once and wait until it is done with all.

        Nobody may look for notifications before: Chromium then forgets one that is being shown.
        """
        wanted = self._done + len(letters)
        origin = "/".join(self._page.url.split("/")[:3])
        for letter in letters:
            message = {"origin": origin, "registrationId": self._registration, "data": json.dumps(letter)}
            self._session.send("ServiceWorker.deliverPushMessage", message)
        for _ in range(600):
            if self._done >= wanted:
                return
            self._page.wait_for_timeout(50)
        pytest.fail("the worker is not done with a push")

    def shown(self, *bodies: str) -> list[dict[str, str]]:
        """Wait until these notifications, and no others, are shown."""
        found: list[dict[str, str]] = []
        for _ in range(600):
            found = self._page.evaluate(_SHOWN)
            if [one["body"] for one in found] == list(bodies):
                return found
            self._page.wait_for_timeout(50)
        pytest.fail(f"shown: {found}")


def registered(session: CDPSession, page: Page) -> str:
    """The id of the worker's registration, once it runs."""
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
            return found[0]
        page.wait_for_timeout(50)
    pytest.fail("no service worker was registered")


def test_a_push_shows_a_notification_and_its_end_replaces_it(card: Page) -> None:
    worker = Worker(card)
    ring = {"kind": "ring", "call": "c-1", "title": "Rings: Ivanov", "body": "+7 916 123-45-67", "url": "/card"}
    worker.deliver(ring)
    (one,) = worker.shown("+7 916 123-45-67")
    assert one == {"title": "Rings: Ivanov", "body": "+7 916 123-45-67", "tag": "call-c-1"}

    # The card is seen: what is over is taken away. Seen by nobody it says so in the same place.
    over = ring | {"kind": "over", "body": "A colleague answered"}
    worker.deliver(over)
    worker.shown()
    worker.deliver(ring | {"call": "c-2"})
    worker.shown("+7 916 123-45-67")
    card.goto("/missed")
    worker.deliver(over | {"call": "c-2"})
    worker.shown("A colleague answered")


def test_a_ring_that_is_over_at_once_leaves_nothing(card: Page) -> None:
    """Its end comes while its pictures are fetched."""
    worker = Worker(card)
    ring = {"kind": "ring", "title": "Rings: Ivanov", "body": "+7 916 123-45-67", "url": "/card"}
    calls = [f"c-{number}" for number in range(10)]
    worker.deliver(*(ring | {"kind": kind, "call": call} for call in calls for kind in ("ring", "over")))
    worker.shown()


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
