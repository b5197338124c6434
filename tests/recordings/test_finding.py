"""What follows from the news that a call is over, in the transaction that tells it."""

import re
from pathlib import Path
from uuid import UUID

from redis.asyncio import Redis

from recordings.finding import GO_ON, follow_recordings
from recordings.store import note_found
from trunkline.calls.announce import Announcement, News
from trunkline.db.types import Pool
from trunkline.ids import call_uuid
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.outbox.wake import JOBS_WAKE

_CALL = call_uuid("office", "1795320084.1", 0.0)
_COUNTS = "select (select count(*) from recordings), (select count(*) from pgqueuer where entrypoint = $1)"


def over(*files: str, call_id: UUID = _CALL, leg: str = "1795320084", refused: bool = False) -> Announcement:
    told = tuple((f"{leg}.{place}", file) for place, file in enumerate(files))
    payload = {"pbx": "office"}
    return Announcement(call_id, News.ENDED, f"call.ended:{call_id}", 0, payload, recorded=told, refused=refused)


async def test_each_file_of_a_call_is_found_once_with_its_job(pool: Pool, redis: Redis) -> None:
    jobs = PgQueuerJobs(pool, redis)
    async with pool.acquire() as connection, connection.transaction():
        assert await follow_recordings(connection, jobs, [over("a.wav", "b.wav")]) == {JOBS_WAKE}
        await follow_recordings(connection, jobs, [over("a.wav", "b.wav"), over("b.wav", "c.wav")])

    assert tuple(await pool.fetchrow(_COUNTS, GO_ON) or ()) == (3, 3)
    payloads = await pool.fetch("select payload from pgqueuer")
    ids = await pool.fetch("select id from recordings")
    assert {row["payload"] for row in payloads} == {row["id"].bytes for row in ids}


async def test_what_is_rolled_back_leaves_neither(pool: Pool, redis: Redis) -> None:
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await follow_recordings(connection, PgQueuerJobs(pool, redis), [over("a.wav")])
        await transaction.rollback()

    assert tuple(await pool.fetchrow(_COUNTS, GO_ON) or ()) == (0, 0)


async def test_a_name_that_cannot_be_is_kept_as_far_as_it_can(pool: Pool, redis: Redis) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await follow_recordings(connection, PgQueuerJobs(pool, redis), [over("a\0b.wav", "x" * 5000)])

    files = [row["file"] for row in await pool.fetch("select file from recordings order by length(file)")]
    assert [len(file) for file in files] == [6, 1000]


async def test_what_cannot_be_kept_costs_no_other_call_its_refusal(pool: Pool, redis: Redis) -> None:
    """The second call's leg is none that PostgreSQL takes, and fails in the middle of the batch."""
    first, second, third = (call_uuid("office", f"179532008{place}.1", 0.0) for place in range(3))
    news = [
        over("a.wav", call_id=first, refused=True),
        over("b.wav", call_id=second, leg="17\0", refused=True),
        over("c.wav", call_id=third, refused=True),
    ]
    async with pool.acquire() as connection, connection.transaction():
        assert await note_found(connection, second, "office", "1795320081.1", "before.wav")
        assert await follow_recordings(connection, PgQueuerJobs(pool, redis), news) == {JOBS_WAKE}

    rows = await pool.fetch("select file, stage from recordings order by file")
    assert [tuple(row) for row in rows] == [(f"{name}.wav", "refused") for name in ("a", "before", "c")]


def test_no_statement_deletes_a_recording() -> None:
    """What is said of one refers to it by no foreign key: trunkline/db/migrations/0935."""
    root = Path(__file__).parents[2]
    folders = ("trunkline", "recordings", "calltracking", "crm_sync", "router", "softphone_card")
    files = [file for folder in folders for kind in ("sql", "py") for file in (root / folder).rglob(f"*.{kind}")]
    deleting = re.compile(r"(?:delete\s+from|truncate(?:\s+table)?)\s+(?:only\s+)?\"?recordings\b", re.IGNORECASE)

    assert len(files) > 500
    assert [str(file) for file in files if deleting.search(file.read_text(encoding="utf-8"))] == []
