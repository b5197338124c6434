"""Opens what asks the CRMs, one of each kind, for a process."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from crm_sync.amocrm.crm import Amocrm, open_amocrm
from crm_sync.bitrix24.crm import Bitrix24, open_bitrix24
from crm_sync.bitrix24.placing import address_of
from crm_sync.generic.crm import Generic
from crm_sync.generic.receiver import Receivers
from crm_sync.hooks import handler_of
from crm_sync.onec.crm import OneC, open_onec
from crm_sync.port import Crm, Reach, SignedCrm
from trunkline.db.types import Pool
from trunkline.outbox.deliverer import Deliverer
from trunkline.settings import Settings
from trunkline.web.i18n import Reader, Translations, reading
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session


@dataclass(frozen=True, slots=True)
class Crms:
    """One of each kind, by the names of the kinds."""

    bitrix24: Bitrix24
    amocrm: Amocrm
    onec: OneC
    generic: Generic

    def __getitem__(self, kind: str) -> Crm:
        return self.onec if kind == "onec" else self.signed(kind)

    def signed(self, kind: str) -> SignedCrm:
        """One that somebody signs in to, or gives a token for."""
        by_name: Mapping[str, SignedCrm] = {
            "bitrix24": self.bitrix24,
            "amocrm": self.amocrm,
            "generic": self.generic,
        }
        return by_name[kind]

    @property
    def deliverers(self) -> list[Deliverer]:
        """Of all of them."""
        return [one for crm in (self.bitrix24, self.amocrm, self.onec, self.generic) for one in crm.deliverers]


def callback_of(settings: Settings, name: str) -> str:
    """What is written into the CRM as the application's address: it is the browser that comes there."""
    return f"{settings.sites_url if settings.server.sites_url else settings.public_url}/crm/oauth/{name}"


@asynccontextmanager
async def open_crms(pool: Pool, redis: Redis | None, settings: Settings) -> AsyncIterator[Crms]:
    """One that stands in our network is reached where the settings name its address."""
    rules = AddressRules(settings.web.webhook_private_addresses)
    async with webhook_session(rules) as session:
        callback, handler = partial(callback_of, settings), partial(handler_of, settings)
        card = partial(address_of, settings)
        reader = Reader(settings.web.language, ZoneInfo(settings.web.timezone))
        speaks = partial(reading, reader, Translations(("crm_sync",)))
        reach = Reach(pool, redis, settings.secret_box(), session, rules, callback, handler, speaks=speaks, card=card)
        async with open_bitrix24(reach) as bitrix24, open_amocrm(reach) as amocrm, open_onec(reach) as onec:
            generic = Generic(Receivers(reach), ZoneInfo(settings.web.timezone))
            yield Crms(bitrix24, amocrm, onec, generic)
