"""A history that does not name its calls as webhooks do adds to the calls that are known, and makes none twice."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from tests.fakes.beeline import TRACKING, USERS, Half
from tests.pbx.hooks.test_histories import LATER, beeline
from tests.pbx.ten_calls import START
from trunkline.calls.applier import CallApplier
from trunkline.pbx.beeline.found import Line
from trunkline.pbx.beeline.history import _calls, _row
from trunkline.pbx.hooks.history import record_of
from trunkline.pbx.hooks.record import HookRecord, pack_hook
from trunkline.spool import Kind, Position, Record

SETTINGS = {"users": dict(USERS)}
RINGS = Half("101", 0, None, 20, "Temporarily Unavailable")
TALKS = Half("102", 20.1, 28, 88)


def heard(*halves: Half, most: int = 100) -> list[HookRecord]:
    sent = sorted((one for half in halves for one in half.events()), key=lambda one: one[0])[:most]
    return [
        HookRecord("cloud", "beeline", START + int(at * 1e6), kind, "POST", "", "", body, settings=SETTINGS)
        for at, body, kind in sent
    ]


def found(*lines: Any, at: int = LATER) -> list[HookRecord]:
    """As the history of these lines lies in the spool."""
    rows = [_row(call, []) for call in _calls([(Line(one), one) for one in lines])]
    return [record_of("cloud", "beeline", row, SETTINGS, at) for row in rows]


async def store(pool: asyncpg.Pool, records: Sequence[HookRecord], applier: CallApplier | None = None) -> None:
    spooled = [Record(Kind.HOOK, one.received / 1e6, pack_hook(one), Position(0, 0)) for one in records]
    async with pool.acquire() as connection, connection.transaction():
        assert not (await (applier or CallApplier()).apply(connection, spooled)).rejects


async def calls(pool: asyncpg.Pool) -> list[tuple[Any, ...]]:
    rows = await pool.fetch("select linkedid, outcome, answered_by, talk_ms / 1000 from calls order by started_at")
    return [tuple(row) for row in rows]


LINES = (beeline("101", 0), beeline("102", 60, at=20))


@pytest.mark.parametrize("together", [False, True], ids=["after them", "with them"])
async def test_a_call_its_events_told_is_told_once(pool: asyncpg.Pool, together: bool) -> None:
    told, rows = heard(RINGS, TALKS), found(*LINES)
    for batch in [[*rows, *told]] if together else [told, rows]:
        await store(pool, batch)
    steps = await pool.fetchval("select count(*) from steps")
    await store(pool, rows)

    assert await calls(pool) == [(TRACKING, "answered", "102", 60)]
    assert await pool.fetchval("select count(*) from steps") == steps
    assert await pool.fetchval("select count(*) from steps where source = 'ledger'") == 0


async def test_a_lost_end_is_added(pool: asyncpg.Pool) -> None:
    told = heard(RINGS, TALKS)
    await store(pool, told[:-1])
    assert await pool.fetchval("select ended_at from calls") is None
    await store(pool, found(*LINES))

    assert await calls(pool) == [(TRACKING, "answered", "102", 60)]
    assert await pool.fetchval("select ended_at from calls") is not None


async def test_a_telephone_of_a_call_that_goes_on_does_not_end_it(pool: asyncpg.Pool) -> None:
    told = heard(RINGS, TALKS)
    await store(pool, told[:-1])
    await store(pool, found(LINES[0]))
    assert await pool.fetchval("select ended_at from calls") is None
    await store(pool, told[-1:])

    assert await calls(pool) == [(TRACKING, "answered", "102", 60)]


async def test_a_call_nobody_told_of_is_one_whatever_it_is_named_later(pool: asyncpg.Pool) -> None:
    applier = CallApplier()
    await store(pool, found(LINES[0]), applier)
    ((made_up, *missed),) = await calls(pool)
    assert (made_up[0], missed) == ("~", ["missed", "", 0])
    await store(pool, found(*LINES), applier)
    await store(pool, found(*({**one, "externalTrackingId": TRACKING} for one in LINES)))

    assert await calls(pool) == [(made_up, "answered", "102", 60)]


async def test_other_calls_are_others(pool: asyncpg.Pool) -> None:
    """Another time, another client, the other way; and one that has a name is no other that events told."""
    await store(pool, heard(RINGS, TALKS))
    others = [
        beeline("101", 0, at=400),
        beeline("101", 0, at=30, phone_from="9160000009"),
        beeline("101", 0, at=31, direction="OUTBOUND", phone_to="9160000004", status="PLACED"),
        beeline("101", 0, at=32, externalTrackingId="another"),
    ]
    await store(pool, found(*others))

    assert len(await calls(pool)) == 5
    assert (await calls(pool))[0] == (TRACKING, "answered", "102", 60)


async def test_events_that_name_it_otherwise_are_found_again(pool: asyncpg.Pool) -> None:
    """A row whose name events have, too, is theirs whatever else went on then."""
    await store(pool, heard(TALKS, replace(RINGS, tracking="t-1")))
    await store(pool, found(*({**one, "externalTrackingId": "t-1"} for one in LINES)))

    assert [(name, outcome) for name, outcome, *_ in await calls(pool)] == [("t-1", "answered"), (TRACKING, "answered")]
