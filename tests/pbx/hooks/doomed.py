"""What the doomed children of test_dialer_killed.py do: a worker that sends an accepted dial and hears the answer."""

import asyncio

from redis.asyncio import Redis

from trunkline.crypto import SecretBox
from trunkline.db.pool import open_pool
from trunkline.pbx.hooks.dialer import HostedDialer, dialling_api
from trunkline.webhooks.address import AddressRules

BOX = SecretBox(b"k" * 32)
LOOPBACK = AddressRules(["127.0.0.0/8"])


async def dial(database_url: str, seconds: str) -> None:
    """Send all that is accepted, hear the answers, and look once at the story."""
    async with open_pool(database_url, size=2) as pool, dialling_api(LOOPBACK, answer_seconds=float(seconds)) as api:
        dialer = HostedDialer(pool, Redis(port=1), BOX, api)
        async with asyncio.TaskGroup() as group:
            await dialer.send_accepted(group)
        await dialer.look()
