"""Ways to put the script into a page: snippets, policies, combined and cached pages."""

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from calltracking.script.library import Library
from calltracking.script.snippet import Form, Snippet
from tests.browser.script.pages import NEW, OWN, PATIENCE, PERSON, PHONE, Open, asked, shows
from tests.calltracking.script.wire import KEY, Wire

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.mark.parametrize("form", Form)
def test_each_form_of_the_snippet(chromium: Browser, wire: Wire, form: Form) -> None:
    """As copied into a page, before a visitor whose browser is not known as a driven one."""
    text = Snippet(wire.server, KEY, Library().current.version, Library().current.integrity).of(form)
    wire.pages["/"] = f"<!doctype html><html><head><title>x</title>{text}</head><body>{PHONE}</body></html>"
    with chromium.new_context(user_agent=PERSON) as context:
        context.add_init_script("Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false })")
        page = context.new_page()
        page.goto(wire.site)
        shows(page, NEW)


def test_a_script_that_comes_late_and_blocks_that_come_later(visit: Open, wire: Wire) -> None:
    """Optimizers hold scripts back until the first gesture; 1C-Bitrix fills its dynamic areas after the cached page."""
    wire.pages["/"] = (
        f"<!doctype html><html><head><title>x</title></head><body>{PHONE}<div id='area'></div><script>"
        "addEventListener('late', () => { const s = document.createElement('script'); s.dataset.robots = 'on';"
        f"s.dataset.site = '{KEY}'; s.src = '{wire.server}/t.js'; document.head.append(s); }})</script></body></html>"
    )
    page = visit(wire.site)
    page.evaluate("dispatchEvent(new Event('late'))")
    shows(page, NEW)
    page.evaluate("document.getElementById('area').innerHTML = '<p><span>8 (495) 123-45-67</span></p>'")
    shows(page, NEW, "#area")
    page.evaluate("area.innerHTML = phone.outerHTML.replace(/<.?p[^>]*>/g, '') + ' or +7 495 123-45-67'")
    shows(page, f"{NEW} or +7 499 765-43-21", "#area")


@pytest.mark.parametrize("told", [True, False])
def test_a_script_in_a_combined_file_is_told_its_site_or_says_what_is_missing(
    visitor: BrowserContext, wire: Wire, told: bool
) -> None:
    wire.files["/all.js"] = b"window.first = 1;" + Library().current.body + b"window.last = 1;"
    site = f"<script>trunklineSite = {{ site: '{KEY}', base: '{wire.server}', robots: 'on' }}</script>" if told else ""
    wire.pages["/"] = f"<!doctype html><title>x</title><body>{PHONE}{site}<script src=/all.js></script></body>"
    page = visitor.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(f"{error}"))
    page.goto(wire.site)
    assert page.evaluate("[window.first, window.last]") == [1, 1]
    if told:
        shows(page, NEW)
    assert [text for text in said if "Failed to load" not in text] == ([] if told else ["Trunkline: no data-site"])


def test_an_address_of_the_site_s_own(visit: Open, wire: Wire) -> None:
    wire.page(PHONE)
    wire.pages["/"] = wire.pages["/"].replace(wire.server, wire.site)
    wire.headers["Content-Security-Policy"] = "script-src 'self'; connect-src 'self'"
    shows(visit(wire.site), NEW)


def test_a_policy_of_nonces(visit: Open, wire: Wire) -> None:
    policy = f"script-src 'nonce-r4nd' 'strict-dynamic'; connect-src {wire.server}"
    wire.headers["Content-Security-Policy"] = policy
    page = visit(wire.page(PHONE, attributes='nonce="r4nd"') + "?trunkline=explain")
    shows(page, NEW)
    expect(page.locator("trunkline-explain section")).to_contain_text("только этому посетителю", timeout=PATIENCE)


def test_a_strict_policy_a_pinned_version_and_the_overlay(visit: Open, wire: Wire, tmp_path: Path) -> None:
    script = Library().current
    wire.headers["Content-Security-Policy"] = f"default-src 'none'; script-src {wire.server}; connect-src {wire.server}"
    wire.page("")
    wire.pages["/"] = (
        '<!doctype html><html lang="ru"><meta charset="utf-8"><title>x</title>'
        f'<script async data-robots="on" data-site="{KEY}" '
        f'src="{wire.server}/t/{script.version}.js" integrity="{script.integrity}" crossorigin="anonymous"></script>'
        f'<body>{PHONE}<p><a href="tel:84951234567">Позвонить</a></p></body></html>'
    )
    wire.table["placements"][0]["selectors"] = [".nowhere"]
    page = visit(f"{wire.site}/?trunkline=explain")
    shows(page, NEW)
    panel = page.locator("trunkline-explain section")
    expect(panel).to_contain_text("только этому посетителю", timeout=PATIENCE)
    expect(panel).to_contain_text("84951234567 → 84997654321")
    expect(panel).to_contain_text(".nowhere")
    page.screenshot(path=tmp_path / "overlay.png")
    panel.get_by_label("Закрыть").click()
    expect(panel).to_have_count(0)


def test_one_cached_page_shows_two_visitors_two_numbers(chromium: Browser, wire: Wire) -> None:
    wire.headers["Cache-Control"] = "public, max-age=600"
    address = wire.page(PHONE)
    for number, fresh in (("+74997654321", NEW), ("+74991112233", "8 (499) 111-22-33")):
        wire.shown = {"main": {"number": number, "kind": "exclusive"}}
        with chromium.new_context() as context:
            page = context.new_page()
            page.goto(address)
            shows(page, fresh)
            page.reload()
            shows(page, fresh)
            kept = "fetch(location, { cache: 'only-if-cached', mode: 'same-origin' }).then((got) => got.text())"
            assert OWN in page.evaluate(kept)


def test_without_scripts_the_page_has_its_own_number(chromium: Browser, wire: Wire) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(wire.page(f"{PHONE}<noscript><p id='none'>{OWN}</p></noscript>"))
        assert page.locator("#phone").text_content() == page.locator("#none").text_content() == OWN
    assert asked(wire) == []


def test_what_is_for_who_has_no_scripts_stays(visit: Open, wire: Wire) -> None:
    page = visit(wire.page(f"{PHONE}<noscript><p>{OWN}</p></noscript>"))
    shows(page, NEW)
    assert OWN in page.locator("noscript").evaluate("node => node.textContent")


def test_what_is_shipped_is_what_the_source_makes(tmp_path: Path) -> None:
    folder = Path(__file__).parents[3] / "calltracking/script"
    subprocess.run(["node", folder / "build.mjs", tmp_path], check=True, timeout=60)
    for name in ("t.js", "explain.js", "source.sha256"):
        assert (tmp_path / name).read_bytes() == (folder / "static" / name).read_bytes(), "run: node build.mjs"
