"""A bucket that is lost: whenever that is, each recording waits, is told of, goes on by itself, and ends once."""

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress

import pytest
from redis.asyncio import Redis

from recordings.finding import GO_ON
from recordings.recording import Stage
from recordings.vault import StoreLost
from recordings.watch import watch, watch_store
from tests.fakes.waiting import eventually
from tests.faults.harness import kill_at_every_point
from tests.recordings.buckets import Bucket, bucket, far, server
from tests.recordings.conftest import Studio, tone
from trunkline.alarms.alarm import AlarmBell
from trunkline.db.types import Pool
from trunkline.jobs.house import WorkerServices
from trunkline.jobs.port import JobKind, JobPolicy
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.web.i18n import Translations

__all__ = ["bucket", "far", "server"]
pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("answers", [False, True])
async def test_whenever_the_bucket_is_lost_the_recording_waits_and_ends_once(
    far: Studio, bucket: Bucket, answers: bool
) -> None:
    """At each request of the pipeline in turn: before it, and with its answer lost."""
    tone(far.monitor / "q.wav", 0.5)
    identifier = await far.found("q.wav")
    stages = set()
    for at in range(1, 30):
        bucket.line.fail(at, answers=answers)
        try:
            await far.pipeline.go_on(identifier.bytes)
        except StoreLost:
            one = await far.one(identifier)
            stages.add(one.stage)
            assert (one.stop, one.tries) == (None, 0)
            assert one.told.startswith("StoreLost: the bucket of the recordings: ")
            bucket.line.back()
            await far.pipeline.go_on(identifier.bytes)
            one = await far.one(identifier)
            assert (one.stage, one.stop, one.told) == (Stage.KEPT, None, "")
            assert await bucket.keys() == {one.key: one.size}
            assert await far.pool.fetchval("select count(*) from recording_steps") == 4
            await far.vault.forget(one.key)
            await far.pool.execute("delete from recording_steps")
            await far.pool.execute("update recordings set stage = 'found', size = 0, peaks = '', sha256 = ''")
        else:
            break
    assert stages == {Stage.FOUND, Stage.FETCHED, Stage.CHECKED, Stage.CONVERTED}
    assert (await far.one(identifier)).stage is Stage.KEPT


@pytest.mark.parametrize("kind", ["sql", "store"])
async def test_a_recording_ends_once_in_the_bucket_whenever_its_worker_is_killed(
    far: Studio, bucket: Bucket, database_url: str, kind: str, record_property: Callable[[str, object], None]
) -> None:
    os.utime(tone(far.monitor / "q.wav", 0.5), (0, 0))
    identifier = await far.found("q.wav")
    workshop = str(far.pipeline.workshop)
    arguments = [database_url, json.dumps(bucket.environment), workshop, str(identifier)]

    async def prepare() -> None:
        for key in await bucket.keys():
            await far.vault.forget(key)
        await far.pool.execute("delete from recording_steps")
        await far.pool.execute("update recordings set stage = 'found', tries = 0, size = 0, peaks = '', sha256 = ''")

    async def check() -> None:
        await far.pipeline.go_on(identifier.bytes)
        one = await far.one(identifier)
        assert (one.stage, one.stop) == (Stage.KEPT, None)
        assert await bucket.keys() == {one.key: one.size}
        assert await far.pool.fetchval("select count(*) from recording_steps") == 4

    scenario = "tests.recordings.doomed:go_on_in_bucket"
    every = 2 if kind == "sql" else 1  # each of them is tried with the folder
    tried = await kill_at_every_point(
        kind, scenario, arguments, tell=record_property, prepare=prepare, check=check, every=every
    )
    assert tried.passed
    assert tried.points > 3


@pytest.fixture
def services(far: Studio, bucket: Bucket, redis: Redis) -> WorkerServices:
    return WorkerServices(bucket.settings, far.pool, redis, Translations(()))


async def test_a_lost_bucket_raises_an_alarm_until_it_is_back(
    far: Studio, bucket: Bucket, services: WorkerServices
) -> None:
    bell = AlarmBell(far.pool, services.redis)
    opened = "select facts from alarms where key like 'recordings.store:%' and cleared_at is null"
    await watch_store(bell, services, bucket.vault)
    assert await far.pool.fetch(opened) == []
    bucket.line.go()
    await watch_store(bell, services, bucket.vault)
    (facts,) = [row["facts"] for row in await far.pool.fetch(opened)]
    assert facts["place"] == f"the bucket {bucket.name}/calls at http://127.0.0.1:{bucket.line.port}"
    assert bucket.server.secret not in str(facts)
    bucket.line.back()
    await watch_store(bell, services, bucket.vault)
    assert await far.pool.fetch(opened) == []


async def test_while_the_bucket_is_lost_recordings_are_counted_and_go_on_by_themselves_when_it_is_back(
    far: Studio, bucket: Bucket, services: WorkerServices
) -> None:
    """As a worker does it, with the patience of a test."""
    patience = JobPolicy(max_attempts=1000, first_delay=0.05, longest_delay=0.2)
    jobs = PgQueuerJobs(far.pool, services.redis, [JobKind(GO_ON, far.pipeline.go_on, patience)])
    bell, late = AlarmBell(far.pool, services.redis), "select facts from alarms where key = 'recordings.late'"
    bucket.line.go()
    found = [await far.found(tone(far.monitor / name).name) for name in ("q.wav", "r.wav")]
    worker = asyncio.create_task(jobs.worker())
    try:
        async with far.pool.acquire() as connection, connection.transaction():
            for one in found:
                await jobs.enqueue(connection, GO_ON, one.bytes, once=str(one))
        # One is counted while it is tried, and no longer once it waits: nobody may see two that wait at one time.
        waiting = "select count(*) from recordings where told like 'StoreLost: %' and tries <= 1"
        await eventually(lambda: _is(far.pool, waiting, 2))
        await far.pool.execute("update recordings set found_at = now() - interval '16 minutes'")
        await watch(bell, services)
        assert (await far.pool.fetchval(late))["recordings"] == 2
        bucket.line.back()
        await eventually(lambda: _is(far.pool, "select count(*) from recordings where stage = 'kept'", 2))
        await eventually(lambda: _is(far.pool, "select count(*) from pgqueuer", 0))
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
    await watch(bell, services)
    assert await far.pool.fetchval(f"{late} and cleared_at is null") is None
    kept_ones = [await far.one(one) for one in found]
    assert await bucket.keys() == {one.key: one.size for one in kept_ones}
    assert await far.pool.fetchval("select count(*) from recording_steps") == 8


async def _is(pool: Pool, counted: str, expected: int) -> bool:
    return bool(await pool.fetchval(counted) == expected)
