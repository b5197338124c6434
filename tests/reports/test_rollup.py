"""The roll-up tells what the calls tell: before it is made, after it, and after what it counted has changed."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.reports.calls import ANNA, NOBODY, NOON, SALES, SERVICE, add_call, add_choice, add_line, caller, outside
from trunkline.calls.listing import parse_listing
from trunkline.calls.missed import GAVE_UP
from trunkline.calls.reading import list_calls
from trunkline.calls.screening import screen_late
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.ids import lowest_id
from trunkline.missed.promise import MissedRules
from trunkline.missed.rules import save_rules
from trunkline.people.audit import Actor
from trunkline.people.identity import Reach
from trunkline.reports.days import Days, latest
from trunkline.reports.missed import Count, MissedShare
from trunkline.reports.quality import SHORT_TALK_SECONDS, LineQuality
from trunkline.reports.rollup import is_rolled, roll_up
from trunkline.reports.store import line_quality, missed_share

EVERYTHING = Reach(NOBODY, None, None)
ZONE = ZoneInfo("Europe/Moscow")
DAYS = Days(date(2026, 3, 2), date(2026, 3, 6), ZONE)
SINCE, UNTIL = DAYS.since, DAYS.until

Row = asyncpg.Record


async def told(pool: Pool) -> tuple[MissedShare, list[LineQuality]]:
    async with pool.acquire() as connection:
        return (
            await missed_share(connection, DAYS, EVERYTHING),
            await line_quality(connection, DAYS, EVERYTHING),
        )


SHORT_SECONDS = MissedRules().short_seconds


def kind(row: Row) -> str:
    gave_up = row["outcome"] == "missed" and row["wait_ms"] < SHORT_SECONDS * 1000 and row["missed_why"] in GAVE_UP
    return "short" if gave_up else row["outcome"]


def count(key: str, rows: Iterable[Row]) -> Count:
    rows = list(rows)
    kinds = Counter(kind(row) for row in rows)
    counted = [row for row in rows if kind(row) in ("answered", "missed") and row["client"]]
    return Count(
        key,
        kinds["answered"],
        kinds["missed"],
        kinds["short"],
        kinds["screened"],
        len({row["client"] for row in counted}),
        len({row["client"] for row in counted if kind(row) == "answered"}),
    )


def by(rows: list[Row], keys: Callable[[Row], Iterable[str]]) -> tuple[Count, ...]:
    found = {key for row in rows for key in keys(row)}
    counts = [count(key, (row for row in rows if key in keys(row))) for key in found]
    return tuple(sorted(counts, key=lambda one: (-one.missed, one.key)))


async def expected_share(pool: Pool) -> MissedShare:
    """The report as one would count it by hand."""
    rows = [
        row
        for row in await pool.fetch("select * from calls where started_at >= $1 and started_at < $2", SINCE, UNTIL)
        if row["direction"] == "in" and row["outcome"] in ("answered", "missed", "screened")
    ]
    hours = by(rows, lambda row: [f"{row['started_at'].astimezone(ZONE):%H}"])
    reasons = Counter(row["missed_why"] for row in rows if kind(row) == "missed" and row["missed_why"])
    return MissedShare(
        count("", rows),
        by(rows, lambda row: [row["dialled"]]),
        by(rows, lambda row: row["queues"]),
        tuple(sorted(hours, key=lambda one: one.key)),
        tuple(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
    )


async def expected_quality(pool: Pool) -> dict[tuple[str, str], tuple[Any, ...]]:
    """By direction and line: calls, answered, short, causes, delays."""
    choices = await pool.fetch("select call_id, caller_id from outgoing_choices")
    shown: dict[UUID, str] = {row["call_id"]: row["caller_id"] for row in choices}
    found: dict[tuple[str, str], list[tuple[bool, float, str, float | None]]] = {}
    for row in await pool.fetch("select * from calls where started_at >= $1 and started_at < $2", SINCE, UNTIL):
        legs = row["story"]["legs"]
        if row["direction"] == "in" and kind(row) in ("answered", "missed"):
            one = (row["outcome"] == "answered", row["talk_ms"] / 1000, str(legs[0]["cause"]) if legs else "0", None)
            found.setdefault(("in", row["dialled"]), []).append(one)
        for leg in legs if row["direction"] == "out" else ():
            tried = (leg["answered_at"] is not None, leg["talk_seconds"], str(leg["cause"]), leg["post_dial_seconds"])
            found.setdefault(("out", shown.get(row["id"], "")), []).append(tried)
    return {
        key: (
            len(tries),
            sum(answered for answered, *_ in tries),
            sum(answered and talk < SHORT_TALK_SECONDS for answered, talk, *_ in tries),
            dict(Counter(cause for answered, _, cause, _ in tries if not answered)),
            dict(Counter(round(delay * 10) for *_, delay in tries if delay is not None)),
        )
        for key, tries in found.items()
    }


async def check(pool: Pool) -> None:
    share, quality = await told(pool)
    assert share == await expected_share(pool)
    got = {
        (one.direction, one.line): (one.calls, one.answered, one.short, dict(one.causes), dict(one.delays))
        for one in quality
    }
    assert got == await expected_quality(pool)


async def some_call(pool: Pool, chance: random.Random) -> None:
    at = NOON + timedelta(seconds=chance.randrange(-3 * 86_400, 2 * 86_400))
    client = chance.choice(["", *(f"+7916000000{number}" for number in range(5))])
    outcome = chance.choice(["answered", "answered", "missed", "missed", "screened", "merged"])
    talk = chance.uniform(1, 30) if outcome == "answered" else 0.0
    cause = chance.choice([16, 17, 21, 34, 38])
    if chance.random() < 0.4:
        delay = chance.choice([None, 0.4, 2.0, 7.3])
        leg = outside(cause=cause, delay=delay, talk=talk, answered=outcome == "answered")
        outcome = "missed" if outcome in ("screened", "merged") else outcome
        call_id = await add_call(pool, client, outcome, at=at, talk=talk, direction="out", legs=[leg])
        if chance.random() < 0.7:
            await add_choice(pool, call_id, chance.choice([SALES, SERVICE]))
        return
    why = chance.choice(["no_answer", "busy", "abandoned", "abandoned_in_queue"]) if outcome == "missed" else None
    queues = tuple(chance.sample(["sales", "service", "night"], chance.randrange(3)))
    await add_call(
        pool, client, outcome, line=chance.choice([SALES, SERVICE]), at=at, wait=chance.uniform(0, 12), talk=talk,
        why=why, queues=queues, legs=[caller(cause=cause)],
    )  # fmt: skip


async def changed_late(pool: Pool, chance: random.Random) -> None:
    """A late transfer, a call that came again to a queue, one kept out, one that began elsewhere, one gone, one new."""
    ids = [row["id"] for row in await pool.fetch("select id from calls order by id")]
    changes = (
        "update calls set outcome = 'answered', missed_why = null, talk_ms = 42000 where id = $1",
        "update calls set queues = queues || '{late}' where id = $1",
        "update calls set outcome = 'screened', missed_why = null where id = $1 and direction = 'in'",
        "update calls set started_at = started_at + interval '5 s' where id = $1",
        "update calls set client = '+79169999999' where id = $1",
        "delete from calls where id = $1",
    )
    for statement, call_id in zip(changes, chance.sample(ids, len(changes)), strict=True):
        await pool.execute(statement, call_id)
    await some_call(pool, chance)


@pytest.mark.parametrize("seed", range(3))
async def test_it_tells_what_the_calls_tell(pool: Pool, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        await some_call(pool, chance)
    await check(pool)

    assert await roll_up(pool, ZONE.key) > 5
    assert await pool.fetchval("select count(*) from report_changes") == 0
    await check(pool)

    await changed_late(pool, chance)
    assert 0 < await pool.fetchval("select count(distinct hour) from report_changes") < 20
    assert await pool.fetchval("select count(distinct day) from report_missed") > 3
    await check(pool)

    assert await roll_up(pool, ZONE.key) > 0
    await check(pool)
    assert await roll_up(pool, ZONE.key) == 0


async def test_a_decision_that_comes_late_is_counted(pool: Pool) -> None:
    call_id = await add_call(pool, ANNA, "missed", why="not_routed")
    await roll_up(pool, ZONE.key)
    async with pool.acquire() as connection, connection.transaction():
        await ensure_partition(connection, "decisions", NOON.year, NOON.month)
        await connection.execute(
            "insert into decisions (call_id, turn, at, pbx, linkedid, caller, line, action, target, targets,"
            " ring_seconds, wait_seconds, priority, caller_name, sound, next, rule, degraded, status, queue, digits,"
            " plan, micros, trace) values ($1, 1, $2, 'office', '', '', '', 'reject', '', '{}', 0, 0, 0, '', '', 'end',"
            " 'spam', '{}', '', '', '', 0, 0, '[]')",
            call_id,
            NOON,
        )
        await screen_late(connection, [call_id])

    share, _ = await told(pool)

    assert (share.total.missed, share.total.screened) == (0, 1)


async def test_a_choice_that_comes_late_gives_the_call_its_line(pool: Pool) -> None:
    call_id = await add_call(pool, ANNA, "missed", direction="out", legs=[outside(cause=38)])
    await roll_up(pool, ZONE.key)
    await add_choice(pool, call_id, SALES)

    _, (line,) = await told(pool)
    assert (line.line, line.failed) == (SALES, 1)
    await roll_up(pool, ZONE.key)
    _, (line,) = await told(pool)
    assert (line.line, line.failed) == (SALES, 1)


async def test_what_is_not_committed_yet_is_counted_later(pool: Pool) -> None:
    """A transaction that began before the roll-up and ends after it leaves its note behind."""
    await add_call(pool, ANNA, "missed", why="busy")
    await roll_up(pool, ZONE.key)
    async with pool.acquire() as connection:
        slow = connection.transaction()
        await slow.start()
        await connection.execute("update calls set outcome = 'answered', missed_why = null")
        await add_call(pool, ANNA, "missed", why="busy", at=NOON + timedelta(minutes=1))
        assert await roll_up(pool, ZONE.key) == 0, "the later one is left to be read from the calls as well"
        assert (await told(pool))[0].total.missed == 2
        await slow.commit()

    assert (await told(pool))[0].total.missed == 1
    assert await roll_up(pool, ZONE.key) == 1
    assert (await told(pool))[0] == await expected_share(pool)


async def test_it_ends_while_calls_go_on_coming(pool: Pool) -> None:
    await add_call(pool, ANNA, "answered", talk=1)

    async def talking() -> None:
        while True:
            await pool.execute("update calls set talk_ms = talk_ms + 1")

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        more = group.create_task(talking())
        for _ in range(3):
            assert await roll_up(pool, ZONE.key) <= 1
        more.cancel()


async def test_the_operator_is_the_one_of_the_day(pool: Pool) -> None:
    """A line that moved is told twice, also when its move is entered afterwards; without a history, by its trunk."""
    line_id = await add_line(pool, SALES, "Beeline")
    await pool.execute("insert into pbxs (id, name, kind) values ('office', 'Office', 'asterisk')")
    await pool.execute(
        "insert into trunks (id, pbx_id, name, operator) values ($1, 'office', 'mango', 'Mango')", NOBODY
    )
    for days in (2, 1, 0):
        await add_call(pool, ANNA, "answered", at=NOON - timedelta(days=days), legs=[caller()])
    await add_call(pool, ANNA, "answered", line=SERVICE, legs=[caller()])
    await roll_up(pool, ZONE.key)
    assert await operators(pool) == {(SALES, "Beeline"): 3, (SERVICE, "Mango"): 1}

    moved: list[tuple[str, date, date | None]] = [
        ("MTS", date(2026, 1, 1), date(2026, 3, 4)),
        ("Megafon", date(2026, 3, 4), None),
    ]
    for operator, since, until in moved:
        await pool.execute(
            "insert into line_operators (line_id, operator, since, until) values ($1, $2, $3, $4)",
            line_id, operator, since, until,
        )  # fmt: skip
    assert await operators(pool) == {(SALES, "MTS"): 2, (SALES, "Megafon"): 1, (SERVICE, "Mango"): 1}


async def operators(pool: Pool) -> dict[tuple[str, str], int]:
    _, quality = await told(pool)
    return {(one.line, one.operator): one.calls for one in quality}


async def test_history_is_rolled_up_by_the_first_run(pool: Pool) -> None:
    """After an upgrade there are calls and no notes: they are read as they are, and then counted."""
    await add_call(pool, ANNA, "missed", why="busy")
    await pool.execute("truncate report_changes")
    assert (await told(pool))[0].total.missed == 1

    assert await roll_up(pool, ZONE.key) > 0
    assert await pool.fetchval("select missed from report_missed where by = ''") == 1
    assert (await told(pool))[0].total.missed == 1


async def test_another_zone_is_rolled_up_anew(pool: Pool) -> None:
    """Half an hour off, and with a day that begins within an hour of UTC."""
    await add_call(pool, ANNA, "missed", why="busy", at=NOON.replace(hour=18, minute=29))
    await add_call(pool, ANNA, "missed", why="busy", at=NOON.replace(hour=18, minute=31))
    await roll_up(pool, ZONE.key)

    assert await roll_up(pool, "Asia/Kolkata") > 0
    async with pool.acquire() as connection:
        day = latest(1, NOON, ZoneInfo("Asia/Kolkata"))
        assert (await missed_share(connection, day, EVERYTHING)).total.missed == 1
        assert (await missed_share(connection, Days(day.after, day.after, day.zone), EVERYTHING)).total.missed == 0
    days = await pool.fetch("select day, missed from report_missed where by = '' order by day")
    assert [tuple(row) for row in days] == [(date(2026, 3, 4), 1), (date(2026, 3, 5), 1)]
    assert (await told(pool))[0].total.missed == 2, "another zone is read from the calls"


async def test_a_restored_database_is_rolled_up_too(pool: Pool) -> None:
    await roll_up(pool, ZONE.key)
    await add_call(pool, ANNA, "missed", why="busy")
    await pool.execute("update report_changes set xid = '999999999999'")

    assert await roll_up(pool, ZONE.key) == 1


async def test_a_narrow_reach_is_read_from_the_calls(pool: Pool) -> None:
    """The roll-up holds everybody's; of one line only its own calls are told, from both reports."""
    line_id = await add_line(pool, SALES)
    await add_call(pool, ANNA, "answered", legs=[caller()])
    await add_call(pool, ANNA, "answered", line=SERVICE, legs=[caller()])
    await roll_up(pool, ZONE.key)
    reach = Reach(NOBODY, None, [line_id])
    async with pool.acquire() as connection:
        assert not await is_rolled(connection, ZONE.key, reach)
        assert await is_rolled(connection, ZONE.key, EVERYTHING)
        assert (await missed_share(connection, DAYS, reach)).total.answered == 1
        assert [one.line for one in await line_quality(connection, DAYS, reach)] == [SALES]


