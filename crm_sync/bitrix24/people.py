"""Who has which extension in the portal: read from there now and then, and kept as last read."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from crm_sync.bitrix24.call import names_of
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.wire import Good
from crm_sync.connector import Connector
from crm_sync.store import SQL
from trunkline.db.types import Pool
from trunkline.log import get_logger

log = get_logger(__name__)

Ask = Callable[[Connector, str, Mapping[str, Any]], Awaitable[Good]]
"""As calls ask, or as what may wait does."""

OLD_SECONDS: Final = 900.0
"""The map is read anew beside calls when it is older than this."""
_CALL_SECONDS: Final = 4 * OLD_SECONDS
"""Nobody read it for so long: a call that rings does, and pays for it with a request and a token of the portal's."""
_UNKNOWN_SECONDS: Final = 60.0
"""And where somebody is not in it, at most so often."""
_MOST_PAGES: Final = 100


@dataclass(frozen=True, slots=True)
class People:
    """Who is who in every portal, as one process knows it."""

    pool: Pool
    portals: Portals
    _locks: dict[UUID, asyncio.Lock] = field(default_factory=dict)

    async def whose(self, known: Connector, extensions: Sequence[str]) -> int | None:
        """Who there has the first of `extensions` that anybody has; else the one whom such calls are for.

        A portal that does not tell its people now leaves the map as it was. None where nobody ever signed in.
        """
        found, fallback, age = await self._looked_up(known, extensions)
        oldest = _CALL_SECONDS if found is not None or not extensions else _UNKNOWN_SECONDS
        if age > oldest:
            await self._read(known, oldest)
            found, fallback, _ = await self._looked_up(known, extensions)
        return found if found is not None else fallback

    async def fallback(self, known: Connector) -> int | None:
        """Whose calls are those of people the portal does not know."""
        found: int | None = await self.pool.fetchval(SQL["fallback_user"], known.id)
        return found

    async def _read(self, known: Connector, oldest: float) -> None:
        """Once, however many calls need it."""
        async with self._locks.setdefault(known.id, asyncio.Lock()):
            _, _, age = await self._looked_up(known, ())
            if age <= oldest:
                return
            try:
                await read_people(self.pool, self.portals.ask, known, self.portals.clock)
            except Refused as error:
                log.warning("crm_people_not_read", connector=known.name, error=str(error))
                await self.pool.execute(SQL["users_read"], known.id, datetime.fromtimestamp(self.portals.clock(), UTC))

    async def _looked_up(self, known: Connector, extensions: Sequence[str]) -> tuple[int | None, int | None, float]:
        """Who has one of them, who if nobody has, and how old that is, in seconds."""
        now = datetime.fromtimestamp(self.portals.clock(), UTC)
        row = await self.pool.fetchrow(SQL["whose"], known.id, list(extensions), now)
        return (row["user_id"], row["fallback"], row["age"]) if row else (None, None, 0.0)


async def read_people(
    pool: Pool, ask: Ask, known: Connector, clock: Callable[[], float]
) -> Sequence[tuple[str, int, str]]:
    """Read who works there, whole: extension, number and name of each who has one. Raises what `ask` does."""
    told: list[tuple[str, int, str]] = []
    start: int | None = 0
    for _ in range(_MOST_PAGES):
        said = {"FILTER": {"ACTIVE": True}, "sort": "ID", "order": "ASC", "start": start}
        page = await ask(known, "user.get", said)
        told += names_of(page.result)
        start = page.next
        if start is None:
            break
    now = datetime.fromtimestamp(clock(), UTC)
    async with pool.acquire() as connection, connection.transaction():
        if told:  # a portal that tells of nobody is not believed
            await connection.execute(SQL["forget_users"], known.id)
            await connection.execute(SQL["keep_users"], known.id, *map(list, zip(*told, strict=True)))
        await connection.execute(SQL["users_read"], known.id, now)
    return told
