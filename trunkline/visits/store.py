"""Visits in the database: booked, moved and cancelled with a word in the audit log and a notice to who goes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from trunkline.calls.phone import NamedKind, mask, parse
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.notices import store as notices
from trunkline.notices.notice import VISITS, Notice, NoticeKind
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.visits.rules import SQL, read_rules
from trunkline.visits.slots import Span
from trunkline.visits.visit import MOST_COMING, BookBody, Visit
from trunkline.visits.working import free_time
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import Page, page_of

MOST: Final = 100
NOBODY: Final = UUID(int=0)
_FIELDS: Final = Visit.__struct_fields__


@dataclass(frozen=True, slots=True)
class Asker:
    """Who reads: visits he goes to or booked, and those of people in `departments` (None: all)."""

    person: UUID
    departments: list[UUID] | None
    named: bool

    @classmethod
    def of(cls, identity: Identity) -> "Asker":
        """Others' visits are for who may set others' presence; names for who may read contacts."""
        others = identity.reach().departments if identity.holds(Right.PRESENCE_OTHERS) else []
        return cls(identity.person, others, identity.holds(Right.CONTACTS_READ))


@dataclass(frozen=True, slots=True)
class Booker:
    """Who books, and when."""

    asker: Asker
    actor: Actor
    now: datetime


async def book(connection: Connection, booker: Booker, body: BookBody) -> tuple[Visit, list[Notice]]:
    """Book a free time; call it in a transaction, and spread the notices after it. Raises InvalidInput."""
    number = parse(body.number)
    if isinstance(number, NamedKind):
        raise InvalidInput(Mistake("number", _("must be a full phone number, e.g. +79161234567")))
    if body.contact and not await connection.fetchval(SQL["has_number"], number, body.contact):
        raise InvalidInput(Mistake("contact", _("must be a contact with this number")))
    await connection.execute(SQL["hold_booker"], booker.actor.person_id)
    if await connection.fetchval(SQL["coming_of"], booker.actor.person_id, booker.now) >= MOST_COMING:
        told = _("%(number)s visits that you booked are still to come: cancel those that do not take place")
        raise InvalidInput(Mistake("starts_at", told % {"number": MOST_COMING}))
    span = await _free(connection, body.person, body.starts_at, booker.now)
    identifier, actor = uuid7(time.time()), booker.actor
    place, words = " ".join(body.place.split()), body.words.strip()
    row = (
        *(identifier, body.person, number, body.contact, body.call, span.starts, span.ends, place, words),
        *(actor.person_id, actor.name, booker.now),
    )
    await _write(connection, "book", *row)
    visit = await find_visit(connection, booker.asker, identifier)
    await record(connection, actor, Deed("visit.booked", "visit", str(identifier), None, _logged(visit)), booker.now)
    return visit, await _tell(connection, booker, visit, NoticeKind.VISIT_BOOKED)


async def move(
    connection: Connection, booker: Booker, identifier: UUID, starts: datetime
) -> tuple[Visit, list[Notice]]:
    """To another free time, as long as it was; the same of it. Raises InvalidInput, NotFound."""
    was = await _changeable(connection, booker, identifier)
    length = was.ends_at - was.starts_at
    span = await _free(connection, was.person_id, starts, booker.now, but=identifier, length=length)
    await _write(connection, "move", identifier, span.starts, span.ends, booker.now)
    visit = await find_visit(connection, booker.asker, identifier)
    deed = Deed("visit.moved", "visit", str(identifier), _logged(was), _logged(visit))
    await record(connection, booker.actor, deed, booker.now)
    return visit, await _tell(connection, booker, visit, NoticeKind.VISIT_MOVED)


async def cancel(connection: Connection, booker: Booker, identifier: UUID) -> tuple[Visit, list[Notice]]:
    """It does not take place. Raises InvalidInput, NotFound."""
    was = await _changeable(connection, booker, identifier)
    await connection.execute(SQL["cancel"], identifier, booker.now, booker.actor.name)
    await record(connection, booker.actor, Deed("visit.cancelled", "visit", str(identifier), _logged(was)), booker.now)
    told = await _tell(connection, booker, was, NoticeKind.VISIT_CANCELLED)
    return await find_visit(connection, booker.asker, identifier), told


async def find_visit(connection: Connection, asker: Asker, identifier: UUID) -> Visit:
    """One; raises NotFound where there is none within the asker's reach."""
    row = await connection.fetchrow(SQL["visit"], asker.person, asker.departments, identifier)
    if row is None:
        raise NotFound(_("There is no such visit, or it is not yours to see."))
    return _visit(row, asker)


