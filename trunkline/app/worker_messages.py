"""The worker's part of letters and messages: what clients write, and what rules tell clients, people and rooms."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from trunkline.app.worker_part import House, Part
from trunkline.jobs.house import WorkerServices
from trunkline.leads.rules import KeptLeadRules
from trunkline.mailboxes.reading import MailReader
from trunkline.messages.letters import LetterDeliverer
from trunkline.messages.posting import run_messages
from trunkline.messages.rooms import RoomDeliverer
from trunkline.messages.stopping import WORDS, Stops
from trunkline.web.i18n import Reader
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session


@asynccontextmanager
async def open_messages(house: House) -> AsyncIterator[Part]:
    """A room that stands in our network is reached where the settings name its address."""
    services, redis = house.services, house.redis
    settings, pool = services.settings, services.pool
    reader = Reader(settings.web.language, ZoneInfo(settings.web.timezone))
    rules = AddressRules(settings.web.webhook_private_addresses)
    async with webhook_session(rules) as session:
        yield Part(
            {
                "mailboxes": _mail_reader(services, redis).run,
                "messages": partial(run_messages, pool, redis, reader),
            },
            (
                LetterDeliverer(pool, settings.mail, settings.public_url, stops_of(services)),
                RoomDeliverer(pool, settings.secret_box(), session, rules),
            ),
        )


def _mail_reader(services: WorkerServices, redis: Redis) -> MailReader:
    """What reads letters of clients."""
    settings = services.settings
    rules = AddressRules(settings.web.webhook_private_addresses)
    leads = KeptLeadRules(ZoneInfo(settings.web.timezone))
    return MailReader(services.pool, redis, settings.secret_box(), rules, leads)


def stops_of(services: WorkerServices) -> Stops:
    """The link in letters to clients by which they want no more."""
    settings = services.settings
    words = services.translations.spoken(settings.web.language).gettext(WORDS)
    return Stops(settings.secret_box(), settings.sites_url if settings.server.sites_url else "", words)
