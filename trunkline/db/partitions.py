"""Monthly partitions of the tables that grow with every call; their key is a UUIDv7, so a month is a range of ids."""

from datetime import date

import asyncpg

from trunkline.db.types import Connection
from trunkline.ids import month_bounds

MONTHS_AHEAD = 2


async def ensure_partitions(connection: Connection, today: date, *, months_back: int = 1) -> list[str]:
    """Make the partitions from `months_back` before `today`'s month to two after it; returns the names made."""
    parents = await connection.fetch(
        "select c.relname from pg_partitioned_table p join pg_class c on c.oid = p.partrelid "
        "join pg_namespace n on n.oid = c.relnamespace where n.nspname = current_schema() order by 1"
    )
    months = [_shifted(today, shift) for shift in range(-months_back, MONTHS_AHEAD + 1)]
    made = [await ensure_partition(connection, parent["relname"], *month) for parent in parents for month in months]
    return [name for name in made if name is not None]


async def ensure_partition(connection: Connection, parent: str, year: int, month: int) -> str | None:
    """Make one month's partition of `parent` unless it is there; returns its name when made.

    Of two who make it at once the second waits for the first, and is told that it is there.
    """
    name = f"{parent}_{year:04d}_{month:02d}"
    if await connection.fetchval("select to_regclass($1)", name) is not None:
        return None
    low, high = month_bounds(year, month)
    # Identifiers cannot be parameters; both names come from our own catalogue.
    statement = f"create table if not exists {name} partition of {parent} for values from ('{low}') to ('{high}')"
    try:
        async with connection.transaction():  # inside another one, only this is undone
            await connection.execute(statement)
    except (asyncpg.DuplicateTableError, asyncpg.UniqueViolationError):
        return None
    return name


def _shifted(day: date, months: int) -> tuple[int, int]:
    index = day.year * 12 + day.month - 1 + months
    return index // 12, index % 12 + 1
