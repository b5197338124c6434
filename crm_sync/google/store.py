"""Employees' Google accounts as rows, and what of theirs and of the company's is to be there."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from crm_sync.google.access import Client, Tokens
from crm_sync.google.levelling import Kept
from crm_sync.google.wire import There
from trunkline.crypto import SecretBox, token_hash
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.phonebook.book import Book, place_of
from trunkline.phonebook.store import MOST_CARDS, MOST_NUMBERS_OF_CARD, known
from trunkline.phonebook.vcard import Known

SQL: Final = load_queries("crm_sync.google")
BEGUN_FOR: Final = timedelta(minutes=10)
CHOICES: Final = ("none", "mine", "all")


class Account(msgspec.Struct, frozen=True):
    """One row, claimed for a turn; `refresh` and `access` are sealed."""

    person_id: UUID
    turn: int
    refresh: bytes
    access: bytes
    until: datetime
    staff: bool
    contacts: str
    contact_group: str | None
    looked_at: datetime | None
    doubt: bool
    leaving: bool

    def tokens(self, box: SecretBox) -> Tokens:
        """Raises WrongKey."""
        return Tokens(box.open(self.access).decode(), box.open(self.refresh).decode(), self.until.timestamp())


async def client_of(connection: Connection, box: SecretBox) -> Client | None:
    """The company's; raises WrongKey."""
    row = await connection.fetchrow(SQL["app"])
    return None if row is None else Client(row["client_id"], box.open(row["secret"]).decode())


async def begin_sign_in(connection: Connection, person: UUID, now: datetime) -> str:
    """The state of a sign-in, good once and for ten minutes."""
    state = secrets.token_urlsafe(32)
    await connection.execute(SQL["begin"], person, token_hash(state), now + BEGUN_FOR)
    return state


async def connect(connection: Connection, box: SecretBox, person: UUID, tokens: Tokens, now: datetime) -> None:
    """His account is level soon."""
    await connection.execute(SQL["connect"], person, *_sealed(box, tokens), now)


async def keep_tokens(connection: Connection, box: SecretBox, person: UUID, tokens: Tokens) -> None:
    """In place of those there were."""
    await connection.execute(SQL["keep_tokens"], person, *_sealed(box, tokens))


async def kept_of(connection: Connection, person: UUID) -> dict[str, Kept]:
    """What of ours is in his account as far as we know, by the ids of contacts."""
    rows = await connection.fetch(SQL["kept"], person)
    return {
        row["uid"]: Kept(There(row["uid"], row["resource"], row["source"], row["etag"]), row["content"]) for row in rows
    }


async def keep(connection: Connection, person: UUID, written: Iterable[tuple[There, str]]) -> None:
    """What is there now, each with the hash of what was written."""
    rows = [(one.uid, one.resource, one.source, one.etag, content) for one, content in written]
    if rows:
        await connection.execute(SQL["keep"], person, *(list(column) for column in zip(*rows, strict=True)))


async def replace_kept(connection: Connection, person: UUID, kept: Mapping[str, Kept]) -> None:
    """By what was listed."""
    await connection.execute(SQL["drop_all"], person)
    await keep(connection, person, [(one.there, one.content) for one in kept.values()])


async def wanted_of(connection: Connection, account: Account) -> list[Known] | None:
    """What is to be in his account; None where he may not sign in here any more, and nothing of ours is his.

    Whoever may sign in may read contacts: each role holds `contacts.read`.
    """
    if not await connection.fetchval(SQL["may_sign_in"], account.person_id):
        return None
    found = await known(connection, Book.STAFF) if account.staff else []
    if account.contacts == "none":
        return found
    if account.contacts == "all":
        return [*found, *await known(connection, Book.CONTACTS)][:MOST_CARDS]
    bounds = (MOST_CARDS, MOST_NUMBERS_OF_CARD)
    rows = await connection.fetch(SQL["contacts_of"], account.person_id, *bounds)
    return [*found, *map(_known, rows)][:MOST_CARDS]


def _known(row: asyncpg.Record) -> Known:
    numbers: Sequence[str] = row["numbers"]
    return Known(str(row["id"]), row["name"], row["company"], row["email"], [(place_of(one), one) for one in numbers])


def _sealed(box: SecretBox, tokens: Tokens) -> tuple[bytes, bytes, datetime]:
    until = datetime.fromtimestamp(tokens.until, UTC)
    return box.seal(tokens.refresh.encode()), box.seal(tokens.access.encode()), until
