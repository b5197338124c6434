"""Calls as touches of leads, in the database: one lead of a telephone × direction, however and by whom it is told."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.calls.dialogues import Dialogue, dialogue
from tests.calls.test_applier import apply, run
from tests.missed.told import CLIENT, Heard, news_of, put, tell
from tests.reports.calls import BORIS, NOON, SALES, SERVICE
from tests.spam.test_told_by_calls import CHALLENGE, alone, decided, met
from trunkline.calls.announce import News
from trunkline.calls.applier import CallApplier
from trunkline.calls.decisions import DecisionApplier
from trunkline.calls.follow import follow_calls
from trunkline.db.partitions import ensure_partition
from trunkline.leads.rules import KeptLeadRules, clocks_from

__all__ = ["met"]

ANNA, VERA = UUID(int=0xA), UUID(int=0xB)
MISSED = Heard(0)
TALKED = Heard(5, answered=True, agents=("101", "102"))


async def leads(pool: asyncpg.Pool) -> list[dict[str, Any]]:
    rows = await pool.fetch("select * from leads join lead_clocks on lead_id = id order by opened_at, direction")
    return [dict(row) for row in rows]


async def touches(pool: asyncpg.Pool) -> list[tuple[str, str, bool]]:
    """Kind, rule, and whether it is one of a lead."""
    rows = await pool.fetch(
        "select kind, raw ->> 'rule' as rule, lead_id is not null as led from touches order by at, id"
    )
    return [tuple(row) for row in rows]


@pytest.fixture
async def lines(pool: asyncpg.Pool) -> None:
    """Two brands, and who answers."""
    await pool.executemany(
        "insert into lines (id, number, name, brand) values ($1, $2, $3, $4)",
        [(uuid4(), SALES, "Sales", "Windows"), (uuid4(), SERVICE, "Service", "Doors")],
    )
    await pool.executemany(
        "insert into people (id, name, extension) values ($1, $2, $3)", [(ANNA, "Anna", "101"), (VERA, "Vera", "102")]
    )


async def contact(pool: asyncpg.Pool, kind: str, responsible: UUID | None = None) -> UUID:
    identifier = uuid4()
    await pool.execute(
        "insert into contacts (id, name, class, responsible_id) values ($1, 'Ivan', $2, $3)",
        identifier,
        kind,
        responsible,
    )
    await pool.execute("insert into contact_phones (number, contact_id) values ($1, $2)", CLIENT, identifier)
    return identifier


@pytest.mark.usefixtures("lines")
async def test_a_missed_call_opens_a_lead(pool: asyncpg.Pool) -> None:
    await tell(pool, MISSED)

    (lead,) = await leads(pool)
    assert (lead["phone"], lead["direction"], lead["title"], lead["stage"]) == (CLIENT, "Windows", "Sales", "new")
    ended = MISSED.at + timedelta(seconds=20)
    assert (lead["take_by"] - ended, lead["call_by"] - ended) == (timedelta(minutes=15), timedelta(hours=1))
    assert (lead["taken_at"], lead["called_at"], lead["line_id"] is None) == (None, None, False)
    assert await touches(pool) == [("missed", "new", True)]


@pytest.mark.usefixtures("lines")
async def test_who_answers_has_taken_it_and_who_goes_on_is_responsible(pool: asyncpg.Pool) -> None:
    """The operator's in statistics, the lead his to whom it was passed on."""
    await tell(pool, TALKED)

    (lead,) = await leads(pool)
    answered = TALKED.at + timedelta(seconds=10)
    assert (lead["taken_at"], lead["taken_by"], lead["called_at"]) == (answered, ANNA, answered)
    assert lead["responsible_id"] == VERA


@pytest.mark.usefixtures("lines")
async def test_a_contact_keeps_his_manager(pool: asyncpg.Pool) -> None:
    known = await contact(pool, "client", ANNA)
    await tell(pool, replace(TALKED, agents=("102",)))

    (lead,) = await leads(pool)
    assert (lead["contact_id"], lead["responsible_id"], lead["taken_by"]) == (known, ANNA, VERA)


