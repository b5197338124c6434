"""t.js on pages as websites have them, in a real Chromium; the server is that of tests/calltracking/script/wire.py."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from calltracking.leases.counters import read_cookies
from calltracking.script.library import Library
from calltracking.script.snippet import Form, Snippet
from tests.browser.screens import Firefox, shown
from tests.calltracking.script.wire import KEY, VISIT, VISITOR, Wire, serving, table

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

_PACKAGES = Path(__file__).parent / "node_modules"
_OWN, _NEW = "8 (495) 123-45-67", "8 (499) 765-43-21"
_GIVEN = {"main": {"number": "+74997654321", "kind": "exclusive"}}
_PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
_PATIENCE = 6_000
_PHONE = f'<p id="phone">{_OWN}</p>'

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def running() -> Iterator[Wire]:
    with serving() as wire:
        yield wire


@pytest.fixture
def wire(running: Wire) -> Wire:
    """One placement, leased; the server gives a number."""
    running.reset()
    running.table = table({"main": "+74951234567"})
    running.shown = dict(_GIVEN)
    return running


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    with chromium.new_context(viewport={"width": 1000, "height": 700}) as context:
        context.set_default_timeout(_PATIENCE)
        yield context


@pytest.fixture
def visit(visitor: BrowserContext) -> Iterator[Open]:
    """Opens an address in a tab of one visitor; what the console complains of fails the test."""
    complaints: list[str] = []

    def go(address: str, **how: Any) -> Page:
        page = visitor.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address, **how)
        return page

    yield go
    assert [text for text in complaints if "Failed to load resource" not in text] == []


def shows(page: Page, text: str, selector: str = "#phone") -> None:
    expect(page.locator(selector)).to_have_text(text, timeout=_PATIENCE)


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


def test_a_phone_in_view_gets_a_leased_number(visit: Open, wire: Wire) -> None:
    json_ld = '<script type="application/ld+json">{"telephone":"+74951234567"}</script>'
    page = visit(
        wire.page(
            f'{_PHONE}<a id="call" href="tel:+74951234567">call</a><meta itemprop="telephone" content="+74951234567">',
            head=json_ld,
        )
        + "?utm_source=yandex&utm_medium=cpc&yclid=5",
        referer="https://yandex.ru/search",
    )
    shows(page, _NEW)
    assert page.get_attribute("#call", "href") == "tel:+74997654321"
    assert page.evaluate("document.querySelector('[type*=ld]').textContent") == '{"telephone":"+74951234567"}'
    assert page.get_attribute("meta[itemprop]", "content") == "+74951234567"

    (swap,) = wire.bodies("swap")
    assert swap["site"] == KEY
    assert swap["placements"] == ["main"]
    assert swap["page"].endswith("?utm_source=yandex&utm_medium=cpc&yclid=5")
    assert swap["referrer"] == "https://yandex.ru/search"
    assert swap["consent"] == "full"

    page.evaluate("document.querySelector('#call').addEventListener('click', (event) => event.preventDefault())")
    page.click("#call")
    (tap,) = heard(page, wire, "tap")
    assert (tap["placement"], tap["number"], tap["visit"]) == ("main", "+74997654321", VISIT)
    page.goto("about:blank")
    beats = heard(page, wire, "beat")
    assert any(beat["leave"] for beat in beats)
    assert [beat["at"] for beat in beats] == sorted({beat["at"] for beat in beats})


def test_the_counters_cookies_go_along(visit: Open, wire: Wire, visitor: BrowserContext) -> None:
    address = wire.page(_PHONE)
    cookies = {
        "_ym_uid": "1764200000123456789",
        "_ga": "GA1.1.123456.1746825440",
        "_ga_ABC123": "GS2.1.s1746825440$o7$g1$t1746825443$j57$l0$h0",
        "_ga_DEF456": "GS1.1.1746825441.1.0.1746825441.0.0.0",
    }
    others = {"my_ga": "GA1.1.1.1", "_gat": "1", "session": "secret"}
    visitor.add_cookies([{"name": name, "value": value, "url": address} for name, value in (cookies | others).items()])
    shows(visit(address), _NEW)

    (swap,) = wire.bodies("swap")
    assert sorted(swap["ids"]["cookies"]) == sorted(f"{name}={value}" for name, value in cookies.items())
    assert read_cookies(swap["ids"]["cookies"]).sessions.split() == ["ABC123=1746825440", "DEF456=1746825441"]


def test_no_number_is_taken_for_a_phone_that_nobody_sees(visit: Open, wire: Wire) -> None:
    page = visit(wire.page(f'<div style="height:3000px"></div>{_PHONE}'))
    page.wait_for_function(f"localStorage['trunkline.{KEY}.visit']")
    page.wait_for_timeout(500)
    assert wire.bodies("swap") == []
    shows(page, _OWN)
    (swap,) = heard(page, wire, "swap")
    assert swap["placements"] == []
    page.wait_for_timeout(200)
    shows(page, _OWN)
    assert wire.bodies("beat") == []

    page.locator("#phone").scroll_into_view_if_needed()
    shows(page, _NEW)
    swap = wire.bodies("swap")[1]
    assert (swap["visit"], swap["placements"]) == (VISIT, ["main"])


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
    address = wire.page(_PHONE, attributes=attributes)
    page = visit(address + query, referer="https://vk.com/")
    page.wait_for_timeout(3500)

    swaps = wire.bodies("swap")
    assert [swap["consent"] for swap in swaps] == counts
    assert [(swap["page"], swap["referrer"], swap["placements"]) for swap in swaps] == [
        (address + query, "https://vk.com/", []) for _ in counts
    ]
    if counts == ["full"] and not attributes:
        page = visit(wire.page(_PHONE, path="/second"))
        page.wait_for_timeout(2500)
        assert len(wire.bodies("swap")) == 1
        shows(page, _NEW)


def test_a_visitor_who_lets_himself_be_known_later_is_counted_then(visit: Open, wire: Wire) -> None:
    wire.table["dynamic"] = []
    page = visit(wire.page(_PHONE, attributes='data-consent="wait"'))
    page.evaluate("document.dispatchEvent(new CustomEvent('trunkline:consent', { detail: 'none' }))")
    page.wait_for_timeout(2500)
    assert wire.bodies("swap") == []
    page.evaluate("document.dispatchEvent(new CustomEvent('trunkline:consent', { detail: 'full' }))")
    (swap,) = heard(page, wire, "swap")
    assert (swap["placements"], swap["consent"]) == ([], "full")


@pytest.mark.parametrize(("status", "delay"), [(500, 0.0), (200, 3.0)], ids=["500", "slow"])
def test_the_page_keeps_its_number(visit: Open, wire: Wire, status: int, delay: float) -> None:
    page = visit(wire.page(_PHONE))
    shows(page, _NEW)
    page.evaluate("localStorage.clear()")
    wire.status, wire.delay = status, delay
    wire.heard.clear()
    page.reload()
    heard(page, wire, "table")
    page.wait_for_timeout(1200)
    shows(page, _OWN)


def test_static_rules_decide_with_the_server_down(visit: Open, wire: Wire) -> None:
    wire.table |= {
        "dynamic": [],
        "static": [
            {"when": {"channel": "Organic Search", "source": "ya"}, "numbers": {"main": "+74997654321"}},
            {"when": {}, "numbers": {"main": "+74990000001"}},
        ],
    }
    address = wire.page(_PHONE)
    visit(address, referer="https://ya.ru/")
    page = visit(address, referer="https://ya.ru/")
    shows(page, _NEW)
    wire.status = 500
    page.reload()
    shows(page, _NEW)
    other = visit(f"{address}?utm_source=leaflet")
    shows(other, "8 (499) 000-00-01")
    assert wire.bodies("swap") == []


@pytest.mark.parametrize(
    ("query", "referer", "channel"),
    [
        ("ysclid=lw1", "https://yandex.ru/", "Organic Search"),
        ("clid=2270455", "https://yandex.ru/", "Organic Search"),
        ("fbclid=1", "https://yandex.ru/", "Organic Search"),
        ("yclid=1", "https://yandex.ru/", "Paid Search"),
        ("a=1&gclid=1", "https://www.google.ru/", "Paid Search"),
        ("gbraid=1", "https://www.google.com/", "Paid Search"),
        ("rb_clickid=1", "https://vk.com/", "Paid Social"),
    ],
)
def test_a_mark_on_every_link_is_no_paid_click(visit: Open, wire: Wire, query: str, referer: str, channel: str) -> None:
    wire.table |= {"dynamic": [], "static": [{"when": {"channel": channel}, "numbers": {"main": "+74997654321"}}]}

    shows(visit(f"{wire.page(_PHONE)}?{query}", referer=referer), _NEW)


@pytest.mark.parametrize("consent", ["cookieless", "none"])
def test_without_consent_nothing_is_kept(visit: Open, wire: Wire, consent: str) -> None:
    page = visit(wire.page(_PHONE, attributes=f'data-consent="{consent}"'))
    shows(page, _NEW)
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    (swap,) = wire.bodies("swap")
    assert swap["consent"] == consent
    assert "ids" not in swap
    assert "visitor" not in swap


def test_the_stricter_of_page_and_site_counts(visit: Open, wire: Wire) -> None:
    page = visit(wire.page(_PHONE, attributes='data-consent="full"'))
    shows(page, _NEW)
    assert page.evaluate("Object.keys(localStorage).length") > 0
    wire.table["consent"] = "cookieless"
    wire.heard.clear()
    page.evaluate(f"localStorage.removeItem('trunkline.{KEY}.table')")
    page.reload()

    (swap,) = heard(page, wire, "swap")
    assert swap["consent"] == "cookieless"
    shows(page, _NEW)
    assert page.evaluate("Object.keys(localStorage)") == []


def test_a_rule_knows_more_than_a_number_that_is_no_lease(visit: Open, wire: Wire) -> None:
    wire.table["static"] = [{"when": {"source": "vk"}, "numbers": {"main": "+74997654321"}}]
    wire.shown = {"main": {"number": "+74990000001", "kind": "static"}}

    page = visit(wire.page(_PHONE) + "?utm_source=vk")

    heard(page, wire, "swap")
    shows(page, _NEW)
    page = visit(wire.page(_PHONE, path="/other") + "?utm_source=ok")
    shows(page, "8 (499) 000-00-01")


def test_nothing_is_asked_before_consent(visit: Open, wire: Wire) -> None:
    page = visit(wire.page(_PHONE, attributes='data-consent="wait"'))
    page.wait_for_timeout(500)
    assert asked(wire) == []
    page.evaluate("document.dispatchEvent(new CustomEvent('trunkline:consent', { detail: 'full' }))")
    shows(page, _NEW)
    assert page.evaluate("localStorage.length") == 2
    page.evaluate("document.dispatchEvent(new CustomEvent('trunkline:consent', { detail: 'none' }))")
    assert page.evaluate("localStorage.length") == 0


def test_who_agrees_to_nothing_leaves_nothing_of_before(visit: Open, wire: Wire) -> None:
    shows(visit(wire.page(_PHONE)), _NEW)
    page = visit(wire.page(_PHONE, attributes='data-consent="none"'))
    shows(page, _NEW)
    assert page.evaluate("localStorage.length") == 0


def test_tabs_share_one_visit(visit: Open, wire: Wire) -> None:
    address = wire.page(_PHONE)
    first = visit(address)
    shows(first, _NEW)
    second = visit(address)
    shows(second, _NEW)
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
    address = wire.page(_PHONE)
    shows(visit(f"{address}?{_SPRING}", referer="https://vk.com/"), _NEW)
    shows(page := visit(f"{address}?{query}", referer=referer), _NEW)

    swap = heard(page, wire, "swap", 2)[1]
    assert swap.get("visit") == (VISIT if goes_on else None)
    assert goes_on or (swap["visitor"], swap["referrer"]) == (VISITOR, referer)


@pytest.mark.parametrize(("inside", "campaign"), [(True, "spring"), (False, "")])
def test_a_tab_that_was_left_open_keeps_its_source(visit: Open, wire: Wire, inside: bool, campaign: str) -> None:
    """After the half hour, and a bookmark does not."""
    address = wire.page(_PHONE)
    shows(page := visit(f"{address}?{_SPRING}"), _NEW)
    wire.page(_PHONE, path="/later")
    page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=2))
    page.goto(f"{wire.site}/later", referer=address if inside else "")
    shows(page, _NEW)

    swap = heard(page, wire, "swap", 2)[1]
    assert "visit" not in swap
    assert campaign in swap["page"]
    assert swap["page"].endswith("/later") is not inside


_SPA = """
<nav id="app-nav"></nav><main id="view"></main><button id="go">go</button>
<script>
  const view = document.getElementById("view");
  const draw = () => { view.innerHTML = `<p id="phone">8 (495) 123-45-67</p><i>${location.pathname}</i>`; };
  document.getElementById("go").onclick = () => { history.pushState(null, "", "/two"); draw(); };
  draw();
  class Card extends HTMLElement {
    connectedCallback() { this.attachShadow({ mode: "open" }).innerHTML = "<b>+7 495 123-45-67</b>"; }
  }
  customElements.define("phone-card", Card);
