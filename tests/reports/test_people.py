"""Sheets of agents and how soon missed clients are called back: what is counted, for whom, their pages and API."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.missed.told import Heard, tell
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import ANNA, BORIS, NOBODY, NOON, SALES, SERVICE, VERA, add_call
from tests.web.composed import text_of, token_of
from trunkline.db.types import Pool
from trunkline.missed.aging import age_entries
from trunkline.missed.promise import Rules
from trunkline.people.identity import EVERYTHING, Identity, Reach, Scope, Via
from trunkline.people.roles import ROLE_RIGHTS, Right, Role
from trunkline.reports.agents import Work, sheets_of
from trunkline.reports.days import latest
from trunkline.reports.people_store import AGENTS, agent_sheets, callbacks

DAY = latest(1, NOON, ZoneInfo("Europe/Moscow"))
OLGA, PETR = UUID(int=0xA), UUID(int=0xB)
RECENT = datetime.now(UTC) - timedelta(minutes=5)


def leg(party: str, *, talk: float = 0, rang: float | None = 5, elsewhere: bool = False, role: str = "desk") -> Any:
    """A leg of a call at noon; `rang` seconds until its answer or end."""
    since = NOON + timedelta(seconds=1)
    until = since + timedelta(seconds=rang or 0)
    return {
        "party": party, "role": role, "rang": rang is not None, "elsewhere": elsewhere, "talk_seconds": talk,
        "started_at": NOON.isoformat(), "ringing_at": since.isoformat() if rang is not None else None,
        "answered_at": until.isoformat() if talk else None,
    }  # fmt: skip


def supervisor(person: UUID = NOBODY, scope: Scope = EVERYTHING, role: Role = Role.SUPERVISOR) -> Identity:
    return Identity(person, "x", "x", role, ROLE_RIGHTS[role], scope, Via.SESSION, "")


@pytest.fixture
async def people(pool: Pool) -> Pool:
    await pool.execute("insert into departments values ($1, 'sales', 'Sales')", UUID(int=7))
    await pool.execute(
        "insert into people (id, name, extension, mobile, department_id) values ($1, 'Olga', '101', null, $3),"
        " ($2, 'Petr', '102', '+79990000001', null)",
        OLGA, PETR, UUID(int=7),
    )  # fmt: skip
    return pool


async def sheets(
    pool: Pool, who: Identity | None = None, seconds: int = 20, only: UUID | None = None
) -> dict[str, Work]:
    async with pool.acquire() as connection:
        found = await agent_sheets(connection, DAY, who or supervisor(), seconds, only)
    return {sheet.extension: sheet.work for sheet in found}


async def test_what_an_agent_did(people: Pool) -> None:
    caller = leg(ANNA, role="caller", talk=60)
    await add_call(people, ANNA, "answered", legs=[caller, leg("101", talk=60, rang=10)])
    await add_call(people, ANNA, "answered", legs=[caller, leg("101", talk=30, rang=25), leg("102", elsewhere=True)])
    await add_call(people, BORIS, "missed", why="no_answer", legs=[caller, leg("101"), leg("101"), leg("102")])
    await add_call(people, BORIS, "answered", legs=[caller, leg("101"), leg("102", talk=15, rang=3)])  # 101 let it ring
    await add_call(people, VERA, "missed", why="abandoned", wait=4, legs=[leg("101")])  # nobody's fault
    await add_call(people, VERA, "answered", direction="out", legs=[leg("101", role="caller", talk=100)])
    await add_call(people, VERA, "missed", direction="out", why="busy", legs=[leg("101", role="caller")])
    await add_call(people, "", "answered", direction="internal", legs=[leg("101", role="caller", talk=9)])

    told = await sheets(people)

    assert told["101"] == Work(2, 1, 2, 2, 1, 3, 190.0)
    assert told["102"] == Work(1, 1, 1, 0, 0, 1, 15.0)
    assert told["101"].in_time_share == 0.25
    assert told["101"].average_talk == pytest.approx(63.3, abs=0.1)
    assert (await sheets(people, seconds=30))["101"].in_time == 2


async def test_a_call_passed_on_is_talk_of_both(people: Pool) -> None:
    await add_call(people, VERA, "answered", direction="out",
                   legs=[leg("101", role="caller", talk=10), leg("102", talk=50)])  # fmt: skip

    told = await sheets(people)

    assert told["101"] == Work(placed=1, reached=1, talks=1, talk_seconds=10)
    assert told["102"] == Work(talks=1, talk_seconds=50)


async def test_an_agent_with_a_mobile(people: Pool) -> None:
    await add_call(people, ANNA, "answered", legs=[leg("+79990000001", role="outside", talk=20)])
    await add_call(people, ANNA, "answered", legs=[leg("+79991111111", role="outside", talk=20)])  # nobody's

    assert await sheets(people) == {"102": Work(1, 1, 0, 0, 0, 1, 20.0)}


async def test_an_extension_that_is_nobodys(people: Pool) -> None:
    await add_call(people, ANNA, "answered", legs=[leg("555", talk=20)])

    assert await sheets(people) == {"555": Work(1, 1, 0, 0, 0, 1, 20.0)}


async def test_scope(people: Pool) -> None:
    await add_call(people, ANNA, "answered", legs=[leg("101", talk=20), leg("102", talk=5)])

    sales = Scope(frozenset({UUID(int=7)}), None)
    assert set(await sheets(people, supervisor(scope=sales))) == {"101"}
    assert set(await sheets(people, supervisor(PETR, sales))) == {"101", "102"}
    assert set(await sheets(people, supervisor(scope=Scope(None, frozenset())))) == set()
    assert set(await sheets(people, supervisor(PETR, role=Role.AGENT))) == {"102"}, "an agent sees his own"
    assert set(await sheets(people, supervisor(PETR, role=Role.AGENT), only=OLGA)) == {"102"}
    assert set(await sheets(people, only=OLGA)) == {"101"}


async def test_days_add_up(people: Pool) -> None:
    week = latest(7, NOON, ZoneInfo("Europe/Moscow"))
    for back in (0, 2, 9):
        at = NOON - timedelta(days=back)
        await add_call(people, ANNA, "answered", at=at, legs=[leg("101", talk=20)])
    async with people.acquire() as connection:
        (sheet,) = await agent_sheets(connection, week, supervisor(), 20)

    assert [(str(day), work.answered) for day, work in sheet.days] == [("2026-03-02", 1), ("2026-03-04", 1)]
    assert sheet.work.answered == 2
    assert sheets_of([]) == []


async def test_the_calls_of_the_days_alone_are_read(people: Pool) -> None:
    await add_call(people, ANNA, "answered", legs=[leg("101", talk=20)])
    async with people.acquire() as connection:
        await connection.execute("set enable_seqscan = off")
        plan = await connection.fetch(
            "explain " + AGENTS["agent_days"], DAY.since, DAY.until, UUID(int=DAY_LOW), UUID(int=DAY_HIGH),
            "Europe/Moscow", 20, None, None, None, OLGA,
        )  # fmt: skip
        await connection.execute("reset enable_seqscan")

    text = "\n".join(row[0] for row in plan)
    assert "calls_2026_03_pkey" in text, text
    assert "calls_2026_02" not in text


DAY_LOW, DAY_HIGH = (int(at.timestamp() * 1000) << 80 for at in (DAY.since, DAY.until))


@pytest.fixture
async def missed(pool: Pool) -> Pool:
    """Three clients: called back in 10 minutes, called back in 40, got through himself; a fourth waits in vain."""
    await tell(
        pool,
        Heard(0, queues=("sales",)), Heard(10, "out", why="busy"), Heard(60, "out", answered=True),
        Heard(0, client=ANNA, line=SERVICE, number=1), Heard(40, "out", answered=True, client=ANNA),
        Heard(1, client=BORIS), Heard(20, client=BORIS, answered=True),
        Heard(2, client=VERA),
        Heard(3, client="+79160000009"),
        rules=Rules(30),
    )  # fmt: skip
    await pool.execute("update missed_clients set closed_at = now(), closed_how = 'spam' where number = '+79160000009'")
    return pool


async def test_how_soon_clients_are_called_back(missed: Pool) -> None:
    now = NOON + timedelta(minutes=31)
    async with missed.acquire() as connection:
        told = await callbacks(connection, DAY, Reach(OLGA, None, None), now)

    total = told.total
    assert (total.clients, total.called_back, total.got_through, total.waiting) == (4, 2, 1, 1)
    assert (total.median, total.p90) == pytest.approx(((580 + 2380) / 2, 580 + 0.9 * 1800))
    assert (total.kept, total.due) == (2, 3), "the fourth may still be called in time"
    assert {one.key: (one.clients, one.median) for one in told.lines} == {SALES: (3, 580.0), SERVICE: (1, 2380.0)}
    assert [one.key for one in told.queues] == ["sales"]
    assert [(one.key, one.clients) for one in told.days] == [("2026-03-04", 4)]


async def test_a_promise_that_is_over_is_due(missed: Pool) -> None:
    async with missed.acquire() as connection:
        told = await callbacks(connection, DAY, Reach(OLGA, None, None), NOON + timedelta(hours=9))
        narrow = await callbacks(connection, DAY, Reach(OLGA, None, []), NOON)

    assert (told.total.kept, told.total.due, told.total.share) == (2, 4, 0.5)
    assert (narrow.total.clients, narrow.total.median, narrow.total.share) == (0, None, None)


async def test_who_aged_is_told_and_keeps_no_promise(missed: Pool) -> None:
    later = NOON + timedelta(days=15)
    assert await age_entries(missed, UTC, later) == 1
    async with missed.acquire() as connection:
        told = await callbacks(connection, DAY, Reach(OLGA, None, None), later)

    assert (told.total.aged, told.total.waiting) == (1, 0)
    assert (told.total.kept, told.total.due) == (2, 4)


async def test_the_pages(browser: Browser, pool: Pool, people: Pool) -> None:
    assert "No calls in this time" in await text_of(browser, "/reports/agents")
    assert "Nobody was missed" in await text_of(browser, "/reports/callbacks")
    story = json.dumps({"legs": [leg("101", talk=65, rang=4) | {"started_at": RECENT.isoformat()}]})
    call = await add_call(pool, ANNA, "answered", at=RECENT)
    await pool.execute("update calls set story = $2::text::jsonb where id = $1", call, story)
    minute = (RECENT - NOON) / timedelta(minutes=1)
    await tell(pool, Heard(minute), Heard(minute + 2, "out", why="busy"))

    text = await text_of(browser, "/reports/agents")
    assert "Olga" in text
    assert "1:05" in text
    one = await text_of(browser, f"/reports/agents?person={OLGA}")
    assert "All agents" in one
    assert f"/calls?agent=101&since={RECENT.astimezone(ZoneInfo('Europe/Moscow')).date()}" in one.replace("&amp;", "&")
    text = await text_of(browser, "/reports/callbacks")
    assert "1 of 1" in text
    assert await text_of(browser, "/reports/agents?person=x", 404)
    assert "Nobody" not in await text_of(browser, "/reports/agents?days=90")


async def test_an_agent_sees_his_own_sheet(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    vera = await add_person("vera", Role.AGENT)
    await pool.execute("update people set extension = '103' where id = $1", vera)
    call = await add_call(pool, ANNA, "answered", at=RECENT)
    story = json.dumps({"legs": [leg("103", talk=65), leg("104", talk=7)]})
    await pool.execute("update calls set story = $2::text::jsonb where id = $1", call, story)

    async with another(browser, await session_of(pool, browser.app, vera)) as hers:
        text = await text_of(hers, "/reports/agents")
        assert "Your calls" in text
        assert "1:05" in text
        assert ("agent=104" in text, "1:12" in text) == (False, False)  # another's talk, alone or added to hers
        assert (await hers.get("/reports/callbacks")).status == 403
    token = await token_of(pool, vera, [Right.CALLS_READ])
    (one,) = (await (await browser.get("/api/v1/reports/agents", headers=token)).json())["agents"]
    assert (one["person_id"], one["work"]["talk_seconds"]) == (str(vera), 65.0)


async def test_the_api(browser: Browser, missed: Pool) -> None:
    told = await (await browser.get("/api/v1/reports/callbacks?since=2026-03-04&until=2026-03-04")).json()
    assert (told["total"]["clients"], told["total"]["promises_kept"]) == (4, 2)
    told = await (await browser.get("/api/v1/reports/agents?days=2")).json()
    assert (told["agents"], told["answer_seconds"]) == ([], 20)
    wrong = await browser.get("/api/v1/reports/agents?days=32")
    assert (wrong.status, (await wrong.json())["mistakes"][0]["field"]) == (400, "days")


def test_nothing_is_no_share() -> None:
    assert (Work().in_time_share, Work().average_talk) == (None, None)
