"""Departments in the database: each change in one transaction with its row in the audit log."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.people.department import Department, in_order, misplaced
from trunkline.people.statements import QUERIES
from trunkline.web.i18n import gettext as _

_FIELD_OF = {"departments_slug_key": "slug", "departments_head_id_fkey": "head"}


async def departments(connection: Connection) -> Sequence[tuple[asyncpg.Record, int]]:
    """Rows of tree_of_departments with their levels from 0, those below one behind it."""
    rows = {row["id"]: row for row in await connection.fetch(QUERIES["tree_of_departments"])}
    return [(rows[one], level) for one, level in in_order({row["id"]: row["parent_id"] for row in rows.values()})]


async def heads(connection: Connection) -> list[tuple[UUID, str]]:
    """Who may head one."""
    return [(row["id"], row["name"]) for row in await connection.fetch(QUERIES["heads_to_choose"])]


async def find_department(connection: Connection, identifier: UUID) -> Department:
    """One; raises NotFound."""
    for row, _level in await departments(connection):
        if row["id"] == identifier:
            return _department(row)
    raise NotFound(_("There is no such department."))


async def add_department(connection: Connection, department: Department, actor: Actor, now: datetime) -> UUID:
    """A new one; raises InvalidInput. Runs in the caller's transaction."""
    identifier = uuid7(now.timestamp())
    await _write(connection, "add_department", identifier, department)
    deed = Deed("department.added", "department", str(identifier), after=department.as_logged())
    await record(connection, actor, deed, now)
    return identifier


async def change_department(
    connection: Connection, identifier: UUID, department: Department, actor: Actor, now: datetime
) -> None:
    """Write it anew; raises NotFound, InvalidInput (a loop, a fifth level)."""
    await connection.execute(QUERIES["hold_departments"])
    old = await find_department(connection, identifier)
    await _write(connection, "change_department", identifier, department)
    before, after = difference(old.as_logged(), department.as_logged())
    if after:
        deed = Deed("department.changed", "department", str(identifier), before, after)
        await record(connection, actor, deed, now)


async def _write(connection: Connection, statement: str, identifier: UUID, one: Department) -> None:
    await connection.execute(QUERIES["hold_departments"])
    above = {row["id"]: row["parent_id"] for row in await connection.fetch(QUERIES["tree_of_departments"])}
    if why := misplaced(identifier, one.parent, above):
        raise InvalidInput(Mistake("parent", why))
    try:
        async with connection.transaction():
            await connection.execute(QUERIES[statement], identifier, one.slug, one.name, one.parent, one.head)
    except (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError) as error:
        field = _FIELD_OF.get(error.constraint_name or "", "slug")
        message = _("choose one") if field == "head" else _("is another department's already")
        raise InvalidInput(Mistake(field, message)) from error


def _department(row: asyncpg.Record) -> Department:
    return Department(row["name"], row["slug"], row["parent_id"], row["head_id"])
