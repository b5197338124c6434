"""From the step that ends a call to the webhook a healthy receiver has read: `calltracking.webhook_p95`.

Twenty calls a second end, each explained by the visit that was shown its number. What follows from a step runs as in
the worker (attribution, webhooks and exports in one transaction), the outbox's worker as shipped, with the signature,
the limiter and the breaker. Reading the PBX's frame is not in it: bench/calltracking_seen.py begins there.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
import uvloop
from aiohttp import web
from redis.asyncio import Redis

from bench._shown import show
from bench.figures import Context, Figure, absolute, percentile
from calltracking.explaining.follow import attribute_calls
from calltracking.explaining.homes import Homes
from trunkline.calls.announce import Announcement, News
from trunkline.calls.follow import tell_webhooks
from trunkline.crypto import KEY_BYTES, SecretBox
from trunkline.db.migrate import migrate
from trunkline.db.partitions import ensure_partitions
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.embedded.addresses import postgres_url, valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey
from trunkline.ids import call_uuid
from trunkline.outbox.wake import wake
from trunkline.outbox.worker import OutboxWorker
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import WebhookDeliverer, webhook_session
from trunkline.webhooks.store import add

ROWS = ("calltracking.webhook_p95",)
_CALLS: Final = 400
_PER_SECOND: Final = 20.0
_NUMBERS: Final = 100
_KEY: Final = bytes(KEY_BYTES)
_MOSCOW: Final = ZoneInfo("Europe/Moscow")
_HOMES = Homes(lambda _: ())
_LOOPBACK: Final = AddressRules(["127.0.0.0/8"])


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    assert wanted
    told = uvloop.run(_measured(context))
    yield absolute("calltracking.webhook_p95", [percentile(told, 0.95)], "s", "<=", 5)


class _Receiver:
    """A healthy one: when it has read of which call."""

    def __init__(self) -> None:
        self.arrived: dict[str, float] = {}
        self._whole = asyncio.Event()

    async def listen(self, stack: AsyncExitStack) -> str:
        """Its address, until `stack` ends."""
        app = web.Application()
        app.add_routes([web.post("/", self._receive)])
        runner = web.AppRunner(app)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/"

    async def _receive(self, request: web.Request) -> web.Response:
        told = await request.json()
        self.arrived.setdefault(told["data"]["call_id"], time.perf_counter())
        if len(self.arrived) == _CALLS:
            self._whole.set()
        return web.Response(status=204)

    async def all_arrived(self) -> None:
        """Wait for the last, a minute at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(60):
                await self._whole.wait()


async def _servers(folder: Path, stack: AsyncExitStack) -> tuple[Pool, Redis]:
    stack.enter_context(owned(folder))
    await stack.enter_async_context(embedded_postgres(folder, _KEY))
    await stack.enter_async_context(embedded_valkey(folder))
    connection = await asyncpg.connect(postgres_url(folder, _KEY))
    await migrate(connection)
    await connection.close()
    pool = await stack.enter_async_context(open_pool(postgres_url(folder, _KEY)))
    return pool, await stack.enter_async_context(Redis.from_url(valkey_url(folder)))


async def _measured(context: Context) -> list[float]:
    """Seconds from each end to its webhook."""
    receiver, box = _Receiver(), SecretBox(_KEY)
    async with AsyncExitStack() as stack:
        pool, redis = await _servers(context.folder, stack)
        session = await stack.enter_async_context(webhook_session(_LOOPBACK))
        await _make(pool, box, await receiver.listen(stack))
        worker = asyncio.create_task(OutboxWorker(pool, redis, [WebhookDeliverer(pool, box, session, _LOOPBACK)]).run())
        ended = await _end_calls(pool, redis)
        await receiver.all_arrived()
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
    missing = len(ended) - len(receiver.arrived)
    if missing:
        raise RuntimeError(f"{missing} of {len(ended)} webhooks did not arrive in a minute")
    return [receiver.arrived[call] - at for call, at in ended.items()]


async def _make(pool: Pool, box: SecretBox, url: str) -> None:
    """A site, numbers that visitors are shown, and a receiver of what calls are explained by."""
    now = datetime.now(UTC)
    site, numbers = uuid4(), uuid4()
    async with pool.acquire() as connection:
        await ensure_partitions(connection, now.date())
        await add(connection, box, "agency", url, ["call.attributed"])
        await connection.execute("insert into tracking_pools (id, name) values ($1, 'bench')", numbers)
        await connection.execute(
            "insert into tracking_sites (id, key, name, hosts) values ($1, 'benchsite001', 'bench', '{example.ru}')",
            site,
        )
        for place in range(_NUMBERS):
            await show(connection, f"+7495200{place:04d}", site, numbers, now)


async def _end_calls(pool: Pool, redis: Redis) -> dict[str, float]:
    """At their pace, however long each takes; when each began to end."""
    ended: dict[str, float] = {}
    async with asyncio.TaskGroup() as calls:
        for place in range(_CALLS):
            calls.create_task(_end_call(pool, redis, place, ended))
            await asyncio.sleep(1 / _PER_SECOND)
    return ended


async def _end_call(pool: Pool, redis: Redis, place: int, ended: dict[str, float]) -> None:
    now = time.time()
    call_id = call_uuid("office", f"{int(now)}.{place}", now)
    payload = {
        "call_id": str(call_id), "direction": "in", "dialled": f"+7495200{place % _NUMBERS:04d}",
        "client": f"+7916{place:07d}", "started_at": datetime.fromtimestamp(now, UTC).isoformat(), "answered_at": None,
        "outcome": "missed", "talk_seconds": 0.0,
    }  # fmt: skip
    news = [Announcement(call_id, News.ENDED, f"call.ended:{call_id}", int(now * 1e6), payload)]
    ended[str(call_id)] = time.perf_counter()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at,"
            " ended_at, outcome, answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial,"
            " has_gap, story) values ($1, 'office', $2, 'in', $3, '', $3, $4, $5, $5, 'missed', '', '{}', '{}', '{}',"
            " '{}', '{}', 0, 0, false, false, '{\"recordings\": []}')",
            *(call_id, str(call_id), payload["client"], payload["dialled"], datetime.fromtimestamp(now, UTC)),
        )
        topics = await attribute_calls(connection, news, _MOSCOW, _HOMES) | await tell_webhooks(connection, news)
    await wake(redis, *topics)
