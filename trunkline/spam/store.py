"""The company's own list and the allow list, one entry at a time; what the pages show of the spam rules."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.spam.guard import Entry, read_entry
from trunkline.web.i18n import mark

_SQL = load_queries("trunkline.spam")
MOST_SHOWN = 500

OURS = {
    "line": mark("is one of our own lines"),
    "person": mark("is a colleague's mobile"),
    "contact": mark("belongs to a contact; change the contact first"),
}
HOLDS_A_LINE = mark("is how a line of ours begins")


class Treatment(StrEnum):
    """What an entry of the company's own list meets; nothing else ever rejects by itself."""

    CHALLENGE = "challenge"
    VOICEMAIL = "voicemail"
    REJECT = "reject"


class Allowed(msgspec.Struct, frozen=True):
    """A number that is never kept out; `why` is `hand` or `passed`."""

    number: str
    why: str
    until: datetime | None
    note: str
    person: str
    added_at: datetime


class Personal(msgspec.Struct, frozen=True):
    """An entry of the company's own list."""

    prefix: str
    whole: bool
    treatment: Treatment
    note: str
    person: str
    added_at: datetime

    @property
    def entry(self) -> str:
        """As it is written: a prefix ends with a star."""
        return str(Entry(self.prefix, self.whole))


class Range(msgspec.Struct, frozen=True):
    """A block of 10 or 100 numbers, or a prefix of a list; `votes` as they are worth now."""

    prefix: str
    kind: str
    numbers: int
    source: str
    votes: int


class Day(msgspec.Struct, frozen=True):
    """What became of callers on one day."""

    day: date
    kept: int
    passed: int
    undone: int


class Standing(msgspec.Struct, frozen=True):
    """What is known of one number; None is nothing."""

    allowed: str | None = None
    personal: str | None = None
    votes: int | None = None


async def put_allow(connection: Connection, number: str, *, note: str = "", person: str) -> bool:
    """Never keep `number` out: it is no spam. Whether it was not on the list before."""
    await connection.execute(_SQL["note_undone"], number)
    return bool(await connection.fetchval(_SQL["put_allow"], number, note, person))


async def drop_allow(connection: Connection, number: str) -> bool:
    """Undo `put_allow`; whether it was there."""
    await connection.execute(_SQL["drop_undone"], number)
    return await connection.fetchrow(_SQL["drop_allow"], number) is not None


async def put_personal(
    connection: Connection, text: str, treatment: Treatment, *, note: str = "", person: str
) -> tuple[Entry, bool]:
    """Keep this number or prefix out, and off the allow list; whether it is new. Raises InvalidInput."""
    try:
        entry = read_entry(text)
    except ValueError as error:
        raise InvalidInput(Mistake("entry", str(error))) from error
    if entry.whole:
        if whose := await connection.fetchval(_SQL["whose"], entry.prefix):
            raise InvalidInput(Mistake("entry", OURS[whose]))
        await drop_allow(connection, entry.prefix)
    elif await connection.fetchval(_SQL["line_within"], entry.prefix):
        raise InvalidInput(Mistake("entry", HOLDS_A_LINE))
    added = await connection.fetchval(_SQL["put_personal"], entry.prefix, entry.whole, treatment.value, note, person)
    await connection.execute(_SQL["mark_suspects_of"], entry.prefix)
    return entry, bool(added)


async def drop_personal(connection: Connection, text: str) -> Entry | None:
    """Take an entry off the company's own list; None where it is not there."""
    try:
        entry = read_entry(text)
    except ValueError:
        return None
    return entry if await connection.fetchrow(_SQL["drop_personal"], *entry) is not None else None


async def list_allowed(connection: Connection) -> list[Allowed]:
    """The newest first, at most MOST_SHOWN."""
    return [Allowed(**row) for row in await connection.fetch(_SQL["list_allow"], MOST_SHOWN)]


async def list_personal(connection: Connection) -> list[Personal]:
    """The newest first, at most MOST_SHOWN."""
    rows = await connection.fetch(_SQL["list_personal"], MOST_SHOWN)
    return [msgspec.convert(dict(row), Personal) for row in rows]


async def list_ranges(connection: Connection) -> list[Range]:
    """Those with most votes first, at most MOST_SHOWN."""
    return [Range(**row) for row in await connection.fetch(_SQL["list_ranges"], MOST_SHOWN)]


async def days(connection: Connection, since: datetime, zone: str) -> Sequence[Day]:
    """Days of `zone` from `since` on with anything to tell, the newest first."""
    # A call's id carries the second its channel was made, some seconds before its first event at most.
    lowest = uuid7(since.timestamp() - 60, bytes(10))
    return [Day(**row) for row in await connection.fetch(_SQL["days"], zone, since, lowest)]


async def standing(connection: Connection, number: str) -> Standing:
    """What is known of one number."""
    (row,) = await connection.fetch(_SQL["standing"], number)
    return Standing(**row)
