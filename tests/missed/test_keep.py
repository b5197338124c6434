"""The list in the database: kept with the story's rows, the same whatever is told first, twice, late or by two."""

import asyncio
import random
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.calls.dialogues import NAMES, Dialogue, dialogue
from tests.calls.test_applier import apply, run
from tests.missed.told import CLIENT, Heard, news_of, put, tell
from tests.reports.calls import BORIS, NOON, SERVICE
from tests.spam.test_told_by_calls import CHALLENGE, alone, decided, met
from trunkline.calls.announce import News
from trunkline.calls.applier import CallApplier
from trunkline.calls.decisions import DecisionApplier
from trunkline.calls.follow import follow_calls
from trunkline.db.partitions import ensure_partition
from trunkline.missed.keep import SQL
from trunkline.missed.promise import Rules, week_of

__all__ = ["met"]

MISSED, AGAIN = Heard(0), Heard(5, why="abandoned_in_queue", line=SERVICE, queues=("sales",))
TRIED, REACHED = Heard(10, "out", why="busy"), Heard(20, "out", answered=True)
LATER = Heard(30)


async def entries(pool: asyncpg.Pool, number: str = CLIENT) -> list[dict[str, Any]]:
    """But for when we learnt of them, which no order of what is told changes."""
    rows = await pool.fetch("select * from missed_clients where number = $1 order by first_missed_at", number)
    return [{name: value for name, value in row.items() if name != "learnt_at"} for row in rows]


