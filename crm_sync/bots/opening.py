"""What the worker needs to say what bots say, opened for as long as it runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crm_sync.bots.deliverer import Chats, SayDeliverer
from crm_sync.bots.telegram.messenger import Telegram
from trunkline.db.types import Pool
from trunkline.outbox.deliverer import Deliverer
from trunkline.settings import Settings
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session


@asynccontextmanager
async def open_bots(pool: Pool, settings: Settings) -> AsyncIterator[list[Deliverer]]:
    """One's own Bot API server is reached where the settings name its address."""
    rules = AddressRules(settings.web.webhook_private_addresses)
    async with webhook_session(rules) as session:
        yield [SayDeliverer(Chats(pool, settings.secret_box(), Telegram(session, rules)))]
