"""crm.mirror_ratio, crm.delta_to_card: a portal of 30,000 contacts read at first, and 10,000 of them changed at once.

The portal is the fake of the tests, with the vendor's bucket (50, 2 a second) and specifications
(`TRUNKLINE_TEST_DATA`); it shares the process with the reader, whom it slows down by what it takes to answer. The
ratio is that of requests a second, once the ten that may go at once are gone, to the two that the vendor's bucket lets
through; each brings 1,000 records. What a portal's own time of work allows depends on the portal and is not measured.
The delta is timed from the reader's turn, of which there is one a minute, to when all of it is committed; then the card
of the last contact has to show its new name.
"""

import os
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import uvloop
from redis.asyncio import Redis

from bench.crm import _Now
from bench.figures import Context, Figure, absolute
from crm_sync.bitrix24.asking import Scan
from crm_sync.bitrix24.mirroring import Mirroring
from crm_sync.filling import Filling
from tests.crm_sync.scene import Scene
from tests.fakes.bitrix24.entities import CONTACT
from tests.fakes.bitrix24.portal import Portal, portal
from tests.fakes.bitrix24.specs import Specs
from tests.fakes.bitrix24.wire import iso
from trunkline.card.reading import Asker, read_card
from trunkline.crypto import KEY_BYTES
from trunkline.db.migrate import migrate
from trunkline.db.pool import open_pool
from trunkline.directory.reader import View
from trunkline.embedded.addresses import postgres_url, valkey_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey
from trunkline.outbox.shared import SharedState
from trunkline.people.roles import Right

ROWS = ("crm.mirror_ratio", "crm.delta_to_card")
_CONTACTS = 30_000
_CHANGED = 10_000
_AT_ONCE, _DRAIN = 10, 2.0
"""What may be taken of the portal's bucket at once by what may wait, and what the vendor lets through then."""
_ROUNDS = 3
_KEY = bytes(KEY_BYTES)
_ASKER = Asker(rights=frozenset(Right))


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """Both are of the same rounds; their medians."""
    specs = Specs.load(Path(os.environ.get("TRUNKLINE_TEST_DATA", "nothing")) / "bitrix24")
    rounds = uvloop.run(_rounds(context, specs))
    if "crm.mirror_ratio" in wanted:
        yield absolute("crm.mirror_ratio", [ratio for ratio, _ in rounds], "", ">=", 0.9)
    if "crm.delta_to_card" in wanted:
        yield absolute("crm.delta_to_card", [seconds for _, seconds in rounds], "s", "<=", 10)


async def _rounds(context: Context, specs: Specs) -> list[tuple[float, float]]:
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
        return [await _round(pool, redis, specs) for _ in range(_ROUNDS)]


async def _round(pool: asyncpg.Pool, redis: Redis, specs: Specs) -> tuple[float, float]:
    """The first load's ratio, and the seconds of a delta."""
    await pool.execute("truncate crm_connectors, contacts, companies cascade")
    await redis.flushdb()
    async with portal(specs) as fake:
        long_ago = iso(time.time() - 86_400)  # else the two minutes that deltas overlap would bring all of them again
        for number in range(_CONTACTS):
            made = fake.world.crm.add(CONTACT, {"NAME": f"Иван {number}", "PHONE": [{"VALUE": f"+7906{number:07}"}]})
            fake.world.crm.of(CONTACT)[made]["DATE_MODIFY"] = long_ago
        scene = Scene(pool, fake, _Now())
        await scene.connect()
        async with scene.portals() as portals:
            scan = Scan.through(portals, SharedState(redis, time.time))
            filling = Filling(pool, {"bitrix24": Mirroring(pool, scan)})
            while await filling.one_round():
                pass
            ratio = _ratio(fake)
            for number in range(_CONTACTS - _CHANGED + 1, _CONTACTS + 1):
                fake.world.crm.update(CONTACT, number, {"NAME": "Пётр"})
            began = time.perf_counter()
            await filling.one_round()
            seconds = time.perf_counter() - began
        await _shown(pool)
        return ratio, seconds


def _ratio(fake: Portal) -> float:
    at = [one.at for one in fake.heard if one.method == "batch"][_AT_ONCE:]
    return (len(at) - 1) / (at[-1] - at[0]) / _DRAIN


async def _shown(pool: asyncpg.Pool) -> None:
    """Raises AssertionError unless the card of the last of them has the new name."""
    number = f"+7906{_CONTACTS - 1:07}"
    async with pool.acquire() as connection:
        card = await read_card(connection, _ASKER, View(), datetime.now(UTC), number=number)
    assert card is not None
    assert "Пётр" in repr(card)
    assert await pool.fetchval("select count(*) from contacts where name = 'Пётр'") == _CHANGED
