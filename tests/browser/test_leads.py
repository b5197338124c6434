"""A lead from the inbox to its end, in Chromium: taken, planned, closed, on a desk and on a phone."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.places import LOOKS
from tests.browser.test_pages import serious, sideways

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(("width", "narrower", "theme"), LOOKS)
def test_a_lead_is_taken_planned_and_closed(visit: Visit, width: int, narrower: int, theme: str) -> None:
    """Calls of the demo company open leads all the time."""
    page = visit("/leads?show=untaken", width=width, theme=theme)
    take = page.get_by_role("button", name="Take", exact=True)
    expect(take.first).to_be_visible()
    assert serious(page) == []
    assert sideways(page) <= 0
    page.locator("#lead-list tbody a[href^='/leads/']").first.click()
    expect(page.get_by_role("heading", name="Touches")).to_be_visible()
    take.click()
    expect(page.locator(".toast").filter(has_text="You have this lead")).to_be_visible()

    tomorrow = (datetime.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")  # noqa: DTZ005 - as a form writes it
    page.locator("#next_call_at").fill(tomorrow)
    page.locator("#stage").fill(f"<b>Offer</b>, {theme}")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".facts")).to_contain_text(f"<b>Offer</b>, {theme}")
    assert serious(page) == []

    page.locator("#reason").select_option("other")
    page.get_by_role("button", name="Close the lead").click()
    expect(page.locator("#note-error")).to_be_visible()
    page.locator("#note").fill("Wrote himself")
    page.get_by_role("button", name="Close the lead").click()
    expect(page.locator(".toast").filter(has_text="The lead is closed")).to_be_visible()
    page.set_viewport_size({"width": narrower, "height": 900})
    assert sideways(page) <= 0
