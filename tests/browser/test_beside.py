"""callback.js and form.js on a page with a strict policy, in a real Chromium."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.calltracking.script.wire import KEY, VISIT, VISITOR, Wire, serving, table

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

_PATIENCE = 30_000
_HOUR = 3_600_000
_FORM = (
    '<form data-trunkline action="/sent"><input name="fio"><input type="tel" name="contact">'
    '<input type="password" name="secret"><input name="card" autocomplete="cc-number">'
    '<textarea name="question"></textarea>'
    '<input type="checkbox" name="news"><button>Отправить</button></form>'
)


@pytest.fixture(scope="module")
def running() -> Iterator[Wire]:
    with serving() as wire:
        yield wire


@pytest.fixture
def wire(running: Wire) -> Wire:
    """A site that works until an hour from now, and again tomorrow."""
    running.reset()
    running.table = table({"main": "+74951234567"})
    running.shown = {"main": {"number": "+74997654321", "kind": "exclusive"}}
    running.offer = offer(-1)
    return running


def offer(begins: int, ticket: str = "first") -> dict[str, Any]:
    """Windows of two hours from so many hours on, and a day later."""
    now = int(time.time() * 1000)
    windows = [[now + begins * _HOUR, now + (begins + 2) * _HOUR], [now + 24 * _HOUR, now + 26 * _HOUR]]
    terms = "https://www.example.ru/privacy"
    return {"v": 1, "at": now, "windows": windows, "agreed": "policy-1", "terms": terms, "ticket": ticket}


@pytest.fixture
def page(chromium: Browser, wire: Wire) -> Iterator[Page]:
    """A page whose policy allows our scripts and nothing inline; what the console complains of fails the test."""
    complaints: list[str] = []
    with chromium.new_context(viewport={"width": 390, "height": 700}, color_scheme="dark") as context:
        context.set_default_timeout(_PATIENCE)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        policy = f"default-src 'none'; script-src {wire.server}; connect-src {wire.server}; form-action 'self'"
        wire.headers = {"Content-Security-Policy": policy}
        scripts = "".join(
            f'<script async src="{wire.server}/{name}.js" data-site="{KEY}" data-agreed="policy-1"></script>'
            for name in ("callback", "form")
        )
        wire.pages["/sent"] = "<!doctype html><title>Спасибо</title>"
        address = wire.page(f"<p>8 (495) 123-45-67</p>{_FORM}", head=scripts)
        page.goto(address)
        page.wait_for_function("() => window.trunkline && window.trunkline()[3].visit")
        yield page
        assert [one for one in complaints if "favicon" not in one and "status of 4" not in one] == []


def button(page: Page) -> Any:
    return page.get_by_role("button", name="Перезвоните мне")


def test_a_visitor_asks_by_keyboard_and_is_told(page: Page, wire: Wire) -> None:
    wire.answers = [(403, {"error": "over", "field": "ticket"}), (200, {"wanted_at": None})]
    button(page).focus()
    page.keyboard.press("Enter")
    phone = page.get_by_label("Ваш телефон")
    expect(phone).to_be_focused()
    page.keyboard.press("Escape")
    expect(button(page)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Нужен полный номер")
    expect(phone).to_be_focused()
    expect(phone).to_have_attribute("aria-invalid", "true")
    wire.offer = offer(-1, "second")
    phone.fill("+7 916 123-45-67")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("Звоним вам")
    first, second = wire.bodies("callback")
    assert (first["ticket"], second["ticket"]) == ("first", "second")
    assert first["id"]
    assert {name: second[name] for name in ("site", "phone", "agreed", "visit", "visitor", "trap")} == {
        "site": KEY, "phone": "+7 916 123-45-67", "agreed": "policy-1", "visit": VISIT, "visitor": VISITOR, "trap": "",
    }  # fmt: skip
    assert "wanted_at" not in second


def test_out_of_hours_a_time_is_chosen_and_all_fits_a_phone(page: Page, wire: Wire) -> None:
    wire.offer = offer(3)
    page.reload()
    button(page).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Сейчас мы не работаем")
    expect(page.get_by_label("Когда").locator("option").first).not_to_have_text("сейчас")
    box = dialog.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box["y"] + box["height"] <= 700
    page.get_by_label("Ваш телефон").fill("89161234567")
    page.get_by_role("button", name="Жду звонка").click()

    expect(page.get_by_role("status")).to_have_text("Звоним вам. Не занимайте телефон.")
    assert wire.bodies("callback")[0]["wanted_at"].endswith("Z")


def test_every_half_hour_of_the_week_can_be_chosen(page: Page, wire: Wire) -> None:
    told = offer(-1)
    told["windows"] = [[told["at"] - _HOUR, told["at"] + 168 * _HOUR]]
    wire.offer = told
    page.reload()
    button(page).click()
    times = page.get_by_label("Когда").locator("option").evaluate_all("all => all.map((one) => +one.value)")
    assert times[0] == 0
    assert times[1:] == sorted(set(times[1:]))
    assert times[-1] >= told["at"] + 167 * _HOUR
    assert len(times) in {336, 337}


def test_a_marked_form_is_told_beside_its_own_sending(page: Page, wire: Wire) -> None:
    fields = {"fio": "Анна", "contact": "89161234567", "secret": "пароль", "card": "4111", "question": "Сколько стоит?"}
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    with page.expect_navigation(url="**/sent**"):
        page.get_by_role("button", name="Отправить").click()

    (told,) = wire.bodies("form")
    assert (told["name"], told["phone"], told["visit"]) == ("Анна", "89161234567", VISIT)
    assert told["fields"] == {"question": "Сколько стоит?"}
    assert (told["trap"], told["agreed"]) == ("", "policy-1")
    assert "пароль" not in str(told) + str(told["fields"])
    assert "trunkline" not in page.url
