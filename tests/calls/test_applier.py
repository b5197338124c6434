"""Spooled records become steps, calls and announcements in one transaction, once, whatever is repeated or lost."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.calls.dialogues import NAMES, PBX, Dialogue, dialogue
from trunkline.calls.announce import Announcement, News
from trunkline.calls.applier import CallApplier
from trunkline.calls.reading import find_call
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.ids import call_uuid
from trunkline.outbox.wake import OUTBOX_WAKE
from trunkline.pbx.asterisk.backfill import cel_frame
from trunkline.pbx.asterisk.framing import join_frames
from trunkline.pbx.ports import Gap, LinkRecord, OpenLeg, Resynced, pack_link, pack_run
from trunkline.spool import Kind, Position, Record
from trunkline.webhooks import store as webhooks

ROWS = "select to_jsonb(calls) - 'updated_at' as row from calls order by id"


class Told:
    """Keeps what was announced."""

    def __init__(self) -> None:
        self.news: list[Announcement] = []

    async def __call__(self, connection: Connection, news: Sequence[Announcement]) -> frozenset[str]:
        self.news += news
        return frozenset({"told"})

    @property
    def kinds(self) -> list[News]:
        return [one.news for one in self.news]


def run(frames: Sequence[bytes], at: float = 1_795_320_200.0, pbx: str = PBX) -> Record:
    return Record(Kind.AMI, at, pack_run(pbx, join_frames(frames)), Position(0, 0))


def link(record: LinkRecord) -> Record:
    return Record(Kind.LINK, record.at, pack_link(record), Position(0, 0))


async def apply(pool: asyncpg.Pool, applier: CallApplier, *records: Record) -> Any:
    async with pool.acquire() as connection, connection.transaction():
        return await applier.apply(connection, records)


async def rows(pool: asyncpg.Pool) -> list[dict[str, Any]]:
    return [row["row"] for row in await pool.fetch(ROWS)]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def simple() -> Dialogue:
    return dialogue("simple_answered")


async def test_every_recording_becomes_rows(pool: asyncpg.Pool, told: Told) -> None:
    applier = CallApplier(told)
    for name in NAMES:
        applied = await apply(pool, applier, run(dialogue(name).frames))
        assert not applied.rejects
    assert await pool.fetchval("select count(*) from calls") == sum(len(dialogue(name).calls) for name in NAMES)
    assert await pool.fetchval("select count(*) from calls where story is null") == len(dialogue("ami_resync").calls)


async def test_in_how_many_batches_it_comes_makes_no_difference(
    pool: asyncpg.Pool, simple: Dialogue, told: Told
) -> None:
    await apply(pool, CallApplier(told), run(simple.frames))
    at_once, news = await rows(pool), [one.idem for one in told.news]
    await pool.execute("truncate calls, steps")
    told.news.clear()
    applier = CallApplier(told)
    for frame in simple.frames:
        await apply(pool, applier, run([frame]))
    assert await rows(pool) == at_once
    assert sorted(one.idem for one in told.news) == sorted(news)


@pytest.mark.parametrize("remembering", [True, False])
async def test_what_was_applied_once_is_not_applied_again(
    pool: asyncpg.Pool, simple: Dialogue, told: Told, remembering: bool
) -> None:
    applier = CallApplier(told)
    await apply(pool, applier, run(simple.frames))
    before, news, steps = await rows(pool), list(told.news), await pool.fetchval("select count(*) from steps")
    await apply(pool, applier if remembering else CallApplier(told), run(simple.frames))
    assert await rows(pool) == before
    assert told.news == news
    assert await pool.fetchval("select count(*) from steps") == steps


async def test_a_rolled_back_batch_is_forgotten_and_applied_anew(
    pool: asyncpg.Pool, simple: Dialogue, told: Told
) -> None:
    applier = CallApplier(told)
    half = len(simple.frames) // 2
    await apply(pool, applier, run(simple.frames[:half]))
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await applier.apply(connection, [run(simple.frames[half:])])
        await transaction.rollback()
    applier.forget()
    told.news.clear()
    await apply(pool, applier, run(simple.frames[half:]))
    (row,) = await rows(pool)
    assert (row["outcome"], row["answered_by"], row["ended_at"] is not None) == ("answered", "101", True)
    assert News.ENDED in told.kinds
    assert await pool.fetchval("select count(*) from steps") == len(simple.live)


async def test_two_nodes_in_turn_tell_one_story(pool: asyncpg.Pool, simple: Dialogue, told: Told) -> None:
    first, second = CallApplier(told), CallApplier(told)
    frames = simple.frames
    for index in range(0, len(frames), 3):
        await apply(pool, (first, second)[index % 2], run(frames[index : index + 3]))
    in_turn = await rows(pool)
    await pool.execute("truncate calls, steps")
    await apply(pool, CallApplier(Told()), run(frames))
    assert await rows(pool) == in_turn
    assert told.kinds == [News.STARTED, News.ANSWERED, News.ENDED]


async def test_a_missed_call_is_announced_as_ended_and_missed(pool: asyncpg.Pool, told: Told) -> None:
    await apply(pool, CallApplier(told), run(dialogue("simple_no_answer").frames))
    assert told.kinds == [News.STARTED, News.ENDED, News.MISSED]
    assert told.news[-1].payload["missed_why"] == "no_answer"


async def test_a_call_that_was_gone_after_the_gap_is_closed_and_corrected_by_the_journal(
    pool: asyncpg.Pool, simple: Dialogue, told: Told
) -> None:
    applier = CallApplier(told)
    cut = next(index for index, frame in enumerate(simple.frames) if b"Event: HangupRequest" in frame)
    await apply(pool, applier, run(simple.frames[:cut]))
    since, until = simple.live[-1].at / 1e6 - 2, simple.live[-1].at / 1e6 + 5
    gap = Gap(pbx=PBX, node="n", at=until, since=since, until=until, cause="cut", rows=None)
    gone = Resynced(pbx=PBX, node="n", at=until, stamp=until, legs=())
    await apply(pool, applier, link(gap), link(gone))
    (row,) = await rows(pool)
    assert (row["outcome"], row["has_gap"], row["ended_at"] is not None) == ("answered", True, True)
    talked_at_most = row["talk_ms"]
    filled = Gap(pbx=PBX, node="n", at=until, since=since, until=until, cause="cut", rows=9)
    journal = [cel_frame(row).removesuffix(b"\r\n\r\n") for row in simple.cel]
    await apply(pool, applier, run(journal))
    await apply(pool, applier, link(filled))
    (row,) = await rows(pool)
    assert (row["outcome"], row["has_gap"], row["hung_up_by"]) == ("answered", False, "caller")
    kept = await pool.fetchrow("select pbx, extract(epoch from until - since)::float8, cause, is_filled from link_gaps")
    assert kept is not None
    assert tuple(kept) == (PBX, pytest.approx(until - since, abs=0.001), "cut", True)
    assert row["talk_ms"] < talked_at_most
    assert row["talk_ms"] == pytest.approx(1500, abs=100)
    assert told.kinds == [News.STARTED, News.ANSWERED, News.ENDED, News.CORRECTED]


async def test_calls_that_still_live_survive_a_resync(pool: asyncpg.Pool, simple: Dialogue, told: Told) -> None:
    applier = CallApplier(told)
    cut = next(index for index, frame in enumerate(simple.frames) if b"Event: HangupRequest" in frame)
    await apply(pool, applier, run(simple.frames[:cut]))
    stamp = simple.live[-1].at / 1e6
    legs = tuple(OpenLeg(event.channel, event.leg, event.linkedid) for event in simple.live if event.channel)
    await apply(pool, applier, link(Resynced(pbx=PBX, node="n", at=stamp, stamp=stamp, legs=legs)))
    (row,) = await rows(pool)
    assert row["ended_at"] is None
    await apply(pool, applier, run(simple.frames[cut:]))
    (row,) = await rows(pool)
    assert (row["ended_at"] is not None, row["has_gap"]) == (True, False)


async def test_a_record_nobody_can_read_is_refused_and_the_others_go_in(
    pool: asyncpg.Pool, simple: Dialogue, told: Told
) -> None:
    bad = Record(Kind.AMI, 1.0, b"\xc1", Position(0, 0))
    worse = Record(Kind.LINK, 1.0, b"\x80", Position(0, 0))
    applied = await apply(pool, CallApplier(told), bad, run(simple.frames), worse)
    assert [reject.record for reject in applied.rejects] == [bad, worse]
    assert await pool.fetchval("select count(*) from calls") == 1


async def test_a_transferred_call_names_the_call_it_went_on_as(pool: asyncpg.Pool, told: Told) -> None:
    await apply(pool, CallApplier(told), run(dialogue("attended_transfer").frames))
    first, consult = await rows(pool)
    assert consult["part_of"] == str(call_uuid(PBX, first["linkedid"], 0.0))
    assert first["part_of"] is None


async def test_a_call_without_time_in_its_key_meets_its_own_row(pool: asyncpg.Pool, told: Told) -> None:
    frames = dialogue("originate_click_to_call").frames
    for part in (frames[:12], frames[12:], frames):
        await apply(pool, CallApplier(told), run(part))
    (row,) = await rows(pool)
    assert (row["linkedid"], row["outcome"]) == ("trunkline-click-1", "answered")


async def test_an_open_call_is_told_by_its_steps_and_a_past_one_by_its_story(
    pool: asyncpg.Pool, simple: Dialogue, told: Told
) -> None:
    applier = CallApplier(told)
    cut = next(index for index, frame in enumerate(simple.frames) if b"Event: HangupRequest" in frame)
    await apply(pool, applier, run(simple.frames[:cut]))
    call_id: UUID = await pool.fetchval("select id from calls")
    async with pool.acquire() as connection:
        found = await find_call(connection, call_id)
    assert found is not None
    row, story = found
    assert (row.ended_at, [leg.party for leg in story.legs], len(story.talks)) == (None, ["+79161234567", "101"], 1)
    await apply(pool, applier, run(simple.frames[cut:]))
    async with pool.acquire() as connection:
        found = await find_call(connection, call_id)
    assert found is not None
    row, story = found
    assert row.hung_up_by == "caller"
    assert story.legs[1].talk_seconds == pytest.approx(1.5, abs=0.1)


async def test_subscribers_of_webhooks_get_their_deliveries_in_the_same_transaction(
    pool: asyncpg.Pool, simple: Dialogue, secret_key: bytes
) -> None:
    async with pool.acquire() as connection:
        await webhooks.add(connection, SecretBox(secret_key), "CRM", "https://crm.example/hook", ["call.ended"])
        transaction = connection.transaction()
        await transaction.start()
        await CallApplier().apply(connection, [run(simple.frames)])
        assert await connection.fetchval("select count(*) from outbox") == 1
        await transaction.rollback()
        assert await connection.fetchval("select count(*) from outbox") == 0
    applied = await apply(pool, CallApplier(), run(simple.frames))
    assert applied.wakes == {OUTBOX_WAKE}
    payload = await pool.fetchval("select payload from outbox")
    assert (payload["event"], payload["data"]["answered_by"]) == ("call.ended", "101")
