"""A notice the PBX cannot play rings once, and is over with the first call that heard it or with another notice."""

import time
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.calls.dialogues import PBX
from tests.calls.test_applier import Told, apply, run
from tests.calls.test_noticed import IN, LINE, frame
from trunkline.calls.announce import News
from trunkline.calls.applier import CallApplier
from trunkline.calls.follow import follow_calls
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.lines.notice_store import set_notice
from trunkline.outbox.wake import OUTBOX_WAKE
from trunkline.pbx.notice import Notice, long_key, unplayed_key
from trunkline.people.audit import Actor
from trunkline.people.pages.request import now

_KEY = unplayed_key(IN.notice.way, LINE, PBX)


async def _line(pool: Pool) -> UUID:
    """It plays IN, its third version."""
    line = uuid7(time.time())
    await pool.execute("insert into lines (id, number) values ($1, $2)", line, LINE)
    for sound in ("a", "b", IN.notice.sound):
        await _plays(pool, line, replace(IN.notice, sound=sound))
    return line


async def _plays(pool: Pool, line: UUID, notice: Notice) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await set_notice(connection, line, notice, Actor(None, "test", "test"), now())


def _call(serial: int, *states: str, ends: int = 2) -> list[bytes]:
    """The last of several states is told at the second `ends`, the one before at the first."""
    named = {"Uniqueid": f"1795320084.{serial}", "Linkedid": f"1795320084.{serial}"}
    return [
        frame("Newchannel", 0, CallerIDNum="+79161234567", Exten=LINE, Context="trunkline", **named),
        *(
            frame("UserEvent", at, UserEvent="TrunklineNotice", Notice=f"{state}:{IN.token}", **named)
            for at, state in zip((1, ends), states, strict=False)
        ),
        frame("Hangup", 9, Cause="16", **named),
    ]


async def _open(pool: Pool) -> list[dict[str, Any]]:
    return [dict(row) for row in await pool.fetch("select key, facts, count from alarms where cleared_at is null")]


async def test_it_rings_until_a_call_hears_it(pool: Pool) -> None:
    applier = CallApplier(follow_calls)
    await _line(pool)

    told = await apply(pool, applier, run(_call(1, "plays", "unplayed")))
    (alarm,) = await _open(pool)
    assert OUTBOX_WAKE in told.wakes
    assert (alarm["key"], alarm["facts"]["line"], alarm["facts"]["version"]) == (_KEY, LINE, 3)
    await apply(pool, applier, run(_call(2, "plays", "unplayed")))
    assert [one["count"] for one in await _open(pool)] == [2]
    await apply(pool, applier, run(_call(3, "plays")))  # hung up meanwhile: he may have heard its beginning only
    assert len(await _open(pool)) == 1
    await apply(pool, applier, run(_call(4, "plays", "played")))
    assert await _open(pool) == []


@pytest.mark.parametrize("sound", ["another", IN.notice.sound])
async def test_another_notice_ends_it_and_the_same_one_too(pool: Pool, sound: str) -> None:
    """Until the next call: who copied the file saves what there is."""
    line = await _line(pool)
    await apply(pool, CallApplier(follow_calls), run(_call(1, "plays", "unplayed")))
    assert len(await _open(pool)) == 1

    await _plays(pool, line, replace(IN.notice, sound=sound))

    assert await _open(pool) == []


@pytest.mark.parametrize("ends", [["unplayed"], ["played"]])
async def test_a_call_of_before_the_change_tells_nothing_of_it(pool: Pool, ends: list[str]) -> None:
    """It was under way when the notice was switched off, and no other call will hear it."""
    line, applier = await _line(pool), CallApplier(follow_calls)
    await apply(pool, applier, run(_call(1, "plays", "unplayed")))
    under_way = _call(2, "plays", *ends)
    await apply(pool, applier, run(under_way[:-1]))
    await _plays(pool, line, Notice(IN.notice.way))
    await apply(pool, applier, run(under_way))
    assert await _open(pool) == []


async def test_another_pbx_that_has_the_sound_clears_nothing(pool: Pool) -> None:
    line, applier = await _line(pool), CallApplier(follow_calls)
    await apply(pool, applier, run(_call(1, "plays", "unplayed")))
    await apply(pool, applier, run(_call(2, "plays", "played"), pbx="branch"))
    assert [one["key"] for one in await _open(pool)] == [_KEY]

    await apply(pool, applier, run(_call(3, "plays", "unplayed"), pbx="branch"))
    assert len(await _open(pool)) == 2
    await _plays(pool, line, Notice(IN.notice.way))
    assert await _open(pool) == []


async def test_one_that_takes_too_long_rings_until_it_is_saved_anew(pool: Pool) -> None:
    line, applier = await _line(pool), CallApplier(follow_calls)
    await apply(pool, applier, run(_call(1, "plays", "played", ends=5)))  # of three seconds, and one for the digit
    assert await _open(pool) == []

    await apply(pool, applier, run(_call(2, "plays", "played", ends=7)))
    await apply(pool, applier, run(_call(3, "plays", "played", ends=4)))
    (alarm,) = await _open(pool)
    assert (alarm["key"], alarm["facts"]["took"]) == (long_key(IN.notice.way, LINE, PBX), 6)

    await _plays(pool, line, IN.notice)
    assert await _open(pool) == []


async def test_nothing_of_such_a_call_is_kept_as_sound(pool: Pool) -> None:
    told = Told()

    await apply(pool, CallApplier(told), run(_call(1, "plays", "unplayed")))

    assert [one.refused for one in told.news if one.news is News.ENDED] == [True]
    (row,) = await pool.fetch("select notice_state, story -> 'notice' as notice from calls")
    assert (row["notice_state"], row["notice"]["since"]) == ("unplayed", None)
