"""Who has which extension in the portal: read from there now and then, and kept as last read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from crm_sync.bitrix24.call import names_of
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.connector import Connector
from crm_sync.store import SQL, user_of
from trunkline.db.types import Pool
from trunkline.log import get_logger

log = get_logger(__name__)

OLD_SECONDS: Final = 900.0
"""The map is read anew when somebody is looked for and it is older than this."""
_UNKNOWN_SECONDS: Final = 60.0
"""And where somebody is not in it, at most so often."""
_MOST_PAGES: Final = 100


async def whose(pool: Pool, portals: Portals, known: Connector, extensions: Sequence[str]) -> int | None:
    """Who there has the first of `extensions` that anybody has; else the one whom such calls are for.

    A portal that does not tell its people now leaves the map as it was. None where it was never read.
    """
    found = await _found(pool, known.id, extensions)
    now = datetime.fromtimestamp(portals.clock(), UTC)
    age: float = await pool.fetchval(SQL["users_age"], known.id, now)
    if age > OLD_SECONDS or (found is None and extensions and age > _UNKNOWN_SECONDS):
        try:
            await read_people(pool, portals, known)
        except Refused as error:
            log.warning("crm_people_not_read", connector=known.name, error=str(error))
            await pool.execute(SQL["users_read"], known.id, now)
        found = await _found(pool, known.id, extensions)
    if found is not None:
        return found
    fallback: int | None = await pool.fetchval(SQL["fallback_user"], known.id)
    return fallback


async def read_people(pool: Pool, portals: Portals, known: Connector) -> Sequence[tuple[str, int, str]]:
    """Read who works there, whole: extension, number and name of each who has one. Raises Refused."""
    told: list[tuple[str, int, str]] = []
    start: int | None = 0
    for _ in range(_MOST_PAGES):
        said = {"FILTER": {"ACTIVE": True}, "sort": "ID", "order": "ASC", "start": start}
        page = await portals.ask(known, "user.get", said)
        told += names_of(page.result)
        start = page.next
        if start is None:
            break
    now = datetime.fromtimestamp(portals.clock(), UTC)
    async with pool.acquire() as connection, connection.transaction():
        if told:  # a portal that tells of nobody is not believed
            await connection.execute(SQL["forget_users"], known.id)
            await connection.execute(SQL["keep_users"], known.id, *map(list, zip(*told, strict=True)))
        await connection.execute(SQL["users_read"], known.id, now)
    return told


async def _found(pool: Pool, connector: UUID, extensions: Sequence[str]) -> int | None:
    if not extensions:
        return None
    async with pool.acquire() as connection:
        return await user_of(connection, connector, extensions)
