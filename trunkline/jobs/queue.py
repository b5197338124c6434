"""The job queue on PgQueuer (https://pgqueuer.readthedocs.io): the port of port.py."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

import asyncpg
from pgqueuer import Job, PgQueuer
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Schedule
from redis.asyncio import Redis

from trunkline.background import end
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.jobs.driver import WokenDriver
from trunkline.jobs.port import JobCount, JobKind, JobPolicy, Tick
from trunkline.log import get_logger
from trunkline.outbox.wake import JOBS_WAKE, POLL_SECONDS, Alarm, listen
from trunkline.web.metrics import JOB_SECONDS, JOBS_DONE

_BATCH = 1
"""Jobs taken, and ended, in one statement: an end that waited for others would hold the next job up for 0.1 s."""
_HEARTBEAT = timedelta(seconds=60)
_AGGREGATE = timedelta(minutes=5)
_ERROR_CHARACTERS = 2000

_SQL = load_queries("trunkline.jobs")

_log = get_logger(__name__)


class PgQueuerJobs:
    """Jobs of the kinds given; `grace` is how long running jobs may go on when the worker stops."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        redis: Redis | None,
        kinds: Iterable[JobKind] = (),
        *,
        grace: float = 3.0,
        heartbeat: timedelta = _HEARTBEAT,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._pool = pool
        self._redis = redis
        self._kinds = tuple(kinds)
        self._ticks: list[tuple[str, str, Tick]] = []
        self._grace = grace
        self._heartbeat = heartbeat
        self._chance = chance

    async def enqueue(
        self, connection: Connection, name: str, payload: bytes, *, once: str | None = None, delay: float = 0.0
    ) -> None:
        """See the port."""
        queries = Queries(AsyncpgDriver(connection))  # type: ignore[arg-type]  # a pool's connection serves as well
        await queries.enqueue(
            name,
            payload,
            execute_after=timedelta(seconds=delay),
            dedupe_key=once and f"{name}:{once}",
            on_conflict="skip",
        )

    def schedule(self, name: str, cron: str, tick: Tick) -> None:
        """See the port."""
        self._ticks.append((name, cron, tick))

    async def worker(self) -> None:
        """See the port. A job cut short by the stop goes back to the queue at once."""
        driver = WokenDriver(self._pool)
        queue = PgQueuer(driver)
        for kind in self._kinds:
            self._register(queue, kind)
        for name, cron, tick in self._ticks:
            _schedule(queue, name, cron, tick)
        waker = asyncio.create_task(self._wake(driver))
        running = asyncio.create_task(
            queue.run(
                dequeue_timeout=timedelta(seconds=POLL_SECONDS),
                batch_size=_BATCH,
                heartbeat_timeout=self._heartbeat,
                log_aggregation_interval=_AGGREGATE,
            )
        )
        try:
            await asyncio.shield(running)
        finally:
            queue.shutdown.set()
            await asyncio.wait({running}, timeout=self._grace)
            await end([running, waker])

    async def stats(self) -> list[JobCount]:
        """See the port."""
        return [JobCount(*row) for row in await self._pool.fetch(_SQL["job_counts"])]

    async def _wake(self, driver: WokenDriver) -> None:
        if self._redis is None:
            return
        alarm = Alarm()
        async with asyncio.TaskGroup() as group:
            group.create_task(listen(self._redis, {JOBS_WAKE: [alarm]}))
            while True:
                await alarm.wait(float("inf"))
                await driver.poke()

    def _register(self, queue: PgQueuer, kind: JobKind) -> None:
        async def work(job: Job) -> None:
            await self._attempt(kind, job)

        queue.entrypoint(kind.name, concurrency_limit=kind.policy.most_at_once, on_failure="hold")(work)

    async def _attempt(self, kind: JobKind, job: Job) -> None:
        attempts = await self._pool.fetchval(_SQL["count_attempt"], job.id, kind.name)
        if attempts > kind.policy.max_attempts:
            JOBS_DONE.labels(kind.name, "given_up").inc()
            raise RuntimeError(f"given up after {attempts - 1} attempts that ended its worker")
        began = time.perf_counter()
        try:
            await kind.handler(job.payload or b"")
        except asyncio.CancelledError:
            raise RetryRequested(reason="the worker stopped") from None
        except Exception as error:
            await self._failed(kind, job, attempts, error)
        else:
            await self._pool.execute(_SQL["forget_attempts"], job.id)
            JOBS_DONE.labels(kind.name, "done").inc()
        JOB_SECONDS.labels(kind.name).observe(time.perf_counter() - began)

    async def _failed(self, kind: JobKind, job: Job, attempts: int, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}".replace("\0", "")[:_ERROR_CHARACTERS]
        await self._pool.execute(_SQL["note_failure"], job.id, text)
        last = attempts >= kind.policy.max_attempts
        JOBS_DONE.labels(kind.name, "given_up" if last else "failed").inc()
        _log.warning("job_failed", job=kind.name, job_id=job.id, attempt=attempts, last=last, error=text)
        if last:
            raise error
        raise RetryRequested(delay=_delay(kind.policy, attempts, self._chance()), reason=text) from error


async def prune_jobs(pool: asyncpg.Pool, *, log_days: int = 7, statistics_days: int = 90) -> None:
    """Forget old runs."""
    await pool.execute(_SQL["prune_job_log"], log_days)
    await pool.execute(_SQL["prune_job_statistics"], statistics_days)
    await pool.execute(_SQL["prune_attempts"])


def _delay(policy: JobPolicy, attempts: int, chance: float) -> timedelta:
    whole = min(policy.longest_delay, policy.first_delay * 2.0 ** (attempts - 1))
    return timedelta(seconds=whole * (1.0 - chance / 2))


def _schedule(queue: PgQueuer, name: str, cron: str, tick: Tick) -> None:
    async def run(_schedule: Schedule) -> None:
        try:
            await tick()
        except Exception:
            JOBS_DONE.labels(name, "failed").inc()
            raise
        JOBS_DONE.labels(name, "done").inc()

    # clean_old: a new version's other times replace the old ones.
    queue.schedule(name, cron, clean_old=True)(run)
