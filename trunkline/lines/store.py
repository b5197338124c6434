"""Lines in the database: search, pages, adding and changing; the directory follows by its triggers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.lines.line import Line, LineFilter, StoredLine, shown
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.web.i18n import gettext as _

_SQL = load_queries("trunkline.lines")

Scope = list[UUID] | None
"""The lines a person may see; None is all."""


@dataclass(frozen=True, slots=True)
class LineWords:
    """What filters and fields offer."""

    cities: Sequence[str]
    operators: Sequence[str]
    brands: Sequence[str]


async def list_lines(
    connection: Connection, wanted: LineFilter, *, scope: Scope, after: str | None, limit: int
) -> list[StoredLine]:
    """Lines by number that fit `wanted`, after the number `after`."""
    rows = await connection.fetch(
        _SQL["list_lines"],
        after,
        _like(wanted.digits),
        _like(wanted.text),
        wanted.city,
        wanted.operator,
        wanted.brand,
        wanted.active,
        scope,
        limit,
    )
    return [StoredLine(**dict(row)) for row in rows]


async def find_line(connection: Connection, number: str, scope: Scope) -> StoredLine | None:
    """One line."""
    row = await connection.fetchrow(_SQL["find_line"], number, scope)
    return None if row is None else StoredLine(**dict(row))


async def add_line(connection: Connection, line: Line, actor: Actor, now: datetime) -> bool:
    """Add a checked line, told to the audit log; False where its number is there already. Raises InvalidInput."""
    identifier = await _write(connection, "add_line", uuid7(time.time()), line)
    if identifier is None:
        return False
    await record(connection, actor, Deed("line.added", "line", str(identifier), after=shown(line)), now)
    return True


async def change_line(connection: Connection, line: Line, actor: Actor, now: datetime) -> bool:
    """Write the line of that number anew; whether anything was different. Raises InvalidInput."""
    row = await connection.fetchrow(_SQL["lock_line"], line.number)
    assert row is not None, "the caller has found it, and lines are never deleted"
    stored = StoredLine(**dict(row))
    before, after = difference(shown(stored.line()), shown(line))
    if not after:
        return False
    await _write(connection, "change_line", None, line)
    action = "line.closed" if stored.active and not line.active else "line.changed"
    await record(connection, actor, Deed(action, "line", str(stored.id), before, after), now)
    return True


async def line_words(connection: Connection, scope: Scope) -> LineWords:
    """Every city, operator and brand there is."""
    row = await connection.fetchrow(_SQL["line_words"], scope)
    assert row is not None
    return LineWords(**dict(row))


async def pbx_names(connection: Connection) -> list[tuple[str, str]]:
    """Ids and names of the PBXs a line may belong to."""
    return [(row["id"], row["name"]) for row in await connection.fetch(_SQL["pbx_ids"])]


async def _write(connection: Connection, query: str, identifier: UUID | None, line: Line) -> UUID | None:
    values = (
        line.number, line.name, line.city, line.operator, line.brand, line.site, line.purpose, line.pbx, line.fallback,
        line.label, line.active,
    )  # fmt: skip
    arguments = values if identifier is None else (identifier, *values)
    try:
        found: UUID | None = await connection.fetchval(_SQL[query], *arguments)
    except asyncpg.ForeignKeyViolationError as error:
        raise InvalidInput(Mistake("pbx", _("there is no PBX of this id"))) from error
    return found


def _like(text: str | None) -> str | None:
    """`text` for LIKE, meaning itself."""
    return None if text is None else text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
