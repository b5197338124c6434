"""A pool's plan from its rows: the quarters that were counted, its numbers, its sites' hold and what a number costs."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from calltracking.planner.measuring import SQL
from calltracking.planner.plan import SPAN, Fees, Known, Plan, Quarter, floor, plan_of
from trunkline.db.types import Connection


@dataclass(frozen=True, slots=True)
class Measurement:
    """Everything a plan is reckoned from."""

    known: Known
    quarters: list[Quarter]
    since: datetime | None
    until: datetime


async def read_measurement(connection: Connection, pool: UUID, now: datetime, zone: ZoneInfo) -> Measurement | None:
    """The last 28 days of a pool; None where it has no such id."""
    today = now.astimezone(zone).date()
    row = await connection.fetchrow(SQL["known_pool"], pool, today)
    if row is None:
        return None
    mark: datetime | None = await connection.fetchval(SQL["mark_of"])
    until = floor(min(mark, now) if mark else now)
    first: datetime | None = await connection.fetchval(SQL["first_quarter"], pool)
    since = max(first, until - SPAN) if first and first < until else None
    rows = await connection.fetch(SQL["quarters_of"], pool, since or until, until)
    known = Known(pool, row["name"], row["numbers"], row["hold_minutes"], Fees(row["fee"], row["fees"]))
    return Measurement(known, [Quarter(**dict(each)) for each in rows], since, until)


async def reckon(measurement: Measurement, zone: ZoneInfo, chosen: int | None = None) -> Plan:
    """The plan, for `chosen` numbers too; in a thread, for a large pool takes some tenths of a second."""
    one = measurement
    return await asyncio.to_thread(partial(plan_of, one.known, one.quarters, one.since, one.until, zone, chosen))
