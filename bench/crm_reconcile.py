"""crm.reconcile_10k: ten thousand calls compared with a portal's statistics, at its two requests a second.

The portal is the fake of the tests, with the vendor's bucket and specifications (`TRUNKLINE_TEST_DATA`). It has all but
fifty of the calls, and as many of another program's; its bucket is used up when it begins, so that only what the vendor
lets through is left. What it takes the fake to answer counts as ours.
"""

import os
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import uvloop
from redis.asyncio import Redis

from bench.crm import _Now
from bench.figures import Context, Figure, absolute
from crm_sync.bitrix24.asking import Scan, account_of
from crm_sync.bitrix24.statistics import Statistics
from crm_sync.reconciling import Reconciling
from tests.crm_sync.scene import Scene
from tests.fakes.bitrix24.portal import portal
from tests.fakes.bitrix24.specs import Specs
from tests.fakes.bitrix24.wire import iso
from trunkline.crypto import KEY_BYTES
from trunkline.db.migrate import migrate
from trunkline.db.partitions import ensure_partitions
from trunkline.db.pool import open_pool
from trunkline.embedded.addresses import postgres_url, valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey
from trunkline.ids import uuid7
from trunkline.outbox.shared import SharedState

ROWS = ("crm.reconcile_10k",)
_CALLS, _MISSING = 10_000, 50
_KEY = bytes(KEY_BYTES)
_CALL = """
    insert into calls
        (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at, ended_at, outcome, answered_by,
        agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap, story)
    select id, 'main', id::text, 'in', '+79161234567', '', '+79161234567', '+74951234567', at, at, 'answered', '101',
        '{101}', '{101}', '{sales}', '{}', '{}', 5000, 60000, false, false, '{}'
    from unnest($1::uuid[], $2::timestamptz[]) as made (id, at)"""
_TOLD = """
    insert into crm_calls (connector_id, call_id, phone, line, outgoing, started_at, remote_id, finished_at, entity)
    select $3, id, '+79161234567', '+74951234567', false, at, 'externalCall.' || id, at, 'LEAD 1'
    from unnest($1::uuid[], $2::timestamptz[]) as made (id, at)"""


def measure(context: Context, _wanted: frozenset[str]) -> Iterator[Figure]:
    """Seconds, of one round."""
    specs = Specs.load(Path(os.environ.get("TRUNKLINE_TEST_DATA", "nothing")) / "bitrix24")
    yield absolute("crm.reconcile_10k", [uvloop.run(_measure(context, specs))], "s", "<=", 300)


async def _measure(context: Context, specs: Specs) -> float:
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
        return await _round(pool, redis, specs)


async def _round(pool: asyncpg.Pool, redis: Redis, specs: Specs) -> float:
    now = datetime.now(UTC)
    ats = [now - timedelta(hours=30) + timedelta(seconds=8 * place) for place in range(_CALLS)]
    calls = [uuid7(at.timestamp()) for at in ats]
    async with pool.acquire() as connection:
        await ensure_partitions(connection, now.date(), months_back=1)
    async with portal(specs) as fake:
        scene = Scene(pool, fake, _Now())
        known = await scene.connect()
        await pool.execute(_CALL, calls, ats)
        await pool.execute(_TOLD, calls, ats, scene.connector)
        for place, (call, at) in enumerate(zip(calls, ats, strict=True)):
            if place % (_CALLS // _MISSING):
                fake.world.statistic.append(_row(2 * place + 1, f"externalCall.{call}", str(call), at))
            fake.world.statistic.append(_row(2 * place + 2, f"other.{place}", "", at))
        async with scene.portals() as portals:
            state = SharedState(redis, time.time)
            await state.take(account_of(known), 10)
            reconciling = Reconciling(
                pool, redis, {"bitrix24": Statistics(Scan.through(portals, state))}, ZoneInfo("Europe/Moscow")
            )
            began = time.perf_counter()
            report = await reconciling.reconcile(known)
            taken = time.perf_counter() - began
    assert (report.sent, report.missing, report.retold) == (_CALLS - _MISSING, _MISSING, _MISSING)
    return taken


def _row(number: int, remote: str, external: str, at: datetime) -> dict[str, Any]:
    return {
        "ID": str(number),
        "CALL_ID": remote,
        "EXTERNAL_CALL_ID": external or None,
        "CALL_START_DATE": iso(at.timestamp()),
        "CRM_ENTITY_TYPE": "LEAD",
        "CRM_ENTITY_ID": "1",
    }
