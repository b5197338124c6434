"""The week view in a real browser: set, refused and seen on a desk and in a hand."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.places import LOOKS
from tests.browser.test_pages import serious, sideways

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


@pytest.mark.parametrize(("width", "narrower", "theme"), LOOKS)
def test_a_week_is_set(visit: Visit, width: int, narrower: int, theme: str) -> None:
    page = visit("/presence", width=width, theme=theme)
    page.get_by_role("link", name="Absences and hours").first.click()
    page.get_by_role("link", name="The week").click()
    expect(page.locator(".week-day")).to_have_count(7)
    page.get_by_role("link", name="Week after").click()

    tuesday = page.get_by_role("group", name="Tuesday")
    tuesday.get_by_label("Begins").fill("10:00")
    tuesday.get_by_label("Ends").fill("09:00")
    page.get_by_role("button", name="Save for this week").click()
    expect(page.locator(".note[role=alert]")).to_contain_text("Tuesday, Ends: must be later than the beginning")
    assert serious(page) == []
    tuesday.get_by_label("Ends").fill("19:00")
    tuesday.get_by_label("Break from").fill("14:00")
    tuesday.get_by_label("Break until").fill("15:00")
    page.get_by_role("button", name="Save for this week").click()
    expect(page.get_by_text("This week differs")).to_be_visible()
    expect(tuesday.get_by_label("Break until")).to_have_value("15:00")
    assert serious(page) == []
    page.set_viewport_size({"width": narrower, "height": 900})
    assert sideways(page) <= 0
    page.get_by_role("button", name="This week as every week").click()
    expect(page.get_by_text("This week differs")).to_have_count(0)
