"""`/leads?view=calendar`: open leads on the day their clock ends."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.leads.test_pages import JUST, LONG_AGO, act, lead_of, lines
from tests.missed.told import CLIENT, tell
from tests.people.web import Browser
from tests.reports.calls import BORIS
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.leads.boards import Span, days_of, window
from trunkline.leads.reading import Asker, Show, list_leads
from trunkline.people.identity import Reach

__all__ = ["lines"]
CALENDAR = "/leads?view=calendar"


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.sampled_from(Span))
def test_whole_weeks_that_hold_the_day(day: date, span: Span) -> None:
    since, until = window(span, day)

    assert since.weekday() == until.weekday() == 0
    assert since <= day < until
    if span is Span.MONTH:
        first = day.replace(day=1)
        assert since > first - timedelta(days=7)
        assert until <= (first + timedelta(days=31)).replace(day=1) + timedelta(days=6)
        assert (until - timedelta(days=7)).month == day.month, "no week of another month alone"


async def test_colours_have_words(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST, LONG_AGO)

    text = await text_of(browser, CALENDAR)

    assert text.count("lead-due-bad") == 1
    assert text.count("lead-due-warn") == 1
    assert "to be taken, overdue" in text
    assert "to be taken, today" in text
    assert 'aria-current="date"' in text


async def test_a_planned_call(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST)
    lead, at = await lead_of(pool), datetime.now(UTC) + timedelta(days=3)
    await pool.execute("update lead_clocks set taken_at = now(), called_at = now()")
    await pool.execute("update leads set next_call_at = $1", at)

    there = f"{CALENDAR}&span=week&day={at.date()}"

    assert "next call, planned" in await text_of(browser, there)
    assert f"/leads/{lead}" not in await text_of(browser, f"{there}&whose=mine")
    await act(browser, lead, "take")
    assert f"/leads/{lead}" in await text_of(browser, f"{there}&whose=mine")
    assert "Nothing is due in this time" in await text_of(
        browser, f"{CALENDAR}&span=week&day={at.date() + timedelta(30)}"
    )


@pytest.mark.parametrize("query", ["&day=tomorrow", "&day=9999-12-31", "&span=year", "&day=0001-01-01&span=week"])
async def test_nonsense_is_today(browser: Browser, query: str) -> None:
    assert 'aria-current="date"' in await text_of(browser, CALENDAR + query)


async def test_the_day_is_the_readers(browser: Browser, pool: Pool) -> None:
    """A minute before and after midnight of a zone are two days of it, and one of UTC."""
    await tell(pool, JUST, LONG_AGO)
    zone, midnight = ZoneInfo("Asia/Yekaterinburg"), datetime(2026, 3, 4, 19, tzinfo=UTC)
    for phone, at in ((CLIENT, midnight - timedelta(minutes=1)), (BORIS, midnight)):
        await pool.execute("update lead_clocks set take_by = $2 where phone = $1", phone, at)
    everything = Reach(await pool.fetchval("select id from people limit 1"), None, None)
    async with pool.acquire() as connection:
        leads = (await list_leads(connection, Asker(everything, True, midnight), Show.OPEN)).rows

    days = days_of(leads, date(2026, 3, 2), date(2026, 3, 9), midnight, zone, None)

    assert [len(one.leads) for one in days] == [0, 0, 1, 1, 0, 0, 0]