async def test_ids_are_bounded_as_elsewhere(pool: Pool) -> None:
    assert await pool.fetchval("select report_lowest_id($1)", NOON) == lowest_id(NOON)


async def test_another_rule_of_who_was_missed_holds_at_once(pool: Pool) -> None:
    """Whoever waited ten seconds was missed; by the new rule he gave up too soon for that, today as in the roll-up."""
    call = await add_call(pool, "+79160000001", "missed")
    await pool.execute("update calls set wait_ms = 10000, missed_why = 'abandoned' where id = $1", call)
    await roll_up(pool, ZONE.key)
    assert [(one.missed, one.short) for one in [(await told(pool))[0].total]] == [(1, 0)]

    async with pool.acquire() as connection, connection.transaction():
        await save_rules(connection, MissedRules(short_seconds=30), Actor(None, "test", "test"), NOON)
    for _rolled in range(2):
        share, quality = await told(pool)
        assert (share.total.missed, share.total.short, quality) == (0, 1, [])
        await roll_up(pool, ZONE.key)

    async with pool.acquire() as connection, connection.transaction():
        await save_rules(connection, MissedRules(short_seconds=30, promise_minutes=5), Actor(None, "t", "t"), NOON)
        assert await connection.fetchval("select zone from report_zone") == ZONE.key, "nothing to count anew"


async def test_the_filter_of_calls_goes_by_the_rule(pool: Pool) -> None:
    call = await add_call(pool, "+79160000001", "missed")
    await pool.execute("update calls set wait_ms = 10000, missed_why = 'abandoned' where id = $1", call)
    listing = parse_listing({"short": "yes", "since": SINCE.isoformat()})
    async with pool.acquire() as connection:
        assert (await list_calls(connection, listing, EVERYTHING)).items == []
        await connection.execute("update missed_rules set short_seconds = 30")
        assert [one.id for one in (await list_calls(connection, listing, EVERYTHING)).items] == [call]
