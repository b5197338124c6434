"""Whom nobody reached leaves the list after the days the rules allow, by a deed that every later fold keeps."""

from datetime import timedelta
from typing import Any

from tests.missed.told import CLIENT, Heard, tell
from tests.people.web import Browser
from tests.reports.calls import NOON
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.missed.aging import age_entries
from trunkline.missed.keep import SQL
from trunkline.missed.promise import Rules
from trunkline.web.i18n import UTC

DAY = 24 * 60
OLD, TRIED, AGAIN = Heard(0), Heard(10, "out", why="busy"), Heard(15 * DAY)
FORTNIGHT = NOON + timedelta(days=14)


async def entries(pool: Pool, number: str = CLIENT) -> list[dict[str, Any]]:
    rows = await pool.fetch("select * from missed_clients where number = $1 order by first_missed_at", number)
    return [dict(row) for row in rows]


async def test_whom_nobody_reached_ages(pool: Pool) -> None:
    await tell(pool, OLD, TRIED, Heard(1, client="+79160000002"), Heard(2 * DAY, client="+79160000003"))

    assert await age_entries(pool, UTC, FORTNIGHT) == 0, "not a fortnight yet"
    assert await age_entries(pool, UTC, FORTNIGHT + timedelta(hours=1)) == 2

    (row,) = await entries(pool)
    assert (row["closed_how"], row["attempts"]) == ("aged", 1)
    assert row["closed_at"] == FORTNIGHT + timedelta(hours=1)
    assert await pool.fetchval("select count(*) from missed_clients where closed_at is null") == 1
    assert await age_entries(pool, UTC, FORTNIGHT + timedelta(hours=1)) == 0


async def test_a_last_missed_call_begins_the_days_anew(pool: Pool) -> None:
    await tell(pool, OLD, Heard(DAY))

    assert await age_entries(pool, UTC, FORTNIGHT + timedelta(hours=1)) == 0


async def test_many_age_in_batches(pool: Pool) -> None:
    await tell(pool, *(Heard(minute, client=f"+7916{minute:07}") for minute in range(7)))

    assert await age_entries(pool, UTC, FORTNIGHT + timedelta(days=1), batch=2) == 7


async def test_the_company_sets_the_days(pool: Pool) -> None:
    await tell(pool, OLD)
    await pool.execute("update missed_rules set aged_days = 0")
    assert await age_entries(pool, UTC, NOON + timedelta(days=1000)) == 0

    await pool.execute("update missed_rules set aged_days = 2")
    assert await age_entries(pool, UTC, NOON + timedelta(days=3)) == 1


async def test_nobody_ages_before_his_promise(pool: Pool) -> None:
    await tell(pool, OLD, rules=Rules(promise_minutes=20 * DAY))

    assert await age_entries(pool, UTC, FORTNIGHT + timedelta(days=1)) == 0


async def test_a_later_fold_keeps_what_aged(pool: Pool) -> None:
    """The call that is told late, and the client who calls again: one aged entry, and one that waits."""
    await tell(pool, OLD)
    await age_entries(pool, UTC, FORTNIGHT + timedelta(hours=1))

    await tell(pool, AGAIN, TRIED)

    told = [(row["closed_how"], row["times"], row["attempts"]) for row in await entries(pool)]
    assert told == [("aged", 1, 1), (None, 1, 0)]


async def test_who_was_answered_after_all_never_aged(pool: Pool) -> None:
    await tell(pool, OLD)
    await age_entries(pool, UTC, FORTNIGHT + timedelta(hours=1))

    await tell(pool, Heard(60, "out", answered=True))

    (row,) = await entries(pool)
    assert row["closed_how"] == "reached"


async def test_the_page_tells_that_it_aged(browser: Browser, pool: Pool) -> None:
    await tell(pool, OLD)
    await age_entries(pool, UTC, FORTNIGHT + timedelta(hours=1))

    text = await text_of(browser, f"/missed/{OLD.id}")

    assert "aged: nobody reached him" in text
    assert "the entry aged" in text


async def test_the_old_are_found_by_their_index(pool: Pool) -> None:
    await tell(pool, *(Heard(minute, client=f"+7916{minute:07}") for minute in range(300)))
    await pool.execute("update missed_clients set last_missed_at = now() where first_missed_at <> $1", OLD.at)
    await pool.execute("analyze missed_clients")
    async with pool.acquire() as connection:
        plan = await connection.fetch("explain " + SQL["aging"], FORTNIGHT, FORTNIGHT, 100)

    text = "\n".join(row[0] for row in plan)
    assert "missed_clients_aging" in text, text
