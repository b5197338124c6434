"""A row in every table with the number in every column that takes it, whatever the column is for."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from trunkline.db.types import Connection
from trunkline.erasing.scrubbing import SQL, Column, is_looked_at
from trunkline.ids import uuid7

NUMBER: Final = "+79037654321"
SPELLINGS: Final = (
    "+79037654321",
    "89037654321",
    "8 (903) 765-43-21",
    "79037654321",
    "9037654321",
    "%2B7%20903%20765-43-21",
    "810 7 903 7654321",
    "tel:+7-903-765-43-21;ext=5",
)
TEXTS: Final = (NUMBER, ", ".join(SPELLINGS))
"""What is put into the columns: the number alone, and all its spellings within a text."""
NOW: Final = datetime.now(UTC)
_PLAIN: Final[dict[str, Any]] = {
    "bool": False,
    "float4": 0.5,
    "float8": 0.5,
    "numeric": 1,
    "timestamptz": NOW,
    "date": date(2026, 11, 1),
    "interval": timedelta(),
    "xid8": 5,
    "time": time(9),
    "pg_lsn": "0/0",
    "tstzrange": asyncpg.Range(NOW, None),
    "int8range": asyncpg.Range(1, 2),
    "contact_class": "client",
    "person_role": "agent",
    "presence_state": "online",
    "alarm_severity": "info",
    "pgqueuer_status": "queued",
    "inet": "10.0.0.1",
    "cidr": "10.0.0.0/8",
}


async def fill(connection: Connection, tables: set[str], spelling: str, call: UUID) -> None:
    """Put a row into each of `tables`.

    Foreign keys and triggers do not ask; one that wants the number as E.164 gets it so.
    """
    # What is closed to it gets nothing of it, so that what the erasure then writes meets the conditions that are left.
    columns: dict[str, list[asyncpg.Record]] = {}
    for row in await connection.fetch(SQL["columns"]):
        columns.setdefault(row["table"], []).append(row)
    await connection.execute("set session_replication_role = replica")
    for table in sorted(tables):
        await _fill(connection, table, columns[table], spelling, call)
    await connection.execute("set session_replication_role = origin")


async def _fill(connection: Connection, table: str, columns: list[asyncpg.Record], spelling: str, call: UUID) -> None:
    names = ", ".join(f'"{row["column"]}"' for row in columns)
    places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    own: dict[str, Any] = {}
    for _ in range(40):
        values = [own.get(row["column"], _value(table, row, spelling, call)) for row in columns]
        try:
            async with connection.transaction():
                await connection.execute(
                    f'insert into "{table}" ({names}) overriding system value values ({places})', *values
                )
            return
        except asyncpg.UniqueViolationError:
            return  # it takes the number in one spelling alone, and has it
        except asyncpg.DataError:
            spelling = NUMBER  # an index counts with it
        except asyncpg.CheckViolationError as error:
            said = await connection.fetchval(
                "select pg_get_constraintdef(oid) from pg_constraint where conname = $1 and conrelid = $2::regclass",
                error.constraint_name,
                f'"{table}"',
            )
            if said is None:
                raise
            if r"'^\+" in said and own.get(named := _named(columns, said)) is None:
                own[named] = NUMBER
            else:  # other words than it takes, or times in another order: no number gets in there either way
                await connection.execute(f'alter table "{table}" drop constraint "{error.constraint_name}"')
    raise AssertionError(f"{table}: cannot be filled")


def _named(columns: list[asyncpg.Record], said: str) -> str:
    return next(str(row["column"]) for row in columns if re.search(rf"\b{row['column']}\b", said))


def _value(table: str, row: asyncpg.Record, spelling: str, call: UUID) -> Any:
    kind, place = row["type"], 1001 + TEXTS.index(spelling)
    if not is_looked_at(Column(*row)):
        spelling = "+74950000001"
    is_call = row["column"] == "call_id" or (table, row["column"]) == ("calls", "id")
    said = {
        **dict.fromkeys(("text", "varchar"), spelling),
        "_text": [spelling, "x"],
        "jsonb": {
            "number": spelling,
            "list": [{"deep": f"call {spelling} back"}],
            "as_number": int(NUMBER) if NUMBER in spelling else 0,
            spelling: 1,
        },
        "bytea": f"raw {spelling} bytes".encode(),
        "_int8": [int(NUMBER), 5],
        "uuid": call if is_call else uuid7(NOW.timestamp()),
        "int8": place,
        **dict.fromkeys(("int2", "int4"), place - 1000),
        **_PLAIN,
    }
    return said.get(kind, [] if kind.startswith("_") else None)
