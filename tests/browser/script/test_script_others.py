"""The script beside others: trackers that swap too, robots, and who only looks."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from calltracking.channels.robots import is_robot
from tests.browser.script.pages import NEW, OWN, PATIENCE, PERSON, PHONE, Open, asked, heard, shows
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
    plain = visit(address := wire.page(PHONE, head=f'<script src="https://{host}/init.js"></script>'))
    assert heard(plain, wire, "swap")[-1]["clash"] == "absent"
    page = visit(address + "?trunkline=explain")
    panel = page.locator("trunkline-explain section")
    expect(panel).to_contain_text("Ни одного номера сайта не найдено", timeout=PATIENCE)
    if name:
        expect(panel).to_contain_text(f"На странице работает и {name}.")
    else:
        expect(panel).not_to_contain_text("работает и")


@pytest.mark.parametrize("body", [PHONE, f'<div style="height:3000px"></div>{PHONE}'], ids=["in view", "below"])
def test_a_page_with_a_number_of_ours_has_nothing_to_tell(visit: Open, wire: Wire, body: str) -> None:
    assert "clash" not in heard(visit(wire.page(body)), wire, "swap")[0]


def test_measure_only_changes_nothing(visit: Open, wire: Wire) -> None:
    page = visit(wire.page(PHONE, attributes='data-mode="measure"'))
    (swap,) = heard(page, wire, "swap")
    assert swap["placements"] == []
    assert "clash" not in swap
    shows(page, OWN)


def test_test_mode_shows_what_is_found(visit: Open, wire: Wire) -> None:
    page = visit(f"{wire.page(PHONE)}?trunkline=test")
    shows(page, "8 (000) 000-00-00")
    assert {name for name, _ in wire.heard} == {"table"}


_ANDROID = "Mozilla/5.0 (Linux; Android 14; {}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile {}"


@pytest.mark.parametrize(
    ("agent", "robot"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/142.0 Safari/537.36", True),
        (_ANDROID.format("Nexus 5X", "Safari/537.36 (compatible; Google-InspectionTool/1.0;)"), True),
        (_ANDROID.format("Nexus 5X", "Safari/537.36 (compatible; GoogleOther)"), True),
        ("Mediapartners-Google", True),
        ("Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)", True),
        ("Mozilla/5.0 (compatible; YandexRenderResourcesBot/1.0; +http://yandex.com/bots)", True),
        (_ANDROID.format("CUBOT P80", "Safari/537.36"), False),
        (_ANDROID.format("SM-S911B", "YandexSearch/25.1 Safari/537.36"), False),
    ],
)
def test_robots_see_the_sites_own_number(chromium: Browser, wire: Wire, agent: str, robot: bool) -> None:
    """By the server's own list, static numbers too; none of them says that it is driven."""
    wire.table |= {"dynamic": [], "static": [{"when": {}, "numbers": {"main": "+74997654321"}}]}
    wire.page(PHONE)
    wire.pages["/"] = re.sub(' data-robots="on"', "", wire.pages["/"])
    assert is_robot(agent) is robot
    with chromium.new_context(user_agent=agent) as context:
        context.add_init_script("Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false })")
        page = context.new_page()
        page.goto(wire.site)
        if robot:
            heard(page, wire, "table")
            page.wait_for_timeout(300)
        shows(page, OWN if robot else NEW)
        page.evaluate("document.dispatchEvent(new CustomEvent('trunkline:consent', { detail: 'full' }))")
        heard(page, wire, "swap", 0 if robot else 1)
        assert {name for name in asked(wire) if name != "swap"} == {"table"}
        assert bool(wire.bodies("swap")) is not robot


def test_a_table_that_was_kept_from_before_names_no_robots(chromium: Browser, wire: Wire) -> None:
    del wire.table["robots"]
    wire.page(PHONE)
    wire.pages["/"] = re.sub(' data-robots="on"', "", wire.pages["/"])
    with chromium.new_context(user_agent=PERSON) as context:
        context.add_init_script("Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false })")
        page = context.new_page()
        page.goto(wire.site)
        shows(page, NEW)


def test_a_driven_browser_sees_the_sites_own_number(chromium: Browser, wire: Wire) -> None:
    wire.page(PHONE)
    wire.pages["/"] = re.sub(' data-robots="on"', "", wire.pages["/"])
    with chromium.new_context(user_agent=PERSON) as context:
        page = context.new_page()
        page.goto(wire.site)
        page.wait_for_timeout(500)
        shows(page, OWN)
    assert asked(wire) == []
