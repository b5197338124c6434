"""The live floor in a real browser: it goes on by itself, and does not disturb whoever is doing something on it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_pages import serious, sideways

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def refreshed(page: Page, times: int = 1) -> None:
    """Wait until the floor was asked for again and taken."""
    for _ in range(times):
        part = page.locator("[data-now]")
        before = part.get_attribute("data-now") or ""
        expect(part).not_to_have_attribute("data-now", before, timeout=20_000)


def test_it_goes_on_by_itself_and_keeps_the_focus(visit: Visit) -> None:
    page = visit("/live")
    button = page.locator("[data-presence]").nth(3)
    button.focus()
    page.evaluate("document.querySelectorAll('[data-presence]')[3].marked = true")
    refreshed(page, 2)
    expect(button).to_be_focused()
    assert page.evaluate("document.activeElement.marked") is True
    expect(page.locator("#floor-link")).to_have_text("As of now")


def test_timers_tick_between_two_looks(visit: Visit) -> None:
    page = visit("/live")
    timer = page.locator("#floor-agents [data-since]").first
    expect(timer).to_be_visible()
    page.evaluate("void (window.fetch = () => new Promise(() => {}))")  # nothing comes from the server any more
    first = timer.text_content() or ""
    expect(timer).not_to_have_text(first)
    expect(timer).to_have_text(re.compile(r"^(\d+:)?\d?\d:\d\d$"))


def test_presence_is_set_in_a_dialog_that_no_look_closes(visit: Visit) -> None:
    page = visit("/live")
    page.locator("[data-presence]").last.press("Enter")
    dialog = page.locator("#floor-presence")
    expect(dialog.locator("#state")).to_be_focused()
    dialog.locator("#state").select_option("break")
    dialog.locator("#reason").fill("Обед")
    refreshed(page, 2)
    expect(dialog.locator("#reason")).to_have_value("Обед")
    assert serious(page) == []
    dialog.get_by_role("button", name="Save").click()

    expect(dialog).to_be_hidden()
    row = page.locator("#floor-agents tbody tr").last
    expect(row.locator(".floor-state")).to_contain_text("on a break")
    expect(row.locator(".floor-state")).to_contain_text("Обед")
    expect(page.locator(".toast")).to_have_count(1)
    expect(page).to_have_url(re.compile("/live$"))


def test_what_is_wrong_with_it_is_told_beside_the_field(visit: Visit) -> None:
    page = visit("/live")
    page.locator("[data-presence]").last.click()
    page.locator("#floor-presence #state").select_option("break")
    page.evaluate("document.querySelector('#reason').removeAttribute('maxlength')")
    page.locator("#floor-presence #reason").fill("x" * 101)
    page.locator("#floor-presence").get_by_role("button", name="Save").click()

    expect(page).to_have_url(re.compile("/presence/[0-9a-f-]{36}$"))
    expect(page.locator("#reason-error")).to_be_visible()


def test_a_server_that_does_not_answer_is_told(visit: Visit) -> None:
    page = visit("/live")
    page.route("**/live", lambda route: route.fulfill(status=429))
    expect(page.locator("#floor-link")).to_contain_text("The server does not answer", timeout=20_000)
    page.unroute("**/live")
    expect(page.locator("#floor-link")).to_have_text("As of now", timeout=20_000)


def test_a_session_that_ended_is_told_with_the_way_back(visit: Visit) -> None:
    page = visit("/live/wall")
    page.context.clear_cookies()
    expect(page.locator("#floor-link")).to_contain_text("Your session has ended", timeout=20_000)
    expect(page.locator(".wall-queue").first).to_be_visible()  # what was known last stays
    page.locator("#floor-link a").click()
    expect(page).to_have_url(re.compile("/login\\?next=/live/wall$"))


def test_a_television_shows_it_without_scrolling(visit: Visit) -> None:
    page = visit("/live/wall", width=1920)
    page.set_viewport_size({"width": 1920, "height": 1080})
    expect(page.locator(".wall-queue").first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    tall = "document.documentElement.scrollHeight - document.documentElement.clientHeight"
    assert page.evaluate(tall) <= 0
    assert sideways(page) <= 0
    refreshed(page)
    assert page.evaluate(tall) <= 0
    page.evaluate(  # the forty it is made for: larger letters
        "[...document.querySelectorAll('.wall-agent')].slice(40).forEach((one) => one.remove());"
        "document.querySelector('.wall-agents').classList.remove('wall-many')"
    )
    assert page.evaluate(tall) <= 0
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.wall-count')).fontSize)") >= 72
