"""Visits and questions on the card, and a notice beside the calls, in Chromium."""

import json

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.browser.conftest import Visit
from tests.browser.places import LOOKS
from tests.browser.test_pages import serious, sideways

pytestmark = pytest.mark.e2e
CARD = "/card/number/%2B79165554433"


@pytest.mark.parametrize(("width", "narrower", "theme"), LOOKS)
def test_a_visit_is_booked_and_a_question_asked_on_the_card(
    visit: Visit, width: int, narrower: int, theme: str
) -> None:
    page = visit(CARD, width=width, theme=theme)
    visits = page.locator(".caller-visits")
    visits.get_by_role("link", name="Book a visit").click()
    expect(visits.locator("[name=starts_at]")).to_be_visible()
    other = visits.locator("[name=person] option:not([selected])").nth(3)
    name = (other.text_content() or "").partition(" · ")[0]
    visits.locator("select[name=person]").select_option(other.get_attribute("value"))
    expect(visits).to_contain_text(f"{name} has given no calendar")
    assert serious(page) == []
    visits.locator("[name=starts_at]").select_option(index=3)
    visits.locator("[name=place]").fill(f"<b>Lenina, 1</b>, {theme}")
    visits.get_by_role("button", name="Book the visit").click()
    expect(page.locator(".toast").filter(has_text="is booked")).to_be_visible()
    expect(visits.locator(".caller-list")).to_contain_text(f"<b>Lenina, 1</b>, {theme}")

    questions = page.locator(".caller-questions")
    questions.get_by_role("link", name="Ask an expert").click()
    questions.locator("[name=to]").select_option(index=2)
    questions.locator("[name=text]").fill(f"Which pump, {theme}?")
    assert serious(page) == []
    questions.get_by_role("button", name="Ask", exact=True).click()
    expect(questions.locator(".caller-list")).to_contain_text(f"Which pump, {theme}?")
    assert serious(page) == []
    page.set_viewport_size({"width": narrower, "height": 900})
    assert sideways(page) <= 0


def test_a_notice_is_a_line_on_the_card(visit: Visit) -> None:
    page = visit("/questions")
    told = {
        "type": "notice",
        "kind": "question.asked",
        "href": "/questions?shelf=mine",
        "text": "Vera asks: <b>why</b>?",
    }

    def serve(socket: WebSocketRoute) -> None:
        socket.send(json.dumps({"type": "state", "event_id": 1, "extension": "100", "calls": []}))
        for _place in range(7):
            socket.send(json.dumps(told))

    page.route_web_socket("**/card/ws**", serve)
    with page.expect_response(lambda answer: answer.url.endswith("/questions/count")):
        page.goto("/card")
    lines = page.locator("#caller-notices a")
    expect(lines).to_have_count(5)
    expect(lines.first).to_have_text("Vera asks: <b>why</b>?")
    for close in page.locator(".ring-panel [data-part=close]").all():
        close.click()  # a call of the demo's may have been on his telephone when the page was asked for
    expect(page.locator("#caller-idle")).to_be_visible()
    lines.first.click()
    expect(page.get_by_role("heading", name="Questions to experts")).to_be_visible()
