"""Overrides of the calendar in the database; every change of them is in the audit log."""

import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.overrides import OverrideBody, StoredOverride
from trunkline.directory.values import OverrideKind
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _

MOST = 1000
"""So many at once are a mistake of a program: every process holds them in memory."""
_SQL = load_queries("trunkline.directory", "calendar.sql")


async def overrides_from(connection: Connection, day: date) -> list[StoredOverride]:
    """Those that are not over before `day`, soonest first."""
    return list(map(_stored, await connection.fetch(_SQL["overrides"], day)))


async def overrides_of_days(connection: Connection, first: date, last: date) -> list[StoredOverride]:
    """Those that touch a day of these."""
    return list(map(_stored, await connection.fetch(_SQL["overrides_of_days"], first, last)))


async def add_override(connection: Connection, body: OverrideBody, actor: Actor, now: datetime) -> StoredOverride:
    """Store a checked `body`, in the caller's transaction. Raises InvalidInput where the place has another then."""
    assert body.last is not None, "it is checked"
    if len(await connection.fetch(_SQL["overrides"], now.date())) >= MOST:
        raise InvalidInput(Mistake("first", _("there are too many overrides already; take old ones out")))
    stored = StoredOverride(
        id=uuid7(time.time()),
        branch=body.branch,
        first=body.first,
        last=body.last,
        kind=body.kind,
        until=body.until,
        hours=tuple(body.hours),
        reason=body.reason,
        author=actor.name,
        created_at=now,
    )
    try:
        async with connection.transaction():
            await connection.execute(_SQL["add_override"], *_row(stored))
    except asyncpg.ExclusionViolationError as error:
        raise InvalidInput(await _in_the_way(connection, stored)) from error
    deed = Deed("calendar.overridden", "calendar", _object(stored), after=_told(stored))
    await record(connection, actor, deed, now)
    return stored


async def remove_override(connection: Connection, identifier: UUID, actor: Actor, now: datetime) -> StoredOverride:
    """Take it out, in the caller's transaction: its days are as any others again. Raises NotFound."""
    row = await connection.fetchrow(_SQL["remove_override"], identifier)
    if row is None:
        raise NotFound(_("There is no such override."))
    stored = _stored(row)
    deed = Deed("calendar.override_removed", "calendar", _object(stored), before=_told(stored))
    await record(connection, actor, deed, now)
    return stored


async def _in_the_way(connection: Connection, wanted: StoredOverride) -> Mistake:
    row = await connection.fetchrow(_SQL["overrides_in_the_way"], wanted.branch, wanted.first, wanted.last)
    if row is None:  # it was taken out meanwhile
        return Mistake("first", _("another override was in the way just now; try again"))
    told = _("this place has an override from %(first)s to %(last)s already; take that out first")
    return Mistake("first", told % {"first": row["first"].isoformat(), "last": row["last"].isoformat()})


def _row(stored: StoredOverride) -> Sequence[Any]:
    return [*(getattr(stored, name) for name in StoredOverride.__struct_fields__)]


def _stored(row: asyncpg.Record) -> StoredOverride:
    return StoredOverride(**{**row, "kind": OverrideKind(row["kind"]), "hours": tuple(row["hours"])})


def _object(stored: StoredOverride) -> str:
    return f"{stored.branch or 'company'} {stored.first.isoformat()}"


def _told(stored: StoredOverride) -> dict[str, Any]:
    """What of it the audit log shows."""
    days = {"first": stored.first.isoformat(), "last": stored.last.isoformat(), "kind": stored.kind.value}
    hours = {"until": stored.until} if stored.until else {"hours": list(stored.hours)} if stored.hours else {}
    return days | hours | {"reason": stored.reason}
