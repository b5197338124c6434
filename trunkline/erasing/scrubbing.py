"""Takes a number out of the rows of one table: those about it go, in others it is replaced, whatever the column holds.

What stands in its place is drawn anew for each row, so that rows of a unique key stay apart and none tells of another.
"""

import secrets
from typing import Any, Final, NamedTuple

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.erasing.columns import BYTES, EMPTIED, NUMBERS, REMOVED, TEXTS, WAITING, is_erased
from trunkline.erasing.packed import PACKED, bytes_hold
from trunkline.erasing.spelling import Spelling, scrubbed

SQL: Final = load_queries("trunkline.erasing")
SECONDS: Final = 86_400.0
"""How long one statement may take: it reads a whole table, and None would be the pool's own minute."""


class Column(NamedTuple):
    """A column as the catalogue has it. What is in a key, or has a condition, is not simply made empty."""

    table: str
    name: str
    type: str
    nullable: bool
    in_key: bool
    has_condition: bool
    is_reference: bool
    """It names a row of another table, which is looked at there."""
    is_closed: bool
    """A condition names the words it can hold."""
    wants_number: bool
    """A condition wants a number in it: it becomes null, or its row goes."""


class Table(NamedTuple):
    """What is looked at, and by which of its columns a row goes."""

    name: str
    columns: tuple[Column, ...]
    removed_by: tuple[str, ...]


async def tables_of(connection: Connection) -> list[Table]:
    """Every table with a column that can hold a number, as the database itself tells them."""
    tables: dict[str, list[Column]] = {}
    for row in await connection.fetch(SQL["columns"]):
        column = Column(*row)
        if is_looked_at(column):
            tables.setdefault(column.table, []).append(column)
    return [Table(name, tuple(columns), REMOVED.get(name, ())) for name, columns in tables.items()]


def is_looked_at(column: Column) -> bool:
    """Whether the erasure reads it: of bytes, those that somebody sent us as they are."""
    if column.is_reference or column.is_closed:
        return False
    named = column.name in (*REMOVED.get(column.table, ()), *EMPTIED.get(column.table, ()))
    return named or (column.type in TEXTS | NUMBERS and is_erased(column.table, column.name))


async def scrub(connection: Connection, table: Table, spelling: Spelling) -> int:
    """Erase from one table in the caller's transaction; returns how many rows went or changed."""
    found = await connection.fetch(_select(table), spelling.loose, timeout=SECONDS)
    done = 0
    for row in found:
        done += await _erase(connection, table, row, spelling, f"erased{secrets.token_hex(4)}")
    return done


async def holding(connection: Connection, table: Table, spelling: Spelling) -> int:
    """How many rows of a table hold the number; nothing changes."""
    rows = await connection.fetch(_select(table, lock=""), spelling.loose, timeout=SECONDS)
    return sum(any(_holds(value, spelling) for value in list(row.values())[2:]) for row in rows)


async def _erase(connection: Connection, table: Table, row: asyncpg.Record, spelling: Spelling, instead: str) -> bool:
    if any(_holds(row[name], spelling) for name in table.removed_by):
        await connection.execute(
            f'delete from "{table.name}" where tableoid = $1 and ctid = $2::text::tid',  # noqa: S608  (names of the catalogue and conditions of ours)
            row["the_table"],
            row["the_place"],
        )
        return True
    changed = {}
    for column in table.columns:
        before = row[column.name]
        after = _after(column, before, spelling, instead)
        if after != before:
            changed[column.name] = after
    if not changed:
        return False
    sets = ", ".join(f'"{name}" = ${place}' for place, name in enumerate(changed, 3))
    await connection.execute(
        f'update "{table.name}" set {sets} where tableoid = $1 and ctid = $2::text::tid',  # noqa: S608  (names of the catalogue and conditions of ours)
        row["the_table"],
        row["the_place"],
        *changed.values(),
    )
    return True


def _after(column: Column, before: Any, spelling: Spelling, instead: str) -> Any:
    if isinstance(before, bytes):
        return b"" if bytes_hold(before, spelling) else before
    whole = None if column.wants_number else instead if column.in_key or column.has_condition else ""
    after = scrubbed(spelling, before, instead, whole)
    if column.type == "_text":
        return [instead if one is None else one for one in after] if after is not None else None
    return after


def _holds(value: Any, spelling: Spelling) -> bool:
    return bytes_hold(value, spelling) if isinstance(value, bytes) else spelling.holds(value)


def _select(table: Table, lock: str = " for update") -> str:
    """Names, the catalogue's, cannot be parameters. A place holds within the transaction that locked it."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    where = " or ".join(_matches(column) for column in table.columns)
    return (
        f"select tableoid as the_table, ctid::text as the_place, {names} "  # noqa: S608  (names of the catalogue and conditions of ours)
        f'from "{table.name}" where ({where}) and {WAITING.get(table.name, "true")}{lock}'
    )


def _matches(column: Column) -> str:
    if column.type in BYTES:
        text = rf"""regexp_replace(encode("{column.name}", 'escape'), '\\[0-7]{{3}}', ' ', 'g') ~ $1"""
        # Only Python can unpack a workbook.
        return rf"""{text} or substring("{column.name}" from 1 for {len(PACKED)}) = '\x{PACKED.hex()}'::bytea"""
    return f'"{column.name}"::text ~ $1'
