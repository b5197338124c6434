"""API tokens: `tl_<id>_<secret>`, shown once, kept as a hash, for a subset of the owner's rights, until a day."""

import hmac
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from trunkline.crypto import token_hash
from trunkline.db.types import Connection, Pool
from trunkline.people.credentials import token_identity
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.people.statements import QUERIES

MAX_DAYS = 366
_TOKEN = re.compile(r"tl_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_USED_EVERY = timedelta(minutes=1)
_NO_HASH = bytes(32)


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the list shows it."""

    id: str
    person_id: UUID
    owner: str
    name: str
    rights: Sequence[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


async def make_token(
    connection: Connection, owner: UUID, name: str, rights: Iterable[Right], expires: datetime, now: datetime
) -> str:
    """A new token; this is the only time it can be read."""
    identifier, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    names = sorted(right.value for right in rights)
    await connection.execute(QUERIES["make_token"], identifier, token_hash(secret), owner, name, names, now, expires)
    return f"tl_{identifier}_{secret}"


async def find_token(pool: Pool, token: str, now: datetime) -> Identity | None:
    """Who a live token speaks for; notes that it was used, at most once a minute."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    identifier, secret = match.groups()
    row = await pool.fetchrow(QUERIES["find_token"], identifier, now)
    if not hmac.compare_digest(row["secret_hash"] if row else _NO_HASH, token_hash(secret)) or row is None:
        return None
    if row["last_used_at"] is None or now - row["last_used_at"] >= _USED_EVERY:
        await pool.execute(QUERIES["use_token"], identifier, now, now - _USED_EVERY)
    return token_identity(row, identifier)


async def live_tokens(pool: Pool, ids: Sequence[str], now: datetime) -> Mapping[str, Identity]:
    """Those of the tokens `ids` that still live, by id."""
    rows = await pool.fetch(QUERIES["live_tokens"], ids, now)
    return {row["id"]: token_identity(row, row["id"]) for row in rows}


async def tokens(connection: Connection, owner: UUID | None = None) -> Sequence[Token]:
    """All tokens ever made, or one owner's; the live ones first."""
    return [Token(**dict(row)) for row in await connection.fetch(QUERIES["list_tokens"], owner)]


async def revoke_token(connection: Connection, identifier: str, now: datetime, owner: UUID | None = None) -> bool:
    """End a token now; False where there is no live one of that id, or of that owner's."""
    return await connection.fetchrow(QUERIES["revoke_token"], identifier, now, owner) is not None
