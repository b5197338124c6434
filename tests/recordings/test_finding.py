"""What follows from the news that a call is over, in the transaction that tells it."""

from uuid import UUID

from redis.asyncio import Redis

from recordings.finding import GO_ON, follow_recordings
from trunkline.calls.announce import Announcement, News
from trunkline.db.types import Pool
from trunkline.ids import call_uuid
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.outbox.wake import JOBS_WAKE

_CALL = call_uuid("office", "1795320084.1", 0.0)
_COUNTS = "select (select count(*) from recordings), (select count(*) from pgqueuer where entrypoint = $1)"


def over(*files: str, call_id: UUID = _CALL) -> Announcement:
    told = tuple((f"1795320084.{place}", file) for place, file in enumerate(files))
    return Announcement(call_id, News.ENDED, f"call.ended:{call_id}", 0, {"pbx": "office"}, recorded=told)


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
