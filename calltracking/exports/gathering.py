"""What waits becomes batches in the outbox, every half minute by one node at a time; what was sent is asked about."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn
from uuid import UUID

import aiohttp
import asyncpg
import msgspec
from redis.asyncio import Redis

from calltracking.exports import metrica
from calltracking.exports.conversion import Conversion
from calltracking.exports.deliverer import KIND
from calltracking.exports.destination import Destination
from calltracking.exports.store import SQL, list_destinations
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Connection, Pool
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


async def run_exports(
    pool: Pool, redis: Redis, box: SecretBox, session: aiohttp.ClientSession, host: str = metrica.HOST
) -> NoReturn:
    """For ever."""
    while True:
        try:
            now = datetime.now(UTC)
            if await gather(pool, now):
                await wake(redis, OUTBOX_WAKE)
            await reconcile(pool, box, session, now, host)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, aiohttp.ClientError) as error:
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


async def reconcile(
    pool: Pool, box: SecretBox, session: aiohttp.ClientSession, now: datetime, host: str = metrica.HOST
) -> int:
    """Ask Metrica what became of uploads; returns how many have come to their end."""
    over = 0
    for row in await pool.fetch(SQL["to_reconcile"], now - _ASKED_FOR, now - _ASKED_EVERY):
        path = "calls_uploading" if row["kind"] == "metrica_calls" else "uploading"
        url = f"{host}/management/v1/counter/{row['account']}/offline_conversions/{path}/{row['remote_id']}"
        try:
            sealed = await pool.fetchval(SQL["secret_of"], row["destination_id"])
            headers = {"Authorization": f"OAuth {box.open(sealed).decode()}"}
            async with session.get(url, headers=headers, allow_redirects=False) as answer:
                body = await answer.content.read(64 * 1024)
            found = metrica.read_uploading(body) if answer.status == 200 else None
        except (WrongKey, ValueError, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("export_not_reconciled", batch=str(row["id"]), error=str(error) or type(error).__name__)
            found = None
        state, joined = (found.status[:40], found.joined) if found else ("", None)
        await pool.execute(SQL["reconciled"], row["id"], state, joined, now)
        over += joined is not None
    return over
