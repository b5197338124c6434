"""Lines in the database: search, pages, adding and changing; the directory follows by its triggers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.values import LineMode
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.lines.advice import AdvisedCall, Happened
from trunkline.lines.life import QUARANTINE, LifeState, refuse_leap
from trunkline.lines.line import Line, LineFilter, StoredLine, shown
from trunkline.pbx.port import Decision
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.web.i18n import gettext as _

_SQL = load_queries("trunkline.lines")

Scope = list[UUID] | None
"""The lines a person may see; None is all."""


_HOUSE = Actor(None, "trunkline worker", "worker")


@dataclass(frozen=True, slots=True)
class LineMove:
    """One step of a line's life: `before` is None where it was added."""

    at: datetime
    person: str
    before: str | None
    after: str


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
        wanted.mode,
        wanted.state,
    )
    return [_stored(row) for row in rows]


async def find_line(connection: Connection, number: str, scope: Scope) -> StoredLine | None:
    """One line."""
    row = await connection.fetchrow(_SQL["find_line"], number, scope)
    return None if row is None else _stored(row)


async def add_line(connection: Connection, line: Line, actor: Actor, now: datetime) -> bool:
    """Add a checked line, told to the audit log; False where its number is there already. Raises InvalidInput."""
    await _refuse_missing_queue(connection, line.fallback)
    if await connection.fetchval(_SQL["is_alias"], line.number):
        raise InvalidInput(Mistake("number", _("is another line's alias; take it off there first")))
    identifier = await _write(connection, "add_line", uuid7(time.time()), line, now)
    if identifier is None:
        return False
    await record(connection, actor, Deed("line.added", "line", str(identifier), after=shown(line)), now)
    await connection.execute(_SQL["claim_calls"], identifier, line.number)
    return True


async def change_line(connection: Connection, line: Line, actor: Actor, now: datetime) -> bool:
    """Write the line of that number anew; whether anything was different. Raises InvalidInput.

    A state may only follow as trunkline/lines/life.py says.
    """
    row = await connection.fetchrow(_SQL["lock_line"], line.number)
    assert row is not None, "the caller has found it, and lines are never deleted"
    stored = _stored(row)
    refuse_leap(stored.state, line.state)
    before, after = difference(shown(stored.line()), shown(line))
    if not after:
        return False
    if "fallback" in after:  # a line whose queue has gone since may still be closed
        await _refuse_missing_queue(connection, line.fallback)
    await _write(connection, "change_line", None, line, now)
    action = "line.closed" if stored.active and not line.answered else "line.changed"
    await record(connection, actor, Deed(action, "line", str(stored.id), before, after), now)
    return True


async def set_mode(
    connection: Connection, numbers: Sequence[str], mode: LineMode, scope: Scope, actor: Actor, now: datetime
) -> list[str]:
    """Put lines into a mode; returns the numbers of those that were in another one."""
    rows = await connection.fetch(_SQL["set_mode"], list(numbers), mode, scope)
    for row in rows:
        deed = Deed("line.mode", "line", str(row["id"]), {"mode": row["before"]}, {"mode": mode})
        await record(connection, actor, deed, now)
    return sorted(row["number"] for row in rows)


async def end_quarantines(connection: Connection, now: datetime) -> int:
    """Bring into use every line whose quarantine is over; returns how many."""
    rows = await connection.fetch(_SQL["end_quarantines"], now - QUARANTINE, now)
    for row in rows:
        deed = Deed("line.changed", "line", str(row["id"]), {"state": "quarantine"}, {"state": "active"})
        await record(connection, _HOUSE, deed, now)
    return len(rows)


async def line_moves(connection: Connection, line: UUID) -> list[LineMove]:
    """When the line came into each state, the newest first."""
    return [LineMove(**dict(row)) for row in await connection.fetch(_SQL["line_moves"], str(line))]


async def advised_calls(connection: Connection, number: str, limit: int) -> list[AdvisedCall]:
    """The newest calls of a line about which advice was stored, beside what the PBX did."""
    return [
        AdvisedCall(
            row["call"],
            row["at"],
            row["caller"],
            msgspec.convert(row["advised"], Decision),
            Happened(row["queues"], row["rang"], row["answered_by"], row["over"]) if row["heard"] else None,
        )
        for row in await connection.fetch(_SQL["advised_calls"], number, limit)
    ]


async def line_words(connection: Connection, scope: Scope) -> LineWords:
    """Every city, operator and brand there is."""
    row = await connection.fetchrow(_SQL["line_words"], scope)
    assert row is not None
    return LineWords(**dict(row))


async def pbx_names(connection: Connection) -> list[tuple[str, str]]:
    """Ids and names of the PBXs a line may belong to."""
    return [(row["id"], row["name"]) for row in await connection.fetch(_SQL["pbx_ids"])]


def _stored(row: asyncpg.Record) -> StoredLine:
    values = dict(row)
    return StoredLine(**values | {"mode": LineMode(values["mode"]), "state": LifeState(values["state"])})


async def _write(connection: Connection, query: str, identifier: UUID | None, line: Line, now: datetime) -> UUID | None:
    values = (
        line.number, line.name, line.city, line.operator, line.brand, line.site, line.purpose, line.pbx, line.fallback,
        line.label, line.mode, line.state, now, line.area_code,
    )  # fmt: skip
    arguments = values if identifier is None else (identifier, *values)
    try:
        found: UUID | None = await connection.fetchval(_SQL[query], *arguments)
    except asyncpg.ForeignKeyViolationError as error:
        raise InvalidInput(Mistake("pbx", _("there is no PBX of this id"))) from error
    return found


async def _refuse_missing_queue(connection: Connection, fallback: str) -> None:
    """Raises InvalidInput where `fallback` is a queue that does not exist."""
    kind, _colon, name = fallback.partition(":")
    if kind != "queue":
        return
    queues = [row["id"] for row in await connection.fetch(_SQL["queue_ids"])]
    if name not in queues:
        told = {"name": name, "names": ", ".join(queues) or _("none")}
        raise InvalidInput(Mistake("fallback", _("there is no queue %(name)r; there are %(names)s") % told))


def _like(text: str | None) -> str | None:
    """`text` for LIKE, meaning itself."""
    return None if text is None else text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
