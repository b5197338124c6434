"""The ledger: who held a number at any past moment, and every lease of some days."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from calltracking.leases.lease import Held, Kind
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.reports.days import Days

_SQL: Final = load_queries("calltracking.leases")
_LONGEST_LEASE: Final = timedelta(days=9)
"""A visit of a day and the longest hold behind it, a week."""


async def who_held(connection: Connection, number: str, at: datetime) -> list[Held]:
    """Every lease of `number` that had begun by `at` and was not over, the latest granted first."""
    rows = await connection.fetch(_SQL["who_held"], number, at, lowest_id(at - _LONGEST_LEASE))
    return [_held(row) for row in rows]


async def leases_of(
    connection: Connection, days: Days, after: UUID | None, site: UUID | None, number: str | None, limit: int
) -> list[Held]:
    """Those granted in these days, the newest first, behind the lease `after`."""
    window = lowest_id(days.since), lowest_id(days.until)
    return [_held(row) for row in await connection.fetch(_SQL["list_leases"], *window, after, site, number, limit)]


def _held(row: asyncpg.Record) -> Held:
    return Held(**{**dict(row), "kind": Kind(row["kind"])})
