"""One-time links: for the first administrator, and for a person to choose a password. Looking does not use them up."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from trunkline.crypto import token_hash
from trunkline.db.types import Connection
from trunkline.people.statements import QUERIES


class Purpose(StrEnum):
    """What a link is for."""

    FIRST_ADMINISTRATOR = "first_administrator"
    PASSWORD = "password"  # noqa: S105 - a name


#: The page of each purpose.
PATHS = {Purpose.FIRST_ADMINISTRATOR: "/welcome", Purpose.PASSWORD: "/password"}
#: How long each is good for: the first is printed on a console, the second travels to somebody.
LIVES = {Purpose.FIRST_ADMINISTRATOR: timedelta(hours=24), Purpose.PASSWORD: timedelta(hours=48)}


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose link it is; nobody's yet for the first administrator."""

    person: UUID | None
    name: str
    login: str


async def make_link(connection: Connection, purpose: Purpose, person: UUID | None, base_url: str, now: datetime) -> str:
    """A new link that replaces the unused ones of the same purpose and person; it can be read only now."""
    secret = secrets.token_urlsafe(32)
    await connection.execute(QUERIES["drop_links"], purpose.value, person)
    await connection.execute(QUERIES["make_link"], token_hash(secret), purpose.value, person, now, now + LIVES[purpose])
    return f"{base_url}{PATHS[purpose]}/{secret}"


async def bearer_of(connection: Connection, purpose: Purpose, secret: str, now: datetime) -> Bearer | None:
    """Whose live link this is; None for one that is unknown, used or too old, or when there is an administrator."""
    row = await connection.fetchrow(QUERIES["find_link"], token_hash(secret), purpose.value, now)
    if row is None or (purpose is Purpose.FIRST_ADMINISTRATOR and await has_administrator(connection)):
        return None
    return Bearer(row["person_id"], row["name"] or "", row["login"] or "")


async def spend_link(connection: Connection, secret: str, now: datetime) -> bool:
    """Use a link up; False for the second to come."""
    return await connection.fetchrow(QUERIES["spend_link"], token_hash(secret), now) is not None


async def has_administrator(connection: Connection, *, but: UUID | None = None) -> bool:
    """Whether somebody can sign in as administrator, person `but` left out."""
    count: int = await connection.fetchval(QUERIES["count_administrators"], but)
    return count > 0


async def first_administrator_link(connection: Connection, base_url: str, now: datetime) -> str | None:
    """The link that `trunkline serve` prints; None once there is an administrator."""
    async with connection.transaction():
        await connection.execute(QUERIES["lock_administrators"])
        if await has_administrator(connection):
            return None
        return await make_link(connection, Purpose.FIRST_ADMINISTRATOR, None, base_url, now)
