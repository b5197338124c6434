"""The entries of a phone book out of the database."""

from uuid import UUID

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.phonebook.book import MOST, MOST_NUMBERS, Book, Entry, Place, Wanted, entry_of, place_of
from trunkline.phonebook.vcard import Known

MOST_CARDS = 20_000
"""Contacts that an employee's telephone copies: some six megabytes."""
MOST_NUMBERS_OF_CARD = 20
_SQL = load_queries("trunkline.phonebook")


async def entries(connection: Connection, wanted: Wanted) -> list[Entry]:
    """At most MOST entries by name; people and contacts without a number to dial are left out."""
    if wanted.book is Book.STAFF:
        found = await _staff(connection, wanted)
    else:
        found = await _contacts(connection, wanted)
    return [entry for entry in found if entry is not None]


async def _staff(connection: Connection, wanted: Wanted) -> list[Entry | None]:
    rows = await connection.fetch(_SQL["staff"], _like(wanted.search), MOST)
    return [
        entry_of(
            row["name"],
            "",
            ((place, row[key]) for place, key in ((Place.OFFICE, "extension"), (Place.MOBILE, "mobile")) if row[key]),
            wanted.spelling,
        )
        for row in rows
    ]


async def _contacts(connection: Connection, wanted: Wanted) -> list[Entry | None]:
    bounds = (MOST, MOST_NUMBERS)
    if wanted.search:
        rows = await connection.fetch(_SQL["contacts_named"], *bounds, wanted.klass, _like(wanted.search))
    elif wanted.klass is None:
        rows = await connection.fetch(_SQL["contacts"], *bounds)
    else:
        async with connection.transaction():
            await connection.execute(_SQL["plan_anew"])
            rows = await connection.fetch(_SQL["contacts_of_class"], *bounds, wanted.klass)
    return [
        entry_of(
            row["name"], row["company"], ((place_of(number), number) for number in row["numbers"]), wanted.spelling
        )
        for row in rows
    ]


async def known(connection: Connection, book: Book) -> list[Known]:
    """At most MOST_CARDS of a book, by name, for address books that hold all of them."""
    if book is Book.STAFF:
        rows = await connection.fetch(_SQL["staff_cards"], MOST_CARDS)
        places = ((Place.OFFICE, "extension"), (Place.MOBILE, "mobile"))
        return [
            Known(str(row["id"]), row["name"], "", row["email"], [(at, row[key]) for at, key in places if row[key]])
            for row in rows
        ]
    rows = await connection.fetch(_SQL["contact_cards"], MOST_CARDS, MOST_NUMBERS_OF_CARD)
    return [_contact(row) for row in rows]


async def known_contact(connection: Connection, contact: UUID) -> Known | None:
    """One contact, with a number or without."""
    row = await connection.fetchrow(_SQL["contact_card"], contact, MOST_NUMBERS_OF_CARD)
    return None if row is None else _contact(row)


def _contact(row: asyncpg.Record) -> Known:
    numbers = [(place_of(one), one) for one in row["numbers"]]
    return Known(str(row["id"]), row["name"], row["company"], row["email"], numbers)


def _like(text: str) -> str:
    """`text` in lower case for LIKE, meaning itself."""
    return text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
