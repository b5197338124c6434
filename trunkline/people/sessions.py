"""Sessions: a random 256-bit secret in the browser, its SHA-256 here, ended by time, by idleness or by hand."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from trunkline.crypto import token_hash
from trunkline.db.types import Connection, Pool
from trunkline.ids import uuid7
from trunkline.people.credentials import session_identity
from trunkline.people.identity import Identity
from trunkline.people.roles import DESKTOP
from trunkline.people.statements import QUERIES
from trunkline.web.security import Address

SECRET_BYTES = 32
#: How long the second factor may take.
CODE_SECONDS = 300
_SEEN_EVERY = timedelta(minutes=1)
_AGENT_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When a session ends: so long after it began, and so long after it was last used."""

    whole: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Origin:
    """Where somebody signs in from."""

    address: Address | None
    agent: str


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One line of "where you are signed in"."""

    id: UUID
    address: Address | None
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


async def open_session(connection: Connection, person: UUID, origin: Origin, lifetime: Lifetime, now: datetime) -> str:
    """A new full session; returns its secret."""
    return await _open(connection, person, "full", origin, now, now + lifetime.whole)


async def open_code_session(connection: Connection, person: UUID, origin: Origin, now: datetime) -> str:
    """A session that only lets its bearer show the second factor; returns its secret."""
    return await _open(connection, person, "code", origin, now, now + timedelta(seconds=CODE_SECONDS))


async def find_session(
    pool: Pool, secret: str, lifetime: Lifetime, now: datetime, *, used: bool = True
) -> Identity | None:
    """Who holds a live full session; notes that it was used, at most once a minute."""
    row = await pool.fetchrow(QUERIES["find_session"], token_hash(secret), "full", now, now - lifetime.idle)
    if row is None:
        return None
    if used and now - row["seen_at"] >= _SEEN_EVERY:
        await pool.execute(QUERIES["see_session"], row["id"], now)
    return session_identity(row)


async def live_sessions(pool: Pool, ids: Sequence[UUID], lifetime: Lifetime, now: datetime) -> Mapping[str, Identity]:
    """Those of the sessions `ids` that still live, by id: for what stays open longer than a request.

    Being asked after counts as use: who waits for calls before an open card is not idle.
    """
    await pool.execute(QUERIES["see_sessions"], ids, now, now - _SEEN_EVERY)
    rows = await pool.fetch(QUERIES["live_sessions"], ids, now, now - lifetime.idle)
    return {str(row["id"]): session_identity(row) for row in rows}


async def find_code_session(connection: Connection, secret: str, now: datetime) -> Identity | None:
    """Who has shown a password and still owes the second factor. The identity must not leave the login pages."""
    since = now - timedelta(seconds=CODE_SECONDS)
    row = await connection.fetchrow(QUERIES["find_session"], token_hash(secret), "code", now, since)
    return session_identity(row) if row else None


async def rotate(connection: Connection, identity: Identity, now: datetime) -> str | None:
    """A new secret for the same session, the old one dead at once; None where it has ended meanwhile."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    found = await connection.fetchval(QUERIES["rotate_session"], identity.credential_hash, token_hash(secret), now)
    return secret if found else None


async def open_sessions(
    connection: Connection, person: UUID, lifetime: Lifetime, now: datetime
) -> Sequence[OpenSession]:
    """Where a person is signed in, the last used first."""
    rows = await connection.fetch(QUERIES["list_sessions"], person, now, now - lifetime.idle)
    return [OpenSession(**dict(row)) for row in rows]


async def end_session(connection: Connection, session: UUID, person: UUID) -> bool:
    """End one session of `person`; False where he has no such one."""
    return await connection.fetchval(QUERIES["end_session"], session, person) is not None


async def end_secret(connection: Connection, secret: str) -> None:
    """End whichever session a cookie names."""
    await connection.execute(QUERIES["end_secret"], token_hash(secret))


async def end_sessions(connection: Connection, person: UUID, *, but: UUID | None = None) -> None:
    """End all sessions of `person`, his present one excepted where it is named, and shut out his desktop helpers: each
    made its token by a session, which may have been somebody else's.
    """
    await connection.execute(QUERIES["end_sessions"], person, but)
    await connection.execute(QUERIES["end_computers"], person, [right.value for right in DESKTOP])


async def sweep(connection: Connection, lifetime: Lifetime, now: datetime) -> None:
    """Delete sessions that have ended by time."""
    await connection.execute(QUERIES["sweep_sessions"], now, now - lifetime.idle)


async def _open(connection: Connection, person: UUID, stage: str, origin: Origin, now: datetime, end: datetime) -> str:
    secret = secrets.token_urlsafe(SECRET_BYTES)
    await connection.execute(
        QUERIES["open_session"],
        uuid7(now.timestamp()),
        token_hash(secret),
        person,
        stage,
        origin.address,
        origin.agent[:_AGENT_LENGTH],
        now,
        end,
    )
    return secret
