"""Which visit a page belongs to, whether it is counted, and what consent allows."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext

from calltracking.leases.counters import read_cookies
from tests.browser.script.pages import NEW, OWN, PHONE, Open, asked, heard, shows
from tests.calltracking.script.wire import KEY, VISIT, VISITOR, Wire

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def test_no_number_is_taken_for_a_phone_that_nobody_sees(visit: Open, wire: Wire) -> None:
    page = visit(wire.page(f'<div style="height:3000px"></div>{PHONE}'))
    page.wait_for_function(f"localStorage['trunkline.{KEY}.visit']")
    (swap,) = heard(page, wire, "swap")
    assert swap["placements"] == []
    page.wait_for_timeout(200)
    shows(page, OWN)
    assert wire.bodies("beat") == []

    page.locator("#phone").scroll_into_view_if_needed()
    shows(page, NEW)
    swap = wire.bodies("swap")[1]
    assert (swap["visit"], swap["placements"]) == (VISIT, ["main"])


def test_an_answer_that_comes_too_late_says_who_he_is_all_the_same(visit: Open, wire: Wire) -> None:
    wire.late = 1.5
    address = wire.page(PHONE)
    page = visit(address)
    page.wait_for_function(f"localStorage['trunkline.{KEY}.visit']?.includes('{VISITOR}')")
    shows(page, OWN)
    assert len(wire.bodies("swap")) == 1

    wire.late = 0
    shows(visit(address), NEW)
    swap = wire.bodies("swap")[-1]
    assert (swap["visitor"], swap["visit"]) == (VISITOR, VISIT)


def test_an_answer_that_comes_after_consent_was_taken_back_is_forgotten(visit: Open, wire: Wire) -> None:
    wire.late = 1.5
    page = visit(wire.page(PHONE))
    heard(page, wire, "swap")
    page.evaluate("document.dispatchEvent(new CustomEvent('trunkline:consent', { detail: 'cookieless' }))")
    page.wait_for_timeout(2000)
    assert "visitor" not in page.evaluate("trunkline()[3]")


@pytest.mark.parametrize(
    ("attributes", "query", "counts"),
    [
        ("", "?utm_source=vk", ["full"]),
        ('data-consent="cookieless"', "", ["cookieless"]),
        ('data-consent="none"', "", []),
        ('data-consent="wait"', "", []),
        ('data-mode="measure"', "", ["full"]),
        ("", "?trunkline=test", []),
    ],
)
def test_a_visit_that_needs_no_number_is_counted_once(
    visit: Open, wire: Wire, attributes: str, query: str, counts: list[str]
) -> None:
    wire.table |= {"dynamic": [], "static": [{"when": {}, "numbers": {"main": "+74997654321"}}], "beat": 0.5}
    address = wire.page(PHONE, attributes=attributes)
    page = visit(address + query, referer="https://vk.com/")
    heard(page, wire, "swap", len(counts))
    page.wait_for_timeout(2000)

    swaps = wire.bodies("swap")
    assert [swap["consent"] for swap in swaps] == counts
    assert [(swap["page"], swap["referrer"], swap["placements"]) for swap in swaps] == [
        (address + query, "https://vk.com/", []) for _ in counts
    ]
    if counts == ["full"] and not attributes:
        page = visit(wire.page(PHONE, path="/second"))
        page.wait_for_timeout(2500)
        assert len(wire.bodies("swap")) == 1
        shows(page, NEW)


def test_a_visitor_who_lets_himself_be_known_later_is_counted_then(visit: Open, wire: Wire) -> None:
    wire.table["dynamic"] = []
    page = visit(wire.page(PHONE, attributes='data-consent="wait"'))
    page.evaluate("document.dispatchEvent(new CustomEvent('trunkline:consent', { detail: 'none' }))")
    page.wait_for_timeout(2500)
    assert wire.bodies("swap") == []
    page.evaluate("document.dispatchEvent(new CustomEvent('trunkline:consent', { detail: 'full' }))")
    (swap,) = heard(page, wire, "swap")
    assert (swap["placements"], swap["consent"]) == ([], "full")


@pytest.mark.parametrize("consent", ["cookieless", "none"])
def test_without_consent_nothing_is_kept(visit: Open, wire: Wire, consent: str) -> None:
    page = visit(wire.page(PHONE, attributes=f'data-consent="{consent}"'))
    shows(page, NEW)
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    (swap,) = wire.bodies("swap")
    assert swap["consent"] == consent
    assert "ids" not in swap
    assert "visitor" not in swap


def test_the_stricter_of_page_and_site_counts(visit: Open, wire: Wire) -> None:
    page = visit(wire.page(PHONE, attributes='data-consent="full"'))
    shows(page, NEW)
    assert page.evaluate("Object.keys(localStorage).length") > 0
    wire.table["consent"] = "cookieless"
    wire.heard.clear()
    page.evaluate(f"localStorage.removeItem('trunkline.{KEY}.table')")
    page.reload()

    (swap,) = heard(page, wire, "swap")
    assert swap["consent"] == "cookieless"
    shows(page, NEW)
    assert page.evaluate("Object.keys(localStorage)") == []


def test_nothing_is_asked_before_consent(visit: Open, wire: Wire) -> None:
    page = visit(wire.page(PHONE, attributes='data-consent="wait"'))
    page.wait_for_timeout(500)
    assert asked(wire) == []
    page.evaluate("document.dispatchEvent(new CustomEvent('trunkline:consent', { detail: 'full' }))")
    shows(page, NEW)
    assert page.evaluate("localStorage.length") == 2
    page.evaluate("document.dispatchEvent(new CustomEvent('trunkline:consent', { detail: 'none' }))")
    assert page.evaluate("localStorage.length") == 0


def test_who_agrees_to_nothing_leaves_nothing_of_before(visit: Open, wire: Wire) -> None:
    shows(visit(wire.page(PHONE)), NEW)
    page = visit(wire.page(PHONE, attributes='data-consent="none"'))
    shows(page, NEW)
    assert page.evaluate("localStorage.length") == 0


def test_tabs_share_one_visit(visit: Open, wire: Wire) -> None:
    address = wire.page(PHONE)
    first = visit(address)
    shows(first, NEW)
    second = visit(address)
    shows(second, NEW)
    swaps = heard(second, wire, "swap", 2)
    assert [swap.get("visit") for swap in swaps] == [None, VISIT]


_SPRING = "utm_source=vk&utm_medium=cpc&utm_campaign=spring"


@pytest.mark.parametrize(
    ("query", "referer", "goes_on"),
    [
        ("", "https://pay.example/done", True),
        ("", "https://yandex.ru/", True),
        ("ysclid=1", "https://yandex.ru/", True),
        ("utm_campaign=Spring&utm_medium=cpc&utm_source=vk&utm_content=2", "https://vk.com/", True),
        ("utm_source=vk&utm_medium=cpc&utm_campaign=summer", "https://vk.com/", False),
        ("yclid=1", "https://yandex.ru/", False),
    ],
)
def test_another_campaign_alone_begins_a_visit(
    visit: Open, wire: Wire, query: str, referer: str, goes_on: bool
) -> None:
    address = wire.page(PHONE)
    shows(visit(f"{address}?{_SPRING}", referer="https://vk.com/"), NEW)
    shows(page := visit(f"{address}?{query}", referer=referer), NEW)

    swap = heard(page, wire, "swap", 2)[1]
    assert swap.get("visit") == (VISIT if goes_on else None)
    assert goes_on or (swap["visitor"], swap["referrer"]) == (VISITOR, referer)


@pytest.mark.parametrize(("inside", "campaign"), [(True, "spring"), (False, "")])
def test_a_tab_that_was_left_open_keeps_its_source(visit: Open, wire: Wire, inside: bool, campaign: str) -> None:
    """After the half hour, and a bookmark does not."""
    address = wire.page(PHONE)
    shows(page := visit(f"{address}?{_SPRING}"), NEW)
    wire.page(PHONE, path="/later")
    page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=2))
    page.goto(f"{wire.site}/later", referer=address if inside else "")
    shows(page, NEW)

    swap = heard(page, wire, "swap", 2)[1]
    assert "visit" not in swap
    assert campaign in swap["page"]
    assert swap["page"].endswith("/later") is not inside


def test_the_counters_cookies_go_along(visit: Open, wire: Wire, visitor: BrowserContext) -> None:
    address = wire.page(PHONE)
    cookies = {
        "_ym_uid": "1764200000123456789",
        "_ga": "GA1.1.123456.1746825440",
        "_ga_ABC123": "GS2.1.s1746825440$o7$g1$t1746825443$j57$l0$h0",
        "_ga_DEF456": "GS1.1.1746825441.1.0.1746825441.0.0.0",
    }
    others = {"my_ga": "GA1.1.1.1", "_gat": "1", "session": "secret"}
    visitor.add_cookies([{"name": name, "value": value, "url": address} for name, value in (cookies | others).items()])
    shows(visit(address), NEW)

    (swap,) = wire.bodies("swap")
    assert sorted(swap["ids"]["cookies"]) == sorted(f"{name}={value}" for name, value in cookies.items())
    assert read_cookies(swap["ids"]["cookies"]).sessions.split() == ["ABC123=1746825440", "DEF456=1746825441"]