@pytest.mark.usefixtures("lines")
async def test_several_persons_of_a_number_are_not_taken_for_one(pool: asyncpg.Pool) -> None:
    await contact(pool, "client", ANNA)
    await contact(pool, "supplier", ANNA)
    await tell(pool, MISSED)

    (lead,) = await leads(pool)
    assert (lead["contact_id"], lead["responsible_id"]) == (None, ANNA)


@pytest.mark.usefixtures("lines")
async def test_touches_join_the_lead_of_their_direction(pool: asyncpg.Pool) -> None:
    await tell(pool, MISSED, Heard(3), Heard(4, line=SERVICE), Heard(6, "out", answered=True, agents=("101",)))

    windows, doors = await leads(pool)
    assert (windows["direction"], doors["direction"]) == ("Windows", "Doors")
    assert await touches(pool) == [
        ("missed", "new", True),
        ("missed", "open_lead", True),
        ("missed", "new", True),
        ("call", "open_lead", True),
    ]
    assert windows["called_at"] == doors["called_at"] == Heard(6).at + timedelta(seconds=10)
    assert (windows["taken_by"], doors["taken_by"]) == (None, ANNA), "the newest is the one he called about"


@pytest.mark.usefixtures("lines")
async def test_a_closed_lead_is_left_alone(pool: asyncpg.Pool) -> None:
    await tell(pool, MISSED)
    await pool.execute("update leads set closed_at = now()")
    await tell(pool, Heard(30))

    assert len(await leads(pool)) == 2


async def test_an_open_deal_asks_for_no_lead(pool: asyncpg.Pool) -> None:
    known = await contact(pool, "client")
    await pool.execute("insert into deals (id, source, external_id, contact_id) values ($1, 'b24', '1', $1)", known)
    await tell(pool, MISSED, TALKED)

    assert await leads(pool) == []
    assert await touches(pool) == [("missed", "open_deal", False), ("call", "open_deal", False)]
    assert await pool.fetchval("select count(*) from touches where contact_id = $1", known) == 2


async def test_a_supplier_is_a_touch_and_a_colleague_is_none(pool: asyncpg.Pool) -> None:
    await contact(pool, "supplier")
    await pool.execute("insert into people (id, name, mobile) values ($1, 'Olga', $2)", ANNA, BORIS)
    await tell(pool, MISSED, Heard(1, client=BORIS), Heard(2, client=""), Heard(3, "out", client="+79160000009"))

    assert await leads(pool) == []
    assert await touches(pool) == [("missed", "no_buyer", False)]


@pytest.mark.parametrize(("opens", "opened"), [("all", 1), ("missed", 0), ("none", 0)])
async def test_what_opens_a_lead_is_a_rule(pool: asyncpg.Pool, opens: str, opened: int) -> None:
    """As a real PBX told of a talk, through the applier as the worker composes it."""
    await pool.execute("update lead_rules set opens = $1", opens)
    follow = partial(follow_calls, leads=KeptLeadRules(UTC))
    await apply(pool, CallApplier(follow), run(dialogue("simple_answered").frames))

    assert await pool.fetchval("select count(*) from calls where outcome = 'answered'") == 1
    assert len(await leads(pool)) == opened


async def test_working_time_is_that_of_missed_calls(pool: asyncpg.Pool) -> None:
    """In Moscow it is noon: ten minutes of work are left, the rest is of the morning."""
    await pool.execute("update missed_rules set hours = '{Mon-Fri 09:00-12:10}'")
    await pool.execute("update lead_rules set call_minutes = 30")
    async with pool.acquire() as connection:
        rules = await KeptLeadRules(ZoneInfo("Europe/Moscow"))(connection)
        since = NOON.replace(second=20)
        assert [at.strftime("%d %H:%M:%S") for at in await clocks_from(connection, since, rules)] == [
            "05 06:05:20",
            "05 06:20:20",
        ]


