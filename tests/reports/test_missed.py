"""The missed share: what is counted, for whom, and its page."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import ANNA, BORIS, NOBODY, NOON, SALES, SERVICE, VERA, add_call
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.people.identity import Reach
from trunkline.people.roles import Role
from trunkline.reports.days import latest
from trunkline.reports.missed import Count
from trunkline.reports.store import missed_share

EVERYTHING = Reach(NOBODY, None, None)
DAY = latest(1, NOON, ZoneInfo("Europe/Moscow"))


@pytest.fixture
async def day(pool: Pool) -> Pool:
    """Anna is missed and then reached; Boris never is; Vera gives up at once; a robot is kept out."""
    await add_call(pool, ANNA, "missed", why="no_answer", queues=("sales",))
    await add_call(pool, ANNA, "answered", at=NOON + timedelta(hours=2), queues=("sales",))
    await add_call(pool, BORIS, "missed", why="abandoned_in_queue", line=SERVICE, queues=("service", "sales"))
    await add_call(pool, BORIS, "missed", why="busy", line=SERVICE)
    await add_call(pool, VERA, "missed", why="abandoned", wait=4.9)
    await add_call(pool, "+79160000009", "screened")
    await add_call(pool, "", "missed", why="no_answer", wait=3)  # rung out in 3 s: nobody gave up
    await add_call(pool, ANNA, "missed", why="no_answer", direction="out")
    await add_call(pool, ANNA, "missed", why="no_answer", at=NOON - timedelta(days=3))
    return pool


async def test_what_is_counted(day: Pool) -> None:
    async with day.acquire() as connection:
        told = await missed_share(connection, DAY, EVERYTHING)

    assert told.total == Count("", answered=1, missed=4, short=1, screened=1, callers=2, reached=1)
    assert (told.total.share, told.total.lost, told.total.lost_share) == (0.8, 1, 0.5)
    assert {one.key: (one.missed, one.answered, one.lost) for one in told.lines} == {
        SALES: (2, 1, 0),
        SERVICE: (2, 0, 1),
    }
    assert {one.key: (one.missed, one.answered) for one in told.queues} == {"sales": (2, 1), "service": (1, 0)}
    assert [(one.key, one.calls) for one in told.hours] == [("12", 4), ("14", 1)]
    assert dict(told.reasons) == {"no_answer": 2, "abandoned_in_queue": 1, "busy": 1}


async def test_nothing_is_no_share(pool: Pool) -> None:
    async with pool.acquire() as connection:
        told = await missed_share(connection, DAY, EVERYTHING)

    assert (told.total.share, told.total.lost_share, told.lines, told.reasons) == (None, None, (), ())


async def test_a_narrow_scope_counts_its_own_calls(day: Pool) -> None:
    reach = Reach(NOBODY, None, [UUID(int=7)])
    async with day.acquire() as connection:
        told = await missed_share(connection, DAY.before(9), reach)

    assert told.total.calls == 0


async def test_the_page(browser: Browser, pool: Pool) -> None:
    assert "No incoming call" in await text_of(browser, "/reports")

    await add_call(pool, BORIS, "missed", why="busy", at=datetime.now(UTC) - timedelta(minutes=1), queues=("sales",))

    text = await text_of(browser, "/reports?days=30")
    assert "everybody who was rung was busy" in text
    assert "100" in text
    assert "sales" in text


async def test_an_agent_may_not_see_it(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.AGENT)

    async with another(browser, await session_of(pool, browser.app, anna)) as agent:
        assert (await agent.get("/reports")).status == 403
