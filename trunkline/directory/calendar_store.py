"""Imported calendars in the database: a file is the whole year of its country."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.calendar_file import CalendarDay, CalendarYear
from trunkline.directory.values import DayKind
from trunkline.people.audit import Actor, Deed, record

_SQL = load_queries("trunkline.directory", "calendar.sql")


@dataclass(frozen=True, slots=True)
class StoredYear:
    """A year that was imported: how many days of each kind, when and by whom (unknown of years long there)."""

    country: str
    year: int
    off: int
    short: int
    working: int
    imported_at: datetime | None
    author: str


async def store_year(connection: Connection, found: CalendarYear, actor: Actor, now: datetime) -> None:
    """Put the year in the place of what was there, told to the audit log; call it in a transaction."""
    await connection.execute(_SQL["forget_year"], found.country, found.year)
    await connection.executemany(
        _SQL["add_day"], [(found.country, each.day, each.kind.value, each.name) for each in found.days]
    )
    await connection.execute(_SQL["note_import"], found.country, found.year, now, actor.name)
    after = {"days": len(found.days), "refused": len(found.refused)}
    await record(
        connection, actor, Deed("calendar.imported", "calendar", f"{found.country} {found.year}", after=after), now
    )


async def stored_years(connection: Connection) -> Sequence[StoredYear]:
    """Every year that was imported, the newest first."""
    return [StoredYear(**dict(row)) for row in await connection.fetch(_SQL["stored_years"])]


async def days_of_year(connection: Connection, year: int) -> Mapping[str, Mapping[date, CalendarDay]]:
    """What was imported of the year, by country and day."""
    found: defaultdict[str, dict[date, CalendarDay]] = defaultdict(dict)
    for country, day, kind, name in await connection.fetch(_SQL["days_of_year"], year):
        found[country][day] = CalendarDay(day, DayKind(kind), name)
    return found
