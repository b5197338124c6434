"""The missed-call list as it is read: who waits, who waits no more, one client; each within the asker's reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from trunkline.calls.phone import NamedKind, parse
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.missed.entry import How
from trunkline.missed.keep import SQL
from trunkline.people.identity import Identity, Reach
from trunkline.people.roles import Right
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import Page, decode_cursor, page_of

PAGE: Final = 50
FIELDS: Final = ("whose", "overdue", "line", "queue")


class MissedClient(msgspec.Struct, frozen=True):
    """A client who was missed. `id` is that of his first missed call; `names` are of all contacts with his number."""

    id: UUID
    number: str
    names: list[str]
    contacts: list[UUID]
    line: str
    line_name: str
    brand: str
    queue: str
    first_missed_at: datetime
    last_missed_at: datetime
    last_call_id: UUID
    times: int
    missed_why: str | None
    promised_at: datetime
    overdue: bool
    owner_id: UUID | None
    owner: str | None
    attempts: int
    last_attempt_at: datetime | None
    last_attempt_by: str
    last_attempt_why: str | None
    last_attempt_id: UUID | None
    called_back_at: datetime | None
    closed_at: datetime | None
    closed_how: How | None
    closed_call_id: UUID | None
    closed_by: str | None
    close_reason: str
    close_note: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: whose, only overdue ones, of a line or a queue."""

    owner: UUID | None = None
    overdue: bool = False
    line: str | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Who reads, and when."""

    reach: Reach
    named: bool
    now: datetime

    @classmethod
    def of(cls, identity: Identity, now: datetime) -> "Asker":
        """Names are shown to those who may read contacts."""
        return cls(identity.reach(), identity.holds(Right.CONTACTS_READ), now)


def wanted(query: Mapping[str, str], person: UUID) -> Wanted:
    """The filters of a query; raises InvalidInput."""
    mistakes = [
        Mistake(field, _("must be one of %(words)s") % {"words": word})
        for field, word in (("whose", "mine"), ("overdue", "yes"))
        if query.get(field, "") not in ("", word)
    ]
    line: str | None = None
    if text := query.get("line", "").strip():
        number = parse(text)
        line = text if isinstance(number, NamedKind) else number
    queue = query.get("queue", "").strip() or None
    mistakes += [
        Mistake(field, _("is longer than any"))
        for field, value in (("line", line), ("queue", queue))
        if value and (len(value) > 80 or "\0" in value)
    ]
    if mistakes:
        raise InvalidInput(*mistakes)
    return Wanted(person if query.get("whose") else None, bool(query.get("overdue")), line, queue)


def after_of(query: Mapping[str, str]) -> tuple[datetime, UUID] | None:
    """Behind which entry the page asked for begins; raises InvalidInput."""
    after = decode_cursor(query.get("cursor"), tuple[datetime, UUID])
    if after is not None and after[0].tzinfo is None:
        raise InvalidInput(Mistake("cursor", "is not a cursor of ours"))
    return after


async def list_open(
    connection: Connection,
    asker: Asker,
    asked: Wanted,
    after: tuple[datetime, UUID] | None = None,
    size: int = PAGE,
) -> Page[MissedClient]:
    """Who waits, the nearest promise first."""
    late = asker.now if asked.overdue else None
    rows = await connection.fetch(SQL["list_open"], *_arguments(asker, asked, late, after, size))
    return page_of([_client(row, asker) for row in rows], size, lambda one: (one.promised_at, one.id))


async def list_closed(
    connection: Connection,
    asker: Asker,
    asked: Wanted,
    since: datetime,
    after: tuple[datetime, UUID] | None = None,
    size: int = PAGE,
) -> Page[MissedClient]:
    """Who waits no more since `since`, the latest first."""
    rows = await connection.fetch(SQL["list_closed"], *_arguments(asker, asked, since, after, size))
    return page_of([_client(row, asker) for row in rows], size, lambda one: (one.closed_at, one.id))


async def find_client(connection: Connection, asker: Asker, entry: UUID) -> MissedClient:
    """One entry; raises NotFound where there is none within the asker's reach."""
    row = await connection.fetchrow(SQL["find_entry"], *_reach(asker), entry)
    if row is None:
        raise NotFound(_("There is no such entry: the list has changed meanwhile."))
    return _client(row, asker)


async def count_open(connection: Connection, asker: Asker) -> tuple[int, int]:
    """How many wait, and how many of them longer than promised."""
    row = await connection.fetchrow(SQL["count_open"], *_reach(asker), asker.now)
    return (row["waiting"], row["overdue"]) if row else (0, 0)


async def places_open(connection: Connection, asker: Asker) -> tuple[list[str], list[str]]:
    """The lines and the queues that somebody waits on."""
    rows = await connection.fetch(SQL["places_open"], *_reach(asker))
    lines, queues = {row["dialled"] for row in rows} - {""}, {row["queue"] for row in rows} - {""}
    return sorted(lines), sorted(queues)


def _reach(asker: Asker) -> tuple[Any, Any, Any]:
    return asker.reach.person, asker.reach.departments, asker.reach.lines


def _arguments(
    asker: Asker, asked: Wanted, moment: datetime | None, after: tuple[datetime, UUID] | None, size: int
) -> tuple[Any, ...]:
    return (*_reach(asker), asked.owner, moment, asked.line, asked.queue, *(after or (None, None)), size + 1)


def _client(row: Any, asker: Asker) -> MissedClient:
    values = {name: row[name] for name in _FROM_ROW}
    return MissedClient(
        **values,
        names=row["names"] if asker.named else [],
        contacts=row["contacts"] if asker.named else [],
        line=row["dialled"],
        line_name=row["line_name"] or "",
        brand=row["brand"] or "",
        overdue=row["closed_at"] is None and row["promised_at"] < asker.now,
        last_attempt_by=row["tried_by"],
        closed_how=How(row["closed_how"]) if row["closed_how"] else None,
    )


_MADE = {"names", "contacts", "line", "line_name", "brand", "overdue", "last_attempt_by", "closed_how"}
_FROM_ROW: Final = tuple(name for name in MissedClient.__struct_fields__ if name not in _MADE)
