"""crm.live_lag_p95: how much later a ringing call is in the CRM than the portal's own limit makes it.

A hundred telephones ring at once, each with a call of its own. The portal is the fake of the tests, with the vendor's
bucket (50, 2 a second) and his specifications of methods (`TRUNKLINE_TEST_DATA`); it shares the machine with us. Each
registration is held against the earliest moment at which a bucket that was full could have let it through.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import uvloop
from redis.asyncio import Redis

from bench.figures import Context, Figure, absolute, percentile
from crm_sync.bitrix24.deliverer import Bitrix24Deliverer
from crm_sync.bitrix24.limiting import Limiter
from crm_sync.bitrix24.people import read_people
from crm_sync.telling import follow_ends, follow_seats
from tests.crm_sync.portal_client import Hand
from tests.crm_sync.scene import Scene
from tests.fakes.bitrix24.portal import Portal, portal
from tests.fakes.bitrix24.specs import Specs
from tests.fakes.dialogue import call_again
from trunkline.calls.applier import CallApplier
from trunkline.crypto import KEY_BYTES
from trunkline.db.migrate import migrate
from trunkline.db.pool import open_pool
from trunkline.embedded.addresses import postgres_url, valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey
from trunkline.outbox.shared import SharedState
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.outbox.worker import OutboxWorker

ROWS = ("crm.live_lag_p95",)
_AGENTS = 100
_ROUNDS = 3
_BRIM, _DRAIN = 45, 2.0
"""What the deliverer takes of the portal's bucket: five of its fifty are kept for what is asked beside calls."""
_LONGEST_SECONDS = 60.0
_KEY = bytes(KEY_BYTES)


class _Now(Hand):
    """The time of the day."""

    def __call__(self) -> float:
        return time.time()


def measure(context: Context, _wanted: frozenset[str]) -> Iterator[Figure]:
    """Milliseconds, the median of the rounds."""
    specs = Specs.load(Path(os.environ.get("TRUNKLINE_TEST_DATA", "nothing")) / "bitrix24")
    lags = uvloop.run(_rounds(context, specs))
    yield absolute("crm.live_lag_p95", [1000 * lag for lag in lags], "ms", "<=", 500)


async def _rounds(context: Context, specs: Specs) -> list[float]:
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(context.folder))
        await stack.enter_async_context(embedded_postgres(context.folder, _KEY))
        await stack.enter_async_context(embedded_valkey(context.folder))
        url = postgres_url(context.folder, _KEY)
        connection = await asyncpg.connect(url)
        await migrate(connection)
        await connection.close()
        pool = await stack.enter_async_context(open_pool(url))
        redis = await stack.enter_async_context(Redis.from_url(valkey_url(context.folder)))
        return [await _round(pool, redis, specs, number) for number in range(_ROUNDS)]


async def _round(pool: asyncpg.Pool, redis: Redis, specs: Specs, number: int) -> float:
    """The 95th percentile of what each call was late, in seconds."""
    await pool.execute("truncate crm_connectors cascade")
    async with portal(specs) as fake:
        fake.world.add_user("Анна", inner="101")
        scene = Scene(pool, fake, _Now())
        known = await scene.connect()
        async with scene.portals() as portals:  # as connecting does, and the mirror ever after, beside calls
            await read_people(pool, portals.ask, known, time.time)
        async with scene.portals(Limiter(SharedState(redis, time.time))) as portals:
            worker = asyncio.create_task(OutboxWorker(pool, redis, [Bitrix24Deliverer(pool, portals)]).run())
            began = await _ring(scene, number)
            await wake(redis, OUTBOX_WAKE)
            told = await _registered(fake)
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
    earliest = [max(0.0, (place + 1 - _BRIM) / _DRAIN) for place in range(_AGENTS)]
    return percentile([at - began - limit for at, limit in zip(told, earliest, strict=True)], 0.95)


async def _ring(scene: Scene, number: int) -> float:
    """Every call comes as far as its middle, where its telephone rings; when the last of them did."""
    applier = CallApplier(follow_ends, follow_seats)
    first = number * _AGENTS
    runs = [call_again("simple_answered", copy, 1_795_320_000 + copy) for copy in range(first, first + _AGENTS)]
    frames = [run[place] for run in runs for place in range(len(run) // 2)]
    await scene.hear(applier, frames)
    return time.time()


async def _registered(fake: Portal) -> list[float]:
    """When each call was, the earliest first."""
    async with asyncio.timeout(_LONGEST_SECONDS):
        while len(fake.calls) < _AGENTS:  # noqa: ASYNC110  (the portal is another's: nothing of it can be waited for)
            await asyncio.sleep(0.05)
    return sorted(call.registered for call in fake.calls)