async def list_visits(
    connection: Connection,
    asker: Asker,
    now: datetime,
    *,
    past: bool = False,
    mine: bool = False,
    after: tuple[datetime, UUID] | None = None,
    size: int = MOST,
) -> Page[Visit]:
    """Those to come, the nearest first; or those that are over or cancelled, the latest first."""
    rows = await connection.fetch(
        SQL["visits_past" if past else "visits_from"],
        *(asker.person, asker.departments, mine, now, *(after or (None, None)), size + 1),
    )
    return page_of([_visit(row, asker) for row in rows], size, lambda one: (one.starts_at, one.id))


async def visits_of_number(
    connection: Connection, asker: Asker, number: str, since: datetime
) -> Sequence[tuple[Visit, bool]]:
    """For the card of a number, the latest first; each with whether its page is the asker's to open.

    Of one that is not he learns when it is, and no more.
    """
    rows = await connection.fetch(SQL["visits_of_number"], number, since, asker.person, asker.departments)
    return [
        (visit if row["reachable"] else _time_of(visit), bool(row["reachable"]))
        for row, visit in ((row, _visit(row, asker)) for row in rows)
    ]


async def visitors(connection: Connection) -> Sequence[Any]:
    """Who may be sent: id, name, department."""
    return await connection.fetch(SQL["visitors"])


async def _free(
    connection: Connection,
    person: UUID,
    starts: datetime,
    now: datetime,
    *,
    but: UUID | None = None,
    length: timedelta | None = None,
) -> Span:
    """The free time that begins then; raises InvalidInput."""
    if starts.tzinfo is None:
        raise InvalidInput(Mistake("starts_at", _("must name its zone, e.g. 2026-08-06T10:00:00+03:00")))
    free = await free_time(connection, person, await read_rules(connection), now, but=but, length=length)
    found = next((slot for slot in free.slots if slot.starts == starts), None)
    if found is None:
        raise _taken()
    return found


async def _write(connection: Connection, statement: str, *values: object) -> None:
    """The constraint decides between two at once, whatever both have read before."""
    try:
        async with connection.transaction():
            await connection.execute(SQL[statement], *values)
    except (asyncpg.ExclusionViolationError, asyncpg.DeadlockDetectedError) as error:
        raise _taken() from error
    except asyncpg.ForeignKeyViolationError as error:
        raise InvalidInput(Mistake("contact", _("must be a contact with this number"))) from error


async def _changeable(connection: Connection, booker: Booker, identifier: UUID) -> Visit:
    await connection.execute(SQL["hold_visit"], identifier)
    visit = await find_visit(connection, booker.asker, identifier)
    if visit.cancelled_at is not None:
        raise InvalidInput(Mistake("id", _("this visit was cancelled already")))
    if visit.ends_at <= booker.now:
        raise InvalidInput(Mistake("id", _("this visit is over")))
    return visit


async def _tell(connection: Connection, booker: Booker, visit: Visit, kind: NoticeKind) -> list[Notice]:
    """Who goes learns it, unless he did it himself; what he was told of this visit before is out of date."""
    await notices.done(connection, VISITS, visit.id, booker.now)
    if visit.person_id == booker.actor.person_id:
        return []
    when = visit.starts_at.astimezone(UTC).isoformat()
    facts = {"by": booker.actor.name, "when": when, "client": visit.client}
    return await notices.tell(connection, [visit.person_id], kind, visit.id, facts, booker.now)


def _taken() -> InvalidInput:
    return InvalidInput(Mistake("starts_at", _("this is no free time (any more): choose another")))


def _visit(row: Any, asker: Asker) -> Visit:
    visit = Visit(**{name: row[name] for name in _FIELDS})
    return visit if asker.named else msgspec.structs.replace(visit, contact="")


def _time_of(visit: Visit) -> Visit:
    """Only when it is and whether it takes place."""
    nobody = {"person": "", "person_id": NOBODY, "booked_by": "", "booked_by_id": None}
    by = None if visit.cancelled_by is None else ""
    return msgspec.structs.replace(visit, place="", words="", contact="", call_id=None, cancelled_by=by, **nobody)


def _logged(visit: Visit) -> dict[str, object]:
    """For the audit log: the client by a part of his number."""
    return {
        "person": visit.person,
        "starts_at": visit.starts_at.isoformat(),
        "number": mask(visit.number),
        "place": len(visit.place),
        "words": len(visit.words),
    }
