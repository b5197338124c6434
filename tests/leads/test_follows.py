"""Who comes again soon after his lead was closed goes on with it, with whoever had it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.leads.test_pages import NOW, act, lead_of, lines
from tests.missed.told import CLIENT, Heard, tell
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.reports.calls import BORIS, SERVICE
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.leads.touching import SQL

__all__ = ["lines"]


async def closed(pool: Pool, days: float, reason: str = "talked", owner: UUID | None = None) -> UUID:
    """His lead of the sales' line, closed so many days ago."""
    await tell(pool, Heard(NOW - 200, number=1))
    lead = await lead_of(pool)
    await pool.execute(
        "update leads set responsible_id = $2, closed_at = now() - make_interval(secs => $3) where id = $1",
        *(lead, owner, timedelta(days=days).total_seconds()),
    )
    await pool.execute("update lead_clocks set close_reason = $2 where lead_id = $1", lead, reason)
    return lead


async def again(pool: Pool, **fields: Any) -> tuple[UUID, UUID | None, UUID | None]:
    """He calls again: his new lead, whom it follows, and whose it is."""
    await tell(pool, Heard(NOW - 1, number=2, **fields))
    row = await pool.fetchrow(
        "select id, follows_id, responsible_id from leads join lead_clocks on lead_id = id"
        " where leads.closed_at is null"
    )
    assert row is not None
    return tuple(row)


async def test_it_goes_on(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna")
    earlier = await closed(pool, 0.01, owner=anna)

    lead, follows, owner = await again(pool)

    assert (follows, owner) == (earlier, anna)
    text = await text_of(browser, f"/leads/{lead}")
    assert f'href="/leads/{earlier}"' in text
    assert "Goes on with" in text
    assert (await act(browser, lead, "take")).status == 303


@pytest.mark.parametrize("reason", ["spam", "wrong_number"])
async def test_spam_is_not_gone_on_with(pool: Pool, reason: str) -> None:
    await closed(pool, 0.01, reason)

    assert (await again(pool))[1] is None


async def test_another_direction_does_not(pool: Pool) -> None:
    await closed(pool, 0.01)

    assert (await again(pool, line=SERVICE))[1] is None


async def test_who_left_does_not_get_it(pool: Pool, add_person: AddPerson) -> None:
    gone = await add_person("gone")
    await pool.execute("update people set active = false where id = $1", gone)
    earlier = await closed(pool, 0.01, owner=gone)

    assert (await again(pool))[1:] == (earlier, None)


@pytest.mark.parametrize(("days", "follows"), [(13, True), (15, False)])
async def test_the_window(pool: Pool, days: int, follows: bool) -> None:
    earlier = await closed(pool, days)
    lead = uuid4()
    await pool.execute(
        "insert into leads (id, source, external_id, phone, direction) values ($1, 'call', 'x', $2, 'Windows')",
        lead,
        CLIENT,
    )
    await pool.execute(
        "insert into lead_clocks (lead_id, phone, take_by, call_by) values ($1, $2, now(), now())", lead, CLIENT
    )

    opened = await pool.fetchval("select opened_at from leads where id = $1", lead)
    await pool.execute(SQL["follow_earlier"], lead, CLIENT, "Windows", opened, 14)

    found = await pool.fetchval("select follows_id from lead_clocks where lead_id = $1", lead)
    assert found == (earlier if follows else None)


async def test_by_any_number_of_what_was_merged(browser: Browser, pool: Pool) -> None:
    """And never with the one that became part of another."""
    stays = await closed(pool, 2)
    goes = await pool.fetchval(
        "insert into leads (id, source, external_id, phone, direction, opened_at, closed_at)"
        " values (gen_random_uuid(), 'email', 'x', $1, 'Windows', now(), now() - interval '1 day') returning id",
        BORIS,
    )
    await pool.execute(
        "insert into lead_clocks (lead_id, phone, take_by, call_by, merged_into) values ($1, $2, now(), now(), $3)",
        *(goes, BORIS, stays),
    )
    await pool.execute("insert into lead_numbers (phone, lead_id) values ($1, $2)", BORIS, stays)

    _lead, follows, _owner = await again(pool, client=BORIS)

    assert follows == stays


async def test_told_within_the_reach(pool: Pool) -> None:
    earlier = await closed(pool, 2)
    lead, _follows, _owner = await again(pool)
    hers, others = uuid4(), uuid4()
    await pool.execute("update lead_clocks set departments = $2 where lead_id = $1", earlier, [others])

    for departments, told in ((None, True), ([others], True), ([hers], False)):
        row = await pool.fetchrow(SQL["earlier_of"], uuid4(), departments, None, lead)
        assert (row is not None) is told
