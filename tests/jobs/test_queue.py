"""The job queue through its port: transactions, retries, poison, stopping in the middle, the clock."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from pgqueuer.adapters.persistence.queries import Queries
from redis.asyncio import Redis

from tests.fakes.waiting import eventually
from trunkline.jobs.driver import WokenDriver
from trunkline.jobs.port import JobCount, JobKind, JobPolicy
from trunkline.jobs.queue import PgQueuerJobs, prune_jobs
from trunkline.outbox.wake import JOBS_WAKE, wake


@asynccontextmanager
async def _working(jobs: PgQueuerJobs) -> AsyncIterator[None]:
    task = asyncio.create_task(jobs.worker())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class Hands:
    """A handler that keeps what it was given and fails as often as told."""

    def __init__(self, fails: int = 0, expects: int = 1) -> None:
        self.given: list[bytes] = []
        self.done = asyncio.Event()
        self._fails = fails
        self._expects = expects

    async def __call__(self, payload: bytes) -> None:
        self.given.append(payload)
        if len(self.given) >= self._expects:
            self.done.set()
        if len(self.given) <= self._fails:
            raise ValueError("not \0 yet")


_QUICK = JobPolicy(max_attempts=3, first_delay=0.01)


async def _gone(pool: asyncpg.Pool) -> None:
    """Wait until the queue and its attempts are empty."""

    async def empty() -> bool:
        rows = await pool.fetchval("select (select count(*) from pgqueuer) + (select count(*) from job_attempts)")
        return bool(rows == 0)

    await eventually(empty)


async def _counts(jobs: PgQueuerJobs, *expected: JobCount) -> None:
    async def reached() -> bool:
        return await jobs.stats() == list(expected)

    await eventually(reached)


async def test_a_job_commits_with_its_transaction_and_only_once(pool: asyncpg.Pool, redis: Redis) -> None:
    hands = Hands(expects=2)
    jobs = PgQueuerJobs(pool, redis, [JobKind("note", hands)])
    async with pool.acquire() as connection:
        with contextlib.suppress(ZeroDivisionError):
            async with connection.transaction():
                await jobs.enqueue(connection, "note", b"rolled back")
                raise ZeroDivisionError
        async with connection.transaction():
            for _ in range(3):
                await jobs.enqueue(connection, "note", b"once", once="x")
            await jobs.enqueue(connection, "note", b"other")
    assert await jobs.stats() == [JobCount("note", "queued", 2)]
    async with _working(jobs):
        await hands.done.wait()
        await _gone(pool)
    assert sorted(hands.given) == [b"once", b"other"]


async def test_a_wake_is_quicker_than_any_poll(
    pool: asyncpg.Pool, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.jobs.queue.POLL_SECONDS", 30.0)
    hands = Hands()
    jobs = PgQueuerJobs(pool, redis, [JobKind("note", hands)])

    async def listening() -> bool:
        return bool(await redis.pubsub_numsub(JOBS_WAKE) == [(JOBS_WAKE.encode(), 1)])

    async def woken() -> bool:
        await wake(redis, JOBS_WAKE)
        return bool(hands.given)

    async with _working(jobs):
        await eventually(listening)
        async with pool.acquire() as connection:
            await jobs.enqueue(connection, "note", b"")
        await eventually(woken)


async def test_a_failing_job_is_tried_again_and_then_kept(pool: asyncpg.Pool, redis: Redis) -> None:
    mended, hopeless = Hands(fails=2, expects=3), Hands(fails=99, expects=3)
    jobs = PgQueuerJobs(pool, redis, [JobKind("mended", mended, _QUICK), JobKind("hopeless", hopeless, _QUICK)])
    async with pool.acquire() as connection:
        await jobs.enqueue(connection, "mended", b"")
        await jobs.enqueue(connection, "hopeless", b"")
    async with _working(jobs):
        await asyncio.gather(mended.done.wait(), hopeless.done.wait())
        await _counts(jobs, JobCount("hopeless", "failed", 1))
    row = await pool.fetchrow("select attempts, last_error from job_attempts")
    assert row is not None
    assert tuple(row) == (3, "ValueError: not  yet")


async def test_a_job_that_kills_its_worker_is_given_up(pool: asyncpg.Pool, redis: Redis) -> None:
    hands = Hands()
    jobs = PgQueuerJobs(pool, redis, [JobKind("poison", hands, _QUICK)])
    async with pool.acquire() as connection:
        await jobs.enqueue(connection, "poison", b"")
    await pool.execute("insert into job_attempts (job_id, name, attempts) select id, 'poison', 3 from pgqueuer")
    async with _working(jobs):
        await _counts(jobs, JobCount("poison", "failed", 1))
    assert hands.given == []


async def test_a_job_cut_short_by_the_stop_goes_back_to_the_queue(pool: asyncpg.Pool, redis: Redis) -> None:
    begun = asyncio.Event()

    async def endless(_payload: bytes) -> None:
        begun.set()
        await asyncio.Event().wait()

    jobs = PgQueuerJobs(pool, redis, [JobKind("endless", endless)], grace=0.05)
    async with pool.acquire() as connection:
        await jobs.enqueue(connection, "endless", b"")
    async with _working(jobs):
        await begun.wait()
    assert await jobs.stats() == [JobCount("endless", "queued", 1)]
    hands = Hands()
    async with _working(PgQueuerJobs(pool, redis, [JobKind("endless", hands)])):
        await hands.done.wait()
        await _gone(pool)


async def test_a_job_of_a_dead_worker_is_taken_over(pool: asyncpg.Pool, redis: Redis) -> None:
    hands = Hands()
    jobs = PgQueuerJobs(pool, redis, [JobKind("note", hands)], heartbeat=timedelta(seconds=1))
    async with pool.acquire() as connection:
        await jobs.enqueue(connection, "note", b"left behind")
    await pool.execute(
        "update pgqueuer set status = 'picked', queue_manager_id = gen_random_uuid(), heartbeat = '2020-01-01'"
    )
    async with _working(jobs):
        await hands.done.wait()
        await _gone(pool)
    assert hands.given == [b"left behind"]


async def test_the_clock_runs_a_tick_on_one_of_two_machines(pool: asyncpg.Pool, redis: Redis) -> None:
    ticks: list[str] = []
    seen = asyncio.Event()

    def machine(name: str) -> PgQueuerJobs:
        async def tick() -> None:
            ticks.append(name)
            seen.set()

        jobs = PgQueuerJobs(pool, redis)
        jobs.schedule("tick", "* * * * * *", tick)
        return jobs

    async with _working(machine("a")), _working(machine("b")):
        await seen.wait()
    assert await pool.fetchval("select count(*) from pgqueuer_schedules") == 1


async def test_the_tables_are_what_this_pgqueuer_expects(pool: asyncpg.Pool) -> None:
    from pgqueuer.adapters.persistence.queries import Queries  # noqa: PLC0415  (only this test knows PgQueuer)

    plan = await Queries.from_asyncpg_pool(pool).plan_upgrade()
    assert [s for s in plan.statements if "TRIGGER" not in s.upper() and "FUNCTION" not in s.upper()] == []


async def test_old_runs_are_forgotten(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "insert into pgqueuer_log (created, job_id, status, priority, entrypoint) "
        "select now() - make_interval(days => n), n, 'successful', 0, 'note' from generate_series(1, 10) n"
    )
    await prune_jobs(pool, log_days=7)
    assert await pool.fetchval("select count(*) from pgqueuer_log") == 6


async def test_room_for_the_next_job_is_told_when_one_is_over(pool: asyncpg.Pool) -> None:
    """PgQueuer itself looks for it at its next poll."""
    driver, told = WokenDriver(pool), asyncio.Event()
    await driver.add_listener("jobs", lambda _event: told.set())
    await driver.fetch("select 1")
    await asyncio.sleep(0)
    assert not told.is_set()

    await Queries(driver).log_jobs([])
    async with asyncio.timeout(10):
        await told.wait()
