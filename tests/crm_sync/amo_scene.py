"""A company whose calls are told to an amoCRM account."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from redis.asyncio import Redis

from crm_sync.amocrm.account import Accounts
from crm_sync.amocrm.crm import Amocrm
from crm_sync.amocrm.news import CALL
from crm_sync.amocrm.tokens import Keys
from crm_sync.connector import Connector, ConnectorFields
from crm_sync.keeping import save_connector
from crm_sync.port import Reach
from crm_sync.store import SQL, find_connector
from tests.crm_sync.portal_client import Hand
from tests.crm_sync.scene import BOX, LONG_AGO, LOOPBACK, ROOT, Company
from tests.fakes.amocrm.account import AmoAccount
from trunkline.db.types import Pool
from trunkline.outbox.event import Event
from trunkline.outbox.worker import OutboxWorker
from trunkline.webhooks.deliverer import webhook_session


@dataclass
class AmoScene(Company):
    """Its account."""

    pool: Pool
    account: AmoAccount
    clock: Hand
    connector: UUID = field(default_factory=lambda: UUID(int=0))
    handler: str | None = None
    """Where the account posts to us."""

    async def connect(self, **more: object) -> Connector:
        """It is set up, in another's place if one is; its administrator signs in, calls are told from long ago."""
        told = ConnectorFields(**self.account.connector() | more)
        async with self.pool.acquire() as connection:
            was = await find_connector(connection, self.connector) if self.connector.int else None
            self.connector = await save_connector(connection, BOX, was, told, ROOT, datetime.now(UTC))
            known = await find_connector(connection, self.connector)
            async with self.crm() as crm:
                await crm.sign_in(connection, known, self.account.access.code(self.account.admin))
            await connection.execute(SQL["begin_telling"], self.connector, LONG_AGO)
        return await self.known()

    async def known(self) -> Connector:
        """As it is kept now."""
        async with self.pool.acquire() as connection:
            return await find_connector(connection, self.connector)

    @asynccontextmanager
    async def crm(self, redis: Redis | None = None) -> AsyncIterator[Amocrm]:
        """As a process of ours has it; who waits for his turn lets the clock go on."""
        async with webhook_session(LOOPBACK) as session:
            back = self.account.access.app.redirect
            reach = Reach(self.pool, redis, BOX, session, LOOPBACK, lambda _: back, lambda _: self.handler, self.clock)
            keys = Keys(reach)
            yield Amocrm(Accounts(reach, keys, self._sleep))
            await keys.settled()

    async def deliver(self) -> None:
        await self.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
        async with self.crm() as crm:
            await OutboxWorker(self.pool, None, crm.deliverers, clock=self.clock).drain()

    async def person(self, extension: str, email: str = "") -> None:
        """One of ours."""
        asked = "insert into people (id, name, extension, email) values (gen_random_uuid(), $1, $1, nullif($2, ''))"
        await self.pool.execute(asked, extension, email)

    async def knows_whom_we_call(self) -> None:
        """The account has a contact of each number that we called: of an unknown one nothing is made there."""
        known = [str(row) for row in self.account.world.rows["contacts"].values()]
        for row in await self.pool.fetch("select distinct client from calls where direction = 'out' and client <> ''"):
            if not any(row["client"] in one for one in known):
                self.account.world.add("contacts", row["client"], _made=0.0)

    async def event(self) -> Event:
        """That of the newest call."""
        row = await self.pool.fetchrow("select connector_id, call_id from crm_calls order by call_id desc limit 1")
        assert row is not None
        ended = {"seconds": 2, "status": 4, "extensions": []}
        account = self.account.url.removeprefix("http://")
        said = {"connector": str(row["connector_id"]), "account": account, "call": str(row["call_id"]), "ended": ended}
        return Event(1, "stream", CALL, "idem", said, 0, False, LONG_AGO)

    async def entities(self) -> list[str]:
        """What the calls became there, the oldest first."""
        return [row["entity"] for row in await self.pool.fetch("select entity from crm_calls order by call_id")]

    async def _sleep(self, seconds: float) -> None:
        self.clock.at += seconds
