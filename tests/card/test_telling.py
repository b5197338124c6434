"""The card in words, as a desktop helper gets it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from tests.card.conftest import STRANGER, House
from tests.people.web import Browser, another
from tests.web.composed import token_of
from trunkline.people.roles import DESKTOP


async def told(browser: Browser, call: object, language: str = "en", **headers: str) -> dict[str, Any]:
    answer = await browser.get(f"/api/v1/cards/{call}/told", headers={"Accept-Language": language} | headers)
    assert answer.status == 200, await answer.text()
    value: dict[str, Any] = await answer.json()
    return value


async def test_all_that_is_on_the_page_is_told(house: House, root: Browser) -> None:
    contact = await house.contact("Иванов <b>Иван</b>", company="ООО «Ромашка»", overdue=Decimal(125_000), vip=True)
    company = await house.company_of(contact)
    await house.add(
        "deals",
        company_id=company,
        title="Автобус",
        stage="КП",
        amount=Decimal(900),
        document_url="https://crm/d?a=1&b=2",
    )
    await house.add(
        "invoices",
        company_id=company,
        number="17",
        amount=Decimal(500),
        issued_on=date(2024, 1, 2),
        due_on=date(2024, 1, 9),
    )
    await house.call(ago=timedelta(days=1), over=True, missed_why="no_answer")
    call = await house.call(caller_name="<script>")

    card = await told(root, call)

    assert (card["title"], card["company"]) == ("Иванов <b>Иван</b>", "ООО «Ромашка»")
    assert [badge["text"] for badge in card["badges"]] == ["client", "VIP"]
    assert card["debt"].startswith("Overdue")
    assert card["origin"][:2] == ["+7 916 123-45-67", "“<script>”"]
    assert [fact["name"] for fact in card["facts"]] == ["Called", "Responsible"]
    assert "Автобус-1" in card["facts"][0]["value"]
    sections = {section["block"]: section["entries"] for section in card["sections"]}
    assert sections["deals"][0]["badge"]["text"] == "КП"
    assert (sections["deals"][0]["link"], sections["invoices"][0]["link"]) == ("https://crm/d?a=1&b=2", "")
    assert sections["invoices"][0]["badge"] == {"text": "overdue", "kind": "bad"}
    assert sections["calls"][0]["badge"] == {"text": "missed", "kind": "bad"}
    assert sections["calls"][0]["detail"] == "nobody picked up"
    assert "Просроченный долг" in (await told(root, call, "ru"))["debt"]


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"client": "", "caller": "anonymous"}, "Hidden number"),
        ({"client": STRANGER}, "+7 916 999-99-99"),
        ({"client": "", "caller": "101", "dialled": "102", "direction": "internal", "line_id": None}, "101 → 102"),
        ({"client": STRANGER, "dialled": STRANGER, "direction": "out", "line_id": None}, "+7 916 999-99-99"),
    ],
)
async def test_every_kind_of_call_is_told(house: House, root: Browser, fields: dict[str, Any], title: str) -> None:
    assert (await told(root, await house.call(**fields)))["title"] == title


async def test_a_desktop_token_reads_the_card_and_says_who_it_is(
    house: House, root: Browser, app: web.Application
) -> None:
    await house.contact("Иванов", overdue=Decimal(7))
    petrov = await house.contact("Петров", company="АО «Лютик»")
    call, bearer = await house.call(), await token_of(house.pool, house.anna, DESKTOP)
    async with another(root) as program:
        card = await told(program, call, **bearer)
        assert (card["title"], card["debt"]) == ("One of 2 contacts", "")
        assert {one["name"]: (one["company"], one["overdue"], one["chosen"]) for one in card["choices"]} == {
            "Иванов": ("", "", False),
            "Петров": ("АО «Лютик»", "", False),
        }
        sent = {"contact": str(petrov)}
        answer = await program.post(f"/card/calls/{call}/contact", data=sent, headers=bearer, allow_redirects=False)
        assert answer.status == 303
        assert (await told(program, call, **bearer))["title"] == "Петров"
        assert (await program.get("/api/v1/calls", headers=bearer)).status == 403


async def test_another_ones_call_is_not_told(house: House, root: Browser) -> None:
    call, bearer = await house.call(rang=["102"]), await token_of(house.pool, house.anna, DESKTOP)
    async with another(root) as program:
        assert (await program.get(f"/api/v1/cards/{call}/told", headers=bearer)).status == 404
