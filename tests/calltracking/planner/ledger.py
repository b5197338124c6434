"""Leases and misses written into the ledger as visitors would have."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from tests.calltracking.conftest import Rows, number_of
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.ids import uuid7

NOW: Final = datetime(2026, 11, 16, 12, 7, tzinfo=UTC)
_COLUMNS: Final = (
    *("id", "number", "kind", "pool_id", "site_id", "placement", "visit_id", "visitor"),
    *("granted_at", "seen_until", "closed_at"),
)
HELD: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Leased:
    """A lease that is over: of the number with this place, on a screen for so many seconds."""

    at: datetime
    place: int = 0
    seconds: float = 180.0
    kind: str = "exclusive"


@dataclass
class Ledger:
    """The pool of one site, and what is written of it."""

    rows: Rows

    @property
    def pool(self) -> Pool:
        """The database."""
        return self.rows.pool

    async def write(self, leases: Iterable[Leased]) -> None:
        """Leases into the history, each of a visit of its own."""
        rows = [self._row(one) for one in leases]
        async with self.pool.acquire() as connection:
            for year, month in {(row[8].year, row[8].month) for row in rows}:
                await ensure_partition(connection, "lease_history", year, month)
            await connection.copy_records_to_table("lease_history", records=rows, columns=_COLUMNS)

    async def miss(self, moments: Iterable[datetime]) -> None:
        """Visits that asked for a number and got none."""
        rows = [(self.rows.numbers, uuid7(at.timestamp()), at) for at in moments]
        await self.pool.copy_records_to_table("lease_misses", records=rows, columns=("pool_id", "visit_id", "at"))

    async def hold(self, places: Iterable[int], at: datetime, kind: str = "exclusive") -> None:
        """Numbers that visitors have on their screens since a minute ago and for a while."""
        since = at - timedelta(minutes=1)
        for place in places:
            await self.pool.execute(
                "insert into lease_current (id, number, kind, pool_id, site_id, placement, visit_id, visitor,"
                " granted_at, seen_until, until, hold_seconds)"
                " values ($1, $2, $3, $4, $5, 'main', $6, $6, $7, $8, $8, 300)",
                *(uuid7(since.timestamp()), number_of(place), kind, self.rows.numbers, self.rows.site),
                *(uuid7(since.timestamp()), since, at + timedelta(hours=1)),
            )

    async def let_go(self) -> None:
        """Everybody leaves; their leases are nowhere."""
        await self.pool.execute("delete from lease_current")

    def _row(self, one: Leased) -> tuple[UUID, str, str, UUID, UUID, str, UUID, UUID, datetime, datetime, datetime]:
        seen, visit = one.at + timedelta(seconds=one.seconds), uuid7(one.at.timestamp())
        return (
            *(uuid7(one.at.timestamp()), number_of(one.place), one.kind, self.rows.numbers, self.rows.site, "main"),
            *(visit, visit, one.at, seen, seen + HELD),
        )
