"""From the step that ends a call to the webhook a healthy receiver has read, and to a report that counts the call.

`calltracking.webhook_p95`, `calltracking.seen_p95`: twenty calls a second end, each explained by the visit that was
shown its number. What follows from a step runs as in the worker (attribution, webhooks and exports in one
transaction), the outbox's worker as shipped, with the signature, the limiter and the breaker, while somebody looks at
today's report by channel again and again. Reading the PBX's frame is not in it: `story.*` measures that.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import uvloop
from aiohttp import web
from redis.asyncio import Redis

from bench.figures import Context, Figure, absolute, percentile
from calltracking.explaining.follow import attribute_calls
from calltracking.explaining.homes import Homes
from calltracking.models.model import BY_NAME, WHOLE
from calltracking.results.asking import Question
from calltracking.results.result import By
from calltracking.results.store import read_results
from trunkline.calls.announce import Announcement, News
from trunkline.calls.follow import tell_webhooks
from trunkline.crypto import KEY_BYTES, SecretBox
from trunkline.db.migrate import migrate
from trunkline.db.partitions import ensure_partitions
from trunkline.db.pool import open_pool
from trunkline.db.types import Connection, Pool
from trunkline.embedded.addresses import postgres_url, valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey
from trunkline.ids import call_uuid, uuid7
from trunkline.outbox.wake import wake
from trunkline.outbox.worker import OutboxWorker
from trunkline.people.identity import Reach
from trunkline.reports.days import Days
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import WebhookDeliverer, webhook_session
from trunkline.webhooks.store import add

ROWS = ("calltracking.webhook_p95", "calltracking.seen_p95")
_CALLS: Final = 400
_PER_SECOND: Final = 20.0
_NUMBERS: Final = 100
_KEY: Final = bytes(KEY_BYTES)
_MOSCOW: Final = ZoneInfo("Europe/Moscow")
_HOMES = Homes(lambda _: ())
_LOOPBACK: Final = AddressRules(["127.0.0.0/8"])
_EVERYBODY: Final = Reach(UUID(int=0), None, None)
_ASKED: Final = Question(By.CHANNEL, BY_NAME["last"])


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    assert wanted
    told, seen = uvloop.run(_measured(context))
    yield absolute("calltracking.webhook_p95", [percentile(told, 0.95)], "s", "<=", 5)
    yield absolute("calltracking.seen_p95", [percentile(seen, 0.95)], "s", "<=", 2)


class _Receiver:
    """A healthy one, that notes when it first read of each call."""

    def __init__(self) -> None:
        self.arrived: dict[str, float] = {}
        self.whole = asyncio.Event()

    async def receive(self, request: web.Request) -> web.Response:
        told = await request.json()
        self.arrived.setdefault(told["data"]["call_id"], time.perf_counter())
        if len(self.arrived) == _CALLS:
            self.whole.set()
        return web.Response(status=204)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Its address."""
        app = web.Application()
        app.add_routes([web.post("/", self.receive)])
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()


@asynccontextmanager
async def _servers(context: Context) -> AsyncIterator[tuple[Pool, Redis]]:
    """A PostgreSQL of this version's schema and a Valkey, of their own."""
    with owned(context.folder):
        async with embedded_postgres(context.folder, _KEY), embedded_valkey(context.folder):
            url = postgres_url(context.folder, _KEY)
            connection = await asyncpg.connect(url)
            await migrate(connection)
            await connection.close()
            async with open_pool(url) as pool, Redis.from_url(valkey_url(context.folder)) as redis:
                yield pool, redis


async def _measured(context: Context) -> tuple[list[float], list[float]]:
    """Seconds from each end to its webhook, and to a report that counts as many calls as had ended by then."""
    receiver, box = _Receiver(), SecretBox(_KEY)
    async with (
        _servers(context) as (pool, redis),
        webhook_session(_LOOPBACK) as session,
        receiver.listening() as address,
    ):
        await _make(pool, box, address)
        worker = asyncio.create_task(OutboxWorker(pool, redis, [WebhookDeliverer(pool, box, session, _LOOPBACK)]).run())
        looking = asyncio.create_task(_look(pool))
        ended = await _end_calls(pool, redis)
        seen = await looking
        with suppress(TimeoutError):
            async with asyncio.timeout(60):
                await receiver.whole.wait()
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
    missing = len(ended) - len(receiver.arrived)
    if missing:
        raise RuntimeError(f"{missing} of {len(ended)} webhooks did not arrive in a minute")
    return [receiver.arrived[call] - at for call, at in ended.items()], [
        at - began for at, began in zip(seen, sorted(ended.values()), strict=True)
    ]


async def _look(pool: Pool) -> list[float]:
    """When today's report first counted one call, two, and so on to all."""
    seen: list[float] = []
    async with pool.acquire() as connection, asyncio.timeout(120):
        while len(seen) < _CALLS:
            today = datetime.now(_MOSCOW).date()
            days = Days(today - timedelta(days=1), today + timedelta(days=1), _MOSCOW)
            async with connection.transaction():
                found = await read_results(connection, days, _ASKED, _EVERYBODY, costs=True)
            seen += [time.perf_counter()] * (found.total.calls // WHOLE - len(seen))
            await asyncio.sleep(0.1)
    return seen


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
            await _show(connection, place, site, numbers, now)


async def _show(connection: Connection, place: int, site: UUID, numbers: UUID, now: datetime) -> None:
    number, visit, visitor = f"+7495200{place:04d}", uuid7(now.timestamp() - 60), uuid4()
    await connection.execute("insert into lines (id, number) values ($1, $2)", uuid4(), number)
    await connection.execute(
        "insert into tracking_numbers (id, number, since, pool_id) values ($1, $2, '2026-01-01', $3)",
        *(uuid4(), number, numbers),
    )
    await connection.execute(
        "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent)"
        " values ($1, $2, $3, $4, $4, 'https://example.ru/?utm_source=x', '', '', 'full')",
        *(visit, visitor, site, now),
    )
    await connection.execute(
        "insert into lease_current (id, number, kind, pool_id, site_id, placement, visit_id, visitor, hold_seconds,"
        " granted_at, seen_until, until) values ($1, $2, 'exclusive', $3, $4, 'main', $5, $6, 900, $7,"
        " $7::timestamptz + interval '1 h', $7::timestamptz + interval '2 h')",
        *(uuid4(), number, numbers, site, visit, visitor, now),
    )


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
