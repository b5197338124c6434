"""What a whole reading of a home-made CRM did not show any more."""

from datetime import datetime
from typing import Final

from crm_sync.connector import Connector
from crm_sync.generic.store import SQL, source_of
from trunkline.db.types import Connection
from trunkline.mirror.store import remove_vanished_debts

_REMOVED: Final = ("companies", "contacts", "leads", "deals")
"""Orders, invoices and payments stay: they are history, and end by their own fields."""
_FEW: Final = 20
"""So many may go at once whatever the CRM shows."""


class _Doubtful(Exception):
    """More is gone than is likely."""


async def remove_gone(connection: Connection, known: Connector, entity: str, began: datetime) -> tuple[int, str]:
    """How many were taken out, in the caller's transaction, or why none was: an export that broke off loses nobody."""
    shown = await connection.fetchval(SQL["count_pulled"], known.id, entity)
    try:
        async with connection.transaction():
            count = await _remove(connection, known, entity, began)
            _believe(count, shown)
    except _Doubtful:
        return 0, f"{count} are not there any more beside {shown} that are: nothing was taken out"
    finally:
        await connection.execute(SQL["forget_pulled"], known.id, entity)
    return count, ""


def _believe(count: int, shown: int) -> None:
    if count > max(_FEW, shown):
        raise _Doubtful


async def _remove(connection: Connection, known: Connector, entity: str, began: datetime) -> int:
    if entity in _REMOVED:
        return len(await connection.fetch(SQL[f"gone_{entity}"], known.id, entity, source_of(known), began))
    if entity == "debts":
        kept = [row["external_id"] for row in await connection.fetch(SQL["pulled_ids"], known.id, entity)]
        return await remove_vanished_debts(connection, source_of(known), kept)
    return 0