async def until_one_waits(pool: asyncpg.Pool) -> None:
    async with asyncio.timeout(10):
        while not await pool.fetchval("select exists (select from pg_locks where not granted)"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_call_nobody_answered_waits_for_us(pool: asyncpg.Pool) -> None:
    """As a real PBX told it, through the applier as it is shipped."""
    await apply(pool, CallApplier(), run(dialogue("simple_no_answer").frames))

    (call,) = await pool.fetch("select * from calls where outcome = 'missed'")
    (row,) = await pool.fetch("select * from missed_clients")
    assert (row["id"], row["number"], row["dialled"]) == (call["id"], call["client"], call["dialled"])
    assert row["closed_at"] is None
    assert row["promised_at"] - call["ended_at"] == timedelta(minutes=30)


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
async def test_a_clients_day_at_a_real_pbx(pool: asyncpg.Pool, seed: int | None) -> None:
    """Every recording is of one client: what a real Asterisk told of his calls, in their order and in any other."""
    names = [name for name in NAMES if name != "ami_resync"]
    if seed is not None:
        random.Random(seed).shuffle(names)
    applier = CallApplier()
    for name in names:
        await apply(pool, applier if seed else CallApplier(), run(dialogue(name).frames))

    rows = await pool.fetch("select * from missed_clients order by first_missed_at")
    told = [(row["number"], row["times"], row["missed_why"], row["closed_how"]) for row in rows]
    assert told == [
        (CLIENT, 2, "busy", "got_through"),  # no answer, then busy, then his call was taken
        (CLIENT, 1, "unavailable", "got_through"),
    ]
    taken = await pool.fetchval("select answered_at from calls where id = $1", rows[0]["closed_call_id"])
    assert rows[0]["closed_at"] == taken


async def test_an_answered_call_leaves_nothing(pool: asyncpg.Pool) -> None:
    await apply(pool, CallApplier(), run(dialogue("simple_answered").frames))

    assert await pool.fetchval("select count(*) from missed_clients") == 0


async def test_an_entry_says_what_was_tried(pool: asyncpg.Pool) -> None:
    await tell(pool, MISSED, AGAIN, TRIED)

    (row,) = await entries(pool)
    assert (row["times"], row["attempts"], row["last_attempt_why"]) == (2, 1, "busy")
    assert (row["last_call_id"], row["queue"], row["missed_why"]) == (AGAIN.id, "sales", "abandoned_in_queue")
    assert (row["called_back_at"], row["closed_at"]) == (TRIED.at, None)


async def test_any_order_and_any_repeats_give_the_same_rows(pool: asyncpg.Pool) -> None:
    calls = (MISSED, AGAIN, TRIED, REACHED, LATER)
    await tell(pool, *calls)
    expected = await entries(pool)
    assert [(row["times"], row["attempts"], row["closed_how"]) for row in expected] == [
        (2, 1, "reached"),
        (1, 0, None),
    ]

    for order in [*permutations(calls)][::7]:
        await pool.execute("truncate missed_clients; truncate calls")
        for place, heard in enumerate(order):
            await tell(pool, heard)
            await tell(pool, *order[: place + 1 : 2])
        assert await entries(pool) == expected, [heard.minute for heard in order]


async def test_an_older_answered_call_is_told_late(pool: asyncpg.Pool) -> None:
    await tell(pool, MISSED)
    await tell(pool, LATER)
    assert [row["times"] for row in await entries(pool)] == [2]

    await tell(pool, Heard(3, answered=True))

    done, waiting = await entries(pool)
    assert (done["closed_how"], done["times"]) == ("got_through", 1)
    assert (waiting["id"], waiting["closed_at"]) == (LATER.id, None)


async def test_an_entry_leaves_at_the_answer_before_the_talk_is_over(pool: asyncpg.Pool) -> None:
    await tell(pool, MISSED)
    await tell(pool, Heard(4, answered=True, ended=False), news=News.ANSWERED)

    (row,) = await entries(pool)
    assert row["closed_how"] == "got_through"


async def test_a_gap_that_is_filled_takes_the_entry_out(pool: asyncpg.Pool) -> None:
    await tell(pool, Heard(0, why="unheard"))
    assert len(await entries(pool)) == 1

    await tell(pool, Heard(0, answered=True), news=News.CORRECTED, before=CLIENT)

    assert await entries(pool) == []


async def test_a_call_that_was_taken_for_another_clients(pool: asyncpg.Pool) -> None:
    await tell(pool, MISSED)
    await tell(pool, Heard(0, client=BORIS), news=News.CORRECTED, before=CLIENT)

    assert await entries(pool) == []
    assert len(await entries(pool, BORIS)) == 1


@pytest.mark.parametrize(
    "heard",
    [
        Heard(0, client=""),
        Heard(0, outcome="screened"),
        Heard(0, outcome="merged"),
        Heard(0, "internal", client=""),
        Heard(0, why="abandoned", wait=4.9),
        Heard(0, "out"),
        Heard(0, outcome="ringing", ended=False),
    ],
)
async def test_who_is_not_missed(pool: asyncpg.Pool, heard: Heard) -> None:
    await tell(pool, heard)

    assert await pool.fetchval("select count(*) from missed_clients") == 0


@pytest.mark.parametrize("order", ["dc", "cd", "cdcd"])
async def test_who_met_only_the_challenge_is_not_called_back(pool: asyncpg.Pool, met: Dialogue, order: str) -> None:
    """His decisions may come before or after the end of his call."""
    applier, decider = CallApplier(), DecisionApplier()
    for who in order:
        if who == "c":
            await apply(pool, applier, run(alone(met)))
        else:
            async with pool.acquire() as connection, connection.transaction():
                await decider.apply(connection, decided(met, CHALLENGE))

    assert await pool.fetchval("select outcome from calls") == "screened"
    assert await pool.fetchval("select count(*) from missed_clients") == 0


async def test_what_counts_as_short_is_a_setting(pool: asyncpg.Pool) -> None:
    await tell(pool, Heard(0, why="abandoned", wait=4.9), rules=Rules(short_seconds=3))
    await tell(pool, Heard(5, why="abandoned", wait=9, client=BORIS), rules=Rules(short_seconds=10))

    assert len(await entries(pool)) == 1
    assert await entries(pool, BORIS) == []


async def test_a_colleagues_mobile_is_no_client(pool: asyncpg.Pool) -> None:
    await pool.execute("insert into people (id, name, mobile) values ($1, 'Olga', $2)", UUID(int=1), CLIENT)
    await tell(pool, MISSED)

    assert await entries(pool) == []


async def test_our_own_desk_that_does_not_answer_is_no_attempt(pool: asyncpg.Pool) -> None:
    await tell(pool, MISSED, Heard(2, "out", why="desk_silent"))

    assert (await entries(pool))[0]["attempts"] == 0


async def test_what_was_promised_stands(pool: asyncpg.Pool) -> None:
    office = Rules(30, week=week_of(["Mon-Fri 09:00-12:10"]), zone=ZoneInfo("Europe/Moscow"))
    await tell(pool, MISSED, rules=office)
    promised = (await entries(pool))[0]["promised_at"]
    assert promised.astimezone(office.zone).strftime("%d %H:%M:%S") == "05 09:20:20"  # 9 min 40 s of Wednesday

    await tell(pool, AGAIN, rules=Rules(5))

    assert (await entries(pool))[0]["promised_at"] == promised


async def test_the_company_calendar_moves_the_promise(pool: asyncpg.Pool) -> None:
    office = Rules(30, week=week_of(["Mon-Fri 09:00-18:00"]), zone=ZoneInfo("Europe/Moscow"))
    await pool.execute(
        "insert into calendar_overrides (id, branch, first, last, kind, reason, author, created_at)"
        " values ($1, '', $2, $2, 'closed', 'stocktaking', 'Anna', now())",
        UUID(int=1),
        NOON.date(),
    )
    await tell(pool, MISSED, rules=office)

    promised = (await entries(pool))[0]["promised_at"]
    assert promised.astimezone(office.zone).strftime("%d %H:%M") == "05 09:30"


async def test_two_nodes_at_once_leave_one_entry(pool: asyncpg.Pool) -> None:
    """The second waits for the first's commit and sees its call."""
    async with pool.acquire() as connection:
        await ensure_partition(connection, "calls", NOON.year, NOON.month)
    async with pool.acquire() as first, pool.acquire() as second:
        one, other = first.transaction(), second.transaction()
        await one.start()
        await other.start()
        await put(first, MISSED)
        await follow_calls(first, [news_of(MISSED)])
        await put(second, REACHED)
        waiting = asyncio.create_task(follow_calls(second, [news_of(REACHED)]))
        await until_one_waits(pool)
        await one.commit()
        await waiting
        await other.commit()

    (row,) = await entries(pool)
    assert (row["id"], row["closed_how"]) == (MISSED.id, "reached")


async def test_an_open_entry_is_one_a_number(pool: asyncpg.Pool) -> None:
    await tell(pool, MISSED)

    with pytest.raises(asyncpg.UniqueViolationError):
        await pool.execute(
            "insert into missed_clients select (m).* from (select jsonb_populate_record(m, $1::text::jsonb) as m"
            " from missed_clients as m) as again",
            '{"id": "00000000-0000-0000-0000-000000000001"}',
        )


async def test_the_clients_calls_are_found_by_their_index(pool: asyncpg.Pool) -> None:
    await tell(pool, *(Heard(minute, client=f"+7916{minute:07}") for minute in range(200)))
    await pool.execute("analyze calls")
    async with pool.acquire() as connection, connection.transaction():
        plan = await connection.fetch("explain " + SQL["calls_with"], [CLIENT], [MISSED.id], 5000, [NOON])

    text = "\n".join(row[0] for row in plan)
    assert "client" in text
    assert "Seq Scan on calls" not in text, text
