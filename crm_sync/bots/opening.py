"""What the worker needs to say what bots say and to hear what is said to them, opened for as long as it runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from crm_sync.bots.cards import CardDeliverer, Words, pages_of
from crm_sync.bots.deliverer import Chats, SayDeliverer
from crm_sync.bots.following import Following
from crm_sync.bots.hearing import Ear
from crm_sync.bots.kinds import KINDS, open_messengers
from crm_sync.bots.messages import MessageDeliverer
from crm_sync.bots.polling import Polling
from crm_sync.bots.port import Polled
from crm_sync.bots.posts import PostDeliverer
from trunkline.db.types import Pool
from trunkline.directory.reader import Directory
from trunkline.messages.words import I_SEE_TO_IT
from trunkline.outbox.deliverer import Deliverer
from trunkline.settings import Settings
from trunkline.web.i18n import Reader, Translations
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session


class Bots(NamedTuple):
    """Who says, who asks messengers that post nothing, who looks for what chats are to be told."""

    deliverers: list[Deliverer]
    polling: Polling
    following: Following


@asynccontextmanager
async def open_bots(
    pool: Pool, redis: Redis | None, settings: Settings, translations: Translations, directory: Directory
) -> AsyncIterator[Bots]:
    """In the company's language; one's own Bot API server is reached where the settings name its address."""
    rules = AddressRules(settings.web.webhook_private_addresses)
    reader = Reader(settings.web.language, ZoneInfo(settings.web.timezone))
    words = Words(reader, translations, lambda: directory.view, pages_of(settings))
    async with webhook_session(rules) as session:
        messengers = open_messengers(session, rules)
        chats = Chats(pool, settings.secret_box(), messengers)
        asked = {name: cast("Polled", one) for name, one in messengers.items() if KINDS[name].read is None}
        polling = Polling(pool, redis, Ear.of(settings), asked, settings.node)
        word = translations.spoken(reader.language).gettext(I_SEE_TO_IT)
        deliverers: list[Deliverer] = [
            CardDeliverer(chats, words),
            PostDeliverer(chats, words),
            SayDeliverer(chats),
            MessageDeliverer(chats, settings.public_url, word),
        ]
        yield Bots(deliverers, polling, Following(pool, redis))
