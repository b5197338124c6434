"""amoCRM, as a process of ours asks it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from crm_sync.amocrm.account import Accounts, Refused
from crm_sync.amocrm.calls import Calls
from crm_sync.amocrm.cards import Cards
from crm_sync.amocrm.check import check
from crm_sync.amocrm.clients import Clients
from crm_sync.amocrm.deliverer import AmocrmDeliverer
from crm_sync.amocrm.mirroring import AmoMirroring
from crm_sync.amocrm.noted import Noted
from crm_sync.amocrm.people import People, read_people
from crm_sync.amocrm.recordings import AmocrmRecordDeliverer
from crm_sync.amocrm.subscribing import subscribe
from crm_sync.amocrm.tokens import Keys
from crm_sync.amocrm.wire import WORDS, read_long_lived
from crm_sync.connector import Connector
from crm_sync.port import Finding, NotSignedIn, Reach
from crm_sync.tokens import NoAccess
from trunkline.db.types import Connection
from trunkline.log import get_logger
from trunkline.outbox.deliverer import Deliverer
from trunkline.recorded.port import Linking, Recorded

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Amocrm:
    """Every account."""

    accounts: Accounts

    @property
    def deliverers(self) -> list[Deliverer]:
        calls = Calls(self.accounts, Clients(self.accounts), People(self.accounts))
        return [AmocrmDeliverer(self.accounts, calls, Cards(self.accounts))]

    def record_deliverers(self, recorded: Recorded, _link: Linking) -> list[Deliverer]:
        return [AmocrmRecordDeliverer(self.accounts, recorded)]

    @property
    def source(self) -> Noted:
        return Noted(self.accounts)

    def reader(self) -> AmoMirroring:
        return AmoMirroring(self.accounts)

    async def sign_in(self, connection: Connection, known: Connector, code: str) -> int:
        try:
            return (await self.accounts.keys.sign_in(connection, known, code)).user
        except NoAccess as error:
            raise NotSignedIn(str(error), error.bad.fault.code) from error

    async def take_token(self, connection: Connection, known: Connector, token: str) -> int:
        tokens = read_long_lived(token, known.portal)
        if tokens is None:
            raise NotSignedIn(WORDS["not_a_token"], "not_a_token")
        try:
            await self.accounts.read_with(known, tokens, "account")
        except Refused as refused:
            raise NotSignedIn(str(refused), refused.bad.fault.code) from refused
        await self.accounts.keys.keep(connection, known, tokens)
        return tokens.user

    async def look_around(self, known: Connector) -> None:
        try:
            await read_people(self.accounts, known)
            if (handler := self.accounts.reach.handler(known.id)) is not None:
                await subscribe(self.accounts, known, handler)
        except Refused as error:
            log.warning("crm_not_looked_at", connector=known.name, request=error.request, error=str(error))

    async def check(self, known: Connector) -> list[Finding]:
        return await check(self.accounts, known)


@asynccontextmanager
async def open_amocrm(reach: Reach) -> AsyncIterator[Amocrm]:
    """Tokens that are being asked for when it closes are waited for."""
    keys = Keys(reach)
    try:
        yield Amocrm(Accounts(reach, keys))
    finally:
        await keys.settled()
