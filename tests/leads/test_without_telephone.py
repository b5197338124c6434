"""Leads of who wrote and told no telephone: no talk calls them, what people do to them does."""

from datetime import UTC, datetime, timedelta

from tests.leads.test_merging import IVAN, write
from tests.leads.test_pages import act
from tests.missed.told import CLIENT
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.leads.touching import SQL


async def called(pool: Pool) -> list[bool]:
    rows = await pool.fetch("select called_at is not null as called from lead_clocks order by lead_id")
    return [row["called"] for row in rows]


async def test_who_takes_it_has_answered(browser: Browser, pool: Pool) -> None:
    for lead in (await write(pool, 1, ""), await write(pool, 2, CLIENT, email="other@client.example")):
        await act(browser, lead, "take")

    assert await called(pool) == [True, False]


async def test_whom_it_was_given_answers_by_planning(browser: Browser, pool: Pool) -> None:
    """Then nobody is told that it is late."""
    lead, me = await write(pool, 1, ""), await pool.fetchval("select id from people limit 1")
    await pool.execute(SQL["assign"], lead, me, datetime.now(UTC))
    assert await called(pool) == [False]
    at = datetime.now(UTC) + timedelta(days=1)
    await act(browser, lead, "change", title="x", stage="new", next_call_at=at.strftime("%Y-%m-%dT%H:%M"))

    assert await called(pool) == [True]


async def test_his_address_stands_for_it(browser: Browser, pool: Pool) -> None:
    lead = await write(pool, 1, "")

    assert IVAN in (await text_of(browser, "/leads?view=board")).partition("data-stage")[2]
    assert "Our calls since his own" not in await text_of(browser, f"/leads/{lead}")
