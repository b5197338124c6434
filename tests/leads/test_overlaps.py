"""Dealers of one end customer: which orders overlap, who gets the reservation, and that the ledger keeps it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.leads.overlaps import KEPT_DAYS, OVERLAPS, WINDOW_DAYS, look
from trunkline.mirror.entities import ENTITIES
from trunkline.mirror.imports import import_records
from trunkline.people.roles import Role

NOW = datetime.now(UTC)
TODAY = NOW.date()
HERE = "/leads/overlaps"
IN_A_WEEK, IN_A_MONTH = str(TODAY + timedelta(days=7)), str(TODAY + timedelta(days=30))


async def order(pool: Pool, number: str, dealer: str, customer: str, articles: str, days: int = 1) -> None:
    """One that 1C told of, `days` ago."""
    await import_records(pool, [{"external_id": dealer, "name": f"Dealer {dealer}"}], ENTITIES["companies"], "1c")
    record = {
        "external_id": number, "number": number, "company": dealer, "end_customer": customer, "articles": articles,
        "ordered_on": str(TODAY - timedelta(days=days)), "amount": "100",
    }  # fmt: skip
    report = await import_records(pool, [record], ENTITIES["orders"], "1c")
    assert report.problem_count == 0, report.problems


async def looked(pool: Pool, later: timedelta = timedelta()) -> int:
    async with pool.acquire() as connection, connection.transaction():
        return await look(connection, NOW + later, ZoneInfo("UTC"))


async def proposed(pool: Pool) -> UUID:
    found: UUID = await pool.fetchval("select id from dealer_overlaps order by found_at desc limit 1")
    return found


async def act(browser: Browser, overlap: UUID, what: str, **fields: str) -> str:
    await browser.send(f"{HERE}/{overlap}/{what}", fields, page=HERE)
    return await text_of(browser, f"{HERE}?state=confirmed")


async def company(pool: Pool, dealer: str) -> str:
    return str(await pool.fetchval("select id from companies where external_id = $1", dealer))


async def ledger(pool: Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch(
        "select c.external_id, r.state from reservations r join companies c on c.id = r.company_id"
        " order by r.at, r.state, 1"
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('ООО "Вектор"', "Вектор, ООО", True),
        ("АО «Тёплый дом»", "теплый  дом", True),
        ("Вектор ИНН 7701234567", "7701234567", True),
        ("Вектор (7701234567)", "Вектор (7701234568)", False),
        ("Аорта", "рта", False),
        ("Вектор", "Вектор Плюс", False),
    ],
)
async def test_one_customer_however_written(pool: Pool, one: str, other: str, same: bool) -> None:
    assert await pool.fetchval("select customer_key($1) = customer_key($2)", one, other) is same


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ({"dealer": "B", "customer": "Вектор", "articles": "x-1"}, 1),
        ({"dealer": "B", "customer": "Вектор", "articles": "Y2; X-1 Z"}, 1),
        ({"dealer": "A", "customer": "Вектор", "articles": "X-1"}, 0),
        ({"dealer": "B", "customer": "Гамма", "articles": "X-1"}, 0),
        ({"dealer": "B", "customer": "Вектор", "articles": "X-2"}, 0),
        ({"dealer": "B", "customer": "", "articles": "X-1"}, 0),
        ({"dealer": "B", "customer": "Вектор", "articles": "X-1", "days": WINDOW_DAYS}, 0),
        ({"dealer": "B", "customer": "Вектор", "articles": "X-1", "days": WINDOW_DAYS - 1}, 1),
    ],
)
async def test_what_overlaps(pool: Pool, second: dict[str, Any], found: int) -> None:
    await order(pool, "1", "A", "ООО «Вектор»", "X-1, X-9")
    await order(pool, "2", **second)

    assert await looked(pool) == found
    assert await looked(pool) == 0, "once"
    assert await pool.fetchval("select count(*) from dealer_overlaps") == found


@pytest.fixture
async def two(pool: Pool) -> UUID:
    """Dealers A and B ask for one customer."""
    await order(pool, "1", "A", "Вектор", "X-1")
    await order(pool, "2", "B", "Вектор", "X-1")
    await looked(pool)
    return await proposed(pool)


async def test_from_a_proposal_to_the_end_of_the_term(browser: Browser, pool: Pool, two: UUID) -> None:
    assert "Dealer A" in (text := await text_of(browser, HERE))
    assert "Dealer B" in text

    text = await act(browser, two, "reserve", dealer=await company(pool, "A"), until=IN_A_WEEK, reason="asked first")
    assert "has the customer" in text
    assert "asked first" in text
    assert await ledger(pool) == [("A", "active"), ("B", "refused")]

    assert "prolonged: 1" in await act(browser, two, "prolong", until=IN_A_MONTH)
    await act(browser, two, "prolong", until=IN_A_WEEK)
    assert str(await pool.fetchval("select until from reservations where state = 'active'")) == IN_A_MONTH
    await looked(pool, timedelta(days=30))
    assert ("A", "active") in await ledger(pool), "its last day"
    await looked(pool, timedelta(days=31))
    assert await ledger(pool) == [("A", "expired"), ("B", "refused")]
    actions = [
        row["action"] for row in await pool.fetch("select action from audit where object_kind = 'overlap' order by id")
    ]
    assert actions == ["reservation.made", "reservation.prolonged", "reservation.expired"]
    assert await pool.fetchval("select state from dealer_overlaps") == "closed"


async def test_given_to_another(browser: Browser, pool: Pool, two: UUID) -> None:
    for dealer in ("A", "B"):
        await act(browser, two, "reserve", dealer=await company(pool, dealer), until=IN_A_WEEK)
    assert sorted(await ledger(pool)) == [("A", "ended"), ("A", "refused"), ("B", "active"), ("B", "refused")]

    await act(browser, two, "end")

    assert ("B", "ended") in await ledger(pool)


async def test_one_at_a_time(pool: Pool, two: UUID) -> None:
    reserve = (
        "insert into reservations (id, overlap_id, company_id, state, at)"
        " select gen_random_uuid(), $1, id, 'active', now() from companies"
    )
    with pytest.raises(asyncpg.UniqueViolationError):
        await pool.execute(reserve, two)


async def test_rejected_until_another_dealer_asks(browser: Browser, pool: Pool, two: UUID) -> None:
    await act(browser, two, "reject")
    assert await looked(pool) == 0

    await order(pool, "3", "C", "Вектор", "X-1")

    assert await looked(pool) == 1
    assert "Dealer C" in await text_of(browser, HERE)


async def test_what_nobody_decided_ends_with_its_orders(pool: Pool, two: UUID) -> None:
    await looked(pool, timedelta(days=20))
    assert await pool.fetchval("select state from dealer_overlaps where id = $1", two) == "suspected"
    await looked(pool, timedelta(days=40))
    assert await pool.fetchval("select state from dealer_overlaps where id = $1", two) == "closed"

    await looked(pool, timedelta(days=KEPT_DAYS + 1))

    assert await pool.fetchval("select count(*) from dealer_overlaps") == 0


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("reserve", {"dealer": str(UUID(int=5)), "until": IN_A_WEEK}),
        ("reserve", {"dealer": "A", "until": IN_A_WEEK}),
        ("reserve", {"until": "soon"}),
        ("reserve", {"until": str(TODAY - timedelta(days=1))}),
        ("reserve", {"until": str(date(TODAY.year + 3, 1, 1))}),
        ("prolong", {"until": IN_A_WEEK}),
        ("end", {}),
    ],
)
async def test_mistakes_change_nothing(
    browser: Browser, pool: Pool, two: UUID, what: str, fields: dict[str, str]
) -> None:
    await act(browser, two, what, **({"dealer": await company(pool, "A")} if what == "reserve" else {}) | fields)

    assert await ledger(pool) == []
    assert await pool.fetchval("select state from dealer_overlaps") == "suspected"


async def test_who_may(browser: Browser, pool: Pool, add_person: AddPerson, two: UUID) -> None:
    head = await add_person("head", Role.SUPERVISOR, every_department=True)
    async with another(browser, await session_of(pool, browser.app, head)) as his:
        await text_of(his, HERE, 403)
        answer = await his.send(f"{HERE}/{two}/reject", {}, page="/leads")

    assert answer.status == 403
    assert await pool.fetchval("select state from dealer_overlaps") == "suspected"


async def test_found_by_an_index(pool: Pool) -> None:
    await order(pool, "first", "A", "Вектор", "X-1")
    await pool.execute(
        "insert into orders (id, source, external_id, end_customer, articles, ordered_on, company_id)"
        " select gen_random_uuid(), '1c', n::text, 'c' || n, 'x', current_date - n, (select id from companies)"
        " from generate_series(1, 20000) n"
    )
    await pool.execute("analyze orders")

    rows = await pool.fetch("explain " + OVERLAPS["find_overlaps"], TODAY, WINDOW_DAYS)

    plan = "\n".join(row[0] for row in rows)
    assert "orders_ordered" in plan, plan
