"""Leads as they are read: what is open, what is closed, one; each within the asker's reach."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.leads.tag_rules import SQL as TAGS
from trunkline.leads.touching import SQL
from trunkline.people.identity import Identity, Reach
from trunkline.people.roles import Right
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import Page, decode_cursor, page_of

PAGE: Final = 50
_BESIDE: Final = frozenset(("overdue", "email", "tags", "category"))
"""What is no column of the inbox."""
_NEVER: Final = 2199
"""The year of `due_at` where no clock runs."""


class Show(StrEnum):
    """Which leads a list shows."""

    OPEN = "open"
    MINE = "mine"
    UNTAKEN = "untaken"
    OVERDUE = "overdue"
    CLOSED = "closed"


_OF: Final = {Show.MINE: "list_mine", Show.UNTAKEN: "list_untaken"}
"""Each has an index of its own to be found by."""


class Due(StrEnum):
    """Which clock runs."""

    TAKE = "take"
    CALL = "call"
    NEXT = "next"


class LeadRow(msgspec.Struct, frozen=True):
    """A lead that was opened here; `phone` is empty where he wrote and told none. `due_at` is the end of the clock that
    runs, null where none does; who has taken it and who is responsible may differ.
    """

    id: UUID
    phone: str
    direction: str
    title: str
    stage: str
    source: str
    contact_id: UUID | None
    contact: str | None
    company: str | None
    line_name: str
    opened_at: datetime
    due: Due
    due_at: datetime | None
    overdue: bool
    take_by: datetime
    taken_at: datetime | None
    taken_by_id: UUID | None
    taken_by: str | None
    assigned_at: datetime | None
    """When it was given to him because nobody had taken it in time; null: he took it himself."""
    responsible_id: UUID | None
    responsible: str | None
    call_by: datetime
    called_at: datetime | None
    next_call_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    close_reason: str
    close_note: str
    email: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""


class LeadTouch(msgspec.Struct, frozen=True):
    """A touch of a lead; `direction` and `outcome` are a call's, `site` a form's."""

    id: UUID
    kind: str
    text: str
    at: datetime
    call_id: UUID | None
    tags: list[str]
    category: str
    direction: str | None
    outcome: str | None
    site: str | None


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


def shown(query: Mapping[str, str]) -> Show:
    """Which list a query asks for; raises InvalidInput."""
    text = query.get("show") or Show.OPEN.value
    if text not in set(Show):
        raise InvalidInput(Mistake("show", _("must be one of %(words)s") % {"words": ", ".join(Show)}))
    return Show(text)


def after_of(query: Mapping[str, str]) -> tuple[datetime, UUID] | None:
    """Behind which lead the page asked for begins; raises InvalidInput."""
    after = decode_cursor(query.get("cursor"), tuple[datetime, UUID])
    if after is not None and after[0].tzinfo is None:
        raise InvalidInput(Mistake("cursor", "is not a cursor of ours"))
    return after


async def list_leads(
    connection: Connection, asker: Asker, show: Show, after: tuple[datetime, UUID] | None = None, size: int = PAGE
) -> Page[LeadRow]:
    """The nearest clock first; closed ones the latest first."""
    behind = after or (None, None)
    if show is Show.CLOSED:
        rows = await connection.fetch(SQL["list_closed"], *reach_of(asker), *behind, size + 1)
        closed = [(row["closed_at"], lead_row(row, asker)) for row in rows]
        return _page(closed, size)
    window = (*reach_of(asker), *behind, size + 1)
    if show in _OF:
        rows = await connection.fetch(SQL[_OF[show]], *window)
    else:
        rows = await connection.fetch(SQL["list_open"], *window, asker.now if show is Show.OVERDUE else None)
    return _page([(row["due_at"], lead_row(row, asker)) for row in rows], size)


async def find_lead(connection: Connection, asker: Asker, lead: UUID) -> LeadRow:
    """One; raises NotFound where there is none within the asker's reach."""
    row = await connection.fetchrow(SQL["find_lead"], *reach_of(asker), lead)
    if row is None:
        raise NotFound(_("There is no such lead, or it is not yours to read."))
    return (await worded(connection, [lead_row(row, asker)]))[0]


async def find_leads(connection: Connection, asker: Asker, leads: Iterable[UUID]) -> Mapping[UUID, LeadRow]:
    """Those of these that are within the asker's reach, by id."""
    rows = await connection.fetch(SQL["find_leads"], *reach_of(asker), sorted(set(leads)))
    return {one.id: one for one in await worded(connection, [lead_row(row, asker) for row in rows])}


async def worded(connection: Connection, leads: Sequence[LeadRow]) -> list[LeadRow]:
    """These leads with what is told of them beside the inbox: address, tags, category."""
    rows = await connection.fetch(TAGS["words_of"], [one.id for one in leads])
    words = {row["id"]: row for row in rows}
    return [
        msgspec.structs.replace(one, email=row["email"], tags=tuple(row["tags"]), category=row["category"])
        for one in leads
        if (row := words.get(one.id)) is not None
    ]


async def count_leads(connection: Connection, asker: Asker) -> tuple[int, int]:
    """How many wait for one of us, and how many of them are overdue."""
    row = await connection.fetchrow(SQL["count_open"], *reach_of(asker), asker.now)
    return (row["waiting"], row["overdue"]) if row else (0, 0)


async def touches_of(connection: Connection, lead: UUID, most: int = PAGE) -> list[LeadTouch]:
    """Its touches, the latest first."""
    return [LeadTouch(**dict(row)) for row in await connection.fetch(SQL["touches_of"], lead, most)]


def _page(rows: list[tuple[datetime, LeadRow]], size: int) -> Page[LeadRow]:
    """Each with what the list is sorted by."""
    found = page_of(rows, size, lambda one: (one[0], one[1].id))
    return Page([lead for _at, lead in found.rows], found.next_cursor)


def reach_of(asker: Asker) -> tuple[Any, Any, Any]:
    """The first three arguments of every statement here."""
    return asker.reach.person, asker.reach.departments, asker.reach.lines


def lead_row(row: Any, asker: Asker) -> LeadRow:
    """A row of lead_inbox as the asker may see it."""
    values = {name: row[name] for name in LeadRow.__struct_fields__ if name not in _BESIDE}
    values["phone"] = row["phone"] or ""
    if not asker.named:
        values |= {"contact_id": None, "contact": None, "company": None}
    due_at = row["due_at"] if row["due_at"].year < _NEVER and row["closed_at"] is None else None
    return LeadRow(**values | {"due": Due(row["due"]), "due_at": due_at}, overdue=bool(due_at and due_at < asker.now))
