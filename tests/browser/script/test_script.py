"""t.js on pages as websites have them, in a real Chromium; the server is that of tests/calltracking/script/wire.py."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext

from calltracking.script.snippet import Form, Snippet
from calltracking.sites.catalogue import Site, Static, table_of
from tests.browser.screens import Firefox, shown
from tests.browser.script.pages import NEW, OWN, PHONE, Open, heard, shows
from tests.calltracking.script.wire import KEY, VISIT, Wire

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


_PACKAGES = Path(__file__).parents[1] / "node_modules"


def test_a_phone_in_view_gets_a_leased_number(visit: Open, wire: Wire) -> None:
    json_ld = '<script type="application/ld+json">{"telephone":"+74951234567"}</script>'
    page = visit(
        wire.page(
            f'{PHONE}<a id="call" href="tel:+74951234567">call</a><meta itemprop="telephone" content="+74951234567">',
            head=json_ld,
        )
        + "?utm_source=yandex&utm_medium=cpc&yclid=5",
        referer="https://yandex.ru/search",
    )
    shows(page, NEW)
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


@pytest.mark.parametrize(("status", "delay"), [(500, 0.0), (200, 3.0)], ids=["500", "slow"])
def test_the_page_keeps_its_number(visit: Open, wire: Wire, status: int, delay: float) -> None:
    page = visit(wire.page(PHONE))
    shows(page, NEW)
    page.evaluate("localStorage.clear()")
    wire.status, wire.delay = status, delay
    wire.heard.clear()
    page.reload()
    heard(page, wire, "table")
    page.wait_for_timeout(1200)
    shows(page, OWN)


def test_static_rules_decide_with_the_server_down(visit: Open, wire: Wire) -> None:
    wire.table |= {
        "dynamic": [],
        "static": [
            {"when": {"channel": "Organic Search", "source": "ya"}, "numbers": {"main": "+74997654321"}},
            {"when": {}, "numbers": {"main": "+74990000001"}},
        ],
    }
    address = wire.page(PHONE)
    visit(address, referer="https://ya.ru/")
    page = visit(address, referer="https://ya.ru/")
    shows(page, NEW)
    wire.status = 500
    page.reload()
    shows(page, NEW)
    other = visit(f"{address}?utm_source=leaflet")
    shows(other, "8 (499) 000-00-01")
    assert [swap for swap in wire.bodies("swap") if swap["placements"]] == []  # a visit may have been counted meanwhile


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

    shows(visit(f"{wire.page(PHONE)}?{query}", referer=referer), NEW)


def test_a_rule_knows_more_than_a_number_that_is_no_lease(visit: Open, wire: Wire) -> None:
    wire.table["static"] = [{"when": {"source": "vk"}, "numbers": {"main": "+74997654321"}}]
    wire.shown = {"main": {"number": "+74990000001", "kind": "static"}}

    page = visit(wire.page(PHONE) + "?utm_source=vk")

    heard(page, wire, "swap")
    shows(page, NEW)
    page = visit(wire.page(PHONE, path="/other") + "?utm_source=ok")
    shows(page, "8 (499) 000-00-01")


_CITIES = [
    Static("+74997654321", "main", source="yandex", city="Казань"),
    Static("+74990000001", "main", source="yandex", city="Москва"),
    Static("+74990000002", "main", source="yandex"),
    Static("+74990000003", "main", city="Казань"),
]


@pytest.mark.parametrize("form", [Form.PLAIN, Form.GTM])
@pytest.mark.parametrize(
    ("query", "city", "phone"),
    [
        ("?utm_source=yandex", "Казань", NEW),
        ("?utm_source=yandex", "Москва", "8 (499) 000-00-01"),
        ("?utm_source=yandex", "", "8 (499) 000-00-02"),
        ("?utm_source=vk", "Казань", "8 (499) 000-00-03"),
        ("?utm_source=vk", "Москва", OWN),
    ],
)
def test_source_and_city_decide_together(
    visitor: BrowserContext, visit: Open, wire: Wire, query: str, city: str, phone: str, form: Form
) -> None:
    """By the table as the server makes it and the snippet as the site's page gives it."""
    visitor.add_init_script("Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false })")
    site = Site(UUID(int=1), KEY, frozenset({"localhost"}), statics=_CITIES)
    del wire.table["robots"]  # this browser says that it is headless
    wire.table |= {"dynamic": [], "static": json.loads(table_of(site))["static"]}
    text = Snippet(wire.server, KEY, city=city).of(form)
    wire.pages["/"] = f"<!doctype html><html><head><title>x</title>{text}</head><body>{PHONE}</body></html>"

    page = visit(f"{wire.site}/{query}")

    heard(page, wire, "swap")
    shows(page, phone)


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
    shows(page, NEW)
    shows(page, "+7 499 765-43-21", "phone-card b")
    page.click("#go")
    shows(page, "/two", "#view i")
    shows(page, NEW)
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
    shows(page, NEW)
    shows(page, NEW, "#call")
    for count in (1, 2, 3):
        page.click("#more")
        shows(page, f"тел. +7 499 765-43-21, {count}", "em")
    shows(page, NEW)


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
    shows(page, NEW)
    for count in (1, 2):
        page.click("#more")
        shows(page, f"тел. +7 499 765-43-21, {count}", "em")
    shows(page, NEW)


def test_nothing_shifts(visit: Open, wire: Wire) -> None:
    wire.delay = 0.3
    page = visit(wire.page(f"<h1>Demo</h1>{PHONE}<p>below</p>"))
    page.evaluate(
        "window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => {"
        "  window.shift += entry.value;"
        "})).observe({ type: 'layout-shift', buffered: true })"
    )
    shows(page, NEW)
    page.wait_for_timeout(300)
    assert page.evaluate("window.shift") == 0


def test_a_number_is_taken_when_the_page_loads_where_the_site_says_so(visit: Open, wire: Wire) -> None:
    wire.table["take"] = "load"
    page = visit(wire.page(f'<div style="height:3000px"></div>{PHONE}'))
    shows(page, NEW)
    page.wait_for_timeout(1500)
    assert [swap["placements"] for swap in wire.bodies("swap")] == [["main"]]


def test_firefox_swaps_as_well(firefox: Firefox, wire: Wire) -> None:
    address = wire.page(f'{PHONE}<a id="call" href="tel:+74951234567">8 (495) <b>123-45-67</b></a>')
    screen = firefox.open(address, [], "() => {}", 1000)
    shown(screen, f"document.getElementById('phone').textContent === '{NEW}'", "the leased number", 30)
    assert screen.evaluate("document.getElementById('call').outerHTML") == (
        '<a id="call" href="tel:+74997654321">8 (499) <b>765-43-21</b></a>'
    )
    assert screen.close() == []
