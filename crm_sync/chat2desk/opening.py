"""What the worker needs to tell Chat2Desk, opened for as long as it runs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from crm_sync.bots.asking import Asking
from crm_sync.chat2desk.client import Chat2Desk
from crm_sync.chat2desk.deliverer import CommentDeliverer, Speech
from crm_sync.chat2desk.messages import DialogDeliverer
from trunkline.db.types import Pool
from trunkline.messages.stopping import Stops
from trunkline.outbox.deliverer import Deliverer
from trunkline.recorded.port import Recorded
from trunkline.settings import Settings
from trunkline.web.i18n import Reader, Translations
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session


@asynccontextmanager
async def asking(settings: Settings) -> AsyncIterator[Chat2Desk]:
    """Reached where it is in the world, or where the settings name its address."""
    rules = AddressRules(settings.web.webhook_private_addresses)
    async with webhook_session(rules) as session:
        yield Chat2Desk(Asking(session, rules))


@asynccontextmanager
async def open_chat2desk(
    pool: Pool, settings: Settings, recorded: Recorded, translations: Translations, stops: Stops
) -> AsyncIterator[Sequence[Deliverer]]:
    """Comments in the company's language, and what rules tell clients."""
    reader = Reader(settings.web.language, ZoneInfo(settings.web.timezone))
    speech = Speech(reader, translations, settings.public_url)
    async with asking(settings) as asked:
        box = settings.secret_box()
        yield CommentDeliverer(pool, box, asked, recorded, speech), DialogDeliverer(pool, box, asked, stops)
