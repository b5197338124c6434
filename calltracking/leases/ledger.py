"""The ledger: who held a number at any past moment."""

from datetime import datetime, timedelta
from typing import Final

from calltracking.leases.lease import Held, Kind
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id

_SQL: Final = load_queries("calltracking.leases")
_LONGEST_LEASE: Final = timedelta(days=9)
"""A visit of a day and the longest hold behind it, a week."""


async def who_held(connection: Connection, number: str, at: datetime) -> list[Held]:
    """Every lease of `number` that had begun by `at` and was not over, the latest granted first."""
    rows = await connection.fetch(_SQL["who_held"], number, at, lowest_id(at - _LONGEST_LEASE))
    return [Held(**{**dict(row), "kind": Kind(row["kind"])}) for row in rows]