</script><phone-card></phone-card>
"""


def test_routes_and_shadow_roots(visit: Open, wire: Wire) -> None:
    page = visit(wire.page(_SPA))
    shows(page, _NEW)
    shows(page, "+7 499 765-43-21", "phone-card b")
    page.click("#go")
    shows(page, "/two", "#view i")
    shows(page, _NEW)
    page.evaluate("document.querySelector('phone-card').shadowRoot.innerHTML = '<b>8-495-123-45-67</b>'")
    shows(page, "8-499-765-43-21", "phone-card b")
    assert len(wire.bodies("swap")) == 1


def test_react_takes_over_and_goes_on(visit: Open, wire: Wire) -> None:
    for name in ("react/umd/react.development.js", "react-dom/umd/react-dom.development.js"):
        wire.files[f"/{name}"] = (_PACKAGES / name).read_bytes()
    app = """
      const h = React.createElement;
      function App() {
        const [count, set] = React.useState(0);
        return h("div", null, h("p", { id: "phone" }, "8 (495) 123-45-67"),
          h("a", { id: "call", href: "tel:+74951234567" }, "8 (495) ", h("b", null, "123-45-67")),
          h("button", { id: "more", onClick: () => set(count + 1) }, "n" + count),
          count ? h("em", { key: count }, "тел. +7 495 123-45-67, " + count) : null);
      }
      setTimeout(() => ReactDOM.hydrateRoot(document.getElementById("root"), h(App)), 300);
    """
    server = (
        '<div id="root"><div><p id="phone">8 (495) 123-45-67</p><a id="call" href="tel:+74951234567">8 (495) '
        '<b>123-45-67</b></a><button id="more">n0</button></div></div>'
    )
    scripts = "".join(f'<script src="{name}"></script>' for name in wire.files)
    page = visit(wire.page(f"{server}{scripts}<script>{app}</script>"))
    shows(page, _NEW)
    shows(page, _NEW, "#call")
    for count in (1, 2, 3):
        page.click("#more")
        shows(page, f"тел. +7 499 765-43-21, {count}", "em")
    shows(page, _NEW)


def test_vue_takes_over_and_goes_on(visit: Open, wire: Wire) -> None:
    wire.files["/vue.js"] = (_PACKAGES / "vue/dist/vue.global.js").read_bytes()
    app = """
      setTimeout(() => Vue.createSSRApp({
        data: () => ({ count: 0 }),
        template: `<section><p id="phone">8 (495) 123-45-67</p>` +
          `<button id="more" @click="count++">{{ count }}</button>` +
          `<em v-if="count">тел. +7 495 123-45-67, {{ count }}</em></section>`,
      }).mount("#app"), 300);
    """
    server = (
        '<div id="app"><section><p id="phone">8 (495) 123-45-67</p><button id="more">0</button><!----></section></div>'
    )
    page = visit(wire.page(f'{server}<script src="/vue.js"></script><script>{app}</script>'))
    shows(page, _NEW)
    for count in (1, 2):
        page.click("#more")
        shows(page, f"тел. +7 499 765-43-21, {count}", "em")
    shows(page, _NEW)


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
    page = visit(wire.page(f"{_PHONE}{fight}") + "?trunkline=explain")
    page.wait_for_function("window.times > 15")
    expect(page.locator("trunkline-explain")).to_contain_text("Другой скрипт переписывает", timeout=_PATIENCE)
    assert page.evaluate("window.times") < 40
    shows(page, _OWN)
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
    page = visit(wire.page(_PHONE, head=f'<script src="https://{host}/init.js"></script>') + "?trunkline=explain")
    panel = page.locator("trunkline-explain section")
    expect(panel).to_contain_text("Ни одного номера сайта не найдено", timeout=_PATIENCE)
    if name:
        expect(panel).to_contain_text(f"На странице работает и {name}.")
    else:
        expect(panel).not_to_contain_text("работает и")


def test_measure_only_changes_nothing(visit: Open, wire: Wire) -> None:
    page = visit(wire.page(_PHONE, attributes='data-mode="measure"'))
    (swap,) = heard(page, wire, "swap")
    assert swap["placements"] == []
    shows(page, _OWN)


def test_a_strict_policy_a_pinned_version_and_the_overlay(visit: Open, wire: Wire, tmp_path: Path) -> None:
    script = Library().current
    wire.headers["Content-Security-Policy"] = f"default-src 'none'; script-src {wire.server}; connect-src {wire.server}"
    wire.page("")
    wire.pages["/"] = (
        '<!doctype html><html lang="ru"><meta charset="utf-8"><title>x</title>'
        f'<script async data-robots="on" data-site="{KEY}" '
        f'src="{wire.server}/t/{script.version}.js" integrity="{script.integrity}" crossorigin="anonymous"></script>'
        f'<body>{_PHONE}<p><a href="tel:84951234567">Позвонить</a></p></body></html>'
    )
    wire.table["placements"][0]["selectors"] = [".nowhere"]
    page = visit(f"{wire.site}/?trunkline=explain")
    shows(page, _NEW)
    panel = page.locator("trunkline-explain section")
    expect(panel).to_contain_text("только этому посетителю", timeout=_PATIENCE)
    expect(panel).to_contain_text("84951234567 → 84997654321")
    expect(panel).to_contain_text(".nowhere")
    page.screenshot(path=tmp_path / "overlay.png")
    panel.get_by_label("Закрыть").click()
    expect(panel).to_have_count(0)


def test_test_mode_shows_what_is_found(visit: Open, wire: Wire) -> None:
    page = visit(f"{wire.page(_PHONE)}?trunkline=test")
    shows(page, "8 (000) 000-00-00")
    assert {name for name, _ in wire.heard} == {"table"}


def test_robots_see_the_sites_own_number(chromium: Browser, wire: Wire) -> None:
    wire.page(_PHONE)
    wire.pages["/"] = re.sub(' data-robots="on"', "", wire.pages["/"])
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(wire.site)
        page.wait_for_timeout(500)
        shows(page, _OWN)
    assert asked(wire) == []


def test_nothing_shifts(visit: Open, wire: Wire) -> None:
    wire.delay = 0.3
    page = visit(wire.page(f"<h1>Demo</h1>{_PHONE}<p>below</p>"))
    page.evaluate(
        "window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => {"
        "  window.shift += entry.value;"
        "})).observe({ type: 'layout-shift', buffered: true })"
    )
    shows(page, _NEW)
    page.wait_for_timeout(300)
    assert page.evaluate("window.shift") == 0


def test_one_cached_page_shows_two_visitors_two_numbers(chromium: Browser, wire: Wire) -> None:
    wire.headers["Cache-Control"] = "public, max-age=600"
    address = wire.page(_PHONE)
    for number, fresh in (("+74997654321", _NEW), ("+74991112233", "8 (499) 111-22-33")):
        wire.shown = {"main": {"number": number, "kind": "exclusive"}}
        with chromium.new_context() as context:
            page = context.new_page()
            page.goto(address)
            shows(page, fresh)
            page.reload()
            shows(page, fresh)
            kept = "fetch(location, { cache: 'only-if-cached', mode: 'same-origin' }).then((got) => got.text())"
            assert _OWN in page.evaluate(kept)


def test_without_scripts_the_page_has_its_own_number(chromium: Browser, wire: Wire) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(wire.page(f"{_PHONE}<noscript><p id='none'>{_OWN}</p></noscript>"))
        assert page.locator("#phone").text_content() == page.locator("#none").text_content() == _OWN
    assert asked(wire) == []


def test_what_is_for_who_has_no_scripts_stays(visit: Open, wire: Wire) -> None:
    page = visit(wire.page(f"{_PHONE}<noscript><p>{_OWN}</p></noscript>"))
    shows(page, _NEW)
    assert _OWN in page.locator("noscript").evaluate("node => node.textContent")


def test_a_number_is_taken_when_the_page_loads_where_the_site_says_so(visit: Open, wire: Wire) -> None:
    wire.table["take"] = "load"
    page = visit(wire.page(f'<div style="height:3000px"></div>{_PHONE}'))
    shows(page, _NEW)
    page.wait_for_timeout(1500)
    assert [swap["placements"] for swap in wire.bodies("swap")] == [["main"]]


@pytest.mark.parametrize("attributes", ["", 'data-consent="wait"'])
def test_a_prerendered_page_takes_nothing_before_it_is_shown(
    visitor: BrowserContext, visit: Open, wire: Wire, attributes: str
) -> None:
    visitor.add_init_script("Object.defineProperty(Document.prototype, 'prerendering', { get: () => !window.shown })")
    page = visit(wire.page(_PHONE, attributes=attributes))
    page.wait_for_timeout(500)
    assert asked(wire) == []
    page.evaluate("window.shown = 1; document.dispatchEvent(new Event('prerenderingchange'))")
    if attributes:
        page.wait_for_timeout(500)
        assert asked(wire) == []
    else:
        shows(page, _NEW)


def test_a_policy_of_nonces(visit: Open, wire: Wire) -> None:
    policy = f"script-src 'nonce-r4nd' 'strict-dynamic'; connect-src {wire.server}"
    wire.headers["Content-Security-Policy"] = policy
    page = visit(wire.page(_PHONE, attributes='nonce="r4nd"') + "?trunkline=explain")
    shows(page, _NEW)
    expect(page.locator("trunkline-explain section")).to_contain_text("только этому посетителю", timeout=_PATIENCE)


def test_an_address_of_the_site_s_own(visit: Open, wire: Wire) -> None:
    wire.page(_PHONE)
    wire.pages["/"] = wire.pages["/"].replace(wire.server, wire.site)
    wire.headers["Content-Security-Policy"] = "script-src 'self'; connect-src 'self'"
    shows(visit(wire.site), _NEW)


@pytest.mark.parametrize("told", [True, False])
def test_a_script_in_a_combined_file_is_told_its_site_or_says_what_is_missing(
    visitor: BrowserContext, wire: Wire, told: bool
) -> None:
    wire.files["/all.js"] = b"window.first = 1;" + Library().current.body + b"window.last = 1;"
    site = f"<script>trunklineSite = {{ site: '{KEY}', base: '{wire.server}', robots: 'on' }}</script>" if told else ""
    wire.pages["/"] = f"<!doctype html><title>x</title><body>{_PHONE}{site}<script src=/all.js></script></body>"
    page = visitor.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(f"{error}"))
    page.goto(wire.site)
    assert page.evaluate("[window.first, window.last]") == [1, 1]
    if told:
        shows(page, _NEW)
    assert [text for text in said if "Failed to load" not in text] == ([] if told else ["Trunkline: no data-site"])


@pytest.mark.parametrize("form", Form)
def test_each_form_of_the_snippet(chromium: Browser, wire: Wire, form: Form) -> None:
    """As copied into a page, before a visitor whose browser is not known as a driven one."""
    text = Snippet(wire.server, KEY, Library().current.version, Library().current.integrity).of(form)
    wire.pages["/"] = f"<!doctype html><html><head><title>x</title>{text}</head><body>{_PHONE}</body></html>"
    with chromium.new_context(user_agent=_PERSON) as context:
        context.add_init_script("Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false })")
        page = context.new_page()
        page.goto(wire.site)
        shows(page, _NEW)


def test_a_script_that_comes_late_and_blocks_that_come_later(visit: Open, wire: Wire) -> None:
    """Optimizers hold scripts back until the first gesture; 1C-Bitrix fills its dynamic areas after the cached page."""
    wire.pages["/"] = (
        f"<!doctype html><html><head><title>x</title></head><body>{_PHONE}<div id='area'></div><script>"
        "addEventListener('late', () => { const s = document.createElement('script'); s.dataset.robots = 'on';"
        f"s.dataset.site = '{KEY}'; s.src = '{wire.server}/t.js'; document.head.append(s); }})</script></body></html>"
    )
    page = visit(wire.site)
    page.evaluate("dispatchEvent(new Event('late'))")
    shows(page, _NEW)
    page.evaluate("document.getElementById('area').innerHTML = '<p><span>8 (495) 123-45-67</span></p>'")
    shows(page, _NEW, "#area")
    page.evaluate("area.innerHTML = phone.outerHTML.replace(/<.?p[^>]*>/g, '') + ' or +7 495 123-45-67'")
    shows(page, f"{_NEW} or +7 499 765-43-21", "#area")


def test_it_tells_that_it_is_looked_at(visit: Open, wire: Wire) -> None:
    wire.table["beat"] = 0.2
    page = visit(wire.page(_PHONE))
    shows(page, _NEW)
    beats = heard(page, wire, "beat", 3)
    assert [(beat["visible"], beat["leave"]) for beat in beats[:3]] == [(True, False)] * 3
    assert [beat["at"] for beat in beats[:3]] == sorted({beat["at"] for beat in beats[:3]})


@pytest.mark.parametrize("lost", [[503, 429], [409, 500]], ids=str)
def test_a_beat_that_is_lost_is_followed_by_the_next(visit: Open, wire: Wire, lost: list[int]) -> None:
    wire.table["beat"] = 0.2
    wire.beats = list(lost)
    page = visit(wire.page(_PHONE))
    shows(page, _NEW)
    assert len(heard(page, wire, "beat", len(lost) + 2)) >= len(lost) + 2
    assert len(wire.bodies("swap")) == 1


@pytest.mark.parametrize("status", [410, 403])
def test_a_visit_that_is_over_is_followed_by_another(visit: Open, wire: Wire, status: int) -> None:
    wire.table["beat"] = 0.2
    wire.beats = [204, status]
    page = visit(wire.page(_PHONE) + "?utm_source=vk")
    shows(page, _NEW)
    swap = heard(page, wire, "swap", 2)[1]
    assert ("visit" in swap, swap["visitor"], swap["placements"]) == (False, VISITOR, ["main"])
    assert swap["page"].endswith("?utm_source=vk")
    beats = len(wire.bodies("beat"))
    heard(page, wire, "beat", beats + 2)
    assert len(wire.bodies("swap")) == 2


def test_a_number_that_could_not_be_had_is_asked_for_again(visit: Open, wire: Wire) -> None:
    wire.table["beat"] = 0.5
    wire.status = 200
    shows(page := visit(wire.page("<p>8 (495) 123-45-60</p>")), "8 (495) 123-45-60", "p")
    wire.status = 503
    page.evaluate("document.body.innerHTML = '<p id=phone>8 (495) 123-45-67</p>'")
    heard(page, wire, "swap", 2)
    shows(page, _OWN)
    wire.status = 200
    shows(page, _NEW)


def test_a_clock_that_is_set_back_keeps_beats_in_order(visit: Open, wire: Wire) -> None:
    wire.table["beat"] = 0.2
    page = visit(wire.page(_PHONE))
    shows(page, _NEW)
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
    page.goto(wire.page(_PHONE))
    shows(page, _NEW)
    page.evaluate("window.kept = 1")
    page.goto(f"{wire.site}/other")
    assert heard(page, wire, "beat")[-1]["leave"]
    page.evaluate("history.back()")
    swaps = heard(page, wire, "swap", 2)
    assert [swap.get("visit") for swap in swaps] == [None, VISIT]
    assert page.evaluate("window.kept") == 1
    shows(page, _NEW)
    browser.close()


def test_back_and_forward(visit: Open, wire: Wire) -> None:
    wire.pages["/other"] = "<!doctype html><title>other</title>"
    page = visit(wire.page(_PHONE))
    shows(page, _NEW)
    page.evaluate("window.kept = 1")
    page.goto(f"{wire.site}/other")
    page.go_back()
    shows(page, _NEW)
    swaps = heard(page, wire, "swap", 2)
    assert swaps[-1]["visit"] == VISIT


def test_what_is_shipped_is_what_the_source_makes(tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "calltracking/script"
    subprocess.run(["node", folder / "build.mjs", tmp_path], check=True, timeout=60)
    for name in ("t.js", "explain.js", "source.sha256"):
        assert (tmp_path / name).read_bytes() == (folder / "static" / name).read_bytes(), "run: node build.mjs"


def test_firefox_swaps_as_well(firefox: Firefox, wire: Wire) -> None:
    address = wire.page(f'{_PHONE}<a id="call" href="tel:+74951234567">8 (495) <b>123-45-67</b></a>')
    screen = firefox.open(address, [], "() => {}", 1000)
    shown(screen, f"document.getElementById('phone').textContent === '{_NEW}'", "the leased number", 30)
    assert screen.evaluate("document.getElementById('call').outerHTML") == (
        '<a id="call" href="tel:+74997654321">8 (499) <b>765-43-21</b></a>'
    )
    assert screen.close() == []
