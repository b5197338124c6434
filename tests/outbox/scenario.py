"""What the doomed children do: one outbox worker that delivers webhooks to a receiver in the test's process."""

import asyncio

from redis.asyncio import Redis

from trunkline.crypto import SecretBox
from trunkline.db.pool import open_pool
from trunkline.outbox.worker import Limits, OutboxWorker
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import WebhookDeliverer, webhook_session

LOOPBACK = AddressRules(["127.0.0.0/8"])


async def drain(database_url: str, valkey_url: str, key: str) -> None:
    """Deliver all that is due."""
    async with (
        open_pool(database_url, size=4) as pool,
        Redis.from_url(valkey_url) as redis,
        webhook_session(LOOPBACK) as session,
    ):
        deliverer = WebhookDeliverer(pool, SecretBox(bytes.fromhex(key)), session, LOOPBACK)
        await OutboxWorker(pool, redis, [deliverer]).drain()


async def work(database_url: str, valkey_url: str, key: str) -> None:
    """Deliver until killed."""
    async with (
        open_pool(database_url, size=4) as pool,
        Redis.from_url(valkey_url) as redis,
        webhook_session(LOOPBACK) as session,
    ):
        deliverer = WebhookDeliverer(pool, SecretBox(bytes.fromhex(key)), session, LOOPBACK)
        worker = OutboxWorker(pool, redis, [deliverer], limits=Limits(width=4, lease=1.0))
        await asyncio.gather(worker.run())
