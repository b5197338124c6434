"""Contacts and spam numbers one at a time: search, pages, adding, changing, taking out."""

import time
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
import msgspec

from trunkline.calls.phone import Number
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.values import ContactClass
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7

_SQL = load_queries("trunkline.contacts")
_NOBODY = "there is no person with this id"
_REFERENCES = {"contacts_responsible_id_fkey": "responsible", "contacts_deputy_id_fkey": "deputy"}


class StoredContact(msgspec.Struct, frozen=True):
    """A contact as it is kept."""

    id: UUID
    name: str
    phones: list[str]
    company: str | None
    klass: str = msgspec.field(name="class")
    responsible: UUID | None = None
    deputy: UUID | None = None
    email: str | None = None
    vip: bool = False
    overdue: Decimal | None = None
    """Roubles; None where the reader may not see money."""
    note: str = ""
    source: str = ""
    external_id: str | None = None
    version: int = 1
    updated_at: datetime | None = None
    city: str = ""
    """The company's where the person has none of his own."""


class NewContact(msgspec.Struct, frozen=True):
    """A contact to be kept, known by source and external id."""

    name: str
    phones: Sequence[Number]
    source: str
    external_id: str
    company: str | None = None
    klass: ContactClass = ContactClass.UNKNOWN
    responsible: UUID | None = None
    deputy: UUID | None = None
    email: str | None = None
    vip: bool = False
    overdue: Decimal | None = None
    """None keeps what is known."""
    note: str = ""
    city: str = ""


class ContactChange(msgspec.Struct, frozen=True):
    """What an agent may change of a contact."""

    klass: ContactClass
    responsible: UUID | None
    deputy: UUID | None
    vip: bool


class StoredSpam(msgspec.Struct, frozen=True):
    """A spam number as it is kept."""

    number: str
    source: str
    votes: int
    note: str
    added_at: datetime


async def list_contacts(
    connection: Connection, *, number: str | None = None, name: str | None = None, after: UUID | None, limit: int
) -> list[StoredContact]:
    """Contacts by id; with this number, or else with this text in their name, where asked."""
    if number is not None:
        rows = await connection.fetch(_SQL["contacts_of_number"], after, limit, number)
    elif name:
        rows = await connection.fetch(_SQL["contacts_named"], after, limit, _like(name.lower()))
    else:
        rows = await connection.fetch(_SQL["list_contacts"], after, limit)
    return [_contact(row) for row in rows]


async def contacts_numbered(
    connection: Connection, digits: str, *, after: UUID | None, limit: int
) -> list[StoredContact]:
    """Contacts by id whose number begins with `digits`, e.g. `+749512`."""
    rows = await connection.fetch(_SQL["contacts_numbered"], after, limit, _like(digits))
    return [_contact(row) for row in rows]


async def agents(connection: Connection, also: Sequence[UUID | None] = ()) -> dict[UUID, str]:
    """Names of everybody who may be responsible, and of `also`, by name."""
    rows = await connection.fetch(_SQL["agents"], [person for person in also if person])
    return {row["id"]: row["name"] for row in rows}


async def find_contact(connection: Connection, contact: UUID) -> StoredContact | None:
    """One contact."""
    row = await connection.fetchrow(_SQL["find_contact"], contact)
    return _contact(row) if row is not None else None


async def put_contact(connection: Connection, contact: NewContact) -> UUID:
    """Add or replace a contact with its company and numbers, in the caller's transaction; raises InvalidInput."""
    now = time.time()
    company = None
    if contact.company:
        company = await connection.fetchval(_SQL["put_company"], uuid7(now), contact.company, contact.source)
    try:
        identifier: UUID = await connection.fetchval(
            _SQL["put_contact"], uuid7(now), company, contact.name, contact.klass, contact.responsible, contact.deputy,
            contact.email, contact.vip, contact.overdue, contact.note, contact.source, contact.external_id,
            contact.city,
        )  # fmt: skip
    except asyncpg.ForeignKeyViolationError as error:
        field = _REFERENCES.get(error.constraint_name or "", "responsible")
        raise InvalidInput(Mistake(f"$.{field}", _NOBODY)) from error
    await connection.execute(_SQL["drop_phones"], identifier, list(contact.phones))
    await connection.execute(_SQL["add_phones"], identifier, list(contact.phones))
    return identifier


async def change_contact(connection: Connection, contact: UUID, version: int, change: ContactChange) -> bool:
    """Change a contact; False where it is gone or no longer at `version`. Raises InvalidInput."""
    try:
        changed = await connection.fetchval(
            _SQL["change_contact"], contact, version, change.klass, change.responsible, change.deputy, change.vip
        )
    except asyncpg.ForeignKeyViolationError as error:
        field = _REFERENCES.get(error.constraint_name or "", "responsible")
        raise InvalidInput(Mistake(field, _NOBODY)) from error
    return changed is not None


async def delete_contact(connection: Connection, contact: UUID) -> bool:
    """Take a contact out; whether it was there."""
    return (await connection.execute(_SQL["delete_contact"], contact)) != "UPDATE 0"


async def list_spam(
    connection: Connection, *, source: str | None = None, prefix: str | None = None, after: str | None, limit: int
) -> list[StoredSpam]:
    """Spam numbers in their order, of one list and beginning with these digits where asked."""
    rows = await connection.fetch(_SQL["list_spam"], source, _like(prefix) if prefix else None, after, limit)
    return [StoredSpam(**dict(row)) for row in rows]


async def put_spam(connection: Connection, number: Number, *, source: str, votes: int, note: str) -> bool:
    """Add a number or change what is said of it; whether it is new. Raises InvalidInput for a number of our own."""
    if await connection.fetchval(_SQL["is_own_number"], number):
        raise InvalidInput(Mistake("$.number", "is our own number, a line or a person's"))
    return bool(await connection.fetchval(_SQL["put_spam"], number, source, votes, note))


async def delete_spam(connection: Connection, number: str) -> bool:
    """Take a number off the list; whether it was there."""
    return (await connection.execute(_SQL["delete_spam"], number)) != "DELETE 0"


def _like(text: str) -> str:
    """`text` for LIKE, meaning itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _contact(row: asyncpg.Record) -> StoredContact:
    fields = dict(row)
    return StoredContact(klass=fields.pop("class"), **fields)
