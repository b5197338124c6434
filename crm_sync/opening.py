"""Opens what asks the CRMs, one of each kind, for a process."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from crm_sync.bitrix24.placing import address_of
from crm_sync.hooks import handler_of
from crm_sync.kinds import TABLE
from crm_sync.port import Crm, CrmReader, Reach, SignedCrm, Source
from trunkline.db.types import Pool
from trunkline.outbox.deliverer import Deliverer
from trunkline.recorded.port import Linking, Recorded
from trunkline.settings import Settings
from trunkline.web.i18n import Reader, Translations, reading
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Crms:
    """One of each kind, by the names of the kinds."""

    by_kind: Mapping[str, Crm]

    def __getitem__(self, kind: str) -> Crm:
        return self.by_kind[kind]

    def of(self, which: type[C]) -> C:
        """The one of a class, for who asks it what only that kind can tell."""
        return next(crm for crm in self.by_kind.values() if isinstance(crm, which))

    def signed(self, kind: str) -> SignedCrm:
        """One that somebody signs in to, or gives a token for; raises KeyError for any other."""
        crm = self.by_kind[kind]
        if not isinstance(crm, SignedCrm):
            raise KeyError(kind)
        return crm

    @property
    def deliverers(self) -> list[Deliverer]:
        """Of all of them."""
        return [one for crm in self.by_kind.values() for one in crm.deliverers]

    def record_deliverers(self, recorded: Recorded, link: Linking) -> list[Deliverer]:
        """Those of recordings, of all of them."""
        return [one for crm in self.by_kind.values() for one in crm.record_deliverers(recorded, link)]

    @property
    def sources(self) -> Mapping[str, Source]:
        """Whom calls are compared with, by the names of the kinds that tell of calls."""
        return {kind: source for kind, crm in self.by_kind.items() if (source := crm.source) is not None}

    def readers(self) -> dict[str, CrmReader]:
        """New ones, by the names of the kinds that are read into the mirror."""
        return {kind: reader for kind, crm in self.by_kind.items() if (reader := crm.reader()) is not None}


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
        box, zone = settings.secret_box(), reader.timezone
        reach = Reach(pool, redis, box, session, rules, callback, handler, speaks=speaks, card=card, zone=zone)
        async with AsyncExitStack() as stack:
            yield Crms({name: await stack.enter_async_context(one.opened(reach)) for name, one in TABLE.items()})
