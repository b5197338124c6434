"""Records into the mirror and out of it by `/api/v1/mirror`, through the application as it is shipped."""

from typing import Any

import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser, another
from tests.web.composed import token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role

RIGHTS = (Right.IMPORTS_RUN, Right.CONTACTS_READ, Right.LEADS_READ)
VECTOR = {"external_id": "c1", "name": "ООО «Вектор»", "tax_id": "7701234567"}


@pytest.fixture
async def token(pool: Pool, add_person: AddPerson) -> dict[str, str]:
    """The header of a CRM's token: it may send records, and see no money."""
    return await token_of(pool, await add_person("crm", Role.ADMINISTRATOR), RIGHTS)


async def sent(
    browser: Browser, token: dict[str, str], entity: str, *records: dict[str, Any], status: int = 200
) -> dict[str, Any]:
    """What a batch is answered."""
    async with another(browser) as program:
        answer = await program.post(
            f"/api/v1/mirror/{entity}", json={"source": "crm", "records": records}, headers=token
        )
        told: dict[str, Any] = await answer.json()
    assert answer.status == status, told
    return told


async def test_bad_records_are_told_and_the_rest_goes_in(browser: Browser, token: dict[str, str]) -> None:
    first = await sent(browser, token, "companies", VECTOR, {"external_id": "c2"})
    again = await sent(browser, token, "companies", VECTOR)
    deal = {"external_id": "d1", "company": "c1", "amount": 125_000.5, "title": "Автобус"}
    await sent(browser, token, "deals", deal)

    assert (first["added"], first["refused"]) == (1, 1)
    assert [(problem["line"], problem["field"]) for problem in first["problems"]] == [(2, "name")]
    assert (again["added"], again["unchanged"], again["problems"]) == (0, 1, [])
    async with another(browser) as program:
        page = await (await program.get("/api/v1/mirror/deals", headers=token)).json()
    assert [(item["title"], item["amount"]) for item in page["items"]] == [("Автобус", "125000.50")]
    assert page["next"] is None


@pytest.mark.parametrize(
    ("entity", "record", "named"),
    [
        ("companies", {"external_id": "c1", "nmae": "Вектор"}, "$.records[0].nmae"),
        ("companies", {"external_id": ["c1"], "name": "Вектор"}, "$.records[0]"),
        ("suppliers", VECTOR, "companies, leads"),
    ],
)
async def test_a_batch_that_cannot_be_meant_names_its_field(
    browser: Browser, token: dict[str, str], entity: str, record: dict[str, Any], named: str
) -> None:
    told = await sent(browser, token, entity, record, status=400)

    assert named in str(told)


async def test_a_thousand_records_at_a_time(browser: Browser, token: dict[str, str]) -> None:
    told = await sent(browser, token, "companies", *[{}] * 1001, status=400)

    assert "send 1000 at a time" in str(told)


async def test_money_is_for_those_who_may_see_it(browser: Browser, token: dict[str, str]) -> None:
    async with another(browser) as program:
        for entity in ("orders", "invoices", "payments", "debts"):
            answer = await program.get(f"/api/v1/mirror/{entity}", headers=token)
            assert (answer.status, "money.read" in await answer.text()) == (403, True), entity
