"""Inboxes of chats as rows."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("trunkline.chats")
_MOST: Final = 50


class Inbox(msgspec.Struct, frozen=True, kw_only=True):
    """Where messages of one brand come in; `department` is its name."""

    id: UUID
    name: str
    direction: str
    department_id: UUID | None
    department: str = ""
    active: bool = True
    heard_at: datetime | None = None


async def list_inboxes(connection: Connection) -> list[Inbox]:
    """All by name."""
    return [Inbox(**dict(row)) for row in await connection.fetch(SQL["inboxes"], None)]


async def find_inbox(connection: Connection, identifier: UUID) -> Inbox:
    """One; raises NotFound."""
    row = await connection.fetchrow(SQL["inboxes"], identifier)
    if row is None:
        raise NotFound(_("There is no such inbox."))
    return Inbox(**dict(row))


async def save_inbox(connection: Connection, told: Inbox, actor: Actor, now: datetime) -> None:
    """A new one, or all of the one of this id. Raises InvalidInput."""
    mistakes = []
    if not 1 <= len(told.name) <= 100 or not told.name.isprintable():
        mistakes.append(Mistake("name", _("from 1 to %(number)s characters") % {"number": 100}))
    if len(told.direction) > 100 or not told.direction.isprintable():
        mistakes.append(Mistake("direction", _("must have at most %(number)s letters") % {"number": 100}))
    known = {one.id for one in await list_inboxes(connection)}
    if told.id not in known and len(known) >= _MOST:
        mistakes.append(Mistake("name", _("there are %(most)s inboxes already") % {"most": _MOST}))
    if mistakes:
        raise InvalidInput(*mistakes)
    try:
        async with connection.transaction():
            values = (told.id, told.name, told.direction, told.department_id, told.active)
            await connection.execute(SQL["save"], *values)
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("name", _("there is an inbox of this name already"))) from error
    except asyncpg.ForeignKeyViolationError as error:
        raise InvalidInput(Mistake("department_id", _("choose one"))) from error
    after = {"name": told.name, "direction": told.direction, "department_id": str(told.department_id or "")}
    deed = Deed("chat_inbox.saved", "chat_inbox", str(told.id), None, after | {"active": told.active})
    await record(connection, actor, deed, now)


async def remove_inbox(connection: Connection, known: Inbox, actor: Actor, now: datetime) -> None:
    """Its address takes nothing any more; its leads stay."""
    await connection.execute(SQL["remove"], known.id)
    await record(connection, actor, Deed("chat_inbox.removed", "chat_inbox", str(known.id), {"name": known.name}), now)
