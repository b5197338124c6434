"""The roll-up of reports: days whose calls changed are counted again by a job; until then they are read from the calls.

What a day's figures are is said once, in the functions report_missed_of and report_quality_of of the schema.
"""

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.people.identity import Reach

_SQL = load_queries("trunkline.reports")
DAYS_AT_ONCE: Final = 3
"""Days a transaction: what a stopped job loses, and how long its notes are locked."""
_WHOLE_HOUR = timedelta(seconds=3599)


async def roll_up(pool: asyncpg.Pool, zone: str) -> int:
    """Count every day of `zone` that changed before this began; returns how many.

    Calls that go on coming are left to the next run: with them it would never end.
    """
    async with pool.acquire() as connection:
        async with connection.transaction():
            await _begin(connection, zone)
        mark: str = await connection.fetchval(_SQL["settled_mark"])
    counted = 0
    while True:
        async with pool.acquire() as connection, connection.transaction():
            taken = await _count(connection, zone, mark)
        if not taken:
            return counted
        counted += taken


async def _begin(connection: Connection, zone: str) -> None:
    """Note every hour that has calls, where the roll-up is of another zone or there is none."""
    if await connection.fetchval(_SQL["hold_roll_up"]) and await connection.fetchval(_SQL["rolled_zone"]) != zone:
        await connection.execute(_SQL["begin_anew"], zone)


async def _count(connection: Connection, zone: str, mark: str) -> int:
    """A transaction's worth of days; none while another machine is at it.

    The notes are taken before the calls are read: what is committed in between is noted anew.
    """
    if not await connection.fetchval(_SQL["hold_roll_up"]):
        return 0
    hours = {row["hour"] for row in await connection.fetch(_SQL["take_hours"], DAYS_AT_ONCE, zone, mark)}
    place = ZoneInfo(zone)
    # An hour of UTC is one of two days where the zone is half an hour off.
    days = sorted({moment.astimezone(place).date() for hour in hours for moment in (hour, hour + _WHOLE_HOUR)})
    if days:
        await connection.execute(_SQL["clear_missed"], days)
        await connection.execute(_SQL["clear_quality"], days)
        await connection.execute(_SQL["roll_missed"], days, zone)
        await connection.execute(_SQL["roll_quality"], days, zone)
    return len(days)


async def is_rolled(connection: Connection, zone: str, reach: Reach) -> bool:
    """Whether the roll-up can tell: of everybody's calls, in days of this zone."""
    if reach.departments is not None or reach.lines is not None:
        return False
    return bool(await connection.fetchval(_SQL["rolled_zone"]) == zone)
