"""An import taken back as a whole: what nobody has changed since returns to what it was, the rest stays."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from trunkline.contacts.storing import SQL as IMPORTS_SQL
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.people.audit import Actor, Deed, record
from trunkline.spam.upkeep import recompute_ranges

_SQL = load_queries("trunkline.contacts", "undo.sql")
_SECONDS = 900.0
_LEFT_SHOWN = 200
KEPT_DAYS: Final = 30
KEPT_OF_A_SOURCE: Final = 10

GONE = "cannot be undone any more: it is kept 30 days, and the last 10 of a source"
ALREADY = "is undone already"
NOTHING = "changed nothing that could be undone"
_REFUSED = {"gone": GONE, "undone": ALREADY, "": NOTHING}


class Left(msgspec.Struct, frozen=True):
    """A contact, or an entry of a spam list, that somebody has changed since. `gone`: it was taken out since."""

    id: UUID | None
    """None of an entry of a spam list."""
    name: str
    gone: bool


class Undone(msgspec.Struct, frozen=True):
    """What undoing did: what is as before, what the import had added and is out again, what was left."""

    restored: int
    taken_out: int
    left_count: int
    left: list[Left]


class Undoable(msgspec.Struct, frozen=True):
    """An import that can be undone."""

    id: UUID
    kind: str
    source: str
    file_name: str
    started_at: datetime
    added: int
    changed: int
    removed: int


async def undo_import(connection: Connection, run: UUID, actor: Actor, now: datetime) -> Undone:
    """Undo an import, in the caller's transaction. Raises NotFound, and InvalidInput where there is nothing to undo."""
    row = await _held(connection, run)
    undone = await (_spam_back if row["kind"] == "spam" else _contacts_back)(connection, run, row)
    await _count(connection, "forget_kept", run)
    if await connection.fetchval(_SQL["note_undone"], run, msgspec.to_builtins(undone)) is None:
        raise InvalidInput(Mistake("import", GONE))
    deed = Deed(
        f"{row['kind']}.import_undone",
        "import",
        str(run),
        before={"file": row["file_name"], "source": row["source"]},
        after={"restored": undone.restored, "taken_out": undone.taken_out, "left": undone.left_count},
    )
    await record(connection, actor, deed, now)
    return undone


async def _contacts_back(connection: Connection, run: UUID, row: asyncpg.Record) -> Undone:
    added = (row["added_after"], row["added_to"], row["source"])
    restored = await _restore(connection, run)
    taken_out = await _count(connection, "take_out_added", *added)
    rows = await connection.fetch(_SQL["left"], run, *added, _LEFT_SHOWN, timeout=_SECONDS)
    left = [Left(row["id"], row["name"], row["gone"]) for row in rows]
    return Undone(restored, taken_out, rows[0]["total"] if rows else 0, left)


async def _spam_back(connection: Connection, run: UUID, row: asyncpg.Record) -> Undone:
    taken_out = restored = 0
    for name in ("drop_spam_added", "drop_prefixes_added"):
        taken_out += await _count(connection, name, run, row["source"])
    for name in ("turn_spam_back", "turn_prefixes_back"):
        restored += await _count(connection, name, run, row["source"])
    for name in ("put_spam_back", "put_prefixes_back"):
        restored += await _count(connection, name, run)
    rows = await connection.fetch(_SQL["spam_left"], run, _LEFT_SHOWN, timeout=_SECONDS)
    left = [Left(None, row["entry"], row["gone"]) for row in rows]
    await recompute_ranges(connection)
    return Undone(restored, taken_out, rows[0]["total"] if rows else 0, left)


async def undoable(connection: Connection) -> list[Undoable]:
    """What can be undone, the newest first."""
    return [Undoable(**dict(row)) for row in await connection.fetch(_SQL["undoable"])]


async def let_go(connection: Connection) -> None:
    """Forget what is kept no longer."""
    old = [row["id"] for row in await connection.fetch(_SQL["too_old"], KEPT_DAYS, KEPT_OF_A_SOURCE)]
    if old:
        await connection.execute(_SQL["let_go"], old)
        await _count(connection, "forget_old", old)


async def _held(connection: Connection, run: UUID) -> asyncpg.Record:
    """The row of an import that can be undone, with the lock of its source."""
    row = await connection.fetchrow(_SQL["find_undoable"], run)
    if row is not None:
        await connection.execute(IMPORTS_SQL["lock_source"], row["source"], timeout=_SECONDS)
        row = await connection.fetchrow(_SQL["find_undoable"], run)
    if row is None:
        raise NotFound(f"there is no import {run}")
    if row["undo"] != "kept":
        raise InvalidInput(Mistake("import", _REFUSED[row["undo"]]))
    return row


async def _restore(connection: Connection, run: UUID) -> int:
    await connection.execute(_SQL["create_restored"])
    chosen = await _count(connection, "choose_restored", run)
    await connection.execute(_SQL["analyze_restored"])
    for statement in ("restore_contacts", "drop_phones", "restore_phones"):
        await _count(connection, statement, run)
    return chosen


async def _count(connection: Connection, statement: str, *arguments: object) -> int:
    tag: str = await connection.execute(_SQL[statement], *arguments, timeout=_SECONDS)
    return int(tag.rsplit(" ", 1)[-1])
