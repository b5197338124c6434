"""What the doomed children of test_killed.py do: what is found and told at a moment."""

from datetime import datetime

from redis.asyncio import Redis

from tests.messages.conftest import READER
from trunkline.db.pool import open_pool
from trunkline.messages import finding, posting


async def tell_at(database_url: str, valkey_url: str, at: str) -> None:
    """One look for what time made happen, one at what is due."""
    now = datetime.fromisoformat(at)
    async with open_pool(database_url, size=2) as pool, Redis.from_url(valkey_url) as redis:
        await finding.one_round(pool, READER.timezone, now)
        await posting.one_round(pool, redis, READER, now)
