"""What is read of CRMs as rows, and how far each entity was read.

A place is moved in the transaction of the rows it covers, and only from where it was: two readers, or one that was
killed, leave nothing out and nothing twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from crm_sync.connector import Connector
from crm_sync.mirror import READ, Mirror, Read, own_contact
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import TrunklineError

SQL: Final = load_queries("crm_sync", "mirrors.sql")

FEW: Final = 20
"""So many rows may go at once whatever the CRM shows."""


class Moved(TrunklineError):
    """Another reader was here meanwhile; nothing was written."""


class Doubtful(TrunklineError):
    """More is gone than is likely of what stood here in a row; nothing was written.

    `gone` are the rows that the CRM does not show any more, `told` the records it shows between them.
    """

    def __init__(self, gone: int, told: int) -> None:
        super().__init__(f"{gone} are not there any more beside {told} that are")
        self.gone = gone
        self.told = told


async def places(connection: Connection, known: Connector) -> dict[str, Mirror]:
    """Each entity's, made where there is none."""
    await connection.execute(SQL["begin"], known.id, list(READ[known.kind]), known.account)
    rows = await connection.fetch(SQL["mirrors"], known.id)
    return {row["entity"]: Mirror(**dict(row)) for row in rows}


async def swept(connection: Connection, known: Connector, mirror: Mirror, read: Read, now: datetime) -> None:
    """A part of everything there is, in id's order: rows, and what is not there any more. Raises Moved, Doubtful."""
    async with connection.transaction():
        await _save(connection, known, mirror, read)
        first = mirror.sweep_id or 0
        seen = (first, read.last, list(read.ids), round(read.at.timestamp() * 1000))
        gone = await connection.fetch(SQL[f"gone_{mirror.entity}"], mirror.source, *seen)
        if not mirror.believed and len(gone) > max(FEW, len(read.ids)):
            raise Doubtful(len(gone), len(read.ids))
        await _go_with(connection, mirror, gone)
        moved = await connection.fetchval(
            SQL["swept"], known.id, mirror.entity, mirror.sweep_id, read.last, read.at,
            len(read.records), read.unread, len(gone), now,
        )  # fmt: skip
        if moved is None:
            raise Moved(f"the sweep of {mirror.entity} was moved by another process")


async def caught_up(connection: Connection, known: Connector, mirror: Mirror, read: Read, now: datetime) -> None:
    """A part of what changed, in id's order. Raises Moved."""
    async with connection.transaction():
        await _save(connection, known, mirror, read)
        moved = await connection.fetchval(
            SQL["caught_up"], known.id, mirror.entity, mirror.delta_id, read.last, mirror.delta_at or read.at,
            len(read.records), read.unread, now,
        )  # fmt: skip
        if moved is None:
            raise Moved(f"the changes of {mirror.entity} were read by another process")


async def noticed(
    connection: Connection, known: Connector, mirror: Mirror, read: Read, gone: Sequence[int], now: datetime
) -> None:
    """Some records that changed, wherever they stand, and ids that are not there any more; no place is moved."""
    async with connection.transaction():
        await _save(connection, known, mirror, read)
        named = (list(map(str, gone)), round(read.at.timestamp() * 1000))
        found = await connection.fetch(SQL[f"gone_named_{mirror.entity}"], mirror.source, *named) if gone else []
        await _go_with(connection, mirror, found)
        counts = (len(read.records), read.unread, len(found))
        await connection.execute(SQL["noticed"], known.id, mirror.entity, *counts, now)


async def hinted(
    connection: Connection, known: Connector, mirror: Mirror, read: Read, hints: Sequence[tuple[int, datetime]]
) -> None:
    """Those that the CRM said were touched as they are now: what is not there any more goes.

    Where that is much of what was named it is left to the sweep, which tells whoever may know.
    """
    absent = [one for one, _ in hints if str(one) not in set(read.ids)]
    gone = absent if len(absent) <= max(FEW, len(read.ids)) else []
    async with connection.transaction():
        await noticed(connection, known, mirror, read, gone, read.at)
        ids, times = [one for one, _ in hints], [at for _, at in hints]
        await connection.execute(SQL["end_hints"], known.id, mirror.entity, ids, times)


async def _go_with(connection: Connection, mirror: Mirror, gone: Sequence[asyncpg.Record]) -> None:
    """What stands here because of records that are not there any more."""
    ids = [row["external_id"] for row in gone]
    if mirror.entity == "companies" and ids:
        await connection.execute(SQL["take_out"], mirror.source, list(map(own_contact, ids)))
    if mirror.entity == "deals" and ids:
        await connection.execute(SQL["drop_orders"], mirror.source, ids)


async def _save(connection: Connection, known: Connector, mirror: Mirror, read: Read) -> None:
    if read.records:
        await connection.execute(SQL[f"save_{mirror.entity}"], mirror.source, known.id, list(read.records))
    if read.orders is not None:
        ordered = {one["external_id"] for one in read.orders}
        known_ids = [one["external_id"] for one in read.records]  # what could not be read stays as it was
        await connection.execute(SQL["drop_orders"], mirror.source, [one for one in known_ids if one not in ordered])
        await connection.execute(SQL["save_orders"], mirror.source, list(read.orders))
    contacts = read.records if mirror.entity == "contacts" else read.contacts
    if mirror.entity == "companies":
        without = [one["external_id"] for one in contacts if not one["phones"]]
        await connection.execute(SQL["take_out"], mirror.source, without)
        contacts = [one for one in contacts if one["phones"]]
        if contacts:
            await connection.execute(SQL["save_contacts"], mirror.source, known.id, contacts)
    if contacts:
        await _numbers(connection, mirror.source, contacts)


async def _numbers(connection: Connection, source: str, contacts: Sequence[Mapping[str, Any]]) -> None:
    await connection.execute(SQL["drop_numbers"], source, list(contacts))
    await connection.execute(SQL["add_numbers"], source, list(contacts))


async def users_age(connection: Connection, connector: UUID, now: datetime) -> float:
    """Seconds since the CRM's people were last read."""
    age: float | None = await connection.fetchval(SQL["age_of_users"], connector, now)
    return age if age is not None else 0.0
