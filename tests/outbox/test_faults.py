"""Workers killed at every point and at random moments, connections cut, Valkey stopped: nothing lost, order kept."""

import asyncio
import json
import random
import signal
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from aiohttp import web
from redis.asyncio import Redis

from tests.fakes.waiting import eventually
from tests.faults.harness import kill_at_every_point
from tests.outbox import scenario
from tests.outbox.deliverers import Recorder
from trunkline.crypto import SecretBox
from trunkline.db.pool import open_pool
from trunkline.db.types import Connection
from trunkline.embedded.addresses import valkey_url as embedded_valkey_url
from trunkline.embedded.valkey import embedded_valkey
from trunkline.outbox.append import append_many
from trunkline.outbox.event import Event, NewEvent, Outcome
from trunkline.outbox.worker import Limits, OutboxWorker
from trunkline.webhooks import store

_NOW = datetime(2026, 3, 4, tzinfo=UTC)


@dataclass
class Receiver:
    """Takes webhooks and keeps, subject by subject, the numbers it was sent."""

    url: str = ""
    seen: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    async def take(self, request: web.Request) -> web.Response:
        data = json.loads(await request.read())["data"]
        self.seen[data["subject"]].append(data["number"])
        return web.Response(status=204)

    def check(self, subjects: int, each: int) -> None:
        """Everything came, in order; only the one that was in flight when a worker died may have come again."""
        assert set(self.seen) == {f"call:{n}" for n in range(subjects)}
        for numbers in self.seen.values():
            assert numbers == sorted(numbers), f"out of order: {numbers}"
            assert sorted(set(numbers)) == list(range(each)), f"lost: {numbers}"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield receiver
    await runner.cleanup()


async def _fill(
    pool: asyncpg.Pool, receiver: Receiver, key: bytes, *, subjects: int, each: int, mark: str = ""
) -> None:
    receiver.seen.clear()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("truncate outbox, outbox_streams, outbox_log, outbox_dead, webhook_endpoints")
        await store.add(connection, SecretBox(key), "receiver", receiver.url, ["*"])
        await store.announce(
            connection,
            [
                store.Announcement(
                    "call.ended", f"call:{subject}", f"{subject}:{number}:{mark}", _NOW,
                    {"subject": f"call:{subject}", "number": number},
                )
                for number in range(each)
                for subject in range(subjects)
            ],
        )  # fmt: skip


async def _survive(pool: asyncpg.Pool, database_url: str, valkey_url: str, key: bytes) -> None:
    """What production does after a death: the lease runs out and another worker takes over."""
    async with Redis.from_url(valkey_url) as redis:
        for _ in range(20):
            await redis.flushall()  # the limiter's waits are not what is tested here
            await pool.execute("update outbox_streams set lease = '-infinity', due = now(), waiting = null")
            await scenario.drain(database_url, valkey_url, key.hex())
            if not await pool.fetchval("select count(*) from outbox"):
                break
    assert await pool.fetchval("select count(*) from outbox") == 0
    assert await pool.fetchval("select count(*) from outbox_streams") == 0
    assert await pool.fetchval("select count(*) from outbox_dead") == 0


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["sql", "socket"])
async def test_a_worker_killed_at_every_point_loses_nothing_and_keeps_order(
    pool: asyncpg.Pool,
    redis: Redis,
    database_url: str,
    valkey_url: str,
    secret_key: bytes,
    receiver: Receiver,
    kind: str,
    record_property: Callable[[str, object], None],
) -> None:
    async def prepare() -> None:
        await redis.flushall()
        await _fill(pool, receiver, secret_key, subjects=1, each=2)

    async def check() -> None:
        await _survive(pool, database_url, valkey_url, secret_key)
        receiver.check(subjects=1, each=2)
        assert all(len(numbers) <= 3 for numbers in receiver.seen.values()), "more than one repeat a stream"

    arguments = [database_url, valkey_url, secret_key.hex()]
    tried = await kill_at_every_point(
        kind, "tests.outbox.scenario:drain", arguments, tell=record_property, prepare=prepare, check=check
    )
    assert tried.points >= 8


@pytest.mark.timeout(120)
async def test_workers_killed_at_random_moments(
    pool: asyncpg.Pool, redis: Redis, database_url: str, valkey_url: str, secret_key: bytes, receiver: Receiver
) -> None:
    dice = random.Random(11)
    await _fill(pool, receiver, secret_key, subjects=8, each=20)
    deaths = 0
    while deaths < 6 and await pool.fetchval("select count(*) from outbox"):
        had = sum(map(len, receiver.seen.values()))
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c",
            f"import asyncio; from tests.outbox import scenario;"
            f"asyncio.run(scenario.work({database_url!r}, {valkey_url!r}, {secret_key.hex()!r}))",
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        enough = had + dice.randrange(1, 15)
        await eventually(lambda enough=enough: sum(map(len, receiver.seen.values())) >= enough, limit=20)  # type: ignore[misc]  # bound on purpose
        child.send_signal(signal.SIGKILL)
        await child.wait()
        deaths += 1
    assert deaths >= 3
    await _survive(pool, database_url, valkey_url, secret_key)
    receiver.check(subjects=8, each=20)
    repeats = sum(len(numbers) - len(set(numbers)) for numbers in receiver.seen.values())
    assert repeats <= 4 * deaths, "at most what was in flight comes again"


class _Cutting(Recorder):
    """Has every connection of the worker cut after each few deliveries."""

    def __init__(self, admin: Connection) -> None:
        super().__init__()
        self._admin = admin

    async def deliver(self, event: Event) -> Outcome:
        if len(self.order) % 10 == 5:
            await self._admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut'"
            )
        return await super().deliver(event)


async def test_cut_database_connections_cost_no_event_and_no_repeat(
    pool: asyncpg.Pool, redis: Redis, database_url: str
) -> None:
    async with pool.acquire() as admin, open_pool(database_url, application="cut") as cut:
        await append_many(admin, [NewEvent(f"s{n % 4}", "note", f"e{n}", {}) for n in range(60)])
        deliverer = _Cutting(admin)
        worker = OutboxWorker(cut, redis, [deliverer], limits=Limits(width=4))
        task = asyncio.create_task(worker.run())

        async def empty() -> bool:
            return bool(await admin.fetchval("select count(*) from outbox") == 0)

        try:
            await eventually(empty, limit=30)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert all(ids == sorted(set(ids)) for ids in deliverer.seen.values())
    assert sorted(deliverer.order) == sorted(f"e{n}" for n in range(60))


async def test_valkey_stopped_in_the_middle_stops_nothing(pool: asyncpg.Pool, servers_dir: Path) -> None:
    folder = servers_dir / "stopped"
    folder.mkdir(mode=0o711)
    server = embedded_valkey(folder)
    await server.__aenter__()
    redis = Redis.from_url(embedded_valkey_url(folder))
    stopped = asyncio.Event()

    class Stopping(Recorder):
        async def deliver(self, event: Event) -> Outcome:
            if len(self.order) >= 10 and not stopped.is_set():
                stopped.set()
                await server.__aexit__(None, None, None)
            return await super().deliver(event)

    async with pool.acquire() as connection:
        await append_many(connection, [NewEvent(f"s{n % 4}", "note", f"e{n}", {}) for n in range(80)])
    deliverer = Stopping()
    await OutboxWorker(pool, redis, [deliverer], limits=Limits(width=4)).drain()
    await redis.aclose()
    assert stopped.is_set()
    assert len(deliverer.order) == 80
    assert all(ids == sorted(set(ids)) for ids in deliverer.seen.values())
