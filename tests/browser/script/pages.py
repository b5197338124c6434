"""A page that includes the script: its phone, what a tab shows, and what the server has heard of it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.calltracking.script.wire import Wire

OWN, NEW = "8 (495) 123-45-67", "8 (499) 765-43-21"
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
PATIENCE = 30_000
PHONE = f'<p id="phone">{OWN}</p>'

Open = Callable[..., Page]


def shows(page: Page, text: str, selector: str = "#phone") -> None:
    expect(page.locator(selector)).to_have_text(text, timeout=PATIENCE)


def heard(page: Page, wire: Wire, kind: str, count: int = 1) -> list[dict[str, Any]]:
    """What came to one address, once `count` have come."""
    for _ in range(300):
        if len(wire.bodies(kind)) >= count:
            break
        page.wait_for_timeout(50)
    return wire.bodies(kind)


def asked(wire: Wire) -> list[str]:
    """What pages have asked for; a page of the test before may say still that it leaves."""
    return [name for name, _ in wire.heard if name != "beat"]
