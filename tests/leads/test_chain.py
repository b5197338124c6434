"""`/leads/chain`: every call, lead, deal and payment, and where the way from one to the other broke off."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from tests.leads.test_pages import add_department, lead_of, lines
from tests.missed.told import Heard, tell
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import NOON
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.leads.chain import CHAIN, Asked, CameTo
from trunkline.people.identity import Reach
from trunkline.people.roles import Role
from trunkline.reports.days import Days
from trunkline.web.human import phone

__all__ = ["lines"]
HERE = "/leads/chain"
ALL_SEEN: tuple[CameTo, ...] = tuple(end for end in CameTo if end is not CameTo.ELSEWHERE)
"""What somebody meets whose reach has no limits."""
SHOWN = {end: phone(f"+7916100{number:04}") for number, end in enumerate(ALL_SEEN)}
PHONES = {end: f"+7916100{number:04}" for number, end in enumerate(ALL_SEEN)}
AGO = (datetime.now(UTC) - NOON) / timedelta(minutes=1) - 60


async def put(pool: Pool, table: str, **fields: Any) -> UUID:
    """A row of the mirror."""
    identifier = uuid4()
    row = {"id": identifier, "source": "crm", "external_id": str(identifier)} | fields
    names = ", ".join(row)
    await pool.execute(
        f"insert into {table} ({names}) values ({', '.join(f'${place}' for place in range(1, len(row) + 1))})",
        *row.values(),
    )
    return identifier


async def client(pool: Pool, number: str, klass: str = "client") -> UUID:
    contact = uuid4()
    await pool.execute("insert into contacts (id, name, class) values ($1, $2, $3)", contact, f"C{number[-2:]}", klass)
    await pool.execute("insert into contact_phones (number, contact_id) values ($1, $2)", number, contact)
    return contact


_MANY = """
with many as (select gen_random_uuid() as deal, gen_random_uuid() as ordered, n from generate_series(1, 10000) as n),
deal as (
    insert into deals (id, source, external_id, opened_at)
    select deal, 'crm', n::text, now() - n * interval '1 hour' from many
), touch as (
    insert into touches (id, source, external_id, kind, call_id)
    select gen_random_uuid(), 'many', n::text, 'call', deal from many
), ordered as (
    insert into orders (id, source, external_id, deal_id) select ordered, 'crm', n::text, deal from many
), invoice as (
    insert into invoices (id, source, external_id, order_id) select gen_random_uuid(), 'crm', n::text, ordered from many
)
insert into payments (id, source, external_id, order_id, amount, paid_on)
select gen_random_uuid(), 'crm', n::text, ordered, 1, current_date - n from many
"""


@pytest.fixture
async def each(pool: Pool) -> None:
    """One chain of every end."""
    supplier, loose = PHONES[CameTo.NO_BUYER], PHONES[CameTo.NO_LEAD]
    await client(pool, supplier, "supplier")
    calls = [Heard(AGO + place, client=PHONES[end], answered=True) for place, end in enumerate(ALL_SEEN)]
    by_phone = {one.client: one for one in calls}
    for end in (CameTo.DEAL_WITHOUT_LEAD, CameTo.PAYMENT_WITHOUT_DEAL):
        del by_phone[PHONES[end]]
    await tell(pool, *by_phone.values())
    await pool.execute("delete from touches where raw ->> 'phone' = $1", loose)
    await pool.execute("delete from leads where phone = $1", loose)
    await pool.execute("update lead_clocks set called_at = null where phone = $1", PHONES[CameTo.NOT_CALLED])
    for end, reason in ((CameTo.LEAD_LOST, "not_needed"), (CameTo.WON_WITHOUT_DEAL, "won")):
        await pool.execute("update leads set closed_at = now() where phone = $1", PHONES[end])
        await pool.execute("update lead_clocks set close_reason = $2 where phone = $1", PHONES[end], reason)
    await _deals(pool)


async def _deals(pool: Pool) -> None:
    now = datetime.now(UTC)
    day = now.date()
    named = await lead_of(pool, PHONES[CameTo.DEAL_OPEN])
    await put(pool, "deals", lead_id=named, title="By its lead", opened_at=now)
    found = {
        end: await client(pool, PHONES[end]) for end in (CameTo.DEAL_UNPAID, CameTo.PAID, CameTo.DEAL_WITHOUT_LEAD)
    }
    for end, contact in found.items():
        closed = now if end is CameTo.DEAL_UNPAID else None
        lead = await lead_of(pool, PHONES[end]) if end is not CameTo.DEAL_WITHOUT_LEAD else None
        deal = await put(pool, "deals", contact_id=contact, lead_id=lead, title=end, opened_at=now, closed_at=closed)
        if end is CameTo.PAID:
            order = await put(pool, "orders", deal_id=deal)
            invoice = await put(pool, "invoices", order_id=order)
            await put(pool, "payments", amount=100, paid_on=day, order_id=order)
            await put(pool, "payments", amount=20, paid_on=day, invoice_id=invoice)
            await put(pool, "payments", amount=7, paid_on=day, order_id=order, cancelled_at=now)
    await put(
        pool, "payments", amount=50, paid_on=day, contact_id=await client(pool, PHONES[CameTo.PAYMENT_WITHOUT_DEAL])
    )


@pytest.mark.usefixtures("each")
async def test_each_end_is_told(browser: Browser) -> None:
    text = await text_of(browser, f"{HERE}?days=2")

    table, _, listed = text.partition("All of them")
    assert table.count('<td class="num">1</td>') >= len(ALL_SEEN)
    for end, number in SHOWN.items():
        only = (await text_of(browser, f"{HERE}?days=2&to={end}")).partition("The latest first")[2]
        assert number in only, end
        assert sum(other in only for other in SHOWN.values()) == 1, end
    assert "By its lead" in listed


@pytest.mark.usefixtures("each")
async def test_files(browser: Browser, pool: Pool) -> None:
    answer = await browser.look(f"{HERE}.csv?days=2")
    rows = (await answer.read()).decode("utf-8-sig").splitlines()
    assert len(rows) == 1 + len(ALL_SEEN)
    for paid in (120, 50):  # of a deal, and of none
        assert [row for row in rows if row.endswith(f";{paid}")], rows
    (deed,) = await pool.fetch("select after from audit where action = 'chain.exported'")
    assert (deed["after"]["format"], deed["after"]["rows"]) == ("csv", len(ALL_SEEN))
    answer = await browser.look(f"{HERE}.xlsx?days=2&to=paid")
    sheet = openpyxl.load_workbook(BytesIO(await answer.read())).active
    assert sheet is not None
    assert [[cell.value for cell in row][4:] for row in sheet.rows] == [
        ["Came to", "Deal", "Paid"],
        ["paid", "paid", 120],
    ]


@pytest.mark.usefixtures("each")
async def test_within_the_reach(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    department = await add_department(pool)
    head = await add_person("head", Role.SUPERVISOR)
    await pool.execute("insert into account_departments values ($1, $2)", head, department)
    paid = PHONES[CameTo.PAID]
    await pool.execute("update calls set departments = $2 where client = $1", paid, [department])

    async with another(browser, await session_of(pool, browser.app, head)) as his:
        text = await text_of(his, f"{HERE}?days=2")
        assert SHOWN[CameTo.PAID] in text
        assert SHOWN[CameTo.LEAD_LOST] not in text
        assert SHOWN[CameTo.PAYMENT_WITHOUT_DEAL] not in text
        await pool.execute("update deals set title = 'Theirs', department_id = $1", department)
        assert "Theirs" in await text_of(his, f"{HERE}?days=2")
        other = await pool.fetchval(
            "insert into departments (id, slug, name) values ($1, 'o', 'O') returning id", uuid4()
        )
        await pool.execute("update deals set department_id = $1", other)
        assert "Theirs" not in await text_of(his, f"{HERE}?days=2")
        lead = await lead_of(pool, paid)
        assert f"/leads/{lead}" in await text_of(his, f"{HERE}?days=2")
        await pool.execute("update lead_clocks set departments = $2 where lead_id = $1", lead, [other])
        gone = await text_of(his, f"{HERE}?days=2&to=elsewhere")  # his call; the lead was passed on
        assert (SHOWN[CameTo.PAID] in gone, f"/leads/{lead}" in gone) == (True, False)
    assert SHOWN[CameTo.PAID] in (await text_of(browser, f"{HERE}?days=2&department={department}"))
    assert SHOWN[CameTo.NO_LEAD] not in (await text_of(browser, f"{HERE}?days=2&department={department}"))
    line = await pool.fetchval("select id from lines where name = 'Service'")
    assert "Nothing here in this time" in await text_of(browser, f"{HERE}?days=2&line={line}")


@pytest.mark.usefixtures("each")
async def test_sums_need_a_right(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    marta = await add_person("marta", Role.MARKETER, every_department=True, every_line=True)
    async with another(browser, await session_of(pool, browser.app, marta)) as hers:
        text = await text_of(hers, f"{HERE}?days=2")
        rows = (await (await hers.look(f"{HERE}.csv?days=2")).read()).decode("utf-8-sig")

    assert "Of them calls" in text
    assert ">Paid<" not in text
    assert SHOWN[CameTo.PAYMENT_WITHOUT_DEAL] not in text
    assert "120" not in rows
    assert "120" in await text_of(browser, f"{HERE}?days=2")


async def test_nonsense(browser: Browser) -> None:
    await text_of(browser, f"{HERE}?days=32", 400)
    await text_of(browser, f"{HERE}?line=x", 400)
    await text_of(browser, f"{HERE}?to=moon")


async def test_the_way_is_by_indexes(pool: Pool) -> None:
    """Each of its steps looks a key up, among ten thousand calls, deals and payments."""
    await tell(pool, Heard(AGO))
    await pool.execute(_MANY)
    await pool.execute(
        "analyze calls; analyze deals; analyze orders; analyze invoices; analyze payments; analyze touches"
    )
    today = Days(datetime.now(UTC).date(), datetime.now(UTC).date() + timedelta(days=1), ZoneInfo("UTC"))
    asked = Asked(today, Reach(UUID(int=0), None, None), money=True).arguments

    plan = "\n".join(row[0] for row in await pool.fetch("explain " + CHAIN["chain"], *asked, None, None, None, 51))
    for index in ("touches_call", "deals_opened", "deals_lead", "orders_deal", "payments_order", "payments_invoice"):
        assert index in plan, (index, plan)
    assert "Seq Scan on payments" not in plan, plan
    assert "Seq Scan on deals" not in plan, plan
