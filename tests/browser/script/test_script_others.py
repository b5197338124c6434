"""The script beside others: trackers that swap too, robots, and who only looks."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.script.pages import OWN, PATIENCE, PHONE, Open, asked, heard, shows
from tests.calltracking.script.wire import Wire

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def test_another_script_wins_and_is_told_of(visit: Open, wire: Wire) -> None:
    fight = """<script>
      const phone = document.getElementById("phone");
      new MutationObserver(() => {
        if (phone.textContent === "8 (495) 123-45-67") return;
        window.times = (window.times || 0) + 1;
        phone.textContent = "8 (495) 123-45-67";
      }).observe(phone, { childList: true, characterData: true, subtree: true });
    </script>"""
    wire.table["beat"] = 0.5
    page = visit(wire.page(f"{PHONE}{fight}") + "?trunkline=explain")
    page.wait_for_function("window.times > 15")
    expect(page.locator("trunkline-explain")).to_contain_text("Другой скрипт переписывает", timeout=PATIENCE)
    assert page.evaluate("window.times") < 40
    shows(page, OWN)
    count = len(wire.bodies("beat"))
    assert heard(page, wire, "beat", count + 2)[-1]["clash"] == "fight"


@pytest.mark.parametrize(
    ("host", "name"),
    [("mod.calltouch.ru", "Calltouch"), ("app.uiscom.ru", "UIS"), ("cdn.callibri.ru", "Callibri"), ("x.example", "")],
)
def test_another_script_that_swaps_first_is_told_of(
    visitor: BrowserContext, visit: Open, wire: Wire, host: str, name: str
) -> None:
    swap = "addEventListener('DOMContentLoaded', () => { phone.textContent = '8 (499) 111-22-33' })"
    visitor.route(f"https://{host}/*", lambda route: route.fulfill(body=swap, content_type="text/javascript"))
    page = visit(wire.page(PHONE, head=f'<script src="https://{host}/init.js"></script>') + "?trunkline=explain")
    panel = page.locator("trunkline-explain section")
    expect(panel).to_contain_text("Ни одного номера сайта не найдено", timeout=PATIENCE)
    if name:
        expect(panel).to_contain_text(f"На странице работает и {name}.")
    else:
        expect(panel).not_to_contain_text("работает и")


def test_measure_only_changes_nothing(visit: Open, wire: Wire) -> None:
    page = visit(wire.page(PHONE, attributes='data-mode="measure"'))
    (swap,) = heard(page, wire, "swap")
    assert swap["placements"] == []
    shows(page, OWN)


def test_test_mode_shows_what_is_found(visit: Open, wire: Wire) -> None:
    page = visit(f"{wire.page(PHONE)}?trunkline=test")
    shows(page, "8 (000) 000-00-00")
    assert {name for name, _ in wire.heard} == {"table"}


def test_robots_see_the_sites_own_number(chromium: Browser, wire: Wire) -> None:
    wire.page(PHONE)
    wire.pages["/"] = re.sub(' data-robots="on"', "", wire.pages["/"])
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(wire.site)
        page.wait_for_timeout(500)
        shows(page, OWN)
    assert asked(wire) == []
