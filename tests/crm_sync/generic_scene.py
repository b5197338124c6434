"""A company whose calls are told to a CRM of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import aiohttp

from crm_sync.connector import Connector, ConnectorFields
from crm_sync.generic.crm import Generic
from crm_sync.generic.pulling import Pulling
from crm_sync.generic.receiver import SECONDS, Receivers
from crm_sync.generic.store import save_mapping
from crm_sync.keeping import save_connector
from crm_sync.port import Reach
from crm_sync.store import SQL, find_connector
from tests.crm_sync.portal_client import Hand
from tests.crm_sync.scene import BOX, LONG_AGO, LOOPBACK, ROOT, Company
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.outbox.worker import OutboxWorker
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session

SECRET: Final = "a secret that both sides know"
MOSCOW: Final = ZoneInfo("Europe/Moscow")


@asynccontextmanager
async def generic_crm(
    pool: Pool, clock: Hand, rules: AddressRules = LOOPBACK, seconds: float = SECONDS
) -> AsyncIterator[Generic]:
    """As a process of ours has it."""
    async with webhook_session(rules) as session:
        yield Generic(Receivers(reach_of(pool, session, clock, rules), seconds), MOSCOW)


def reach_of(pool: Pool, session: aiohttp.ClientSession, clock: Hand, rules: AddressRules) -> Reach:
    """What it asks with."""
    return Reach(pool, None, BOX, session, rules, lambda _: "", lambda _: None, clock)


@dataclass
class GenericScene(Company):
    """`url` is where its receiver listens, which has so many `seconds` for an answer."""

    pool: Pool
    url: str
    clock: Hand
    connector: UUID = field(default_factory=lambda: UUID(int=0))
    rules: AddressRules = LOOPBACK
    seconds: float = SECONDS

    async def connect(self) -> Connector:
        """It is set up, its secret taken; calls are told from long ago."""
        told = ConnectorFields(name="own", portal=self.url, client_id="", kind="generic")
        async with self.pool.acquire() as connection, generic_crm(self.pool, self.clock) as crm:
            self.connector = await save_connector(connection, BOX, None, told, ROOT, datetime.now(UTC))
            known = await find_connector(connection, self.connector)
            await crm.take_token(connection, known, SECRET)
            await connection.execute(SQL["begin_telling"], self.connector, LONG_AGO)
        return await self.known()

    async def known(self) -> Connector:
        """As it is kept now."""
        async with self.pool.acquire() as connection:
            return await find_connector(connection, self.connector)

    async def maps(self, text: str) -> None:
        """Another mapping."""
        known = await self.known()
        async with self.pool.acquire() as connection:
            await save_mapping(connection, known, text, ROOT, datetime.now(UTC))

    async def deliver(self) -> None:
        """All that waits is tried, whenever it is due."""
        await self.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
        async with generic_crm(self.pool, self.clock, self.rules, self.seconds) as crm:
            await OutboxWorker(self.pool, None, crm.deliverers, clock=self.clock).drain()


async def drain(database_url: str, now: str) -> None:
    """What a doomed child does: deliver all that is due."""
    clock = Hand(float(now))
    async with open_pool(database_url, size=4) as pool, generic_crm(pool, clock) as crm:
        await OutboxWorker(pool, None, crm.deliverers, clock=clock).drain()


async def pull(database_url: str, now: str) -> None:
    """Another: read the CRM into the mirror."""
    clock = Hand(float(now))

    async def wait(_seconds: float) -> None:
        """Politely."""

    async with open_pool(database_url, size=4) as pool, generic_crm(pool, clock) as crm:
        await Pulling(crm.receivers, MOSCOW, wait).one_round()
