"""The worker's own tasks, run together as the worker process runs them."""

import asyncio
from pathlib import Path

import asyncpg
from redis.asyncio import Redis

from tests.fakes.waiting import eventually
from trunkline.alarms.alarm import Severity, raise_alarm
from trunkline.alarms.recipients import add_recipient
from trunkline.background import running
from trunkline.jobs.house import WorkerServices, tell_account, worker_tasks
from trunkline.outbox.classify import ErrorClass
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.settings import load
from trunkline.web.i18n import Translations


async def test_an_alarm_goes_out_and_late_deliveries_are_noticed(
    pool: asyncpg.Pool, redis: Redis, data_dir: Path
) -> None:
    data_dir.mkdir()
    settings = load(None, {"TRUNKLINE_DATA_DIR": str(data_dir), "TRUNKLINE_LIMITS_DISK_FREE_MB": "1"})
    services = WorkerServices(settings, pool, redis, Translations(()))
    async with pool.acquire() as connection:
        await add_recipient(connection, "duty@example.com", "ru", "warning")
    await pool.execute("insert into outbox_streams (stream, due) values ('late', now() - interval '1 hour')")

    async def given_up() -> bool:
        # No mail server is set, so the letter becomes a dead one: proof that the worker woke and tried.
        return bool(await pool.fetchval("select exists (select from outbox_dead where kind = 'alarm.email')"))

    async def scheduled() -> bool:
        return bool(await pool.fetchval("select count(*) from pgqueuer_schedules") >= 4)

    async with pool.acquire() as connection:
        await raise_alarm(connection, "test", Severity.WARNING, "Something broke")
    async with running(worker_tasks(services)):
        await wake(redis, OUTBOX_WAKE)
        await eventually(given_up)
        await eventually(scheduled)


async def test_a_held_account_is_an_alarm_until_it_is_free(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        await tell_account(connection, "b24:portal", ErrorClass.AUTH, "HTTP 401")
        assert await connection.fetchval("select title from alarms") == "%(account)s wants a new sign-in: %(reason)s"
        await tell_account(connection, "b24:portal", None, None)
        assert await connection.fetchval("select count(*) from alarms where cleared_at is null") == 0


async def test_tasks_end_when_they_are_told(pool: asyncpg.Pool, redis: Redis, data_dir: Path) -> None:
    data_dir.mkdir()
    settings = load(None, {"TRUNKLINE_DATA_DIR": str(data_dir)})
    async with asyncio.timeout(5), running(worker_tasks(WorkerServices(settings, pool, redis, Translations(())))):
        await asyncio.sleep(0)