@pytest.mark.usefixtures("lines")
async def test_told_again_changes_nothing(pool: asyncpg.Pool) -> None:
    calls = (MISSED, TALKED, Heard(7, "out", answered=True))
    await tell(pool, *calls)
    before = await leads(pool), await pool.fetch("select * from touches order by id")
    await tell(pool, *calls)
    await tell(pool, *calls, news=News.CORRECTED, before=CLIENT)

    assert (await leads(pool), await pool.fetch("select * from touches order by id")) == before
    assert len(before[0]) == 1


@pytest.mark.usefixtures("lines")
async def test_a_corrected_call_corrects_its_touch(pool: asyncpg.Pool) -> None:
    await tell(pool, MISSED)
    await tell(pool, Heard(0, answered=True), news=News.CORRECTED, before=CLIENT)

    (lead,) = await leads(pool)
    assert lead["called_at"] == MISSED.at + timedelta(seconds=10)
    assert await touches(pool) == [("call", "new", True)]
    assert await pool.fetchval("select raw ->> 'outcome' from touches") == "answered"


@pytest.mark.usefixtures("lines")
async def test_our_call_that_was_answered_after_all(pool: asyncpg.Pool) -> None:
    await tell(pool, MISSED, Heard(3, "out", why="unheard"))
    await tell(pool, Heard(3, "out", answered=True), news=News.CORRECTED, before=CLIENT)

    (lead,) = await leads(pool)
    assert lead["called_at"] == Heard(3).at + timedelta(seconds=10)
    assert await touches(pool) == [("missed", "new", True), ("call", "open_lead", True)]


@pytest.mark.usefixtures("lines")
async def test_a_talk_counts_from_its_answer(pool: asyncpg.Pool) -> None:
    """Nobody is told that a client was not called while somebody talks with him; the touch comes when it is over."""
    await tell(pool, MISSED)
    going = Heard(40, "out", answered=True, ended=False, agents=("101",))
    await tell(pool, going, news=News.ANSWERED)

    (lead,) = await leads(pool)
    assert (lead["called_at"], lead["taken_by"]) == (going.at + timedelta(seconds=10), ANNA)
    assert len(await touches(pool)) == 1
    assert lead["responsible_id"] == ANNA
    await pool.execute("update calls set agents = '{101,102}' where id = $1", going.id)
    await tell(pool, replace(going, ended=True))
    assert await touches(pool) == [("missed", "new", True), ("call", "open_lead", True)]
    (lead,) = await leads(pool)
    assert (lead["taken_by"], lead["responsible_id"]) == (ANNA, VERA), "she passed the call on"


@pytest.mark.usefixtures("lines")
async def test_a_talk_that_goes_on_opens_nothing_yet(pool: asyncpg.Pool) -> None:
    await tell(pool, Heard(0, answered=True, ended=False), news=News.ANSWERED)

    assert (await leads(pool), await touches(pool)) == ([], [])


@pytest.mark.usefixtures("lines")
async def test_a_talk_about_another_brand_is_a_talk(pool: asyncpg.Pool) -> None:
    """Also where the rules open no lead for it."""
    await tell(pool, MISSED)
    await pool.execute("update lead_rules set opens = 'missed'")
    follow = partial(follow_calls, leads=KeptLeadRules(UTC))
    other = Heard(5, answered=True, line=SERVICE)
    async with pool.acquire() as connection, connection.transaction():
        await put(connection, other)
        await follow(connection, [news_of(other)])

    (lead,) = await leads(pool)
    assert lead["called_at"] == other.at + timedelta(seconds=10)
    assert len(await touches(pool)) == 1


@pytest.mark.usefixtures("lines")
async def test_a_call_that_was_taken_for_another_clients(pool: asyncpg.Pool) -> None:
    for _ in range(2):
        await tell(pool, MISSED)
        await tell(pool, Heard(0, client=BORIS), news=News.CORRECTED, before=CLIENT)

        (lead,) = await leads(pool)
        assert lead["phone"] == BORIS
        assert await touches(pool) == [("missed", "new", True)]
        await tell(pool, MISSED, news=News.CORRECTED, before=BORIS)
    assert [one["phone"] for one in await leads(pool)] == [CLIENT]


