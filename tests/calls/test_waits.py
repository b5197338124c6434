"""Who waits in which queue in each recorded dialogue: frame by frame through the applier."""

from typing import Any

import pytest

from tests.calls.dialogues import NAMES, PBX, dialogue
from tests.calls.test_applier import Told, apply, link, run
from trunkline.calls.applier import CallApplier
from trunkline.calls.waits import sweep_waits
from trunkline.db.types import Pool
from trunkline.pbx.ports import Gap, OpenLeg, Resynced

CLIENT = "+79161234567"
WAITING = "select count(*) from queue_waits where until is null"

ENDS: dict[str, list[tuple[str, str]]] = {
    "local_legs": [("sales", "answered")],
    "queue_abandoned": [("sales", "abandoned")],
    "queue_answered": [("sales", "answered")],
    "queue_ring_no_answer_then_second_agent": [("sales", "answered")],
    "queue_timeout_overflow": [("sales", "left")],
}


async def rows(pool: Pool) -> list[dict[str, Any]]:
    return [dict(row) for row in await pool.fetch("select * from queue_waits order by since, place")]


async def replay(pool: Pool, name: str, *, remembered: int = 5_000) -> list[str]:
    """How many wait and what the last visit came to, whenever that changes, a frame a transaction."""
    applier = CallApplier(Told(), remembered=remembered)
    told: list[str] = []
    for frame in dialogue(name).frames:
        await apply(pool, applier, run([frame]))
        last = await pool.fetchval("select coalesce(ended, 'waits') from queue_waits order by since desc limit 1")
        if last is not None and told[-1:] != [last]:
            told.append(last)
    return told


@pytest.mark.parametrize("name", NAMES)
async def test_what_each_wait_comes_to(pool: Pool, name: str) -> None:
    await apply(pool, CallApplier(Told()), run(dialogue(name).frames))
    assert [(row["queue"], row["ended"]) for row in await rows(pool)] == ENDS.get(name, [])


@pytest.mark.parametrize("remembered", [0, 5_000])
async def test_a_wait_begins_and_ends_with_its_frames(pool: Pool, remembered: int) -> None:
    assert await replay(pool, "queue_abandoned", remembered=remembered) == ["waits", "abandoned"]
    await pool.execute("truncate calls, steps, queue_waits")
    told = await replay(pool, "queue_answered", remembered=remembered)
    assert (told[0], told[-1]) == ("waits", "answered")
    (row,) = await rows(pool)
    assert (row["pbx"], row["caller"], row["place"]) == (PBX, CLIENT, 0)
    assert row["until"] > row["since"]


async def test_the_line_the_call_came_by(pool: Pool) -> None:
    line = await pool.fetchval("insert into lines (id, number) values (gen_random_uuid(), '+74951234567') returning id")
    await apply(pool, CallApplier(Told()), run(dialogue("queue_answered").frames))
    assert [row["line_id"] for row in await rows(pool)] == [line]


async def test_what_is_told_again_changes_nothing(pool: Pool) -> None:
    frames = dialogue("queue_answered").frames
    await apply(pool, CallApplier(Told()), run(frames))
    versions = await pool.fetch("select xmin::text from queue_waits")
    await apply(pool, CallApplier(Told()), run(frames))
    assert await pool.fetch("select xmin::text from queue_waits") == versions


async def test_a_rolled_back_wait_is_stored_with_what_is_committed(pool: Pool) -> None:
    applier, frames = CallApplier(Told()), _until_joined("queue_answered")
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await applier.apply(connection, [run(frames)])
        await transaction.rollback()
    applier.forget()
    assert await pool.fetchval(WAITING) == 0
    await apply(pool, applier, run(frames))
    assert await pool.fetchval(WAITING) == 1


@pytest.mark.parametrize("remembering", [True, False])
async def test_who_is_gone_after_a_gap_waits_no_more(pool: Pool, remembering: bool) -> None:
    applier, live = CallApplier(Told()), dialogue("queue_answered").live
    await apply(pool, applier, run(_until_joined("queue_answered")))
    since, until = live[-1].at / 1e6 - 2, live[-1].at / 1e6 + 5
    gap = Gap(pbx=PBX, node="n", at=until, since=since, until=until, cause="cut", rows=None)
    other = OpenLeg("PJSIP/107-00000001", "1.1", "1.1")
    resync = Resynced(pbx=PBX, node="n", at=until, stamp=until, legs=(other,))
    await apply(pool, applier if remembering else CallApplier(Told()), link(gap), link(resync))
    assert [row["ended"] for row in await rows(pool)] == ["left"]


async def test_waits_of_other_days_and_of_no_pbx_are_swept(pool: Pool) -> None:
    await pool.execute("insert into pbxs (id, name, kind) values ('main', 'Main', 'asterisk')")
    made = (
        "insert into queue_waits select gen_random_uuid(), 0, $1, 'sales', null, '', '', now() - $2::text::interval, "
        "case when $3::text is null then null else now() end, $3"
    )
    for row in (("main", "1 hour", None), ("main", "25 hours", None), ("main", "25 hours", "left")):
        await pool.execute(made, *row)
    for row in (("main", "49 hours", "left"), ("gone", "1 hour", None)):
        await pool.execute(made, *row)
    await sweep_waits(pool)
    assert [row["ended"] for row in await rows(pool)] == ["left", None]


def _until_joined(name: str) -> list[bytes]:
    frames = dialogue(name).frames
    return frames[: next(place for place, frame in enumerate(frames) if b"Event: QueueCallerJoin" in frame) + 1]
