"""From a call that ended to what leaves for a vendor: a site, its visitors, destinations, the outbox."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec

from calltracking.explaining.follow import attribute_calls
from calltracking.exports.counting import count_calls
from calltracking.exports.deliverer import ExportDeliverer
from calltracking.exports.destination import DestinationFields
from calltracking.exports.gathering import gather, reconcile
from calltracking.exports.sending import Sender
from calltracking.exports.store import confirm_abroad, find_destination, save_destination
from tests.calltracking.conftest import NO_HOMES, Rows, number_of
from trunkline.calls.announce import Announcement, News
from trunkline.crypto import SecretBox
from trunkline.ids import call_uuid, uuid7
from trunkline.outbox.worker import OutboxWorker
from trunkline.people.audit import Actor
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session

MOSCOW = ZoneInfo("Europe/Moscow")
YM, GA = "1764200000123456789", "123456.7654321"
ROOT = Actor(None, "root", "test", None)


@dataclass
class Scene:
    """A site whose visitor was shown a number, and destinations; `moved` sends what goes to a vendor to its fake."""

    rows: Rows
    box: SecretBox
    moved: Callable[[str], str]

    async def destination(self, kind: str, **more: Any) -> UUID:
        """One that is switched on."""
        told = DestinationFields(kind=kind, name=kind, account="12345", goal="call", secret="t0ken", active=True)
        told = msgspec.structs.replace(told, **more)
        async with self.rows.pool.acquire() as connection:
            return await save_destination(connection, self.box, None, told, ROOT, datetime.now(UTC))

    async def confirm(self, place: UUID, *, yes: bool = True) -> None:
        """An administrator lets data go abroad, and the destination is switched on; or he takes it back."""
        async with self.rows.pool.acquire() as connection:
            known = await find_destination(connection, place)
            await confirm_abroad(connection, known, yes, "Root", ROOT, datetime.now(UTC))
            if yes:
                await connection.execute("update export_destinations set active = true where id = $1", place)

    async def call(self, place: int = 0, *, before: str = "", **visit: Any) -> None:
        """A visitor is shown a number, calls, and the call ends; `before`: where he landed the day before."""
        now, number = time.time(), number_of(place)
        told = {"ym": YM, "ga": GA, "landing": "https://www.example.ru/?yclid=77"} | visit
        visitor, identifier, began = uuid4(), uuid7(now - 60), datetime.fromtimestamp(now - 60, UTC)
        landings = [(uuid7(now - 86_400), began - timedelta(days=1), before)] if before else []
        for of, at, landing in [*landings, (identifier, began, told["landing"])]:
            await self.rows.pool.execute(
                "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent, ym,"
                " ga) values ($1, $2, $3, $4, $4, $5, '', '', 'full', $6, $7)",
                *(of, visitor, self.rows.site, at, landing, told["ym"], told["ga"]),
            )
        await self.rows.pool.execute(
            "insert into lease_current (id, number, kind, pool_id, site_id, placement, visit_id, visitor, hold_seconds,"
            " granted_at, seen_until, until) values ($1, $2, 'exclusive', $3, $4, 'main', $5, $6, 900, $7,"
            " $7::timestamptz + interval '1 h', $7::timestamptz + interval '2 h')",
            *(uuid4(), number, self.rows.numbers, self.rows.site, identifier, visitor, began),
        )
        call_id = call_uuid("office", f"{int(now)}.{place}", now)
        payload = {
            "call_id": str(call_id), "direction": "in", "dialled": number, "client": f"+7916123456{place}",
            "started_at": datetime.fromtimestamp(now, UTC).isoformat(), "answered_at": None, "outcome": "missed",
            "talk_seconds": 0.0,
        }  # fmt: skip
        async with self.rows.pool.acquire() as connection, connection.transaction():
            ended = Announcement(call_id, News.ENDED, f"call.ended:{call_id}", int(now * 1e6), payload)
            await attribute_calls(connection, [ended], MOSCOW, NO_HOMES)

    async def deliver(self, seconds: float = 1.0) -> None:
        """Batches are made and go out, `seconds` from now."""
        await gather(self.rows.pool, datetime.fromtimestamp(time.time() + seconds, UTC))
        await self.drain()

    async def drain(self) -> None:
        """What is in the outbox goes out."""
        await self.rows.pool.execute("update outbox_streams set due = now()")
        async with self.deliverer() as deliverer:
            await OutboxWorker(self.rows.pool, None, [deliverer]).drain()

    @asynccontextmanager
    async def deliverer(self) -> AsyncIterator[ExportDeliverer]:
        """That of the exports, with a connection of its own."""
        async with webhook_session(AddressRules(["127.0.0.0/8"])) as session:
            yield ExportDeliverer(self.rows.pool, self.box, Sender(session, moved=self.moved), "https://c.ru")

    async def reconcile(self, minutes: float = 0) -> int:
        """What became of uploads is asked, `minutes` from now."""
        async with webhook_session(AddressRules(["127.0.0.0/8"])) as session:
            now = datetime.now(UTC) + timedelta(minutes=minutes)
            return await reconcile(self.rows.pool, self.box, Sender(session, moved=self.moved), now)

    async def count(self, now: datetime) -> bool:
        """Metrica is asked what it counts, if somebody's turn is."""
        async with webhook_session(AddressRules(["127.0.0.0/8"])) as session:
            return await count_calls(self.rows.pool, self.box, Sender(session, moved=self.moved), MOSCOW, now)

    async def states(self) -> list[tuple[str, str]]:
        """Of every row: its state, and why."""
        return [tuple(row) for row in await self.rows.pool.fetch("select state, why from exports order by subject, id")]
