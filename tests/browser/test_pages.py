"""The pages in a real browser: what a person does all day, with a mouse, with keys, on a phone, in the dark."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.desks import ARRIVED
from tests.browser.places import LOOKS, PAGES
from tests.browser.served import Served

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

_AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


def serious(page: Page) -> list[str]:
    """What axe-core finds serious or worse: the rule and where; of what comes in slowly, as it is then."""
    page.evaluate(_AXE.read_text())
    page.evaluate(ARRIVED)
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


_LATIN = r"""(() => {
  const words = /[A-Za-z]{2,}[ ,]+[A-Za-z]{2,}/;
  // A command, a browser, a product: nobody translates them.
  const clouds = "Zadarma, Novofon 1|UIS, CoMagic, Novofon 2";
  const products = `Google Tag Manager|Google Chat|Microsoft Teams|VK Teams|Yandex Cloud|${clouds}`;
  const named = new RegExp(`^\\s*(trunkline |Mozilla/|(${products})( · Trunkline)?$)`);
  const foreign = (text) => words.test(text) && !/[А-Яа-яЁё]/.test(text) && !named.test(text);
  const found = [document.title];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: home, textContent } = walker.currentNode;
    if (!home.closest("code, pre, kbd, script, style, [lang=en]")) found.push(textContent);
  }
  for (const one of document.querySelectorAll("body *")) {
    for (const { name, value } of one.attributes) {
      const told = name.startsWith("data-") && name !== "data-copy"; // what is copied is code
      if (told || ["title", "alt", "placeholder", "aria-label"].includes(name)) found.push(value);
    }
  }
  return found.filter(foreign).map((text) => text.trim());
})()"""
"""What has two Latin words in a row and no Cyrillic letter: on a Russian page, a sentence that nobody translated."""


def first_call(page: Page) -> None:
    """Wait on /calls until the demo's first call is there."""
    for _ in range(60):
        if page.locator(".row-link").count():
            return
        page.wait_for_timeout(500)
        page.reload()
    pytest.fail("no call came in half a minute")


def test_the_command_names_the_demos_users_and_its_data(served: Served) -> None:
    said = served.log.read_text(encoding="utf-8")

    assert "Demo users: agent, supervisor, marketer, admin; the password of each is trunkline demo\n" in said
    assert f"export TRUNKLINE_DATA_DIR={served.data_dir}\n" in said


def test_a_person_signs_in_with_keys_alone(visit: Visit) -> None:
    page = visit("/calls", known=False)
    page.keyboard.type("supervisor")
    page.keyboard.press("Tab")
    page.keyboard.type("trunkline demo")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/calls$"))
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_wrong_password_is_told_in_the_form(visit: Visit) -> None:
    page = visit("/login", known=False)
    page.fill("#login", "admin")
    page.fill("#password", "something else")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_be_visible()
    assert serious(page) == []


def test_the_page_says_where_a_call_would_go(visit: Visit) -> None:
    page = visit("/")
    page.fill("#from", "8 (916) 123-45-67")
    page.get_by_role("button", name="Show the way").click()

    expect(page.locator("#route-result .trace").first).to_be_visible()
    expect(page.locator("#route-result .trace-hit").first).to_be_visible()
    expect(page).to_have_url(re.compile("from=8"))


def test_a_row_opens_its_call(visit: Visit) -> None:
    page = visit("/calls")
    first_call(page)
    page.locator(".row-link td").nth(3).click()

    expect(page).to_have_url(re.compile("/calls/[0-9a-f-]{36}$"))
    expect(page.locator(".timeline")).to_be_visible()
    expect(page.locator(".steps .step").first).to_be_visible()
    assert serious(page) == []


