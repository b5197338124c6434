"""Bitrix24, as a process of ours asks it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from crm_sync.bitrix24.asking import Scan
from crm_sync.bitrix24.binding import bind
from crm_sync.bitrix24.check import Addresses, check
from crm_sync.bitrix24.declining import DeclineDeliverer
from crm_sync.bitrix24.deliverer import Bitrix24Deliverer
from crm_sync.bitrix24.leaving import LeaveDeliverer
from crm_sync.bitrix24.limiting import Limiter
from crm_sync.bitrix24.mirroring import Mirroring
from crm_sync.bitrix24.people import read_people
from crm_sync.bitrix24.placing import bind_card
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.recordings import RecordDeliverer
from crm_sync.bitrix24.statistics import Statistics
from crm_sync.bitrix24.tokens import Keys, NoAccess
from crm_sync.bitrix24.webhook import tokens_of
from crm_sync.bitrix24.wire import Bad
from crm_sync.connector import Connector
from crm_sync.heard import SQL as EVENTS
from crm_sync.port import Finding, NotSignedIn, Reach
from crm_sync.store import find_connector
from trunkline.db.types import Connection
from trunkline.log import get_logger
from trunkline.outbox.deliverer import Deliverer
from trunkline.outbox.shared import SharedState
from trunkline.recorded.port import Linking, Recorded

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Bitrix24:
    """Every portal."""

    reach: Reach
    portals: Portals
    scan: Scan

    @property
    def deliverers(self) -> list[Deliverer]:
        pool = self.reach.pool
        calls = Bitrix24Deliverer(pool, self.portals, self.reach.speaks)
        return [calls, DeclineDeliverer(pool, self.portals), LeaveDeliverer(self.portals, self.reach.box)]

    def record_deliverers(self, recorded: Recorded, _link: Linking) -> list[Deliverer]:
        return [RecordDeliverer(self.reach.pool, self.portals, recorded)]

    @property
    def source(self) -> Statistics:
        return Statistics(self.scan)

    def reader(self) -> Mirroring:
        return Mirroring(self.reach.pool, self.scan)

    async def sign_in(self, connection: Connection, known: Connector, code: str) -> int:
        try:
            tokens = await self.portals.keys.sign_in(connection, known, code)
        except NoAccess as error:
            raise NotSignedIn(str(error), error.bad.fault.code) from error
        await connection.execute(EVENTS["signed_in"], known.id, tokens.member)
        return tokens.user

    async def take_token(self, connection: Connection, known: Connector, token: str) -> int:
        """The address of an incoming webhook: it is asked what it may do."""
        tokens = tokens_of(token, known.portal)
        if tokens is None:
            raise NotSignedIn("no address of a webhook of this portal", "no_webhook")
        told = await self.portals.ask_by(tokens, known, "scope", {})
        if isinstance(told, Bad):
            raise NotSignedIn(told.fault.reason, told.fault.code)
        if not {"crm", "user"} <= {str(one) for one in told.result if isinstance(told.result, list)}:
            raise NotSignedIn("the webhook lacks a permission", "webhook_lacks")
        await self.portals.keys.keep(connection, known, tokens)
        return tokens.user

    async def look_around(self, known: Connector) -> None:
        handler, card = self.reach.handler(known.id), self.reach.card(known.id)
        try:
            await read_people(self.reach.pool, self.portals.ask, known, self.portals.clock)
            async with self.reach.pool.acquire() as connection:
                known = await find_connector(connection, known.id)
            if handler is not None and not known.by_webhook:
                await bind(self.portals, known, handler)
            if card is not None and not known.by_webhook:
                await bind_card(self.portals, known, card)
        except Refused as error:
            log.warning("crm_not_looked_at", connector=known.name, method=error.request, error=str(error))

    async def check(self, known: Connector) -> list[Finding]:
        addresses = Addresses(self.reach.handler(known.id), self.reach.card(known.id))
        return await check(self.reach.pool, self.portals, known, addresses)


@asynccontextmanager
async def open_bitrix24(reach: Reach) -> AsyncIterator[Bitrix24]:
    """Tokens that are being asked for when it closes are waited for."""
    keys = Keys(reach.pool, reach.box, reach.session, reach.rules, reach.clock)
    try:
        limiter = Limiter(SharedState(reach.redis, reach.clock))
        portals = Portals(keys, reach.session, reach.rules, reach.clock, limiter)
        # Beside deliveries, by the limiter and the circuits of all of them; without Valkey at half the portal's limit.
        yield Bitrix24(reach, portals, Scan.through(portals, SharedState(reach.redis, reach.clock)))
    finally:
        await keys.settled()
