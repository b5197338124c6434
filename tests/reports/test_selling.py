"""The sheet of agents widened by leads, deals and payments: whose each is, and the files for pay."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import ANNA, NOON, VERA, add_call
from tests.reports.test_people import OLGA, PETR, leg, people, supervisor
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.people.identity import Identity, Scope
from trunkline.people.roles import Role
from trunkline.reports.days import Days
from trunkline.reports.selling import SELLING, Sales, SalesDay, sales_days, widened

__all__ = ["people"]
MARCH = Days(date(2026, 3, 1), date(2026, 4, 1), ZoneInfo("Europe/Moscow"))
DAY = NOON.date()


async def put(pool: Pool, table: str, **fields: Any) -> UUID:
    identifier = uuid4()
    row = {"id": identifier, "source": "crm", "external_id": str(identifier)} | fields
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await pool.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())
    return identifier


async def taken(pool: Pool, person: UUID, phone: str = ANNA, at: datetime = NOON) -> UUID:
    lead = await put(pool, "leads", phone=phone, opened_at=at)
    await pool.execute(
        "insert into lead_clocks (lead_id, phone, take_by, call_by, taken_at, taken_by)"
        " values ($1, $2, $3, $3, $3, $4)",
        *(lead, phone, at, person),
    )
    return lead


async def sold(pool: Pool, who: Identity | None = None, only: UUID | None = None) -> dict[str, Sales]:
    async with pool.acquire() as connection:
        rows = await sales_days(connection, MARCH, who or supervisor(), only)
    return {sheet.sheet.name: sheet.sales for sheet in widened([], rows)}


async def test_operator_and_owner_are_kept_apart(people: Pool) -> None:
    lead = await taken(people, OLGA)
    deal = await put(people, "deals", lead_id=lead, responsible_id=PETR, opened_at=NOON, closed_at=NOON)
    order = await put(people, "orders", deal_id=deal)
    invoice = await put(people, "invoices", order_id=order)
    await put(people, "payments", order_id=order, amount=100, paid_on=DAY)
    await put(people, "payments", invoice_id=invoice, amount=20.5, paid_on=DAY)
    await put(people, "payments", order_id=order, amount=7, paid_on=DAY, cancelled_at=NOON)
    await put(people, "payments", order_id=order, amount=9, paid_on=date(2026, 4, 1))

    assert await sold(people) == {"Olga": Sales(1, 1, 0, 120.5, 0.0), "Petr": Sales(0, 0, 1, 0.0, 120.5)}


async def test_a_merged_lead_is_taken_once(people: Pool) -> None:
    stays, goes = await taken(people, OLGA), await taken(people, OLGA)
    await people.execute("update lead_clocks set merged_into = $1 where lead_id = $2", stays, goes)

    assert (await sold(people))["Olga"].taken == 1


async def test_a_deal_that_names_no_lead(people: Pool) -> None:
    """Its operator is who took the latest lead of the contact's number; a payment of no order is of his deal."""
    contact = uuid4()
    await people.execute("insert into contacts (id, name) values ($1, 'Anna')", contact)
    await people.execute("insert into contact_phones (number, contact_id) values ($1, $2)", ANNA, contact)
    await taken(people, PETR, at=NOON - timedelta(days=3))
    await taken(people, OLGA, at=NOON - timedelta(days=2))
    await taken(people, PETR, VERA)
    await put(
        people, "deals", contact_id=contact, responsible_id=OLGA, opened_at=NOON, closed_at=NOON + timedelta(days=1)
    )
    await put(people, "payments", contact_id=contact, amount=50, paid_on=DAY)

    assert await sold(people) == {"Olga": Sales(1, 1, 1, 50.0, 50.0), "Petr": Sales(taken=2)}


async def test_what_was_not_paid_is_not_won(people: Pool) -> None:
    await put(people, "deals", responsible_id=OLGA, opened_at=NOON, closed_at=NOON)

    assert await sold(people) == {}


async def test_within_the_reach(people: Pool) -> None:
    for person in (OLGA, PETR):
        await taken(people, person, at=NOON)
    sales = Scope(frozenset({UUID(int=7)}), None)

    assert set(await sold(people)) == {"Olga", "Petr"}
    assert set(await sold(people, supervisor(scope=sales))) == {"Olga"}
    assert set(await sold(people, supervisor(PETR, Scope(None, frozenset())))) == {"Petr"}
    assert set(await sold(people, supervisor(PETR, role=Role.AGENT), only=OLGA)) == {"Petr"}


def test_days_of_calls_and_of_sales_are_one_list() -> None:
    rows = [SalesDay("a", "Olga", "101", date(2026, 3, day), Sales(taken=day)) for day in (2, 4)]

    (wide,) = widened([], rows)

    assert [day.day for day, _work, _sales in wide.days] == [2, 4]
    assert wide.sales == Sales(taken=6)


async def test_a_file_for_pay(browser: Browser, people: Pool, add_person: AddPerson) -> None:
    now = datetime.now(UTC)
    await add_call(people, ANNA, "answered", at=now - timedelta(minutes=5), legs=[leg("101", talk=90)])
    lead = await taken(people, OLGA, at=now)
    deal = await put(people, "deals", lead_id=lead, responsible_id=OLGA, opened_at=now)
    order = await put(people, "orders", deal_id=deal)
    await put(people, "payments", order_id=order, amount=1234.5, paid_on=now.date())
    asked = f"since={now.date() - timedelta(days=1)}&until={now.date() + timedelta(days=1)}"

    answer = await browser.look(f"/reports/agents.xlsx?{asked}")
    sheet = openpyxl.load_workbook(BytesIO(await answer.read())).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.rows]
    (olga,) = [row for row in rows if row[0] == "Olga"]
    assert olga == ["Olga", "101", None, 1, 1, 0, 0, 0, 1.5, 1, 0, 0, 1234.5, 1234.5]
    assert rows[0][-1] == "Paid, of his deals"
    assert "Paid:" in await text_of(browser, f"/reports/agents?{asked}")
    await text_of(browser, "/reports/agents.csv?since=2026-01-01&until=2026-03-01", 400)

    head = await add_person("head", Role.SUPERVISOR, every_department=True, every_line=True)
    async with another(browser, await session_of(people, browser.app, head)) as his:
        text = (await (await his.look(f"/reports/agents.csv?{asked}")).read()).decode("utf-8-sig")
        assert "Paid" not in text
        assert "Olga;101;" in text
        assert "Paid:" not in await text_of(his, f"/reports/agents?{asked}")


@pytest.mark.parametrize("index", ["lead_clocks_taken_at", "deals_closed", "payments_paid", "lead_clocks_phone"])
async def test_found_by_indexes(people: Pool, index: str) -> None:
    asked = (MARCH.since, MARCH.until, MARCH.first, MARCH.after, "UTC", None, None, None, OLGA)
    async with people.acquire() as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off")
        plan = await connection.fetch("explain " + SELLING["sales_days"], *asked)
        operator = await connection.fetch("explain select from lead_clocks where phone = '+79160000000'")

    assert index in "\n".join(row[0] for row in (*plan, *operator))
