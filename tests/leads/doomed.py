"""What the doomed children of test_engine.py do: one round of the engine, one look for orphans."""

from datetime import datetime

from redis.asyncio import Redis

from tests.leads.test_engine import MOSCOW
from trunkline.db.pool import open_pool
from trunkline.leads.engine import one_round
from trunkline.leads.orphans import one_look


async def round_at(database_url: str, valkey_url: str, at: str) -> None:
    """Look at all that is late at this moment."""
    async with open_pool(database_url, size=2) as pool, Redis.from_url(valkey_url) as redis:
        await one_round(pool, redis, MOSCOW, datetime.fromisoformat(at))


async def look_at(database_url: str, valkey_url: str, at: str) -> None:
    """Look at what nobody minds at this moment."""
    async with open_pool(database_url, size=2) as pool, Redis.from_url(valkey_url) as redis:
        await one_look(pool, redis, datetime.fromisoformat(at))