@pytest.mark.usefixtures("lines")
async def test_a_lead_somebody_worked_on_outlives_its_call(pool: asyncpg.Pool) -> None:
    await tell(pool, MISSED)
    await pool.execute("update lead_clocks set taken_at = now(), taken_by = $1", ANNA)
    await tell(pool, Heard(0, client=BORIS), news=News.CORRECTED, before=CLIENT)

    assert {one["phone"] for one in await leads(pool)} == {CLIENT, BORIS}


@pytest.mark.parametrize("order", ["dc", "cd", "cdcd"])
async def test_who_met_only_the_challenge_is_no_lead(pool: asyncpg.Pool, met: Dialogue, order: str) -> None:
    """His decisions may come before or after the end of his call."""
    applier, decider = CallApplier(), DecisionApplier()
    for who in order:
        if who == "c":
            await apply(pool, applier, run(alone(met)))
        else:
            async with pool.acquire() as connection, connection.transaction():
                await decider.apply(connection, decided(met, CHALLENGE))

    assert await pool.fetchval("select outcome from calls") == "screened"
    assert (await leads(pool), await touches(pool)) == ([], [])


async def test_two_nodes_at_once_open_one_lead(pool: asyncpg.Pool) -> None:
    """The second waits for the first's commit and sees its lead."""
    other = Heard(1)
    async with pool.acquire() as first, pool.acquire() as second:
        await ensure_partition(first, "calls", NOON.year, NOON.month)
        one, two = first.transaction(), second.transaction()
        await one.start()
        await two.start()
        await put(first, MISSED)
        await follow_calls(first, [news_of(MISSED)])
        await put(second, other)
        waiting = asyncio.create_task(follow_calls(second, [news_of(other)]))
        async with asyncio.timeout(10):
            while not await pool.fetchval("select exists (select from pg_locks where not granted)"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await one.commit()
        await waiting
        await two.commit()

    assert [rule for _kind, rule, _led in await touches(pool)] == ["new", "open_lead"]
    assert len(await leads(pool)) == 1


CALLS = st.lists(
    st.builds(
        Heard,
        minute=st.integers(0, 5),
        direction=st.sampled_from(["in", "in", "out"]),
        answered=st.booleans(),
        client=st.sampled_from([CLIENT, BORIS]),
        line=st.sampled_from([SALES, SERVICE]),
        agents=st.sampled_from([(), ("101",), ("101", "102")]),
        number=st.integers(1, 1 << 60),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda heard: heard.number,
)


@pytest.mark.usefixtures("lines")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CALLS, st.data())
async def test_whatever_two_nodes_tell_at_once(pool: asyncpg.Pool, calls: list[Heard], data: st.DataObject) -> None:
    """Never two open leads of a telephone × direction, each call one touch, whatever is told twice and in parallel."""
    await pool.execute("truncate leads, touches, calls, missed_clients cascade")
    again = data.draw(st.lists(st.sampled_from(calls), max_size=3, unique=True))
    first = Heard(9, client="+79160000009")
    await tell(pool, first)  # makes its month's partition
    await asyncio.gather(*(tell(pool, heard) for heard in [*calls, *again]))

    doubles = "select phone, direction from leads where closed_at is null group by 1, 2 having count(*) > 1"
    assert await pool.fetch(doubles) == []
    came = {heard.id for heard in calls if heard.direction == "in"}
    told = [
        row["call_id"]
        for row in await pool.fetch("select call_id from touches where raw ->> 'phone' <> $1", "+79160000009")
    ]
    assert came <= set(told) <= {heard.id for heard in calls}
    assert len(told) == len(set(told))
    assert (
        await pool.fetchval("select count(*) from leads where contact_id is null and raw ->> 'direction' = 'out'") == 0
    )
