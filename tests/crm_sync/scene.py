"""A company whose calls are told to a portal: recorded dialogues come in, the outbox goes out."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from crm_sync.bitrix24.declining import DeclineDeliverer
from crm_sync.bitrix24.deliverer import Bitrix24Deliverer
from crm_sync.bitrix24.limiting import Limiter
from crm_sync.bitrix24.portal import Portals
from crm_sync.bitrix24.tokens import Keys
from crm_sync.body import LONGEST_ANSWER
from crm_sync.connector import Connector, ConnectorFields
from crm_sync.keeping import save_connector
from crm_sync.store import SQL, find_connector
from crm_sync.telling import follow_ends, follow_seats
from tests.calls.dialogues import PBX, dialogue
from tests.crm_sync.portal_client import Hand
from tests.fakes.bitrix24.portal import Portal
from trunkline.calls.applier import CallApplier
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.outbox.deliverer import Deliverer
from trunkline.outbox.worker import OutboxWorker
from trunkline.pbx.asterisk.framing import join_frames
from trunkline.pbx.ports import pack_run
from trunkline.people.audit import Actor
from trunkline.spool import Kind, Position, Record
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session

LOOPBACK = AddressRules(["127.0.0.0/8"])
ROOT = Actor(None, "root", "test", None)
BOX = SecretBox(b"k" * 32)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ACCOUNTS = "select state, reason from outbox_accounts"


class Company(ABC):
    """Its database, and the clock of what it tells its calls to."""

    pool: Pool
    clock: Hand

    @abstractmethod
    async def deliver(self) -> None:
        """All that waits is tried, whenever it is due."""

    async def happens(self, name: str, *, batch: int = 1000) -> None:
        """A recorded dialogue comes in, so many frames a transaction."""
        frames = dialogue(name).frames
        applier = CallApplier(follow_ends, follow_seats)
        for first in range(0, len(frames), batch):
            await self.hear(applier, frames[first : first + batch])

    async def hear(self, applier: CallApplier, frames: Sequence[bytes]) -> None:
        """Some frames, in a transaction."""
        told = Record(Kind.AMI, 1_795_320_200.0, pack_run(PBX, join_frames(frames)), Position(0, 0))
        async with self.pool.acquire() as connection, connection.transaction():
            await applier.apply(connection, [told])

    async def deliver_all(self, rounds: int = 12) -> None:
        """Until nothing waits; the clock goes on a minute a round, so that buckets fill and circuits close."""
        for _ in range(rounds):
            await self.deliver()
            if not await self.pool.fetchval("select count(*) from outbox"):
                return
            self.clock.at += 60
            await self.pool.execute("delete from outbox_accounts")
        raise AssertionError(await self.pool.fetch("select kind, attempts, last_error from outbox"))

    async def calls(self) -> list[UUID]:
        """Those with somebody outside, the oldest first."""
        asked = "select id from calls where direction <> 'internal' and client <> '' order by id"
        return [row["id"] for row in await self.pool.fetch(asked)]

    async def dead(self) -> list[str]:
        """Why deliveries were given up."""
        return [row["error"] for row in await self.pool.fetch("select error from outbox_dead order by id")]


@dataclass
class Scene(Company):
    """Its portal."""

    pool: Pool
    portal: Portal
    clock: Hand
    connector: UUID = field(default_factory=lambda: UUID(int=0))

    async def connect(self, **more: object) -> Connector:
        """It is set up, in another's place if one is; its administrator signs in, calls are told from long ago."""
        told = ConnectorFields(
            **{
                "name": "office",
                "portal": self.portal.url,
                "oauth_url": self.portal.oauth_url,
                "client_id": self.portal.app.client_id,
                "secret": self.portal.app.secret,
            }
            | more  # type: ignore[arg-type]  # fields by their names
        )
        async with self.pool.acquire() as connection:
            was = await find_connector(connection, self.connector) if self.connector.int else None
            self.connector = await save_connector(connection, BOX, was, told, ROOT, datetime.now(UTC))
            known = await find_connector(connection, self.connector)
            async with self.portals() as portals:
                await portals.keys.sign_in(connection, known, self.portal.access.code(self.portal.app, 1))
            await connection.execute(SQL["begin_telling"], self.connector, LONG_AGO)
            return await find_connector(connection, self.connector)

    async def served_at(self, portal: str, endpoint: str) -> None:
        """Another server stands for the same portal, what waits for it included."""
        await self.pool.execute("update crm_connectors set portal = $1", portal)
        await self.pool.execute("update crm_tokens set endpoint = $1", endpoint)
        host = portal.partition("://")[2]
        await self.pool.execute("update outbox set payload = payload || jsonb_build_object('portal', $1::text)", host)

    @asynccontextmanager
    async def portals(self, limiter: Limiter | None = None, longest: int = LONGEST_ANSWER) -> AsyncIterator[Portals]:
        """As a process of ours has them."""
        async with webhook_session(LOOPBACK) as session:
            keys = Keys(self.pool, BOX, session, LOOPBACK, self.clock)
            yield Portals(keys, session, LOOPBACK, self.clock, limiter, longest)
            await keys.settled()

    async def deliver(self) -> None:
        """All that waits is tried, whenever it is due."""
        await self.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
        async with self.portals() as portals:
            deliverers: list[Deliverer] = [Bitrix24Deliverer(self.pool, portals), DeclineDeliverer(self.pool, portals)]
            await OutboxWorker(self.pool, None, deliverers, clock=self.clock).drain()

    def user(self, extension: str) -> str:
        """The portal's id of who has it."""
        users = self.portal.world.users.values()
        return next(str(user.id) for user in users if user.inner == extension)
