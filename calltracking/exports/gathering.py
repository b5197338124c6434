"""What waits becomes batches in the outbox, every half minute by one node at a time; what was sent is asked about.

Payments that came or changed are looked at first.
"""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
from redis.asyncio import Redis

from calltracking.exports.conversion import Conversion, Judged, Request, Target
from calltracking.exports.counting import count_calls
from calltracking.exports.deliverer import KIND
from calltracking.exports.destination import KINDS, Destination
from calltracking.exports.payments import look_at_payments
from calltracking.exports.sending import NoAnswer, Sender
from calltracking.exports.store import SQL, find_destination, list_destinations, target_of
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Connection, Pool
from trunkline.errors import NotFound
from trunkline.ids import lowest_id, uuid7
from trunkline.log import get_logger
from trunkline.outbox.append import append
from trunkline.outbox.wake import OUTBOX_WAKE, wake

log = get_logger(__name__)

TICK_SECONDS: Final = 30.0
_MOST: Final = 2000
_ASKED_EVERY: Final = timedelta(minutes=30)
_ASKED_FOR: Final = timedelta(days=3)
_KEPT: Final = timedelta(days=400)
_TELLING: Final = [name for name, kind in KINDS.items() if kind.exporter.tells]


async def run_exports(pool: Pool, redis: Redis, box: SecretBox, sender: Sender, zone: ZoneInfo) -> NoReturn:
    """For ever; `zone` is the one whose days payments are of."""
    while True:
        try:
            now = datetime.now(UTC)
            await look_at_payments(pool, zone, now)
            if await gather(pool, now):
                await wake(redis, OUTBOX_WAKE)
            await reconcile(pool, box, sender, now)
            await count_calls(pool, box, sender, zone, now)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("exports_wait", error=str(error) or type(error).__name__)
        await asyncio.sleep(TICK_SECONDS)


async def gather(pool: Pool, now: datetime) -> int:
    """Put what waits into batches; returns how many were made."""
    async with pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval(SQL["lock_gathering"]):
            return 0
        made = 0
        for place in await list_destinations(connection):
            if place.may_send:
                made += await _gather_for(connection, place, now)
        old = lowest_id(now - _KEPT)
        await connection.execute(SQL["prune"], old)
        await connection.execute(SQL["prune_batches"], old)
        return made


async def _gather_for(connection: Connection, place: Destination, now: datetime) -> int:
    exporter = place.exporter
    rows = await connection.fetch(SQL["waiting"], place.id, _MOST)
    told = [(row["id"], msgspec.convert(row["payload"], Conversion)) for row in rows]
    whys = {identifier: exporter.unfit(one, now.timestamp()) for identifier, one in told}
    unfit = {identifier: why for identifier, why in whys.items() if why and why != "not_yet"}
    if unfit:
        await connection.execute(SQL["leave_out"], list(unfit), list(unfit.values()))
    fit = [(exporter.family(one), identifier) for identifier, one in told if not whys[identifier]]
    made = 0
    for batch in batches(fit, exporter.most):
        identifier = uuid7(now.timestamp())
        await connection.execute(SQL["add_batch"], identifier, place.id, now, len(batch))
        await connection.execute(SQL["fill_batch"], batch, identifier)
        payload = {"destination": str(place.id), "batch": str(identifier)}
        await append(connection, f"export:{place.id}", KIND, f"export:{identifier}", payload)
        made += 1
    return made


def batches(fit: Iterable[tuple[str, UUID]], most: int) -> list[list[UUID]]:
    """Rows of one family together, at most so many; in their order."""
    families: dict[str, list[UUID]] = {}
    for family, identifier in fit:
        families.setdefault(family, []).append(identifier)
    return [rows[start : start + most] for rows in families.values() for start in range(0, len(rows), most)]


async def reconcile(pool: Pool, box: SecretBox, sender: Sender, now: datetime) -> int:
    """Ask what became of uploads, where somebody tells; returns how many have come to their end."""
    over = 0
    for row in await pool.fetch(SQL["to_reconcile"], now - _ASKED_FOR, now - _ASKED_EVERY, _TELLING):
        found = None
        try:
            found = await _asked(pool, box, sender, row)
        except (NotFound, WrongKey, NoAnswer, ValueError) as error:
            log.warning("export_not_reconciled", batch=str(row["id"]), error=str(error))
        state, joined = (found.state, found.joined) if found else ("", None)
        await pool.execute(SQL["reconciled"], row["id"], state, joined, now)
        over += joined is not None
    return over


async def _asked(pool: Pool, box: SecretBox, sender: Sender, row: asyncpg.Record) -> Judged | None:
    """Of one upload; None where nothing may be asked, or the answer is no yes."""
    async with pool.acquire() as connection:
        place = await find_destination(connection, row["destination_id"])
        target = await target_of(connection, box, place, "")
    if not place.may_send:
        return None

    def build(target: Target) -> Request:
        return place.exporter.status_request(target, row["remote_id"])

    answer = await sender.ask(place.exporter, target, build)
    return place.exporter.read_status(answer.body) if answer.good else None
