"""What the doomed children do: bring the account level that is due."""

from datetime import UTC, datetime

import aiohttp

from crm_sync.google.access import Hosts
from crm_sync.google.asking import Google
from crm_sync.google.syncing import Syncing
from trunkline.crypto import SecretBox
from trunkline.db.pool import open_pool


async def turn(database_url: str, key: str, url: str, now: str) -> None:
    """At Unix time `now`, of the account that Google at `url` holds."""
    hosts = Hosts(f"{url}/auth", f"{url}/token", f"{url}/revoke", f"{url}/v1/")
    async with open_pool(database_url, size=2) as pool, aiohttp.ClientSession() as session:
        google = Google(session, hosts, lambda: float(now))
        clock = lambda: datetime.fromtimestamp(float(now), UTC)  # noqa: E731 - as the worker's, frozen
        await Syncing(pool, SecretBox(bytes.fromhex(key)), google, clock, between=0.0).turn()