@pytest.mark.parametrize(("width", "narrower", "theme"), LOOKS)
def test_a_card_takes_a_note_and_a_wrap_up(visit: Visit, width: int, narrower: int, theme: str) -> None:
    page = visit("/calls?direction=in", width=width, theme=theme)
    first_call(page)
    page.locator(".row-link .row-target").first.click()
    page.get_by_role("link", name="Card", exact=True).click()
    card = page.locator(".caller")

    said = f"Перезвонит в пятницу, {theme}"
    card.locator("[name=text]").fill(said)
    card.get_by_role("button", name="Keep the note").click()
    expect(card.locator(".caller-block-notes")).to_contain_text(said)
    expect(page.locator(".toast").first).to_be_visible()

    card.locator("[name=topic]").select_option("other")
    # The look before this one may have wrapped up the same call.
    card.locator("[name=other]").fill("")
    card.get_by_role("button", name="Keep the wrap-up").click()
    expect(card.get_by_text("say in a few words")).to_be_visible()
    assert serious(page) == []
    card.locator("[name=other]").fill(f"ошиблись номером, {theme}")
    card.get_by_role("button", name="Keep the wrap-up").click()
    expect(page.locator(".toast").filter(has_text="The wrap-up is kept")).to_be_visible()
    expect(card.locator(".caller-wrap-up .badge")).to_have_text("kept")
    expect(card.locator("[name=other]")).to_have_value(f"ошиблись номером, {theme}")
    assert serious(page) == []
    page.set_viewport_size({"width": narrower, "height": 900})
    assert sideways(page) <= 0


@pytest.mark.parametrize(("width", "narrower", "theme"), LOOKS)
def test_presence_is_changed_on_the_card(visit: Visit, width: int, narrower: int, theme: str) -> None:
    page = visit("/card", width=width, theme=theme)
    own = page.locator(".own-presence")
    page.evaluate("document.body.dataset.stays = 'yes'")

    own.locator("summary").click()
    own.locator("[name=state]").select_option("break")
    own.locator("[name=reason]").fill("обед")
    own.locator("[name=return_at]").fill("23:59")
    assert serious(page) == []
    assert sideways(page) <= 0
    page.set_viewport_size({"width": narrower, "height": 900})
    assert sideways(page) <= 0
    own.get_by_role("button", name="Save").click()
    expect(own.locator("summary")).to_contain_text("on a break")
    expect(own.locator("summary")).to_be_focused()
    expect(page.locator("body")).to_have_attribute("data-stays", "yes")

    own.locator("summary").click()
    page.keyboard.press("Escape")
    expect(own.locator("[name=state]")).to_be_hidden()
    own.locator("summary").click()
    own.locator("[name=state]").select_option("online")
    own.locator("[name=return_at]").fill("")
    own.get_by_role("button", name="Save").click()
    expect(own.locator("summary")).to_contain_text("online")


@pytest.mark.parametrize("path", ["/missed", "/setup", "/settings/status"])
def test_a_page_looks_again_only_while_it_is_seen(visit: Visit, path: str) -> None:
    page = visit(path)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "hx-request" in request.headers else None)
    page.clock.install()
    page.reload()
    with page.expect_response(lambda answer: answer.url.endswith(path) and "hx-request" in answer.request.headers):
        page.clock.run_for(11_000)

    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    asked.clear()
    page.clock.run_for(60_000)
    assert asked == []


def test_theme_and_language_stay(visit: Visit) -> None:
    page = visit("/calls")
    with page.expect_response("**/preferences"):
        page.locator(".sidebar [data-theme-choice][value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    page.locator(".sidebar [name=language][value=ru]").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page).to_have_url(re.compile("/calls$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Звонки")


def test_a_phone_has_every_page_in_a_sheet(visit: Visit) -> None:
    page = visit("/calls", width=390)
    expect(page.locator(".sidebar")).to_be_hidden()
    page.get_by_role("button", name="More", exact=True).click()
    page.locator(".sheet").get_by_role("link", name="Settings").click()

    expect(page).to_have_url(re.compile("/settings$"))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("width", "narrower", "theme"), LOOKS)
def test_every_page_is_fit_for_everybody(visit: Visit, path: str, width: int, narrower: int, theme: str) -> None:
    page = visit(path, width=width, theme=theme, language="ru")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "ru"
    assert page.evaluate(_LATIN) == []
    assert serious(page) == []
    assert sideways(page) <= 0
    page.set_viewport_size({"width": narrower, "height": 900})
    assert sideways(page) <= 0


def test_what_is_gone_says_so_in_the_shell(visit: Visit) -> None:
    page = visit("/nowhere")

    expect(page.locator(".sidebar")).to_be_visible()
    expect(page.locator(".failure-number code")).to_have_text(re.compile("^[0-9a-f]{32}$"))
