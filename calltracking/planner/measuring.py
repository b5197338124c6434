"""Who asked each pool for a number, counted by the quarter of an hour (decision 0293)."""

from datetime import datetime, timedelta
from typing import Final

from calltracking.planner.plan import SPAN, floor
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.ids import lowest_id

SQL: Final = load_queries("calltracking.planner")
AGAIN: Final = timedelta(hours=2)
"""Quarters that are counted again: leases of theirs may still be on a screen."""
_AT_ONCE: Final = timedelta(days=1)
_KEPT: Final = timedelta(days=400)


async def measure(pool: Pool, now: datetime) -> None:
    """Count what came since the last time, at first the last four weeks; nothing where another machine does."""
    while True:
        async with pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(SQL["hold_quarters"]) or not await _count(connection, now):
                return


async def _count(connection: Connection, now: datetime) -> bool:
    """A day of it at most; whether there is more."""
    mark: datetime | None = await connection.fetchval(SQL["mark_of"])
    oldest = floor(now - SPAN)
    if mark is None:
        first: datetime | None = await connection.fetchval(SQL["first_lease"], lowest_id(oldest))
        mark = first + AGAIN if first else now
    since = max(floor(mark - AGAIN), oldest)
    until = min(max(mark, since) + _AT_ONCE, now)
    # A clock that was put back counts nothing twice: what is counted is cleared from there on.
    end = max(until, mark)
    await connection.execute(SQL["clear_quarters"], since, end + timedelta(microseconds=1))
    await connection.execute(SQL["count_quarters"], since, until, lowest_id(since), lowest_id(until + AGAIN), now)
    await connection.execute(SQL["set_mark"], until)
    if until.date() != mark.date():
        await connection.execute(SQL["forget_quarters"], now - _KEPT)
    if until >= now:
        await connection.execute(SQL["forget_misses"], now - _AT_ONCE)
    return until < now
