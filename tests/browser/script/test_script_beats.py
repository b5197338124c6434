"""How a lease goes on while its page is looked at, and how it ends."""

import os

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.script.pages import NEW, OWN, PHONE, Open, heard, shows
from tests.calltracking.script.wire import VISIT, VISITOR, Wire

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def test_it_tells_that_it_is_looked_at(visit: Open, wire: Wire) -> None:
    wire.table["beat"] = 0.2
    page = visit(wire.page(PHONE))
    shows(page, NEW)
    beats = heard(page, wire, "beat", 3)
    assert [(beat["visible"], beat["leave"]) for beat in beats[:3]] == [(True, False)] * 3
    assert [beat["at"] for beat in beats[:3]] == sorted({beat["at"] for beat in beats[:3]})


@pytest.mark.parametrize("lost", [[503, 429], [409, 500]], ids=str)
def test_a_beat_that_is_lost_is_followed_by_the_next(visit: Open, wire: Wire, lost: list[int]) -> None:
    wire.table["beat"] = 0.2
    wire.beats = list(lost)
    page = visit(wire.page(PHONE))
    shows(page, NEW)
    assert len(heard(page, wire, "beat", len(lost) + 2)) >= len(lost) + 2
    assert len(wire.bodies("swap")) == 1


def test_beats_go_on_when_the_network_is_back(visit: Open, wire: Wire) -> None:
    wire.table["beat"] = 0.2
    shows(page := visit(wire.page(PHONE)), NEW)
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.abort()

    page.route("**/beat", lose)
    for _ in range(100):
        if len(lost) < 2:
            page.wait_for_timeout(50)
    page.unroute("**/beat")
    count = len(wire.bodies("beat"))
    assert len(heard(page, wire, "beat", count + 2)) >= count + 2
    assert len(wire.bodies("swap")) == 1


@pytest.mark.parametrize("status", [410, 403])
def test_a_visit_that_is_over_is_followed_by_another(visit: Open, wire: Wire, status: int) -> None:
    wire.table["beat"] = 0.2
    wire.beats = [204, status]
    page = visit(wire.page(PHONE) + "?utm_source=vk")
    shows(page, NEW)
    swap = heard(page, wire, "swap", 2)[1]
    assert ("visit" in swap, swap["visitor"], swap["placements"]) == (False, VISITOR, ["main"])
    assert swap["page"].endswith("?utm_source=vk")
    beats = len(wire.bodies("beat"))
    heard(page, wire, "beat", beats + 2)
    assert len(wire.bodies("swap")) == 2


def test_a_number_that_could_not_be_had_is_asked_for_again(visit: Open, wire: Wire) -> None:
    wire.table["beat"] = 2  # each begins to look anew: what a busy machine draws in between is looked at
    wire.status = 200
    shows(page := visit(wire.page("<p>8 (495) 123-45-60</p>")), "8 (495) 123-45-60", "p")
    wire.status = 503
    page.evaluate("document.body.innerHTML = '<p id=phone>8 (495) 123-45-67</p>'")
    heard(page, wire, "swap", 2)
    shows(page, OWN)
    wire.status = 200
    shows(page, NEW)


def test_a_clock_that_is_set_back_keeps_beats_in_order(visit: Open, wire: Wire) -> None:
    wire.table["beat"] = 0.2
    page = visit(wire.page(PHONE))
    shows(page, NEW)
    count = len(heard(page, wire, "beat", 2))
    page.evaluate("Date.now = ((now) => () => now() - 7.2e6)(Date.now)")
    beats = heard(page, wire, "beat", count + 4)
    said = [beat["at"] for beat in beats]
    assert said == sorted(set(said))


def test_a_page_out_of_the_browsers_memory(wire: Wire, chromium: Browser) -> None:
    """The back-forward cache is off in a driven browser unless asked for."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = chromium.browser_type.launch(
        executable_path="/usr/bin/chromium", args=arguments, ignore_default_args=["--disable-back-forward-cache"]
    )
    wire.pages["/other"] = "<!doctype html><title>other</title>"
    page = browser.new_page()
    page.goto(wire.page(PHONE))
    shows(page, NEW)
    page.evaluate("window.kept = 1")
    page.goto(f"{wire.site}/other")
    assert heard(page, wire, "beat")[-1]["leave"]
    page.evaluate("history.back()")
    swaps = heard(page, wire, "swap", 2)
    assert [swap.get("visit") for swap in swaps] == [None, VISIT]
    assert page.evaluate("window.kept") == 1
    shows(page, NEW)
    browser.close()


def test_back_and_forward(visit: Open, wire: Wire) -> None:
    wire.pages["/other"] = "<!doctype html><title>other</title>"
    page = visit(wire.page(PHONE))
    shows(page, NEW)
    page.evaluate("window.kept = 1")
    page.goto(f"{wire.site}/other")
    page.go_back()
    shows(page, NEW)
    swaps = heard(page, wire, "swap", 2)
    assert swaps[-1]["visit"] == VISIT
