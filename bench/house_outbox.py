"""The outbox's rate and order: 2,000 streams × 5 events, no-op delivery, log row, limiter and breaker on."""

import itertools
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AsyncExitStack

import asyncpg
import uvloop
from redis.asyncio import Redis

from bench.figures import ROUNDS, Context, Figure, absolute
from trunkline.crypto import KEY_BYTES
from trunkline.db.migrate import migrate
from trunkline.db.pool import open_pool
from trunkline.embedded.addresses import postgres_url, valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey
from trunkline.outbox.append import append_many
from trunkline.outbox.event import Account, Delivered, Event, KindPolicy, NewEvent, Outcome, Unknowable, Verdict
from trunkline.outbox.worker import OutboxWorker

ROWS = ("house.outbox_rate", "house.outbox_order_violations")

_STREAMS = 2000
_EACH = 5
_ACCOUNT = Account("bench", rate=1e6, burst=1e6)
_KEY = bytes(KEY_BYTES)


class Sink:
    """Takes everything at once and remembers in which order each stream came."""

    def __init__(self) -> None:
        self.kinds = {"note": KindPolicy()}
        self.seen: dict[str, list[int]] = defaultdict(list)

    def account(self, _event: Event) -> Account:
        return _ACCOUNT

    async def deliver(self, event: Event) -> Outcome:
        self.seen[event.stream].append(event.id)
        return Delivered()

    async def verify(self, _event: Event) -> Verdict:
        return Unknowable()

    @property
    def violations(self) -> int:
        """Events that came after a later one, twice, or not at all."""
        wrong = sum(second <= first for ids in self.seen.values() for first, second in itertools.pairwise(ids))
        return wrong + _STREAMS * _EACH - sum(len(set(ids)) for ids in self.seen.values())


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    rates, violations = uvloop.run(_rounds(context))
    if "house.outbox_rate" in wanted:
        yield absolute("house.outbox_rate", rates, "events/s", ">=", 5000)
    if "house.outbox_order_violations" in wanted:
        yield absolute("house.outbox_order_violations", [sum(violations)], "events", "==", 0)


async def _rounds(context: Context) -> tuple[list[float], list[int]]:
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
        figures = [await _round(pool, redis, number) for number in range(ROUNDS)]
    return [rate for rate, _ in figures], [wrong for _, wrong in figures]


async def _round(pool: asyncpg.Pool, redis: Redis, number: int) -> tuple[float, int]:
    async with pool.acquire() as connection, connection.transaction():
        await append_many(
            connection,
            [
                NewEvent(f"stream{place % _STREAMS}", "note", f"{number}:{place}", {"call": "+79160000000", "n": place})
                for place in range(_STREAMS * _EACH)
            ],
        )
    sink = Sink()
    worker = OutboxWorker(pool, redis, [sink])
    began = time.perf_counter()
    await worker.drain()
    rate = _STREAMS * _EACH / (time.perf_counter() - began)
    return rate, sink.violations
