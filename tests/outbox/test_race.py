"""The race that broke two variants of the outbox (crm.md §6.2): hot streams, many writers, many workers."""

import asyncio
import itertools
import random
from collections import defaultdict

import asyncpg
from redis.asyncio import Redis

from tests.fakes.waiting import eventually
from tests.outbox.deliverers import Recorder
from trunkline.db.pool import open_pool
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.outbox.worker import Limits, OutboxWorker

_SECONDS = 8.0
_WRITERS = 12
_WORKERS = 4
_STREAMS = 8


async def _write(pool: asyncpg.Pool, redis: Redis, writer: int, until: float) -> list[tuple[str, str]]:
    """Append until the time is up, now and then rolling back; returns the (stream, idem) that were committed."""
    dice = random.Random(writer)
    committed = []
    number = 0
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        number += 1
        events = [
            NewEvent(f"hot{dice.randrange(_STREAMS)}", "note", f"{writer}:{number}:{part}", {})
            for part in range(dice.choice((1, 1, 1, 3)))
        ]
        async with pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await append_many(connection, events)
            if dice.random() < 0.1:
                await transaction.rollback()
                continue
            await transaction.commit()
        committed += [(event.stream, event.idem) for event in events]
        await wake(redis, OUTBOX_WAKE)
    return committed


async def test_twelve_writers_and_four_workers_keep_every_streams_order(database_url: str, redis: Redis) -> None:
    seen: dict[str, list[int]] = defaultdict(list)
    async with open_pool(database_url, size=_WRITERS) as pool, open_pool(database_url, size=10) as workers_pool:
        recorders = [Recorder() for _ in range(_WORKERS)]
        for recorder in recorders:
            recorder.seen = seen  # one record of the true order in which events reached the outside
        workers = [OutboxWorker(workers_pool, redis, [each], limits=Limits(width=6)) for each in recorders]
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        until = asyncio.get_running_loop().time() + _SECONDS
        written = await asyncio.gather(*(_write(pool, redis, writer, until) for writer in range(_WRITERS)))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        last = OutboxWorker(workers_pool, redis, [recorders[0]])

        async def is_empty() -> bool:
            """What a worker held when it was stopped is due again when its lease is over."""
            await last.drain()
            return bool(await pool.fetchval("select count(*) from outbox_streams") == 0)

        await eventually(is_empty, 45)
        stuck = await pool.fetchval("select count(*) from outbox")
        streams = await pool.fetchval("select count(*) from outbox_streams")
    committed = [pair for pairs in written for pair in pairs]
    delivered = {idem for recorder in recorders for idem in recorder.order}
    repeats = sum(len(ids) - len(set(ids)) for ids in seen.values())
    violations = sum(1 for ids in seen.values() for a, b in itertools.pairwise(ids) if b <= a)
    assert (stuck, streams, violations, repeats) == (0, 0, 0, 0)
    assert delivered == {idem for _, idem in committed}
    assert {stream for stream, _ in committed} == set(seen)
