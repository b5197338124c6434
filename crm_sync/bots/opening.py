"""What the worker needs to say what bots say, opened for as long as it runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from crm_sync.bots.cards import CardDeliverer, Words, pages_of
from crm_sync.bots.deliverer import Chats, SayDeliverer
from crm_sync.bots.messages import MessageDeliverer
from crm_sync.bots.telegram.messenger import Telegram
from trunkline.db.types import Pool
from trunkline.directory.reader import Directory
from trunkline.messages.words import I_SEE_TO_IT
from trunkline.outbox.deliverer import Deliverer
from trunkline.settings import Settings
from trunkline.web.i18n import Reader, Translations
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session


@asynccontextmanager
async def open_bots(
    pool: Pool, settings: Settings, translations: Translations, directory: Directory
) -> AsyncIterator[list[Deliverer]]:
    """In the company's language; one's own Bot API server is reached where the settings name its address."""
    rules = AddressRules(settings.web.webhook_private_addresses)
    reader = Reader(settings.web.language, ZoneInfo(settings.web.timezone))
    words = Words(reader, translations, lambda: directory.view, pages_of(settings))
    async with webhook_session(rules) as session:
        chats = Chats(pool, settings.secret_box(), Telegram(session, rules))
        word = translations.spoken(reader.language).gettext(I_SEE_TO_IT)
        yield [CardDeliverer(chats, words), SayDeliverer(chats), MessageDeliverer(chats, settings.public_url, word)]
