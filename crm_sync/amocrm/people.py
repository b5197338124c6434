"""Who works in an account, and who of ours that is: by e-mail, or as a person chose on our page.

amoCRM knows no extensions. The people are read now and then, and kept as last read.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec

from crm_sync.amocrm.account import SCAN, Accounts, Refused
from crm_sync.amocrm.matching import rows_of
from crm_sync.connector import Connector
from crm_sync.store import SQL
from trunkline.log import get_logger

log = get_logger(__name__)

OLD_SECONDS: Final = 3600.0
"""The people are read anew when a call is told and they are older than this."""
_PAGE: Final = 250
_MOST_PAGES: Final = 20


class User(msgspec.Struct, frozen=True):
    """One who works there."""

    id: int
    name: str
    email: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class People:
    """Who is who in every account, as one process knows it."""

    accounts: Accounts
    _locks: dict[UUID, asyncio.Lock] = field(default_factory=dict)

    async def whose(self, known: Connector, extensions: Sequence[str]) -> list[int | None]:
        """Who the call is of there, then who else may be named; the last is None, nobody."""
        found, fallback, age = await self._looked_up(known, extensions)
        if age > OLD_SECONDS:
            await self._read(known)
            found, fallback, _ = await self._looked_up(known, extensions)
        return [*dict.fromkeys(user for user in (found, fallback) if user), None]

    async def _read(self, known: Connector) -> None:
        """Once, however many calls need it; an account that does not tell its people now leaves them as they were."""
        async with self._locks.setdefault(known.id, asyncio.Lock()):
            if (await self._looked_up(known, ()))[2] <= OLD_SECONDS:
                return
            try:
                await read_people(self.accounts, known)
            except Refused as error:
                log.warning("crm_people_not_read", connector=known.name, error=str(error))
                await self.accounts.reach.pool.execute(SQL["users_read"], known.id, self.accounts.now)

    async def _looked_up(self, known: Connector, extensions: Sequence[str]) -> tuple[int | None, int | None, float]:
        """Who has one of them, who if nobody has, and how old that is, in seconds."""
        pool = self.accounts.reach.pool
        row = await pool.fetchrow(SQL["whose"], known.id, list(extensions), self.accounts.now)
        return (row["user_id"], row["fallback"], row["age"]) if row else (None, None, 0.0)


async def read_people(accounts: Accounts, known: Connector) -> list[User]:
    """Read who works there, whole, and match ours anew. Raises Refused."""
    told: list[User] = []
    for page in range(1, _MOST_PAGES + 1):
        told_page = await accounts.read(known, "users", [("limit", _PAGE), ("page", page)], lane=SCAN)
        rows = rows_of(told_page, "users")
        told += [user for row in rows if (user := user_of(row)) is not None]
        if len(rows) < _PAGE:
            break
    async with accounts.reach.pool.acquire() as connection, connection.transaction():
        if told:  # an account that tells of nobody is not believed
            await connection.execute(SQL["forget_people"], known.id)
            columns = zip(*((user.id, user.name, user.email) for user in told), strict=True)
            await connection.execute(SQL["keep_people"], known.id, *map(list, columns))
            await connection.execute(SQL["forget_matched"], known.id)
            await connection.execute(SQL["match_people"], known.id)
        await connection.execute(SQL["users_read"], known.id, accounts.now)
    return told


def user_of(row: dict[str, Any]) -> User | None:
    """Of a row of `users`; None for who was switched off, or is nobody."""
    rights = row.get("rights")
    rights = rights if isinstance(rights, dict) else {}
    if not isinstance(row.get("id"), int) or rights.get("is_active") is False:
        return None
    name, email = (str(row.get(key) or "")[:200] for key in ("name", "email"))
    return User(row["id"], name, email, bool(rights.get("is_admin")))
